//! A wall clock that does not go back. Waits, due times, claims and the order of ids rest
//! on instants that only grow; a host's clock does not keep to that: it is set by hand, by
//! a time server, by a machine that was paused and moved.
//!
//! Ahead we follow at once: that time has passed, or the clock was wrong before. Back we do
//! not go: the clock runs on at half its speed until the wall has caught up. A wall that is
//! set back by more than a day was far wrong before, and is followed.

use segue_core::time::{DAY_MS, SECOND_MS};

/// The longest way back that is eased in.
const LONGEST_EASED_MS: i64 = DAY_MS;
/// Steps back that are worth a word to the operator.
const WORTH_A_WORD_MS: i64 = SECOND_MS;

/// What was shown last, and how it is eased towards the wall.
pub(super) struct Steady {
    shown_ms: i64,
    eased: Option<Eased>,
}

/// Where the clock stood when the wall was seen behind it.
struct Eased {
    from_ms: i64,
    since_run_ms: i64,
}

impl Steady {
    pub(super) const fn new() -> Self {
        Self {
            shown_ms: i64::MIN,
            eased: None,
        }
    }

    /// What to show while the wall says `wall_ms` and the process has run for `run_ms`.
    pub(super) fn show(&mut self, wall_ms: i64, run_ms: i64) -> i64 {
        if let Some(eased) = &self.eased {
            let ran_ms = run_ms.saturating_sub(eased.since_run_ms).max(0);
            self.shown_ms = self.shown_ms.max(eased.from_ms + ran_ms / 2);
        }
        let behind_ms = self.shown_ms.saturating_sub(wall_ms);
        if behind_ms > 0 && behind_ms <= LONGEST_EASED_MS {
            self.ease(behind_ms, run_ms);
            return self.shown_ms;
        }
        if behind_ms > LONGEST_EASED_MS {
            tracing::error!(
                behind_ms,
                "the clock was set back by more than a day; what was due later than it shows waits for it"
            );
        }
        self.eased = None;
        self.shown_ms = wall_ms;
        wall_ms
    }

    fn ease(&mut self, behind_ms: i64, run_ms: i64) {
        if self.eased.is_some() {
            return;
        }
        if behind_ms >= WORTH_A_WORD_MS {
            tracing::warn!(
                behind_ms,
                "the clock was set back; segue's runs at half speed until it is caught up with"
            );
        }
        self.eased = Some(Eased {
            from_ms: self.shown_ms,
            since_run_ms: run_ms,
        });
    }

    /// Shows nothing before `at_ms` from now on; `false` if the wall is too far behind that.
    pub(super) fn not_before(&mut self, at_ms: i64, wall_ms: i64) -> bool {
        let is_near = at_ms.saturating_sub(wall_ms) <= LONGEST_EASED_MS;
        if is_near {
            self.shown_ms = self.shown_ms.max(at_ms);
        }
        is_near
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_core::time::HOUR_MS;

    const NOON: i64 = 1_800_000_000_000;

    fn at_noon() -> Steady {
        let mut steady = Steady::new();
        assert_eq!(steady.show(NOON, 0), NOON);
        steady
    }

    /// Attack case 79.
    #[test]
    fn an_hour_back_is_made_up_by_running_slowly_and_never_shown() {
        let mut steady = at_noon();
        let mut last = NOON;
        let back = NOON - HOUR_MS;
        for run_ms in (0..=3 * HOUR_MS).step_by(60_000) {
            let wall_ms = back + run_ms;
            let shown = steady.show(wall_ms, run_ms);
            assert!(shown >= last, "it went back after {run_ms} ms");
            assert!(shown >= wall_ms);
            if run_ms > 0 && run_ms < 2 * HOUR_MS {
                assert!(shown > last, "it stood still after {run_ms} ms");
            }
            if run_ms >= 2 * HOUR_MS {
                assert_eq!(shown, wall_ms, "it has caught up after two hours");
            }
            last = shown;
        }
    }

    #[test]
    fn an_hour_ahead_is_followed_at_once() {
        assert_eq!(at_noon().show(NOON + HOUR_MS, 1), NOON + HOUR_MS);
    }

    #[test]
    fn a_clock_that_was_years_ahead_is_followed_back() {
        let mut steady = at_noon();
        assert_eq!(steady.show(NOON - 400 * DAY_MS, 5), NOON - 400 * DAY_MS);
        assert_eq!(
            steady.show(NOON - 400 * DAY_MS + 7, 12),
            NOON - 400 * DAY_MS + 7
        );
    }

    #[test]
    fn looking_often_does_not_stop_it() {
        let mut steady = at_noon();
        for run_ms in 0..1_000 {
            steady.show(NOON - HOUR_MS + run_ms, run_ms);
        }
        assert_eq!(steady.show(NOON - HOUR_MS + 1_000, 1_000), NOON + 500);
    }

    #[test]
    fn after_a_restart_it_shows_nothing_older_than_what_is_on_record() {
        let mut steady = Steady::new();
        assert!(steady.not_before(NOON, NOON - HOUR_MS));
        assert_eq!(steady.show(NOON - HOUR_MS, 0), NOON);
        let mut steady = Steady::new();
        assert!(!steady.not_before(NOON, NOON - 2 * DAY_MS));
        assert_eq!(steady.show(NOON - 2 * DAY_MS, 0), NOON - 2 * DAY_MS);
    }
}
