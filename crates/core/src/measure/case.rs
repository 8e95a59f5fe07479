//! What the measures remember of a conversation: its events read once, without a word of
//! anybody's. Read again from the first event it comes out the same.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::event::{
    ABSTAINED, Channel, Disposition, Event, Fact, Knowable, Message, ResolvedBy, Role,
};
use crate::guard::{Guard, Repetition};
use crate::ids::{AgentId, ArticleId, ContactId, ConversationId, HandoffId, InboxId};
use crate::signal::{Group, Trigger};
use crate::time::{Hours, MINUTE_MS, Timestamp};

use super::{DURABLE_MS, FIRST_RESPONSE_TARGET_MS};

/// From this strength on a trigger was there to be seen.
const VISIBLE: f64 = 0.5;
/// A trigger that was visible so many of the customer's turns before the handoff makes it late.
const LATE_TURNS: u32 = 2;
/// What an agent's message costs of their time at most: longer gaps were something else.
const LONGEST_WORK_MS: i64 = 10 * MINUTE_MS;

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
    /// Whether they said then that they had said it before (P35).
    pub said_again: bool,
    /// Whether they told again what stood in an earlier message (P35).
    pub restated: bool,
    /// Whether an agent asked for what was told, or tried what had failed (P35, P40).
    pub asked_again: bool,
    /// The agent's verdict: whether the assistant could have answered it.
    pub needless: Option<bool>,
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

    fn of(by: &ResolvedBy, disposition: Option<Disposition>) -> Option<Self> {
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
    /// The main reason.
    pub fn trigger(&self) -> Option<Trigger> {
        self.reasons.first().copied()
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

/// A conversation while it is being read.
struct Reading<'a> {
    case: Case,
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
            Fact::CustomerRepeated { how, .. } => self.after_handoff(|handoff| match how {
                Repetition::Said => handoff.said_again = true,
                Repetition::Restated => handoff.restated = true,
            }),
            Fact::SentDespite { guard, .. } => {
                let again = matches!(guard, Guard::AsksAgain | Guard::RepeatsAttempt);
                self.after_handoff(|handoff| handoff.asked_again |= again);
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
            said_again: false,
            restated: false,
            asked_again: false,
            needless: None,
        });
        self.forget_signs();
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

    /// Changes the last handoff: what a job notices may come after its end.
    fn after_handoff(&mut self, change: impl FnOnce(&mut HandoffCase)) {
        if let Some(handoff) = self.case.handoffs.last_mut() {
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
