//! The conversation: who may speak in it, what may happen next, and when somebody
//! must look at it again.
//!
//! A move (`moves`) is checked by a method that returns facts or a [`Refusal`]; `record`
//! numbers a fact and folds it in (`fold`). Nothing else changes a conversation, so its
//! events replay to the same state.
//!
//! Invariants, held by the property tests in `tests.rs`:
//! one owner at a time; nobody speaks under a stale epoch; `seq` has no gap;
//! a conversation that the queue or the assistant owns always has a due time, and
//! what is then due is a legal move.

mod fold;
mod moves;
mod wait;

pub use wait::{Away, Invitation, Kept, Pass, Wait};

use serde::{Deserialize, Serialize};

use crate::event::{AgentName, Body, Channel, Disposition, Event, Fact, chat_units};
use crate::ids::{AgentId, ContactId, ConversationId, HandoffId, InboxId, TeamId, WorkspaceId};
use crate::queue::Needs;
use crate::signal::Trigger;
use crate::time::Timestamp;

/// A conversation as its events have made it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// Where it came in.
    pub inbox_id: InboxId,
    /// The customer.
    pub contact_id: ContactId,
    /// ISO 639-1 code of the customer's language.
    pub language: String,
    /// Number of the last event.
    pub seq: u64,
    /// Version of the owner: whoever speaks must name the epoch it was written under.
    pub epoch: u64,
    /// When it began.
    pub opened_at: Timestamp,
    /// Number of the customer's last message, 0 before the first.
    pub last_heard_seq: u64,
    /// Where it stands; the owner follows from it, so there can never be two.
    pub phase: Phase,
    /// Reasons that the customer has declined by going back to the assistant. They do
    /// not escalate again without new evidence.
    pub declined: Vec<Trigger>,
    /// When the customer last did so; what fails after that is new evidence.
    pub declined_at: Option<Timestamp>,
    /// Since when the assistant begins afresh: what failed before a human had it is history,
    /// not a failure to be counted (P18, P21).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh_from: Option<Timestamp>,
    /// Whether the last thing the assistant did was to ask what is meant (P17).
    pub clarified: bool,
    /// Whether answers go to the customer's mailbox too (P32).
    pub by_email: bool,
    /// Whether they do so only because the customer kept a place from afar and has not written
    /// since.
    #[serde(default)]
    from_afar: bool,
    /// By which way it began.
    #[serde(default)]
    pub channel: Channel,
    /// By which way the customer wrote last: what needs no human goes back the same way.
    #[serde(default)]
    pub heard_by: Channel,
    /// Whether a human has ever owned it.
    pub handed_off: bool,
    /// The team that it was handed to last; who else may see it follows from that.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// Whether the customer has rated it since it was last resolved.
    pub rated: bool,
    /// Whether its words and personal data were removed (P48). Nothing follows that.
    #[serde(default)]
    pub erased: bool,
}

/// Where a conversation stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Phase {
    /// The assistant answers.
    Assisted {
        /// Since when nobody has said anything.
        quiet_since: Timestamp,
        /// Since when the customer has waited for an answer.
        owes_answer_since: Option<Timestamp>,
        /// Whether the customer was reminded since they last spoke.
        reminded: bool,
    },
    /// Waiting for a human.
    Queued(Wait),
    /// A human answers.
    Served {
        /// The handoff that led here.
        handoff_id: HandoffId,
        /// When it entered the queue: its place, should the agent vanish.
        queued_at: Timestamp,
        /// Why it entered: what a customer declines who leaves the queue after that.
        reasons: Vec<Trigger>,
        /// Whom it needed, and needs again should the agent vanish.
        #[serde(default)]
        needs: Needs,
        /// For how long those were asked whom it needed, in milliseconds: what others wait for
        /// before they help out goes on from there, should the agent vanish.
        #[serde(default)]
        waited_ms: i64,
        /// The units of the agent's capacity that it takes.
        #[serde(default = "chat_units")]
        units: i64,
        /// Who answers.
        agent: AgentName,
        /// When the agent first wrote to the customer (P36).
        replied_at: Option<Timestamp>,
        /// When the promised e-mail is due, until the agent has written.
        reply_due_at: Option<Timestamp>,
    },
    /// Done; a message reopens it.
    Resolved {
        /// When.
        at: Timestamp,
        /// Whether the customer had waited for a human in vain.
        unserved: bool,
        /// The human's part that ended with it; `None` where no human had it then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        served: Option<Box<Served>>,
    },
}

/// A human's part in a conversation that is over, kept for when its customer comes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Served {
    /// The handoff that led to it.
    pub handoff_id: HandoffId,
    /// Who answered.
    pub agent: AgentName,
    /// How they said that it ended.
    pub disposition: Option<Disposition>,
    /// Why a human had it.
    pub reasons: Vec<Trigger>,
    /// Whom it needed.
    pub needs: Needs,
}

/// Who may speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The AI.
    Assistant,
    /// Nobody yet: it waits for a human.
    Queue,
    /// One human.
    Agent(AgentId),
    /// It is resolved.
    Nobody,
}

/// What must happen at a conversation's due time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// The assistant did not answer: offer a person.
    AnswerOverdue,
    /// The customer is silent: ask once.
    Reminder,
    /// Still silent: close; it can be reopened.
    SilenceClose,
    /// The invited agent did not react.
    InvitationExpiry,
    /// Look at the wait again, and say so.
    WaitReview,
    /// Nobody came for as long as the policy allows.
    WaitLimit,
    /// The customer has been gone for as long as their place is kept.
    PlaceLimit,
    /// The promised e-mail is late: alarm.
    ReplyOverdue,
}

