//! What may happen to a conversation: each move is checked and comes out as a fact, or
//! as the rule that forbids it. Time is only another mover.

use super::{Conversation, Due, Phase, Refusal, Served, Wait};
use crate::asking::Detail;
use crate::event::{
    AgentName, Disposition, Fact, InvitationEnd, Knowable, Message, ResolvedBy, TransferTo,
};
use crate::forecast::Promise;
use crate::ids::{AgentId, ContactId, HandoffId, MessageId};
use crate::policy::Timings;
use crate::queue::Needs;
use crate::route::Routing;
use crate::signal::{Group, Trigger};
use crate::time::Timestamp;

impl Conversation {
    /// The customer writes; possible at any time. Whether that opens a resolved conversation
    /// again is for [`Conversation::reopen`].
    pub fn hear(&self, message: Message) -> Fact {
        Fact::MessageAdded(message)
    }

    /// The human's part that ended with it, while a customer who comes back still counts as
    /// coming back: for [`Timings::reopen_within_ms`].
    pub fn last_served(&self, now: Timestamp, timings: &Timings) -> Option<&Served> {
        match &self.phase {
            Phase::Resolved {
                at,
                served: Some(served),
                ..
            } if now.since(*at) <= timings.reopen_within_ms => Some(served),
            _ => None,
        }
    }

    /// The customer comes back to a resolved conversation. Whoever had it last has it again
    /// with `units` of their capacity, if the desk finds that they are there; else the
    /// assistant, which does not hand it off again for what a human has settled.
    pub fn reopen(
        &self,
        now: Timestamp,
        timings: &Timings,
        to: Option<(AgentName, i64)>,
    ) -> Result<Fact, Refusal> {
        if !matches!(self.phase, Phase::Resolved { .. }) {
            return Err(Refusal::NotResolved);
        }
        let last = self.last_served(now, timings);
        let declined = last.map_or(vec![], |served| settled_matter(&served.reasons));
        let (agent, units) = to.unzip();
        match (&agent, last) {
            (None, _) => {}
            (Some(agent), Some(served)) if served.agent.id == agent.id => {}
            (Some(_), _) => return Err(Refusal::NotOwner),
        }
        Ok(Fact::Reopened {
            agent,
            units: units.unwrap_or(0),
            declined,
        })
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
    /// Who wrote last by mail needs no page.
    pub fn leave_line(&self, until: Timestamp) -> Result<Fact, Refusal> {
        match self.waiting()?.reply_due_at {
            None if self.heard_by.is_chat() => Ok(Fact::CustomerLeft { until }),
            _ => Err(Refusal::NotQueued),
        }
    }

    /// The customer means to leave the page and keep the place.
    pub fn keep_place(&self) -> Result<Fact, Refusal> {
        match self.waiting()?.reply_due_at {
            Some(_) => Err(Refusal::NotQueued),
            None => Ok(Fact::PlaceKept),
        }
    }

    /// Who keeps the place from afar is told, once, that the turn is near.
    pub fn call(&self, until: Timestamp) -> Result<Fact, Refusal> {
        let is_expected = self.waiting()?.is_to_be_called() && self.heard_by.is_chat();
        if is_expected {
            Ok(Fact::TurnNear { until })
        } else {
            Err(Refusal::NotAway)
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

    /// Its agent passes it on to a colleague or a team. It keeps its place in the queue.
    pub fn transfer(
        &self,
        agent_id: &AgentId,
        epoch: u64,
        to: TransferTo,
        needs: Needs,
    ) -> Result<Fact, Refusal> {
        let from = self.served_by(agent_id, epoch)?.clone();
        Ok(Fact::Transferred { from, to, needs })
    }

    /// Its agent gives it back to the assistant.
    pub fn hand_back(&self, agent_id: &AgentId, epoch: u64) -> Result<Fact, Refusal> {
        let agent = self.served_by(agent_id, epoch)?.clone();
        Ok(Fact::HandedBack { agent })
    }

    /// An agent takes it without being asked: from the assistant or a colleague, or back
    /// after its end. Who waits in the queue is accepted instead. Whether they may take from
    /// a colleague is for the desk to know.
    ///
    /// The handoff that has led to a human goes on; `handoff_id` begins where there is none.
    pub fn take_over(
        &self,
        agent: AgentName,
        epoch: u64,
        units: i64,
        handoff_id: HandoffId,
    ) -> Result<Fact, Refusal> {
        self.check_epoch(epoch)?;
        let (from, handoff_id) = match &self.phase {
            Phase::Assisted { .. } | Phase::Resolved { served: None, .. } => (None, handoff_id),
            Phase::Resolved {
                served: Some(served),
                ..
            } => (None, served.handoff_id.clone()),
            Phase::Served {
                agent: owner,
                handoff_id,
                ..
            } if owner.id != agent.id => (Some(owner.clone()), handoff_id.clone()),
            Phase::Served { .. } | Phase::Queued(_) => return Err(Refusal::AlreadyHandedOff),
        };
        Ok(Fact::TakenOver {
            agent,
            from,
            handoff_id,
            units,
        })
    }

    /// Ends it. An agent must own it; the customer may end it while nobody human does.
    pub fn resolve(
        &self,
        by: ResolvedBy,
        disposition: Option<Disposition>,
    ) -> Result<Fact, Refusal> {
        self.resolve_with(by, disposition, None)
    }

    /// The same, with whether the assistant could have known.
    pub fn resolve_with(
        &self,
        by: ResolvedBy,
        disposition: Option<Disposition>,
        knowable: Option<Knowable>,
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
            let handoff_id = match &self.phase {
                Phase::Served { handoff_id, .. } => Some(handoff_id.clone()),
                _ => None,
            };
            Ok(Fact::Resolved {
                by,
                disposition,
                knowable,
                handoff_id,
            })
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
            Due::SilenceClose => self.resolve(ResolvedBy::Silence, None)?,
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
            Due::WaitLimit => self.resolve(ResolvedBy::WaitLimit, None)?,
            Due::PlaceLimit => self.resolve(ResolvedBy::Vanished, None)?,
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

    /// The agent who owns it, if that is `agent_id` under the epoch that they have seen.
    fn served_by(&self, agent_id: &AgentId, epoch: u64) -> Result<&AgentName, Refusal> {
        self.check_epoch(epoch)?;
        match &self.phase {
            Phase::Served { agent, .. } if agent.id == *agent_id => Ok(agent),
            Phase::Resolved { .. } => Err(Refusal::AlreadyResolved),
            _ => Err(Refusal::NotOwner),
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

/// What does not hand a conversation off again that a human has handed back: why they had
/// it, and who the customer is, which they knew.
pub(super) fn settled_by_human(reasons: &[Trigger]) -> Vec<Trigger> {
    let who = Trigger::ALL.into_iter();
    let who = who.filter(|trigger| trigger.group() == Group::Customer);
    let mut settled: Vec<Trigger> = reasons.iter().copied().chain(who).collect();
    settled.sort_unstable();
    settled.dedup();
    settled
}

/// What does not hand it off again when its customer comes back: what it was about. Who they
/// are counts as it would in a new conversation (P11).
fn settled_matter(reasons: &[Trigger]) -> Vec<Trigger> {
    let is_matter = |trigger: &Trigger| trigger.group() != Group::Customer;
    reasons.iter().copied().filter(is_matter).collect()
}
