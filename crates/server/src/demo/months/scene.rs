//! One conversation of the past, from its first question to its end.

use std::collections::BTreeMap;

use segue_core::attempt::{Attempt, Outcome};
use segue_core::conversation::Conversation;
use segue_core::decide::{Action, Customer, Decision, View, decide};
use segue_core::event::{
    AgentName, Body, Citation, Disposition, Fact, Knowable, Message, ResolvedBy, Role,
};
use segue_core::forecast::Promise;
use segue_core::forecast::chance::Chance;
use segue_core::guard::{Repetition, Retold};
use segue_core::ids::{ContactId, ConversationId, DecisionId, HandoffId};
use segue_core::queue::{Needs, Priority};
use segue_core::route::Routing;
use segue_core::signal::{Evidence, Reading, Signal, Trigger};
use segue_core::time::{DAY_MS, MINUTE_MS, SECOND_MS, Timestamp};
use segue_store::{Article, Contact, Handoff, HandoffEnd};

use super::{Ground, Past, SHORT, Topic, id, pick};

/// A conversation while it is played.
pub(super) struct Scene<'a> {
    ground: &'a Ground,
    chance: &'a mut Chance,
    pub(super) past: Past,
    customer: Customer,
    ago: i64,
    at: Timestamp,
}

impl<'a> Scene<'a> {
    pub(super) fn begin(
        ground: &'a Ground,
        chance: &'a mut Chance,
        contact: &Contact,
        began: Timestamp,
        ago: i64,
    ) -> Self {
        let contact_id: ContactId = contact.id.clone();
        let conversation_id: ConversationId = id(chance, began);
        let (conversation, first) = Conversation::start(
            conversation_id,
            ground.workspace_id.clone(),
            ground.inbox_id.clone(),
            contact_id,
            "en",
            began,
        );
        let past = Past {
            conversation,
            touched_at: began,
            contact: None,
            events: vec![first],
            attempts: vec![],
            decisions: vec![],
            handoffs: vec![],
            ratings: vec![],
        };
        let customer = Customer {
            plan: contact.plan.clone(),
            vip: contact.vip,
            signed_up_at: contact.signed_up_at,
            same_issue: vec![],
        };
        Self {
            ground,
            chance,
            past,
            customer,
            ago,
            at: began,
        }
    }

    fn after(&mut self, least_s: i64, more_s: usize) {
        let more = self.chance.below(more_s.max(1)) as i64;
        self.at = self.at.plus((least_s + more) * SECOND_MS);
    }

    fn record(&mut self, fact: Fact, body: Option<Body>) {
        let event = self.past.conversation.record(self.at, fact, body);
        self.past.events.push(event);
        self.past.touched_at = self.at;
    }

    fn say(&mut self, role: Role, agent: Option<&AgentName>, text: &str, offers: bool) {
        let message = Message {
            message_id: id(self.chance, self.at),
            role,
            agent: agent.cloned(),
            private: false,
            template: None,
            client_message_id: None,
            attempt_id: None,
            offers_person: offers,
            channel: Default::default(),
        };
        self.record(Fact::MessageAdded(message), Body::text(text));
    }

    /// What the policy makes of a message.
    fn decide(
        &mut self,
        signals: &BTreeMap<Trigger, f64>,
        text: &str,
        answerable: f64,
    ) -> Decision {
        let signal = |(trigger, strength): (&Trigger, &f64)| Signal {
            trigger: *trigger,
            strength: *strength,
            evidence: vec![Evidence::words(text)],
        };
        let view = View {
            customer: self.customer.clone(),
            reading: Reading {
                language: Some("en".into()),
                signals: signals.iter().map(signal).collect(),
                ..Reading::default()
            },
            attempts: self.past.attempts.clone(),
            answerable: Some(answerable),
            ..View::default()
        };
        let decision = decide(&self.ground.policy, &view, self.at);
        let decision_id: DecisionId = id(self.chance, self.at);
        let body = Body {
            decision: Some(Box::new(decision.clone())),
            ..Body::default()
        };
        let decided = Fact::Decided {
            decision_id: decision_id.clone(),
            action: decision.action,
            reasons: decision.triggers(),
        };
        self.record(decided, Some(body));
        let kept = (decision_id, view, decision.clone(), self.at);
        self.past.decisions.push(kept);
        decision
    }

