//! How much one caller may do: token buckets by key, kept on this node.

use std::collections::HashMap;
use std::sync::Mutex;

use segue_core::time::Timestamp;

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
    /// A visitor's other requests.
    pub visitor: Rate,
    /// New visitors and conversations from one address.
    pub arrivals: Rate,
    /// Sign-ins for one mail address or from one network address.
    pub sign_in: Rate,
    /// Requests of one API token.
    pub api: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            messages: Rate {
                burst: 20.0,
                per_second: 1.0,
            },
            visitor: Rate {
                burst: 60.0,
                per_second: 5.0,
            },
            arrivals: Rate {
                burst: 30.0,
                per_second: 0.5,
            },
            sign_in: Rate {
                burst: 8.0,
                per_second: 0.05,
            },
            api: Rate {
                burst: 200.0,
                per_second: 100.0,
            },
        }
    }
}

impl Rates {
    /// No limits, for benchmarks; printed where it is used.
    pub fn unlimited() -> Self {
        let all = Rate {
            burst: f64::INFINITY,
            per_second: f64::INFINITY,
        };
        Self {
            messages: all,
            visitor: all,
            arrivals: all,
            sign_in: all,
            api: all,
        }
    }
}

/// Buckets that are kept before the fullest, which know nothing, are forgotten.
const KEPT: usize = 50_000;

/// The buckets of this node.
#[derive(Default)]
pub struct Limits {
    buckets: Mutex<HashMap<String, Bucket>>,
}

struct Bucket {
    tokens: f64,
    at: Timestamp,
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
        if buckets.len() >= KEPT {
            // A bucket that has refilled says nothing that a new one would not say.
            buckets.retain(|_, bucket| now.since(bucket.at) < 60_000);
        }
        let bucket = buckets.entry(key.to_string()).or_insert(Bucket {
            tokens: rate.burst,
            at: now,
        });
        let refill = now.since(bucket.at) as f64 / 1_000.0 * rate.per_second;
        bucket.tokens = (bucket.tokens + refill).min(rate.burst);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            let wait_s = ((1.0 - bucket.tokens) / rate.per_second).ceil().max(1.0);
            return Err(Problem::rate_limited(wait_s as u64));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_refills() {
        let limits = Limits::default();
        let rate = Rate {
            burst: 2.0,
            per_second: 1.0,
        };
        let at = |ms| Timestamp::from_millis(ms);
        assert!(limits.take("a", rate, at(0)).is_ok());
        assert!(limits.take("a", rate, at(0)).is_ok());
        assert!(limits.take("a", rate, at(0)).is_err());
        assert!(
            limits.take("b", rate, at(0)).is_ok(),
            "another caller has another bucket"
        );
        assert!(limits.take("a", rate, at(1_000)).is_ok());
    }
}
