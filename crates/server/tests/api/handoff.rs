//! Handoffs through the doors, from the first question to the rating.

use segue_core::time::MINUTE_MS;
use serde_json::{Value, json};

use crate::shop::Shop;

#[tokio::test]
async fn the_whole_story_from_the_first_question_to_the_rating() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    assert!(
        shop.texts(&visitor, &id).await[0].contains("automated"),
        "P44"
    );

    shop.say(&visitor, &id, 1, "How long does standard delivery take?")
        .await;
    let (_, page) = shop
        .get(&format!("/api/widget/conversations/{id}/events"), &visitor)
        .await;
    let answer = page["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(answer["body"]["citations"][0]["title"], "Delivery times");
    assert!(
        answer["body"]["text"]
            .as_str()
            .unwrap()
            .contains("3 to 5 working days")
    );

    let attempt = answer["attempt_id"].as_str().unwrap();
    let (status, _) = shop
        .post(
            &format!("/api/widget/conversations/{id}/attempts/{attempt}"),
            &visitor,
            json!({ "helped": false }),
        )
        .await;
    assert_eq!(status, 200);
    shop.say(
        &visitor,
        &id,
        2,
        "this is the third time I write, nothing works!! let me talk to a human",
    )
    .await;
    let view = shop.view(&visitor, &id).await;
    assert_eq!(
        (view["state"].as_str(), view["wait"]["position"].as_u64()),
        (Some("queued"), Some(1))
    );
    let said = shop.texts(&visitor, &id).await;
    assert!(
        said.last().unwrap().contains("won't need to repeat"),
        "P27: {said:?}"
    );

    shop.work().await;
    let (_, floor) = shop.get("/api/console/floor", &maya).await;
    let invitation = &floor["invitations"][0];
    assert_eq!(invitation["conversation_id"], id.as_str());
    let (status, detail) = shop
        .post(
            &format!("/api/console/conversations/{id}/accept"),
            &maya,
            json!({ "epoch": invitation["epoch"] }),
        )
        .await;
    assert_eq!(status, 200, "{detail}");
    let package = &detail["package"];
    assert_eq!(package["attempts"][0]["outcome"], "did_not_help");
    assert_eq!(
        package["assessment"]["reasons"][0]["trigger"],
        "request.human"
    );
    assert!(
        package["next_steps"]
            .as_array()
            .unwrap()
            .iter()
            .all(|step| step["source"] != "Delivery times"),
        "P26"
    );
    assert_eq!(
        detail["introduction"]["faults"],
        json!([]),
        "P29: {}",
        detail["introduction"]["text"]
    );

    let epoch = detail["item"]["epoch"].clone();
    let reply = json!({ "epoch": epoch, "client_message_id": "agent-0001", "text": detail["introduction"]["text"] });
    assert_eq!(
        shop.post(
            &format!("/api/console/conversations/{id}/reply"),
            &maya,
            reply
        )
        .await
        .0,
        200
    );
    let note = json!({ "client_message_id": "agent-note-1", "text": "secret among us" });
    assert_eq!(
        shop.post(
            &format!("/api/console/conversations/{id}/note"),
            &maya,
            note
        )
        .await
        .0,
        200
    );
    assert!(
        !shop
            .texts(&visitor, &id)
            .await
            .iter()
            .any(|text| text.contains("secret among us"))
    );

    shop.say(&visitor, &id, 3, "thank you").await;
    assert_eq!(
        shop.texts(&visitor, &id).await.last().unwrap(),
        "thank you",
        "the assistant is silent while a human owns it"
    );
    let resolution = json!({ "epoch": epoch, "disposition": "solved", "note": null });
    assert_eq!(
        shop.post(
            &format!("/api/console/conversations/{id}/resolve"),
            &maya,
            resolution
        )
        .await
        .0,
        200
    );
    let rating = json!({ "score": 5, "repeated": false });
    assert_eq!(
        shop.post(
            &format!("/api/widget/conversations/{id}/rating"),
            &visitor,
            rating.clone()
        )
        .await
        .0,
        200
    );
    let (status, problem) = shop
        .post(
            &format!("/api/widget/conversations/{id}/rating"),
            &visitor,
            rating,
        )
        .await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (409, Some("already_rated"))
    );
    let (_, measures) = shop.get("/api/console/measures", &maya).await;
    assert_eq!(measures["csat"]["handoff"]["n"], 1);
    assert_eq!(measures["first_response"]["n"], 1);
    assert_eq!(measures["escalation"]["handed_off"], 1);
}

