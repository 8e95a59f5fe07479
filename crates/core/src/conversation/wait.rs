//! A place in the queue, and when somebody must look at it again.

use serde::{Deserialize, Serialize};

use super::Due;
use crate::asking::Detail;
use crate::ids::{AgentId, HandoffId};
use crate::policy::Timings;
use crate::queue::Needs;
use crate::signal::Trigger;
use crate::time::Timestamp;

/// A place in the queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// The handoff.
    pub handoff_id: HandoffId,
    /// When it entered: its place among equals, kept if an agent drops it.
    pub queued_at: Timestamp,
    /// When its agent let go of it: from then on nobody came. `None` where nobody had it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub let_go_at: Option<Timestamp>,
    /// Since when those are asked whom it needs now, less the time for which an agent had it:
    /// from then on it counts how long they alone are asked. `None` for since it entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_since: Option<Timestamp>,
    /// Why it is here; what a cancelling customer declines.
    pub reasons: Vec<Trigger>,
    /// Whom it needs.
    #[serde(default)]
    pub needs: Needs,
    /// The agent it is proposed to.
    pub invitation: Option<Invitation>,
    /// Who passed it on, and may take it back while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_on_by: Option<AgentId>,
    /// Agents who let it pass, and when; they are not asked again at once.
    pub passed_by: Vec<Pass>,
    /// Looks at this wait so far.
    pub reviews: u32,
    /// When the next look counts from.
    pub reviewed_at: Timestamp,
    /// When the answer by e-mail is due; `None` while the customer waits live.
    pub reply_due_at: Option<Timestamp>,
    /// The customer's page is gone; `None` while it is there, or was never seen.
    #[serde(default)]
    pub away: Option<Away>,
    /// The customer means to leave and come back when told.
    #[serde(default)]
    pub kept: Option<Kept>,
    /// When the customer was told that the doors have closed.
    #[serde(default)]
    pub told_closed_at: Option<Timestamp>,
    /// What the customer was asked and has not answered.
    #[serde(default)]
    pub asked: Option<Detail>,
    /// What may be asked after that, in order.
    #[serde(default)]
    pub to_ask: Vec<Detail>,
}

/// A customer who waits and is not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Away {
    /// Since when, as far as is known.
    pub since: Timestamp,
    /// How long the place is kept.
    pub until: Timestamp,
}

/// A place that is kept for a customer who has left by their own choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Since when.
    pub since: Timestamp,
    /// When they were told that their turn is near.
    pub called_at: Option<Timestamp>,
}

/// An agent let an invitation pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pass {
    /// Who.
    pub agent_id: AgentId,
    /// When.
    pub at: Timestamp,
}

/// A conversation proposed to an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Invitation {
    /// To whom.
    #[schema(value_type = String)]
    pub agent_id: AgentId,
    /// Until when.
    pub until: Timestamp,
    /// A colleague handed it to them: no rule takes it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_name: bool,
}

impl Wait {
    pub(super) fn enter(
        handoff_id: HandoffId,
        queued_at: Timestamp,
        reasons: Vec<Trigger>,
        needs: Needs,
    ) -> Self {
        Self {
            handoff_id,
            queued_at,
            let_go_at: None,
            asked_since: None,
            reasons,
            needs,
            invitation: None,
            passed_on_by: None,
            passed_by: vec![],
            reviews: 0,
            reviewed_at: queued_at,
            reply_due_at: None,
            away: None,
            kept: None,
            told_closed_at: None,
            asked: None,
            to_ask: vec![],
        }
    }

    /// Since when those are asked whom it needs now.
    pub fn asked_since(&self) -> Timestamp {
        self.asked_since.unwrap_or(self.queued_at)
    }

    /// The customer is at the page. Who was called has come back with that; who was not is still
    /// to be called, and may leave once more.
    pub(super) fn come_back(&mut self) {
        self.away = None;
        self.kept.take_if(|kept| kept.called_at.is_some());
    }

    /// Whether the customer keeps the place from afar and was not told yet that the turn is near.
    pub fn is_to_be_called(&self) -> bool {
        let is_uncalled = |kept: &Kept| kept.called_at.is_none();
        self.reply_due_at.is_none() && self.kept.as_ref().is_some_and(is_uncalled)
    }

    /// When it has waited as long as anybody may. What an agent had for days has not waited
    /// for them.
    pub fn limit(&self, longest_wait_ms: i64) -> Timestamp {
        let since = self.let_go_at.unwrap_or(self.queued_at);
        since.plus(longest_wait_ms)
    }

    pub(super) fn due(&self, timings: &Timings) -> (Timestamp, Due) {
        if let Some(invitation) = &self.invitation {
            return (invitation.until, Due::InvitationExpiry);
        }
        // An answer by e-mail waits as long as it must, with an alarm each time it is late.
        if let Some(due_at) = self.reply_due_at {
            return (due_at, Due::ReplyOverdue);
        }
        // Looks at a wait become rarer: 5, 10, 20 … minutes apart.
        let apart_ms = timings.review_every_ms << self.reviews.min(6);
        let review = (self.reviewed_at.plus(apart_ms), Due::WaitReview);
        let limit = (self.limit(timings.longest_wait_ms), Due::WaitLimit);
        let place = self.away.as_ref().map(|away| (away.until, Due::PlaceLimit));
        // Of those of one instant the first ends the wait.
        [Some(limit), place, Some(review)]
            .into_iter()
            .flatten()
            .min_by_key(|(at, _)| *at)
            .unwrap_or(review)
    }
}
