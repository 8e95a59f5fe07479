//! Several inboxes: made, named, closed and opened again, by an admin and by a program.

use serde_json::{Value, json};

use crate::mail::{Office, mail};
use crate::shop::{As, Shop};

const INBOXES: &str = "/api/console/inboxes";
const IDA: &str = "Ida Berg <ida@customer.example>";
const QUESTION: &str = "How long does standard delivery take?";

impl Shop {
    async fn inboxes(&self, who: &As) -> Vec<Value> {
        let (status, page) = self.get(INBOXES, who).await;
        assert_eq!(status, 200, "{page}");
        page["inboxes"].as_array().unwrap().clone()
    }

    async fn change_inbox(&self, who: &As, id: &Value, change: Value) -> (u16, Value) {
        // Lines of the log and inboxes stand in the order of their milliseconds.
        self.desk.clock.advance(5);
        let path = format!("{INBOXES}/{}", id.as_str().unwrap());
        let (status, _, inbox) = self.raw("PATCH", &path, who, Some(change), &[]).await;
        (status, inbox)
    }
}

#[tokio::test]
async fn an_inbox_is_made_named_closed_and_opened_again() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let hours =
        json!({ "zone": "Europe/Berlin", "week": [[], [], [], [], [], [], []], "holidays": [] });
    shop.desk.clock.advance(5);
    let first = shop.inboxes(&maya).await.remove(0);
    let path = format!("{INBOXES}/{}/hours", first["id"].as_str().unwrap());
    let (status, _, _) = shop.raw("PUT", &path, &maya, Some(hours), &[]).await;
    assert_eq!(status, 204);
    shop.desk.clock.advance(5);

    let (status, app) = shop.post(INBOXES, &maya, json!({ "name": " App " })).await;
    assert_eq!(status, 201, "{app}");
    assert_eq!(app["name"], "App");
    assert_eq!(
        (&app["is_first"], &app["closed_at"]),
        (&json!(false), &Value::Null)
    );
    let (_, all) = shop.get("/api/console/hours", &maya).await;
    assert_eq!(
        all["inboxes"][1]["hours"]["zone"], "Europe/Berlin",
        "the hours of the first"
    );
    for (name, status) in [("site", 422), ("", 400), (&"x".repeat(61), 413)] {
        let (found, refused) = shop.post(INBOXES, &maya, json!({ "name": name })).await;
        assert_eq!(found, status, "{name}: {refused}");
    }
    let (status, refused) = shop
        .change_inbox(&maya, &app["id"], json!({ "name": "SITE" }))
        .await;
    assert_eq!(status, 422, "{refused}");
    let (status, renamed) = shop
        .change_inbox(&maya, &app["id"], json!({ "name": "Our app" }))
        .await;
    assert_eq!((status, &renamed["name"]), (200, &json!("Our app")));

    let (status, closed) = shop
        .change_inbox(&maya, &first["id"], json!({ "is_closed": true }))
        .await;
    assert_eq!(status, 200, "{closed}");
    assert!(closed["closed_at"].is_string());
    let all = shop.inboxes(&maya).await;
    assert_eq!(
        all[1]["is_first"], true,
        "what names no inbox goes to the other"
    );
    let (status, refused) = shop
        .change_inbox(&maya, &app["id"], json!({ "is_closed": true }))
        .await;
    assert_eq!((status, &refused["code"]), (409, &json!("last_inbox")));
    let (status, opened) = shop
        .change_inbox(&maya, &first["id"], json!({ "is_closed": false }))
        .await;
    assert_eq!((status, &opened["closed_at"]), (200, &Value::Null));
    let nowhere = json!("inbox_00000000000000000000000000");
    let (status, _) = shop
        .change_inbox(&maya, &nowhere, json!({ "is_closed": true }))
        .await;
    assert_eq!(status, 404);

    let (_, log) = shop.get("/api/console/audit", &maya).await;
    let log = log["entries"].as_array().unwrap().iter();
    let log: Vec<&str> = log.map(|it| it["action"].as_str().unwrap()).collect();
    let expected = [
        "inbox_reopened",
        "inbox_closed",
        "inbox_renamed",
        "inbox_made",
        "hours_changed",
        "signed_in",
    ];
    assert_eq!(log, expected);
}

