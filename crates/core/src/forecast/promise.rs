//! The promise made of a forecast (P28): rounded up to words people use, kept on record with
//! what it rests on, and scored. What a customer was told only shrinks; where it has to
//! grow, the reason is told with it (P30).

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
    /// Handling times, or waits, that the forecast rests on.
    pub n: u32,
    /// What went into it; promises of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
}

impl Promise {
    /// Until when the customer was told to wait.
    pub fn until(&self) -> Timestamp {
        self.at.plus(i64::from(self.minutes) * MINUTE_MS)
    }
}

/// What a promise rests on. With the history of its moment it can be computed again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Basis {
    /// Half of such waits are shorter, in milliseconds.
    pub p50_ms: i64,
    /// By how much the paths' forecast was stretched, in thousandths: 1000 is not at all.
    pub correction_milli: u32,
    /// The seed of the paths.
    pub seed: u64,
    /// Which way of forecasting: [`VERSION`] of its day.
    pub version: u16,
    /// The place in line, 1 for the next.
    pub position: u32,
    /// Agents there who could serve it.
    pub agents: u32,
}

/// Changes whenever the same inputs would give another forecast.
pub const VERSION: u16 = 3;

/// Handling times or waits needed before anything is promised; with fewer "we cannot
/// estimate yet". A forecast is made from the first minute, but the first handful of
/// conversations says little of the next.
pub const ENOUGH_WAITS: usize = 5;

/// Rounds a span up to minutes that people say: 1, 2, 3, 5, 10, 15, 20, 30, 45, 60,
/// then full half hours.
pub fn spoken_minutes(span_ms: i64) -> u32 {
    let minutes = (span_ms.max(0) as u64).div_ceil(MINUTE_MS as u64).max(1) as u32;
    let said = [1, 2, 3, 5, 10, 15, 20, 30, 45, 60];
    said.into_iter()
        .find(|step| minutes <= *step)
        .unwrap_or_else(|| minutes.div_ceil(30) * 30)
}

/// Whether a promise was kept, given when the first human message came.
pub fn was_kept(promise: &Promise, first_reply_at: Timestamp) -> bool {
    early_ms(promise, first_reply_at) >= 0
}

/// How much earlier than promised the first human message came, in milliseconds; below 0
/// the promise was broken by so much.
pub fn early_ms(promise: &Promise, first_reply_at: Timestamp) -> i64 {
    i64::from(promise.minutes) * MINUTE_MS - first_reply_at.since(promise.at)
}

/// Why a wait grew; the customer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Longer {
    /// An agent had to leave.
    AgentLeft,
    /// Somebody who goes first came after them.
    UrgentAhead,
    /// Conversations take longer than usual.
    SlowerThanUsual,
}

impl Longer {
    /// What has changed since a promise: agents who could serve, and how many came later and
    /// go first (`queue::Place::urgent_ahead`).
    pub fn since(basis: &Basis, agents: u32, urgent_ahead: u32) -> Self {
        if agents < basis.agents {
            Longer::AgentLeft
        } else if urgent_ahead > 0 {
            Longer::UrgentAhead
        } else {
            Longer::SlowerThanUsual
        }
    }
}

/// What a waiting customer is told next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// What was said holds; so many minutes of it are left.
    Holds(u32),
    /// It goes quicker than was said.
    Shorter(u32),
    /// It takes longer than was said, which is told with the reason.
    Longer(u32, Longer),
}

/// By how much the forecast must exceed what was said before the customer is troubled: so
/// many hundredths of it, and at least so much.
const WORTH_TELLING: i64 = 150;
const WORTH_TELLING_MS: i64 = 2 * MINUTE_MS;
/// To which hundredths of what was said the forecast must have fallen before the wait that
/// is shown shrinks; a word that is taken back soon is worse than one that is kept early.
const WORTH_SHRINKING: i64 = 60;

/// Between two such words to one customer.
pub const TELL_APART_MS: i64 = 5 * MINUTE_MS;

/// What to tell a customer of whom `left_ms` of the last word given are left, when the
/// forecast is now `p90_ms`. The wait only shrinks, or grows with its reason; between the
/// two lies a wide span in which the last word holds, so that no forecast's noise is told.
pub fn announce(left_ms: i64, p90_ms: i64, why_longer: Longer) -> Announcement {
    let (left, now) = (spoken_minutes(left_ms), spoken_minutes(p90_ms));
    let said_ms = left_ms.max(0);
    let is_broken = p90_ms > said_ms.saturating_mul(WORTH_TELLING) / 100
        && p90_ms >= said_ms + WORTH_TELLING_MS;
    if now > left && is_broken {
        Announcement::Longer(now, why_longer)
    } else if now < left && p90_ms <= said_ms * WORTH_SHRINKING / 100 {
        Announcement::Shorter(now)
    } else {
        Announcement::Holds(left)
    }
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
    fn a_promise_is_kept_to_the_millisecond() {
        let promise = Promise {
            at: Timestamp::from_millis(0),
            minutes: 10,
            p90_ms: 500_000,
            n: 5,
            basis: None,
        };
        assert!(was_kept(&promise, Timestamp::from_millis(600_000)));
        assert!(!was_kept(&promise, Timestamp::from_millis(600_001)));
        assert_eq!(early_ms(&promise, Timestamp::from_millis(660_000)), -60_000);
    }

    #[test]
    fn promises_of_earlier_versions_are_still_read() {
        let stored = r#"{"at":"2026-08-03T09:00:00Z","minutes":15,"p90_ms":700000,"n":12}"#;
        let read: Promise = serde_json::from_str(stored).unwrap();
        assert_eq!((read.minutes, read.basis), (15, None));
    }

    #[test]
    fn a_wait_grows_only_with_its_reason_and_not_for_a_trifle() {
        let longer = |minutes| Announcement::Longer(minutes, Longer::AgentLeft);
        for (left, p90, told) in [
            (10, 9, Announcement::Holds(10)),
            (10, 4, Announcement::Shorter(5)),
            (10, 7, Announcement::Holds(10)),
            (10, 14, Announcement::Holds(10)),
            (10, 16, longer(20)),
            (1, 2, Announcement::Holds(1)),
            (0, 3, longer(3)),
        ] {
            let said = announce(left * MINUTE_MS, p90 * MINUTE_MS, Longer::AgentLeft);
            assert_eq!(said, told, "{left} minutes left, {p90} to come");
        }
    }

    #[test]
    fn the_reason_is_what_changed() {
        let basis = Basis {
            p50_ms: 0,
            correction_milli: 1000,
            seed: 1,
            version: VERSION,
            position: 3,
            agents: 4,
        };
        assert_eq!(Longer::since(&basis, 3, 2), Longer::AgentLeft);
        assert_eq!(Longer::since(&basis, 4, 1), Longer::UrgentAhead);
        assert_eq!(Longer::since(&basis, 5, 0), Longer::SlowerThanUsual);
    }
}
