//! PostgreSQL: verbs run on a bounded set of blocking connections, one transaction
//! each, and again if the database asks for it or the connection is lost.
//!
//! A connection that dies during the commit leaves it open whether the verb has
//! happened. Its transaction therefore carries a receipt, a row that no other has: the
//! next run enters the same receipt first, and finds out. Verbs that know by their
//! sender's own id that they have happened (`Tx::settles_itself`) need none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

use crate::bell::{Bell, Ring};
use crate::error::Error;
use crate::lane::{Lane, LaneEnd, Work};
use crate::migrate;
use crate::postgres_bell::{listen, notify};
use crate::postgres_line::Line;
use crate::postgres_tls::Way;
use crate::sql::params;
use crate::sqlite_lane::spawn;
use crate::tx::Tx;

/// Connections that write, and that read; two more are for wake-ups. The server must
/// take these 14 from each node.
const WRITERS: usize = 8;
const READERS: usize = 4;
/// Runs of a verb that others got in the way of before its caller is told.
const TRIES: u32 = 8;
/// Tries to reach a server that is gone before a caller is told, five seconds in all:
/// a restart takes less. While it stays away later callers are told at once.
const TRIES_TO_REACH: u32 = 20;
/// Connections that one verb may lose: more, and the verb itself is what ends them.
const LOSSES: u32 = 6;
/// Wait before a lost connection is made anew.
const RECONNECT: Duration = Duration::from_millis(250);
/// Wake-ups on their way to the connection that tells the other nodes.
const RINGS: usize = 16 * 1024;

const ENTER_RECEIPT: &str = "insert into receipts (id) values ($1) on conflict (id) do nothing";

pub(crate) fn open(url: &str, bell: Bell) -> Result<(Lane, Lane), Error> {
    let way = Way::read(url)?;
    // A connection blocks on a runtime of its own, which must not stand inside another.
    let first = way.clone();
    let migrated =
        std::thread::spawn(move || migrate::postgres(&mut Line::connect(&first)?)).join();
    let before =
        migrated.unwrap_or_else(|_| Err(Error::Unavailable("the migration panicked".into())))?;
    migrate::tell(before);

    let own = Arc::new(AtomicI32::new(0));
    let is_away = Arc::new(AtomicBool::new(false));
    let (ring_sender, ring_receiver) = flume::bounded(RINGS);
    let (writers, end) = Lane::new();
    for _ in 0..WRITERS {
        let desk = Counter {
            way: way.clone(),
            end: end.clone(),
            is_away: is_away.clone(),
            ringing: Some((bell.clone(), ring_sender.clone())),
        };
        spawn("segue-write", move || desk.serve());
    }
    let (readers, end) = Lane::new();
    for _ in 0..READERS {
        let desk = Counter {
            way: way.clone(),
            end: end.clone(),
            is_away: is_away.clone(),
            ringing: None,
        };
        spawn("segue-read", move || desk.serve());
    }
    let (there, voice) = (way.clone(), own.clone());
    spawn("segue-notify", move || {
        notify(&there, &ring_receiver, &voice)
    });
    spawn("segue-listen", move || listen(&way, &bell, &own));
    Ok((writers, readers))
}

/// Where verbs are served, one after the other, on one connection.
struct Counter {
    way: Way,
    end: LaneEnd,
    /// The server could not be reached lately.
    is_away: Arc<AtomicBool>,
    /// Whom to ring after a commit; nobody where nothing is written.
    ringing: Option<(Bell, flume::Sender<Ring>)>,
}

/// What is remembered of the runs of one verb, until one is settled.
#[derive(Default)]
struct Doubt {
    /// A commit was begun whose outcome nobody heard.
    is_real: bool,
    /// What its transaction carries.
    receipt: Option<String>,
    /// What it has to ring for.
    rings: Vec<Ring>,
}

/// Why a verb did not come to its end.
enum Broken {
    /// It is over: the verb's caller is told.
    Over(Error),
    /// Others got in the way.
    Contended,
    /// The connection is gone.
    Lost(Error),
    /// There is no connection to be had.
    Unreached(Error),
}

impl Counter {
    fn serve(&self) {
        let mut line: Option<Line> = None;
        for mut work in self.end.receiver.iter() {
            let done = self.run(&mut line, &mut *work);
            if let Err(error) = &done {
                self.end.faults.note(error);
                tracing::error!(%error, "could not run a verb on PostgreSQL");
            }
            self.end.tally.count(1, done.is_ok());
            work.answer(done);
        }
    }

