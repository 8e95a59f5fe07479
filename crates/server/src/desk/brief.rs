//! What is found out about a conversation before a transaction: its texts read, the
//! knowledge base asked, the customer looked up.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_core::asking::Detail;
use segue_core::attempt::Attempt;
use segue_core::conversation::{Conversation, Owner};
use segue_core::decide::{Customer, EarlierContact, View};
use segue_core::event::{ABSTAINED, Event, Fact, Role};
use segue_core::hand_back::{Agreed, agreed};
use segue_core::ids::{ConversationId, MessageId};
use segue_core::package::{
    Activity, CustomerCard, EarlierConversation, Provenance, SimilarCase, Suggestion, Turn,
    pointer, shorten,
};
use segue_core::policy::Policy;
use segue_core::signal::{Reading, Signal, SmallTalk, Trigger};
use segue_core::time::Timestamp;
use segue_sense::draft_checks::repeated_solution;
use segue_sense::read::{Context, Reader};
use segue_sense::retrieval::{Hit, Index, Query};
use segue_sense::told::told;
use segue_store::{Contact, Tx, View as ListView};

use super::scene::Scene;
use super::{Desk, Error, Line, Place};
use crate::assistant::chosen;

/// What was found out about a conversation before the transaction: the texts read,
/// the knowledge base asked. The transaction checks that it is still wanted.
#[derive(Clone, Debug)]
pub struct Brief {
    /// What the customer's newest message says.
    pub reading: Reading,
    /// The customer's messages, oldest first.
    pub turns: Vec<Turn>,
    /// How well the knowledge base answers; `None` before it was asked for an answer.
    pub answerable: Option<f64>,
    /// What the customer has told of what an agent would ask first.
    pub told: Vec<Detail>,
    /// Articles that fit and have not failed yet, best first.
    pub suggestions: Vec<Suggestion>,
    /// Conversations about the like that agents have solved, the nearest first.
    pub similar: Vec<SimilarCase>,
    /// How often the assistant had to abstain so far (P21).
    pub abstentions: u32,
    /// What the rules need to know of the customer.
    pub customer: Customer,
    /// What the agent will see of the customer (P25).
    pub card: CustomerCard,
    /// Where that comes from, by JSON pointer.
    pub customer_from: BTreeMap<String, Provenance>,
    /// What is to be answered: the newest message, and where the assistant has asked
    /// which of several things is meant, the question that it asked about.
    pub question: String,
    /// The title of the article that the customer has chosen when asked (P17).
    pub chosen: Option<String>,
    /// What agents have told the assistant, the newest first.
    pub agreed: Vec<Agreed>,
    /// The customer's messages since the assistant began afresh.
    pub(super) fresh_turns: usize,
    /// The line, of which the wait is foretold (P28).
    pub(super) line: Option<Arc<Line>>,
}

impl Desk {
    /// Reads a conversation's texts and asks the knowledge base, outside any
    /// transaction. `newest` is a message that is not stored yet.
    pub(crate) async fn brief(
        &self,
        place: &Arc<Place>,
        conversation_id: &ConversationId,
        newest: Option<&str>,
    ) -> Result<Brief, Error> {
        let (id, here, now) = (conversation_id.clone(), place.clone(), self.clock.now());
        let known = self
            .store
            .read(move |tx| Known::load(tx, &here, &id, now))
            .await?;
        let index = self.knowledge.index(&place.workspace.id).await?;
        // How the like was solved is a help; no message fails for want of it.
        let cases = self.knowledge.cases.index(&place.workspace.id, now).await;
        let cases = cases.unwrap_or_else(|error| {
            tracing::warn!(%error, "solved conversations could not be searched");
            Arc::default()
        });
        let line = Some(self.line(&place.workspace.id, None).await?);
        let (place, newest) = (place.clone(), newest.map(str::to_string));
        let own = conversation_id.clone();
        // Reading takes a core for milliseconds; sockets must not wait for that.
        let reader = self.knowledge.reader().clone();
        let read = move || {
            let brief = known.read(&reader, &place.inbox.policy, &index, newest.as_deref());
            let similar = cases.search(&reader, brief.matter(), &own);
            Brief { similar, ..brief }
        };
        let brief = tokio::task::spawn_blocking(read).await;
        let brief =
            brief.map_err(|_| Error::Invalid("the conversation's texts could not be read"))?;
        Ok(Brief { line, ..brief })
    }

