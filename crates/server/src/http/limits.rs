//! How much one caller may do: token buckets by key, kept on this node. The wish for a
//! person takes from none of them (P19). `docs/operating/limits.md` says it for operators.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Mutex;
use std::time::Duration;

use segue_core::time::{SECOND_MS, Timestamp};

use super::problem::Problem;

/// So much at once, and so much again for each second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Requests at once.
    pub burst: f64,
    /// Requests a second in the long run.
    pub per_second: f64,
}

impl Rate {
    /// So many at once and so many a second.
    pub const fn new(burst: f64, per_second: f64) -> Self {
        Self { burst, per_second }
    }

    /// So many times as much.
    pub fn times(self, factor: f64) -> Self {
        Self {
            burst: self.burst * factor,
            per_second: self.per_second * factor,
        }
    }
}

/// What each kind of caller may do.
#[derive(Clone, Debug, PartialEq)]
pub struct Rates {
    /// A visitor's messages.
    pub messages: Rate,
    /// A visitor's other writes. Messages beyond `messages` are still looked at for the
    /// wish for a person (P20), this often.
    pub visitor: Rate,
    /// What a visitor reads.
    pub reading: Rate,
    /// New visitors from one address, new conversations of one visitor.
    pub arrivals: Rate,
    /// Settings of a widget and articles, read from one address.
    pub pages: Rate,
    /// Sign-ins for one mail address or from one network address.
    pub sign_in: Rate,
    /// What one agent's console asks.
    pub agent: Rate,
    /// Requests of one API token.
    pub api: Rate,
    /// Requests of all callers of one workspace together.
    pub workspace: Rate,
    /// Sockets opened from one address.
    pub connects: Rate,
    /// Frames that come over one socket.
    pub frames: Rate,
    /// Sockets of one visitor or agent at a time.
    pub sockets: u32,
    /// How long the body of a request may take to come.
    pub body_within: Duration,
}

/// Long enough for a large upload over a slow line, too short to hold a line for nothing.
const BODY_WITHIN: Duration = Duration::from_secs(60);

impl Default for Rates {
    fn default() -> Self {
        Self {
            messages: Rate::new(20.0, 1.0),
            visitor: Rate::new(60.0, 5.0),
            reading: Rate::new(300.0, 20.0),
            arrivals: Rate::new(30.0, 0.5),
            pages: Rate::new(300.0, 20.0),
            sign_in: Rate::new(8.0, 0.05),
            agent: Rate::new(600.0, 50.0),
            api: Rate::new(200.0, 100.0),
            workspace: Rate::new(2_000.0, 500.0),
            connects: Rate::new(200.0, 10.0),
            frames: Rate::new(2_000.0, 100.0),
            sockets: 32,
            body_within: BODY_WITHIN,
        }
    }
}

impl Rates {
    /// No limits, for benchmarks; printed where it is used.
    pub fn unlimited() -> Self {
        let all = Rate::new(f64::INFINITY, f64::INFINITY);
        Self {
            messages: all,
            visitor: all,
            reading: all,
            arrivals: all,
            pages: all,
            sign_in: all,
            agent: all,
            api: all,
            workspace: all,
            connects: all,
            frames: all,
            sockets: u32::MAX,
            body_within: BODY_WITHIN,
        }
    }

    /// So many requests a second for each workspace, and four times that at once.
    pub fn with_workspace(mut self, per_second: f64) -> Self {
        self.workspace = Rate::new(per_second * 4.0, per_second);
        self
    }
}

/// Buckets that are kept. Who comes when all are in use shares one of a few.
const KEPT: usize = 50_000;
/// How long a bucket is kept that nobody takes from. All of ours have refilled by then, or
/// nearly, but that of sign-ins, which is kept for longer than a guesser gains by waiting.
const KEPT_FOR_MS: i64 = 10 * 60 * SECOND_MS;
/// Buckets that late comers share.
const SHARED: u64 = 1_024;
/// Refusals from which on a caller who does not wait is kept waiting.
const PATIENT: u32 = 10;

/// The buckets of this node.
#[derive(Default)]
pub struct Limits {
    buckets: Mutex<Buckets>,
    hasher: RandomState,
}

#[derive(Default)]
struct Buckets {
    by_key: HashMap<String, Bucket>,
    swept_at: Option<Timestamp>,
}

/// One bucket.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    tokens: f64,
    at: Timestamp,
    refused: u32,
}

/// An empty bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Empty {
    /// Seconds until there is one again.
    pub retry_after_s: u64,
    /// How long the answer is held back: who asks again at once hears of it later and
    /// later, so that a loop without a pause does not keep the machine busy.
    pub pause: Duration,
}

