//! A server process on a folder that outlives it, and requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;

/// How long a process may take to do what it must.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Process {
    pub child: Child,
    pub host: String,
}

/// How to begin one, beside its folder.
#[derive(Default)]
pub struct Manner<'a> {
    pub post: Option<&'a str>,
    pub kill_at: Option<&'a str>,
    /// PostgreSQL instead of the folder.
    pub database: Option<&'a str>,
    /// What runs it: `segue` itself if empty.
    pub through: &'a [&'a str],
}

impl Process {
    /// Begins one; `None` if it ended before it served.
    pub fn start(folder: &Path, manner: &Manner<'_>) -> Option<Self> {
        let segue = env!("CARGO_BIN_EXE_segue");
        let mut command = match manner.through {
            [] => Command::new(segue),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(segue);
                command
            }
        };
        command
            .args(["serve", "--no-rate-limits", "--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(folder);
        if let Some(url) = manner.database {
            command.args(["--database", url]);
        }
        if let Some(url) = manner.post {
            command.args(["--smtp", url, "--mail-from", "help@shop.example"]);
        }
        if let Some(point) = manner.kill_at {
            command.env("SEGUE_KILL_AT", point);
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let Some(rest) = line.split("http://").nth(1) else {
            child.wait().unwrap();
            return None;
        };
        let host = rest.split('/').next().unwrap().trim().to_string();
        Some(Self { child, host })
    }

    /// Ends it as a power cut of the process would: at once.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }

    /// Waits until it ends by itself; `None` if it does not.
    pub fn end(&mut self, within: Duration) -> Option<ExitStatus> {
        let looks = within.as_millis() / 20;
        for _ in 0..looks {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Who asks: the headers that say so.
#[derive(Clone, Default)]
pub struct Pass(pub String);

impl Pass {
    pub fn visitor(token: &str) -> Self {
        Self(format!("Authorization: Bearer {token}\r\n"))
    }
}

/// One request on a connection of its own: status, the session's cookie if one was set, and
/// the body; `None` where no whole answer came.
pub fn ask(
    host: &str,
    method: &str,
    path: &str,
    pass: &Pass,
    body: &Value,
) -> Option<(u16, Option<String>, Value)> {
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = body.to_string();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        pass.0,
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let cookie = head
        .lines()
        .find_map(|line| {
            line.to_lowercase()
                .starts_with("set-cookie: ")
                .then(|| &line[12..])
        })
        .map(|cookie| cookie.split(';').next().unwrap().to_string());
    Some((
        status,
        cookie,
        serde_json::from_str(body).unwrap_or(Value::Null),
    ))
}

/// The body of what was granted.
pub fn call(host: &str, method: &str, path: &str, pass: &Pass, body: &Value) -> Option<Value> {
    let (status, _, body) = ask(host, method, path, pass, body)?;
    (200..300).contains(&status).then_some(body)
}

/// A widget's socket that has said hello and is left to itself.
pub fn listen(host: &str, token: &str, conversation: &str, after: u64) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let upgrade = format!(
        "GET /api/widget/socket HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(upgrade.as_bytes()).ok()?;
    let hello = serde_json::json!({
        "type": "hello", "token": token, "conversation": conversation, "after": after
    });
    let hello = hello.to_string();
    // A text frame of 126 to 65,535 bytes, masked with zeros.
    let mut frame = vec![0x81, 0x80 | 126];
    frame.extend((hello.len() as u16).to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(hello.as_bytes());
    stream.write_all(&frame).ok()?;
    let mut first = [0; 1];
    stream.read_exact(&mut first).ok()?;
    Some(stream)
}
