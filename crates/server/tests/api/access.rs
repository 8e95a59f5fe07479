//! Agents and programs come and go: joining, new passwords, leaving, sessions and tokens.

use axum::http::header;
use serde_json::{Value, json};

use crate::shop::{As, Shop};

const SESSION: &str = "/api/console/session";

impl Shop {
    async fn guess(&self, body: Value) -> (u16, Value) {
        // No limit is met: what is tried here is the answer.
        self.desk.clock.advance(600_000);
        self.post(SESSION, &As::Nobody, body).await
    }

    async fn agents(&self, admin: &As) -> Vec<Value> {
        let (status, people) = self.get("/api/console/agents", admin).await;
        assert_eq!(status, 200, "{people}");
        people["agents"].as_array().unwrap().clone()
    }

    async fn id_of(&self, admin: &As, name: &str) -> String {
        let agents = self.agents(admin).await;
        let agent = agents.iter().find(|agent| agent["name"] == name);
        agent.unwrap()["id"].as_str().unwrap().to_string()
    }

    async fn change(&self, admin: &As, id: &str, change: Value) -> (u16, Value) {
        let path = format!("/api/console/agents/{id}");
        let (status, _, body) = self.raw("PATCH", &path, admin, Some(change), &[]).await;
        (status, body)
    }

    async fn is_in(&self, agent: &As) -> bool {
        match self.get(SESSION, agent).await.0 {
            200 => true,
            401 => false,
            other => panic!("a session answers {other}"),
        }
    }

    /// A link by which somebody joins; its secret.
    async fn join_link(&self, admin: &As, email: &str) -> String {
        let new = json!({ "email": email, "role": "agent", "capacity": 3 });
        let (status, link) = self.post("/api/console/join-links", admin, new).await;
        assert_eq!(status, 201, "{link}");
        link["token"].as_str().unwrap().to_string()
    }
}

/// Attack cases 1 and 9.
#[tokio::test]
async fn a_wrong_password_of_any_form_says_nothing_of_the_account() {
    let shop = Shop::open().await;
    let long = "x".repeat(2_000);
    for password in ["wrong password", "", " ", "\u{0}", long.as_str()] {
        let known = json!({ "email": "maya@shop.example", "password": password });
        let unknown = json!({ "email": "anna@shop.example", "password": password });
        let (a, b) = (shop.guess(known).await, shop.guess(unknown).await);
        assert_eq!((a.0, &a), (401, &b), "{password:?}");
    }
    // What is no password at all is refused before any account is looked at.
    for password in [
        json!(null),
        json!([]),
        json!({}),
        json!(7),
        json!(["correct horse"]),
    ] {
        let known = json!({ "email": "maya@shop.example", "password": password });
        let unknown = json!({ "email": "anna@shop.example", "password": password });
        let (a, b) = (shop.guess(known).await, shop.guess(unknown).await);
        assert_eq!((a.0, &a), (400, &b), "{password}");
    }
    let megabyte = json!({ "email": "maya@shop.example", "password": "x".repeat(1 << 20) });
    assert_eq!(shop.guess(megabyte).await.0, 413);
    for email in [json!(null), json!(""), json!(["maya@shop.example"])] {
        let status = shop
            .guess(json!({ "email": email, "password": "correct horse" }))
            .await
            .0;
        assert!([400, 401].contains(&status), "{email}");
    }
}

/// Attack case 2.
#[tokio::test]
async fn who_has_left_is_out_at_once_and_cannot_come_back_by_any_way() {
    let shop = Shop::open().await;
    let (maya, jonas) = (
        shop.sign_in("maya@shop.example").await,
        shop.sign_in("jonas@shop.example").await,
    );
    let id = shop.id_of(&maya, "jonas").await;
    let reset = format!("/api/console/agents/{id}/reset-link");
    let (_, link) = shop.post(&reset, &maya, json!({})).await;
    let (status, changed) = shop.change(&maya, &id, json!({ "active": false })).await;
    assert_eq!((status, &changed["active"]), (200, &json!(false)));
    assert!(!shop.is_in(&jonas).await);
    let right = json!({ "email": "jonas@shop.example", "password": "correct horse" });
    let unknown = json!({ "email": "nobody@shop.example", "password": "correct horse" });
    assert_eq!(shop.guess(right).await, shop.guess(unknown).await);
    let renewal = json!({ "token": link["token"], "password": "another horse" });
    assert_eq!(
        shop.post("/api/console/link/password", &As::Nobody, renewal)
            .await
            .0,
        404
    );
    assert_eq!(
        shop.post(&reset, &maya, json!({})).await.1["code"],
        "inactive"
    );
    let new = json!({ "email": "jonas@shop.example", "role": "admin", "capacity": 3 });
    assert_eq!(
        shop.post("/api/console/join-links", &maya, new).await.1["code"],
        "address_taken"
    );
    shop.change(&maya, &id, json!({ "active": true })).await;
    assert!(!shop.is_in(&jonas).await, "the old session stays ended");
    shop.sign_in("jonas@shop.example").await;
}

