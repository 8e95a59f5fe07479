//! Verbs on their way to a connection: a channel and the threads that serve it. The
//! embedded database has one writing thread, PostgreSQL has several.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::oneshot;

use crate::error::Error;
use crate::faults::Faults;
use crate::tx::Tx;

/// Verbs that may wait for a connection before callers are told that it is too much.
const WAITING_VERBS: usize = 8 * 1024;

/// The way to a set of connections.
pub(crate) struct Lane {
    sender: flume::Sender<Box<dyn Work>>,
    faults: Arc<Faults>,
    tally: Arc<Tally>,
}

/// What a lane has done.
#[derive(Default)]
pub(crate) struct Tally {
    commits: AtomicU64,
    verbs: AtomicU64,
    failures: AtomicU64,
}

impl Tally {
    /// A transaction with so many verbs is over.
    pub(crate) fn count(&self, verbs: u64, is_committed: bool) {
        if is_committed {
            self.commits.fetch_add(1, Ordering::Relaxed);
            self.verbs.fetch_add(verbs, Ordering::Relaxed);
        } else {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What the threads of a lane take their work from.
#[derive(Clone)]
pub(crate) struct LaneEnd {
    pub(crate) receiver: flume::Receiver<Box<dyn Work>>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) tally: Arc<Tally>,
}

/// A verb with its caller, the types forgotten.
pub(crate) trait Work: Send {
    /// Runs the verb and keeps its result. `false` if the verb wants nothing of what
    /// it did to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Whether it reads once, so that it needs no transaction to see one moment.
    fn is_glance(&self) -> bool;
    /// Tells the caller: the kept result, or what went wrong with the transaction.
    fn answer(self: Box<Self>, committed: Result<(), Error>);
}

impl Lane {
    pub(crate) fn new() -> (Self, LaneEnd) {
        let (sender, receiver) = flume::bounded(WAITING_VERBS);
        let (faults, tally) = (Arc::new(Faults::default()), Arc::new(Tally::default()));
        (
            Self {
                sender,
                faults: faults.clone(),
                tally: tally.clone(),
            },
            LaneEnd {
                receiver,
                faults,
                tally,
            },
        )
    }

    /// Verbs that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.sender.len()
    }

    /// Commits, verbs in them, and failures so far.
    pub(crate) fn tally(&self) -> (u64, u64, u64) {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let tally = &self.tally;
        (
            read(&tally.commits),
            read(&tally.verbs),
            read(&tally.failures),
        )
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(crate) async fn run<T, E>(
        &self,
        is_glance: bool,
        verb: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let asked: Box<dyn Work> = Box::new(Asked {
            verb,
            is_glance,
            result: None,
            reply,
        });
        if self.sender.try_send(asked).is_err() {
            return Err(
                Error::Unavailable("too many requests wait for the database".into()).into(),
            );
        }
        let gone = || Err(Error::Unavailable("the database thread is gone".into()).into());
        if self.faults.takes_turns() {
            // Whether an answer is there at once must not depend on threads.
            let answer = answer.blocking_recv();
            tokio::task::yield_now().await;
            return answer.unwrap_or_else(|_| gone());
        }
        answer.await.unwrap_or_else(|_| gone())
    }
}

struct Asked<T, E, F> {
    verb: F,
    is_glance: bool,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Work for Asked<T, E, F>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        // A panic in one verb must not take the writer, and with it everybody, along.
        let result = catch_unwind(AssertUnwindSafe(|| (self.verb)(tx)));
        let result =
            result.unwrap_or_else(|_| Err(Error::Corrupt("the verb panicked".into()).into()));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn is_glance(&self) -> bool {
        self.is_glance
    }

    fn answer(self: Box<Self>, committed: Result<(), Error>) {
        let result = match (self.result, committed) {
            // A refusal stands whatever became of the transaction.
            (Some(Err(refused)), _) => Err(refused),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(Error::Unavailable("the verb did not run".into()).into()),
        };
        // The caller may have gone away; the verb has happened all the same.
        let _ = self.reply.send(result);
    }
}
