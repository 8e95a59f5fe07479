//! How long an answer by e-mail takes, told from how long such answers took before (P31):
//! the time in which nine of ten came, counted in opening hours, put behind the hours that
//! follow now and rounded up to words people use (P28).

use crate::time::{HOUR_MS, Hours, Timestamp};

/// Fewer answers than these tell nothing.
const LEAST: usize = 8;
/// Of ten answers this many come in time.
const SHARE: f64 = 0.9;
/// What is said, in hours.
const STEPS: [u32; 14] = [2, 3, 4, 6, 8, 12, 16, 24, 36, 48, 72, 96, 120, 168];

/// The hours within which an answer can be expected that is promised now; `None` where too
/// little is known. Each of `answers` was promised at an instant and came at another; one
/// that has not come yet has taken at least until now.
pub fn stated_hours(
    answers: &[(Timestamp, Option<Timestamp>)],
    hours: &Hours,
    now: Timestamp,
) -> Option<u32> {
    let came = answers.iter().filter(|(_, came)| came.is_some()).count();
    if came < LEAST {
        return None;
    }
    let taken = |(promised, came): &(Timestamp, Option<Timestamp>)| {
        hours.open_ms_between(*promised, came.unwrap_or(now))
    };
    let mut took: Vec<i64> = answers.iter().map(taken).collect();
    took.sort_unstable();
    let rank = (took.len() as f64 * SHARE).ceil() as usize;
    let within_ms = took[rank.clamp(1, took.len()) - 1];
    let by = hours.after_open_ms(now, within_ms)?;
    let needed = by.since(now).max(1) as u64;
    STEPS
        .into_iter()
        .find(|step| needed <= u64::from(*step) * HOUR_MS as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{MINUTE_MS, Span};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn office() -> Hours {
        let day = vec![Span {
            opens_min: 9 * 60,
            closes_min: 17 * 60,
        }];
        let mut week: [Vec<Span>; 7] = std::array::from_fn(|_| day.clone());
        week[5].clear();
        week[6].clear();
        Hours {
            zone: "UTC".into(),
            week,
            holidays: vec![],
        }
    }

    /// Ten answers, of which nine took an hour of the office and one took five.
    fn answers() -> Vec<(Timestamp, Option<Timestamp>)> {
        let monday = at("2026-11-23T10:00:00Z");
        let mut answers = vec![(monday, Some(monday.plus(HOUR_MS))); 9];
        answers.push((monday, Some(monday.plus(5 * HOUR_MS))));
        answers
    }

    #[track_caller]
    fn check(answers: &[(Timestamp, Option<Timestamp>)], now: &str, expected: Option<u32>) {
        assert_eq!(stated_hours(answers, &office(), at(now)), expected, "{now}");
    }

    #[test]
    fn it_is_told_from_what_was_and_from_the_hours_to_come() {
        check(&answers(), "2026-11-24T10:00:00Z", Some(2));
        // Half an hour before the doors close the rest is tomorrow's.
        check(&answers(), "2026-11-24T16:30:00Z", Some(24));
        // On Friday evening it is Monday's.
        check(&answers(), "2026-11-27T18:00:00Z", Some(72));
    }

    #[test]
    fn nights_and_weekends_do_not_count_as_time_taken() {
        let friday = at("2026-11-20T16:00:00Z");
        let over_the_weekend = vec![(friday, Some(at("2026-11-23T10:00:00Z"))); 10];
        check(&over_the_weekend, "2026-11-24T10:00:00Z", Some(2));
    }

    #[test]
    fn who_still_waits_counts_too_and_few_answers_tell_nothing() {
        let mut waiting = answers();
        let monday = at("2026-11-23T10:00:00Z");
        waiting.extend(vec![(monday, None); 5]);
        check(&waiting, "2026-11-24T10:00:00Z", Some(24));
        check(&answers()[..7], "2026-11-24T10:00:00Z", None);
        check(&[], "2026-11-24T10:00:00Z", None);
        let closed = Hours {
            week: Default::default(),
            ..office()
        };
        assert_eq!(stated_hours(&answers(), &closed, monday), None);
    }

    #[test]
    fn open_time_is_counted_both_ways() {
        let hours = office();
        for (from, to, minutes) in [
            ("2026-11-23T10:00:00Z", "2026-11-23T10:30:00Z", 30),
            ("2026-11-23T16:30:00Z", "2026-11-24T09:30:00Z", 60),
            ("2026-11-20T16:30:00Z", "2026-11-23T09:30:00Z", 60),
            ("2026-11-21T10:00:00Z", "2026-11-22T10:00:00Z", 0),
            ("2026-11-23T10:00:00Z", "2026-11-23T09:00:00Z", 0),
        ] {
            let open_ms = hours.open_ms_between(at(from), at(to));
            assert_eq!(open_ms, minutes * MINUTE_MS, "{from} {to}");
            if minutes > 0 {
                assert_eq!(
                    hours.after_open_ms(at(from), open_ms),
                    Some(at(to)),
                    "{from}"
                );
            }
        }
        let always = Hours::always();
        let now = at("2026-11-23T10:00:00Z");
        assert_eq!(
            always.after_open_ms(now, 90 * HOUR_MS),
            Some(now.plus(90 * HOUR_MS))
        );
        assert_eq!(
            always.open_ms_between(now, now.plus(90 * HOUR_MS)),
            90 * HOUR_MS
        );
    }
}
