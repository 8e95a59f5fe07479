//! Two workspaces with one of everything in them, and requests that any door takes, made from the
//! description of the API.

use std::collections::HashMap;

use axum::http::Method;
use segue_core::access::{Role, Scope};
use segue_core::audit::By;
use segue_core::ids::WorkspaceId;
use segue_server::http::Row;
use serde_json::{Map, Value, json};

use crate::shop::{As, Shop};

/// Two workspaces with the same things in them.
pub struct World {
    pub shop: Shop,
    pub description: Value,
    pub ours: Things,
    pub theirs: Things,
}

/// What a workspace has.
pub struct Things {
    pub workspace_id: WorkspaceId,
    pub company: &'static str,
    pub site_key: String,
    pub visitor: As,
    pub program: As,
    /// One of each kind, by what stands before it in a path.
    pub ids: HashMap<&'static str, String>,
    pub inbox_id: String,
    pub contact_id: String,
}

pub const ROLES: [(Role, &str); 3] = [
    (Role::Agent, "ann"),
    (Role::Lead, "lea"),
    (Role::Admin, "maya"),
];

impl World {
    pub async fn open() -> Self {
        let shop = Shop::open().await;
        shop.add_workspace("Other", &["maya"]).await;
        let workspaces = shop.desk.store.read(|tx| tx.workspaces()).await.unwrap();
        let named = |name: &str| {
            let found = workspaces.iter().find(|workspace| workspace.name == name);
            found.unwrap().id.clone()
        };
        let (ours, theirs) = (named("Shop"), named("Other"));
        let ours = Things::make(&shop, ours, "Shop").await;
        let theirs = Things::make(&shop, theirs, "Other").await;
        let description = serde_json::to_value(segue_server::http::openapi()).unwrap();
        World {
            shop,
            description,
            ours,
            theirs,
        }
    }

    /// Sends what a row takes, with the ids of `whose`, as somebody.
    pub async fn send(&self, row: &Row, whose: &Things, who: &As) -> Answer {
        let ids = |noun: &str| {
            whose.ids.get(noun).cloned().unwrap_or_else(|| {
                panic!("{row:?}: say in `Things::make` which of its {noun} a workspace has")
            })
        };
        self.send_with(row, whose, who, ids, &[]).await
    }

    pub async fn send_with(
        &self,
        row: &Row,
        whose: &Things,
        who: &As,
        ids: impl Fn(&str) -> String,
        extra: &[(&str, &str)],
    ) -> Answer {
        // No limit is met, and no pause is needed.
        self.shop.desk.clock.advance(120_000);
        let path = self.path(row, whose, ids);
        let body = self.body(row, whose);
        let length = body.as_ref().map_or(0, |body| body.to_string().len());
        let length = length.to_string();
        let mut headers = vec![
            ("x-file-id", "walk-file-1"),
            ("x-file-name", "walk.txt"),
            ("content-length", length.as_str()),
        ];
        headers.extend_from_slice(extra);
        let method = row.method.as_str();
        let (status, headers, body) = self.shop.raw(method, &path, who, body, &headers).await;
        Answer {
            asked: format!("{method} {path}"),
            status,
            is_kept: headers
                .get("cache-control")
                .is_none_or(|value| value != "no-store"),
            body,
        }
    }

    pub fn path(&self, row: &Row, whose: &Things, ids: impl Fn(&str) -> String) -> String {
        let mut noun = "";
        let parts: Vec<String> = row
            .path
            .split('/')
            .map(|part| {
                let filled = match part.strip_prefix('{') {
                    Some(_) if !row.path.starts_with("/api/") => "x".into(),
                    Some(_) => ids(noun),
                    None => part.to_string(),
                };
                noun = part;
                filled
            })
            .collect();
        let mut path = parts.join("/");
        for (n, (name, value)) in self.query(row, whose).into_iter().enumerate() {
            path.push(if n == 0 { '?' } else { '&' });
            path.push_str(&format!("{name}={value}"));
        }
        path
    }

    pub fn operation(&self, row: &Row) -> &Value {
        &self.description["paths"][row.path][row.method.as_str().to_lowercase()]
    }

