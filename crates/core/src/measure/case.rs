//! What the measures remember of a conversation: its events read once, without a word of
//! anybody's. Read again from the first event it comes out the same.

use serde::{Deserialize, Serialize};

use crate::event::{Disposition, ResolvedBy};
use crate::ids::{AgentId, ContactId, ConversationId, HandoffId, InboxId};
use crate::signal::Trigger;
use crate::time::Timestamp;

use super::{DURABLE_MS, STUCK_MS};

/// What the measures remember of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Which.
    pub conversation_id: ConversationId,
    /// Where it came in.
    pub inbox_id: InboxId,
    /// Whose it is.
    pub contact_id: ContactId,
    /// The last event that was read.
    pub seq: u64,
    /// When it began.
    pub opened_at: Timestamp,
    /// ISO 639-1 code of the customer's language.
    pub language: String,
    /// The customer's plan when it was first counted; empty once they are erased.
    pub plan: String,
    /// What it is about: the first tag of the first article that was suggested, else the first
    /// topic or complexity rule that was seen, else empty.
    pub topic: String,
    /// Whether the assistant answered before a human did.
    pub assistant_answered: bool,
    /// Whether the customer's data was removed.
    pub erased: bool,
    /// Each time that it was handed over, in order.
    pub handoffs: Vec<HandoffCase>,
    /// Each time that it was rated.
    pub ratings: Vec<RatingCase>,
    /// Questions that the articles did not answer.
    pub unanswered: Vec<Unanswered>,
}

/// What the measures remember of a handoff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandoffCase {
    /// Which.
    pub handoff_id: HandoffId,
    /// When it entered the queue.
    pub at: Timestamp,
    /// Why, the strongest first.
    pub reasons: Vec<Trigger>,
    /// Until when a reply was promised at first.
    pub promised_until: Option<Timestamp>,
    /// Whether the answer was to come by mail (P32): nobody sat and waited.
    pub by_mail: bool,
    /// When that answer was due.
    pub mail_due_at: Option<Timestamp>,
    /// When an agent took it.
    pub accepted_at: Option<Timestamp>,
    /// Who had it last.
    pub agent_id: Option<AgentId>,
    /// When a human first wrote.
    pub first_reply_at: Option<Timestamp>,
    /// How long the doors were open until then.
    pub open_wait_ms: Option<i64>,
    /// When the target for the first reply ran out, counting open hours only.
    pub open_target_at: Option<Timestamp>,
    /// The time that agents' messages took, gaps above ten minutes cut.
    pub work_ms: i64,
    /// When and how it ended.
    pub ended: Option<(Timestamp, End)>,
    /// When the customer wrote again after that.
    pub reopened_at: Option<Timestamp>,
    /// When the same customer was handed over again about the same topic, in another
    /// conversation. Found by whoever reads several.
    #[serde(default)]
    pub came_back_at: Option<Timestamp>,
    /// Whether its trigger was visible two or more turns before and nobody offered a person.
    pub late: bool,
    /// Whether the customer said something after it.
    pub heard: bool,
    /// What was said, told, asked or tried again (P35), in the order in which it was noticed;
    /// of very many the first, and of each kind at least one.
    #[serde(default)]
    pub repetitions: Vec<RepetitionCase>,
    /// The agent's verdict: whether the assistant could have answered it.
    pub needless: Option<bool>,
}

/// Something that came again, with the two messages that show it (P35).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepetitionCase {
    /// What came again.
    pub kind: Again,
    /// The number of the message in which it came again.
    pub seq: u64,
    /// The number of the message that had it before: what was told, or what had failed. None
    /// where a customer says so of nothing in particular, or their record had it.
    pub of: Option<u64>,
}

/// What comes again after a handoff (P35).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// The customer says that they have said it.
    Said,
    /// The customer tells a fact again.
    RetoldFacts,
    /// The customer tells again what the matter is.
    RetoldIssue,
    /// An agent asks for what was told.
    Asked,
    /// An agent suggests what had failed.
    Tried,
}

impl Again {
    /// Every kind.
    pub const ALL: [Again; 5] = [
        Again::Said,
        Again::RetoldFacts,
        Again::RetoldIssue,
        Again::Asked,
        Again::Tried,
    ];

