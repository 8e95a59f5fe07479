//! Which conversations stand behind a figure: nobody has to believe a number.

use serde::{Deserialize, Serialize};

use super::case::{Again, End, ServedBy};
use super::tally::{Count, Tally};

/// A figure's conversations: mostly those that one would want to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Behind {
    /// All that began.
    Conversations,
    /// Handed over.
    Handoffs,
    /// Rated 4 or 5 after a handoff.
    Satisfied,
    /// Rated 1 to 3 after a handoff.
    Dissatisfied,
    /// The customer says that they had to repeat themselves.
    HadToRepeat,
    /// It was noticed that they did.
    Repeated,
    /// The agent asked for what was told.
    AskedAgain,
    /// Waited longer than the target.
    TargetMissed,
    /// The same counting open hours only.
    OpenTargetMissed,
    /// Waits now.
    Waiting,
    /// Left before a human wrote.
    Abandoned,
    /// Nobody came.
    Unserved,
    /// The answer by mail came late.
    MailLate,
    /// The promise was broken.
    PromiseBroken,
    /// Visible two or more turns before.
    Late,
    /// The assistant could have answered.
    Needless,
    /// Solved.
    Solved,
    /// Not solved.
    Unsolved,
    /// Solved, and it came back within a week.
    NotDurable,
    /// The customer wrote again.
    Reopened,
    /// More than three days.
    Stuck,
    /// The product's fault.
    ProductProblem,
    /// Has questions that no article answered.
    Unanswered,
    /// The customer said that they had said it.
    SaidAgain,
    /// They told a fact again.
    RetoldFacts,
    /// They told the matter again.
    RetoldIssue,
    /// The agent suggested what had failed.
    TriedAgain,
    /// The agent did either.
    AgentRepeated,
    /// Agents could not settle it: the product's matter.
    Unsettled,
}

impl Behind {
    /// Every figure; its place is its bit.
    pub const ALL: [Behind; 29] = [
        Behind::Conversations,
        Behind::Handoffs,
        Behind::Satisfied,
        Behind::Dissatisfied,
        Behind::HadToRepeat,
        Behind::Repeated,
        Behind::AskedAgain,
        Behind::TargetMissed,
        Behind::OpenTargetMissed,
        Behind::Waiting,
        Behind::Abandoned,
        Behind::Unserved,
        Behind::MailLate,
        Behind::PromiseBroken,
        Behind::Late,
        Behind::Needless,
        Behind::Solved,
        Behind::Unsolved,
        Behind::NotDurable,
        Behind::Reopened,
        Behind::Stuck,
        Behind::ProductProblem,
        Behind::Unanswered,
        Behind::SaidAgain,
        Behind::RetoldFacts,
        Behind::RetoldIssue,
        Behind::TriedAgain,
        Behind::AgentRepeated,
        Behind::Unsettled,
    ];

    /// Its bit among a case's marks.
    pub fn bit(self) -> i64 {
        1 << self as i64
    }

    /// Whether something that came again shows it: the messages are its evidence (P35).
    pub fn is_shown_by(self, kind: Again) -> bool {
        match self {
            Behind::Repeated => kind.is_customers(),
            Behind::SaidAgain => kind == Again::Said,
            Behind::RetoldFacts => kind == Again::RetoldFacts,
            Behind::RetoldIssue => kind == Again::RetoldIssue,
            Behind::AskedAgain => kind == Again::Asked,
            Behind::TriedAgain => kind == Again::Tried,
            Behind::AgentRepeated => !kind.is_customers(),
            _ => false,
        }
    }

    /// Whether counts have a case of it.
    pub fn is_in(self, tally: &Tally) -> bool {
        let some = |count| tally.get(count) > 0;
        let more = |n, k| tally.get(n) > tally.get(k);
        let rated = |mut scores: std::ops::RangeInclusive<u8>| {
            scores.any(|score| {
                some(Count::Rated(ServedBy::Handoff, score))
                    || some(Count::Rated(ServedBy::Human, score))
            })
        };
        match self {
            Behind::Conversations => some(Count::Conversations),
            Behind::Handoffs => some(Count::Handoffs),
            Behind::Satisfied => rated(4..=5),
            Behind::Dissatisfied => rated(1..=3),
            Behind::HadToRepeat => some(Count::HadToRepeat),
            Behind::Repeated => some(Count::Repeated),
            Behind::AskedAgain => some(Count::AskedAgain),
            Behind::TargetMissed => more(Count::TargetKnown, Count::TargetMet),
            Behind::OpenTargetMissed => more(Count::OpenTargetKnown, Count::OpenTargetMet),
            Behind::Waiting => some(Count::Waiting),
            Behind::Abandoned => some(Count::Abandoned),
            Behind::Unserved => some(Count::Unserved),
            Behind::MailLate => more(Count::MailKnown, Count::MailKept),
            Behind::PromiseBroken => more(Count::PromiseKnown, Count::PromiseKept),
            Behind::Late => some(Count::Late),
            Behind::Needless => some(Count::Needless),
            Behind::Solved => some(Count::Solved),
            Behind::Unsolved => more(Count::Judged, Count::Solved),
            Behind::NotDurable => more(Count::Ripe, Count::Durable),
            Behind::Reopened => some(Count::Reopened),
            Behind::Stuck => some(Count::Stuck),
            Behind::ProductProblem => some(Count::Ended(End::ProductProblem)),
            Behind::Unanswered => some(Count::Unanswered),
            Behind::SaidAgain => some(Count::SaidAgain),
            Behind::RetoldFacts => some(Count::RetoldFacts),
            Behind::RetoldIssue => some(Count::RetoldIssue),
            Behind::TriedAgain => some(Count::TriedAgain),
            Behind::AgentRepeated => some(Count::AgentRepeated),
            Behind::Unsettled => some(Count::Unsettled),
        }
    }

    /// The bits of every figure that counts have a case of.
    pub fn marks(tally: &Tally) -> i64 {
        let its = Self::ALL.into_iter().filter(|behind| behind.is_in(tally));
        its.map(Self::bit).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_has_a_bit_of_its_own() {
        let bits: i64 = Behind::ALL.into_iter().map(Behind::bit).sum();
        assert_eq!(bits, (1 << Behind::ALL.len()) - 1);
    }

    #[test]
    fn a_missed_target_is_one_that_was_not_met() {
        let mut tally = Tally::default();
        tally.add(Count::TargetKnown, 1);
        assert!(Behind::TargetMissed.is_in(&tally));
        tally.add(Count::TargetMet, 1);
        assert_eq!(Behind::marks(&tally), 0);
    }
}
