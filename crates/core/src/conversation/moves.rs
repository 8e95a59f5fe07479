//! What may happen to a conversation: each move is checked and comes out as a fact, or
//! as the rule that forbids it. Time is only another mover.

use super::{Conversation, Due, Phase, Refusal, Wait};
use crate::asking::Detail;
use crate::event::{AgentName, Disposition, Fact, InvitationEnd, Message, ResolvedBy};
use crate::forecast::Promise;
use crate::ids::{AgentId, ContactId, HandoffId, MessageId};
use crate::policy::Timings;
use crate::queue::Needs;
use crate::route::Routing;
use crate::signal::Trigger;
use crate::time::Timestamp;

impl Conversation {
    /// The customer writes. A resolved conversation opens again, but not for a mere
    /// thanks or goodbye.
    pub fn hear(&self, message: Message, is_farewell: bool) -> Vec<Fact> {
        let is_resolved = matches!(self.phase, Phase::Resolved { .. });
        let reopened = (is_resolved && !is_farewell).then_some(Fact::Reopened);
        reopened
            .into_iter()
            .chain([Fact::MessageAdded(message)])
            .collect()
    }

    /// The assistant speaks under the epoch it was asked in.
    pub fn speak_as_assistant(&self, epoch: u64, message: Message) -> Result<Fact, Refusal> {
        self.check_epoch(epoch)?;
        match self.phase {
            Phase::Assisted { .. } => Ok(Fact::MessageAdded(message)),
            _ => Err(Refusal::NotOwner),
        }
    }

    /// An agent speaks under the epoch the composer was opened in.
    pub fn speak_as_agent(
        &self,
        agent: &AgentId,
        epoch: u64,
        message: Message,
    ) -> Result<Fact, Refusal> {
        self.check_epoch(epoch)?;
        match &self.phase {
            Phase::Served { agent: owner, .. } if owner.id == *agent => {
                Ok(Fact::MessageAdded(message))
            }
            Phase::Resolved { .. } => Err(Refusal::AlreadyResolved),
            _ => Err(Refusal::NotOwner),
        }
    }

    /// A note among agents; allowed at any time.
    pub fn note(&self, mut message: Message) -> Fact {
        message.private = true;
        Fact::MessageAdded(message)
    }

    /// The site proved whose conversation this is; possible at any time, and it changes
    /// neither owner nor epoch.
    pub fn identify(&self, contact_id: ContactId) -> Fact {
        Fact::Identified { contact_id }
    }

    /// Hands the conversation to the queue.
    pub fn hand_off(
        &self,
        handoff_id: HandoffId,
        reasons: Vec<Trigger>,
        promise: Option<Promise>,
        needs: Needs,
    ) -> Result<Fact, Refusal> {
        match self.phase {
            Phase::Assisted { .. } => Ok(Fact::HandedOff {
                handoff_id,
                reasons,
                promise,
                needs,
            }),
            Phase::Queued(_) | Phase::Served { .. } => Err(Refusal::AlreadyHandedOff),
            Phase::Resolved { .. } => Err(Refusal::AlreadyResolved),
        }
    }

    /// The customer leaves the queue and goes back to the assistant.
    pub fn cancel_handoff(&self) -> Result<Fact, Refusal> {
        self.waiting().map(|_| Fact::HandoffCancelled)
    }

    /// Asks for the first of `details`, the rest being left for later (P31).
    pub fn ask(&self, details: &[Detail]) -> Option<Fact> {
        let (detail, left) = details.split_first()?;
        self.waiting().ok()?;
        Some(Fact::DetailAsked {
            detail: *detail,
            left: left.to_vec(),
        })
    }

    /// The customer answers what they were asked while they wait.
    pub fn tell(&self, message_id: MessageId) -> Option<Fact> {
        let detail = self.waiting().ok()?.asked?;
        Some(Fact::DetailTold { detail, message_id })
    }

