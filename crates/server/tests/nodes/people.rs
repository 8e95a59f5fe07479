//! Who comes to the nodes: a company that is there from the start, its agents, and
//! customers.

use segue_core::access::{Role, Scope};
use segue_core::policy::Policy;
use segue_core::time::Hours;
use segue_server::edge::{Clock, hash_of};
use segue_server::http::hash_password;
use segue_store::{ApiToken, Inbox, NewAgent, Settings, Store, Workspace};
use serde_json::{Value, json};

use crate::database::Database;
use crate::node::{Who, ask, call};

/// The site key of the company's widget.
pub const SITE: &str = "site-shop";
/// Its program's token.
pub const TOKEN: &str = "sga_shop";
/// Conversations that an agent holds at once.
pub const CAPACITY: i64 = 3;

/// A company with agents, before any node has started.
pub fn company(database: &Database, agents: &'static [&'static str]) {
    let (url, moment) = (database.url.clone(), Clock::System.moment());
    let hash = hash_password("correct horse");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = Store::open_postgres(&url).unwrap();
    let made: Result<(), segue_store::Error> = runtime.block_on(store.write(move |tx| {
        let moment = moment.again();
        let workspace = Workspace {
            id: moment.id(),
            name: "Shop".into(),
            settings: Settings::default(),
        };
        tx.add_workspace(&workspace, moment.now)?;
        tx.add_inbox(&Inbox {
            id: moment.id(),
            workspace_id: workspace.id.clone(),
            name: "Site".into(),
            site_key: SITE.into(),
            policy: Policy::default(),
            hours: Hours::always(),
            closed_at: None,
        })?;
        for name in agents {
            let agent = NewAgent {
                id: moment.id(),
                workspace_id: workspace.id.clone(),
                email: format!("{name}@shop.example"),
                name: (*name).into(),
                role: Role::Admin,
                password_hash: hash.clone(),
                capacity: CAPACITY,
            };
            tx.add_agent(&agent, moment.now)?;
        }
        let token = ApiToken {
            id: moment.id(),
            workspace_id: workspace.id.clone(),
            name: "test".into(),
            scopes: Scope::ALL.to_vec(),
            created_at: moment.now,
            last_used_at: None,
        };
        tx.add_api_token(&hash_of(TOKEN), &token, None)
    }));
    made.unwrap();
}

/// The program with the company's token.
pub fn program(key: &str) -> Who {
    vec![
        ("Authorization", format!("Bearer {TOKEN}")),
        ("Idempotency-Key", key.into()),
    ]
}

/// An agent who has signed in; on one node is on all.
pub struct Agent {
    pub who: Who,
    pub cookie: String,
}

impl Agent {
    pub fn sign_in(host: &str, name: &str) -> Self {
        let (cookie, csrf) = session(host, name);
        let who = vec![("Cookie", cookie.clone()), ("X-CSRF-Token", csrf)];
        Self { who, cookie }
    }

    pub fn go_online(&self, host: &str) {
        let online = json!({ "presence": "online" });
        ask(host, "POST", "/api/console/presence", &self.who, &online);
    }

    /// Tries to take a conversation under an epoch; status and answer.
    pub fn accept(&self, host: &str, id: &str, epoch: u64) -> (u16, Value) {
        let path = format!("/api/console/conversations/{id}/accept");
        call(host, "POST", &path, &self.who, &json!({ "epoch": epoch })).expect("an answer")
    }
}

/// Cookie and CSRF token of a new session.
fn session(host: &str, name: &str) -> (String, String) {
    use std::io::{Read, Write};
    let body =
        json!({ "email": format!("{name}@shop.example"), "password": "correct horse" }).to_string();
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let request = format!(
        "POST /api/console/session HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let cookie = answer
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap_or_else(|| panic!("no cookie came: {answer}"));
    let cookie = cookie.split(';').next().unwrap().to_string();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let shown: Value = serde_json::from_str(body).unwrap();
    (cookie, shown["csrf"].as_str().unwrap().into())
}

/// A customer with a conversation.
#[derive(Clone)]
pub struct Customer {
    pub who: Who,
    pub token: String,
    pub id: String,
}

impl Customer {
    pub fn arrive(host: &str) -> Self {
        let none = Who::new();
        let inbox = json!({ "inbox": SITE });
        let arrived = ask(host, "POST", "/api/widget/visitors", &none, &inbox);
        let token = arrived["token"].as_str().unwrap().to_string();
        let who = vec![("Authorization", format!("Bearer {token}"))];
        let language = json!({ "language": "en" });
        let view = ask(host, "POST", "/api/widget/conversations", &who, &language);
        Self {
            who,
            token,
            id: view["id"].as_str().unwrap().into(),
        }
    }

    /// One who waits for a person, so that no assistant speaks in between. The view then.
    pub fn waiting(host: &str) -> (Self, Value) {
        let customer = Self::arrive(host);
        let path = customer.path("/handoff");
        let view = ask(host, "POST", &path, &customer.who, &json!({}));
        (customer, view)
    }

    pub fn path(&self, more: &str) -> String {
        format!("/api/widget/conversations/{}{more}", self.id)
    }

    /// Says line `n`; whether it was acknowledged.
    pub fn say(&self, host: &str, n: u64) -> bool {
        let line =
            json!({ "client_message_id": format!("message-{n}"), "text": format!("line {n}") });
        let answer = call(host, "POST", &self.path("/messages"), &self.who, &line);
        answer.is_some_and(|(status, _)| status == 200)
    }

    /// Their lines as they stand, by number.
    pub fn lines(&self, host: &str) -> Vec<u64> {
        self.events(host).iter().filter_map(line_number).collect()
    }

    pub fn events(&self, host: &str) -> Vec<Value> {
        let (mut found, mut after) = (Vec::new(), 0);
        loop {
            let path = self.path(&format!("/events?after={after}"));
            let page = ask(host, "GET", &path, &self.who, &Value::Null);
            found.extend(page["events"].as_array().unwrap().iter().cloned());
            let through = page["through_seq"].as_u64().unwrap();
            if through == after {
                return found;
            }
            after = through;
        }
    }
}

/// The number of a customer's line.
pub fn line_number(event: &Value) -> Option<u64> {
    let text = event["body"]["text"].as_str()?;
    text.strip_prefix("line ")?.parse().ok()
}
