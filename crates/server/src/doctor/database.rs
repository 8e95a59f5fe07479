//! The database: can it be relied on, and does the work in it get done.

use std::path::Path;

use segue_core::time::{MINUTE_MS, Timestamp};
use segue_store::{
    EmbeddedReport, Error, Figures, LogState, MailInConsole, PostgresReport, Standing, examine_log,
    inspect_postgres, inspect_sqlite,
};

use super::{Check, Subject, bytes, span};

/// A log that is longer is not carried over: somebody reads an old moment, or the disk fails.
const LONG_LOG: u64 = 512 << 20;
/// What the practice calls too long a wait (P43).
const LONG_WAIT_MS: i64 = 15 * MINUTE_MS;
/// Jobs that are ready are begun within a second, where somebody begins them.
const LATE_JOB_MS: i64 = 5 * MINUTE_MS;
/// How far the last event may lie ahead of the clock: nodes differ by a little.
const AHEAD_MS: i64 = 5_000;
/// How far PostgreSQL's clock may be from ours.
const APART_MS: i64 = 2_000;
/// The oldest PostgreSQL whose makers still mend it.
const OLDEST_POSTGRES: i64 = 140_000;
/// Connections of one node: its writers, its readers, and those that ring.
const CONNECTIONS: i64 = 14;

/// What was found, and the mail that was set in the console.
pub(super) fn examine(subject: &Subject, is_served: bool) -> (Vec<Check>, MailInConsole) {
    let now = subject.clock.now();
    match &subject.database {
        Some(url) => match inspect_postgres(url) {
            Ok(report) => (on_postgres(&report, now), report.mail),
            Err(error) => (
                vec![Check::fail(
                    "database",
                    format!("could not ask PostgreSQL: {error}"),
                    "is it up (`pg_isready`), are host, port and password in SEGUE_DATABASE right, does pg_hba.conf let this machine in?",
                )],
                MailInConsole::default(),
            ),
        },
        None => {
            let mut checks = log(&subject.data, is_served)
                .into_iter()
                .collect::<Vec<_>>();
            let (found, mail) = embedded(&subject.data, now);
            checks.extend(found);
            (checks, mail)
        }
    }
}

/// The log is only looked at where nobody writes to it.
fn log(folder: &Path, is_served: bool) -> Option<Check> {
    if is_served {
        return None;
    }
    let found = match examine_log(folder) {
        Err(error) => format!("could not read segue.db-wal: {error}"),
        Ok(LogState::Empty | LogState::Whole { .. }) => return None,
        Ok(LogState::Unfinished { commits }) => {
            let found = format!(
                "segue.db-wal ends in the middle of a commit, after {commits} whole ones: a crash"
            );
            let next = "nothing: that commit was acknowledged to nobody; the next start drops it";
            return Some(Check::warn("log", found, next));
        }
        Ok(LogState::Damaged { commits, lost }) => {
            format!(
                "segue.db-wal is damaged after {commits} commits; {lost} behind that do not read"
            )
        }
    };
    let next = "copy the folder; then take a backup back with `segue restore`, or go on without those commits with `segue migrate --accept-loss`";
    Some(Check::fail("log", found, next))
}

fn embedded(folder: &Path, now: Timestamp) -> (Vec<Check>, MailInConsole) {
    let report = match inspect_sqlite(folder) {
        Ok(Some(report)) => report,
        Ok(None) => {
            let found = format!("none in {} yet; `segue serve` makes one", folder.display());
            return (vec![Check::ok("database", found)], MailInConsole::default());
        }
        Err(Error::Damaged(fault)) => return (vec![damaged(&fault)], MailInConsole::default()),
        Err(error) => {
            let next = "run this as the user who runs segue; is another program holding the file?";
            let check = Check::fail("database", error.to_string(), next);
            return (vec![check], MailInConsole::default());
        }
    };
    let mut checks = vec![sound(&report), version(&report.standing)];
    if report.log_bytes > LONG_LOG {
        checks.push(Check::warn(
            "log",
            format!("segue.db-wal has {}", bytes(report.log_bytes)),
            "a backup that runs makes it long; otherwise look for \"carry the log over\" in the server's log",
        ));
    }
    if let Some(figures) = &report.figures {
        checks.extend(work(figures, now));
    }
    (checks, report.mail)
}