#[tokio::test]
async fn a_closed_inbox_opens_no_chat_and_what_was_begun_goes_on() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let first = shop.inboxes(&maya).await.remove(0);
    assert_eq!(first["open_conversations"], 1);
    let program = As::Program("sga_Shop".into());
    shop.desk.clock.advance(5);
    let (status, app) = shop
        .post("/api/v1/inboxes", &program, json!({ "name": "App" }))
        .await;
    assert_eq!(status, 201, "{app}");
    let path = format!("/api/v1/inboxes/{}", first["id"].as_str().unwrap());
    let change = json!({ "is_closed": true });
    let (status, _, closed) = shop.raw("PATCH", &path, &program, Some(change), &[]).await;
    assert_eq!(status, 200, "{closed}");

    let arrival = json!({ "inbox": first["site_key"] });
    let (status, refused) = shop
        .post("/api/widget/visitors", &As::Nobody, arrival)
        .await;
    assert_eq!((status, &refused["code"]), (409, &json!("inbox_closed")));
    let opening = json!({ "language": "en" });
    let (status, refused) = shop
        .post("/api/widget/conversations", &visitor, opening)
        .await;
    assert_eq!((status, &refused["code"]), (409, &json!("inbox_closed")));
    // Nobody is trapped, and nothing is lost (P19, P39).
    shop.say(&visitor, &id, 1, "How long does standard delivery take?")
        .await;
    let texts = shop.texts(&visitor, &id).await;
    assert!(
        texts.last().unwrap().contains("3 to 5 working days"),
        "{texts:?}"
    );
    let path = format!("/api/widget/conversations/{id}/handoff");
    let (status, view) = shop.post(&path, &visitor, json!({})).await;
    assert_eq!((status, &view["state"]), (200, &json!("queued")));

    // A program that names no inbox begins in the one that is open.
    let (_, contact) = shop
        .post("/api/v1/contacts", &program, json!({ "name": "Ida" }))
        .await;
    let here = json!({ "contact_id": contact["id"], "inbox_id": first["id"] });
    let (status, refused) = shop.post("/api/v1/conversations", &program, here).await;
    assert_eq!((status, &refused["code"]), (409, &json!("inbox_closed")));
    let anywhere = json!({ "contact_id": contact["id"] });
    let (status, view) = shop.post("/api/v1/conversations", &program, anywhere).await;
    assert_eq!(status, 201, "{view}");
    let open = |inbox: &Value| inbox["open_conversations"].as_i64().unwrap();
    assert_eq!(
        shop.inboxes(&maya)
            .await
            .iter()
            .map(open)
            .collect::<Vec<_>>(),
        [1, 1]
    );

    let (status, _) = shop
        .change_inbox(&maya, &first["id"], json!({ "is_closed": false }))
        .await;
    assert_eq!(status, 200);
    shop.arrive().await;
}

#[tokio::test]
async fn a_mail_that_would_begin_in_a_closed_inbox_is_set_aside() {
    let office = Office::open().await;
    let taken = office
        .take(&mail(IDA, "help@shop.example", "", QUESTION))
        .await;
    assert_eq!(taken["outcome"], "kept", "{taken}");
    let answer = office.sent();
    let shop = &office.shop;
    shop.post(INBOXES, &office.maya, json!({ "name": "App" }))
        .await;
    let id = json!(office.inbox_id);
    let (status, _) = shop
        .change_inbox(&office.maya, &id, json!({ "is_closed": true }))
        .await;
    assert_eq!(status, 200);
    let taken = office
        .take(&mail(IDA, "help@shop.example", "", "Is anybody there?"))
        .await;
    assert_eq!(
        (&taken["outcome"], &taken["why"]),
        (&json!("set_aside"), &json!("inbox_closed"))
    );
    // An answer to what was begun is part of it.
    let taken = office
        .take(&mail(IDA, &answer.reply_to(), "", "That did not help."))
        .await;
    assert_eq!(taken["outcome"], "kept", "{taken}");
    let path = format!("{INBOXES}/{}/mailbox", office.inbox_id);
    let (_, page) = shop.get(&path, &office.maya).await;
    assert_eq!(page["left_out"][0]["why"], "inbox_closed");
}

#[tokio::test]
async fn what_the_policy_says_of_an_inbox_follows_its_name() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let site = shop.inboxes(&maya).await.remove(0);
    let text = "# Ours.\n[only_inboxes]\n\"topic.complaint\" = [\"Site\"]\n";
    let switch = json!({ "text": text, "note": "only there", "seen": 1 });
    let (status, _, shown) = shop
        .raw("PUT", "/api/console/policy", &maya, Some(switch), &[])
        .await;
    assert_eq!(status, 200, "{shown}");
    let (status, _) = shop
        .change_inbox(&maya, &site["id"], json!({ "name": "Shop" }))
        .await;
    assert_eq!(status, 200);
    let (_, policy) = shop.get("/api/console/policy", &maya).await;
    let live = policy.to_string();
    assert!(
        live.contains("# Ours."),
        "the text stays as it was written: {live}"
    );
    assert!(live.contains(r#"[\"Shop\"]"#), "{live}");
    // A new inbox has the policy that holds.
    let (_, app) = shop.post(INBOXES, &maya, json!({ "name": "App" })).await;
    let asked = |inbox: &Value| {
        json!({ "inbox_id": inbox["id"], "messages": [{ "role": "customer",
        "text": "This is a formal complaint about the quality of your tent, I am very unhappy with your company." }] })
    };
    let program = As::Program("sga_Shop".into());
    let (_, there) = shop.post("/api/v1/decisions", &program, asked(&site)).await;
    let (_, here) = shop.post("/api/v1/decisions", &program, asked(&app)).await;
    assert!(
        there["reasons"].to_string().contains("topic.complaint"),
        "{there}"
    );
    assert!(
        !here["reasons"].to_string().contains("topic.complaint"),
        "{here}"
    );
}