    /// Whether it is the customer's doing.
    pub const fn is_customers(self) -> bool {
        matches!(self, Again::Said | Again::RetoldFacts | Again::RetoldIssue)
    }
}

/// How a handoff ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// An agent solved it.
    Solved,
    /// There is a way round.
    Workaround,
    /// It went to product or engineering.
    ProductProblem,
    /// Money went back.
    Refunded,
    /// Nothing can be done about it.
    NotSolvable,
    /// No person was needed.
    Needless,
    /// The agent gave it back to the assistant.
    HandedBack,
    /// The customer did not answer any more.
    NoReply,
    /// Not for us.
    OutOfScope,
    /// The customer said that it is solved.
    ByCustomer,
    /// The customer went back to the assistant.
    Cancelled,
    /// The customer left the queue without a word.
    Vanished,
    /// Nobody came for as long as the policy lets a customer wait.
    WaitLimit,
    /// The customer's data was removed while it went on.
    Erased,
}

impl End {
    /// Every end.
    pub const ALL: [End; 14] = [
        End::Solved,
        End::Workaround,
        End::ProductProblem,
        End::Refunded,
        End::NotSolvable,
        End::Needless,
        End::HandedBack,
        End::NoReply,
        End::OutOfScope,
        End::ByCustomer,
        End::Cancelled,
        End::Vanished,
        End::WaitLimit,
        End::Erased,
    ];

    /// The name in SQL, JSON and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            End::Solved => "solved",
            End::Workaround => "workaround",
            End::ProductProblem => "product_problem",
            End::Refunded => "refunded",
            End::NotSolvable => "not_solvable",
            End::Needless => "needless",
            End::HandedBack => "handed_back",
            End::NoReply => "no_reply",
            End::OutOfScope => "out_of_scope",
            End::ByCustomer => "by_customer",
            End::Cancelled => "cancelled",
            End::Vanished => "vanished",
            End::WaitLimit => "wait_limit",
            End::Erased => "erased",
        }
    }

    /// Whether it is solved, with a way round too.
    pub const fn is_solved(self) -> bool {
        matches!(
            self,
            End::Solved | End::Workaround | End::Refunded | End::Needless | End::ByCustomer
        )
    }

    /// Whether it is known not to be. Of who fell silent nothing is known, and what is not for
    /// us is not ours to solve.
    pub const fn is_unsolved(self) -> bool {
        matches!(self, End::ProductProblem | End::NotSolvable)
    }

    pub(super) fn of(by: &ResolvedBy, disposition: Option<Disposition>) -> Option<Self> {
        match (by, disposition) {
            (_, Some(Disposition::Solved)) => Some(End::Solved),
            (_, Some(Disposition::Workaround)) => Some(End::Workaround),
            (_, Some(Disposition::ProductProblem)) => Some(End::ProductProblem),
            (_, Some(Disposition::Refunded)) => Some(End::Refunded),
            (_, Some(Disposition::NotSolvable)) => Some(End::NotSolvable),
            (_, Some(Disposition::Needless)) => Some(End::Needless),
            (_, Some(Disposition::NoReply)) => Some(End::NoReply),
            (_, Some(Disposition::OutOfScope)) => Some(End::OutOfScope),
            (ResolvedBy::Customer, None) => Some(End::ByCustomer),
            (ResolvedBy::Vanished, None) => Some(End::Vanished),
            (ResolvedBy::WaitLimit, None) => Some(End::WaitLimit),
            (ResolvedBy::Agent { .. } | ResolvedBy::Silence, None) => None,
        }
    }
}

/// A sign that a handoff is not for support to settle, but for the product (P38).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// It went to product or engineering.
    ProductProblem,
    /// Nothing can be done about it.
    NotSolvable,
    /// There is a way round, no more.
    Workaround,
    /// The customer wrote again after its end.
    Reopened,
    /// It took, or takes, longer than three days.
    Stuck,
}

impl Sign {
    /// Every sign.
    pub const ALL: [Sign; 5] = [
        Sign::ProductProblem,
        Sign::NotSolvable,
        Sign::Workaround,
        Sign::Reopened,
        Sign::Stuck,
    ];
}

/// What the measures remember of a rating.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatingCase {
    /// When.
    pub at: Timestamp,
    /// 1..5.
    pub score: u8,
    /// Whether the customer had to repeat themselves, where they said.
    pub repeated: Option<bool>,
    /// Who had served them by then.
    pub served_by: ServedBy,
}