fn damaged(fault: &str) -> Check {
    Check::fail(
        "database",
        format!("damaged: {fault}"),
        "stop segue, copy the folder, look at the disk (`dmesg`, SMART), then `segue restore` a backup",
    )
}

fn sound(report: &EmbeddedReport) -> Check {
    if let Some(fault) = report.faults.first() {
        return damaged(fault);
    }
    if !report.unlike.is_empty() {
        return Check::fail(
            "database",
            format!(
                "the events of {} do not lead to what is stored",
                report.unlike.join(", ")
            ),
            "their rows were changed from outside or by a disk; take a backup back with `segue restore`",
        );
    }
    let found = format!(
        "{}, sound in every page, key and conversation",
        bytes(report.bytes)
    );
    Check::ok("database", found)
}

fn version(standing: &Standing) -> Check {
    let Standing {
        found,
        known,
        pending,
    } = standing;
    if found > known {
        return Check::fail(
            "migrations",
            format!("the database has {found:04}, this version knows {known:04}"),
            "start the newer version, or take back a backup from before the upgrade",
        );
    }
    if pending.is_empty() {
        return Check::ok(
            "migrations",
            format!("all applied, the newest is {found:04}"),
        );
    }
    Check::warn(
        "migrations",
        format!(
            "{} to apply: `segue migrate --show` lists them",
            pending.len()
        ),
        "`segue backup`, then `segue migrate` or the next start",
    )
}

/// Whether work gets done and time goes forward, on both databases.
fn work(figures: &Figures, now: Timestamp) -> Vec<Check> {
    let mut checks = Vec::new();
    checks.push(match (figures.given_up, &figures.last_given_up) {
        (0, _) | (_, None) => Check::ok("jobs", "none was given up"),
        (count, Some((kind, error))) => Check::warn(
            "jobs",
            format!("{count} given up; the last was `{kind}`: {error}"),
            "mend the cause, then `segue jobs retry`",
        ),
    });
    if let Some(at) = figures.oldest_job
        && now.since(at) > LATE_JOB_MS
    {
        checks.push(Check::warn(
            "late jobs",
            format!("a job is due since {}", span(now.since(at))),
            "is a server running? its log says what it cannot do",
        ));
    }
    let waited = figures.waiting_since.map_or(0, |since| now.since(since));
    let people = format!("{} wait for a person", figures.waiting);
    checks.push(if waited > LONG_WAIT_MS {
        Check::warn(
            "waiting",
            format!("{people}, the first for {}", span(waited)),
            "are agents online? the console's floor shows who is",
        )
    } else if figures.waiting > 0 {
        Check::ok(
            "waiting",
            format!("{people}, the first for {}", span(waited)),
        )
    } else {
        Check::ok("waiting", "nobody waits for a person")
    });
    if let Some(newest) = figures.newest_event {
        let ahead = newest.since(now);
        if ahead > AHEAD_MS {
            checks.push(Check::fail(
                "clock",
                format!("it stands {} before the last event", span(ahead)),
                "the clock was set back: set it right (`timedatectl`), and keep it by NTP",
            ));
        }
    }
    checks
}

