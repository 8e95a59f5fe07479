//! What a case adds to the counts of a day. Counts are whole numbers that can be added and
//! taken away again without loss, so that a changed case is taken out as it was and put in
//! as it is, and a full rebuild finds the same rows.
//!
//! Some counts change by time alone: a wait passes its target, a solution has held for a
//! week. They are a function of the case and of an instant, constant between the instants
//! that [`Case::changes_after`] names.

use crate::signal::Trigger;

use super::case::{End, ServedBy, Sign};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Conversations that began.
    Conversations,
    /// Of those, handed over at least once.
    Escalated,
    /// Ratings of a score by who served.
    Rated(ServedBy, u8),
    /// Customers of a human who said whether they had to repeat themselves.
    AskedRepeated,
    /// Of those, the ones who had to.
    HadToRepeat,
    /// Handoffs.
    Handoffs,
    /// Handoffs by each of their reasons.
    Cause(Trigger),
    /// First human replies to who sat and waited, by the wait's bin.
    Wait(u16),
    /// The same counting open hours only.
    OpenWait(u16),
    /// First human replies by the stretch that the wait lies in.
    Stretch(u8),
    /// The same counting open hours only.
    OpenStretch(u8),
    /// Live waits whose target was met or missed.
    TargetKnown,
    /// Of those, met.
    TargetMet,
    /// The same counting open hours only.
    OpenTargetKnown,
    /// Of those, met.
    OpenTargetMet,
    /// Live waits that ended: by a reply, by leaving, or because nobody came.
    WaitsEnded,
    /// Of those, the customer left.
    Abandoned,
    /// Of those, nobody came for as long as the policy allows.
    Unserved,
    /// How long those who left had waited, by bin.
    LeftAfter(u16),
    /// Live waits that go on.
    Waiting,
    /// Answers by mail that were sent or are overdue.
    MailKnown,
    /// Of those, sent in time.
    MailKept,
    /// Promises whose outcome is known.
    PromiseKnown,
    /// Of those, kept.
    PromiseKept,
    /// Minutes by which a reply came before what was promised, by bin.
    Early(u16),
    /// By which it came after, by bin.
    Over(u16),
    /// Handoffs by how they ended.
    Ended(End),
    /// Handoffs that go on.
    Open,
    /// Handoffs that ended after a human wrote, and of which it is known whether they are solved.
    Judged,
    /// Of those, solved or with a way round.
    Solved,
    /// Solved ones whose week is over.
    Ripe,
    /// Of those, the ones from which nothing came back in that week.
    Durable,
    /// Ended ones after which the customer wrote again.
    Reopened,
    /// Handoffs that ended or have gone on for three days.
    StuckKnown,
    /// Of those, the ones that took longer.
    Stuck,
    /// Handoffs that agents had in hand and of which it is known what became.
    Tackled,
    /// Of those, the ones with a sign that it is the product's matter.
    Unsettled,
    /// With each sign.
    Signed(Sign),
    /// Handoffs whose trigger had been visible for two turns.
    Late,
    /// Handoffs on which an agent gave a verdict.
    Verdicts,
    /// Of those, the assistant could have answered.
    Needless,
    /// Handoffs after which the customer spoke.
    Heard,
    /// Of those, they said that they had said it before.
    SaidAgain,
    /// Of those, they told again what stood before.
    Restated,
    /// Of those, a fact.
    RetoldFacts,
    /// Of those, the matter itself.
    RetoldIssue,
    /// Of those after which the customer spoke, they said or told again.
    Repeated,
    /// Handoffs that a human answered in which they asked for what was told.
    AskedAgain,
    /// In which they suggested what had failed.
    TriedAgain,
    /// In which they did either.
    AgentRepeated,
    /// Handoffs that a human answered.
    Replied,
    /// Seconds of agents' work.
    WorkSeconds,
    /// Questions that the articles did not answer.
    Unanswered,
}

