//! A node: a server process on a database that outlives it, and requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::database::Database;

/// Longer than anything takes here.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A server process.
pub struct Node {
    child: Child,
    pub host: String,
}

impl Node {
    pub fn start(database: &Database) -> Self {
        Self::start_on(database, "127.0.0.1:0")
    }

    /// One that takes the place of another.
    pub fn start_on(database: &Database, listen: &str) -> Self {
        Self::start_with(database, listen, &[])
    }

    /// One that falls asleep when it passes a point; see `segue_store::kill_point`.
    #[cfg(feature = "failpoints")]
    pub fn start_to_sleep_at(database: &Database, point: &str) -> Self {
        Self::start_with(database, "127.0.0.1:0", &[("SEGUE_PAUSE_AT", point)])
    }

    fn start_with(database: &Database, listen: &str, more: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_segue"))
            .args([
                "serve",
                "--no-rate-limits",
                "--listen",
                listen,
                "--database",
            ])
            .arg(&database.url)
            .env("SEGUE_MODEL", "none")
            .env("SEGUE_LOG", "error")
            .envs(more.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
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
        let host = rest.split(['/', ' ', '\n']).next().unwrap().to_string();
        Self { child, host }
    }

    /// A power cut.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// It stands still: it answers nothing and sees no time pass.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Whether it stands still, as the kernel says.
    #[cfg(feature = "failpoints")]
    pub fn is_paused(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        stat.rsplit(") ")
            .next()
            .is_some_and(|rest| rest.starts_with('T'))
    }

    /// It goes on and knows nothing of the pause.
    pub fn go_on(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Headers that say who asks.
pub type Who = Vec<(&'static str, String)>;

/// One request on a connection of its own: status and body, or `None` where no whole
/// answer came.
pub fn call(
    host: &str,
    method: &str,
    path: &str,
    who: &[(&'static str, String)],
    body: &Value,
) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let headers: String = who
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    if length.is_some_and(|length: usize| body.len() < length) {
        return None;
    }
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

/// The same where it must work.
pub fn ask(
    host: &str,
    method: &str,
    path: &str,
    who: &[(&'static str, String)],
    body: &Value,
) -> Value {
    let (status, answer) = call(host, method, path, who, body).expect("an answer comes");
    assert!(
        (200..300).contains(&status),
        "{method} {path}: {status} {answer}"
    );
    answer
}

/// How long a soak may take: `SOAK_MINUTES`, else as long as it needs.
pub struct Limit(Option<(Instant, Duration)>);

impl Limit {
    pub fn of_soak() -> Self {
        let minutes = std::env::var("SOAK_MINUTES").ok();
        let minutes = minutes.and_then(|minutes| minutes.parse::<u64>().ok());
        Self(minutes.map(|minutes| (now(), Duration::from_secs(60 * minutes))))
    }

    pub fn none() -> Self {
        Self(None)
    }

    pub fn is_over(&self) -> bool {
        self.0
            .is_some_and(|(start, limit)| start.elapsed() >= limit)
    }
}

/// The present, for a soak that measures.
pub fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a soak measures")]
    Instant::now()
}

/// Looks again and again until something is there; there is nobody who would tell us.
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    until_within(PATIENCE, what, look)
}

/// The same for what takes its time.
pub fn until_within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let mut waited = Duration::ZERO;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(waited < patience, "waited in vain: {what}");
        let pause = Duration::from_millis(25);
        std::thread::sleep(pause);
        waited += pause;
    }
}