impl Bucket {
    /// A full one.
    pub fn full(rate: Rate, now: Timestamp) -> Self {
        Self {
            tokens: rate.burst,
            at: now,
            refused: 0,
        }
    }

    /// Takes one.
    pub fn take(&mut self, rate: Rate, now: Timestamp) -> Result<(), Empty> {
        let refill = now.since(self.at).max(0) as f64 / 1_000.0 * rate.per_second;
        self.tokens = (self.tokens + refill).min(rate.burst);
        self.at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            self.refused /= 2;
            return Ok(());
        }
        self.refused = self.refused.saturating_add(1);
        let wait_s = ((1.0 - self.tokens) / rate.per_second).ceil().max(1.0);
        let pause_ms = 25 * u64::from(self.refused.saturating_sub(PATIENT).min(40));
        Err(Empty {
            retry_after_s: wait_s as u64,
            pause: Duration::from_millis(pause_ms),
        })
    }
}

impl Limits {
    /// Takes one from the bucket of `key`; a problem with Retry-After if it is empty.
    pub fn take(&self, key: &str, rate: Rate, now: Timestamp) -> Result<(), Problem> {
        if rate.burst.is_infinite() {
            return Ok(());
        }
        let mut buckets = self
            .buckets
            .lock()
            .expect("nobody panics with the lock held");
        let shared;
        let mut key = key;
        if buckets.by_key.len() >= KEPT && !buckets.by_key.contains_key(key) {
            buckets.sweep(now);
            if buckets.by_key.len() >= KEPT {
                shared = format!("shared {}", self.hasher.hash_one(key) % SHARED);
                key = &shared;
            }
        }
        let bucket = match buckets.by_key.get_mut(key) {
            Some(bucket) => bucket,
            None => {
                let full = Bucket::full(rate, now);
                buckets.by_key.entry(key.to_string()).or_insert(full)
            }
        };
        bucket
            .take(rate, now)
            .map_err(|empty| Problem::rate_limited(empty.retry_after_s).after(empty.pause))
    }
}

impl Buckets {
    /// Forgets old buckets, once a second at most: somebody who makes new keys all the time
    /// must not make us look at all of them each time.
    fn sweep(&mut self, now: Timestamp) {
        if self.swept_at.is_some_and(|at| now.since(at) < SECOND_MS) {
            return;
        }
        self.swept_at = Some(now);
        self.by_key
            .retain(|_, bucket| now.since(bucket.at) < KEPT_FOR_MS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn a_bucket_empties_and_refills() {
        let limits = Limits::default();
        let rate = Rate::new(2.0, 1.0);
        assert!(limits.take("a", rate, at(0)).is_ok());
        assert!(limits.take("a", rate, at(0)).is_ok());
        assert!(limits.take("a", rate, at(0)).is_err());
        assert!(
            limits.take("b", rate, at(0)).is_ok(),
            "another caller has another bucket"
        );
        assert!(limits.take("a", rate, at(1_000)).is_ok());
    }

    #[test]
    fn a_clock_that_goes_back_takes_nothing_away() {
        let rate = Rate::new(2.0, 1.0);
        let mut bucket = Bucket::full(rate, at(10_000));
        assert!(bucket.take(rate, at(0)).is_ok());
        assert!(bucket.take(rate, at(0)).is_ok());
        assert!(bucket.take(rate, at(1_000)).is_ok());
    }

    #[test]
    fn who_does_not_wait_is_kept_waiting() {
        let rate = Rate::new(1.0, 0.1);
        let mut bucket = Bucket::full(rate, at(0));
        assert!(bucket.take(rate, at(0)).is_ok());
        let pauses: Vec<u128> = (0..100)
            .filter_map(|_| bucket.take(rate, at(0)).err())
            .map(|empty| empty.pause.as_millis())
            .collect();
        assert_eq!(pauses[..10], [0; 10]);
        assert!(pauses.is_sorted());
        assert_eq!(pauses[99], 1_000);
    }

    #[test]
    fn endless_new_keys_take_bounded_memory_and_are_limited_too() {
        let limits = Limits::default();
        let rate = Rate::new(1.0, 0.001);
        let granted = (0..KEPT + 10_000)
            .filter(|n| limits.take(&format!("key {n}"), rate, at(0)).is_ok())
            .count();
        assert_eq!(granted, KEPT + SHARED as usize);
        let kept = limits.buckets.lock().unwrap().by_key.len();
        assert_eq!(kept, KEPT + SHARED as usize);
        let later = at(KEPT_FOR_MS + 1);
        assert!(limits.take("another key", rate, later).is_ok());
        assert!(limits.buckets.lock().unwrap().by_key.len() < 10);
    }
}
