//! How a conversation's events are read into a case, once and in order.

use std::collections::BTreeSet;

use crate::event::{ABSTAINED, Channel, Disposition, Event, Fact, Knowable, Message, Role};
use crate::guard::{Guard, Repetition, Retold};
use crate::ids::{ArticleId, ConversationId, HandoffId, MessageId};
use crate::signal::{Group, Trigger};
use crate::time::{Hours, MINUTE_MS, Timestamp};

use super::FIRST_RESPONSE_TARGET_MS;
use super::case::{
    Again, Case, End, HandoffCase, RatingCase, RepetitionCase, ServedBy, Unanswered,
};

/// From this strength on a trigger was there to be seen.
const VISIBLE: f64 = 0.5;
/// A trigger that was visible so many of the customer's turns before the handoff makes it late.
const LATE_TURNS: u32 = 2;
/// What an agent's message costs of their time at most: longer gaps were something else.
const LONGEST_WORK_MS: i64 = 10 * MINUTE_MS;
/// Repetitions that are remembered of a handoff.
const MOST_REPETITIONS: usize = 20;

/// What must be known beside the events to read them.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// When the inbox is staffed.
    pub hours: &'a Hours,
    /// The customer's plan now.
    pub plan: &'a str,
    /// The topic of an article, where it has one.
    pub topic_of: &'a dyn Fn(&ArticleId) -> Option<String>,
    /// What was remembered before, if anything.
    pub before: Option<&'a Case>,
}

impl Case {
    /// Reads a conversation from its first event; `None` if that is not how it began.
    pub fn of(id: &ConversationId, events: &[Event], known: Known<'_>) -> Option<Self> {
        let first = events.first()?;
        let Fact::Started {
            inbox_id,
            contact_id,
            language,
            channel,
        } = &first.fact
        else {
            return None;
        };
        let case = Self {
            conversation_id: id.clone(),
            inbox_id: inbox_id.clone(),
            contact_id: contact_id.clone(),
            seq: first.seq,
            opened_at: first.at,
            language: language.clone(),
            plan: known.before.map_or(known.plan, |it| &it.plan).to_owned(),
            topic: String::new(),
            assistant_answered: false,
            erased: false,
            handoffs: vec![],
            ratings: vec![],
            unanswered: vec![],
        };
        let mut reading = Reading {
            case,
            events,
            known,
            by_mail: *channel == Channel::Mail,
            turns: 0,
            asked_seq: 0,
            beyond_seq: 0,
            spoke_at: first.at,
            seen: BTreeSet::new(),
            seen_at: vec![],
            failed: 0,
            rule: None,
        };
        for event in &events[1..] {
            reading.read(event);
        }
        Some(reading.finish())
    }
}

/// A conversation while it is being read.
struct Reading<'a> {
    case: Case,
    events: &'a [Event],
    known: Known<'a>,
    by_mail: bool,
    /// Messages of the customer so far.
    turns: u32,
    /// The number of the last one.
    asked_seq: u64,
    /// The last of them that no article would have kept from a human.
    beyond_seq: u64,
    /// When anybody last said something.
    spoke_at: Timestamp,
    seen: BTreeSet<Trigger>,
    /// Triggers since the assistant has the conversation, each with the turn it was first seen.
    seen_at: Vec<(Trigger, u32)>,
    /// Answers that did not help.
    failed: u32,
    /// The first rule of topic or complexity, for want of an article.
    rule: Option<Trigger>,
}

