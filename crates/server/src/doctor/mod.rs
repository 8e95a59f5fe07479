//! `segue doctor`: looks at everything that Segue stands on and says what is wrong with it
//! and what to do next. It changes nothing; beside a running server it does not even try
//! whether the folder can be written.

mod database;
mod disk;
mod port;
mod settings;
mod world;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Serialize;

use crate::edge::Clock;

pub use port::ask;

/// What is looked at: the options of `segue serve`.
pub struct Subject {
    /// Where it listens or will.
    pub listen: SocketAddr,
    /// The folder of the embedded database.
    pub data: PathBuf,
    /// PostgreSQL instead.
    pub database: Option<String>,
    /// A mail server and the address that mails come from.
    pub mail: Option<(String, String)>,
    /// A policy's file.
    pub policy: Option<PathBuf>,
    /// A language model's address.
    pub model_url: Option<String>,
    /// The names of all settings that the environment may have.
    pub settings: Vec<String>,
    /// What time it is.
    pub clock: Clock,
}

/// How one thing does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// Segue works, and somebody should look at it in daylight.
    Warn,
    /// Segue does not work, or what it promises does not hold.
    Fail,
}

impl State {
    /// The name on screen.
    pub const fn name(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Warn => "warn",
            State::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// How it does.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub next: Option<String>,
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Ok,
            found: found.into(),
            next: None,
        }
    }

    fn warn(name: &'static str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Warn,
            found: found.into(),
            next: Some(next.into()),
        }
    }

    fn fail(name: &'static str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            state: State::Fail,
            ..Self::warn(name, found, next)
        }
    }
}

/// Looks at everything. Waits for disks and servers, each for some seconds at most.
pub fn examine(subject: &Subject) -> Vec<Check> {
    let is_served = subject.database.is_none() && segue_store::is_served(&subject.data);
    let mut checks = settings::examine(subject);
    if subject.database.is_none() {
        checks.extend(disk::examine(&subject.data, is_served, &subject.clock));
    }
    let (of_database, mail) = database::examine(subject, is_served);
    checks.extend(of_database);
    checks.extend(world::examine(subject, &mail));
    checks.push(port::examine(subject.listen, is_served));
    checks
}

/// A number of bytes as people say it.
fn bytes(count: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")];
    let unit = UNITS.iter().find(|(size, _)| count >= *size);
    match unit {
        Some((size, name)) => format!("{:.1} {name}", count as f64 / *size as f64),
        None => format!("{count} bytes"),
    }
}

/// A span as people say it.
fn span(span_ms: i64) -> String {
    let seconds = span_ms / 1_000;
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}