    /// The customer leaves a message and wants the answer by e-mail.
    pub fn choose_email(&self, reply_due_at: Timestamp) -> Result<Fact, Refusal> {
        self.waiting().map(|_| Fact::EmailChosen { reply_due_at })
    }

    /// The customer's page is gone while they wait live; their place is kept `until` then.
    pub fn leave_line(&self, until: Timestamp) -> Result<Fact, Refusal> {
        match self.waiting()?.reply_due_at {
            Some(_) => Err(Refusal::NotQueued),
            None => Ok(Fact::CustomerLeft { until }),
        }
    }

    /// The customer is back before their place was given away.
    pub fn return_to_line(&self) -> Result<Fact, Refusal> {
        match self.waiting()?.away {
            Some(_) => Ok(Fact::CustomerReturned),
            None => Err(Refusal::NotAway),
        }
    }

    /// The doors have closed at `closed_at` while the customer waited live; they are told
    /// so once for each closing.
    pub fn end_hours(&self, closed_at: Timestamp) -> Result<Fact, Refusal> {
        let wait = self.waiting()?;
        let was_told = wait.told_closed_at.is_some_and(|at| at >= closed_at);
        if was_told || wait.queued_at >= closed_at || wait.reply_due_at.is_some() {
            return Err(Refusal::NotDue);
        }
        Ok(Fact::HoursEnded)
    }

    /// Its words and personal data are removed (P48). It is over with that, whoever owned
    /// it, and nothing follows.
    pub fn erase(&self) -> Fact {
        Fact::Erased
    }

    /// Proposes it to an agent.
    pub fn invite(&self, agent_id: AgentId, until: Timestamp) -> Result<Fact, Refusal> {
        self.propose(agent_id, until, false)
    }

    /// A colleague hands it to an agent by name.
    pub fn hand_to(&self, agent_id: AgentId, until: Timestamp) -> Result<Fact, Refusal> {
        self.propose(agent_id, until, true)
    }

    fn propose(&self, agent_id: AgentId, until: Timestamp, by_name: bool) -> Result<Fact, Refusal> {
        match self.waiting()?.invitation {
            Some(_) => Err(Refusal::AlreadyInvited),
            None => Ok(Fact::Invited {
                agent_id,
                until,
                by_name,
            }),
        }
    }

    /// Ends the invitation of an agent without an acceptance.
    pub fn end_invitation(&self, agent_id: &AgentId, how: InvitationEnd) -> Result<Fact, Refusal> {
        match &self.waiting()?.invitation {
            Some(invitation) if invitation.agent_id == *agent_id => Ok(Fact::InvitationEnded {
                agent_id: agent_id.clone(),
                how,
            }),
            _ => Err(Refusal::NotInvited),
        }
    }

    /// An agent takes it: the invited one, or any who pulls it from the queue. The
    /// epoch decides between two who try at once. It takes units of their capacity.
    pub fn accept(&self, agent: AgentName, epoch: u64, routing: &Routing) -> Result<Fact, Refusal> {
        self.check_epoch(epoch)?;
        let units = routing.units(self.waiting()?.reply_due_at.is_some());
        Ok(Fact::Accepted { agent, units })
    }

    /// Takes it from an agent who is gone; it keeps its old place in the queue.
    pub fn drop_agent(&self, agent_id: &AgentId) -> Result<Fact, Refusal> {
        match &self.phase {
            Phase::Served { agent, .. } if agent.id == *agent_id => Ok(Fact::Dropped {
                agent: agent.clone(),
            }),
            _ => Err(Refusal::NotOwner),
        }
    }

