//! The conversation: who may speak in it, what may happen next, and when somebody
//! must look at it again.
//!
//! A move is checked by a method that returns facts or a [`Refusal`]; `record`
//! numbers a fact and folds it in. Nothing else changes a conversation, so its
//! events replay to the same state.
//!
//! Invariants, held by the property tests in `conversation_tests.rs`:
//! one owner at a time; nobody speaks under a stale epoch; `seq` has no gap;
//! a conversation that the queue or the assistant owns always has a due time, and
//! what is then due is a legal move.

use serde::{Deserialize, Serialize};

use crate::event::{AgentName, Body, Event, Fact, InvitationEnd, Message, ResolvedBy, Role};
use crate::forecast::Promise;
use crate::ids::{AgentId, ContactId, ConversationId, HandoffId, InboxId, WorkspaceId};
use crate::policy::Timings;
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
    /// Whether the one clarifying question was asked (P17).
    pub clarified: bool,
    /// Whether answers go to the customer's mailbox too (P32).
    pub by_email: bool,
    /// Whether a human has ever owned it.
    pub handed_off: bool,
    /// Whether the customer has rated it since it was last resolved.
    pub rated: bool,
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
    },
}

/// A place in the queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// The handoff.
    pub handoff_id: HandoffId,
    /// When it entered: its place among equals, kept if an agent drops it.
    pub queued_at: Timestamp,
    /// Why it is here; what a cancelling customer declines.
    pub reasons: Vec<Trigger>,
    /// The agent it is proposed to.
    pub invitation: Option<Invitation>,
    /// Agents who let it pass, and when; they are not asked again at once.
    pub passed_by: Vec<Pass>,
    /// Looks at this wait so far.
    pub reviews: u32,
    /// When the next look counts from.
    pub reviewed_at: Timestamp,
    /// When the answer by e-mail is due; `None` while the customer waits live.
    pub reply_due_at: Option<Timestamp>,
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
        };
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
            clarified: false,
            by_email: false,
            handed_off: false,
            rated: false,
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

    // ── moves: what may happen, as facts ────────────────────────────────────────

    /// The customer writes. A resolved conversation opens again.
    pub fn hear(&self, message: Message) -> Vec<Fact> {
        let reopened = matches!(self.phase, Phase::Resolved { .. }).then_some(Fact::Reopened);
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

    /// Hands the conversation to the queue.
    pub fn hand_off(
        &self,
        handoff_id: HandoffId,
        reasons: Vec<Trigger>,
        promise: Option<Promise>,
    ) -> Result<Fact, Refusal> {
        match self.phase {
            Phase::Assisted { .. } => Ok(Fact::HandedOff {
                handoff_id,
                reasons,
                promise,
            }),
            Phase::Queued(_) | Phase::Served { .. } => Err(Refusal::AlreadyHandedOff),
            Phase::Resolved { .. } => Err(Refusal::AlreadyResolved),
        }
    }

    /// The customer leaves the queue and goes back to the assistant.
    pub fn cancel_handoff(&self) -> Result<Fact, Refusal> {
        self.waiting().map(|_| Fact::HandoffCancelled)
    }

    /// The customer leaves a message and wants the answer by e-mail.
    pub fn choose_email(&self, reply_due_at: Timestamp) -> Result<Fact, Refusal> {
        self.waiting().map(|_| Fact::EmailChosen { reply_due_at })
    }

    /// Proposes it to an agent.
    pub fn invite(&self, agent_id: AgentId, until: Timestamp) -> Result<Fact, Refusal> {
        match self.waiting()?.invitation {
            Some(_) => Err(Refusal::AlreadyInvited),
            None => Ok(Fact::Invited { agent_id, until }),
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
    /// epoch decides between two who try at once.
    pub fn accept(&self, agent: AgentName, epoch: u64) -> Result<Fact, Refusal> {
        self.check_epoch(epoch)?;
        self.waiting().map(|_| Fact::Accepted { agent })
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
        disposition: Option<crate::event::Disposition>,
    ) -> Result<Fact, Refusal> {
        let allowed = match (&self.phase, &by) {
            (Phase::Resolved { .. }, _) => return Err(Refusal::AlreadyResolved),
            (Phase::Served { agent, .. }, ResolvedBy::Agent { agent: by }) => agent.id == by.id,
            (Phase::Assisted { .. } | Phase::Queued(_), ResolvedBy::Customer) => true,
            (Phase::Assisted { .. }, ResolvedBy::Silence) => true,
            (Phase::Queued(_), ResolvedBy::WaitLimit) => true,
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

    // ── time is only another message ────────────────────────────────────────────

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
            Due::ReplyOverdue => Fact::ReplyOverdue,
        })
    }

    // ── folding ─────────────────────────────────────────────────────────────────

    fn apply(&mut self, event: &Event) {
        debug_assert_eq!(
            event.seq,
            self.seq + 1,
            "events are folded in order, without a gap"
        );
        self.seq = event.seq;
        self.epoch = event.epoch;
        let now = event.at;
        match &event.fact {
            Fact::Started { .. }
            | Fact::Decided { .. }
            | Fact::AttemptMade { .. }
            | Fact::AttemptJudged { .. } => {}
            Fact::Erased => {}
            Fact::MessageAdded(message) => self.apply_message(message, now),
            Fact::AnswerMissed => self.assisted(now, None, false),
            Fact::Reminded => self.assisted(now, None, true),
            Fact::HandedOff {
                handoff_id,
                reasons,
                ..
            } => {
                self.handed_off = true;
                self.phase = Phase::Queued(Wait::enter(handoff_id.clone(), now, reasons.clone()));
            }
            Fact::WaitReviewed => self.change_wait(|wait| {
                wait.reviews += 1;
                wait.reviewed_at = now;
            }),
            Fact::Invited { agent_id, until } => self.change_wait(|wait| {
                wait.invitation = Some(Invitation {
                    agent_id: agent_id.clone(),
                    until: *until,
                });
            }),
            Fact::InvitationEnded { agent_id, .. } => self.change_wait(|wait| {
                wait.invitation = None;
                wait.passed_by.retain(|pass| pass.agent_id != *agent_id);
                wait.passed_by.push(Pass {
                    agent_id: agent_id.clone(),
                    at: now,
                });
            }),
            Fact::Accepted { agent } => {
                if let Phase::Queued(wait) = &self.phase {
                    self.phase = Phase::Served {
                        handoff_id: wait.handoff_id.clone(),
                        queued_at: wait.queued_at,
                        reasons: wait.reasons.clone(),
                        agent: agent.clone(),
                        replied_at: None,
                        reply_due_at: wait.reply_due_at,
                    };
                }
            }
            Fact::Dropped { agent } => {
                if let Phase::Served {
                    handoff_id,
                    queued_at,
                    reasons,
                    reply_due_at,
                    ..
                } = &self.phase
                {
                    self.phase = Phase::Queued(Wait {
                        passed_by: vec![Pass {
                            agent_id: agent.id.clone(),
                            at: now,
                        }],
                        reviewed_at: now,
                        reply_due_at: *reply_due_at,
                        ..Wait::enter(handoff_id.clone(), *queued_at, reasons.clone())
                    });
                }
            }
            Fact::HandoffCancelled => {
                if let Phase::Queued(wait) = &self.phase {
                    self.declined.extend(wait.reasons.iter().copied());
                    self.declined.sort_unstable();
                    self.declined.dedup();
                }
                self.assisted(now, None, false);
            }
            Fact::EmailChosen { reply_due_at } => {
                self.by_email = true;
                self.change_wait(|wait| wait.reply_due_at = Some(*reply_due_at));
            }
            Fact::ReplyOverdue => self.move_reply_due(now),
            Fact::Resolved { .. } => {
                self.rated = false;
                self.phase = Phase::Resolved { at: now };
            }
            Fact::Reopened => {
                self.declined.clear();
                self.clarified = false;
                self.assisted(now, None, false);
            }
            Fact::Rated { .. } => self.rated = true,
        }
        if let Fact::Decided {
            action: crate::decide::Action::Clarify,
            ..
        } = event.fact
        {
            self.clarified = true;
        }
    }

    fn apply_message(&mut self, message: &Message, now: Timestamp) {
        let from_customer = message.role == Role::Customer;
        if from_customer {
            self.last_heard_seq = self.seq;
        }
        match &mut self.phase {
            Phase::Assisted {
                quiet_since,
                owes_answer_since,
                reminded,
            } => {
                *quiet_since = now;
                match message.role {
                    Role::Customer => *owes_answer_since = owes_answer_since.or(Some(now)),
                    Role::Assistant => *owes_answer_since = None,
                    Role::Agent | Role::System => {}
                }
                *reminded &= !from_customer;
            }
            Phase::Served {
                replied_at,
                reply_due_at,
                ..
            } if message.role == Role::Agent && !message.private => {
                *replied_at = replied_at.or(Some(now));
                *reply_due_at = None;
            }
            _ => {}
        }
    }

    /// An overdue answer alarms again after as long a time as was promised at first.
    fn move_reply_due(&mut self, now: Timestamp) {
        let next = Some(now.plus(crate::time::DAY_MS));
        match &mut self.phase {
            Phase::Queued(wait) => wait.reply_due_at = next,
            Phase::Served { reply_due_at, .. } => *reply_due_at = next,
            _ => {}
        }
    }

    fn assisted(
        &mut self,
        quiet_since: Timestamp,
        owes_answer_since: Option<Timestamp>,
        reminded: bool,
    ) {
        self.phase = Phase::Assisted {
            quiet_since,
            owes_answer_since,
            reminded,
        };
    }

    fn change_wait(&mut self, change: impl FnOnce(&mut Wait)) {
        if let Phase::Queued(wait) = &mut self.phase {
            change(wait);
        }
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

impl Wait {
    fn enter(handoff_id: HandoffId, queued_at: Timestamp, reasons: Vec<Trigger>) -> Self {
        Self {
            handoff_id,
            queued_at,
            reasons,
            invitation: None,
            passed_by: vec![],
            reviews: 0,
            reviewed_at: queued_at,
            reply_due_at: None,
        }
    }

    fn due(&self, timings: &Timings) -> (Timestamp, Due) {
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
        let limit = (self.queued_at.plus(timings.longest_wait_ms), Due::WaitLimit);
        if limit.0 <= review.0 { limit } else { review }
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
#[path = "conversation_tests.rs"]
mod tests;