#[tokio::test]
async fn who_leaves_gives_their_conversations_back() {
    let shop = Shop::open().await;
    let (maya, jonas) = (
        shop.sign_in("maya@shop.example").await,
        shop.sign_in("jonas@shop.example").await,
    );
    let (visitor, id) = shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    let (_, view) = shop.post(&path, &visitor, json!({})).await;
    let path = format!("/api/console/conversations/{id}/accept");
    let (status, _) = shop
        .post(&path, &jonas, json!({ "epoch": view["epoch"] }))
        .await;
    assert_eq!(status, 200);
    let jonas_id = shop.id_of(&maya, "jonas").await;
    shop.change(&maya, &jonas_id, json!({ "active": false }))
        .await;
    assert_eq!(shop.view(&visitor, &id).await["state"], "queued");
    let (_, floor) = shop.get("/api/console/floor", &maya).await;
    let names: Vec<&str> = floor["agents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|agent| agent["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["maya"],
        "who has left stands on no list of colleagues"
    );
}

/// Attack case 3.
#[tokio::test]
async fn a_session_is_new_at_each_sign_in_and_ends_when_the_role_changes() {
    let shop = Shop::open().await;
    let before = shop.sign_in("jonas@shop.example").await;
    let As::Agent { cookie, csrf } = &before else {
        unreachable!("sign_in makes agents")
    };
    let body = json!({ "email": "jonas@shop.example", "password": "correct horse" });
    let planted = [("cookie", cookie.as_str())];
    let (status, headers, shown) = shop
        .raw("POST", SESSION, &As::Nobody, Some(body), &planted)
        .await;
    assert_eq!(status, 200);
    let set = headers[header::SET_COOKIE].to_str().unwrap();
    assert!(!set.starts_with(cookie.as_str()), "the cookie is another");
    assert_ne!(shown["csrf"], csrf.as_str());
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"));
    assert!(!shop.is_in(&before).await, "what was planted opens nothing");

    let (maya, jonas) = (
        shop.sign_in("maya@shop.example").await,
        shop.sign_in("jonas@shop.example").await,
    );
    let id = shop.id_of(&maya, "jonas").await;
    shop.change(&maya, &id, json!({ "capacity": 4 })).await;
    assert!(
        shop.is_in(&jonas).await,
        "another capacity is no other privilege"
    );
    shop.change(&maya, &id, json!({ "role": "agent" })).await;
    assert!(!shop.is_in(&jonas).await);
    let jonas = shop.sign_in("jonas@shop.example").await;
    assert_eq!(shop.get("/api/console/agents", &jonas).await.0, 403);
}

#[tokio::test]
async fn a_workspace_keeps_an_admin() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (own, other) = (
        shop.id_of(&maya, "maya").await,
        shop.id_of(&maya, "jonas").await,
    );
    assert_eq!(
        shop.change(&maya, &other, json!({ "role": "lead" }))
            .await
            .0,
        200
    );
    for change in [json!({ "role": "agent" }), json!({ "active": false })] {
        let (status, problem) = shop.change(&maya, &own, change).await;
        assert_eq!(
            (status, problem["code"].as_str()),
            (409, Some("last_admin"))
        );
    }
    for capacity in [0, -1, 101] {
        assert_eq!(
            shop.change(&maya, &other, json!({ "capacity": capacity }))
                .await
                .0,
            400
        );
    }
}

