//! PostgreSQL: verbs run on a bounded set of blocking connections, one transaction
//! each, and again if the database asks for it. Rings go to the other nodes by
//! NOTIFY after the commit, coalesced, from one connection.

use std::collections::HashSet;
use std::time::Duration;

use postgres::{Client, NoTls};

use crate::bell::{Bell, Ring};
use crate::error::Error;
use crate::lane::{Lane, LaneEnd, Work};
use crate::migrate;
use crate::sqlite_lane::spawn;
use crate::tx::{Statements, Tx};

/// Connections that write, and that read.
const WRITERS: usize = 8;
const READERS: usize = 4;
/// Runs of a verb before its caller is told.
const TRIES: u32 = 5;
/// Wait before a lost connection is made anew.
const RECONNECT: Duration = Duration::from_millis(250);
/// What nodes listen to.
const CHANNEL: &str = "segue_rings";

pub(crate) fn open(url: &str, bell: Bell) -> Result<(Lane, Lane), Error> {
    // The client blocks on a runtime of its own, which must not stand inside another.
    let first_url = url.to_string();
    let migrated = std::thread::spawn(move || migrate::postgres(&mut connect(&first_url)?)).join();
    migrated.unwrap_or_else(|_| Err(Error::Unavailable("the migration panicked".into())))?;

    let (ring_sender, ring_receiver) = flume::bounded::<Ring>(16 * 1024);
    let (writers, end) = Lane::new();
    for _ in 0..WRITERS {
        let (url, receiver, bell, rings) = (
            url.to_string(),
            end.receiver.clone(),
            bell.clone(),
            ring_sender.clone(),
        );
        let faults = end.faults.clone();
        spawn("segue-write", move || {
            serve(&url, &LaneEnd { receiver, faults }, Some((&bell, &rings)))
        });
    }
    let (readers, end) = Lane::new();
    for _ in 0..READERS {
        let (url, receiver, faults) = (url.to_string(), end.receiver.clone(), end.faults.clone());
        spawn("segue-read", move || {
            serve(&url, &LaneEnd { receiver, faults }, None)
        });
    }
    let notify_url = url.to_string();
    spawn("segue-notify", move || notify(&notify_url, &ring_receiver));
    let listen_url = url.to_string();
    spawn("segue-listen", move || listen(&listen_url, &bell));
    Ok((writers, readers))
}

fn connect(url: &str) -> Result<Client, Error> {
    let mut config: postgres::Config = url.parse().map_err(Error::from)?;
    config
        .application_name("segue")
        .connect_timeout(Duration::from_secs(5))
        .keepalives_idle(Duration::from_secs(30));
    let mut client = config.connect(NoTls)?;
    client.batch_execute(
        "set statement_timeout = '15s'; set idle_in_transaction_session_timeout = '30s'",
    )?;
    Ok(client)
}

/// A connection with its prepared statements.
struct Line {
    client: Client,
    statements: Statements,
}

fn serve(url: &str, end: &LaneEnd, rings: Option<(&Bell, &flume::Sender<Ring>)>) {
    let mut line: Option<Line> = None;
    for mut work in end.receiver.iter() {
        let mut tries = 1;
        let done = loop {
            let done = run_once(url, &mut line, &mut *work, end, rings);
            match &done {
                Err(Error::Contended) if tries < TRIES => {}
                // Nothing was committed if the line was already dead at the start; a
                // line that dies during the commit leaves it open, and the caller's
                // own id makes sending again harmless.
                Err(Error::Unavailable(_)) if line.is_none() && tries < TRIES => {
                    std::thread::sleep(RECONNECT)
                }
                _ => break done,
            }
            tries += 1;
        };
        if let Err(error) = &done {
            tracing::error!(%error, tries, "could not run a verb on PostgreSQL");
        }
        work.answer(done);
    }
}

/// Runs the verb in one transaction. `line` is left empty when the connection is lost.
fn run_once(
    url: &str,
    line: &mut Option<Line>,
    work: &mut dyn Work,
    end: &LaneEnd,
    rings: Option<(&Bell, &flume::Sender<Ring>)>,
) -> Result<(), Error> {
    let mut held = match line.take() {
        Some(held) if !held.client.is_closed() => held,
        _ => Line {
            client: connect(url)?,
            statements: Statements::new(),
        },
    };
    // What a query reads is of one moment; a verb sees what others committed before its
    // lock on the row.
    let begin = match rings {
        Some(_) => "begin",
        None => "begin isolation level repeatable read, read only",
    };
    held.client.batch_execute(begin)?;
    let mut tx = Tx::postgres(&mut held.client, &mut held.statements);
    let keep = work.run(&mut tx);
    let failure = tx.failure().cloned();
    let asked_rings = tx.take_rings();
    let done = match failure {
        // The verb has seen the conflict and answers for it.
        Some(Error::Conflict) if !keep => Ok(()),
        Some(error) => Err(error),
        None if keep && end.faults.commit_fails() => Err(Error::Unavailable(
            "the commit failed (a test says so)".into(),
        )),
        None => Ok(()),
    };
    let committed = done.is_ok() && keep;
    let ended = held
        .client
        .batch_execute(if committed { "commit" } else { "rollback" });
    if !held.client.is_closed() {
        *line = Some(held);
    }
    if committed {
        ended?;
        if let Some((bell, notify)) = rings {
            for ring in &asked_rings {
                // A full channel loses a wake-up, which the listeners' slow poll repairs.
                let _ = notify.try_send(ring.clone());
            }
            bell.ring(asked_rings);
        }
    }
    done
}

fn notify(url: &str, rings: &flume::Receiver<Ring>) {
    let mut line: Option<Client> = None;
    while let Ok(first) = rings.recv() {
        let texts: HashSet<String> = std::iter::once(first)
            .chain(rings.try_iter().take(255))
            .map(|r| r.to_text())
            .collect();
        let sent = line
            .take()
            .map_or_else(|| connect(url), Ok)
            .and_then(|mut client| {
                let mut transaction = client.transaction()?;
                for text in &texts {
                    transaction.execute("select pg_notify($1, $2)", &[&CHANNEL, text])?;
                }
                transaction.commit()?;
                Ok(client)
            });
        match sent {
            Ok(client) => line = Some(client),
            Err(error) => {
                tracing::warn!(%error, "could not wake the other nodes; their poll will find it");
                std::thread::sleep(RECONNECT);
            }
        }
    }
}

fn listen(url: &str, bell: &Bell) {
    use postgres::fallible_iterator::FallibleIterator;
    loop {
        let heard = connect(url).and_then(|mut client| {
            client.batch_execute(&format!("listen {CHANNEL}"))?;
            let mut notifications = client.notifications();
            let mut waiting = notifications.blocking_iter();
            while let Some(notification) = waiting.next()? {
                bell.ring(Ring::from_text(notification.payload()));
            }
            Ok(())
        });
        if let Err(error) = heard {
            tracing::warn!(%error, "lost the line on which other nodes wake this one; the poll goes on");
        }
        std::thread::sleep(RECONNECT);
    }
}