#[tokio::test]
async fn a_message_sent_twice_is_one_message_with_the_same_answer() {
    let shop = Shop::open().await;
    let (visitor, id) = shop.arrive().await;
    let first = shop.say(&visitor, &id, 1, "hello there friend").await;
    let again = shop.say(&visitor, &id, 1, "hello there friend").await;
    assert_eq!(
        (&first["message_id"], &first["seq"]),
        (&again["message_id"], &again["seq"])
    );
    assert_eq!(
        shop.texts(&visitor, &id)
            .await
            .iter()
            .filter(|text| *text == "hello there friend")
            .count(),
        1
    );
}

#[tokio::test]
async fn of_two_agents_one_wins_and_the_other_hears_who() {
    let shop = Shop::open().await;
    let (maya, jonas) = (
        shop.sign_in("maya@shop.example").await,
        shop.sign_in("jonas@shop.example").await,
    );
    let (visitor, id) = shop.arrive().await;
    let (_, view) = shop
        .post(
            &format!("/api/widget/conversations/{id}/handoff"),
            &visitor,
            json!({}),
        )
        .await;
    let path = format!("/api/console/conversations/{id}/accept");
    let seen = json!({ "epoch": view["epoch"] });
    assert_eq!(shop.post(&path, &maya, seen.clone()).await.0, 200);
    let (status, problem) = shop.post(&path, &jonas, seen).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("taken")));
    assert!(problem["detail"].as_str().unwrap().contains("maya"));
    let stale =
        json!({ "epoch": view["epoch"], "client_message_id": "agent-0002", "text": "me too" });
    assert_eq!(
        shop.post(
            &format!("/api/console/conversations/{id}/reply"),
            &jonas,
            stale
        )
        .await
        .0,
        409
    );
}

#[tokio::test]
async fn cancelling_goes_back_and_does_not_escalate_for_the_same_reason_again() {
    let shop = Shop::open().await;
    shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let complaint = "I want to file a complaint about your terrible company";
    shop.say(&visitor, &id, 1, complaint).await;
    assert_eq!(shop.view(&visitor, &id).await["state"], "queued");
    shop.post(
        &format!("/api/widget/conversations/{id}/handoff/cancel"),
        &visitor,
        json!({}),
    )
    .await;
    shop.say(&visitor, &id, 2, complaint).await;
    assert_eq!(shop.view(&visitor, &id).await["state"], "with_assistant");
    shop.say(&visitor, &id, 3, "let me talk to a real person")
        .await;
    assert_eq!(
        shop.view(&visitor, &id).await["state"],
        "queued",
        "the customer's wish always counts"
    );
}

#[tokio::test]
async fn with_nobody_online_the_customer_hears_so_instead_of_a_position() {
    let shop = Shop::open().await;
    let (visitor, id) = shop.arrive().await;
    let (_, view) = shop
        .post(
            &format!("/api/widget/conversations/{id}/handoff"),
            &visitor,
            json!({}),
        )
        .await;
    assert_eq!(
        (&view["wait"]["status"], &view["wait"]["position"]),
        (&json!("nobody_online"), &Value::Null)
    );
    assert!(
        shop.texts(&visitor, &id)
            .await
            .last()
            .unwrap()
            .contains("Nobody from the team is online")
    );
}

#[tokio::test]
async fn an_agent_who_vanishes_gives_the_conversation_back_at_its_old_place() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let (_, view) = shop
        .post(
            &format!("/api/widget/conversations/{id}/handoff"),
            &visitor,
            json!({}),
        )
        .await;
    let queued_at = shop.detail(&maya, &id).await["item"]["queued_at"].clone();
    shop.post(
        &format!("/api/console/conversations/{id}/accept"),
        &maya,
        json!({ "epoch": view["epoch"] }),
    )
    .await;
    shop.desk.clock.advance(2 * MINUTE_MS);
    shop.work().await;
    let detail = shop.detail(&maya, &id).await;
    assert_eq!(
        (&detail["item"]["state"], &detail["item"]["queued_at"]),
        (&json!("queued"), &queued_at)
    );
    assert!(
        shop.texts(&visitor, &id)
            .await
            .last()
            .unwrap()
            .contains("had to leave")
    );
}

