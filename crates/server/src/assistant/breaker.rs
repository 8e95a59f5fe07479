//! A circuit breaker: a model that has failed several times in a row is left alone for a
//! while, so that no customer waits for it. Then one call tries; the others wait for how
//! that goes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

/// Lets calls through as long as they succeed.
#[derive(Clone, Debug)]
pub(super) struct Breaker {
    /// Failures in a row after which it opens.
    after: u32,
    /// How long it stays open.
    rest: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: Instant,
    },
    /// One call tries; it may try again after `until` if it goes without a word.
    Probing {
        until: Instant,
    },
}

/// The leave to make one call. Dropped without a word, the call says nothing.
#[derive(Debug)]
pub(super) struct Pass {
    breaker: Breaker,
    is_probe: bool,
    is_told: bool,
}

impl Breaker {
    pub(super) fn new(after: u32, rest: Duration) -> Self {
        Self {
            after: after.max(1),
            rest,
            state: Arc::new(Mutex::new(State::Closed { failures: 0 })),
        }
    }

    /// The leave to make a call at `now`; `None` while the model rests.
    pub(super) fn enter(&self, now: Instant) -> Option<Pass> {
        let mut state = self.lock();
        let is_probe = match *state {
            State::Closed { .. } => false,
            State::Open { until } if until <= now => {
                *state = State::Probing { until };
                true
            }
            State::Open { .. } | State::Probing { .. } => return None,
        };
        Some(Pass {
            breaker: self.clone(),
            is_probe,
            is_told: false,
        })
    }

    /// Whether calls go through without a trial.
    pub(super) fn is_closed(&self) -> bool {
        matches!(*self.lock(), State::Closed { .. })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with the lock held")
    }
}

impl Pass {
    /// The model answered.
    pub(super) fn succeeded(mut self) {
        self.is_told = true;
        *self.breaker.lock() = State::Closed { failures: 0 };
        metrics::gauge!("segue_model_resting").set(0.0);
    }

    /// The model failed at `now`.
    pub(super) fn failed(mut self, now: Instant) {
        self.is_told = true;
        let until = now + self.breaker.rest;
        let mut state = self.breaker.lock();
        *state = match *state {
            State::Closed { failures } if failures + 1 < self.breaker.after => State::Closed {
                failures: failures + 1,
            },
            // Calls that began before it opened must not hold it open for longer.
            State::Open { until } => State::Open { until },
            State::Probing { until } if !self.is_probe => State::Probing { until },
            State::Closed { .. } | State::Probing { .. } => State::Open { until },
        };
        if !matches!(*state, State::Closed { .. }) {
            metrics::gauge!("segue_model_resting").set(1.0);
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if !self.is_told && self.is_probe {
            let mut state = self.breaker.lock();
            if let State::Probing { until } = *state {
                *state = State::Open { until };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(30);

    #[test]
    fn it_opens_after_failures_in_a_row_and_one_call_tries_again() {
        let breaker = Breaker::new(2, REST);
        let now = Instant::now();
        let fail = |now| breaker.enter(now).unwrap().failed(now);
        fail(now);
        breaker.enter(now).unwrap().succeeded();
        fail(now);
        assert!(breaker.is_closed(), "a success in between counts");
        fail(now);
        assert!(breaker.enter(now).is_none());
        let later = now + REST;
        let probe = breaker.enter(later).unwrap();
        assert!(breaker.enter(later).is_none(), "only one tries");
        probe.failed(later);
        assert!(breaker.enter(later).is_none());
        let probe = breaker.enter(later + REST).unwrap();
        drop(probe);
        let again = breaker.enter(later + REST);
        again
            .expect("who leaves without a word holds nobody up")
            .succeeded();
        assert!(breaker.is_closed());
    }
}
