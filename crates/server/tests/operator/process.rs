//! A server process on a folder of its own, and the commands beside it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

pub const SEGUE: &str = env!("CARGO_BIN_EXE_segue");

/// A folder that goes at the test's end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let name = format!("segue-operator-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn at(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().into()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs a command to its end, with nothing of ours in its environment.
pub fn segue(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(SEGUE);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SEGUE_") {
            command.env_remove(name);
        }
    }
    // A model that is not there is quicker to find than one that is.
    command.env("SEGUE_MODEL", "/nowhere").args(args);
    command
}

/// What a command said on both of its ways.
pub fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}

/// A server that serves.
pub struct Server {
    pub child: Child,
    pub host: String,
}

impl Server {
    pub fn start(more: &[&str]) -> Self {
        Self::start_with(more, |_| {})
    }

    /// The same with something in its environment.
    pub fn start_with(more: &[&str], set: impl FnOnce(&mut Command)) -> Self {
        let args = [
            &["serve", "--no-rate-limits", "--listen", "127.0.0.1:0"],
            more,
        ]
        .concat();
        let mut command = command(&args);
        set(&mut command);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
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

    /// Sends a signal as a service manager does.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end: whether it went well, and what it said.
    pub fn ended(mut self) -> (bool, String) {
        let status = self.child.wait().unwrap();
        let mut said = String::new();
        let _ = self.child.stderr.take().unwrap().read_to_string(&mut said);
        (status.success(), said)
    }

    pub fn call(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let mut stream = self.connect();
        stream
            .write_all(request(&self.host, method, path, token, body).as_bytes())
            .unwrap();
        answer(stream)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.host).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream
    }

    /// A customer who has begun a conversation: their key and its id.
    pub fn customer(&self, data: &Path) -> (String, String) {
        let key = site_key(data);
        let (status, arrived) =
            self.call("POST", "/api/widget/visitors", "", &json!({ "inbox": key }));
        assert_eq!(status, 201, "{arrived}");
        let token = arrived["token"].as_str().unwrap().to_string();
        let begun = json!({ "language": "en" });
        let (_, view) = self.call("POST", "/api/widget/conversations", &token, &begun);
        (token, view["id"].as_str().unwrap().into())
    }

    /// The customer says a line; the answer's status.
    pub fn say(&self, token: &str, conversation: &str, n: u32, text: &str) -> u16 {
        let path = format!("/api/widget/conversations/{conversation}/messages");
        let line = json!({ "client_message_id": format!("message-{n}"), "text": text });
        self.call("POST", &path, token, &line).0
    }

    /// The customer's own lines, as they stand.
    pub fn lines(&self, token: &str, conversation: &str) -> Vec<String> {
        let path = format!("/api/widget/conversations/{conversation}/events?after=0");
        let (_, page) = self.call("GET", &path, token, &Value::Null);
        let events = page["events"].as_array().unwrap();
        let texts = events
            .iter()
            .filter_map(|event| event["body"]["text"].as_str());
        texts
            .filter(|text| text.starts_with("line "))
            .map(str::to_string)
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn request(host: &str, method: &str, path: &str, token: &str, body: &Value) -> String {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub fn answer(mut stream: TcpStream) -> (u16, Value) {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").expect("a whole answer");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

/// Asks the store what no door tells.
pub fn ask<T: Send + 'static>(
    data: &Path,
    query: impl FnMut(&mut segue_store::Tx<'_>) -> Result<T, segue_store::Error> + Send + 'static,
) -> T {
    let store = segue_store::Store::open_sqlite(data).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(store.read(query)).unwrap()
}

pub fn site_key(data: &Path) -> String {
    ask(data, |tx| {
        let workspace = tx.first_workspace()?.expect("the start makes one");
        Ok(tx.inboxes(&workspace.id)?.remove(0).site_key)
    })
}
