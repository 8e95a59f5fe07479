//! What lies around Segue: the clock, the mail server, the models.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use segue_core::time::Timestamp;
use segue_store::{MailInConsole, MailSettings, Mailbox};

use super::{Check, Subject, span};
use crate::channels::{Mailer, try_mailbox};
use crate::edge::Stopwatch;
use crate::model;

/// No clock that is right stands before this: Segue did not exist. 2026-01-01.
const EARLIEST: Timestamp = Timestamp::from_millis(1_767_225_600_000);
/// How far the clock may move on its own while a second passes.
const STEP_MS: i64 = 500;
/// How long a server may take to take a connection.
const CONNECT: Duration = Duration::from_secs(5);

pub(super) fn examine(subject: &Subject, set_in_console: &MailInConsole) -> Vec<Check> {
    let (began, watch) = (subject.clock.now(), Stopwatch::start());
    let mut checks = vec![sentence_model()];
    checks.extend(mail(subject, &set_in_console.servers));
    checks.extend(set_in_console.mailboxes.iter().map(mailbox));
    if let Some(url) = &subject.model_url {
        checks.push(language_model(url));
    }
    let by_clock = subject.clock.now().as_millis() - began.as_millis();
    let by_watch = (watch.micros() / 1_000) as i64;
    checks.push(clock(began, by_clock - by_watch));
    checks
}

/// The clock against a watch that nobody can set.
fn clock(now: Timestamp, moved_ms: i64) -> Check {
    let next = "set it right (`timedatectl`), and keep it by NTP";
    if now < EARLIEST {
        let found = format!("it says {}", now.date("UTC"));
        return Check::fail("clock", found, next);
    }
    if moved_ms.abs() > STEP_MS {
        let found = format!("it jumped by {} while this ran", span(moved_ms.abs()));
        return Check::warn("clock", found, next);
    }
    Check::ok(
        "clock",
        format!("{} {} UTC", now.date("UTC"), now.clock_time("UTC")),
    )
}

fn sentence_model() -> Check {
    let next =
        "fetch it with `segue model install`; without it texts are read by their words alone";
    match model::status() {
        Ok(told) if told.contains("another model") => Check::warn(
            "sentence model",
            "works, but is not the one that Segue was measured with",
            next,
        ),
        Ok(told) => Check::ok("sentence model", told.lines().next().unwrap_or_default()),
        Err(error) => Check::warn("sentence model", error.to_string(), next),
    }
}

/// Every mail server that is set, here or in the console.
fn mail(subject: &Subject, set_in_console: &[MailSettings]) -> Vec<Check> {
    let named = subject
        .mail
        .iter()
        .map(|(url, from)| Mailer::new(url, from));
    let kept = set_in_console.iter().map(Mailer::of);
    let checks: Vec<Check> = named.chain(kept).map(mail_server).collect();
    if checks.is_empty() {
        let found = "no mail server is set; customers are not offered e-mail";
        return vec![Check::ok("mail", found)];
    }
    checks
}

fn mail_server(mailer: Result<Mailer, String>) -> Check {
    match mailer.and_then(|mailer| mailer.try_server()) {
        Ok(()) => Check::ok("mail", "the mail server lets us in; nothing was sent"),
        Err(error) => Check::fail(
            "mail",
            error,
            "look at host, port, user and password, in SEGUE_SMTP or the console; answers by e-mail wait until then",
        ),
    }
}

/// A mailbox that is fetched from, or that programs hand mails in to.
fn mailbox(mailbox: &Mailbox) -> Check {
    let next = "look at host, port, user, password and folder in the console; mails wait in their folder until then";
    let Some(server) = mailbox.server.clone() else {
        return Check::ok("mailbox", "mails are handed in by a program");
    };
    if mailbox.tested_at.is_none() {
        let found = "a mailbox is set and was never tested, so nothing is fetched";
        return Check::warn("mailbox", found, "press “Save and test” in the console");
    }
    // This runs on its own: whoever asks may be in the middle of something asynchronous.
    let trying = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let tried = runtime.block_on(try_mailbox(&server));
        tried.map(|_| ()).map_err(|fault| fault.to_string())
    });
    match trying.join() {
        Ok(Ok(())) => Check::ok("mailbox", "the mail server lets us in; nothing was fetched"),
        Ok(Err(error)) => Check::fail("mailbox", error, next),
        Err(_) => Check::fail("mailbox", "trying it broke off", next),
    }
}

fn language_model(url: &str) -> Check {
    let next = "look at SEGUE_MODEL_URL; until then customers get the answers that need no model";
    let address = reqwest::Url::parse(url)
        .map_err(|error| error.to_string())
        .and_then(|url| {
            let host = url
                .host_str()
                .ok_or("it names no host")?
                .trim_matches(['[', ']'])
                .to_string();
            Ok((host, url.port_or_known_default().unwrap_or(443)))
        });
    let connected = address.and_then(|(host, port)| {
        let mut found = (host.as_str(), port)
            .to_socket_addrs()
            .map_err(|error| error.to_string())?;
        let address = found.next().ok_or("its name has no address")?;
        TcpStream::connect_timeout(&address, CONNECT).map_err(|error| error.to_string())
    });
    match connected {
        Ok(_) => Check::ok(
            "language model",
            "its server takes connections; it was asked nothing",
        ),
        Err(error) => Check::warn("language model", format!("not reached: {error}"), next),
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_clock_that_never_ran_or_jumps_is_seen() {
        let right = Timestamp::from_millis(1_800_000_000_000);
        assert_eq!(clock(right, 3).state, State::Ok);
        assert_eq!(clock(right, -60_000).state, State::Warn);
        assert_eq!(clock(Timestamp::from_millis(12), 0).state, State::Fail);
    }
}
