//! The doors through their router: a fake clock, a database of its own for each test, no
//! network. Jobs and sweeps run when the test says so.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use segue_core::policy::Policy;
use segue_core::time::{Hours, MINUTE_MS, Timestamp};
use segue_server::channels::Mailer;
use segue_server::desk::{API, Desk};
use segue_server::edge::{Clock, hash_of};
use segue_server::http::{App, Rates, hash_password, router};
use segue_server::jobs::{Tools, sweep_once, work_one};
use segue_server::live::Hub;
use segue_store::{Inbox, NewAgent, Settings, Store, Workspace};
use serde_json::{Value, json};
use tower::ServiceExt;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

struct Shop {
    router: Router,
    desk: Desk,
    tools: Tools,
    site_key: String,
    folder: std::path::PathBuf,
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Who sends a request.
#[derive(Clone)]
enum As {
    Nobody,
    Visitor(String),
    Agent { cookie: String, csrf: String },
    Program(String),
}

impl Shop {
    async fn open() -> Self {
        let folder =
            std::env::temp_dir().join(format!("segue-api-{}", segue_server::edge::secret("t")));
        let store = Store::open_sqlite(&folder).unwrap();
        let desk = Desk::new(store.clone(), Clock::standing_at(NOW), true);
        let hub = Hub::new();
        let tools = Tools {
            desk: desk.clone(),
            hub: hub.clone(),
            mailer: None::<std::sync::Arc<Mailer>>,
        };
        let router = router(App::new(desk.clone(), hub, Rates::default()));
        let mut shop = Shop {
            router,
            desk,
            tools,
            site_key: String::new(),
            folder,
        };
        shop.site_key = shop.add_workspace("Shop", &["maya", "jonas"]).await;
        let files = vec![
            ("delivery.md".into(), b"---\ntitle: Delivery times\n---\n# Delivery times\n\nStandard delivery takes 3 to 5 working days.\n".to_vec()),
            ("returns.md".into(), b"---\ntitle: Return something\n---\n# Return something\n\nYou can return unused goods within 60 days, free of charge.\n".to_vec()),
        ];
        let workspace = shop
            .desk
            .store
            .read(|tx| tx.first_workspace())
            .await
            .unwrap()
            .unwrap();
        shop.desk
            .import(&workspace.id, files, |_, _| {})
            .await
            .unwrap();
        shop
    }

    /// A workspace with agents whose password is `correct horse`, and an API token
    /// `sga_<company>`. Its site key.
    async fn add_workspace(
        &self,
        company: &'static str,
        agents: &'static [&'static str],
    ) -> String {
        let moment = self.desk.clock.moment();
        let hash = hash_password("correct horse");
        let site_key = format!("site-{company}");
        let key = site_key.clone();
        let made: Result<(), segue_store::Error> = self
            .desk
            .store
            .write(move |tx| {
                let workspace = Workspace {
                    id: moment.id(),
                    name: company.into(),
                    settings: Settings::default(),
                };
                tx.add_workspace(&workspace, moment.now)?;
                tx.add_inbox(&Inbox {
                    id: moment.id(),
                    workspace_id: workspace.id.clone(),
                    name: "Site".into(),
                    site_key: key.clone(),
                    policy: Policy::default(),
                    hours: Hours::always(),
                })?;
                for name in agents {
                    tx.add_agent(
                        &NewAgent {
                            id: moment.id(),
                            workspace_id: workspace.id.clone(),
                            email: format!("{name}@{}.example", company.to_lowercase()),
                            name: (*name).into(),
                            role: segue_core::access::Role::Admin,
                            password_hash: hash.clone(),
                            capacity: 2,
                        },
                        moment.now,
                    )?;
                }
                tx.add_token(
                    &hash_of(&format!("sga_{company}")),
                    &moment.id(),
                    &workspace.id,
                    API,
                    "test",
                    moment.now,
                    None,
                )
            })
            .await;
        made.unwrap();
        site_key
    }

    async fn raw(
        &self,
        method: &str,
        path: &str,
        who: &As,
        body: Option<Value>,
        extra: &[(&str, &str)],
    ) -> (u16, axum::http::HeaderMap, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "segue.test");
        match who {
            As::Nobody => {}
            As::Visitor(token) | As::Program(token) => {
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"))
            }
            As::Agent { cookie, csrf } => {
                request = request
                    .header(header::COOKIE, cookie)
                    .header("x-csrf-token", csrf)
            }
        }
        for (name, value) in extra {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let response = self
            .router
            .clone()
            .oneshot(request.body(body).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 22).await.unwrap();
        (
            parts.status.as_u16(),
            parts.headers,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    async fn get(&self, path: &str, who: &As) -> (u16, Value) {
        let (status, _, body) = self.raw("GET", path, who, None, &[]).await;
        (status, body)
    }

    async fn post(&self, path: &str, who: &As, body: Value) -> (u16, Value) {
        let (status, _, body) = self.raw("POST", path, who, Some(body), &[]).await;
        (status, body)
    }

    async fn sign_in(&self, email: &str) -> As {
        let body = json!({ "email": email, "password": "correct horse" });
        let (status, headers, shown) = self
            .raw("POST", "/api/console/session", &As::Nobody, Some(body), &[])
            .await;
        assert_eq!(status, 200, "{shown}");
        let cookie = headers[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_string();
        let who = As::Agent {
            cookie,
            csrf: shown["csrf"].as_str().unwrap().into(),
        };
        let (status, _) = self
            .post(
                "/api/console/presence",
                &who,
                json!({ "presence": "online" }),
            )
            .await;
        assert_eq!(status, 200);
        who
    }

    async fn arrive(&self) -> (As, String) {
        let (status, arrived) = self
            .post(
                "/api/widget/visitors",
                &As::Nobody,
                json!({ "inbox": self.site_key }),
            )
            .await;
        assert_eq!(status, 201);
        let visitor = As::Visitor(arrived["token"].as_str().unwrap().into());
        let (status, view) = self
            .post(
                "/api/widget/conversations",
                &visitor,
                json!({ "language": "en" }),
            )
            .await;
        assert_eq!(status, 201);
        (visitor, view["id"].as_str().unwrap().into())
    }

    /// The customer says something; the assistant's work is done afterwards.
    async fn say(&self, visitor: &As, id: &str, n: u32, text: &str) -> Value {
        let body = json!({ "client_message_id": format!("message-{n}"), "text": text });
        let (status, sent) = self
            .post(
                &format!("/api/widget/conversations/{id}/messages"),
                visitor,
                body,
            )
            .await;
        assert_eq!(status, 200, "{sent}");
        self.work().await;
        sent
    }

    async fn work(&self) {
        self.desk.clock.advance(10);
        while work_one(&self.tools).await.unwrap() {}
        sweep_once(&self.desk).await.unwrap();
    }

    async fn view(&self, visitor: &As, id: &str) -> Value {
        self.get(&format!("/api/widget/conversations/{id}"), visitor)
            .await
            .1
    }

    async fn texts(&self, visitor: &As, id: &str) -> Vec<String> {
        let (_, page) = self
            .get(&format!("/api/widget/conversations/{id}/events"), visitor)
            .await;
        let events = page["events"].as_array().unwrap();
        events
            .iter()
            .filter_map(|event| event["body"]["text"].as_str().map(str::to_string))
            .collect()
    }

    async fn detail(&self, agent: &As, id: &str) -> Value {
        self.get(&format!("/api/console/conversations/{id}"), agent)
            .await
            .1
    }
}

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
