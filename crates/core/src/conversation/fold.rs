//! What a fact makes of a conversation. Total: every fact folds into every conversation.

use super::{Away, Conversation, Invitation, Pass, Phase, Wait};
use crate::decide::Action;
use crate::event::{Channel, Event, Fact, Message, ResolvedBy, Role};
use crate::time::{DAY_MS, Timestamp};

impl Conversation {
    pub(super) fn apply(&mut self, event: &Event) {
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
            | Fact::AttemptJudged { .. }
            | Fact::CustomerRepeated { .. }
            | Fact::SentDespite { .. } => {}
            Fact::Erased => {
                self.erased = true;
                self.by_email = false;
                self.phase = Phase::Resolved {
                    at: now,
                    unserved: false,
                };
            }
            Fact::MessageAdded(message) => self.apply_message(message, now),
            Fact::AnswerMissed => self.assisted(now, None, false),
            Fact::Reminded => self.assisted(now, None, true),
            Fact::HandedOff {
                handoff_id,
                reasons,
                needs,
                ..
            } => {
                self.handed_off = true;
                self.team = needs.team.clone();
                let (reasons, needs) = (reasons.clone(), needs.clone());
                self.phase = Phase::Queued(Wait::enter(handoff_id.clone(), now, reasons, needs));
            }
            Fact::WaitReviewed => self.change_wait(|wait| {
                wait.reviews += 1;
                wait.reviewed_at = now;
            }),
            Fact::Invited {
                agent_id,
                until,
                by_name,
            } => self.change_wait(|wait| {
                wait.invitation = Some(Invitation {
                    agent_id: agent_id.clone(),
                    until: *until,
                    by_name: *by_name,
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
            Fact::Accepted { agent, units } => {
                if let Phase::Queued(wait) = &self.phase {
                    self.phase = Phase::Served {
                        handoff_id: wait.handoff_id.clone(),
                        queued_at: wait.queued_at,
                        reasons: wait.reasons.clone(),
                        needs: wait.needs.clone(),
                        units: *units,
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
                    needs,
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
                        ..Wait::enter(
                            handoff_id.clone(),
                            *queued_at,
                            reasons.clone(),
                            needs.clone(),
                        )
                    });
                }
            }
            Fact::HandoffCancelled => {
                if let Phase::Queued(wait) = &self.phase {
                    self.declined.extend(wait.reasons.iter().copied());
                    self.declined.sort_unstable();
                    self.declined.dedup();
                    self.declined_at = Some(now);
                }
                // Whoever is back with the assistant reads its answers where they wrote.
                self.by_email = self.channel == Channel::Mail;
                self.assisted(now, None, false);
            }
            Fact::EmailChosen { reply_due_at } => {
                self.by_email = true;
                self.change_wait(|wait| wait.reply_due_at = Some(*reply_due_at));
            }
            Fact::ReplyOverdue => self.move_reply_due(now),
            Fact::CustomerLeft { until } => self.change_wait(|wait| {
                let since = wait.away.as_ref().map_or(now, |away| away.since);
                wait.away = Some(Away {
                    since,
                    until: *until,
                });
            }),
            Fact::CustomerReturned => self.change_wait(|wait| wait.away = None),
            Fact::HoursEnded => self.change_wait(|wait| wait.told_closed_at = Some(now)),
            Fact::DetailAsked { detail, left } => self.change_wait(|wait| {
                wait.asked = Some(*detail);
                wait.to_ask = left.clone();
            }),
            Fact::DetailTold { .. } => self.change_wait(|wait| wait.asked = None),
            Fact::Resolved { by, .. } => {
                self.rated = false;
                // Who left the line by a word and writes again is in it again at once.
                let waited = matches!(self.phase, Phase::Queued(_));
                let unserved = match by {
                    ResolvedBy::WaitLimit | ResolvedBy::Vanished => true,
                    ResolvedBy::Customer => waited,
                    ResolvedBy::Agent { .. } | ResolvedBy::Silence => false,
                };
                self.phase = Phase::Resolved { at: now, unserved };
            }
            Fact::Reopened => {
                self.declined.clear();
                self.declined_at = None;
                self.clarified = false;
                self.assisted(now, None, false);
            }
            Fact::Rated { .. } => self.rated = true,
            Fact::Identified { contact_id } => self.contact_id = contact_id.clone(),
        }
        // One clarifying question per question: what is decided next ends it (P17).
        if let Fact::Decided { action, .. } = event.fact {
            self.clarified = action == Action::Clarify;
        }
    }

    fn apply_message(&mut self, message: &Message, now: Timestamp) {
        let from_customer = message.role == Role::Customer;
        if from_customer {
            self.last_heard_seq = self.seq;
            self.heard_by = message.channel;
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
            // Whoever writes is there.
            Phase::Queued(wait) if from_customer => wait.away = None,
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
        let next = Some(now.plus(DAY_MS));
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
}
