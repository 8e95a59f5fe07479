//! What went wrong in a lane, and what tests ask to go wrong.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use tokio::sync::watch;

use crate::error::Error;

/// The failures of a lane.
#[derive(Default)]
pub(crate) struct Faults {
    /// Transactions that could not be committed.
    failed_commits: AtomicU64,
    /// Why nothing may be written any more.
    broken: watch::Sender<Option<String>>,
    /// Commits that a test wants to fail.
    commits_to_fail: AtomicU32,
    /// Commits that a test wants to happen without anybody hearing of it.
    commits_unheard: AtomicU32,
    /// Wake-ups for other nodes that a test wants to get lost.
    rings_to_lose: AtomicU32,
    /// Whether a test wants the next sync to fail.
    sync_to_fail: AtomicBool,
    /// Whether a test wants each caller to wait on the spot, and to go on only when asked
    /// once more.
    takes_turns: AtomicBool,
}

impl Faults {
    /// A transaction could not be committed. After some failures nothing more may be written.
    pub(crate) fn note(&self, error: &Error) {
        self.failed_commits.fetch_add(1, Ordering::Relaxed);
        if let Error::Broken(why) = error {
            self.broken.send_replace(Some(why.clone()));
        }
    }

    pub(crate) fn failed_commits(&self) -> u64 {
        self.failed_commits.load(Ordering::Relaxed)
    }

    /// Why nothing may be written any more, if so.
    pub(crate) fn is_broken(&self) -> Option<Error> {
        self.broken.borrow().clone().map(Error::Broken)
    }

    pub(crate) async fn broken(&self) -> String {
        let mut broken = self.broken.subscribe();
        loop {
            if let Some(why) = broken.borrow_and_update().clone() {
                return Error::Broken(why).to_string();
            }
            // The sender is ours, so this ends only with a change.
            let _ = broken.changed().await;
        }
    }

    pub(crate) fn fail_commits(&self, count: u32) {
        self.commits_to_fail.store(count, Ordering::Relaxed);
    }

    pub(crate) fn fail_sync(&self) {
        self.sync_to_fail.store(true, Ordering::Relaxed);
    }

    pub(crate) fn take_turns(&self) {
        self.takes_turns.store(true, Ordering::Relaxed);
    }

    pub(crate) fn takes_turns(&self) -> bool {
        self.takes_turns.load(Ordering::Relaxed)
    }

    /// Whether the next commit must fail; counts it down.
    pub(crate) fn commit_fails(&self) -> bool {
        counts_down(&self.commits_to_fail)
    }

    pub(crate) fn lose_commits(&self, count: u32) {
        self.commits_unheard.store(count, Ordering::Relaxed);
    }

    /// Whether the next commit happens without anybody hearing of it; counts it down.
    pub(crate) fn commit_is_unheard(&self) -> bool {
        counts_down(&self.commits_unheard)
    }

    pub(crate) fn lose_rings(&self, count: u32) {
        self.rings_to_lose.store(count, Ordering::Relaxed);
    }

    /// Whether the next wake-up for other nodes must get lost; counts it down.
    pub(crate) fn ring_is_lost(&self) -> bool {
        counts_down(&self.rings_to_lose)
    }

    /// Whether the next sync must fail, once.
    pub(crate) fn sync_fails(&self) -> bool {
        self.sync_to_fail.load(Ordering::Relaxed)
            && self.sync_to_fail.swap(false, Ordering::Relaxed)
    }
}

fn counts_down(left: &AtomicU32) -> bool {
    // Nearly always there is nothing to count, on a path that every message takes.
    let take = |left: u32| left.checked_sub(1);
    left.load(Ordering::Relaxed) > 0
        && left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
}