    /// Runs a verb until it is settled.
    fn run(&self, line: &mut Option<Line>, work: &mut dyn Work) -> Result<(), Error> {
        let (mut contended, mut lost, mut unreached) = (0, 0, 0);
        let mut doubt = Doubt::default();
        loop {
            match self.run_once(line, work, &mut doubt) {
                Ok(rings) => {
                    self.ring(rings);
                    return Ok(());
                }
                Err(Broken::Over(error)) => return Err(error),
                Err(Broken::Contended) if contended < TRIES => contended += 1,
                Err(Broken::Contended) => return Err(Error::Contended),
                // It is made anew at once.
                Err(Broken::Lost(_)) if lost < LOSSES => {
                    *line = None;
                    lost += 1;
                }
                Err(Broken::Lost(error)) => return Err(error),
                Err(Broken::Unreached(error)) => {
                    unreached += 1;
                    // A commit in doubt is worth the wait, whoever else waits.
                    let is_hopeless = self.is_away.load(Ordering::Relaxed) && !doubt.is_real;
                    if unreached >= TRIES_TO_REACH || is_hopeless {
                        self.is_away.store(true, Ordering::Relaxed);
                        return Err(error);
                    }
                    std::thread::sleep(RECONNECT);
                }
            }
        }
    }

    /// Runs the verb in one transaction; the rings it asked for, if it was kept.
    fn run_once(
        &self,
        held: &mut Option<Line>,
        work: &mut dyn Work,
        doubt: &mut Doubt,
    ) -> Result<Vec<Ring>, Broken> {
        let line = match held.take() {
            Some(line) if line.is_well() => held.insert(line),
            _ => {
                let line = Line::connect(&self.way).map_err(Broken::Unreached)?;
                self.is_away.store(false, Ordering::Relaxed);
                held.insert(line)
            }
        };
        // What a query reads is of one moment; a verb sees what others committed before
        // its lock on the row.
        match self.ringing {
            Some(_) => line.begin("begin"),
            None if work.is_glance() => {}
            None => line.begin("begin isolation level repeatable read, read only"),
        }
        if let Some(receipt) = &doubt.receipt {
            // It waits here for a transaction that still lives without its connection.
            let entered = line.execute(ENTER_RECEIPT, params![receipt.as_str()]);
            if entered.map_err(|error| broken(line, error))? == 0 {
                line.leave();
                return Ok(std::mem::take(&mut doubt.rings));
            }
        }
        let mut tx = Tx::postgres(line);
        let keep = work.run(&mut tx);
        let failure = tx.failure().cloned();
        doubt.rings.extend(tx.take_rings());
        let (needs_receipt, has_written) = (tx.needs_receipt(), tx.has_written());
        match failure {
            // The verb has seen the conflict and answers for it.
            Some(Error::Conflict) if !keep => {
                line.leave();
                return Ok(vec![]);
            }
            Some(error) => {
                line.leave();
                return Err(broken(line, error));
            }
            None if !keep || !has_written => {
                line.leave();
                return Ok(std::mem::take(&mut doubt.rings));
            }
            None if self.end.faults.commit_fails() => {
                line.leave();
                let problem = "the commit failed (a test says so)";
                return Err(Broken::Over(Error::Unavailable(problem.into())));
            }
            None => {}
        }
        if doubt.receipt.is_none() && needs_receipt {
            let receipt = line.receipt();
            let later = line.execute_later(ENTER_RECEIPT, params![receipt.as_str()]);
            later.map_err(|error| broken(line, error))?;
            doubt.receipt = Some(receipt);
        }
        let committed = line.commit().map_err(|error| broken(line, error));
        match committed {
            Ok(()) if !self.end.faults.commit_is_unheard() => Ok(std::mem::take(&mut doubt.rings)),
            Ok(()) => {
                doubt.is_real = true;
                let problem = "the connection is gone (a test says so)";
                Err(Broken::Lost(Error::Unavailable(problem.into())))
            }
            Err(broken) => {
                doubt.is_real |= matches!(broken, Broken::Lost(_));
                Err(broken)
            }
        }
    }

    fn ring(&self, rings: Vec<Ring>) {
        let Some((bell, notify)) = &self.ringing else {
            return;
        };
        for ring in &rings {
            if !self.end.faults.ring_is_lost() {
                // A full channel loses a wake-up, which the listeners' slow poll repairs.
                let _ = notify.try_send(ring.clone());
            }
        }
        bell.ring(rings);
    }
}

fn broken(line: &Line, error: Error) -> Broken {
    match error {
        Error::Contended => Broken::Contended,
        error if line.is_well() => Broken::Over(error),
        error => Broken::Lost(error),
    }
}