impl Count {
    /// Its number in stored counts; they hold for one [`super::VERSION`].
    const fn code(self) -> u32 {
        match self {
            Count::Conversations => 1,
            Count::Escalated => 2,
            Count::AskedRepeated => 3,
            Count::HadToRepeat => 4,
            Count::Handoffs => 5,
            Count::TargetKnown => 6,
            Count::TargetMet => 7,
            Count::OpenTargetKnown => 8,
            Count::OpenTargetMet => 9,
            Count::WaitsEnded => 10,
            Count::Abandoned => 11,
            Count::Unserved => 12,
            Count::Waiting => 13,
            Count::MailKnown => 14,
            Count::MailKept => 15,
            Count::PromiseKnown => 16,
            Count::PromiseKept => 17,
            Count::Open => 18,
            Count::Judged => 19,
            Count::Solved => 20,
            Count::Ripe => 21,
            Count::Durable => 22,
            Count::Reopened => 23,
            Count::StuckKnown => 24,
            Count::Stuck => 25,
            Count::Late => 26,
            Count::Verdicts => 27,
            Count::Needless => 28,
            Count::Heard => 29,
            Count::SaidAgain => 30,
            Count::Restated => 31,
            Count::Repeated => 32,
            Count::AskedAgain => 33,
            Count::Replied => 34,
            Count::WorkSeconds => 35,
            Count::Unanswered => 36,
            Count::RetoldFacts => 37,
            Count::RetoldIssue => 38,
            Count::TriedAgain => 39,
            Count::AgentRepeated => 40,
            Count::Tackled => 41,
            Count::Unsettled => 42,
            Count::Signed(sign) => 340 + sign as u32,
            Count::Rated(by, score) => 100 + by as u32 * 10 + score as u32,
            Count::Cause(trigger) => CAUSES + trigger as u32,
            Count::Ended(end) => 300 + end as u32,
            Count::Stretch(stretch) => 320 + stretch as u32,
            Count::OpenStretch(stretch) => 330 + stretch as u32,
            Count::Wait(bin) => Bins::Wait.first() + bin as u32,
            Count::OpenWait(bin) => Bins::OpenWait.first() + bin as u32,
            Count::LeftAfter(bin) => Bins::LeftAfter.first() + bin as u32,
            Count::Early(bin) => Bins::Early.first() + bin as u32,
            Count::Over(bin) => Bins::Over.first() + bin as u32,
        }
    }
}

/// The codes of reasons begin here.
const CAUSES: u32 = 200;
/// Codes from here on have bins, so many for each such count.
const BINS: u32 = 10_000;

/// Counts that have bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bins {
    Wait,
    OpenWait,
    LeftAfter,
    Early,
    Over,
}

impl Bins {
    const fn first(self) -> u32 {
        (self as u32 + 1) * BINS
    }
}

/// Counts with their codes in order; those that are 0 are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(Vec<(u32, i64)>);

impl Tally {
    /// How many.
    pub fn get(&self, count: Count) -> i64 {
        self.place(count.code()).map_or(0, |place| self.0[place].1)
    }

    /// The bins of a count in order, each with its cases.
    pub(super) fn bins(&self, bins: Bins) -> Vec<(u16, i64)> {
        let (first, end) = (bins.first(), bins.first() + BINS);
        let its = self
            .0
            .iter()
            .filter(|(code, _)| (first..end).contains(code));
        its.map(|(code, n)| ((code - first) as u16, *n)).collect()
    }

    /// The reasons of handoffs, each with how many had it.
    pub(super) fn causes(&self) -> impl Iterator<Item = (Trigger, i64)> {
        let (first, end) = (CAUSES, CAUSES + Trigger::ALL.len() as u32);
        let its = self
            .0
            .iter()
            .filter(move |(code, _)| (first..end).contains(code));
        its.filter_map(move |(code, n)| {
            let trigger = Trigger::ALL
                .into_iter()
                .find(|it| *it as u32 == code - first);
            trigger.map(|trigger| (trigger, *n))
        })
    }

    /// Adds to a count.
    pub fn add(&mut self, count: Count, n: i64) {
        self.put(count.code(), n);
    }

    /// Adds another's counts, or with -1 takes them away.
    pub fn merge(&mut self, other: &Tally, sign: i64) {
        for (code, n) in &other.0 {
            self.put(*code, sign * n);
        }
    }

    /// Adds another's counts without those that have bins.
    pub(super) fn merge_plain(&mut self, other: &Tally) {
        for (code, n) in other.0.iter().take_while(|(code, _)| *code < BINS) {
            self.put(*code, *n);
        }
    }

    fn place(&self, code: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&code, |(code, _)| *code)
    }

    fn put(&mut self, code: u32, n: i64) {
        if n == 0 {
            return;
        }
        match self.place(code) {
            Ok(place) => {
                self.0[place].1 += n;
                if self.0[place].1 == 0 {
                    self.0.remove(place);
                }
            }
            Err(place) => self.0.insert(place, (code, n)),
        }
    }

    /// Whether nothing is counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As it is stored: `code:n` with blanks between.
    pub fn to_text(&self) -> String {
        use std::fmt::Write as _;
        let mut text = String::with_capacity(self.0.len() * 6);
        for (code, n) in &self.0 {
            let blank = if text.is_empty() { "" } else { " " };
            let _ = write!(text, "{blank}{code}:{n}");
        }
        text
    }

    /// Reads what [`Tally::to_text`] wrote; `None` if it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut tally = Self::default();
        for part in text.split_ascii_whitespace() {
            let (code, n) = part.split_once(':')?;
            tally.put(code.parse().ok()?, n.parse().ok()?);
        }
        Some(tally)
    }
}
