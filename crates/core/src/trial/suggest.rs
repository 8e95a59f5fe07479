//! What agents' verdicts say of the threshold. Whoever wraps up says whether the handover
//! was needless; each verdict is tried against every other threshold, by deciding again on
//! what was read then. The best one is suggested with its evidence, and never applied.
//!
//! One side is never seen. A higher threshold keeps conversations with the assistant that
//! nobody has seen it solve; a lower one hands over conversations that no agent has judged.
//! Both are said.

use serde::{Deserialize, Serialize};

use super::flip::{Decided, under};
use crate::decide::Action;
use crate::policy::Policy;
use crate::signal::Trigger;

/// What the agent said at wrap-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The assistant could have answered: nobody was needed.
    Needless,
    /// A person was needed.
    Needed,
}

/// A handover with its verdict.
#[derive(Clone, Debug)]
pub struct VerdictCase {
    /// The conversation's decisions up to the handover, oldest first; the last handed over.
    pub decided: Vec<Decided>,
    /// What the agent said.
    pub verdict: Verdict,
}

/// Turns between when a reason was visible and the handover that make it late.
const LATE_TURNS: usize = 2;
/// A late or lost handover weighs as much as so many needless ones.
const WORTH_OF_LATE: f64 = 4.0;
/// With fewer verdicts nothing is suggested.
const LEAST_VERDICTS: u32 = 30;
/// Fewer needless handovers than this are not worth a change.
const LEAST_GAIN: f64 = 5.0;
/// Thresholds that are tried, in hundredths.
const TRIED: std::ops::RangeInclusive<u32> = 20..=90;

/// What another threshold would have done to the handovers that were judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Move {
    /// The threshold.
    pub threshold: f64,
    /// Needless handovers that would not have been made.
    pub fewer_needless: u32,
    /// Needed ones that would not have been made then: late, or lost.
    pub more_late: u32,
    /// Late ones that would have come in time.
    pub fewer_late: u32,
}

/// A threshold that does better by the agents' verdicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Suggestion {
    /// The threshold of now.
    pub from: f64,
    /// What it does.
    pub best: Move,
    /// Handovers with a verdict.
    pub verdicts: u32,
    /// Of them needless.
    pub needless: u32,
    /// Of those whose handover changes, the share that was needless, with the limits within
    /// which it lies 19 times out of 20 (Wilson).
    pub share: f64,
    /// The lower limit.
    pub low: f64,
    /// The upper one.
    pub high: f64,
    /// Whether the side is higher, where nobody saw the assistant solve what it would keep;
    /// else lower, where no agent has judged what would be handed over.
    pub is_higher: bool,
    /// What other thresholds do, to draw.
    pub tried: Vec<Move>,
}

/// What the verdicts suggest; `None` with too few of them, or where nothing does better.
pub fn suggest(live: &Policy, cases: &[VerdictCase]) -> Option<Suggestion> {
    let weighed: Vec<&VerdictCase> = cases.iter().filter(|case| by_threshold(case)).collect();
    let verdicts = weighed.len() as u32;
    if verdicts < LEAST_VERDICTS {
        return None;
    }
    let tried: Vec<Move> = TRIED
        .map(|hundredths| f64::from(hundredths) / 100.0)
        .filter(|threshold| *threshold > live.mood_weight)
        .map(|threshold| moved(live, threshold, &weighed))
        .collect();
    // Of equal ones the nearest to what is there.
    let best = tried.iter().max_by(|a, b| {
        let far = |one: &Move| (one.threshold - live.threshold).abs();
        gain(a).total_cmp(&gain(b)).then(far(b).total_cmp(&far(a)))
    })?;
    if gain(best) < LEAST_GAIN {
        return None;
    }
    let is_higher = best.threshold > live.threshold;
    let (good, all) = match is_higher {
        true => (best.fewer_needless, best.fewer_needless + best.more_late),
        false => (best.fewer_late, late(live, &weighed)),
    };
    let (low, high) = wilson(good, all);
    Some(Suggestion {
        from: live.threshold,
        best: best.clone(),
        verdicts,
        needless: weighed
            .iter()
            .filter(|case| case.verdict == Verdict::Needless)
            .count() as u32,
        share: f64::from(good) / f64::from(all.max(1)),
        low,
        high,
        is_higher,
        tried,
    })
}

/// What a change is worth, in needless handovers.
fn gain(moved: &Move) -> f64 {
    let late = f64::from(moved.more_late) - f64::from(moved.fewer_late);
    f64::from(moved.fewer_needless) - WORTH_OF_LATE * late
}

/// Whether the threshold had a say: what the customer wished, and what no strength decides,
/// stays whatever it is.
fn by_threshold(case: &VerdictCase) -> bool {
    let Some(last) = case.decided.last() else {
        return false;
    };
    let wished = last.decision.triggers().contains(&Trigger::RequestHuman);
    last.decision.action == Action::Escalate && !wished
}

