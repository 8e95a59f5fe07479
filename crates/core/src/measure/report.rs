//! From counts to figures: what the dashboard and the API say of a period.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::case::{End, ServedBy};
use super::figure::{Mean, Share, weighted};
use super::span::{STRETCHES, Spans};
use super::tally::{Bins, Count, Tally};

/// A satisfaction figure with the number of ratings behind it (P34).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Csat {
    /// Ratings.
    pub n: u32,
    /// Mean score, 1..5; `None` without ratings.
    pub mean: Option<f64>,
    /// Share of 4s and 5s, 0..1.
    pub satisfied: Option<f64>,
    /// Lower end of its 95 % interval (Wilson).
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Ratings of 1, 2, 3, 4, 5.
    pub scores: [u32; 5],
}

/// Satisfaction by who served, and what the assistant's would be over the topics of the
/// handoffs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CsatByKind {
    /// The assistant alone.
    pub assistant: Csat,
    /// The assistant, then a human.
    pub handoff: Csat,
    /// A human alone.
    pub human: Csat,
    /// The assistant alone over the topics of the handoffs: what is harder is compared with
    /// what is as hard.
    pub assistant_matched: Option<Matched>,
    /// A human alone, the same.
    pub human_matched: Option<Matched>,
}

/// A share of satisfied put together by topic, weighted as handoffs are (direct
/// standardisation).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Matched {
    /// Ratings that it rests on.
    pub n: u32,
    /// Share of 4s and 5s over the same topics.
    pub satisfied: f64,
    /// Lower end of its 95 % interval (normal).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The handoffs' own share over the topics that both have.
    pub handoff: Share,
    /// Share of the handoffs' ratings whose topic both have.
    pub covered: f64,
}

/// How waits until the first human reply went (P36).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Responses {
    /// Counting every hour.
    pub all: Spans,
    /// Counting open hours only.
    pub open: Spans,
    /// Who waits now, among the handoffs of the period.
    pub waiting: u32,
    /// Of the waits that ended: the customer left.
    pub abandoned: Share,
    /// Of the waits that ended: nobody came for as long as the policy lets a customer wait.
    pub unserved: Share,
    /// How long those had waited who left.
    pub left_after: Spans,
    /// Answers by mail that came in time (P32).
    pub mail_kept: Share,
}

/// What was promised, and what came of it (P28).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Promises {
    /// Promises whose outcome is known.
    pub n: u32,
    /// Of those, kept.
    pub kept: u32,
    /// The share, with its interval.
    pub share: Share,
    /// Minutes by which kept ones were early, at the median.
    pub early_p50_min: Option<i64>,
    /// Minutes by which broken ones that were answered were late, at the median.
    pub late_p50_min: Option<i64>,
    /// The same at 90 %.
    pub late_p90_min: Option<i64>,
}

/// What became of handoffs (P38).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ResolutionFigures {
    /// Solved, of those a human answered and of which the end is known.
    pub solved: Share,
    /// Of the solved whose week is over: nothing came back in it.
    pub durable: Share,
    /// Of the ended: the customer wrote again.
    pub reopened: Share,
    /// Took, or takes, longer than three days.
    pub stuck: Share,
}

/// Whether customers had to say things again (P35).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RepetitionFigures {
    /// Of the handoffs after which the customer spoke: said or told again what they had said.
    pub repeated: Share,
    /// In so many words.
    pub said: Share,
    /// By telling it again.
    pub restated: Share,
    /// By telling facts again: figures, details.
    pub retold_facts: Share,
    /// By telling again what the matter is.
    pub retold_issue: Share,
    /// Of the handoffs that a human answered: the agent asked for what was told, or tried
    /// what had failed.
    pub agents: Share,
    /// Of those, asked for what was told.
    pub asked_again: Share,
    /// Of those, tried what had failed.
    pub tried_again: Share,
}