    /// Whether a human has the conversation or is on the way.
    pub(crate) async fn has_human(
        &self,
        place: &Place,
        conversation_id: &ConversationId,
    ) -> Result<Option<Conversation>, Error> {
        let (workspace_id, id) = (place.workspace.id.clone(), conversation_id.clone());
        let found = self
            .store
            .read(move |tx| tx.conversation(&workspace_id, &id))
            .await?
            .ok_or(Error::NotFound)?;
        let comes = matches!(found.owner(), Owner::Queue | Owner::Agent(_));
        Ok(comes.then_some(found))
    }
}

/// The newest of the customer's messages that are read; older ones are history.
const READ_TURNS: usize = 40;
/// The letters that are read of each but the newest, which is read whole: a wish may stand
/// at its end (P20).
const READ_LETTERS: usize = 2_000;

impl Brief {
    /// The customer's words that say what it is about.
    fn matter(&self) -> &str {
        let telling = self.turns.iter().rfind(|turn| turn.tells_issue);
        let telling = telling.or(self.turns.last());
        telling.map_or("", |turn| &turn.text)
    }

    /// All that a decision on the newest message is made from.
    pub(super) fn view(&self, scene: &mut Scene<'_, '_>) -> Result<View, Error> {
        let id = scene.conversation.id.clone();
        let attempts = scene.tx.attempts(&scene.place.workspace.id, &id)?;
        Ok(self.view_of(scene.place, &scene.conversation, attempts))
    }

    /// The same outside a transaction, to look ahead.
    pub(super) fn view_of(
        &self,
        place: &Place,
        conversation: &Conversation,
        attempts: Vec<Attempt>,
    ) -> View {
        let mut attempts = attempts;
        if let Some(from) = conversation.fresh_from {
            attempts.retain(|attempt| attempt.at > from);
        }
        View {
            inbox: place.inbox.name.clone(),
            clarified: conversation.clarified,
            declined: conversation.declined.clone(),
            declined_at: conversation.declined_at,
            ..self.view_with(attempts)
        }
    }

    /// The same with a ledger from elsewhere, in a conversation that begins afresh.
    pub(super) fn view_with(&self, attempts: Vec<Attempt>) -> View {
        let earlier = self
            .turns
            .split_last()
            .map_or(&[][..], |(_, earlier)| earlier);
        // A mood from before a human had it was theirs to calm.
        let stale = self.turns.len().saturating_sub(self.fresh_turns.max(1));
        let earlier = earlier.get(stale..).unwrap_or_default();
        View {
            customer: self.customer.clone(),
            reading: self.reading.clone(),
            earlier_mood: earlier.iter().map(|turn| turn.mood).fold(0.0, f64::max),
            moods: earlier.iter().map(|turn| turn.mood).collect(),
            attempts,
            abstentions: self.abstentions,
            ..View::default()
        }
    }
}

/// What a brief is read from: what the database knows, or what a transcript tells.
pub(super) struct Known {
    /// The customer's messages, oldest first.
    pub(super) texts: Vec<String>,
    /// The messages of the first of them, as far as they are stored.
    pub(super) message_ids: Vec<MessageId>,
    /// What the assistant suggested and did not help.
    pub(super) failed: Vec<String>,
    pub(super) last_answer: Option<String>,
    /// What the assistant's last words let the customer choose from (P17).
    pub(super) readings: Vec<String>,
    /// Whether the assistant's last words offered a person.
    pub(super) offered: bool,
    /// How often the assistant had to abstain.
    pub(super) abstentions: u32,
    pub(super) customer: Customer,
    pub(super) card: CustomerCard,
    /// Where that comes from.
    pub(super) customer_from: BTreeMap<String, Provenance>,
    /// Earlier contacts, whatever they were about.
    pub(super) prior: Vec<EarlierContact>,
    /// What agents have told the assistant.
    pub(super) agreed: Vec<Agreed>,
    /// The customer's messages from before the assistant began afresh.
    pub(super) stale_texts: usize,
}