impl Reading<'_> {
    fn read(&mut self, event: &Event) {
        self.case.seq = event.seq;
        match &event.fact {
            Fact::MessageAdded(message) => self.message(event, message),
            Fact::Decided { reasons, .. } => self.decided(event, reasons),
            Fact::AttemptMade { article_id, .. } => {
                if let (true, Some(id)) = (self.case.topic.is_empty(), article_id) {
                    // Of an article that is gone, what was remembered of it.
                    let before = || self.known.before.map(|it| it.topic.clone());
                    let topic = (self.known.topic_of)(id).or_else(before);
                    self.case.topic = topic.unwrap_or_default();
                }
            }
            Fact::AttemptJudged { outcome, .. } if outcome.is_unsuccessful() => {
                self.failed += 1;
                if self.failed == 2 {
                    self.see(Trigger::FailedAttempts);
                }
            }
            Fact::HandedOff {
                handoff_id,
                reasons,
                promise,
                ..
            } => self.handed_off(event.at, handoff_id, reasons, promise.as_ref()),
            Fact::EmailChosen { reply_due_at } => self.change(|handoff| {
                handoff.by_mail |= handoff.first_reply_at.is_none();
                handoff.mail_due_at = handoff.mail_due_at.or(Some(*reply_due_at));
            }),
            Fact::Accepted { agent, .. } => self.change(|handoff| {
                handoff.accepted_at = handoff.accepted_at.or(Some(event.at.max(handoff.at)));
                handoff.agent_id = Some(agent.id.clone());
            }),
            Fact::HandoffCancelled => self.end(event.at, End::Cancelled),
            Fact::TakenOver {
                agent, handoff_id, ..
            } => {
                let same = |it: &HandoffCase| it.handoff_id == *handoff_id;
                if !self.case.handoffs.iter().any(same) {
                    self.handed_off(event.at, handoff_id, &[], None);
                }
                self.change(|handoff| {
                    handoff.accepted_at = handoff.accepted_at.or(Some(event.at.max(handoff.at)));
                    handoff.agent_id = Some(agent.id.clone());
                });
            }
            Fact::HandedBack { .. } => self.end(event.at, End::HandedBack),
            Fact::Resolved {
                by,
                disposition,
                knowable,
                ..
            } => {
                let verdict = match (knowable, disposition) {
                    (_, Some(Disposition::Needless)) => Some(true),
                    (Some(knowable), _) => Some(*knowable != Knowable::No),
                    (None, _) => None,
                };
                self.change(|handoff| handoff.needless = handoff.needless.or(verdict));
                if let Some(end) = End::of(by, *disposition) {
                    self.end(event.at, end);
                }
            }
            Fact::Reopened { .. } => {
                self.forget_signs();
                if let Some(handoff) = self.case.handoffs.last_mut() {
                    handoff.reopened_at = handoff.reopened_at.or(Some(event.at));
                }
            }
            Fact::CustomerRepeated {
                message_id,
                of,
                how,
                what,
            } => {
                let kind = match (how, what) {
                    (Repetition::Said, _) => Again::Said,
                    (Repetition::Restated, Retold::Facts) => Again::RetoldFacts,
                    (Repetition::Restated, Retold::Issue) => Again::RetoldIssue,
                };
                self.came_again(event, kind, message_id, of.as_ref());
            }
            Fact::SentDespite {
                message_id,
                guard,
                of,
            } => {
                let kind = match guard {
                    Guard::AsksAgain => Again::Asked,
                    Guard::RepeatsAttempt => Again::Tried,
                    Guard::ColdGreeting => return,
                };
                self.came_again(event, kind, message_id, of.as_ref());
            }
            Fact::Rated { score, repeated } => self.rated(event.at, *score, *repeated),
            Fact::Identified { contact_id } => self.case.contact_id = contact_id.clone(),
            Fact::Erased => {
                self.end(event.at, End::Erased);
                self.case.erased = true;
                self.case.plan = String::new();
                self.case.unanswered.clear();
            }
            _ => {}
        }
    }

    fn message(&mut self, event: &Event, message: &Message) {
        if message.private {
            return;
        }
        match message.role {
            Role::Customer => {
                self.turns += 1;
                self.asked_seq = event.seq;
                if let Some(handoff) = self.case.handoffs.last_mut() {
                    handoff.heard |= handoff.ended.is_none();
                }
            }
            Role::Assistant => {
                let before_human = self.case.handoffs.is_empty();
                self.case.assistant_answered |= before_human && self.turns > 0;
                // An article was near enough to try, and then did not say it.
                if message.template.as_deref() == Some(ABSTAINED) {
                    self.left_open(event.at, Trigger::NoArticle);
                }
                // From here on they knew that they could have a person.
                if message.offers_person {
                    self.forget_signs();
                }
            }
            Role::Agent => self.agent_wrote(event.at),
            Role::System => return,
        }
        self.spoke_at = event.at;
    }

    fn agent_wrote(&mut self, at: Timestamp) {
        let (spoke_at, hours) = (self.spoke_at, self.known.hours);
        self.change(|handoff| {
            if handoff.first_reply_at.is_none() {
                let replied_at = at.max(handoff.at);
                handoff.first_reply_at = Some(replied_at);
                handoff.open_wait_ms = Some(hours.open_ms_between(handoff.at, replied_at));
            }
            let began = handoff.accepted_at.unwrap_or(handoff.at).max(spoke_at);
            handoff.work_ms += at.since(began).min(LONGEST_WORK_MS);
        });
    }

    fn decided(&mut self, event: &Event, reasons: &[Trigger]) {
        for trigger in reasons {
            self.see(*trigger);
        }
        let decision = event.body.as_ref().and_then(|body| body.decision.as_ref());
        for reason in decision.iter().flat_map(|it| &it.reasons) {
            if reason.strength >= VISIBLE {
                self.see(reason.trigger);
            }
        }
        let unanswered = |trigger: &&Trigger| {
            matches!(
                trigger,
                Trigger::NoArticle | Trigger::PartialMatch | Trigger::FailedAttempts
            )
        };
        // Whatever an article says, a human is asked for these.
        let is_beyond = |trigger: &Trigger| {
            let group = trigger.group();
            matches!(
                group,
                Group::Request | Group::Safety | Group::Topic | Group::Complexity
            )
        };
        if reasons.iter().any(is_beyond) {
            self.beyond_seq = self.asked_seq;
        }
        if let Some(why) = reasons.iter().find(unanswered) {
            self.left_open(event.at, *why);
        }
    }

    /// The customer's last question has no answer; it counts once.
    fn left_open(&mut self, at: Timestamp, why: Trigger) {
        let last = self.case.unanswered.last();
        let is_new = last.is_none_or(|last| last.seq != self.asked_seq);
        let is_for_articles = self.beyond_seq != self.asked_seq;
        if is_new && is_for_articles && self.asked_seq > 0 {
            self.case.unanswered.push(Unanswered {
                seq: self.asked_seq,
                at,
                why,
            });
        }
    }

    fn see(&mut self, trigger: Trigger) {
        if self.seen.insert(trigger) {
            self.seen_at.push((trigger, self.turns));
        }
        if self.rule.is_none() && matches!(trigger.group(), Group::Topic | Group::Complexity) {
            self.rule = Some(trigger);
        }
    }

    fn forget_signs(&mut self) {
        self.seen.clear();
        self.seen_at.clear();
        self.failed = 0;
    }

    fn handed_off(
        &mut self,
        at: Timestamp,
        handoff_id: &HandoffId,
        reasons: &[Trigger],
        promise: Option<&crate::forecast::Promise>,
    ) {
        let was_visible = |(trigger, turn): &(Trigger, u32)| {
            reasons.contains(trigger) && self.turns.saturating_sub(*turn) >= LATE_TURNS
        };
        let remembered = self.known.before.and_then(|before| {
            let same = |it: &&HandoffCase| it.handoff_id == *handoff_id;
            before.handoffs.iter().find(same)
        });
        // The words behind a decision go with an erasure; what was seen in them does not.
        let late = self.seen_at.iter().any(was_visible) || remembered.is_some_and(|it| it.late);
        let hours = self.known.hours;
        self.case.handoffs.push(HandoffCase {
            handoff_id: handoff_id.clone(),
            at,
            reasons: reasons.to_vec(),
            promised_until: promise.map(|promise| promise.until()),
            by_mail: self.by_mail,
            mail_due_at: None,
            accepted_at: None,
            agent_id: None,
            first_reply_at: None,
            open_wait_ms: None,
            open_target_at: hours.after_open_ms(at, FIRST_RESPONSE_TARGET_MS),
            work_ms: 0,
            ended: None,
            reopened_at: None,
            came_back_at: None,
            late,
            heard: false,
            repetitions: vec![],
            needless: None,
        });
        self.forget_signs();
    }

    /// A job may notice it after the handoff's end, and after the next one's beginning.
    fn came_again(
        &mut self,
        event: &Event,
        kind: Again,
        message_id: &MessageId,
        of: Option<&MessageId>,
    ) {
        let find = |wanted: &MessageId| {
            let is_it = |fact: &Fact| matches!(fact, Fact::MessageAdded(message) if message.message_id == *wanted);
            self.events.iter().find(|event| is_it(&event.fact))
        };
        let said = find(message_id).unwrap_or(event);
        let repetition = RepetitionCase {
            kind,
            seq: said.seq,
            of: of.and_then(find).map(|event| event.seq),
        };
        let mut handoffs = self.case.handoffs.iter_mut().rev();
        if let Some(handoff) = handoffs.find(|it| it.at <= said.at)
            && (handoff.repetitions.len() < MOST_REPETITIONS || !handoff.has(kind))
        {
            handoff.repetitions.push(repetition);
        }
    }

    fn rated(&mut self, at: Timestamp, score: u8, repeated: Option<bool>) {
        let served_by = match (self.case.is_handed_off(), self.case.assistant_answered) {
            (false, _) => ServedBy::Assistant,
            (true, true) => ServedBy::Handoff,
            (true, false) => ServedBy::Human,
        };
        self.case.ratings.push(RatingCase {
            at,
            score: score.clamp(1, 5),
            repeated,
            served_by,
        });
    }

    /// Changes the handoff that goes on, if one does.
    fn change(&mut self, change: impl FnOnce(&mut HandoffCase)) {
        let open = self.case.handoffs.last_mut();
        if let Some(handoff) = open.filter(|handoff| handoff.ended.is_none()) {
            change(handoff);
        }
    }

    fn end(&mut self, at: Timestamp, end: End) {
        self.change(|handoff| handoff.ended = Some((at.max(handoff.at), end)));
    }

    fn finish(mut self) -> Case {
        if self.case.topic.is_empty()
            && let Some(rule) = self.rule
        {
            let name = rule.name();
            self.case.topic = name.split_once('.').map_or(name, |(_, rest)| rest).into();
        }
        self.case
    }
}
