//! Waits, counted in bins: sums of them can be added and taken away, and a quantile is off
//! by at most a thirty-second part.

use serde::{Deserialize, Serialize};

use super::figure::{Share, ranks};
use crate::time::SECOND_MS;

/// Bins of one doubling.
const PARTS: u64 = 32;

/// The bin of a span: seconds up to half a minute, then 32 bins for each doubling.
pub(super) fn bin(span_ms: i64) -> u16 {
    let seconds = (span_ms.max(0) / SECOND_MS) as u64;
    if seconds < PARTS {
        return seconds as u16;
    }
    let doubling = u64::from(seconds.ilog2());
    let part = (seconds >> (doubling - 5)) & (PARTS - 1);
    ((doubling - 4) * PARTS + part) as u16
}

/// Where a bin begins, in milliseconds.
fn begins_ms(bin: u16) -> i64 {
    let bin = u64::from(bin);
    if bin < PARTS {
        return bin as i64 * SECOND_MS;
    }
    let seconds = (PARTS + bin % PARTS) << (bin / PARTS - 1);
    seconds as i64 * SECOND_MS
}

/// The longest whole second that a bin holds, in milliseconds.
fn ends_ms(bin: u16) -> i64 {
    begins_ms(bin + 1) - SECOND_MS
}

/// A time figure with the number of cases behind it, in milliseconds. Quantiles are the next
/// higher case, rounded up by at most 1/32; intervals are 95 %, by ranks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Spans {
    /// Cases.
    pub n: u32,
    /// Median.
    pub p50_ms: Option<i64>,
    /// Lower end of the median's interval.
    pub p50_low_ms: Option<i64>,
    /// Upper end.
    pub p50_high_ms: Option<i64>,
    /// 90 % quantile.
    pub p90_ms: Option<i64>,
    /// Lower end of its interval.
    pub p90_low_ms: Option<i64>,
    /// Upper end.
    pub p90_high_ms: Option<i64>,
    /// Share within the target, 0..1.
    pub within_target: Option<f64>,
    /// The same with its own cases and interval: whoever still waits and is over the target
    /// counts here too.
    pub target: Share,
    /// How many lie in each stretch: up to 1, 5, 15, 60 minutes, 4 hours, a day, longer.
    pub stretches: Vec<Stretch>,
}

/// How many waits lie in a stretch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Stretch {
    /// Where it ends, in milliseconds; `None` for the last.
    pub up_to_ms: Option<i64>,
    /// Cases.
    pub n: u32,
}

/// Ends of the stretches of a distribution, in seconds.
const STRETCHES_S: [i64; 6] = [60, 300, 900, 3_600, 14_400, 86_400];

/// How many stretches there are.
pub(super) const STRETCHES: usize = STRETCHES_S.len() + 1;

/// The stretch of a span: the first that does not end before it.
pub(super) fn stretch(span_ms: i64) -> u8 {
    let before = |end: &&i64| span_ms > **end * SECOND_MS;
    STRETCHES_S.iter().take_while(before).count() as u8
}

impl Spans {
    /// From bins in order, each with its cases, what was counted of each stretch, and the
    /// share within the target.
    pub(super) fn of(bins: &[(u16, i64)], counted: &[i64], target: Share) -> Self {
        let n: i64 = bins.iter().map(|(_, cases)| cases).sum();
        let at = |rank: i64| {
            let mut seen = 0;
            let found = bins.iter().find(|(_, cases)| {
                seen += cases;
                seen >= rank
            });
            found.map(|(bin, _)| ends_ms(*bin))
        };
        let ((low, half, high), (low90, most, high90)) = (ranks(n, 50), ranks(n, 90));
        let mut stretches: Vec<Stretch> = STRETCHES_S
            .iter()
            .map(|end| Some(end * SECOND_MS))
            .chain([None])
            .map(|up_to_ms| Stretch { up_to_ms, n: 0 })
            .collect();
        for (stretch, cases) in stretches.iter_mut().zip(counted) {
            stretch.n = (*cases).max(0) as u32;
        }
        Self {
            n: n.max(0) as u32,
            p50_ms: at(half),
            p50_low_ms: at(low),
            p50_high_ms: at(high),
            p90_ms: at(most),
            p90_low_ms: at(low90),
            p90_high_ms: at(high90),
            within_target: target.share,
            target,
            stretches,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY_MS, MINUTE_MS};

    #[test]
    fn bins_follow_each_other_and_are_narrow() {
        for bin in 0..600 {
            assert!(begins_ms(bin) < begins_ms(bin + 1), "bin {bin}");
            assert_eq!(super::bin(begins_ms(bin)), bin);
            assert_eq!(super::bin(ends_ms(bin)), bin);
            let width = begins_ms(bin + 1) - begins_ms(bin);
            assert!(
                width == SECOND_MS || width * 32 <= begins_ms(bin),
                "bin {bin}"
            );
        }
        assert_eq!(bin(-5), 0, "a clock that was set back");
        assert!(bin(3_650 * DAY_MS) < 1_000);
    }

    #[test]
    fn stretches_end_where_they_say() {
        let of = |seconds: i64| stretch(seconds * SECOND_MS);
        assert_eq!([0, 60, 61, 300, 301].map(of), [0, 0, 1, 1, 2]);
        assert_eq!([3_600, 86_400, 86_401].map(of), [3, 5, 6]);
    }

    #[test]
    fn quantiles_take_the_next_higher_case() {
        let bins = [10, 20, 30, 31].map(|s| (bin(s * SECOND_MS), 1));
        let spans = Spans::of(&bins, &[4], Share::of(1, 4));
        assert_eq!(spans.p50_ms, Some(20 * SECOND_MS));
        assert_eq!(spans.p90_ms, Some(31 * SECOND_MS));
        assert_eq!(spans.within_target, Some(0.25));
        let one = Spans::of(&[(bin(10 * MINUTE_MS), 1)], &[], Share::of(0, 1));
        let p50 = one.p50_ms.unwrap();
        assert!(
            (10 * MINUTE_MS..=10 * MINUTE_MS * 33 / 32).contains(&p50),
            "{p50}"
        );
        assert_eq!(Spans::of(&[], &[], Share::default()).p50_ms, None);
    }
}