/// Why a move is not legal. An answer, not a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody else has become the owner since this was written.
    StaleEpoch,
    /// The speaker does not own the conversation.
    NotOwner,
    /// It is with a human, or on its way to one, already.
    AlreadyHandedOff,
    /// It does not wait for a human.
    NotQueued,
    /// It is proposed to an agent already.
    AlreadyInvited,
    /// That agent was not invited, or not any more.
    NotInvited,
    /// It is resolved.
    AlreadyResolved,
    /// It is not resolved yet.
    NotResolved,
    /// It was rated already.
    AlreadyRated,
    /// A score is 1 to 5.
    BadScore,
    /// Nothing of that kind is due now.
    NotDue,
    /// The customer is there, as far as is known.
    NotAway,
}

impl Conversation {
    /// A new conversation with its first event.
    pub fn start(
        id: ConversationId,
        workspace_id: WorkspaceId,
        inbox_id: InboxId,
        contact_id: ContactId,
        language: &str,
        now: Timestamp,
    ) -> (Self, Event) {
        let fact = Fact::Started {
            inbox_id,
            contact_id,
            language: language.into(),
            channel: Channel::Chat,
        };
        Self::begin(id, workspace_id, fact, now)
    }

    /// The same where it begins with a mail: its answers are mails from the start.
    pub fn start_by_mail(
        id: ConversationId,
        workspace_id: WorkspaceId,
        inbox_id: InboxId,
        contact_id: ContactId,
        language: &str,
        now: Timestamp,
    ) -> (Self, Event) {
        let fact = Fact::Started {
            inbox_id,
            contact_id,
            language: language.into(),
            channel: Channel::Mail,
        };
        Self::begin(id, workspace_id, fact, now)
    }

    fn begin(
        id: ConversationId,
        workspace_id: WorkspaceId,
        fact: Fact,
        now: Timestamp,
    ) -> (Self, Event) {
        let event = Event {
            seq: 1,
            at: now,
            epoch: 1,
            fact,
            body: None,
        };
        let conversation =
            Self::from_first(id, workspace_id, &event).expect("the event was just made a Started");
        (conversation, event)
    }

    /// Folds a whole history; `None` if it does not begin with its start.
    pub fn replay(id: ConversationId, workspace_id: WorkspaceId, events: &[Event]) -> Option<Self> {
        let (first, rest) = events.split_first()?;
        let mut conversation = Self::from_first(id, workspace_id, first)?;
        for event in rest {
            conversation.apply(event);
        }
        Some(conversation)
    }

    fn from_first(id: ConversationId, workspace_id: WorkspaceId, first: &Event) -> Option<Self> {
        let Fact::Started {
            inbox_id,
            contact_id,
            language,
            channel,
        } = &first.fact
        else {
            return None;
        };
        Some(Self {
            id,
            workspace_id,
            inbox_id: inbox_id.clone(),
            contact_id: contact_id.clone(),
            language: language.clone(),
            seq: first.seq,
            epoch: first.epoch,
            opened_at: first.at,
            last_heard_seq: 0,
            phase: Phase::Assisted {
                quiet_since: first.at,
                owes_answer_since: None,
                reminded: false,
            },
            declined: vec![],
            declined_at: None,
            fresh_from: None,
            clarified: false,
            by_email: *channel == Channel::Mail,
            from_afar: false,
            channel: *channel,
            heard_by: *channel,
            handed_off: false,
            team: None,
            rated: false,
            erased: false,
        })
    }

    /// Who may speak now.
    pub fn owner(&self) -> Owner {
        match &self.phase {
            Phase::Assisted { .. } => Owner::Assistant,
            Phase::Queued(_) => Owner::Queue,
            Phase::Served { agent, .. } => Owner::Agent(agent.id.clone()),
            Phase::Resolved { .. } => Owner::Nobody,
        }
    }

    /// Its state in one word, as in SQL, JSON and on screen.
    pub fn state(&self) -> State {
        match &self.phase {
            Phase::Assisted { .. } => State::WithAssistant,
            Phase::Queued(wait) if wait.reply_due_at.is_some() => State::ByEmail,
            Phase::Queued(_) => State::Queued,
            Phase::Served { .. } => State::WithAgent,
            Phase::Resolved { .. } => State::Resolved,
        }
    }

    /// The units of its agent's capacity that it takes; 0 without one.
    pub fn held_units(&self) -> i64 {
        match &self.phase {
            Phase::Served { units, .. } => *units,
            _ => 0,
        }
    }

    /// Its place in the queue, while it waits.
    pub fn wait(&self) -> Option<&Wait> {
        match &self.phase {
            Phase::Queued(wait) => Some(wait),
            _ => None,
        }
    }

    /// Numbers a fact that a move allowed, folds it in and returns the event.
    pub fn record(&mut self, now: Timestamp, fact: Fact, body: Option<Body>) -> Event {
        let epoch = self.epoch + u64::from(fact.changes_owner());
        let event = Event {
            seq: self.seq + 1,
            at: now,
            epoch,
            fact,
            body,
        };
        self.apply(&event);
        event
    }
}

/// A conversation's state in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The assistant answers.
    WithAssistant,
    /// The customer waits for a human, live.
    Queued,
    /// The customer will get the answer by e-mail.
    ByEmail,
    /// A human answers.
    WithAgent,
    /// Done.
    Resolved,
}

impl State {
    /// The name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            State::WithAssistant => "with_assistant",
            State::Queued => "queued",
            State::ByEmail => "by_email",
            State::WithAgent => "with_agent",
            State::Resolved => "resolved",
        }
    }
}

#[cfg(test)]
mod tests;