/// Attack case 5. The sockets of it stand in `sockets.rs`.
#[tokio::test]
async fn signing_out_and_a_new_password_end_sessions() {
    let shop = Shop::open().await;
    let (one, two) = (
        shop.sign_in("maya@shop.example").await,
        shop.sign_in("maya@shop.example").await,
    );
    assert_eq!(shop.raw("DELETE", SESSION, &one, None, &[]).await.0, 204);
    assert!(!shop.is_in(&one).await && shop.is_in(&two).await);
    let one = shop.sign_in("maya@shop.example").await;
    let (_, listed) = shop.get("/api/console/sessions", &one).await;
    let listed = listed["sessions"].as_array().unwrap();
    assert_eq!(
        listed
            .iter()
            .filter(|session| session["this"] == true)
            .count(),
        1
    );
    assert_eq!(listed.len(), 2);

    let change = |current: &str| Some(json!({ "current": current, "password": "another horse" }));
    let path = "/api/console/password";
    let (status, _, problem) = shop.raw("PUT", path, &one, change("wrong"), &[]).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (422, Some("wrong_password"))
    );
    let (status, headers, _) = shop
        .raw("PUT", path, &one, change("correct horse"), &[])
        .await;
    assert_eq!(status, 200);
    assert!(!shop.is_in(&one).await && !shop.is_in(&two).await);
    let cookie = headers[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let renewed = As::Agent {
        cookie: cookie.into(),
        csrf: String::new(),
    };
    assert!(shop.is_in(&renewed).await, "who changed it goes on");
    let old = json!({ "email": "maya@shop.example", "password": "correct horse" });
    assert_eq!(shop.guess(old).await.0, 401);
}

#[tokio::test]
async fn one_s_own_sessions_can_be_ended_and_nobody_else_s() {
    let shop = Shop::open().await;
    let (one, two) = (
        shop.sign_in("maya@shop.example").await,
        shop.sign_in("maya@shop.example").await,
    );
    let jonas = shop.sign_in("jonas@shop.example").await;
    let (_, listed) = shop.get("/api/console/sessions", &one).await;
    let other = listed["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|session| session["this"] == false);
    let path = format!(
        "/api/console/sessions/{}",
        other.unwrap()["id"].as_str().unwrap()
    );
    assert_eq!(shop.raw("DELETE", &path, &jonas, None, &[]).await.0, 404);
    assert!(shop.is_in(&two).await);
    assert_eq!(shop.raw("DELETE", &path, &one, None, &[]).await.0, 204);
    assert!(!shop.is_in(&two).await && shop.is_in(&one).await);
    assert_eq!(
        shop.raw("DELETE", "/api/console/sessions", &one, None, &[])
            .await
            .0,
        204
    );
    assert!(!shop.is_in(&one).await && shop.is_in(&jonas).await);
}

/// Attack case 10.
#[tokio::test]
async fn a_link_opens_once_for_its_address_and_its_time() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let token = shop.join_link(&maya, "Kai@Shop.Example").await;
    let (_, opened) = shop
        .post("/api/console/link", &As::Nobody, json!({ "token": token }))
        .await;
    assert_eq!(
        (&opened["kind"], &opened["email"]),
        (&json!("join"), &json!("kai@shop.example"))
    );
    // Nothing that is sent along changes what the link is bound to.
    let joining = json!({ "token": token, "name": "Kai", "password": "a long password",
        "email": "evil@evil.example", "role": "admin", "capacity": 99, "workspace_id": "ws_0" });
    let (status, session) = shop
        .post("/api/console/link/join", &As::Nobody, joining.clone())
        .await;
    assert_eq!(status, 201, "{session}");
    let agent = &session["agent"];
    assert_eq!(
        (&agent["email"], &agent["role"], &agent["capacity"]),
        (&json!("kai@shop.example"), &json!("agent"), &json!(3))
    );
    assert_eq!(
        shop.post("/api/console/link/join", &As::Nobody, joining)
            .await
            .0,
        404,
        "once"
    );
    assert_eq!(
        shop.post("/api/console/link", &As::Nobody, json!({ "token": token }))
            .await
            .0,
        404
    );

    // A link for the one is none for the other.
    let id = shop.id_of(&maya, "jonas").await;
    let (_, link) = shop
        .post(
            &format!("/api/console/agents/{id}/reset-link"),
            &maya,
            json!({}),
        )
        .await;
    let as_joining =
        json!({ "token": link["token"], "name": "Eve", "password": "a long password" });
    assert_eq!(
        shop.post("/api/console/link/join", &As::Nobody, as_joining)
            .await
            .0,
        404
    );
    let short = json!({ "token": link["token"], "password": "short" });
    assert_eq!(
        shop.post("/api/console/link/password", &As::Nobody, short)
            .await
            .0,
        400,
        "and it still opens"
    );
    let jonas = shop.sign_in("jonas@shop.example").await;
    let renewal = json!({ "token": link["token"], "password": "another horse" });
    let (status, session) = shop
        .post("/api/console/link/password", &As::Nobody, renewal.clone())
        .await;
    assert_eq!((status, &session["agent"]["name"]), (200, &json!("jonas")));
    assert!(!shop.is_in(&jonas).await);
    assert_eq!(
        shop.post("/api/console/link/password", &As::Nobody, renewal)
            .await
            .0,
        404,
        "once"
    );

    let (_, late) = shop
        .post(
            &format!("/api/console/agents/{id}/reset-link"),
            &maya,
            json!({}),
        )
        .await;
    let (_, newer) = shop
        .post(
            &format!("/api/console/agents/{id}/reset-link"),
            &maya,
            json!({}),
        )
        .await;
    let open = |link: &Value| json!({ "token": link["token"] });
    assert_eq!(
        shop.post("/api/console/link", &As::Nobody, open(&late))
            .await
            .0,
        404,
        "the newer one counts"
    );
    shop.desk.clock.advance(30 * 60_000);
    assert_eq!(
        shop.post("/api/console/link", &As::Nobody, open(&newer))
            .await
            .0,
        404,
        "30 minutes"
    );
    let token = shop.join_link(&maya, "lin@shop.example").await;
    shop.desk.clock.advance(7 * 86_400_000);
    assert_eq!(
        shop.post("/api/console/link", &As::Nobody, json!({ "token": token }))
            .await
            .0,
        404,
        "seven days"
    );
}