/// The figures of some counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Figures {
    /// P34.
    pub csat: CsatByKind,
    /// "Did you have to repeat yourself?", of those who said (P35).
    pub repeated: Share,
    /// P35, as it was noticed.
    pub repetition: RepetitionFigures,
    /// P36.
    pub responses: Responses,
    /// P28.
    pub promises: Promises,
    /// Conversations that were handed over at least once (P37).
    pub escalated: Share,
    /// Handoffs.
    pub handoffs: u32,
    /// Handoffs whose trigger was visible two or more turns before.
    pub late: Share,
    /// Handoffs that the assistant could have answered, of those with a verdict.
    pub needless: Share,
    /// P38.
    pub resolution: ResolutionFigures,
    /// How many ended how, the most frequent first; `open` for those that go on.
    pub outcomes: Vec<Named>,
    /// Agents' minutes for each handoff that a human answered.
    pub minutes_per_handoff: Mean,
    /// Agents' minutes in all.
    pub agent_minutes: f64,
    /// Questions that the articles did not answer.
    pub unanswered: u32,
}

/// A name and how many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Named {
    /// What.
    pub name: String,
    /// How many.
    pub n: u32,
}

impl Figures {
    /// The figures of counts; ratings by topic where they are known.
    pub fn of(tally: &Tally, by_topic: &BTreeMap<String, Tally>) -> Self {
        let share = |k: Count, n: Count| Share::of(tally.get(k), tally.get(n));
        let replied = tally.get(Count::Replied);
        let agent_minutes = tally.get(Count::WorkSeconds) as f64 / 60.0;
        let mean = (replied > 0).then(|| agent_minutes / replied as f64);
        Self {
            csat: csat_by_kind(tally, by_topic),
            repeated: share(Count::HadToRepeat, Count::AskedRepeated),
            repetition: RepetitionFigures {
                repeated: share(Count::Repeated, Count::Heard),
                said: share(Count::SaidAgain, Count::Heard),
                restated: share(Count::Restated, Count::Heard),
                retold_facts: share(Count::RetoldFacts, Count::Heard),
                retold_issue: share(Count::RetoldIssue, Count::Heard),
                agents: share(Count::AgentRepeated, Count::Replied),
                asked_again: share(Count::AskedAgain, Count::Replied),
                tried_again: share(Count::TriedAgain, Count::Replied),
            },
            responses: responses(tally),
            promises: promises(tally),
            escalated: share(Count::Escalated, Count::Conversations),
            handoffs: tally.get(Count::Handoffs).max(0) as u32,
            late: share(Count::Late, Count::Handoffs),
            needless: share(Count::Needless, Count::Verdicts),
            resolution: ResolutionFigures {
                solved: share(Count::Solved, Count::Judged),
                durable: share(Count::Durable, Count::Ripe),
                reopened: Share::of(tally.get(Count::Reopened), ended(tally)),
                stuck: share(Count::Stuck, Count::StuckKnown),
            },
            outcomes: outcomes(tally),
            minutes_per_handoff: Mean {
                n: replied.max(0) as u32,
                mean,
                ..Mean::default()
            },
            agent_minutes,
            unanswered: tally.get(Count::Unanswered).max(0) as u32,
        }
    }
}

fn csat(tally: &Tally, by: ServedBy) -> Csat {
    let scores = [1, 2, 3, 4, 5].map(|score| tally.get(Count::Rated(by, score)));
    let values: Vec<(f64, i64)> = (1..=5).map(f64::from).zip(scores).collect();
    let satisfied = satisfied(tally, by);
    Csat {
        n: satisfied.n,
        mean: Mean::of(&values).mean,
        satisfied: satisfied.share,
        low: satisfied.low,
        high: satisfied.high,
        scores: scores.map(|n| n.max(0) as u32),
    }
}

/// Who gave 4 or 5.
pub(super) fn satisfied(tally: &Tally, by: ServedBy) -> Share {
    let of = |scores: std::ops::RangeInclusive<u8>| {
        scores.map(|score| tally.get(Count::Rated(by, score))).sum()
    };
    Share::of(of(4..=5), of(1..=5))
}

fn csat_by_kind(tally: &Tally, by_topic: &BTreeMap<String, Tally>) -> CsatByKind {
    CsatByKind {
        assistant: csat(tally, ServedBy::Assistant),
        handoff: csat(tally, ServedBy::Handoff),
        human: csat(tally, ServedBy::Human),
        assistant_matched: matched(by_topic, ServedBy::Assistant),
        human_matched: matched(by_topic, ServedBy::Human),
    }
}