fn on_postgres(report: &PostgresReport, now: Timestamp) -> Vec<Check> {
    let (major, minor) = (report.version / 10_000, report.version % 10_000);
    let mut checks = vec![if report.version < OLDEST_POSTGRES {
        Check::warn(
            "database",
            format!("PostgreSQL {major}.{minor}, {}", bytes(report.bytes)),
            "its makers no longer mend that version: plan an upgrade",
        )
    } else {
        Check::ok(
            "database",
            format!(
                "PostgreSQL {major}.{minor} answers, {}",
                bytes(report.bytes)
            ),
        )
    }];
    checks.push(version(&report.standing));
    if report.is_standby {
        checks.push(Check::fail(
            "standby",
            "it only follows another server and takes no writes",
            "name the primary in SEGUE_DATABASE",
        ));
    }
    checks.push(durability(report));
    if report.encoding != "UTF8" {
        checks.push(Check::fail(
            "encoding",
            format!("the database is in {}", report.encoding),
            "make it anew: create database segue encoding 'UTF8' template template0",
        ));
    }
    let (allowed, there) = report.connections;
    let found = format!("{there} of {allowed} connections are in use");
    checks.push(if allowed - there < CONNECTIONS {
        let next = format!("a node needs {CONNECTIONS}: raise max_connections, or close others");
        Check::warn("connections", found, next)
    } else {
        Check::ok("connections", found)
    });
    let apart = (report.now.as_millis() - now.as_millis()).abs();
    checks.push(if apart > APART_MS {
        Check::warn(
            "clocks",
            format!("PostgreSQL's clock and this one are {} apart", span(apart)),
            "set both by NTP: waits are reckoned from times that both write",
        )
    } else {
        Check::ok("clocks", "PostgreSQL's clock and this one agree")
    });
    if let Some(figures) = &report.figures {
        checks.extend(work(figures, now));
    }
    checks
}

/// Acknowledged means on disk: the server must keep to it.
fn durability(report: &PostgresReport) -> Check {
    let PostgresReport {
        synchronous_commit,
        fsync,
        full_page_writes,
        ..
    } = report;
    let found = format!(
        "fsync {}, synchronous_commit {synchronous_commit}, full_page_writes {}",
        on(*fsync),
        on(*full_page_writes)
    );
    if *fsync && *full_page_writes && synchronous_commit != "off" {
        return Check::ok("durability", found);
    }
    let next = "set all three to on: as it is, a power cut loses what customers were told is kept";
    Check::fail("durability", found, next)
}

fn on(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn states(checks: &[Check]) -> Vec<(&'static str, State)> {
        checks
            .iter()
            .map(|check| (check.name, check.state))
            .collect()
    }

    #[test]
    fn work_that_stands_still_is_seen() {
        let check = |figures: Figures, name: &str, state: State| {
            let checks = work(&figures, NOW);
            assert!(
                states(&checks).contains(&(
                    checks
                        .iter()
                        .find(|check| check.name == name)
                        .map_or("", |check| check.name),
                    state
                )),
                "{checks:?}"
            );
            let bad = checks.iter().filter(|check| check.state != State::Ok);
            assert!(bad.clone().all(|check| check.next.is_some()), "{checks:?}");
        };
        check(Figures::default(), "jobs", State::Ok);
        check(Figures::default(), "waiting", State::Ok);
        let given_up = Figures {
            given_up: 2,
            last_given_up: Some(("mail".into(), "550 no such user".into())),
            ..Figures::default()
        };
        check(given_up, "jobs", State::Warn);
        let waiting = |minutes: i64| Figures {
            waiting: 3,
            waiting_since: Some(NOW.plus(-minutes * MINUTE_MS)),
            ..Figures::default()
        };
        check(waiting(3), "waiting", State::Ok);
        check(waiting(16), "waiting", State::Warn);
        let set_back = Figures {
            newest_event: Some(NOW.plus(MINUTE_MS)),
            ..Figures::default()
        };
        check(set_back, "clock", State::Fail);
    }

    #[test]
    fn a_postgresql_that_may_forget_is_a_failure() {
        let report = |synchronous_commit: &str, fsync| PostgresReport {
            standing: Standing {
                found: 1,
                known: 1,
                pending: vec![],
            },
            version: 150_004,
            synchronous_commit: synchronous_commit.into(),
            fsync,
            full_page_writes: true,
            encoding: "UTF8".into(),
            is_standby: false,
            connections: (100, 3),
            bytes: 1,
            now: NOW,
            figures: None,
            mail: MailInConsole::default(),
        };
        assert_eq!(durability(&report("on", true)).state, State::Ok);
        assert_eq!(durability(&report("remote_apply", true)).state, State::Ok);
        assert_eq!(durability(&report("off", true)).state, State::Fail);
        assert_eq!(durability(&report("on", false)).state, State::Fail);
        let all = on_postgres(&report("on", true), NOW.plus(60_000));
        assert!(states(&all).contains(&("clocks", State::Warn)), "{all:?}");
    }
}
