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
        (
            json!({ "client_message_id": "message-1", "text": "\u{200b}\u{202e}\u{feff}" }),
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

#[tokio::test]
async fn an_id_that_was_used_for_other_words_is_refused() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    let (_, view) = shop.post(&path, &visitor, json!({})).await;
    let path = format!("/api/console/conversations/{id}/accept");
    let seen = json!({ "epoch": view["epoch"] });
    let (_, detail) = shop.post(&path, &maya, seen).await;
    let note = format!("/api/console/conversations/{id}/note");
    let reply = format!("/api/console/conversations/{id}/reply");
    let said = json!({ "client_message_id": "agent-0001", "text": "between us" });
    for status in [200, 200] {
        assert_eq!(shop.post(&note, &maya, said.clone()).await.0, status);
    }
    let epoch = &detail["item"]["epoch"];
    let other = json!({ "client_message_id": "agent-0001", "text": "between us", "epoch": epoch });
    assert_eq!(
        shop.post(&reply, &maya, other).await.0,
        422,
        "a note's id cannot swallow a reply"
    );
    shop.say(&visitor, &id, 1, "hello").await;
    let path = format!("/api/widget/conversations/{id}/messages");
    let other = json!({ "client_message_id": "message-1", "text": "something else" });
    assert_eq!(shop.post(&path, &visitor, other).await.0, 422);
}

#[tokio::test]
async fn who_is_offline_takes_no_conversation() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    let (_, view) = shop.post(&path, &visitor, json!({})).await;
    let offline = json!({ "presence": "offline" });
    shop.post("/api/console/presence", &maya, offline).await;
    let path = format!("/api/console/conversations/{id}/accept");
    let (status, problem) = shop
        .post(&path, &maya, json!({ "epoch": view["epoch"] }))
        .await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("offline")));
}

#[tokio::test]
async fn wrong_tries_from_elsewhere_lock_nobody_out() {
    let shop = Shop::open().await;
    let wrong = json!({ "email": "jonas@shop.example", "password": "wrong" });
    for _ in 0..12 {
        let path = "/api/console/session";
        shop.post(path, &As::Nobody, wrong.clone()).await;
    }
    shop.sign_in("maya@shop.example").await;
}

#[tokio::test]
async fn going_to_and_fro_has_a_limit_but_the_wish_has_none() {
    let shop = Shop::open().await;
    let (visitor, id) = shop.arrive().await;
    let cancel = format!("/api/widget/conversations/{id}/handoff/cancel");
    let handoff = format!("/api/widget/conversations/{id}/handoff");
    let mut refused = 0;
    for _ in 0..70 {
        assert_eq!(shop.post(&handoff, &visitor, json!({})).await.0, 200);
        refused += usize::from(shop.post(&cancel, &visitor, json!({})).await.0 == 429);
    }
    assert!(refused > 0);
}

#[test]
fn a_folder_is_read_without_following_links_and_odd_files_are_reported() {
    let folder = std::env::temp_dir().join(segue_server::edge::secret("kb"));
    std::fs::create_dir_all(folder.join("inside")).unwrap();
    std::fs::write(folder.join("a.md"), "# A\n\ntext").unwrap();
    std::fs::write(folder.join("inside/b.MD"), "# B\n\ntext").unwrap();
    std::fs::write(folder.join("large.md"), vec![b'x'; 2 << 20]).unwrap();
    std::os::unix::fs::symlink(&folder, folder.join("round")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("dangling.md")).unwrap();
    let read = segue_server::desk::read_folder(&folder).unwrap();
    let names: Vec<&str> = read.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a.md", "inside/b.MD"]);
    let mut faults: Vec<&str> = read
        .faults
        .iter()
        .map(|fault| fault.name.as_str())
        .collect();
    faults.sort_unstable();
    assert_eq!(faults, ["dangling.md", "large.md"]);
    std::fs::remove_dir_all(folder).unwrap();
}