fn matched(by_topic: &BTreeMap<String, Tally>, by: ServedBy) -> Option<Matched> {
    // What has no topic is not alike.
    let known = by_topic.iter().filter(|(topic, _)| !topic.is_empty());
    let pairs = known.map(|(_, tally)| (satisfied(tally, ServedBy::Handoff), satisfied(tally, by)));
    let both: Vec<(Share, Share)> = pairs
        .filter(|(own, other)| own.n > 0 && other.n > 0)
        .collect();
    let strata: Vec<(f64, Share)> = both
        .iter()
        .map(|(own, other)| (f64::from(own.n), *other))
        .collect();
    let (satisfied_share, low, high) = weighted(&strata)?;
    let sum = |part: fn(&Share) -> u32| both.iter().map(|(own, _)| i64::from(part(own))).sum();
    let handoff = Share::of(sum(|own| own.k), sum(|own| own.n));
    let all: u32 = by_topic
        .values()
        .map(|tally| satisfied(tally, ServedBy::Handoff).n)
        .sum();
    Some(Matched {
        n: both.iter().map(|(_, other)| other.n).sum(),
        satisfied: satisfied_share,
        low,
        high,
        handoff,
        covered: f64::from(handoff.n) / f64::from(all.max(1)),
    })
}

fn responses(tally: &Tally) -> Responses {
    let share = |k: Count, n: Count| Share::of(tally.get(k), tally.get(n));
    let counted = |of: fn(u8) -> Count| (0..STRETCHES as u8).map(|it| tally.get(of(it))).collect();
    let (all, open): (Vec<i64>, Vec<i64>) = (counted(Count::Stretch), counted(Count::OpenStretch));
    Responses {
        all: Spans::of(
            &tally.bins(Bins::Wait),
            &all,
            share(Count::TargetMet, Count::TargetKnown),
        ),
        open: Spans::of(
            &tally.bins(Bins::OpenWait),
            &open,
            share(Count::OpenTargetMet, Count::OpenTargetKnown),
        ),
        waiting: tally.get(Count::Waiting).max(0) as u32,
        abandoned: share(Count::Abandoned, Count::WaitsEnded),
        unserved: share(Count::Unserved, Count::WaitsEnded),
        left_after: Spans::of(&tally.bins(Bins::LeftAfter), &[], Share::default()),
        mail_kept: share(Count::MailKept, Count::MailKnown),
    }
}

fn promises(tally: &Tally) -> Promises {
    let share = Share::of(
        tally.get(Count::PromiseKept),
        tally.get(Count::PromiseKnown),
    );
    let at = |bins: &[(u16, i64)], percent: i64| {
        let n: i64 = bins.iter().map(|(_, cases)| cases).sum();
        let mut left = (n * percent + 99) / 100;
        let found = bins.iter().find(|(_, cases)| {
            left -= cases;
            left <= 0
        });
        found.map(|(minutes, _)| i64::from(*minutes))
    };
    let (early, over) = (tally.bins(Bins::Early), tally.bins(Bins::Over));
    Promises {
        n: share.n,
        kept: share.k,
        share,
        early_p50_min: at(&early, 50),
        late_p50_min: at(&over, 50),
        late_p90_min: at(&over, 90),
    }
}

pub(super) fn ended(tally: &Tally) -> i64 {
    let known = End::ALL.into_iter().filter(|end| *end != End::Erased);
    known.map(|end| tally.get(Count::Ended(end))).sum()
}

fn outcomes(tally: &Tally) -> Vec<Named> {
    let ends = End::ALL
        .into_iter()
        .map(|end| (end.name(), tally.get(Count::Ended(end))));
    named(ends.chain([("open", tally.get(Count::Open))]))
}

/// The names that occur, the most frequent first.
fn named<'a>(all: impl Iterator<Item = (&'a str, i64)>) -> Vec<Named> {
    let mut found: Vec<Named> = all
        .filter(|(_, n)| *n > 0)
        .map(|(name, n)| Named {
            name: name.into(),
            n: n as u32,
        })
        .collect();
    found.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.name.cmp(&b.name)));
    found
}
