//! A conversation on the table during one verb: loaded and locked, its new events,
//! and the one place that writes them down and rings.

use segue_core::conversation::{Conversation, Due, Owner, Refusal, State};
use segue_core::event::{AgentName, Body, Channel, Event, Fact, Message, Role};
use segue_core::ids::{ContactId, ConversationId, MessageId};
use segue_core::queue::Waiting;
use segue_core::time::Timestamp;
use segue_core::webhook::Topic;
use segue_core::words::Words;
use segue_store::{Job, Tx};

use super::reply::MailOrder;
use super::tell::TellOrder;
use super::{Error, Place};
use crate::edge::Moment;

/// A conversation during one verb.
pub struct Scene<'a, 'tx> {
    /// The transaction.
    pub tx: &'a mut Tx<'tx>,
    /// Its surroundings.
    pub place: &'a Place,
    /// When this happens.
    pub moment: &'a Moment,
    /// The conversation as it is now.
    pub conversation: Conversation,
    /// Where it stood when it was put on the table; `None` for a new one.
    stood: Option<Standing>,
    recorded: Vec<Event>,
}

/// What the system says that a customer who is not in front of a page must know. The rest
/// is about the page: who is there, who types, who was silent.
const MAILED: [&str; 4] = [
    "handoff.by_mail",
    "handoff.connecting",
    "handoff.wait_limit",
    "safety.card_hidden",
];

/// What lists, the line and the clock know of a conversation.
type Standing = (
    State,
    Owner,
    u64,
    Option<(Timestamp, Due)>,
    ContactId,
    Option<Waiting>,
);

impl<'a, 'tx> Scene<'a, 'tx> {
    /// Loads a conversation and keeps it from changing until the commit.
    pub fn load(
        tx: &'a mut Tx<'tx>,
        place: &'a Place,
        moment: &'a Moment,
        id: &ConversationId,
    ) -> Result<Self, Error> {
        // Nothing follows an erasure, whatever was on its way (P48).
        let conversation = tx
            .conversation_for_update(&place.workspace.id, id)?
            .filter(|conversation| !conversation.erased)
            .ok_or(Error::NotFound)?;
        let stood = Some(standing(&conversation, place));
        Ok(Self {
            tx,
            place,
            moment,
            conversation,
            stood,
            recorded: vec![],
        })
    }

    /// Loads a conversation to which its sender's message is to be added, with the event
    /// of that message if it was sent before. The sender's id settles whether the verb has
    /// happened.
    pub fn load_for_message(
        tx: &'a mut Tx<'tx>,
        place: &'a Place,
        moment: &'a Moment,
        id: &ConversationId,
        client_message_id: &str,
    ) -> Result<(Self, Option<Event>), Error> {
        tx.settles_itself();
        let (conversation, sent) = tx
            .conversation_for_message(&place.workspace.id, id, client_message_id)?
            .filter(|(conversation, _)| !conversation.erased)
            .ok_or(Error::NotFound)?;
        let stood = Some(standing(&conversation, place));
        let scene = Self {
            tx,
            place,
            moment,
            conversation,
            stood,
            recorded: vec![],
        };
        Ok((scene, sent))
    }

    /// Puts a conversation on the table that does not exist yet.
    pub fn begin(
        tx: &'a mut Tx<'tx>,
        place: &'a Place,
        moment: &'a Moment,
        (conversation, first): (Conversation, Event),
    ) -> Self {
        Self {
            tx,
            place,
            moment,
            conversation,
            stood: None,
            recorded: vec![first],
        }
    }

    /// Numbers a fact and folds it in.
    pub fn record(&mut self, fact: Fact, body: Option<Body>) -> &Event {
        let event = self.conversation.record(self.moment.now, fact, body);
        self.recorded.push(event);
        &self.recorded[self.recorded.len() - 1]
    }

    /// Refuses what was said of an owner who has changed since.
    pub fn check_epoch(&self, epoch: u64) -> Result<(), Error> {
        if epoch == self.conversation.epoch {
            Ok(())
        } else {
            Err(Refusal::StaleEpoch.into())
        }
    }

    /// The customer's last message, of those that were recorded just now.
    pub fn last_heard(&self) -> Option<MessageId> {
        self.recorded
            .iter()
            .rev()
            .find_map(|event| match &event.fact {
                Fact::MessageAdded(message) if message.role == Role::Customer => {
                    Some(message.message_id.clone())
                }
                _ => None,
            })
    }