#[tokio::test]
async fn a_join_link_can_be_taken_back() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let token = shop.join_link(&maya, "kai@shop.example").await;
    let (_, people) = shop.get("/api/console/agents", &maya).await;
    let path = format!(
        "/api/console/join-links/{}",
        people["join_links"][0]["id"].as_str().unwrap()
    );
    assert_eq!(shop.raw("DELETE", &path, &maya, None, &[]).await.0, 204);
    assert_eq!(shop.raw("DELETE", &path, &maya, None, &[]).await.0, 404);
    assert_eq!(
        shop.post("/api/console/link", &As::Nobody, json!({ "token": token }))
            .await
            .0,
        404
    );
}

/// Attack case 9.
#[tokio::test]
async fn asking_for_a_new_password_says_nothing_of_the_account() {
    let shop = Shop::open().await;
    let ask = |email: &str| json!({ "email": email, "language": "en" });
    let path = "/api/console/password-reset";
    let known = shop.post(path, &As::Nobody, ask("maya@shop.example")).await;
    let unknown = shop
        .post(path, &As::Nobody, ask("nobody@shop.example"))
        .await;
    assert_eq!((known.0, &known), (202, &unknown));
    let mut last = 0;
    for _ in 0..12 {
        last = shop
            .post(path, &As::Nobody, ask("maya@shop.example"))
            .await
            .0;
    }
    assert_eq!(last, 429, "no mailbox is flooded");
}

/// Attack case 6.
#[tokio::test]
async fn a_token_is_shown_once_does_what_its_scopes_say_and_is_dead_when_revoked() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let new = json!({ "name": "reader", "scopes": ["conversations:read"] });
    let (status, made) = shop.post("/api/console/tokens", &maya, new).await;
    assert_eq!(status, 201, "{made}");
    let secret = made["secret"].as_str().unwrap().to_string();
    let reader = As::Program(secret.clone());
    assert_eq!(shop.get("/api/v1/conversations", &reader).await.0, 200);
    let (status, problem) = shop.get("/api/v1/contacts", &reader).await;
    assert_eq!(status, 403);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("contacts:read"),
        "it says what is lacking"
    );
    let (_, listed) = shop.get("/api/console/tokens", &maya).await;
    assert!(!listed.to_string().contains(&secret));
    let token = listed["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .find(|token| token["name"] == "reader")
        .unwrap();
    assert!(token["last_used_at"].is_string());
    let path = format!("/api/console/tokens/{}", token["id"].as_str().unwrap());
    assert_eq!(shop.raw("DELETE", &path, &maya, None, &[]).await.0, 204);
    assert_eq!(shop.get("/api/v1/conversations", &reader).await.0, 401);
    for scopes in [json!([]), json!(["everything"]), json!("decisions")] {
        let new = json!({ "name": "reader", "scopes": scopes });
        let status = shop.post("/api/console/tokens", &maya, new).await.0;
        assert!([400, 422].contains(&status), "{scopes}");
    }
}