#[tokio::test]
async fn an_invitation_that_nobody_takes_goes_back_to_the_queue() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    shop.post(
        &format!("/api/widget/conversations/{id}/handoff"),
        &visitor,
        json!({}),
    )
    .await;
    shop.work().await;
    assert_eq!(
        shop.get("/api/console/floor", &maya).await.1["invitations"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    shop.desk.clock.advance(44_000);
    shop.post(
        "/api/console/presence",
        &maya,
        json!({ "presence": "online" }),
    )
    .await;
    shop.desk.clock.advance(2_000);
    shop.work().await;
    let (_, floor) = shop.get("/api/console/floor", &maya).await;
    assert_eq!(
        (
            floor["invitations"].as_array().unwrap().len(),
            floor["queue"].as_array().unwrap().len()
        ),
        (0, 1)
    );
}

#[tokio::test]
async fn going_offline_asks_what_becomes_of_open_conversations() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let (_, view) = shop
        .post(
            &format!("/api/widget/conversations/{id}/handoff"),
            &visitor,
            json!({}),
        )
        .await;
    shop.post(
        &format!("/api/console/conversations/{id}/accept"),
        &maya,
        json!({ "epoch": view["epoch"] }),
    )
    .await;
    let (status, problem) = shop
        .post(
            "/api/console/presence",
            &maya,
            json!({ "presence": "offline" }),
        )
        .await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (409, Some("open_conversations"))
    );
    assert_eq!(
        shop.post(
            "/api/console/presence",
            &maya,
            json!({ "presence": "offline", "give_back": true })
        )
        .await
        .0,
        200
    );
    assert_eq!(shop.view(&visitor, &id).await["state"], "queued");
}

#[tokio::test]
async fn an_answer_by_e_mail_has_a_due_time_and_an_alarm() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    shop.post(
        &format!("/api/widget/conversations/{id}/handoff"),
        &visitor,
        json!({}),
    )
    .await;
    let path = format!("/api/widget/conversations/{id}/email");
    assert_eq!(
        shop.post(&path, &visitor, json!({ "email": "not an address" }))
            .await
            .0,
        422
    );
    let (status, view) = shop
        .post(&path, &visitor, json!({ "email": "ada@customer.example" }))
        .await;
    assert_eq!(
        (status, view["state"].as_str(), view["email"].as_str()),
        (200, Some("by_email"), Some("ada@customer.example"))
    );
    shop.desk.clock.advance(5 * 60 * MINUTE_MS);
    shop.post(
        "/api/console/presence",
        &maya,
        json!({ "presence": "online" }),
    )
    .await;
    let (_, floor) = shop.get("/api/console/floor", &maya).await;
    assert_eq!(floor["alarms"][0]["kind"], "reply_overdue", "{floor}");
}

#[tokio::test]
async fn who_asks_for_a_person_first_and_writes_then_has_an_issue_too() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    let (_, view) = shop.post(&path, &visitor, json!({})).await;
    shop.say(&visitor, &id, 1, "My parcel is lost since Monday")
        .await;
    let path = format!("/api/console/conversations/{id}/accept");
    let (status, detail) = shop
        .post(&path, &maya, json!({ "epoch": view["epoch"] }))
        .await;
    assert_eq!(status, 200, "{detail}");
    let introduction = &detail["introduction"];
    let text = introduction["text"].as_str().unwrap();
    assert!(text.contains("My parcel is lost since Monday"), "{text}");
    assert_eq!(introduction["faults"], json!([]));
}

#[tokio::test]
async fn a_wish_at_the_end_of_a_long_message_is_heard() {
    let shop = Shop::open().await;
    let (visitor, id) = shop.arrive().await;
    let long = "The parcel was on the porch and then it was gone. ".repeat(76);
    let text = format!("{long} Please let me talk to a human.");
    shop.say(&visitor, &id, 1, &text).await;
    assert_eq!(shop.view(&visitor, &id).await["state"], "queued");
}
