//! How long a customer will wait, and the promise made of it (P28). For now a high
//! quantile of recent waits; the interface is what later forecasts keep.

use serde::{Deserialize, Serialize};

use crate::time::{MINUTE_MS, Timestamp};

/// The wait that was announced, kept on record and scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Promise {
    /// When it was made.
    pub at: Timestamp,
    /// Minutes that were announced, from the handoff to the first human message.
    pub minutes: u32,
    /// The forecast behind it, in milliseconds.
    pub p90_ms: i64,
    /// Waits that the forecast rests on.
    pub n: u32,
}

/// Waits needed before anything is promised; with fewer "we cannot estimate yet".
pub const ENOUGH_WAITS: usize = 5;

/// Promises the 90 % quantile of recent waits (milliseconds from handoff to first
/// human message), rounded up to words people use. `None` when there are too few.
pub fn promise(recent_waits_ms: &[i64], now: Timestamp) -> Option<Promise> {
    if recent_waits_ms.len() < ENOUGH_WAITS {
        return None;
    }
    let mut sorted = recent_waits_ms.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * 9).div_ceil(10) - 1;
    let p90_ms = sorted[rank];
    Some(Promise {
        at: now,
        minutes: spoken_minutes(p90_ms),
        p90_ms,
        n: sorted.len() as u32,
    })
}

/// Rounds a span up to minutes that people say: 1, 2, 3, 5, 10, 15, 20, 30, 45, 60,
/// then full half hours.
pub fn spoken_minutes(span_ms: i64) -> u32 {
    let minutes = (span_ms.max(0) as u64).div_ceil(MINUTE_MS as u64).max(1) as u32;
    let said = [1, 2, 3, 5, 10, 15, 20, 30, 45, 60];
    said.into_iter()
        .find(|step| minutes <= *step)
        .unwrap_or_else(|| minutes.div_ceil(30) * 30)
}

/// What is left of a promise at `now`, in minutes that people say. `None` once it is
/// over: nothing is promised a second time.
pub fn remaining_minutes(promise: &Promise, now: Timestamp) -> Option<u32> {
    let left_ms = i64::from(promise.minutes) * MINUTE_MS - now.since(promise.at);
    (left_ms > 0).then(|| spoken_minutes(left_ms))
}

/// Whether a promise was kept, given when the first human message came.
pub fn was_kept(promise: &Promise, first_reply_at: Timestamp) -> bool {
    first_reply_at.since(promise.at) <= i64::from(promise.minutes) * MINUTE_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_rounded_up_to_what_people_say() {
        for (ms, said) in [
            (0, 1),
            (60_000, 1),
            (60_001, 2),
            (240_000, 5),
            (601_000, 15),
            (3_660_000, 90),
        ] {
            assert_eq!(spoken_minutes(ms), said, "{ms} ms");
        }
    }

    #[test]
    fn what_is_left_of_a_promise_never_grows_and_ends() {
        let promise = Promise {
            at: Timestamp::from_millis(0),
            minutes: 15,
            p90_ms: 0,
            n: 9,
        };
        let left =
            |minutes: i64| remaining_minutes(&promise, Timestamp::from_millis(minutes * MINUTE_MS));
        let shown = [0, 4, 5, 11, 14, 15, 20].map(left);
        assert_eq!(
            shown,
            [Some(15), Some(15), Some(10), Some(5), Some(1), None, None]
        );
    }

    #[test]
    fn with_few_waits_nothing_is_promised() {
        let now = Timestamp::from_millis(0);
        assert_eq!(promise(&[60_000; 4], now), None);
        let promise = promise(&[60_000, 60_000, 60_000, 60_000, 500_000], now).unwrap();
        assert_eq!((promise.minutes, promise.n), (10, 5));
        assert!(was_kept(&promise, Timestamp::from_millis(600_000)));
        assert!(!was_kept(&promise, Timestamp::from_millis(600_001)));
    }
}