    /// The words in the customer's language.
    pub fn words(&self) -> &'static Words {
        Words::of(&self.conversation.language)
    }

    /// Says something from a template as the system.
    pub fn say(&mut self, key: &str, values: &[(&str, &str)]) {
        let text = self.words().fill(key, values);
        self.say_text(key, text);
    }

    /// Says a text that was put together from templates, as the system.
    pub fn say_text(&mut self, key: &str, text: String) {
        let message = Message {
            template: Some(key.into()),
            ..self.message(Role::System, None)
        };
        self.record(Fact::MessageAdded(message), Body::text(text));
    }

    /// Leaves a note for the agents, who read it in their own language (`console.note_…`).
    pub fn leave_note(&mut self, key: &str, values: &[(&str, &str)]) {
        let message = Message {
            template: Some(key.into()),
            ..self.message(Role::System, None)
        };
        let fact = self.conversation.note(message);
        let english = format!("console.note_{}", key.replace('.', "_"));
        let text = Words::of("en").fill(&english, values);
        let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        let body = Body {
            text: Some(text),
            values: values.iter().map(owned).collect(),
            ..Body::default()
        };
        self.record(fact, Some(body));
    }

    /// What needs no human is said where the customer wrote: what was said to somebody who
    /// wrote by mail goes out as one mail (P31). What an agent writes is mailed by `reply`.
    fn mail_answers(&mut self) -> Result<(), Error> {
        if self.conversation.heard_by != Channel::Mail {
            return Ok(());
        }
        let is_mailed = |event: &&Event| match &event.fact {
            Fact::MessageAdded(message) if message.private => false,
            Fact::MessageAdded(message) => match message.role {
                Role::Assistant => true,
                Role::System => {
                    let template = message.template.as_deref().unwrap_or_default();
                    MAILED.contains(&template)
                }
                Role::Customer | Role::Agent => false,
            },
            _ => false,
        };
        let said = self.recorded.iter().filter(is_mailed);
        let mut said = said.map(|event| event.seq).collect::<Vec<_>>().into_iter();
        let Some(seq) = said.next() else {
            return Ok(());
        };
        let order = MailOrder {
            conversation_id: self.conversation.id.clone(),
            seq,
            also: said.collect(),
            back: false,
        };
        let key = format!("mail {} {seq}", order.conversation_id);
        self.job("mail", key, &order, 0)
    }

    /// Whoever listens to what was recorded is told by a job: one for each conversation, so that
    /// its events come in order. A job that is there already will find these events too.
    fn tell_webhooks(&mut self) -> Result<(), Error> {
        let place = self.place;
        for listener in &place.webhooks {
            let mut told = self.recorded.iter();
            let first = told.find(|event| {
                Topic::of(&event.fact).is_some_and(|topic| listener.topics.contains(&topic))
            });
            let Some(first) = first else { continue };
            let order = TellOrder {
                webhook_id: listener.id.clone(),
                conversation_id: self.conversation.id.clone(),
                after: first.seq - 1,
                again: false,
            };
            let key = format!("webhook {} {}", listener.id, order.conversation_id);
            self.job("webhook", key, &order, 0)?;
        }
        Ok(())
    }

    /// A message to be recorded, with a new id.
    pub fn message(&self, role: Role, agent: Option<AgentName>) -> Message {
        Message {
            message_id: self.moment.id(),
            role,
            agent,
            private: false,
            template: None,
            client_message_id: None,
            attempt_id: None,
            offers_person: false,
            channel: Default::default(),
        }
    }

    /// Enters a job about this conversation, to be run `in_ms` from now. `key` makes it
    /// one piece of work.
    pub fn job(
        &mut self,
        kind: &str,
        key: String,
        payload: &impl serde::Serialize,
        in_ms: i64,
    ) -> Result<(), Error> {
        let job = Job {
            id: self.moment.id(),
            workspace_id: self.place.workspace.id.clone(),
            kind: kind.into(),
            key,
            payload: serde_json::to_string(payload)
                .map_err(|_| Error::Invalid("the job's payload is not JSON"))?,
            tries: 0,
        };
        let run_at = self.moment.now.plus(in_ms);
        if in_ms > 0 {
            self.tx.put_off_job(&job, run_at)?;
        } else {
            self.tx.add_job(&job, run_at)?;
        }
        Ok(())
    }

    /// Writes down what was recorded and rings. Without new events nothing happens.
    pub fn finish(mut self) -> Result<Conversation, Error> {
        self.mail_answers()?;
        self.tell_webhooks()?;
        let Self {
            tx,
            place,
            moment,
            conversation,
            stood,
            recorded,
        } = self;
        if recorded.is_empty() {
            return Ok(conversation);
        }
        let timings = &place.inbox.policy.timings;
        match stood {
            None => tx.add_conversation(&conversation, timings, moment.now)?,
            // Most messages change nothing that a list or the clock knows.
            Some(stood) if stood == standing(&conversation, place) => {
                tx.touch_conversation(&conversation, moment.now)?
            }
            Some(_) => tx.update_conversation(&conversation, timings, moment.now)?,
        }
        for event in &recorded {
            tx.add_event(&place.workspace.id, &conversation.id, event)?;
        }
        tx.ring(&conversation.id, conversation.seq);
        let touches_lists = |event: &Event| {
            !matches!(
                event.fact,
                Fact::MessageAdded(_) | Fact::Decided { .. } | Fact::PackageFilled { .. }
            )
        };
        if recorded.iter().any(touches_lists) {
            tx.ring_floor(&place.workspace.id);
        }
        Ok(conversation)
    }
}

fn standing(conversation: &Conversation, place: &Place) -> Standing {
    (
        conversation.state(),
        conversation.owner(),
        conversation.epoch,
        conversation.due(&place.inbox.policy.timings),
        conversation.contact_id.clone(),
        Waiting::of(conversation),
    )
}
