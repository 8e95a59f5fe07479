//! Long work in small steps, which rests while messages come in: somebody waits for those.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Desk;
use crate::edge::Stopwatch;

/// How much longer than a step took it is rested after it while others write, and the longest
/// rest.
const RESTS: u32 = 8;
const LONGEST_REST: Duration = Duration::from_secs(3);

/// So few verbs during a step are no crowd: the jobs' own claims, or another such work's step
/// that has not ended.
const FEW: u64 = 8;

/// Verbs that such work has run, which nobody waits for either.
#[derive(Default)]
pub(super) struct InNoHurry(AtomicU64);

/// A step of such work.
pub(super) struct Step {
    begun: Stopwatch,
    waited_for_before: u64,
}

impl Desk {
    /// Begins a step.
    pub(super) fn step(&self) -> Step {
        Step {
            begun: Stopwatch::start(),
            waited_for_before: self.waited_for(),
        }
    }

    /// Ends a step, which ran so many verbs of its own; rests if somebody waited for more
    /// than these meanwhile.
    pub(super) async fn give_way(&self, step: Step, own_verbs: usize) {
        self.in_no_hurry
            .0
            .fetch_add(own_verbs as u64, Ordering::Relaxed);
        let meanwhile = self.waited_for().saturating_sub(step.waited_for_before);
        if meanwhile > FEW {
            tokio::time::sleep((step.begun.span() * RESTS).min(LONGEST_REST)).await;
        }
    }

    /// Verbs that somebody may have waited for.
    fn waited_for(&self) -> u64 {
        let in_no_hurry = self.in_no_hurry.0.load(Ordering::Relaxed);
        self.store.lane_figures().verbs.saturating_sub(in_no_hurry)
    }
}