    /// Ends it. An agent must own it; the customer may end it while nobody human does.
    pub fn resolve(
        &self,
        by: ResolvedBy,
        disposition: Option<Disposition>,
    ) -> Result<Fact, Refusal> {
        let allowed = match (&self.phase, &by) {
            (Phase::Resolved { .. }, _) => return Err(Refusal::AlreadyResolved),
            (Phase::Served { agent, .. }, ResolvedBy::Agent { agent: by }) => agent.id == by.id,
            (Phase::Assisted { .. } | Phase::Queued(_), ResolvedBy::Customer) => true,
            (Phase::Assisted { .. }, ResolvedBy::Silence) => true,
            (Phase::Queued(_), ResolvedBy::WaitLimit | ResolvedBy::Vanished) => true,
            _ => false,
        };
        if allowed {
            Ok(Fact::Resolved { by, disposition })
        } else {
            Err(Refusal::NotOwner)
        }
    }

    /// The customer rates it, once after each end.
    pub fn rate(&self, score: u8, repeated: Option<bool>) -> Result<Fact, Refusal> {
        match self.phase {
            Phase::Resolved { .. } if self.rated => Err(Refusal::AlreadyRated),
            Phase::Resolved { .. } if !(1..=5).contains(&score) => Err(Refusal::BadScore),
            Phase::Resolved { .. } => Ok(Fact::Rated { score, repeated }),
            _ => Err(Refusal::NotResolved),
        }
    }

    /// When somebody must look at it again, and what for. Always `Some` while the
    /// assistant or the queue owns it.
    pub fn due(&self, timings: &Timings) -> Option<(Timestamp, Due)> {
        match &self.phase {
            Phase::Assisted {
                owes_answer_since: Some(since),
                ..
            } => Some((since.plus(timings.answer_within_ms), Due::AnswerOverdue)),
            Phase::Assisted {
                quiet_since,
                reminded: false,
                ..
            } => Some((quiet_since.plus(timings.remind_after_ms), Due::Reminder)),
            Phase::Assisted { quiet_since, .. } => {
                Some((quiet_since.plus(timings.close_after_ms), Due::SilenceClose))
            }
            Phase::Queued(wait) => Some(wait.due(timings)),
            Phase::Served {
                reply_due_at: Some(due_at),
                ..
            } => Some((*due_at, Due::ReplyOverdue)),
            Phase::Served { .. } | Phase::Resolved { .. } => None,
        }
    }

    /// What happens when `due` falls due at `now`. The desk adds the words.
    pub fn fall_due(&self, due: Due, now: Timestamp, timings: &Timings) -> Result<Fact, Refusal> {
        match self.due(timings) {
            Some((at, expected)) if expected == due && at <= now => {}
            _ => return Err(Refusal::NotDue),
        }
        Ok(match due {
            Due::AnswerOverdue => Fact::AnswerMissed,
            Due::Reminder => Fact::Reminded,
            Due::SilenceClose => Fact::Resolved {
                by: ResolvedBy::Silence,
                disposition: None,
            },
            Due::InvitationExpiry => {
                let invitation = self
                    .waiting()?
                    .invitation
                    .as_ref()
                    .ok_or(Refusal::NotInvited)?;
                Fact::InvitationEnded {
                    agent_id: invitation.agent_id.clone(),
                    how: InvitationEnd::Expired,
                }
            }
            Due::WaitReview => Fact::WaitReviewed,
            Due::WaitLimit => Fact::Resolved {
                by: ResolvedBy::WaitLimit,
                disposition: None,
            },
            Due::PlaceLimit => Fact::Resolved {
                by: ResolvedBy::Vanished,
                disposition: None,
            },
            Due::ReplyOverdue => Fact::ReplyOverdue,
        })
    }

    fn waiting(&self) -> Result<&Wait, Refusal> {
        match &self.phase {
            Phase::Queued(wait) => Ok(wait),
            Phase::Resolved { .. } => Err(Refusal::AlreadyResolved),
            Phase::Assisted { .. } | Phase::Served { .. } => Err(Refusal::NotQueued),
        }
    }

    fn check_epoch(&self, epoch: u64) -> Result<(), Refusal> {
        if epoch == self.epoch {
            Ok(())
        } else {
            Err(Refusal::StaleEpoch)
        }
    }
}
