//! What the five measures count (P34 to P38), as functions over what the handoffs
//! and ratings recorded. Never a figure without its `n`.

use serde::{Deserialize, Serialize};

/// A satisfaction figure with the number of ratings behind it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Csat {
    /// Ratings.
    pub n: u32,
    /// Mean score, 1..5; `None` without ratings.
    pub mean: Option<f64>,
    /// Share of 4s and 5s, 0..1.
    pub satisfied: Option<f64>,
}

/// Satisfaction of a group of ratings (P34).
pub fn csat(scores: &[u8]) -> Csat {
    let n = scores.len();
    let share = |count: usize| (n > 0).then(|| count as f64 / n as f64);
    Csat {
        n: n as u32,
        mean: (n > 0).then(|| scores.iter().map(|score| f64::from(*score)).sum::<f64>() / n as f64),
        satisfied: share(scores.iter().filter(|score| **score >= 4).count()),
    }
}

/// A time figure with the number of cases behind it, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Spans {
    /// Cases.
    pub n: u32,
    /// Median.
    pub p50_ms: Option<i64>,
    /// 90 % quantile.
    pub p90_ms: Option<i64>,
    /// Share within the target, 0..1.
    pub within_target: Option<f64>,
}

/// Target for the first human response (P36).
pub const FIRST_RESPONSE_TARGET_MS: i64 = 5 * crate::time::MINUTE_MS;

/// Spans from escalation to the first human response (P36).
pub fn spans(values_ms: &[i64], target_ms: i64) -> Spans {
    let mut sorted = values_ms.to_vec();
    sorted.sort_unstable();
    let n = sorted.len();
    let rank =
        |percent: usize| (n > 0).then(|| sorted[(n * percent).div_ceil(100).saturating_sub(1)]);
    let within = sorted.iter().filter(|value| **value <= target_ms).count();
    Spans {
        n: n as u32,
        p50_ms: rank(50),
        p90_ms: rank(90),
        within_target: (n > 0).then(|| within as f64 / n as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_ratings_give_no_figure() {
        assert_eq!(
            csat(&[]),
            Csat {
                n: 0,
                mean: None,
                satisfied: None
            }
        );
        assert_eq!(spans(&[], 1), Spans::default());
    }

    #[test]
    fn satisfied_means_four_or_five() {
        let csat = csat(&[5, 4, 3, 1]);
        assert_eq!(
            (csat.n, csat.mean, csat.satisfied),
            (4, Some(3.25), Some(0.5))
        );
    }

    #[test]
    fn quantiles_take_the_next_higher_case() {
        let spans = spans(&[10, 20, 30, 40], 25);
        assert_eq!(
            (spans.p50_ms, spans.p90_ms, spans.within_target),
            (Some(20), Some(40), Some(0.5))
        );
    }
}
