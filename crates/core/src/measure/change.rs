//! Whether a rate has changed, when, and how sure that is: the day that splits a series of
//! "k of n" best in two, by the likelihood of two binomial rates against one (Page 1955;
//! Hinkley 1970). How sure is said by exchanging the days at random from a fixed seed: the
//! share of orders that have no split as good. That keeps days that scatter more than a
//! binomial would, and needs no formula; it knows nothing of weekdays, so whole weeks are
//! better than single days where there are enough.

use serde::{Deserialize, Serialize};

use super::figure::Share;
use crate::forecast::chance::Chance;

/// Orders that are tried.
const ORDERS: u64 = 999;
const ENOUGH_AS_GOOD: u64 = 10;
/// Fewer days on a side of a split say nothing.
const LEAST_DAYS: usize = 5;
/// From this confidence on a change is called real.
pub const REAL: f64 = 0.95;
/// Twice the likelihood that the best split may be better than another that is as good.
const AS_GOOD: f64 = 3.84;

/// A day after which a rate is another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RateChange {
    /// The first day of the new rate, counted from the series' first.
    pub at: usize,
    /// The earliest and the latest day that explain the series as well (95 %).
    pub between: (usize, usize),
    /// The rate before.
    pub before: Share,
    /// The rate since.
    pub after: Share,
    /// How sure it is, 0..1, after looking at `tried` series.
    pub confidence: f64,
    /// Whether that is 0.95 or more.
    pub is_real: bool,
}

/// The most likely change of a series of (k, n), one for each day; `None` where it is too
/// short or nothing happened. With `tried` series looked at, chance had as many tries, and
/// counts so (Bonferroni).
pub fn change(days: &[(i64, i64)], tried: usize) -> Option<RateChange> {
    let gains = gains(days);
    let (at, best) = best(&gains)?;
    if best <= 0.0 {
        return None;
    }
    let mut order = days.to_vec();
    let mut chance = Chance::new(days.len() as u64, 38);
    let (mut as_good, mut orders) = (0, 0);
    // Ten as good are enough to know that it is nothing (Besag and Clifford 1991).
    while orders < ORDERS && as_good < ENOUGH_AS_GOOD {
        orders += 1;
        for place in (1..order.len()).rev() {
            order.swap(place, chance.below(place + 1));
        }
        let found = self::best(&self::gains(&order));
        as_good += u64::from(found.is_some_and(|(_, gain)| gain >= best - 1e-9));
    }
    let p = if orders < ORDERS {
        as_good as f64 / orders as f64
    } else {
        (as_good + 1) as f64 / (ORDERS + 1) as f64
    };
    let confidence = 1.0 - (p * tried.max(1) as f64).min(1.0);
    let is_near = |gain: &f64| 2.0 * (best - gain) <= AS_GOOD;
    let near: Vec<usize> = (0..gains.len())
        .filter(|day| is_near(&gains[*day]))
        .collect();
    let share = |part: &[(i64, i64)]| {
        Share::of(
            part.iter().map(|day| day.0).sum(),
            part.iter().map(|day| day.1).sum(),
        )
    };
    Some(RateChange {
        at,
        between: (*near.first()?, *near.last()?),
        before: share(&days[..at]),
        after: share(&days[at..]),
        confidence,
        is_real: confidence >= REAL,
    })
}

/// How much better two rates explain the days than one, for a split before each day.
fn gains(days: &[(i64, i64)]) -> Vec<f64> {
    let total = days
        .iter()
        .fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
    let whole = likelihood(total);
    let mut left = (0, 0);
    let mut gains = Vec::with_capacity(days.len());
    for (place, day) in days.iter().enumerate() {
        let right = (total.0 - left.0, total.1 - left.1);
        let is_wide = place >= LEAST_DAYS && days.len() - place >= LEAST_DAYS;
        let has_cases = left.1 > 0 && right.1 > 0;
        gains.push(if is_wide && has_cases {
            likelihood(left) + likelihood(right) - whole
        } else {
            f64::NEG_INFINITY
        });
        left = (left.0 + day.0, left.1 + day.1);
    }
    gains
}

fn best(gains: &[f64]) -> Option<(usize, f64)> {
    let all = gains.iter().copied().enumerate();
    let finite = all.filter(|(_, gain)| gain.is_finite());
    finite.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
}

/// The logarithm of the binomial likelihood of k of n at its own rate.
fn likelihood((k, n): (i64, i64)) -> f64 {
    let part = |k: i64| {
        if k <= 0 {
            0.0
        } else {
            k as f64 * (k as f64 / n as f64).ln()
        }
    };
    part(k) + part(n - k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rise_is_found_on_its_day() {
        let days: Vec<(i64, i64)> = (0..60)
            .map(|day| {
                if day < 40 {
                    (4 + day % 3, 50)
                } else {
                    (14 + day % 4, 50)
                }
            })
            .collect();
        let found = change(&days, 20).unwrap();
        assert_eq!(found.at, 40);
        assert!(found.is_real, "{found:?}");
        assert!(found.between.0 <= 40 && found.between.1 >= 40);
        assert!(found.after.share > found.before.share);
        assert_eq!(change(&days, 20), Some(found), "the same days say the same");
    }

    #[test]
    fn days_that_only_scatter_have_no_real_change() {
        let mut real = 0;
        for seed in 0..40 {
            let mut chance = Chance::new(seed, 1);
            let days: Vec<(i64, i64)> = (0..45)
                .map(|_| {
                    // More scatter than a binomial has: each day its own rate.
                    let rate = 0.1 + 0.1 * chance.unit();
                    let k = (0..40).filter(|_| chance.unit() < rate).count();
                    (k as i64, 40)
                })
                .collect();
            real += u32::from(change(&days, 1).is_some_and(|it| it.is_real));
        }
        assert!(real <= 6, "{real} of 40, where 2 are expected");
    }

    #[test]
    fn too_few_days_say_nothing() {
        assert_eq!(change(&[(0, 9), (9, 9)], 1), None);
        assert_eq!(change(&[(0, 0); 30], 1), None);
        assert_eq!(change(&[(3, 9); 30], 1), None, "nothing happened");
    }
}
