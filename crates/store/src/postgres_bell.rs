//! Wake-ups between nodes: NOTIFY after the commit, coalesced, from one connection, and
//! LISTEN on another. A wake-up may be lost (a node dies between its commit and its
//! NOTIFY); whoever knows that some were lost says so, and slow polls find the rest.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use tokio_postgres::AsyncMessage;

use crate::bell::{Bell, Ring};
use crate::error::Error;
use crate::postgres_line::Line;
use crate::postgres_tls::Way;
use crate::sql::params;

/// What nodes listen to.
const CHANNEL: &str = "segue_rings";
/// All in one statement, so that a hundred wake-ups cost one round trip.
const NOTIFY: &str =
    "select pg_notify('segue_rings', value)::text from json_array_elements_text($1::text::json)";
/// Wake-ups that wait for their connection; beyond that the others are told that some
/// were lost.
const KEPT: usize = 4 * 1024;
/// Wake-ups that come within this after others go along with the next: a busy node
/// would otherwise pay for one with each message.
const TOGETHER: Duration = Duration::from_millis(5);
/// Wait before a lost connection is made anew.
const RECONNECT: Duration = Duration::from_millis(250);
/// A listening connection is silent by nature, so it is tried this often.
const TRY_LINE: Duration = Duration::from_secs(10);

/// The server's process that speaks for this node. What it says is known here already.
pub(crate) type OwnVoice = Arc<AtomicI32>;

/// Tells the other nodes until the store is gone.
pub(crate) fn notify(way: &Way, rings: &flume::Receiver<Ring>, own: &OwnVoice) {
    let mut line: Option<Line> = None;
    let mut waiting: HashMap<String, Ring> = HashMap::new();
    loop {
        if waiting.is_empty() {
            match rings.recv() {
                Ok(ring) => keep(&mut waiting, ring),
                Err(_) => return,
            }
        }
        for ring in rings.try_iter() {
            keep(&mut waiting, ring);
        }
        match tell(way, &mut line, &waiting, own) {
            Ok(()) => {
                waiting.clear();
                std::thread::sleep(TOGETHER);
            }
            Err(error) => {
                line = None;
                tracing::warn!(%error, "could not wake the other nodes; trying again");
                std::thread::sleep(RECONNECT);
            }
        }
    }
}

/// Of several wake-ups for one thing the last is enough.
fn keep(waiting: &mut HashMap<String, Ring>, ring: Ring) {
    if waiting.len() >= KEPT {
        waiting.clear();
        waiting.insert(Ring::Missed.subject(), Ring::Missed);
    }
    waiting.insert(ring.subject(), ring);
}

fn tell(
    way: &Way,
    line: &mut Option<Line>,
    waiting: &HashMap<String, Ring>,
    own: &OwnVoice,
) -> Result<(), Error> {
    let held = match line {
        Some(held) if held.is_well() => held,
        _ => {
            let made = Line::connect(way)?;
            own.store(made.backend, Ordering::Relaxed);
            line.insert(made)
        }
    };
    let texts: Vec<String> = waiting.values().map(Ring::to_text).collect();
    let texts = serde_json::to_string(&texts).map_err(Error::corrupt)?;
    held.rows(NOTIFY, params![texts]).map(|_| ())
}

/// Hears the other nodes until the process ends.
pub(crate) fn listen(way: &Way, bell: &Bell, own: &OwnVoice) {
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "could not listen to the other nodes; polls find what they write");
            return;
        }
    };
    loop {
        if let Err(error) = runtime.block_on(hear(way, bell, own)) {
            tracing::warn!(%error, "lost the line on which other nodes wake this one; the polls go on");
        }
        std::thread::sleep(RECONNECT);
    }
}

async fn hear(way: &Way, bell: &Bell, own: &OwnVoice) -> Result<(), Error> {
    let (client, mut connection) = way.config.connect(way.tls.clone()).await?;
    let (ringing, own) = (bell.clone(), own.clone());
    let mut heard = tokio::spawn(async move {
        while let Some(message) = poll_fn(|ctx| connection.poll_message(ctx)).await {
            match message? {
                AsyncMessage::Notification(told)
                    if told.process_id() != own.load(Ordering::Relaxed) =>
                {
                    ringing.ring(Ring::from_text(told.payload()))
                }
                _ => {}
            }
        }
        Ok::<_, tokio_postgres::Error>(())
    });
    client.batch_execute(&format!("listen {CHANNEL}")).await?;
    // Nobody knows what was said before.
    bell.ring([Ring::Missed]);
    loop {
        tokio::select! {
            ended = &mut heard => {
                return ended.map_or(Ok(()), |ended| ended.map_err(Error::from));
            }
            () = tokio::time::sleep(TRY_LINE) => client.batch_execute("").await?,
        }
    }
}
