//! Each measure on histories written by hand, with the answer known beforehand.

mod causes;
mod counts;
mod ends;
mod product;
mod repetition;
mod satisfaction;
mod waits;

use std::collections::BTreeMap;

use super::*;
use crate::attempt::Outcome;
use crate::decide::{Action, Decision, Effect, Reason, Target};
use crate::event::{
    ABSTAINED, AgentName, Body, Channel, Disposition, Event, Fact, Knowable, Message, ResolvedBy,
    Role,
};
use crate::forecast::Promise;
use crate::guard::{Guard, Repetition};
use crate::ids::{AgentId, ArticleId, ConversationId, Id, MessageId};
use crate::signal::Trigger;
use crate::time::{DAY_MS, HOUR_MS, Hours, MINUTE_MS, SECOND_MS, Span, Timestamp};

/// Monday 2027-01-18, 08:00 UTC.
const BEGAN: Timestamp = Timestamp::from_millis(1_800_259_200_000);
/// So late that nothing is open any more.
const LATER: Timestamp = Timestamp::from_millis(BEGAN.as_millis() + 60 * DAY_MS);

fn id<K: crate::ids::Kind>(n: u128) -> Id<K> {
    Id::new(BEGAN, n)
}

/// A history under the pen: each line says how long after the beginning it happened.
struct Told {
    events: Vec<Event>,
    handoffs: u128,
    channel: Channel,
}

fn told() -> Told {
    by(Channel::Chat)
}

fn by(channel: Channel) -> Told {
    let started = Fact::Started {
        inbox_id: id(1),
        contact_id: id(2),
        language: "en".into(),
        channel,
    };
    let mut told = Told {
        events: vec![],
        handoffs: 0,
        channel,
    };
    told.put(0, started, None);
    told
}

fn maya() -> AgentName {
    AgentName {
        id: AgentId::new(BEGAN, 7),
        name: "Maya".into(),
    }
}

impl Told {
    fn put(&mut self, after_ms: i64, fact: Fact, body: Option<Body>) -> &mut Self {
        self.events.push(Event {
            seq: self.events.len() as u64 + 1,
            at: BEGAN.plus(after_ms),
            epoch: 1,
            fact,
            body,
        });
        self
    }

    fn says(&mut self, after_ms: i64, role: Role) -> &mut Self {
        let message = Message {
            message_id: MessageId::new(BEGAN, self.events.len() as u128),
            role,
            agent: (role == Role::Agent).then(maya),
            private: false,
            template: None,
            client_message_id: None,
            attempt_id: None,
            offers_person: false,
            channel: self.channel,
        };
        self.put(after_ms, Fact::MessageAdded(message), None)
    }

    fn customer(&mut self, after_ms: i64) -> &mut Self {
        self.says(after_ms, Role::Customer)
    }

    fn assistant(&mut self, after_ms: i64) -> &mut Self {
        self.says(after_ms, Role::Assistant)
    }

    fn replies(&mut self, after_ms: i64) -> &mut Self {
        self.says(after_ms, Role::Agent)
    }

    fn offers(&mut self, after_ms: i64) -> &mut Self {
        self.assistant(after_ms);
        if let Some(Fact::MessageAdded(message)) = self.events.last_mut().map(|it| &mut it.fact) {
            message.offers_person = true;
        }
        self
    }

    fn decided(&mut self, after_ms: i64, action: Action, reasons: &[Trigger]) -> &mut Self {
        let decided = Fact::Decided {
            decision_id: id(40),
            action,
            reasons: reasons.to_vec(),
        };
        self.put(after_ms, decided, None)
    }

    /// A decision that saw a trigger too weakly to act on it.
    fn noticed(&mut self, after_ms: i64, trigger: Trigger, strength: f64) -> &mut Self {
        let reason = Reason {
            trigger,
            rule: None,
            strength,
            contribution: strength,
            effect: Effect::TooWeak,
            evidence: vec![],
        };
        let decision = Decision {
            action: Action::Answer,
            target: Target::default(),
            priority: 0,
            reasons: vec![reason],
            score: 0.0,
            calm_threshold: 0.0,
            mood: 0.0,
            threshold: 0.0,
            margin: 0.0,
            counterfactual: None,
            would_change: vec![],
            policy_version: 1,
        };
        self.decided(after_ms, Action::Answer, &[]);
        if let Some(last) = self.events.last_mut() {
            last.body = Some(Body {
                decision: Some(Box::new(decision)),
                ..Body::default()
            });
        }
        self
    }

    fn hands_off(&mut self, after_ms: i64, reasons: &[Trigger]) -> &mut Self {
        self.promises(after_ms, reasons, None)
    }

    fn promises(&mut self, after_ms: i64, reasons: &[Trigger], minutes: Option<u32>) -> &mut Self {
        self.handoffs += 1;
        let promise = minutes.map(|minutes| Promise {
            at: BEGAN.plus(after_ms),
            minutes,
            p90_ms: i64::from(minutes) * MINUTE_MS,
            n: 9,
            basis: None,
        });
        let fact = Fact::HandedOff {
            handoff_id: id(100 + self.handoffs),
            reasons: reasons.to_vec(),
            promise,
            needs: Default::default(),
        };
        self.put(after_ms, fact, None)
    }

    fn accepts(&mut self, after_ms: i64) -> &mut Self {
        let accepted = Fact::Accepted {
            agent: maya(),
            units: 1,
        };
        self.put(after_ms, accepted, None)
    }

    fn ends(&mut self, after_ms: i64, disposition: Disposition) -> &mut Self {
        let resolved = Fact::Resolved {
            by: ResolvedBy::Agent { agent: maya() },
            disposition: Some(disposition),
            knowable: None,
            handoff_id: None,
        };
        self.put(after_ms, resolved, None)
    }

    fn rates(&mut self, after_ms: i64, score: u8, repeated: Option<bool>) -> &mut Self {
        self.put(after_ms, Fact::Rated { score, repeated }, None)
    }

    fn case(&self) -> Case {
        self.case_in(&Hours::always(), None)
    }

    fn case_in(&self, hours: &Hours, before: Option<&Case>) -> Case {
        let known = Known {
            hours,
            plan: "team",
            topic_of: &|_| Some("returns".into()),
            before,
        };
        Case::of(&ConversationId::new(BEGAN, 3), &self.events, known).expect("it began")
    }

    fn tally(&self) -> Tally {
        self.tally_at(LATER)
    }

    fn tally_at(&self, now: Timestamp) -> Tally {
        total(&self.case(), now)
    }

    fn figures(&self) -> Figures {
        Figures::of(&self.tally(), &BTreeMap::new())
    }
}

fn total(case: &Case, now: Timestamp) -> Tally {
    let cells: Vec<_> = case.counts(&Hours::always(), now).into_iter().collect();
    sum(&cells)
}

/// Handed over after a question and answered.
fn answered(wait_ms: i64) -> Told {
    let mut told = told();
    told.customer(SECOND_MS).assistant(2 * SECOND_MS);
    told.decided(9 * SECOND_MS, Action::Escalate, &[Trigger::Complaint]);
    told.hands_off(10 * SECOND_MS, &[Trigger::Complaint]);
    told.accepts(10 * SECOND_MS + wait_ms / 2);
    told.replies(10 * SECOND_MS + wait_ms);
    told
}

fn reopened() -> Fact {
    Fact::Reopened {
        agent: None,
        units: 0,
        declined: vec![],
    }
}

fn parts_of(share: Share) -> (u32, u32) {
    (share.k, share.n)
}
