//! `kill -9` in the middle: what was acknowledged is there afterwards, once.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// A server process on a folder that outlives it.
struct Process {
    child: Child,
    host: String,
}

impl Process {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_segue"))
            .args([
                "serve",
                "--no-rate-limits",
                "--listen",
                "127.0.0.1:0",
                "--data",
            ])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let rest = line
            .split("http://")
            .nth(1)
            .expect("it says where it serves");
        let host = rest.split('/').next().unwrap().to_string();
        Self { child, host }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// One request on a connection of its own; `None` where no whole answer came.
fn call(host: &str, method: &str, path: &str, token: &str, body: &Value) -> Option<Value> {
    let mut stream = TcpStream::connect(host).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let body = body.to_string();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let is_fine = head.starts_with("HTTP/1.1 2");
    serde_json::from_str(body).ok().filter(|_| is_fine)
}

struct Customer {
    token: String,
    conversation: String,
}

fn arrive(host: &str, site_key: &str) -> Customer {
    let arrived = call(
        host,
        "POST",
        "/api/widget/visitors",
        "",
        &json!({ "inbox": site_key }),
    );
    let token = arrived.unwrap()["token"].as_str().unwrap().to_string();
    let path = "/api/widget/conversations";
    let view = call(host, "POST", path, &token, &json!({ "language": "en" })).unwrap();
    let conversation = view["id"].as_str().unwrap().to_string();
    // A human waits, so that every event from here on is a customer's line.
    let path = format!("/api/widget/conversations/{conversation}/handoff");
    call(host, "POST", &path, &token, &json!({})).unwrap();
    Customer {
        token,
        conversation,
    }
}

/// Sends line after line until the server is gone, and tells of each that it
/// acknowledged; the number of the first that it did not.
fn talk(host: &str, customer: &Customer, from: u64, heard: &mpsc::Sender<()>) -> u64 {
    let path = format!(
        "/api/widget/conversations/{}/messages",
        customer.conversation
    );
    let mut n = from;
    loop {
        let line =
            json!({ "client_message_id": format!("message-{n}"), "text": format!("line {n}") });
        if call(host, "POST", &path, &customer.token, &line).is_none() {
            return n;
        }
        let _ = heard.send(());
        n += 1;
    }
}

/// The customer's lines as they stand, by their numbers.
fn lines(host: &str, customer: &Customer) -> Vec<u64> {
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let path = format!(
            "/api/widget/conversations/{}/events?after={after}",
            customer.conversation
        );
        let page = call(host, "GET", &path, &customer.token, &json!({})).unwrap();
        let events = page["events"].as_array().unwrap();
        let number = |event: &Value| -> Option<u64> {
            let text = event["body"]["text"].as_str()?;
            text.strip_prefix("line ")?.parse().ok()
        };
        found.extend(events.iter().filter_map(number));
        let through = page["through_seq"].as_u64().unwrap();
        if through == after {
            return found;
        }
        after = through;
    }
}

struct Folder(PathBuf);
impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill_once() {
    let folder = Folder(std::env::temp_dir().join(format!("segue-killed-{}", std::process::id())));
    let mut process = Process::start(&folder.0);
    let site_key = {
        let store = segue_store::Store::open_sqlite(&folder.0).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let read = store.read(|tx| {
            let workspace = tx.first_workspace()?.expect("the start makes one");
            tx.inboxes(&workspace.id)
        });
        let inboxes: Result<_, segue_store::Error> = runtime.block_on(read);
        inboxes.unwrap().remove(0).site_key
    };
    let customers: Vec<Customer> = (0..4).map(|_| arrive(&process.host, &site_key)).collect();
    let mut next = vec![0_u64; customers.len()];
    for round in 0..4_u64 {
        let until: Vec<u64> = thread::scope(|scope| {
            let (heard, acknowledged) = mpsc::channel();
            let talk = |(customer, from): (_, &u64)| {
                let (host, heard, from) = (process.host.clone(), heard.clone(), *from);
                scope.spawn(move || talk(&host, customer, from, &heard))
            };
            let talking: Vec<_> = customers.iter().zip(&next).map(talk).collect();
            drop(heard);
            // Somewhere in the middle of the talk, elsewhere in each round.
            for _ in 0..40 + 17 * round {
                acknowledged.recv().unwrap();
            }
            process.kill();
            talking
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        process = Process::start(&folder.0);
        for ((customer, next), until) in customers.iter().zip(&mut next).zip(until) {
            // The line that was under way may be there or not; sent again it is one.
            let path = format!(
                "/api/widget/conversations/{}/messages",
                customer.conversation
            );
            let line = json!({ "client_message_id": format!("message-{until}"), "text": format!("line {until}") });
            call(&process.host, "POST", &path, &customer.token, &line).unwrap();
            *next = until + 1;
            assert_eq!(
                lines(&process.host, customer),
                (0..*next).collect::<Vec<_>>(),
                "round {round}"
            );
        }
    }
    process.kill();
}

#[test]
fn a_folder_is_served_by_one_process() {
    let folder = Folder(std::env::temp_dir().join(format!("segue-held-{}", std::process::id())));
    let mut first = Process::start(&folder.0);
    let second = Command::new(env!("CARGO_BIN_EXE_segue"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&folder.0)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(
        !second.status.success() && said.contains("already"),
        "{said}"
    );
    first.kill();
    Process::start(&folder.0).kill();
}
