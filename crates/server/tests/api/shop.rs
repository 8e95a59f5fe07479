//! A shop for tests: a fake clock, a database of its own, the doors through their router.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use segue_core::access::Scope;
use segue_core::policy::Policy;
use segue_core::time::{Hours, Timestamp};
use segue_server::channels::Mailer;
use segue_server::desk::Desk;
use segue_server::edge::{Clock, hash_of};
use segue_server::http::{App, Doors, Rates, hash_password, router};
use segue_server::jobs::{Tools, sweep_once, work_one};
use segue_server::live::Hub;
use segue_store::{ApiToken, Inbox, NewAgent, Settings, Store, Workspace};
use serde_json::{Value, json};
use tower::ServiceExt;

pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A shop with agents and a small knowledge base, on a database of its own.
pub struct Shop {
    pub router: Router,
    pub desk: Desk,
    pub tools: Tools,
    pub site_key: String,
    pub folder: std::path::PathBuf,
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Who sends a request.
#[derive(Clone)]
pub enum As {
    Nobody,
    Visitor(String),
    Agent { cookie: String, csrf: String },
    Program(String),
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_with(|app| app).await
    }

    /// The same with its doors set up otherwise.
    pub async fn open_with(set: impl FnOnce(App) -> App) -> Self {
        let folder =
            std::env::temp_dir().join(format!("segue-api-{}", segue_server::edge::secret("t")));
        let store = Store::open_sqlite(&folder).unwrap();
        let desk = Desk::new(store.clone(), Clock::standing_at(NOW), true);
        let hub = Hub::new();
        let tools = Tools {
            desk: desk.clone(),
            hub: hub.clone(),
            mailer: None::<Arc<Mailer>>,
            fetcher: Default::default(),
            model: None,
        };
        let app = set(App::new(desk.clone(), hub, Rates::default()));
        let router = router(app, Doors::new());
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

    /// Opens the doors anew, after something of the desk was set otherwise.
    pub fn open_doors(&mut self) {
        self.tools.desk = self.desk.clone();
        let app = App::new(self.desk.clone(), self.tools.hub.clone(), Rates::default());
        self.router = router(app, Doors::new());
    }

    /// A workspace with agents whose password is `correct horse`, and an API token
    /// `sga_<company>`. Its site key.
    pub async fn add_workspace(
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
                    closed_at: None,
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
                let token = ApiToken {
                    id: moment.id(),
                    workspace_id: workspace.id.clone(),
                    name: "test".into(),
                    scopes: Scope::ALL.to_vec(),
                    created_at: moment.now,
                    last_used_at: None,
                };
                tx.add_api_token(&hash_of(&format!("sga_{company}")), &token, None)
            })
            .await;
        made.unwrap();
        site_key
    }

    pub async fn raw(
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

    pub async fn get(&self, path: &str, who: &As) -> (u16, Value) {
        let (status, _, body) = self.raw("GET", path, who, None, &[]).await;
        (status, body)
    }

    pub async fn post(&self, path: &str, who: &As, body: Value) -> (u16, Value) {
        let (status, _, body) = self.raw("POST", path, who, Some(body), &[]).await;
        (status, body)
    }

    pub async fn sign_in(&self, email: &str) -> As {
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

    pub async fn arrive(&self) -> (As, String) {
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
    pub async fn say(&self, visitor: &As, id: &str, n: u32, text: &str) -> Value {
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

    pub async fn work(&self) {
        self.desk.clock.advance(10);
        while work_one(&self.tools).await.unwrap() {}
        sweep_once(&self.desk).await.unwrap();
    }

    pub async fn view(&self, visitor: &As, id: &str) -> Value {
        self.get(&format!("/api/widget/conversations/{id}"), visitor)
            .await
            .1
    }

    pub async fn texts(&self, visitor: &As, id: &str) -> Vec<String> {
        let (_, page) = self
            .get(&format!("/api/widget/conversations/{id}/events"), visitor)
            .await;
        let events = page["events"].as_array().unwrap();
        events
            .iter()
            .filter_map(|event| event["body"]["text"].as_str().map(str::to_string))
            .collect()
    }

    pub async fn detail(&self, agent: &As, id: &str) -> Value {
        self.get(&format!("/api/console/conversations/{id}"), agent)
            .await
            .1
    }
}
