//! What a fact makes of a conversation. Total: every fact folds into every conversation.

use super::moves::settled_by_human;
use super::{Away, Conversation, Invitation, Kept, Pass, Phase, Served, Wait};
use crate::decide::Action;
use crate::event::{AgentName, Channel, Event, Fact, Message, ResolvedBy, Role};
use crate::ids::HandoffId;
use crate::queue::Needs;
use crate::signal::Trigger;
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
            | Fact::SentDespite { .. }
            | Fact::PackageFilled { .. } => {}
            Fact::Erased => {
                self.erased = true;
                self.by_email = false;
                self.from_afar = false;
                self.phase = Phase::Resolved {
                    at: now,
                    unserved: false,
                    served: None,
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
                    // Whoever keeps the place may have closed the page a moment ago: the answer
                    // goes to the mailbox too, until a word comes from the page.
                    let from_afar = wait.kept.is_some() && !self.by_email;
                    self.by_email |= from_afar;
                    self.from_afar |= from_afar;
                    self.phase = Phase::Served {
                        handoff_id: wait.handoff_id.clone(),
                        queued_at: wait.queued_at,
                        reasons: wait.reasons.clone(),
                        needs: wait.needs.clone(),
                        waited_ms: now.since(wait.asked_since()).max(0),
                        units: *units,
                        agent: agent.clone(),
                        replied_at: None,
                        reply_due_at: wait.reply_due_at,
                    };
                }
            }
            Fact::Dropped { agent } => self.back_to_queue(agent, None, now),
            Fact::Transferred { from, needs, .. } => {
                self.team = needs.team.clone();
                self.back_to_queue(from, Some(needs), now);
            }
            Fact::TakenOver {
                agent,
                handoff_id,
                units,
                ..
            } => self.take(agent, handoff_id, *units, now),
            Fact::HandedBack { .. } => {
                if let Phase::Served { reasons, .. } = &self.phase {
                    let reasons = settled_by_human(reasons);
                    self.decline(&reasons, now);
                }
                self.fresh_from = Some(now);
                self.clarified = false;
                self.back_to_assistant(now);
            }
            Fact::HandoffCancelled => {
                if let Phase::Queued(wait) = &self.phase {
                    let reasons = wait.reasons.clone();
                    self.decline(&reasons, now);
                }
                self.back_to_assistant(now);
            }
            Fact::EmailChosen { reply_due_at } => {
                self.by_email = true;
                self.from_afar = false;
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
            Fact::CustomerReturned => self.change_wait(Wait::come_back),
            Fact::PlaceKept => self.change_wait(|wait| {
                wait.kept = Some(Kept {
                    since: now,
                    called_at: None,
                });
            }),
            Fact::TurnNear { until } => self.change_wait(|wait| {
                if let Some(kept) = &mut wait.kept {
                    kept.called_at = Some(now);
                }
                if let Some(away) = &mut wait.away {
                    away.until = *until;
                }
            }),
            Fact::HoursEnded => self.change_wait(|wait| wait.told_closed_at = Some(now)),
            Fact::DetailAsked { detail, left } => self.change_wait(|wait| {
                wait.asked = Some(*detail);
                wait.to_ask = left.clone();
            }),
            Fact::DetailTold { .. } => self.change_wait(|wait| wait.asked = None),
            Fact::Resolved {
                by,
                disposition,
                handoff_id,
                ..
            } => {
                self.rated = false;
                // Who left the line by a word and writes again is in it again at once.
                let waited = matches!(self.phase, Phase::Queued(_));
                let unserved = match by {
                    ResolvedBy::WaitLimit | ResolvedBy::Vanished => true,
                    ResolvedBy::Customer => waited,
                    ResolvedBy::Agent { .. } | ResolvedBy::Silence => false,
                };
                let served = match (&self.phase, handoff_id) {
                    (
                        Phase::Served {
                            agent,
                            reasons,
                            needs,
                            ..
                        },
                        Some(handoff_id),
                    ) => Some(Box::new(Served {
                        handoff_id: handoff_id.clone(),
                        agent: agent.clone(),
                        disposition: *disposition,
                        reasons: reasons.clone(),
                        needs: needs.clone(),
                    })),
                    _ => None,
                };
                self.phase = Phase::Resolved {
                    at: now,
                    unserved,
                    served,
                };
            }
            Fact::Reopened {
                agent,
                units,
                declined,
            } => {
                let served = match &self.phase {
                    Phase::Resolved { served, .. } => served.as_ref(),
                    _ => None,
                };
                let handoff_id = served.map(|served| served.handoff_id.clone());
                self.declined = declined.clone();
                self.declined_at = (!declined.is_empty()).then_some(now);
                self.clarified = false;
                // What failed before a human had it is history.
                self.fresh_from = handoff_id.as_ref().map_or(self.fresh_from, |_| Some(now));
                match (agent, handoff_id) {
                    (Some(agent), Some(handoff_id)) => {
                        self.take(agent, &handoff_id, *units, now);
                    }
                    _ => self.assisted(now, None, false),
                }
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
            self.by_email &= !(self.from_afar && message.channel.is_chat());
            self.from_afar = false;
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
            Phase::Queued(wait) if from_customer => wait.come_back(),
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

    /// Its agent lets go of it: it waits at its old place, for whom it needed or needs now.
    fn back_to_queue(&mut self, agent: &AgentName, needs: Option<&Needs>, now: Timestamp) {
        let Phase::Served {
            handoff_id,
            queued_at,
            reasons,
            needs: needed,
            waited_ms,
            reply_due_at,
            ..
        } = &self.phase
        else {
            return;
        };
        let (handoff_id, reasons) = (handoff_id.clone(), reasons.clone());
        let passed_on = needs.is_some();
        // Others are asked now, or the same go on being asked.
        let waited_ms = if passed_on { 0 } else { *waited_ms };
        let needs = needs.unwrap_or(needed).clone();
        self.phase = Phase::Queued(Wait {
            passed_by: vec![Pass {
                agent_id: agent.id.clone(),
                at: now,
            }],
            passed_on_by: passed_on.then(|| agent.id.clone()),
            let_go_at: Some(now),
            asked_since: Some(now.plus(-waited_ms)),
            reviewed_at: now,
            reply_due_at: *reply_due_at,
            ..Wait::enter(handoff_id, *queued_at, reasons, needs)
        });
    }

    /// An agent has it without a wait. What is known of its handoff stays.
    fn take(&mut self, agent: &AgentName, handoff_id: &HandoffId, units: i64, now: Timestamp) {
        type Known = (Timestamp, Vec<Trigger>, Needs, i64, Option<Timestamp>);
        let (queued_at, reasons, needs, waited_ms, reply_due_at): Known = match &self.phase {
            Phase::Served {
                queued_at,
                reasons,
                needs,
                waited_ms,
                reply_due_at,
                ..
            } => {
                let (reasons, needs) = (reasons.clone(), needs.clone());
                (*queued_at, reasons, needs, *waited_ms, *reply_due_at)
            }
            Phase::Resolved {
                served: Some(served),
                ..
            } => (now, served.reasons.clone(), served.needs.clone(), 0, None),
            Phase::Assisted { .. } | Phase::Queued(_) | Phase::Resolved { .. } => {
                let needs = Needs {
                    team: self.team.clone(),
                    ..Needs::default()
                };
                (now, vec![], needs, 0, None)
            }
        };
        self.handed_off = true;
        self.phase = Phase::Served {
            handoff_id: handoff_id.clone(),
            queued_at,
            reasons,
            needs,
            waited_ms,
            units,
            agent: agent.clone(),
            replied_at: None,
            reply_due_at,
        };
    }

    /// These reasons do not escalate again without new evidence.
    fn decline(&mut self, reasons: &[Trigger], now: Timestamp) {
        self.declined.extend(reasons);
        self.declined.sort_unstable();
        self.declined.dedup();
        self.declined_at = Some(now);
    }

    fn back_to_assistant(&mut self, now: Timestamp) {
        // Whoever is back with the assistant reads its answers where they wrote.
        self.by_email = self.channel == Channel::Mail;
        self.assisted(now, None, false);
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
