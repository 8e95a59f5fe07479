//! The agent writes: to the customer, or a note that only agents see.

use std::collections::BTreeSet;
use std::sync::Arc;

use segue_core::conversation::Phase;
use segue_core::event::{AgentName, Body, Channel, Fact, Message, Role};
use segue_core::forecast::was_kept;
use segue_core::ids::{ConversationId, FileId, MessageId};
use segue_store::{Sender, Tx};
use serde::{Deserialize, Serialize};

use super::attach::{files_to_send, is_same};
use super::check_draft::Warned;
use super::scene::Scene;
use super::{Actor, Desk, Error, Place};
use crate::edge::{Count, Moment};

/// Something that an agent writes.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The epoch in which the composer was opened; `None` for a note, which is always
    /// allowed.
    pub epoch: Option<u64>,
    /// The sender's own id of the message.
    pub client_message_id: String,
    /// The words; may be empty where there are files.
    pub text: String,
    /// Files that the agent has sent for this message, in order (P46).
    pub files: Vec<FileId>,
}

/// Where a message stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sent {
    /// The message.
    #[schema(value_type = String)]
    pub message_id: MessageId,
    /// Its number.
    pub seq: u64,
    /// The epoch after it.
    pub epoch: u64,
}

/// What the mail job is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MailOrder {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The message to be sent.
    pub seq: u64,
    /// What was said with it and goes into the same mail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<u64>,
    /// Whether it calls somebody back who keeps a place: with the link.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub back: bool,
}

impl Desk {
    /// Writes to the customer, or a note.
    pub async fn reply(
        &self,
        place: Arc<Place>,
        actor: Actor,
        reply: Reply,
    ) -> Result<Sent, Error> {
        self.reply_despite(place, actor, reply, vec![]).await
    }

    /// The same, with what the agent was warned of and sends all the same (P40, P42).
    pub async fn reply_despite(
        &self,
        place: Arc<Place>,
        actor: Actor,
        reply: Reply,
        warned: Vec<Warned>,
    ) -> Result<Sent, Error> {
        self.verb(move |tx, moment| write(tx, &place, moment, &actor, &reply, &warned))
            .await
    }
}

fn write(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    actor: &Actor,
    reply: &Reply,
    warned: &[Warned],
) -> Result<Sent, Error> {
    let (mut scene, sent) = Scene::load_for_message(
        tx,
        place,
        moment,
        &reply.conversation_id,
        &reply.client_message_id,
    )?;
    if let Some(event) = sent {
        let (is_note, is_mine) = (reply.epoch.is_none(), |agent: &AgentName| {
            agent.id == actor.id
        });
        return match &event.fact {
            Fact::MessageAdded(message)
                if message.private == is_note
                    && message.agent.as_ref().is_some_and(is_mine)
                    && is_same(&event, &reply.text, &reply.files) =>
            {
                Ok(Sent {
                    message_id: message.message_id.clone(),
                    seq: event.seq,
                    epoch: event.epoch,
                })
            }
            _ => Err(Error::Invalid("that id was used for something else")),
        };
    }
    let files = files_to_send(
        scene.tx,
        &place.workspace.id,
        &reply.conversation_id,
        &Sender::Agent(actor.id.clone()),
        &reply.files,
    )?;
    let agent = AgentName {
        id: actor.id.clone(),
        name: actor.name.clone(),
    };
    let message = Message {
        client_message_id: Some(reply.client_message_id.clone()),
        ..scene.message(Role::Agent, Some(agent))
    };
    let message_id = message.message_id.clone();
    let fact = match reply.epoch {
        Some(epoch) => scene
            .conversation
            .speak_as_agent(&actor.id, epoch, message)?,
        None => scene.conversation.note(message),
    };
    let seq = scene.record(fact, Body::message(&reply.text, files)).seq;
    let is_note = reply.epoch.is_none();
    for (number, file) in reply.files.iter().enumerate() {
        scene
            .tx
            .send_file(&place.workspace.id, file, (seq, number), is_note)?;
    }
    if reply.epoch.is_some() {
        note_warnings(&mut scene, &message_id, warned);
        note_first_reply(&mut scene)?;
        let wrote_by_mail = scene.conversation.heard_by == Channel::Mail;
        if scene.conversation.by_email || wrote_by_mail {
            let order = MailOrder {
                conversation_id: reply.conversation_id.clone(),
                seq,
                also: vec![],
                back: false,
            };
            scene.job("mail", format!("mail {message_id}"), &order, 0)?;
        }
    }
    let epoch = scene.finish()?.epoch;
    Ok(Sent {
        message_id,
        seq,
        epoch,
    })
}

/// What was sent although its writer had been warned of it, each once.
fn note_warnings(scene: &mut Scene<'_, '_>, message_id: &MessageId, warned: &[Warned]) {
    let mut seen = BTreeSet::new();
    for Warned { guard, of } in warned.iter().filter(|one| seen.insert(one.guard)) {
        let fact = Fact::SentDespite {
            message_id: message_id.clone(),
            guard: *guard,
            of: of.clone(),
        };
        scene.record(fact, None);
        let counted = ("guard", guard.name());
        scene
            .moment
            .count(Count::One("segue_sent_despite_total", counted));
    }
}

/// The first words of a human end the wait (P36).
fn note_first_reply(scene: &mut Scene<'_, '_>) -> Result<(), Error> {
    if let Phase::Served {
        handoff_id,
        replied_at: Some(at),
        ..
    } = &scene.conversation.phase
        && *at == scene.moment.now
    {
        let workspace_id = &scene.place.workspace.id;
        scene.tx.handoff_replied(workspace_id, handoff_id, *at)?;
        if let Some(handoff) = scene.tx.handoff(workspace_id, handoff_id)? {
            let waited_s = at.since(handoff.at).max(0) as f64 / 1_000.0;
            let name = "segue_first_reply_wait_seconds";
            scene.moment.count(Count::Seconds(name, waited_s));
            if let Some(promise) = &handoff.promise {
                let kept = if was_kept(promise, *at) {
                    "true"
                } else {
                    "false"
                };
                let counted = Count::One("segue_promises_total", ("kept", kept));
                scene.moment.count(counted);
            }
        }
    }
    Ok(())
}
