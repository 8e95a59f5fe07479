//! Half a year of a company's past, made from a seed and written as the desk stores it: eight
//! messages to a conversation, most answered by the assistant, some handed over, rated and
//! reopened; topics, plans, languages and words as unevenly spread as they are.

use segue_core::access::Role as May;
use segue_core::conversation::Conversation;
use segue_core::decide::{View, decide};
use segue_core::event::{AgentName, Body, Disposition, Fact, Knowable, Message, ResolvedBy, Role};
use segue_core::forecast::chance::Chance;
use segue_core::guard::{Repetition, Retold};
use segue_core::ids::{
    ArticleId, AttemptId, ContactId, DecisionId, HandoffId, Id, InboxId, Kind, MessageId,
    WorkspaceId,
};
use segue_core::policy::{Policy, Timings};
use segue_core::queue::{Needs, Priority};
use segue_core::signal::{Evidence, Reading, Signal, Trigger};
use segue_core::time::{DAY_MS, HOUR_MS, Hours, SECOND_MS, Timestamp};
use segue_store::{Article, Contact, Error, Handoff, Inbox, NewAgent, Person, Store, Tx};

use crate::Failed;

/// Messages of each conversation.
pub const EACH: usize = 8;
/// Over so many days: the longest period on screen, and as many before.
pub const DAYS: i64 = 180;
/// Conversations that are entered in one transaction.
const AT_ONCE: usize = 250;
const AGENTS: usize = 40;
const TOPICS: usize = 25;
/// Words that are known, and words of a message.
const WORDS: f64 = 50_000.0;
const SPOKEN: usize = 18;
/// Customers come back: so many conversations to each, on average.
const TO_EACH: usize = 3;
/// One in so many conversations asks what no article answers.
const OPEN: usize = 25;

/// A word that only the last conversation has: once it is found, all are.
pub const LAST: &str = "zyzzyva";

/// Where the past is entered.
struct Ground {
    workspace_id: WorkspaceId,
    inboxes: Vec<InboxId>,
    agents: Vec<AgentName>,
    articles: Vec<ArticleId>,
    now: Timestamp,
}

/// Writes `conversations` of them into the one workspace of a database that was set up.
pub async fn write(store: &Store, conversations: usize, now: Timestamp) -> Result<(), Failed> {
    let made = store.write(move |tx| set_up(tx, now)).await;
    let ground = std::sync::Arc::new(made.map_err(|error: Error| error.to_string())?);
    for first in (0..conversations).step_by(AT_ONCE) {
        let (ground, end) = (ground.clone(), conversations.min(first + AT_ONCE));
        let written: Result<(), Error> = store
            .write(move |tx| {
                for n in first..end {
                    Talk::write(tx, &ground, n, conversations)?;
                }
                Ok(())
            })
            .await;
        written?;
    }
    Ok(())
}

fn set_up(tx: &mut Tx<'_>, now: Timestamp) -> Result<Ground, Error> {
    let workspace = tx.workspaces()?.into_iter().next();
    let workspace_id = workspace
        .map(|it| it.id)
        .unwrap_or(WorkspaceId::new(now, 1));
    let mut chance = Chance::new(0, 0);
    let mut inboxes: Vec<InboxId> = tx
        .inboxes(&workspace_id)?
        .into_iter()
        .map(|it| it.id)
        .collect();
    for name in ["Shop", "App"] {
        let inbox = Inbox {
            id: id(&mut chance, now),
            workspace_id: workspace_id.clone(),
            name: name.into(),
            site_key: format!("bench-{name}"),
            policy: Policy::default(),
            hours: Hours::always(),
            closed_at: None,
        };
        tx.add_inbox(&inbox)?;
        inboxes.push(inbox.id);
    }
    let mut agents = Vec::new();
    for n in 0..AGENTS {
        let agent = agent(&mut chance, &workspace_id, n, now);
        tx.add_agent(&agent, now)?;
        agents.push(AgentName {
            id: agent.id,
            name: agent.name,
        });
    }
    let mut articles = Vec::new();
    for n in 0..TOPICS {
        let article = Article {
            id: id(&mut chance, now),
            workspace_id: workspace_id.clone(),
            source: format!("topic-{n}.md"),
            title: format!("About topic {n}"),
            tags: vec![format!("topic {n}")],
            text: format!("What there is to say about topic {n}."),
            updated_at: now,
        };
        tx.put_article(&article)?;
        articles.push(article.id);
    }
    Ok(Ground {
        workspace_id,
        inboxes,
        agents,
        articles,
        now,
    })
}

