//! Who waits, and in which order. No clock and no dice: equal cases fall back to ids.
//! Who is asked for whom stands in [`crate::route`]; what customers are told of their
//! place in [`place`].
//!
//! The order does not change while time passes. A priority is worth a head start: a wait
//! of priority 1 goes before those that came at most fifteen minutes earlier, one of
//! priority 2 before those of half an hour, and so on. So nobody waits behind anybody who
//! came more than [`LONGEST_HEAD_START_MS`] later, and by default, where priorities are 0
//! and 1, behind nobody who came more than [`HEAD_START_MS`] later.

mod place;
#[cfg(test)]
mod tests;

pub use place::{Place, place_of, places};

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::conversation::{Conversation, Pass};
use crate::ids::{AgentId, ContactId, ConversationId, TeamId};
use crate::policy::HIGHEST_PRIORITY;
use crate::time::{HOUR_MS, MINUTE_MS, Timestamp};

/// How much earlier a wait counts as come for each step of its priority.
pub const HEAD_START_MS: i64 = 15 * MINUTE_MS;
/// The most that priority can put a later wait before an earlier one.
pub const LONGEST_HEAD_START_MS: i64 = HIGHEST_PRIORITY as i64 * HEAD_START_MS;
/// An answer by e-mail goes after whoever waits in person and came at most so much later.
/// With the four hours that are promised by default it comes to its turn in the last one.
pub const EMAIL_BEHIND_MS: i64 = 3 * HOUR_MS;

/// A conversation that waits for a human.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Which.
    pub conversation_id: ConversationId,
    /// Whose.
    pub contact_id: ContactId,
    /// When it entered; kept when an agent drops it.
    pub queued_at: Timestamp,
    /// Since when those are asked whom it needs now: others begin to help out, or are asked
    /// although they lack something, some time after this.
    pub asked_since: Timestamp,
    /// Whether it waits for an answer by e-mail.
    pub by_email: bool,
    /// ISO 639-1 code of the customer's language.
    pub language: String,
    /// Whom it needs.
    pub needs: Needs,
    /// The agent it is proposed to now.
    pub invited: Option<AgentId>,
    /// Agents who let it pass.
    pub passed_by: Vec<Pass>,
    /// Whether the customer is away: the place is kept, and no agent is asked for it.
    pub away: bool,
    /// Whether the customer means to come back when told that the turn is near.
    pub kept: bool,
}

/// Whom a conversation needs, as the decision that handed it over says. Stays with it for
/// the whole handoff.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Needs {
    /// How urgent it is.
    #[serde(default)]
    pub priority: Priority,
    /// The team that answers for it; `None` for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub team: Option<TeamId>,
    /// What an agent should know, by the names in the policy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// The agent who looks after this customer (P11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub dedicated: Option<AgentId>,
    /// The agent who served this customer last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub last_agent: Option<AgentId>,
}

/// How urgent a wait is: 0, as most are, to [`HIGHEST_PRIORITY`].
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(from = "u8")]
pub struct Priority(u8);

impl Priority {
    /// Most conversations.
    pub const NORMAL: Self = Self(0);

    /// Of this level; above the highest it is the highest.
    pub const fn new(level: u8) -> Self {
        Self(if level > HIGHEST_PRIORITY {
            HIGHEST_PRIORITY
        } else {
            level
        })
    }

    /// The number in SQL, JSON and the policy.
    pub const fn level(self) -> u8 {
        self.0
    }
}

impl From<u8> for Priority {
    fn from(level: u8) -> Self {
        Self::new(level)
    }
}

impl Waiting {
    /// The wait of a conversation; `None` while it does not wait for a human.
    pub fn of(conversation: &Conversation) -> Option<Self> {
        let wait = conversation.wait()?;
        let invitation = wait.invitation.as_ref();
        Some(Self {
            conversation_id: conversation.id.clone(),
            contact_id: conversation.contact_id.clone(),
            queued_at: wait.queued_at,
            asked_since: wait.asked_since(),
            by_email: wait.reply_due_at.is_some(),
            language: conversation.language.clone(),
            needs: wait.needs.clone(),
            invited: invitation.map(|invitation| invitation.agent_id.clone()),
            passed_by: wait.passed_by.clone(),
            away: wait.away.is_some(),
            kept: wait.is_to_be_called(),
        })
    }

    /// The moment as whose it counts in the order: when it came, less the head start of
    /// its priority. It does not move while it waits, unless its customer chooses e-mail.
    pub fn counts_from(&self) -> Timestamp {
        let head_start_ms = i64::from(self.needs.priority.level()) * HEAD_START_MS;
        let behind_ms = if self.by_email { EMAIL_BEHIND_MS } else { 0 };
        self.queued_at.plus(behind_ms - head_start_ms)
    }
}

/// Sorts the queue by [`Waiting::counts_from`]. Of one customer only the first conversation
/// waits in its turn; others of theirs come after everybody's first, so that nobody can
/// fill the queue alone.
pub fn order(queue: &mut [Waiting]) {
    let by_turn = |a: &Waiting, b: &Waiting| {
        a.counts_from()
            .cmp(&b.counts_from())
            .then_with(|| a.conversation_id.cmp(&b.conversation_id))
    };
    queue.sort_by(by_turn);
    let mut seen = HashSet::with_capacity(queue.len());
    let is_later: Vec<bool> = queue
        .iter()
        .map(|waiting| !seen.insert(&waiting.contact_id))
        .collect();
    if is_later.contains(&true) {
        let later: HashSet<ConversationId> = queue
            .iter()
            .zip(is_later)
            .filter(|(_, is_later)| *is_later)
            .map(|(waiting, _)| waiting.conversation_id.clone())
            .collect();
        queue.sort_by_key(|waiting| later.contains(&waiting.conversation_id));
    }
}
