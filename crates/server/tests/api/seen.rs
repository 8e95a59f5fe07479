//! What an operator sees: figures, request ids, refusals in one form, and a log that holds
//! nobody's words.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use segue_server::http::inside;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::scripted::{Script, Turn, play};
use crate::shop::{As, Shop};

fn source_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The names in a text that begin like a figure of ours.
fn names(text: &str, before: char) -> BTreeSet<String> {
    let begun = format!("{before}segue_");
    text.split(begun.as_str())
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| !(c.is_ascii_lowercase() || c == '_'))?;
            let is_whole = rest[end..].starts_with(before);
            is_whole.then(|| format!("segue_{}", &rest[..end]))
        })
        .collect()
}

#[test]
fn every_figure_is_explained_to_operators() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    source_files(&here.join("src"), &mut files);
    let mut counted = BTreeSet::new();
    for file in files {
        counted.extend(names(&std::fs::read_to_string(file).unwrap(), '"'));
    }
    // Names in the source that are no figures: crates, the cookie.
    let others = ["segue_server", "segue_session", "segue_store"];
    counted.retain(|name| !others.contains(&name.as_str()));
    let book = here.join("../../docs/operating/monitoring.md");
    let explained = names(&std::fs::read_to_string(book).unwrap(), '`');
    let missing: Vec<_> = counted.difference(&explained).collect();
    assert!(
        missing.is_empty(),
        "docs/operating/monitoring.md lacks {missing:?}"
    );
    let gone: Vec<_> = explained.difference(&counted).collect();
    assert!(
        gone.is_empty(),
        "docs/operating/monitoring.md explains {gone:?}, which are not counted"
    );
    assert!(counted.len() > 20, "{counted:?}");
}

async fn body_of(response: axum::response::Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn figures_are_for_whoever_has_the_token_and_for_the_inside() {
    let handle = segue_server::http::recorder().unwrap();
    let token = "a-token-of-the-operator";
    let mut app = None;
    let shop = Shop::open_with(|made| {
        let made = made.with_metrics(handle, Some(token.into()));
        app = Some(made.clone());
        made
    })
    .await;
    let (visitor, id) = shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    shop.post(&path, &visitor, json!({})).await;
    shop.desk.clock.advance(90_000);

    assert_eq!(shop.get("/metrics", &As::Nobody).await.0, 404);
    let wrong = As::Program("a-token-of-somebody".into());
    assert_eq!(shop.get("/metrics", &wrong).await.0, 404);
    let right = As::Program(token.into());
    assert_eq!(shop.get("/metrics", &right).await.0, 200);

    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let shown = body_of(inside(app.unwrap()).oneshot(request).await.unwrap()).await;
    for line in [
        "segue_waiting_customers 1",
        "segue_waiting_oldest_seconds 90",
        "segue_conversations{state=\"queued\"} 1",
        "segue_database_up 1",
        "segue_handoffs_total{trigger=\"request.human\"} 1",
        "route=\"/api/widget/conversations/{id}/handoff\"",
        "segue_verb_seconds_bucket{verb=\"hand_off\"",
        "segue_http_request_seconds_bucket",
    ] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
    assert!(!shown.contains(&id), "no figure has an id in it");
}

#[tokio::test]
async fn every_answer_has_an_id_and_every_refusal_the_same_form() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, first, _) = shop
        .raw("GET", "/health/live", &As::Nobody, None, &[])
        .await;
    let (_, second, _) = shop
        .raw("GET", "/health/live", &As::Nobody, None, &[])
        .await;
    assert_ne!(first["x-request-id"], second["x-request-id"]);
    for (method, path, who, status, code) in [
        (
            "PUT",
            "/api/widget/visitors",
            &As::Nobody,
            405,
            "method_not_allowed",
        ),
        ("GET", "/api/widget/config", &As::Nobody, 400, "bad_request"),
        (
            "GET",
            "/api/console/measures?days=many",
            &maya,
            400,
            "bad_request",
        ),
        (
            "GET",
            "/api/console/measures?days=-1&days=2",
            &maya,
            400,
            "bad_request",
        ),
        ("GET", "/api/widget/socket", &As::Nobody, 400, "bad_request"),
        ("GET", "/%ff%fe", &As::Nobody, 404, "not_found"),
        (
            "GET",
            "/words/..%2f..%2fCargo.toml",
            &As::Nobody,
            404,
            "not_found",
        ),
    ] {
        let (got, headers, problem) = shop.raw(method, path, who, None, &[]).await;
        assert_eq!(
            (got, problem["code"].as_str()),
            (status, Some(code)),
            "{method} {path}: {problem}"
        );
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        assert!(problem["detail"].is_string() && headers.contains_key("x-request-id"));
    }
}

/// A server process that logs all that it can.
struct Process {
    child: Child,
    host: String,
    setup: String,
}

impl Process {
    fn start(folder: &Path, log: &Path, format: &str, model_url: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_segue"))
            .args(["--log-format", format, "serve", "--listen", "127.0.0.1:0"])
            .args(["--model-url", model_url, "--model-name", "played"])
            .args(["--smtp", "smtp://mailer:smtp-password-4711@127.0.0.1:1"])
            .args(["--mail-from", "desk@shop.example", "--data"])
            .arg(folder)
            .env("SEGUE_LOG", "trace")
            .env("SEGUE_MODEL_KEY", "model-key-4711")
            .env("SEGUE_METRICS_TOKEN", "metrics-token-4711")
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(log).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let rest = line
            .split("http://")
            .nth(1)
            .expect("it says where it serves");
        let link = rest.split_whitespace().next().unwrap();
        Self {
            child,
            host: link.split('/').next().unwrap().into(),
            setup: link.rsplit('/').next().unwrap().into(),
        }
    }

