//! What the doors refuse, and what they promise to other programs.

use serde_json::{Value, json};

use crate::shop::{As, Shop};

#[tokio::test]
async fn others_ids_give_404() {
    let shop = Shop::open().await;
    shop.add_workspace("Other", &["eve"]).await;
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, "my secret order number is 4711")
        .await;
    let (stranger, _) = shop.arrive().await;
    for path in ["", "/events"] {
        assert_eq!(
            shop.get(&format!("/api/widget/conversations/{id}{path}"), &stranger)
                .await
                .0,
            404
        );
    }
    for (path, body) in [
        (
            "messages",
            json!({ "client_message_id": "intruder-1", "text": "hi" }),
        ),
        ("handoff", json!({})),
        ("handoff/cancel", json!({})),
        ("email", json!({ "email": "a@b.example" })),
        ("resolve", json!({})),
        ("rating", json!({ "score": 1 })),
    ] {
        let (status, problem) = shop
            .post(
                &format!("/api/widget/conversations/{id}/{path}"),
                &stranger,
                body,
            )
            .await;
        assert_eq!(status, 404, "{path}: {problem}");
        assert!(!problem.to_string().contains("4711"));
    }
    let eve = shop.sign_in("eve@other.example").await;
    assert_eq!(
        shop.get(&format!("/api/console/conversations/{id}"), &eve)
            .await
            .0,
        404
    );
    assert_eq!(
        shop.post(
            &format!("/api/console/conversations/{id}/accept"),
            &eve,
            json!({ "epoch": 1 })
        )
        .await
        .0,
        404
    );
    assert_eq!(
        shop.get("/api/console/conversations?view=all", &eve)
            .await
            .1["items"],
        json!([])
    );
    let program = As::Program("sga_Other".into());
    assert_eq!(
        shop.get(&format!("/api/v1/conversations/{id}"), &program)
            .await
            .0,
        404
    );
    assert_eq!(
        shop.get("/api/v1/events", &program).await.1["events"],
        json!([])
    );
}

#[tokio::test]
async fn writes_in_an_agents_name_need_csrf_and_origin() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let As::Agent { cookie, .. } = &maya else {
        unreachable!("sign_in makes an agent")
    };
    let without = As::Agent {
        cookie: cookie.clone(),
        csrf: "wrong".into(),
    };
    let away = json!({ "presence": "away" });
    assert_eq!(
        shop.post("/api/console/presence", &without, away.clone())
            .await
            .0,
        403
    );
    let foreign = [("origin", "https://evil.example")];
    assert_eq!(
        shop.raw(
            "POST",
            "/api/console/presence",
            &maya,
            Some(away.clone()),
            &foreign
        )
        .await
        .0,
        403
    );
    let own = [("origin", "http://segue.test")];
    assert_eq!(
        shop.raw("POST", "/api/console/presence", &maya, Some(away), &own)
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn guessing_passwords_is_slow_and_says_nothing() {
    let shop = Shop::open().await;
    let guess = |email: &'static str| json!({ "email": email, "password": "wrong password" });
    let (known, a) = shop
        .post(
            "/api/console/session",
            &As::Nobody,
            guess("maya@shop.example"),
        )
        .await;
    let (unknown, b) = shop
        .post(
            "/api/console/session",
            &As::Nobody,
            guess("nobody@shop.example"),
        )
        .await;
    assert_eq!((known, unknown, a), (401, 401, b));
    let mut last = 0;
    for _ in 0..10 {
        last = shop
            .post(
                "/api/console/session",
                &As::Nobody,
                guess("maya@shop.example"),
            )
            .await
            .0;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn a_key_makes_a_write_happen_once() {
    let shop = Shop::open().await;
    let program = As::Program("sga_Shop".into());
    let key = [("idempotency-key", "order-1")];
    let ada = json!({ "name": "Ada", "email": "ada@customer.example" });
    let (first, _, a) = shop
        .raw(
            "POST",
            "/api/v1/contacts",
            &program,
            Some(ada.clone()),
            &key,
        )
        .await;
    let (again, headers, b) = shop
        .raw("POST", "/api/v1/contacts", &program, Some(ada), &key)
        .await;
    assert_eq!((first, again, &a["id"]), (201, 201, &b["id"]));
    assert_eq!(headers["idempotent-replay"], "true");
    let (other, _, _) = shop
        .raw(
            "POST",
            "/api/v1/contacts",
            &program,
            Some(json!({ "name": "Eve" })),
            &key,
        )
        .await;
    assert_eq!(other, 422);
    assert_eq!(
        shop.get("/api/v1/contacts", &program).await.1["contacts"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_decision_can_be_asked_for_without_storing_anything() {
    let shop = Shop::open().await;
    let program = As::Program("sga_Shop".into());
    let ask = |text: &str| json!({ "messages": [{ "role": "customer", "text": text }] });
    let (_, decision) = shop
        .post(
            "/api/v1/decisions",
            &program,
            ask("let me talk to a real person"),
        )
        .await;
    assert_eq!(decision["action"], "escalate");
    let (_, decision) = shop
        .post(
            "/api/v1/decisions",
            &program,
            ask("How long does standard delivery take?"),
        )
        .await;
    assert_eq!(decision["action"], "answer", "{decision}");
    assert_eq!(
        shop.get("/api/v1/conversations", &program).await.1["conversations"],
        json!([])
    );
    assert_eq!(
        shop.post("/api/v1/decisions", &As::Nobody, ask("hi"))
            .await
            .0,
        401
    );
}

#[tokio::test]
async fn garbage_gets_a_problem_document() {
    let shop = Shop::open().await;
    let (visitor, id) = shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}/messages");
    for (body, expected) in [
        (
            json!({ "client_message_id": "message-1", "text": "   " }),
            400,
        ),
        (json!({ "client_message_id": "x", "text": "hi" }), 400),
        (
            json!({ "client_message_id": "message-1", "text": "x".repeat(4_001) }),
            413,
        ),
        (json!({ "text": 7 }), 400),
        (json!([]), 400),
    ] {
        let (status, problem) = shop.post(&path, &visitor, body).await;
        assert_eq!(status, expected, "{problem}");
        assert!(problem["code"].is_string());
    }
    assert_eq!(
        shop.get(
            "/api/widget/conversations/conv_'%3B%20drop%20table%20events",
            &visitor
        )
        .await
        .0,
        404
    );
    assert_eq!(shop.get("/no/such/page", &As::Nobody).await.0, 404);
}

#[test]
fn the_committed_description_is_what_the_handlers_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/shared/openapi.json");
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let current = serde_json::to_value(segue_server::http::openapi()).unwrap();
    assert!(
        committed == current,
        "run `make types` and commit what it writes"
    );
}