impl Known {
    fn load(
        tx: &mut Tx<'_>,
        place: &Place,
        id: &ConversationId,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let workspace_id = &place.workspace.id;
        let conversation = tx.conversation(workspace_id, id)?.ok_or(Error::NotFound)?;
        let contact = tx
            .contact(workspace_id, &conversation.contact_id)?
            .ok_or(Error::NotFound)?;
        let events = tx.events(workspace_id, id, 0, 2_000)?;
        let (before, fresh) = events.split_at(began_afresh(&conversation, &events));
        let since = now.plus(-place.inbox.policy.repeat_window_ms);
        let earlier = earlier(tx, place, &conversation, since)?;
        let card = CustomerCard {
            name: contact.person.name.clone(),
            email: contact.person.email.clone(),
            plan: contact.plan.clone(),
            vip: contact.vip,
            signed_up_at: contact.signed_up_at,
            attributes: contact.person.attributes.clone(),
            earlier: earlier.iter().take(EARLIER).cloned().collect(),
            events: activity(tx, place, &contact)?,
        };
        let customer_from = tellers(&contact);
        let failed = tx.attempts(workspace_id, id)?.into_iter();
        let failed = failed
            .filter(|attempt| attempt.outcome.is_unsuccessful())
            .map(|attempt| attempt.suggestion);
        let failed = failed.collect();
        let (message_ids, texts) = customer_messages(&events).unzip();
        let customer = Customer {
            plan: contact.plan,
            vip: contact.vip,
            signed_up_at: contact.signed_up_at,
            same_issue: vec![],
        };
        Ok(Self {
            texts,
            message_ids,
            failed,
            customer_from,
            last_answer: said_by(fresh, Role::Assistant).pop(),
            readings: readings(fresh),
            offered: offered(fresh),
            abstentions: abstentions(fresh),
            agreed: agreed(&events),
            stale_texts: said_by(before, Role::Customer).len(),
            customer,
            card,
            prior: earlier
                .into_iter()
                .map(|earlier| EarlierContact {
                    subject: earlier.subject,
                    closed_at: earlier.opened_at,
                })
                .collect(),
        })
    }

    pub(super) fn read(
        mut self,
        reader: &Reader,
        policy: &Policy,
        index: &Index,
        newest: Option<&str>,
    ) -> Brief {
        self.texts.extend(newest.map(str::to_string));
        let unread = self.texts.len().saturating_sub(READ_TURNS);
        self.texts.drain(..unread);
        let stale = self.stale_texts.saturating_sub(unread);
        let older = self.texts.len().saturating_sub(1);
        for text in &mut self.texts[..older] {
            if let Some((end, _)) = text.char_indices().nth(READ_LETTERS) {
                text.truncate(end);
            }
        }
        let account_currency = self.card.attributes.get("currency").map(String::as_str);
        let mut turns = Vec::with_capacity(self.texts.len());
        let mut reading = Reading::default();
        for (n, text) in self.texts.iter().enumerate() {
            let is_last = n + 1 == self.texts.len();
            let last_answer = self.last_answer.as_deref().filter(|_| is_last);
            let context = Context {
                // Who asks again what a human has answered asks the assistant anew.
                earlier: &self.texts[stale.min(n)..n],
                last_answer,
                offered: self.offered && is_last,
                policy: Some(policy),
                account_currency,
            };
            let read = reader.read(text, &context);
            turns.push(Turn {
                message_id: self.message_ids.get(unread + n).cloned(),
                text: text.clone(),
                mood: read.mood(),
                tells_issue: tells_issue(text, &read),
            });
            if is_last {
                reading = read;
            }
        }
        let told = told_by(&turns);
        let newest = self.texts.last().map_or("", String::as_str);
        let chosen = chosen(newest, &self.readings).map(str::to_string);
        if chosen.is_some() {
            // Who chooses from what was offered says no more than that.
            reading.repeats_question = false;
            reading.feedback = None;
            reading.small_talk = None;
            // The words are an article's title: they show what we wrote.
            let own = |signal: &Signal| signal.trigger == Trigger::RequestHuman;
            reading.signals.retain(own);
            reading.refund = None;
        }
        let asked_about = self.texts[..older]
            .last()
            .filter(|_| !self.readings.is_empty() && reading.small_talk.is_none());
        let question = match (asked_about, &chosen) {
            (Some(earlier), Some(_)) => earlier.clone(),
            // A few words more make the question clearer; more of them are a new one.
            (Some(earlier), None) if newest.split_whitespace().count() <= ELABORATION => {
                format!("{earlier} {newest}")
            }
            (_, None) | (None, Some(_)) => in_context(reader, policy, index, &self.texts, &reading),
        };
        let (query, hits) = best_query(reader, index, &self.texts);
        let answerable = (!hits.is_empty()).then(|| index.answerable(&query, &hits));
        // A passage that hardly fits is worse than none (P26): it must be of a question
        // that the articles answer, and come near the best.
        let best = hits.first().map_or(0.0, |hit| hit.score);
        let known = answerable.is_some_and(|share| share >= policy.no_article_below);
        let by_meaning = hits.first().is_some_and(|hit| hit.nearness.is_some());
        let near = if by_meaning { FITS_IN_MEANING } else { FITS };
        let fits = |hit: &Hit| known && hit.score >= near * best;
        // In other words it would fail again; those words need no vectors.
        let plain = Reader::lexical();
        let failed: Vec<&str> = self.failed.iter().map(String::as_str).collect();
        let is_new = |hit: &Hit| repeated_solution(&plain, &hit.passage, &failed).is_none();
        let suggestion = |hit: Hit| Suggestion {
            article_id: hit.article_id,
            title: hit.title,
            passage: hit.passage,
        };
        let is_same = |prior: &EarlierContact| reader.same_issue(&prior.subject, &query.text);
        self.customer.same_issue = self.prior.into_iter().filter(is_same).collect();
        // What the articles answer is no chat, and not out of the company's trade (P15).
        let chats = matches!(reading.small_talk, Some(SmallTalk::OutOfTrade));
        if chats && answerable.is_some_and(|share| share >= policy.partial_below) {
            reading.small_talk = None;
        }
        Brief {
            reading,
            turns,
            told,
            answerable,
            suggestions: hits
                .into_iter()
                .filter(|hit| fits(hit) && is_new(hit))
                .map(suggestion)
                .collect(),
            similar: vec![],
            abstentions: self.abstentions,
            customer: self.customer,
            card: self.card,
            customer_from: self.customer_from,
            question,
            chosen,
            agreed: self.agreed,
            fresh_turns: self.texts.len().saturating_sub(stale),
            line: None,
        }
    }
}

