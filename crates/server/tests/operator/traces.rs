//! With the feature `otel` a collector receives what requests, verbs, jobs and calls to a model
//! took, in the trace that the caller began, and not a word of what was said.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::process::{Folder, Server, answer};

/// Takes whatever is posted to it and answers each with `body`.
struct Taker {
    url: String,
    taken: Arc<Mutex<Vec<u8>>>,
}

impl Taker {
    fn open(body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let taken = Arc::new(Mutex::new(vec![]));
        let kept = taken.clone();
        std::thread::spawn(move || {
            for line in listener.incoming() {
                let kept = kept.clone();
                std::thread::spawn(move || take(line.unwrap(), body, &kept));
            }
        });
        Self { url, taken }
    }

    fn has(&self, what: &[u8]) -> bool {
        let taken = self.taken.lock().unwrap();
        taken.windows(what.len()).any(|bytes| bytes == what)
    }
}

fn take(mut line: TcpStream, body: &str, kept: &Mutex<Vec<u8>>) {
    let (mut read, mut buffer) = (vec![], [0; 4096]);
    loop {
        let Ok(count @ 1..) = line.read(&mut buffer) else {
            return;
        };
        read.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&read).to_lowercase();
        let Some(head) = text.find("\r\n\r\n") else {
            continue;
        };
        let length = text.split("content-length:").nth(1);
        let length = length.and_then(|rest| rest.lines().next()?.trim().parse::<usize>().ok());
        let head = read
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or(head);
        if read.len() < head + 4 + length.unwrap_or(0) {
            continue;
        }
        kept.lock().unwrap().append(&mut read);
        let said = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if line.write_all(said.as_bytes()).is_err() {
            return;
        }
    }
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[test]
fn a_collector_receives_spans_and_no_words() {
    let collector = Taker::open("");
    let model = Taker::open("{}");
    let folder = Folder::new("traces");
    let data = folder.at("data");
    let articles = folder.0.join("kb");
    std::fs::create_dir(&articles).unwrap();
    let text =
        "# Return something\n\nYou can return unused goods within 60 days, free of charge.\n";
    std::fs::write(articles.join("returns.md"), text).unwrap();
    let model_url = format!("{}/v1", model.url);
    let args = [
        "--data",
        &data,
        "--model-url",
        &model_url,
        "--model-name",
        "slow",
    ];
    let first = Server::start(&["--data", &data]);
    first.signal("-TERM");
    first.ended();
    let imported =
        crate::process::segue(&["kb", "import", articles.to_str().unwrap(), "--data", &data]);
    assert!(imported.status.success());
    let server = Server::start_with(&args, |command| {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url);
    });
    let (token, conversation) = server.customer(Path::new(&data));
    let line = json!({ "client_message_id": "message-1", "text": "Can I return unused zebras?" });
    let path = format!("/api/widget/conversations/{conversation}/messages");
    let mut stream = server.connect();
    let request = crate::process::request(&server.host, "POST", &path, &token, &line);
    let traced = format!("\r\ntraceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\n");
    let request = request.replacen("\r\n", &traced, 1);
    stream.write_all(request.as_bytes()).unwrap();
    assert_eq!(answer(stream).0, 200);
    // The answer came once the model was asked, or given up.
    while server
        .call(
            "GET",
            &format!("/api/widget/conversations/{conversation}/events?after=0"),
            &token,
            &Value::Null,
        )
        .1["events"]
        .as_array()
        .unwrap()
        .iter()
        .all(|event| event["role"] != "assistant" || event["attempt_id"].is_null())
    {
        std::thread::yield_now();
    }
    server.signal("-TERM");
    let (is_well, said) = server.ended();
    assert!(is_well, "{said}");
    for name in ["request", "receive", "job answer", "model", "segue"] {
        assert!(collector.has(name.as_bytes()), "no span says `{name}`");
    }
    let id: Vec<u8> = (0..16)
        .map(|at| u8::from_str_radix(&TRACE[at * 2..at * 2 + 2], 16).unwrap())
        .collect();
    assert!(collector.has(&id), "the caller's trace goes on");
    assert!(
        model.has(b"traceparent: 00-"),
        "the model is told the trace"
    );
    for word in ["zebras", token.as_str(), "free of charge"] {
        assert!(!collector.has(word.as_bytes()), "a span holds `{word}`");
    }
}