    /// From the first question to the end.
    pub(super) fn play(&mut self, topic: &Topic) {
        let asked = pick(&topic.asks, self.chance).to_string();
        let mut ask = asked.clone();
        let mut signals = topic.signals.clone();
        for turn in 0..3 {
            self.after(4, 40);
            self.say(Role::Customer, None, &ask, false);
            let decision = self.decide(&signals, &ask, topic.answerable);
            self.after(1, 3);
            match decision.action {
                Action::Escalate => return self.hand_off(topic, decision.triggers()),
                Action::Offer => {
                    let sorry = self.ground.months.sorry.clone();
                    self.say(Role::Assistant, None, &sorry, true);
                    if self.chance.unit() < 0.75 {
                        return self.hand_off(topic, decision.triggers());
                    }
                    return self.leave_silently();
                }
                Action::Answer | Action::Clarify => {}
            }
            let helped = self.chance.unit() < topic.helped;
            self.suggest(topic, helped);
            self.after(20, 160);
            if helped {
                let thanks = pick(&self.ground.months.thanks, self.chance).to_string();
                self.say(Role::Customer, None, &thanks, false);
                self.record_end(ResolvedBy::Customer, None);
                return self.rate(&[0.02, 0.03, 0.1, 0.4, 0.45], 0.22, None);
            }
            if turn == 2 || self.chance.unit() < 0.25 {
                return self.leave_silently();
            }
            ask = pick(&self.ground.months.no_help, self.chance).to_string();
            // What is asked again gets hotter.
            if self.chance.unit() < 0.4 {
                signals.insert(Trigger::Frustration, 0.6);
            }
        }
    }

    fn suggest(&mut self, topic: &Topic, helped: bool) {
        let article = self.ground.articles.get(&topic.source);
        let text = article.map_or_else(String::new, first_passage);
        let attempt = Attempt {
            id: id(self.chance, self.at),
            message_id: id(self.chance, self.at),
            at: self.at,
            suggestion: text.clone(),
            article_id: article.map(|it| it.id.clone()),
            article_title: article.map(|it| it.title.clone()),
            outcome: if helped {
                Outcome::Helped
            } else {
                Outcome::DidNotHelp
            },
            outcome_words: None,
        };
        let message = Message {
            message_id: attempt.message_id.clone(),
            role: Role::Assistant,
            agent: None,
            private: false,
            template: None,
            client_message_id: None,
            attempt_id: Some(attempt.id.clone()),
            offers_person: false,
            channel: Default::default(),
        };
        let cited = article.map(|it| Citation {
            article_id: it.id.clone(),
            title: it.title.clone(),
            passage: text.clone(),
        });
        let body = Body {
            text: Some(text),
            citations: cited.into_iter().collect(),
            ..Body::default()
        };
        self.record(Fact::MessageAdded(message), Some(body));
        let made = Fact::AttemptMade {
            attempt_id: attempt.id.clone(),
            article_id: attempt.article_id.clone(),
        };
        self.record(made, None);
        let judged = Fact::AttemptJudged {
            attempt_id: attempt.id.clone(),
            outcome: attempt.outcome,
        };
        self.after(10, 60);
        self.record(judged, None);
        self.past.attempts.push(attempt);
    }

    fn leave_silently(&mut self) {
        self.after(1_800, 60);
        self.record_end(ResolvedBy::Silence, None);
        self.rate(&[0.3, 0.3, 0.2, 0.1, 0.1], 0.08, None);
    }

    fn record_end(&mut self, by: ResolvedBy, disposition: Option<Disposition>) {
        let with_agent = matches!(by, ResolvedBy::Agent { .. });
        // Most agents say whether the assistant could have known.
        let verdict = match self.chance.below(10) {
            0..5 => Some(Knowable::No),
            5..7 => Some(Knowable::ArticleMissing),
            7 => Some(Knowable::ArticleWrong),
            _ => None,
        };
        let resolved = Fact::Resolved {
            by,
            disposition,
            knowable: verdict.filter(|_| with_agent),
            handoff_id: None,
        };
        self.record(resolved, None);
    }