/// The number of the first event since the assistant began afresh: the hand-back itself, or
/// the customer's return from a human.
fn began_afresh(conversation: &Conversation, events: &[Event]) -> usize {
    let Some(from) = conversation.fresh_from else {
        return 0;
    };
    let begins = |event: &Event| {
        let begins = matches!(event.fact, Fact::HandedBack { .. } | Fact::Reopened { .. });
        begins && event.at == from
    };
    events.iter().rposition(begins).unwrap_or(0)
}

/// How near a passage must come to the best one to be suggested to the agent.
const FITS: f64 = 0.6;
/// The same with vectors, whose scores lie closer together.
const FITS_IN_MEANING: f64 = 0.85;
/// Words that only add to the question that was asked about.
const ELABORATION: usize = 8;
/// The same in letters, for languages without spaces.
const SHORT_LETTERS: usize = 60;
/// Words that a message must have beside its wish for a person to tell an issue.
const TELLING_WORDS: usize = 3;

/// Whether a message says what it is about, rather than how the last answer went, that a
/// person is wanted, or hello.
fn tells_issue(text: &str, reading: &Reading) -> bool {
    let count = |text: &str| text.split_whitespace().count();
    let wish = reading.signal(Trigger::RequestHuman);
    let wished = wish.map_or(0, |signal| {
        signal
            .evidence
            .iter()
            .map(|evidence| count(evidence.text()))
            .max()
            .unwrap_or(0)
    });
    // Languages without spaces have one long word.
    let is_long =
        count(text) >= wished + TELLING_WORDS || text.chars().count() >= 12 && wished == 0;
    reading.small_talk.is_none() && reading.feedback.is_none() && is_long
}

/// What the customer's messages tell; the issue too, where one says it.
fn told_by(turns: &[Turn]) -> Vec<Detail> {
    let texts: Vec<&str> = turns.iter().map(|turn| turn.text.as_str()).collect();
    let issue = turns.iter().any(|turn| turn.tells_issue);
    let issue = issue.then_some(Detail::Issue);
    issue.into_iter().chain(told(&texts)).collect()
}

/// The newest message as a question. A few words that no article answers often lean on what
/// was asked before them.
fn in_context(
    reader: &Reader,
    policy: &Policy,
    index: &Index,
    texts: &[String],
    reading: &Reading,
) -> String {
    let Some((newest, earlier)) = texts.split_last() else {
        return String::new();
    };
    let leans = newest.split_whitespace().count() <= ELABORATION
        && newest.chars().count() <= SHORT_LETTERS
        && reading.small_talk.is_none()
        && reading.feedback.is_none()
        && !reading.repeats_question;
    let Some(before) = earlier.last().filter(|_| leans) else {
        return newest.clone();
    };
    let together = format!("{before} {newest}");
    let answerable = |text: &str| {
        let query = reader.query(text);
        index.answerable(&query, &index.search(&query, 5))
    };
    let alone = answerable(newest);
    if alone < policy.no_article_below && answerable(&together) > alone {
        together
    } else {
        newest.clone()
    }
}