fn moved(live: &Policy, threshold: f64, cases: &[&VerdictCase]) -> Move {
    let policy = Policy {
        threshold,
        ..live.clone()
    };
    let mut moved = Move {
        threshold,
        fewer_needless: 0,
        more_late: 0,
        fewer_late: 0,
    };
    for case in cases {
        let Some((last, earlier)) = case.decided.split_last() else {
            continue;
        };
        let escalates = |one: &Decided| under(&policy, one).action == Action::Escalate;
        if !escalates(last) {
            match case.verdict {
                Verdict::Needless => moved.fewer_needless += 1,
                Verdict::Needed => moved.more_late += 1,
            }
        } else if case.verdict == Verdict::Needed && is_late(case) && earlier.iter().any(escalates)
        {
            moved.fewer_late += 1;
        }
    }
    moved
}

/// Late handovers among those that were needed.
fn late(_live: &Policy, cases: &[&VerdictCase]) -> u32 {
    let is_it = |case: &&&VerdictCase| case.verdict == Verdict::Needed && is_late(case);
    cases.iter().filter(is_it).count() as u32
}

/// Whether what led to the handover was seen two or more turns before it.
fn is_late(case: &VerdictCase) -> bool {
    let Some((last, earlier)) = case.decided.split_last() else {
        return false;
    };
    let triggers = last.decision.triggers();
    let was_seen = |one: &Decided| {
        let seen = |trigger: &Trigger| one.view.reading.strength(*trigger) >= 0.2;
        triggers.iter().any(seen)
    };
    let first = earlier.iter().position(was_seen);
    first.is_some_and(|first| earlier.len() - first >= LATE_TURNS)
}

/// The Wilson interval of a share, 95 %.
fn wilson(good: u32, all: u32) -> (f64, f64) {
    if all == 0 {
        return (0.0, 1.0);
    }
    let (n, z) = (f64::from(all), 1.96_f64);
    let share = f64::from(good) / n;
    let middle = share + z * z / (2.0 * n);
    let spread = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z * z / n;
    (
        ((middle - spread) / whole).max(0.0),
        ((middle + spread) / whole).min(1.0),
    )
}

#[cfg(test)]
mod tests {
    use super::super::flip::tests::{course, view};
    use super::*;

    fn case(n: u64, strengths: &[f64], verdict: Verdict) -> VerdictCase {
        let views = strengths
            .iter()
            .map(|strength| view(&[(Trigger::Complaint, *strength)], Some(0.9)));
        VerdictCase {
            decided: course(&Policy::default(), n, views.collect(), &[]).decided,
            verdict,
        }
    }

    #[test]
    fn needless_handovers_just_above_the_threshold_suggest_a_higher_one() {
        let mut cases: Vec<VerdictCase> = (0..41)
            .map(|n| case(n, &[0.55], Verdict::Needless))
            .collect();
        cases.extend((50..52).map(|n| case(n, &[0.56], Verdict::Needed)));
        cases.extend((60..90).map(|n| case(n, &[0.8], Verdict::Needed)));
        let found = suggest(&Policy::default(), &cases).unwrap();
        assert!(found.is_higher && found.from == 0.5);
        // At 0.56 the two that were needed still come.
        assert_eq!(found.best.threshold, 0.56);
        assert_eq!((found.best.fewer_needless, found.best.more_late), (41, 0));
        assert_eq!((found.verdicts, found.needless), (73, 41));
        assert!(found.low > 0.9 && found.high <= 1.0, "{found:?}");
        let at = |threshold: f64| {
            found
                .tried
                .iter()
                .find(|one| one.threshold == threshold)
                .unwrap()
        };
        assert_eq!((at(0.62).fewer_needless, at(0.62).more_late), (41, 2));
    }

    #[test]
    fn late_handovers_suggest_a_lower_one() {
        let cases: Vec<VerdictCase> = (0..40)
            .map(|n| case(n, &[0.45, 0.3, 0.9], Verdict::Needed))
            .collect();
        let found = suggest(&Policy::default(), &cases).unwrap();
        assert!(!found.is_higher);
        assert_eq!(found.best.threshold, 0.45);
        assert_eq!(found.best.fewer_late, 40);
    }

    #[test]
    fn with_few_verdicts_or_good_ones_nothing_is_suggested() {
        let few: Vec<VerdictCase> = (0..29)
            .map(|n| case(n, &[0.55], Verdict::Needless))
            .collect();
        assert_eq!(suggest(&Policy::default(), &few), None);
        let good: Vec<VerdictCase> = (0..60).map(|n| case(n, &[0.55], Verdict::Needed)).collect();
        assert_eq!(suggest(&Policy::default(), &good), None);
    }

    #[test]
    fn what_the_customer_wished_is_no_matter_of_the_threshold() {
        let wish = |n| {
            let views = vec![view(&[(Trigger::RequestHuman, 0.9)], None)];
            VerdictCase {
                decided: course(&Policy::default(), n, views, &[]).decided,
                verdict: Verdict::Needless,
            }
        };
        assert_eq!(
            suggest(&Policy::default(), &(0..60).map(wish).collect::<Vec<_>>()),
            None
        );
    }
}