    /// Into the queue, and out of it.
    fn hand_off(&mut self, topic: &Topic, mut reasons: Vec<Trigger>) {
        if reasons.is_empty() {
            reasons.push(Trigger::RequestHuman);
        }
        let connecting = self.ground.months.connecting.clone();
        self.say(Role::System, None, &connecting, false);
        let is_short = SHORT.contains(&self.ago);
        let is_open = self.ground.hours.is_open(self.at);
        let promise = is_open.then(|| Promise {
            at: self.at,
            minutes: if is_short { 15 } else { 5 },
            p90_ms: if is_short { 12 } else { 4 } * MINUTE_MS,
            n: 200,
            basis: None,
        });
        let entered = self.at;
        let handoff_id: HandoffId = id(self.chance, entered);
        let handed_off = Fact::HandedOff {
            handoff_id: handoff_id.clone(),
            reasons: reasons.clone(),
            promise: promise.clone(),
            needs: Needs::default(),
        };
        self.record(handed_off, None);
        let mut handoff = Handoff {
            id: handoff_id,
            workspace_id: self.ground.workspace_id.clone(),
            conversation_id: self.past.conversation.id.clone(),
            inbox_id: self.ground.inbox_id.clone(),
            at: entered,
            reasons,
            package: None,
            promise,
            accepted_at: None,
            agent_id: None,
            first_reply_at: None,
            ended_at: None,
            outcome: None,
            team_id: None,
            priority: Priority::NORMAL,
            told_until: None,
        };
        let median_s = if is_short { 380.0 } else { 105.0 };
        let mut wait_s = (median_s * (0.75 * self.chance.normal()).exp()).max(12.0) as i64;
        if !is_open {
            // The first who come in the morning work it off.
            let opens = self.ground.hours.next_opening(entered);
            wait_s += opens.map_or(0, |opens| opens.since(entered) / SECOND_MS);
        }
        let patience_s = (900.0 * self.chance.exponential()) as i64 + 45;
        let chat_wait_s = if is_open { wait_s } else { 0 };
        if chat_wait_s > patience_s {
            self.at = entered.plus(patience_s * SECOND_MS);
            handoff.ended_at = Some(self.at);
            if self.chance.below(2) == 0 {
                self.record(Fact::HandoffCancelled, None);
                handoff.outcome = Some(HandoffEnd::CANCELLED.into());
                self.past.handoffs.push(handoff);
                return self.leave_silently();
            }
            self.record_end(ResolvedBy::Vanished, None);
            handoff.outcome = Some(HandoffEnd::VANISHED.into());
            self.past.handoffs.push(handoff);
            return;
        }
        self.serve(topic, handoff, wait_s);
    }