fn agent(chance: &mut Chance, workspace_id: &WorkspaceId, n: usize, now: Timestamp) -> NewAgent {
    NewAgent {
        id: id(chance, now),
        workspace_id: workspace_id.clone(),
        email: format!("agent-{n}@bench.example"),
        name: format!("Agent {n}"),
        role: May::Agent,
        password_hash: String::new(),
        capacity: 3,
    }
}

fn id<K: Kind>(chance: &mut Chance, at: Timestamp) -> Id<K> {
    let random = u128::from(chance.bits()) << 64 | u128::from(chance.bits());
    Id::new(at, random)
}

/// One of some that are less and less frequent, as of the second half of one is a third.
fn uneven(chance: &mut Chance, most: usize) -> usize {
    let rank = (most as f64).powf(chance.unit()) as usize;
    rank.clamp(1, most) - 1
}

/// A conversation while it is written.
struct Talk<'a, 'b, 'c> {
    tx: &'a mut Tx<'b>,
    ground: &'c Ground,
    chance: Chance,
    conversation: Conversation,
    at: Timestamp,
    topic: usize,
    left: usize,
    is_last: bool,
    /// The first thing that the customer said.
    asked: Option<MessageId>,
}

impl Talk<'_, '_, '_> {
    fn write(tx: &mut Tx<'_>, ground: &Ground, n: usize, of: usize) -> Result<(), Error> {
        let mut chance = Chance::new(n as u64, 1);
        let span_ms = (DAYS - 1) * DAY_MS;
        let after_ms = (n as f64 / of as f64 * span_ms as f64) as i64;
        let at = ground.now.plus(after_ms - span_ms - HOUR_MS);
        let plans = ["free", "team", "business", "enterprise"];
        let customer = n / TO_EACH;
        let plan = plans[uneven(&mut Chance::new(customer as u64, 2), plans.len())];
        let created = ground.now.plus(-span_ms - DAY_MS);
        let contact_id = ContactId::new(created, customer as u128 + 1);
        if n.is_multiple_of(TO_EACH) {
            tx.add_contact(&Contact {
                id: contact_id.clone(),
                workspace_id: ground.workspace_id.clone(),
                person: Person::default(),
                plan: plan.into(),
                vip: false,
                signed_up_at: Some(created),
                created_at: created,
                external_id: None,
            })?;
        }
        let languages = ["en", "de", "fr", "es", "pt"];
        let language = languages[uneven(&mut chance, languages.len())];
        let inbox = ground.inboxes[uneven(&mut chance, ground.inboxes.len())].clone();
        let topic = uneven(&mut chance, TOPICS);
        let (conversation, first) = Conversation::start(
            id(&mut chance, at),
            ground.workspace_id.clone(),
            inbox,
            contact_id,
            language,
            at,
        );
        tx.add_conversation(&conversation, &Timings::default(), at)?;
        tx.add_event(&ground.workspace_id, &conversation.id, &first)?;
        let mut talk = Talk {
            tx,
            ground,
            chance,
            conversation,
            at,
            topic,
            left: EACH,
            is_last: n + 1 == of,
            asked: None,
        };
        talk.play()?;
        let (it, until) = (talk.conversation, talk.at);
        tx.update_conversation(&it, &Timings::default(), until)
    }

    fn play(&mut self) -> Result<(), Error> {
        self.asked = Some(self.say(Role::Customer, None)?);
        let is_open = self.chance.below(OPEN) == 0;
        let hands_off = is_open || self.chance.below(10) < 3;
        self.decide(is_open, hands_off)?;
        if !hands_off || self.chance.below(3) > 0 {
            self.suggest()?;
            self.say(Role::Customer, None)?;
        }
        if hands_off {
            return self.hand_off(is_open);
        }
        while self.left > 0 {
            let role = [Role::Customer, Role::Assistant][self.left % 2];
            self.say(role, None)?;
        }
        let by = [ResolvedBy::Customer, ResolvedBy::Silence][self.chance.below(2)].clone();
        self.end(by, None)?;
        self.rate("assistant", 5)
    }

    fn decide(&mut self, is_open: bool, hands_off: bool) -> Result<(), Error> {
        let causes = [
            Trigger::RequestHuman,
            Trigger::Complaint,
            Trigger::BillingDispute,
            Trigger::Cancellation,
            Trigger::AccountChange,
            Trigger::BugInvestigation,
            Trigger::CustomPricing,
            Trigger::AccountSecurity,
        ];
        let cause = causes[uneven(&mut self.chance, causes.len())];
        let strength = if hands_off && !is_open { 0.9 } else { 0.2 };
        let view = View {
            reading: Reading {
                language: Some(self.conversation.language.clone()),
                signals: vec![Signal {
                    trigger: cause,
                    strength,
                    evidence: vec![Evidence::words("as the customer said")],
                }],
                ..Reading::default()
            },
            answerable: Some(if is_open { 0.05 } else { 0.9 }),
            ..View::default()
        };
        let decision = decide(&Policy::default(), &view, self.at);
        let decision_id: DecisionId = id(&mut self.chance, self.at);
        let decided = Fact::Decided {
            decision_id: decision_id.clone(),
            action: decision.action,
            reasons: decision.triggers(),
        };
        let body = Body {
            decision: Some(Box::new(decision.clone())),
            ..Body::default()
        };
        self.record(decided, Some(body))?;
        let (ws, it) = (&self.ground.workspace_id, &self.conversation.id);
        self.tx
            .add_decision(&decision_id, ws, it, &view, &decision, self.at)
    }

    fn suggest(&mut self) -> Result<(), Error> {
        let attempt_id: AttemptId = id(&mut self.chance, self.at);
        self.say(Role::Assistant, None)?;
        let article_id = Some(self.ground.articles[self.topic].clone());
        self.record(
            Fact::AttemptMade {
                attempt_id,
                article_id,
            },
            None,
        )
    }

    fn hand_off(&mut self, is_open: bool) -> Result<(), Error> {
        let entered = self.at;
        let handoff_id: HandoffId = id(&mut self.chance, entered);
        let reasons = if is_open {
            vec![Trigger::NoArticle]
        } else {
            vec![
                [
                    Trigger::RequestHuman,
                    Trigger::Complaint,
                    Trigger::BillingDispute,
                    Trigger::Cancellation,
                    Trigger::BugInvestigation,
                ][uneven(&mut self.chance, 5)],
            ]
        };
        self.record(
            Fact::HandedOff {
                handoff_id: handoff_id.clone(),
                reasons: reasons.clone(),
                promise: None,
                needs: Needs::default(),
            },
            None,
        )?;
        let mut handoff = self.handoff(handoff_id, reasons);
        if self.chance.below(12) == 0 {
            self.after(60, 900);
            handoff.ended_at = Some(self.at);
            handoff.outcome = Some("vanished".into());
            self.tx.add_handoff(&handoff)?;
            return self.end(ResolvedBy::Vanished, None);
        }
        let agent = self.ground.agents[uneven(&mut self.chance, AGENTS)].clone();
        self.after(5, 200);
        handoff.accepted_at = Some(self.at);
        handoff.agent_id = Some(agent.id.clone());
        let taken = Fact::Accepted {
            agent: agent.clone(),
            units: 1,
        };
        self.record(taken, None)?;
        self.after(5, 200);
        handoff.first_reply_at = Some(self.at);
        while self.left > 0 {
            let is_agents = self.left % 2 == 1 || handoff.first_reply_at == Some(self.at);
            if is_agents {
                self.say(Role::Agent, Some(&agent))?;
            } else {
                let message_id = self.say(Role::Customer, None)?;
                if self.chance.below(30) == 0 {
                    let how = Repetition::Said;
                    let noticed = Fact::CustomerRepeated {
                        message_id,
                        of: self.asked.clone(),
                        how,
                        what: Retold::default(),
                    };
                    self.record(noticed, None)?;
                }
            }
        }
        let (disposition, outcome) = [
            (Disposition::Solved, "solved"),
            (Disposition::Workaround, "workaround"),
            (Disposition::ProductProblem, "product_problem"),
            (Disposition::Needless, "needless"),
        ][uneven(&mut self.chance, 4)];
        handoff.ended_at = Some(self.at);
        handoff.outcome = Some(outcome.into());
        self.tx.add_handoff(&handoff)?;
        self.end(ResolvedBy::Agent { agent }, Some(disposition))?;
        self.rate("handoff", 3)
    }

    fn handoff(&self, id: HandoffId, reasons: Vec<Trigger>) -> Handoff {
        Handoff {
            id,
            workspace_id: self.ground.workspace_id.clone(),
            conversation_id: self.conversation.id.clone(),
            inbox_id: self.conversation.inbox_id.clone(),
            at: self.at,
            reasons,
            package: None,
            promise: None,
            accepted_at: None,
            agent_id: None,
            first_reply_at: None,
            ended_at: None,
            outcome: None,
            team_id: None,
            priority: Priority::NORMAL,
            told_until: None,
        }
    }

    fn end(&mut self, by: ResolvedBy, disposition: Option<Disposition>) -> Result<(), Error> {
        while self.left > 0 {
            self.say(Role::Customer, None)?;
        }
        let verdict = [Some(Knowable::No), Some(Knowable::ArticleMissing), None];
        let knowable = disposition.and(verdict[self.chance.below(3)]);
        let ended = Fact::Resolved {
            by,
            disposition,
            knowable,
            handoff_id: None,
        };
        self.record(ended, None)
    }

    /// One in so many says how it was.
    fn rate(&mut self, served_by: &str, one_in: usize) -> Result<(), Error> {
        if self.chance.below(one_in) > 0 {
            return Ok(());
        }
        self.after(20, 120);
        let score = 5 - uneven(&mut self.chance, 5) as u8;
        let repeated = (served_by == "handoff").then(|| self.chance.below(6) == 0);
        self.record(Fact::Rated { score, repeated }, None)?;
        let (ws, it) = (&self.ground.workspace_id, &self.conversation.id);
        self.tx
            .add_rating(ws, it, score, repeated, served_by, self.at)
    }

    fn say(&mut self, role: Role, agent: Option<&AgentName>) -> Result<MessageId, Error> {
        self.after(8, 90);
        self.left = self.left.saturating_sub(1);
        let mut said: Vec<String> = (0..SPOKEN)
            .map(|_| format!("word{}", uneven(&mut self.chance, WORDS as usize)))
            .collect();
        if self.is_last {
            said.push(LAST.into());
        }
        let message_id: MessageId = id(&mut self.chance, self.at);
        let message = Message {
            message_id: message_id.clone(),
            role,
            agent: agent.cloned(),
            private: false,
            template: None,
            client_message_id: None,
            attempt_id: None,
            offers_person: false,
            channel: Default::default(),
        };
        self.record(Fact::MessageAdded(message), Body::text(said.join(" ")))?;
        Ok(message_id)
    }

    fn after(&mut self, least_s: i64, more_s: usize) {
        self.at = self
            .at
            .plus((least_s + self.chance.below(more_s) as i64) * SECOND_MS);
    }

    fn record(&mut self, fact: Fact, body: Option<Body>) -> Result<(), Error> {
        let event = self.conversation.record(self.at, fact, body);
        let (ws, it) = (&self.ground.workspace_id, &self.conversation.id);
        self.tx.add_event(ws, it, &event)
    }
}