/// Who served a customer (P34).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServedBy {
    /// The assistant alone.
    Assistant,
    /// The assistant, then a human.
    Handoff,
    /// A human alone: the assistant had not answered before the handoff.
    Human,
}

/// A question that the articles did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unanswered {
    /// The number of the customer's message.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Why it counts.
    pub why: Trigger,
}

impl Case {
    /// As it counts once its words have gone for their age: what was told apart by them
    /// and by the customer's plan stays told apart.
    pub fn aged(self, before: &Case) -> Self {
        Self {
            plan: before.plan.clone(),
            unanswered: before.unanswered.clone(),
            ..self
        }
    }

    /// When something last happened that counts.
    pub fn last_at(&self) -> Timestamp {
        let handoffs = self.handoffs.iter().map(|it| it.at);
        let ratings = self.ratings.iter().map(|it| it.at);
        let last = handoffs.chain(ratings).max();
        last.unwrap_or(self.opened_at).max(self.opened_at)
    }

    /// Whether the conversation was ever handed over.
    pub fn is_handed_off(&self) -> bool {
        !self.handoffs.is_empty()
    }
}

impl HandoffCase {
    /// Whether something came again in it.
    pub fn has(&self, kind: Again) -> bool {
        self.repetitions.iter().any(|it| it.kind == kind)
    }

    /// The main reason.
    pub fn trigger(&self) -> Option<Trigger> {
        self.reasons.first().copied()
    }

    /// Whether agents had it in hand, and it is known what became of it: it ended as solved or
    /// not, or goes on for more than three days.
    pub fn is_tackled(&self, now: Timestamp) -> bool {
        let is_known = match self.ended {
            Some((_, end)) => end.is_solved() || end.is_unsolved(),
            None => self.is_stuck(now),
        };
        self.first_reply_at.is_some() && is_known
    }

    /// The signs that it is the product's matter; none of what is not tackled.
    pub fn signs(&self, now: Timestamp) -> impl Iterator<Item = Sign> {
        let is_tackled = self.is_tackled(now);
        let end = self.ended.map(|(_, end)| end);
        let is_so = move |sign: &Sign| match sign {
            Sign::ProductProblem => end == Some(End::ProductProblem),
            Sign::NotSolvable => end == Some(End::NotSolvable),
            Sign::Workaround => end == Some(End::Workaround),
            Sign::Reopened => self.reopened_at.is_some(),
            Sign::Stuck => self.is_stuck(now),
        };
        let signs = Sign::ALL.into_iter().filter(move |_| is_tackled);
        signs.filter(is_so)
    }

    /// Whether it took, or takes, longer than three days.
    pub fn is_stuck(&self, now: Timestamp) -> bool {
        let until = self.ended.map_or(now, |(at, _)| at);
        until.since(self.at) > STUCK_MS
    }

    /// Whether the customer gave up before a human wrote.
    pub fn is_abandoned(&self) -> bool {
        let left = |end| matches!(end, End::Cancelled | End::ByCustomer | End::Vanished);
        self.first_reply_at.is_none() && self.ended.is_some_and(|(_, end)| left(end))
    }
}

/// Looks through a customer's conversations for handoffs that came back: handed over again
/// within the week after it was solved, about the same topic, in another conversation.
pub fn find_returns(cases: &mut [Case]) {
    let again: Vec<(usize, String, Timestamp)> = cases
        .iter()
        .enumerate()
        .flat_map(|(place, case)| {
            let its = case.handoffs.iter();
            its.map(move |handoff| (place, case.topic.clone(), handoff.at))
        })
        .collect();
    for (place, case) in cases.iter_mut().enumerate() {
        let topic = case.topic.clone();
        for handoff in &mut case.handoffs {
            let came_back = handoff.ended.and_then(|(ended_at, _)| {
                let its = again.iter().filter(|(other, about, at)| {
                    let is_other = *other != place && *about == topic && !topic.is_empty();
                    is_other && *at > ended_at && *at <= ended_at.plus(DURABLE_MS)
                });
                its.map(|(.., at)| *at).min()
            });
            handoff.came_back_at = came_back;
        }
    }
}
