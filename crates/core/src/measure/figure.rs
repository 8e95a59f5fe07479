//! A figure is never alone: it comes with the number of cases behind it and with an
//! interval. Intervals are 95 % and need no chance: Wilson's for a share, Newcombe's for the
//! difference of two, the normal one for a mean, ranks (binomial, normal from there) for a
//! quantile.

use serde::{Deserialize, Serialize};

/// The standard normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_964;

/// A share of some cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Share {
    /// Cases.
    pub n: u32,
    /// Of those, the ones that are so.
    pub k: u32,
    /// `k` of `n`, 0..1; `None` without cases.
    pub share: Option<f64>,
    /// Lower end of the 95 % interval (Wilson 1927).
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl Share {
    /// `k` of `n`. What cannot be (a `k` above `n`, a count below 0) is cut.
    pub fn of(k: i64, n: i64) -> Self {
        let n = n.max(0);
        let k = k.clamp(0, n);
        if n == 0 {
            return Self::default();
        }
        let (low, high) = wilson(k as f64, n as f64);
        Self {
            n: n as u32,
            k: k as u32,
            share: Some(k as f64 / n as f64),
            low: Some(low),
            high: Some(high),
        }
    }
}

fn wilson(k: f64, n: f64) -> (f64, f64) {
    let (p, z2) = (k / n, Z * Z);
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // Rounding must not push an end past what a share can be.
    let low = if k == 0.0 { 0.0 } else { centre - half };
    let high = if k == n { 1.0 } else { centre + half };
    (low.max(0.0), high.min(1.0))
}

/// A figure beside the same of the period before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Compared {
    /// In the period.
    pub now: Share,
    /// In as many days before.
    pub before: Share,
    /// How much higher it is now, -1..1.
    pub difference: Option<f64>,
    /// Lower end of the 95 % interval of the difference (Newcombe 1998, method 10).
    pub low: Option<f64>,
    /// Upper end. Where both ends are on one side of 0 the change is more than chance.
    pub high: Option<f64>,
}

impl Compared {
    /// A share beside the one before.
    pub fn of(now: Share, before: Share) -> Self {
        let bare = Self {
            now,
            before,
            ..Self::default()
        };
        let parts = |it: Share| Some((it.share?, it.low?, it.high?));
        let (Some((p, p_low, p_high)), Some((q, q_low, q_high))) = (parts(now), parts(before))
        else {
            return bare;
        };
        let difference = p - q;
        let down = ((p - p_low).powi(2) + (q_high - q).powi(2)).sqrt();
        let up = ((p_high - p).powi(2) + (q - q_low).powi(2)).sqrt();
        Self {
            difference: Some(difference),
            low: Some(difference - down),
            high: Some(difference + up),
            ..bare
        }
    }
}

/// A mean of some cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Mean {
    /// Cases.
    pub n: u32,
    /// Their mean; `None` without cases.
    pub mean: Option<f64>,
    /// Lower end of the 95 % interval (normal); `None` with fewer than two cases.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl Mean {
    /// The mean of values, each with how often it occurred.
    pub fn of(values: &[(f64, i64)]) -> Self {
        let n: i64 = values.iter().map(|(_, times)| (*times).max(0)).sum();
        if n == 0 {
            return Self::default();
        }
        let sum: f64 = values
            .iter()
            .map(|(value, times)| value * *times as f64)
            .sum();
        let mean = sum / n as f64;
        let squares = values
            .iter()
            .map(|(value, times)| (value - mean).powi(2) * *times as f64);
        let half = (n > 1).then(|| {
            let variance = squares.sum::<f64>() / (n - 1) as f64;
            Z * (variance / n as f64).sqrt()
        });
        Self {
            n: n as u32,
            mean: Some(mean),
            low: half.map(|half| mean - half),
            high: half.map(|half| mean + half),
        }
    }
}

/// A share put together from strata with given weights, with its interval (normal).
pub(super) fn weighted(strata: &[(f64, Share)]) -> Option<(f64, f64, f64)> {
    let total: f64 = strata.iter().map(|(weight, _)| weight).sum();
    if total <= 0.0 {
        return None;
    }
    let (mut share, mut variance) = (0.0, 0.0);
    for (weight, stratum) in strata {
        let weight = weight / total;
        share += weight * stratum.share?;
        // Agresti and Coull: a stratum of which all or none are so is not certain.
        let n = f64::from(stratum.n) + 4.0;
        let p = (f64::from(stratum.k) + 2.0) / n;
        variance += weight * weight * p * (1.0 - p) / n;
    }
    let half = Z * variance.sqrt();
    Some((share, (share - half).max(0.0), (share + half).min(1.0)))
}

/// The ranks (from 1) between which the `percent` quantile of `n` cases lies with 95 %, and
/// its own: the next higher case.
pub(super) fn ranks(n: i64, percent: i64) -> (i64, i64, i64) {
    let (cases, p) = (n as f64, percent as f64 / 100.0);
    let half = Z * (cases * p * (1.0 - p)).sqrt();
    let rank = (n * percent + 99) / 100;
    let low = ((cases * p - half).floor() as i64).clamp(1, n.max(1));
    let high = ((cases * p + half).ceil() as i64 + 1).clamp(1, n.max(1));
    (low, rank.max(1), high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() < 5e-4, "{found} is not {expected}");
    }

    #[test]
    fn a_share_has_the_interval_of_the_textbook() {
        // Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I.
        let share = Share::of(81, 263);
        near(share.low, 0.2553);
        near(share.high, 0.3662);
        let share = Share::of(15, 148);
        near(share.low, 0.0624);
        near(share.high, 0.1605);
        let none = Share::of(0, 20);
        near(none.low, 0.0);
        near(none.high, 0.1611);
        let all = Share::of(29, 29);
        near(all.low, 0.8830);
        near(all.high, 1.0);
    }

    #[test]
    fn without_cases_there_is_no_figure() {
        assert_eq!(Share::of(0, 0), Share::default());
        assert_eq!(Mean::of(&[]), Mean::default());
        assert_eq!(Mean::of(&[(4.0, 1)]).low, None, "one case has no spread");
        assert_eq!(weighted(&[]), None);
    }

    #[test]
    fn a_difference_has_the_interval_of_the_textbook() {
        // Newcombe (1998), "Interval estimation for the difference", table II: 56/70 - 48/80.
        let change = Compared::of(Share::of(56, 70), Share::of(48, 80));
        near(change.difference, 0.2);
        near(change.low, 0.0524);
        near(change.high, 0.3339);
        let nothing_before = Compared::of(Share::of(1, 2), Share::default());
        assert_eq!(nothing_before.difference, None);
    }

    #[test]
    fn a_mean_counts_every_case() {
        let mean = Mean::of(&[(5.0, 2), (1.0, 2)]);
        assert_eq!((mean.n, mean.mean), (4, Some(3.0)));
        // s² = 16/3, so 1.96 · sqrt(16/12).
        near(mean.high, 3.0 + 1.959_964 * (16.0f64 / 12.0).sqrt());
    }

    #[test]
    fn ranks_enclose_the_median() {
        // Conover, table of the binomial: n = 100 gives the 40th and the 61st of the ordered.
        assert_eq!(ranks(100, 50), (40, 50, 61));
        assert_eq!(ranks(1, 50), (1, 1, 1));
        assert_eq!(ranks(4, 90).1, 4);
    }
}