    fn serve(&mut self, topic: &Topic, mut handoff: Handoff, wait_s: i64) {
        let entered = handoff.at;
        let agents = &self.ground.agents;
        // In the two weeks one of three is not there.
        let there = if SHORT.contains(&self.ago) {
            agents.len() - 1
        } else {
            agents.len()
        };
        let agent = agents[self.chance.below(there.max(1))].clone();
        self.at = entered.plus(wait_s * 2 / 3 * SECOND_MS);
        handoff.accepted_at = Some(self.at);
        handoff.agent_id = Some(agent.id.clone());
        let units = Routing::default().chat_units;
        self.record(
            Fact::Accepted {
                agent: agent.clone(),
                units,
            },
            None,
        );
        self.at = entered.plus(wait_s * SECOND_MS);
        handoff.first_reply_at = Some(self.at);
        let hello = self
            .ground
            .months
            .hello
            .replace("{agent}", &agent.name)
            .replace("{name}", "");
        let answer = pick(&topic.answers, self.chance).to_string();
        let answer = if answer.is_empty() {
            self.ground
                .articles
                .get(&topic.source)
                .map_or_else(String::new, first_passage)
        } else {
            answer
        };
        self.say(
            Role::Agent,
            Some(&agent),
            hello.replace("Hello ,", "Hello,").trim(),
            false,
        );
        let had_to_repeat = self.chance.unit() < if wait_s > 420 { 0.3 } else { 0.12 };
        self.after(20, 120);
        let words = if had_to_repeat {
            &self.ground.months.again
        } else {
            &self.ground.months.then
        };
        let words = pick(words, self.chance).to_string();
        self.say(Role::Customer, None, &words, false);
        if had_to_repeat {
            self.notice_repetition();
        }
        self.after(60, 360);
        self.say(Role::Agent, Some(&agent), &answer, false);
        let turns = self.chance.below(3);
        for _ in 0..turns {
            self.after(30, 200);
            let words = pick(&self.ground.months.then, self.chance).to_string();
            self.say(Role::Customer, None, &words, false);
            self.after(40, 240);
            self.say(
                Role::Agent,
                Some(&agent),
                "You are welcome. Is there anything else?",
                false,
            );
        }
        self.after(60, 240);
        let disposition = self.disposition(topic);
        handoff.ended_at = Some(self.at);
        let name = serde_json::to_value(disposition).unwrap_or_default();
        handoff.outcome = name.as_str().map(str::to_string);
        self.past.handoffs.push(handoff);
        self.record_end(ResolvedBy::Agent { agent }, Some(disposition));
        let solved = matches!(disposition, Disposition::Solved | Disposition::Workaround);
        let scores: &[f64; 5] = match (solved, wait_s > 420 || had_to_repeat) {
            (true, false) => &[0.02, 0.03, 0.1, 0.35, 0.5],
            (true, true) => &[0.1, 0.15, 0.25, 0.3, 0.2],
            (false, _) => &[0.35, 0.3, 0.2, 0.1, 0.05],
        };
        self.rate(scores, 0.42, Some(had_to_repeat));
        // One in nine comes back, those sooner whom nothing helped.
        let chance_of_return = if solved { 0.07 } else { 0.16 };
        let days = 1 + self.chance.below(12) as i64;
        if self.chance.unit() < chance_of_return && days < self.ago {
            self.at = self.at.plus(days * DAY_MS);
            let reopened = Fact::Reopened {
                agent: None,
                units: 0,
                declined: vec![],
            };
            self.record(reopened, None);
            self.say(
                Role::Customer,
                None,
                "It is the same again, unfortunately.",
                false,
            );
            self.leave_silently();
        }
    }

    /// The last message says again what was said.
    fn notice_repetition(&mut self) {
        let said = self.past.events.last().map(|event| &event.fact);
        let Some(Fact::MessageAdded(message)) = said else {
            return;
        };
        let noticed = Fact::CustomerRepeated {
            message_id: message.message_id.clone(),
            of: None,
            how: Repetition::Said,
            what: Retold::default(),
        };
        self.after(2, 4);
        self.record(noticed, None);
    }

    fn disposition(&mut self, topic: &Topic) -> Disposition {
        if self.chance.unit() < topic.product {
            return Disposition::ProductProblem;
        }
        match self.chance.below(20) {
            0..13 => Disposition::Solved,
            13..16 => Disposition::Workaround,
            16..18 => Disposition::NoReply,
            18 => Disposition::OutOfScope,
            _ => Disposition::ProductProblem,
        }
    }

    fn rate(&mut self, scores: &[f64; 5], often: f64, repeated: Option<bool>) {
        if self.chance.unit() >= often || self.past.conversation.rated {
            return;
        }
        let mut left = self.chance.unit() * scores.iter().sum::<f64>();
        let place = scores.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        let score = place.unwrap_or(4) as u8 + 1;
        let repeated = repeated.filter(|_| self.chance.unit() < 0.8);
        self.after(20, 120);
        self.record(Fact::Rated { score, repeated }, None);
        self.past.ratings.push((self.at, score, repeated));
    }
}

/// The first passage of an article that is no heading.
fn first_passage(article: &Article) -> String {
    let passages = article.text.split("\n\n").map(str::trim);
    let mut words = passages.filter(|it| !it.is_empty() && !it.starts_with('#'));
    words.next().unwrap_or_default().to_string()
}