    fn call(&self, method: &str, path: &str, headers: &str, body: &Value) -> (String, Value) {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let patience = Some(Duration::from_secs(30));
        stream.set_read_timeout(patience).unwrap();
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (
            head.into(),
            serde_json::from_str(body).unwrap_or(Value::Null),
        )
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Attack cases 26 and 47: a story at the finest level of the log, with things that must
/// not stand in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_line_holds_words_tokens_addresses_or_prompts() {
    let script = Script::default();
    let refuses = Turn::Refuses(500, &[]);
    script.turns.lock().unwrap().push_back(refuses);
    let url = play(script.clone()).await;
    let folder = std::env::temp_dir().join(segue_server::edge::secret("logs"));
    std::fs::create_dir_all(&folder).unwrap();
    for format in ["text", "json"] {
        let (data, log) = (folder.join(format), folder.join(format!("{format}.log")));
        let (url, kept, heard) = (url.clone(), log.clone(), script.clone());
        let story = tokio::task::spawn_blocking(move || {
            let secrets = tell_story(&Process::start(&data, &kept, format, &url), &heard);
            (secrets, std::fs::read_to_string(kept).unwrap())
        });
        let (secrets, log) = story.await.unwrap();
        let asked = std::mem::take(&mut *script.asked.lock().unwrap());
        assert!(!asked.is_empty());
        assert!(log.lines().count() > 20, "there is a log:\n{log}");
        for secret in secrets {
            assert!(!secret.is_empty());
            assert!(
                !log.contains(&secret),
                "`{secret}` stands in the log:\n{log}"
            );
        }
        if format == "json" {
            for line in log.lines() {
                let read: Result<Value, _> = serde_json::from_str(line);
                assert!(read.is_ok(), "{line}");
            }
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// Sets up, signs in rightly and wrongly, chats, is refused, hands over, replies by mail.
/// What of it nobody may find in a log.
fn tell_story(process: &Process, script: &Script) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let setup = json!({ "token": process.setup, "company": "Shop", "name": "Maya",
        "email": "maya-4711@shop.example", "password": "password-4711" });
    let (head, session) = process.call("POST", "/api/console/setup", "", &setup);
    let cookie = head
        .split("segue_session=")
        .nth(1)
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let csrf = text(&session["csrf"]);
    let agent = format!("Cookie: segue_session={cookie}\r\nX-CSRF-Token: {csrf}\r\n");
    let wrong = json!({ "email": "maya-4711@shop.example", "password": "guess-4711" });
    process.call("POST", "/api/console/session", "", &wrong);
    process.call(
        "POST",
        "/api/console/presence",
        &agent,
        &json!({ "presence": "online" }),
    );
    let article = json!({ "files": [{ "name": "a.md", "text": "# Delivery\n\nDelivery of article-4711 takes 3 days." }] });
    process.call("POST", "/api/console/articles", &agent, &article);

    let site = text(&session["workspace"]["site_keys"][0]);
    let (_, arrived) = process.call(
        "POST",
        "/api/widget/visitors",
        "",
        &json!({ "inbox": site }),
    );
    let token = text(&arrived["token"]);
    let visitor = format!("Authorization: Bearer {token}\r\n");
    let (_, view) = process.call(
        "POST",
        "/api/widget/conversations",
        &visitor,
        &json!({ "language": "en" }),
    );
    let id = text(&view["id"]);
    let at = |rest: &str| format!("/api/widget/conversations/{id}/{rest}");
    let question = json!({ "client_message_id": "message-1",
        "text": "How long does delivery of article-4711 take? I live at 12 Secret-Street-4711.\n\u{1b}[31mERROR forged-4711" });
    process.call("POST", &at("messages"), &visitor, &question);
    // The model is asked, and fails.
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while script.answers_asked() == 0 {
        assert!(tokio::time::Instant::now() < deadline, "no model was asked");
        std::thread::yield_now();
    }
    process.call(
        "POST",
        &at("email"),
        &visitor,
        &json!({ "email": "ada-4711@customer.example" }),
    );
    process.call("POST", &at("handoff"), &visitor, &json!({}));
    process.call(
        "POST",
        &at("email"),
        &visitor,
        &json!({ "email": "ada-4711@customer.example" }),
    );
    let (_, view) = process.call(
        "GET",
        &format!("/api/widget/conversations/{id}"),
        &visitor,
        &Value::Null,
    );
    let accept = format!("/api/console/conversations/{id}/accept");
    let (_, detail) = process.call("POST", &accept, &agent, &json!({ "epoch": view["epoch"] }));
    let reply = json!({ "client_message_id": "agent-0001", "text": "reply-4711", "epoch": detail["item"]["epoch"] });
    process.call(
        "POST",
        &format!("/api/console/conversations/{id}/reply"),
        &agent,
        &reply,
    );
    for bad in [
        json!({ "text": "malformed-4711" }),
        json!(["malformed-4711"]),
    ] {
        process.call("POST", &at("messages"), &visitor, &bad);
    }
    process.call(
        "GET",
        "/api/console/setup?token=setup-guess-4711",
        "",
        &Value::Null,
    );
    process.call(
        "GET",
        "/metrics",
        "Authorization: Bearer metrics-token-4711\r\n",
        &Value::Null,
    );
    process.call(
        "GET",
        "/api/v1/contacts?email=ada-4711@customer.example",
        "Authorization: Bearer sga_4711\r\n",
        &Value::Null,
    );

    let mut secrets = vec![process.setup.clone(), cookie.to_string(), csrf, token];
    // Whatever else of the story there is bears the number.
    secrets.push("4711".into());
    secrets
}