    pub fn query(&self, row: &Row, whose: &Things) -> Vec<(String, String)> {
        let parameters = self.operation(row)["parameters"].as_array();
        let wanted =
            |parameter: &&Value| parameter["in"] == "query" && parameter["required"] == true;
        parameters
            .into_iter()
            .flatten()
            .filter(wanted)
            .map(|parameter| {
                let name = parameter["name"].as_str().unwrap();
                let value = self.fill(&parameter["schema"], name, whose);
                let value = value.as_str().map_or(value.to_string(), str::to_string);
                (name.to_string(), value)
            })
            .collect()
    }

    pub fn body(&self, row: &Row, whose: &Things) -> Option<Value> {
        let content = &self.operation(row)["requestBody"]["content"];
        match content.get("application/json") {
            Some(json) => Some(self.fill(&json["schema"], "", whose)),
            None => (row.method != Method::GET).then(|| json!({})),
        }
    }

    /// A value that a schema takes; of objects only what is required.
    pub fn fill(&self, schema: &Value, name: &str, whose: &Things) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference.trim_start_matches("#/components/schemas/");
            return self.fill(
                &self.description["components"]["schemas"][target],
                name,
                whose,
            );
        }
        if let Some(first) = schema["enum"].as_array().and_then(|all| all.first()) {
            return first.clone();
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(first) = schema[choice].as_array().and_then(|all| all.last()) {
                return self.fill(first, name, whose);
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let parts = parts.iter().map(|part| self.fill(part, name, whose));
            let parts = parts.filter_map(|part| part.as_object().cloned());
            return Value::Object(parts.flatten().collect());
        }
        if name == "week" {
            return json!([[], [], [], [], [], [], []]);
        }
        let kind = &schema["type"];
        match kind
            .as_str()
            .or_else(|| kind[0].as_str())
            .unwrap_or("object")
        {
            "string" => word(name, whose).into(),
            "integer" | "number" => 1.into(),
            "boolean" => true.into(),
            "array" => json!([self.fill(&schema["items"], name, whose)]),
            _ => {
                // Words are not required where files may stand for them.
                let words = schema["properties"].get("text").map(|_| "text");
                let required = schema["required"].as_array();
                let required = required.into_iter().flatten().filter_map(Value::as_str);
                let fields = required.chain(words);
                let fields = fields.map(|field| {
                    let value = self.fill(&schema["properties"][field], field, whose);
                    (field.to_string(), value)
                });
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }

    /// Somebody of a workspace with this role, newly signed in: what the walk before did
    /// to their session is forgotten.
    pub async fn agent(&self, of: &Things, role: Role) -> As {
        let name = ROLES.iter().find(|(one, _)| *one == role).unwrap().1;
        self.shop.desk.clock.advance(600_000);
        let email = format!("{name}@{}.example", of.company.to_lowercase());
        self.shop.sign_in(&email).await
    }
}

/// A word that a field takes.
pub fn word(name: &str, whose: &Things) -> String {
    match name {
        "inbox" => whose.site_key.clone(),
        "inbox_id" => whose.inbox_id.clone(),
        "contact_id" => whose.contact_id.clone(),
        "conversation_id" => whose.ids["conversations"].clone(),
        "client_message_id" => "walk-message".into(),
        "agent_id" | "from_agent_id" => "agent_00000000000000000000000000".into(),
        "email" => "walk@walk.example".into(),
        "password" | "current" => "a long password".into(),
        "presence" => "away".into(),
        "url" => "https://crm.walk.example/{email}".into(),
        "zone" => "Europe/Berlin".into(),
        "now" | "at" | "seen" => "2027-01-15T08:00:00Z".into(),
        _ => "walk".into(),
    }
}

pub struct Answer {
    pub asked: String,
    pub status: u16,
    pub is_kept: bool,
    pub body: Value,
}

impl Things {
    pub async fn make(shop: &Shop, workspace_id: WorkspaceId, company: &'static str) -> Self {
        let hash = segue_server::http::hash_password("correct horse");
        for (role, name) in ROLES.into_iter().filter(|(role, _)| *role != Role::Admin) {
            let email = format!("{name}@{}.example", company.to_lowercase());
            let added = shop.desk.add_agent(
                workspace_id.clone(),
                email,
                name.into(),
                role,
                2,
                hash.clone(),
            );
            added.await.unwrap();
        }
        let tents = format!(
            "# Tents\n\nTents stand in every storm. The {}.\n",
            secret_of(company)
        );
        let files = vec![
            ("tents.md".into(), tents.into_bytes()),
            ("delivery.md".into(), b"---\ntitle: Delivery times\n---\n# Delivery times\n\nStandard delivery takes 3 to 5 working days.\n".to_vec()),
            ("returns.md".into(), b"---\ntitle: Return something\n---\n# Return something\n\nYou can return unused goods within 60 days, free of charge.\n".to_vec()),
        ];
        shop.desk
            .import(&workspace_id, files, |_, _| {})
            .await
            .unwrap();
        let admin = shop
            .sign_in(&format!("maya@{}.example", company.to_lowercase()))
            .await;

        let site_key = format!("site-{company}");
        let arrival = json!({ "inbox": site_key });
        let (_, arrived) = shop
            .post("/api/widget/visitors", &As::Nobody, arrival)
            .await;
        let visitor = As::Visitor(arrived["token"].as_str().unwrap().into());
        let contact_id = arrived["contact_id"].as_str().unwrap().to_string();
        let opening = json!({ "language": "en" });
        let (_, view) = shop
            .post("/api/widget/conversations", &visitor, opening)
            .await;
        let id = view["id"].as_str().unwrap().to_string();
        shop.say(&visitor, &id, 1, "How long does standard delivery take?")
            .await;
        shop.say(
            &visitor,
            &id,
            2,
            &format!("My secret is the {}.", secret_of(company)),
        )
        .await;
        let path = format!("/api/widget/conversations/{id}");
        let (_, page) = shop.get(&format!("{path}/events"), &visitor).await;
        let events = page["events"].as_array().unwrap();
        let attempt = events.iter().find_map(|event| event["attempt_id"].as_str());
        let attempt = attempt.expect("the assistant answered").to_string();
        let text = json!(secret_of(company));
        let length = text.to_string().len().to_string();
        let headers = [
            ("x-file-id", "walk-file-0"),
            ("x-file-name", "secret.txt"),
            ("content-length", length.as_str()),
        ];
        let to = format!("{path}/files");
        let (status, _, file) = shop.raw("POST", &to, &visitor, Some(text), &headers).await;
        assert_eq!(status, 201, "{file}");
        let file = file["id"].as_str().unwrap().to_string();
        let sent = json!({ "client_message_id": "message-3", "files": [file] });
        let (status, sent) = shop.post(&format!("{path}/messages"), &visitor, sent).await;
        assert_eq!(status, 200, "{sent}");
        let (_, view) = shop
            .post(&format!("{path}/handoff"), &visitor, json!({}))
            .await;
        let path = format!("/api/console/conversations/{id}/accept");
        let (status, detail) = shop
            .post(&path, &admin, json!({ "epoch": view["epoch"] }))
            .await;
        assert_eq!(status, 200, "{detail}");

        let program = As::Program(format!("sga_{company}"));
        let first = |list: Value, of: &str| list[of][0]["id"].as_str().unwrap().to_string();
        let (_, handoffs) = shop.get("/api/v1/handoffs", &program).await;
        let (_, articles) = shop.get("/api/console/articles", &admin).await;
        let articles = articles["articles"].as_array().unwrap();
        let tents = articles
            .iter()
            .find(|article| article["source"] == "tents.md");
        let (_, sessions) = shop.get("/api/console/sessions", &admin).await;
        let inboxes = "/api/console/identity-keys";
        let (_, keys) = shop.get(inboxes, &admin).await;
        let inbox_id = first(keys, "inboxes");
        let (_, key) = shop
            .post(inboxes, &admin, json!({ "inbox_id": inbox_id }))
            .await;
        let new = json!({ "email": "new@walk.example", "role": "agent", "capacity": 2 });
        let (status, _) = shop.post("/api/console/join-links", &admin, new).await;
        assert_eq!(status, 201);
        let (_, people) = shop.get("/api/console/agents", &admin).await;
        let made = shop.desk.add_token(
            workspace_id.clone(),
            "walked".into(),
            Scope::ALL.to_vec(),
            By::Operator,
        );
        let (token, _) = made.await.unwrap();
        let new = json!({ "name": format!("Team of {company}") });
        let (status, teams) = shop.post("/api/console/teams", &admin, new).await;
        assert_eq!(status, 201, "{teams}");
        let new = json!({ "name": "Hello", "text": secret_of(company), "shared_with": "all" });
        let (status, replies) = shop.post("/api/console/canned-replies", &admin, new).await;
        assert_eq!(status, 201, "{replies}");
        let tried = json!({ "kind": "shadow", "text": "" });
        let (status, trial) = shop.post("/api/console/trials", &admin, tried).await;
        assert_eq!(status, 201, "{trial}");
        let hook = json!({ "name": "Bot", "url": "https://bot.walk.example/", "topics": ["message.created"] });
        let (status, hook) = shop.post("/api/console/webhooks", &admin, hook).await;
        assert_eq!(status, 201, "{hook}");
        let hook = hook["webhook"]["id"].as_str().unwrap().to_string();
        let agents = people["agents"].as_array().unwrap();
        let ann = agents.iter().find(|agent| agent["name"] == "ann").unwrap();
        let ids = HashMap::from([
            ("conversations", id),
            ("attempts", attempt),
            ("files", file),
            ("handoffs", first(handoffs, "handoffs")),
            (
                "articles",
                tents.unwrap()["id"].as_str().unwrap().to_string(),
            ),
            ("sessions", first(sessions, "sessions")),
            (
                "identity-keys",
                key["key"]["id"].as_str().unwrap().to_string(),
            ),
            ("join-links", first(people.clone(), "join_links")),
            ("agents", ann["id"].as_str().unwrap().to_string()),
            ("teams", first(teams, "teams")),
            ("canned-replies", first(replies, "replies")),
            ("tokens", token.id.to_string()),
            ("trials", trial["trial"]["id"].as_str().unwrap().to_string()),
            ("webhooks", hook),
            ("inboxes", inbox_id.clone()),
            ("contacts", contact_id.clone()),
        ]);
        Things {
            workspace_id,
            company,
            site_key,
            visitor,
            program,
            ids,
            inbox_id,
            contact_id,
        }
    }
}

/// What only one workspace knows.
pub fn secret_of(company: &str) -> String {
    format!("canary of {company}")
}

impl World {
    /// Another visitor of the same site.
    pub async fn neighbour(&self) -> As {
        self.shop.desk.clock.advance(60_000);
        let arrival = json!({ "inbox": self.ours.site_key });
        let (_, arrived) = self
            .shop
            .post("/api/widget/visitors", &As::Nobody, arrival)
            .await;
        As::Visitor(arrived["token"].as_str().unwrap().into())
    }

    /// What a workspace holds, as its admin and its programs see it.
    pub async fn everything_of(&self, of: &Things) -> Vec<Value> {
        let admin = self.agent(of, Role::Admin).await;
        let id = &of.ids["conversations"];
        let mut seen = vec![];
        for path in [
            "agents",
            "identity-keys",
            "articles",
            &format!("conversations/{id}"),
        ] {
            let (status, mut shown) = self.shop.get(&format!("/api/console/{path}"), &admin).await;
            assert_eq!(status, 200, "{path}");
            // Time goes on, and waits with it.
            if let Some(item) = shown.get_mut("item") {
                *item = Value::Null;
            }
            seen.push(shown);
        }
        let (_, tokens) = self.shop.get("/api/console/tokens", &admin).await;
        let tokens = tokens["tokens"].as_array().unwrap().iter();
        seen.push(tokens.map(|token| token["id"].clone()).collect());
        seen
    }
}

impl Things {
    pub fn again(&self) -> Self {
        Things {
            workspace_id: self.workspace_id.clone(),
            company: self.company,
            site_key: self.site_key.clone(),
            visitor: self.visitor.clone(),
            program: self.program.clone(),
            ids: self.ids.clone(),
            inbox_id: self.inbox_id.clone(),
            contact_id: self.contact_id.clone(),
        }
    }
}

/// An id of the same kind that nothing has.
pub fn never_was(id: &str) -> String {
    let (prefix, rest) = id.split_once('_').unwrap();
    format!("{prefix}_{}", "0".repeat(rest.len()))
}
