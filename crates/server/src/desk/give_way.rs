//! Long work in small steps, which rests while messages come in: somebody waits for those.

use std::time::Duration;

use super::Desk;
use crate::edge::Stopwatch;

/// How much longer than a step took it is rested after it while others write, and the longest
/// rest.
const RESTS: u32 = 8;
const LONGEST_REST: Duration = Duration::from_secs(3);

/// A step of such work.
pub(super) struct Step {
    begun: Stopwatch,
    verbs_before: u64,
}

impl Desk {
    /// Begins a step.
    pub(super) fn step(&self) -> Step {
        Step {
            begun: Stopwatch::start(),
            verbs_before: self.store.lane_figures().verbs,
        }
    }

    /// Ends a step, which ran so many verbs of its own; rests if others ran more meanwhile.
    pub(super) async fn give_way(&self, step: Step, own_verbs: usize) {
        let verbs = self.store.lane_figures().verbs;
        if verbs.saturating_sub(step.verbs_before) > 2 * own_verbs as u64 {
            tokio::time::sleep((step.begun.span() * RESTS).min(LONGEST_REST)).await;
        }
    }
}