/// The customer's message that the knowledge base understands best, with what it found:
/// "nothing works!!" is not what the agent needs an article for.
fn best_query(reader: &Reader, index: &Index, texts: &[String]) -> (Query, Vec<Hit>) {
    let searched = texts.iter().rev().take(6).map(|text| {
        let query = reader.query(text);
        let hits = index.search(&query, 5);
        let answerable = index.answerable(&query, &hits);
        (answerable, query, hits)
    });
    let best = searched.max_by(|(a, ..), (b, ..)| a.total_cmp(b));
    best.map(|(_, query, hits)| (query, hits))
        .unwrap_or_default()
}

/// Earlier conversations of the same contact, newest first.
fn earlier(
    tx: &mut Tx<'_>,
    place: &Place,
    conversation: &Conversation,
    since: Timestamp,
) -> Result<Vec<EarlierConversation>, Error> {
    let view = ListView::Contact(conversation.contact_id.clone());
    let mut found = Vec::new();
    for listed in tx.list_conversations(&place.workspace.id, &view, None, 30)? {
        let earlier = listed.conversation;
        if earlier.id == conversation.id || earlier.opened_at < since {
            continue;
        }
        let Some(subject) = tx.first_customer_text(&place.workspace.id, &earlier.id)? else {
            continue;
        };
        let handoff = tx
            .handoffs(&place.workspace.id, Some(&earlier.id), None, 1)?
            .pop();
        let outcome = match (handoff.and_then(|handoff| handoff.outcome), earlier.owner()) {
            (Some(outcome), Owner::Nobody) => outcome,
            (None, Owner::Nobody) => "closed".into(),
            _ => "open".into(),
        };
        found.push(EarlierConversation {
            conversation_id: earlier.id,
            subject: shorten(&subject, 120),
            opened_at: earlier.opened_at,
            outcome,
        });
    }
    Ok(found)
}

/// Earlier conversations that are shown, and recent activity.
const EARLIER: usize = 5;
const ACTIVITY: i64 = 10;

/// What happened to the customer lately.
fn activity(tx: &mut Tx<'_>, place: &Place, contact: &Contact) -> Result<Vec<Activity>, Error> {
    let events = tx.contact_events(&place.workspace.id, &contact.id, ACTIVITY)?;
    let shown = events.into_iter().map(Activity::from);
    Ok(shown.collect())
}

/// Where what is known of a contact comes from.
fn tellers(contact: &Contact) -> BTreeMap<String, Provenance> {
    let told = contact.person.told_by.iter().map(|(field, told)| {
        let at = match field.strip_prefix("attributes/") {
            Some(name) => pointer("/customer/attributes", name),
            None => pointer("/customer", field),
        };
        (at, told.by.told(told.at))
    });
    told.collect()
}

/// The customer's messages that say something, oldest first.
fn customer_messages(events: &[Event]) -> impl Iterator<Item = (MessageId, String)> {
    events.iter().filter_map(|event| match &event.fact {
        Fact::MessageAdded(message) if message.role == Role::Customer => {
            let text = event.body.as_ref()?.text.clone()?;
            Some((message.message_id.clone(), text))
        }
        _ => None,
    })
}

fn said_by(events: &[Event], role: Role) -> Vec<String> {
    let text = |event: &Event| match &event.fact {
        Fact::MessageAdded(message) if message.role == role && !message.private => {
            event.body.as_ref()?.text.clone()
        }
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

/// Whether the assistant's last words offered a person.
fn offered(events: &[Event]) -> bool {
    let spoke = |event: &&Event| matches!(&event.fact, Fact::MessageAdded(message) if message.role == Role::Assistant);
    let last = events.iter().rfind(spoke);
    matches!(last.map(|event| &event.fact), Some(Fact::MessageAdded(message)) if message.offers_person)
}

/// What the assistant's last words let the customer choose from.
fn readings(events: &[Event]) -> Vec<String> {
    let spoke = |event: &&Event| matches!(&event.fact, Fact::MessageAdded(message) if message.role == Role::Assistant);
    let last = events.iter().rfind(spoke);
    let body = last.and_then(|event| event.body.as_ref());
    body.map_or(vec![], |body| body.readings.clone())
}

/// Templates by which the assistant says that it has no answer.
pub(super) const ABSTAINING: [&str; 2] = [ABSTAINED, "assistant.missed"];

fn abstentions(events: &[Event]) -> u32 {
    let abstains = |event: &&Event| match &event.fact {
        Fact::MessageAdded(message) => message
            .template
            .as_deref()
            .is_some_and(|key| ABSTAINING.contains(&key)),
        _ => false,
    };
    events.iter().filter(abstains).count() as u32
}