/// Attack case 6: what one token was answered under its key, another does not hear.
#[tokio::test]
async fn an_idempotency_key_is_its_token_s_own() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let mut programs = vec![];
    for scopes in [
        json!(["contacts:write"]),
        json!(["contacts:write"]),
        json!(["decisions"]),
    ] {
        let new = json!({ "name": "bot", "scopes": scopes });
        let (_, made) = shop.post("/api/console/tokens", &maya, new).await;
        programs.push(As::Program(made["secret"].as_str().unwrap().into()));
    }
    let key = [("idempotency-key", "order-1")];
    let ada = || Some(json!({ "name": "Ada" }));
    let mut seen = vec![];
    for program in [&programs[0], &programs[0], &programs[1]] {
        let (status, _, contact) = shop
            .raw("POST", "/api/v1/contacts", program, ada(), &key)
            .await;
        assert_eq!(status, 201);
        seen.push(contact["id"].clone());
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], seen[2]);
    let (status, _, _) = shop
        .raw("POST", "/api/v1/contacts", &programs[2], ada(), &key)
        .await;
    assert_eq!(status, 403, "a key is no way round a scope");
}

/// Attack case 15.
#[tokio::test]
async fn fields_that_are_nobody_s_to_set_change_nothing() {
    let shop = Shop::open().await;
    shop.add_workspace("Other", &["eve"]).await;
    let (maya, eve) = (
        shop.sign_in("maya@shop.example").await,
        shop.sign_in("eve@other.example").await,
    );
    let foreign = shop.agents(&eve).await[0]["id"].clone();
    let (visitor, id) = shop.arrive().await;
    let smuggled = json!({ "client_message_id": "message-1", "text": "hello", "seq": 99, "epoch": 99,
        "role": "agent", "author_type": "agent", "agent": { "id": foreign, "name": "eve" }, "private": true,
        "owner": "agent", "state": "resolved", "workspace_id": "ws_00000000000000000000000000", "contact_id": "cont_00000000000000000000000000" });
    let path = format!("/api/widget/conversations/{id}/messages");
    let (status, sent) = shop.post(&path, &visitor, smuggled).await;
    assert_eq!(status, 200, "{sent}");
    let detail = shop.detail(&maya, &id).await;
    let events = detail["events"].as_array().unwrap();
    let said = events
        .iter()
        .find(|event| event["body"]["text"] == "hello")
        .unwrap();
    assert_eq!(
        (&said["role"], &said["agent"], &said["private"]),
        (&json!("customer"), &Value::Null, &Value::Null)
    );
    assert!(said["seq"].as_u64().unwrap() < 99);
    assert_eq!(detail["item"]["state"], "with_assistant");

    let jonas = shop.id_of(&maya, "jonas").await;
    let smuggled = json!({ "capacity": 3, "workspace_id": "ws_00000000000000000000000000", "email": "evil@evil.example",
        "password_hash": "x", "busy": 0, "id": "agent_00000000000000000000000000" });
    assert_eq!(shop.change(&maya, &jonas, smuggled).await.0, 200);
    let agents = shop.agents(&maya).await;
    let after = agents
        .iter()
        .find(|agent| agent["id"] == jonas.as_str())
        .unwrap();
    assert_eq!(
        (&after["email"], &after["capacity"]),
        (&json!("jonas@shop.example"), &json!(3))
    );

    let contact = json!({ "name": "Ada", "external_id": "user-1", "id": "cont_00000000000000000000000000", "workspace_id": "ws_00000000000000000000000000" });
    let program = As::Program("sga_Shop".into());
    let (_, made) = shop.post("/api/v1/contacts", &program, contact).await;
    assert_ne!(made["id"], "cont_00000000000000000000000000");
    let others = shop
        .get("/api/v1/contacts", &As::Program("sga_Other".into()))
        .await
        .1;
    assert!(!others.to_string().contains("Ada"));
}
