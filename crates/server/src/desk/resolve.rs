//! A conversation is done: said by its agent, or by the customer while no human owns it.

use std::sync::Arc;

use segue_core::conversation::{Conversation, Owner, Phase, Refusal};
use segue_core::event::{AgentName, Body, Disposition, Fact, Knowable, Message, ResolvedBy, Role};
use segue_core::ids::{ContactId, ConversationId};
use segue_store::{HandoffEnd, Tx, kill_point};

use super::presence::begin_wrap_up;
use super::scene::Scene;
use super::{Actor, Desk, Error, Place, Plain, Telling};
use crate::edge::Moment;

/// How an agent says that a conversation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrapUp {
    /// How.
    pub disposition: Disposition,
    /// Whether the assistant could have known, if the agent says so.
    pub knowable: Option<Knowable>,
    /// A note for colleagues.
    pub note: Option<String>,
}

impl From<Disposition> for WrapUp {
    fn from(disposition: Disposition) -> Self {
        Self {
            disposition,
            knowable: None,
            note: None,
        }
    }
}

impl Desk {
    /// The agent who owns it says how it ended.
    pub async fn resolve(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        actor: Actor,
        epoch: u64,
        wrap_up: impl Into<WrapUp>,
    ) -> Result<Conversation, Error> {
        let wrap_up = wrap_up.into();
        self.resolve_with(place, conversation_id, actor, epoch, wrap_up, Plain)
            .await
    }

    /// The same, telling what came of it otherwise.
    pub async fn resolve_with<O: Telling<Conversation>>(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        actor: Actor,
        epoch: u64,
        wrap_up: WrapUp,
        telling: O,
    ) -> Result<O::Given, Error> {
        self.verb(move |tx, moment| {
            telling.of(tx, moment, |tx| {
                resolve(
                    tx,
                    &place,
                    moment,
                    &conversation_id,
                    &actor,
                    epoch,
                    &wrap_up,
                )
            })
        })
        .await
    }

    /// The customer says that it is solved.
    pub async fn resolve_by_customer(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        contact_id: ContactId,
    ) -> Result<Conversation, Error> {
        self.verb(move |tx, moment| {
            resolve_by_customer(tx, &place, moment, &conversation_id, &contact_id)
        })
        .await
    }
}

pub(super) fn resolve(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    conversation_id: &ConversationId,
    actor: &Actor,
    epoch: u64,
    wrap_up: &WrapUp,
) -> Result<Conversation, Error> {
    let mut scene = Scene::load(tx, place, moment, conversation_id)?;
    if epoch != scene.conversation.epoch {
        return Err(Refusal::StaleEpoch.into());
    }
    let agent = AgentName {
        id: actor.id.clone(),
        name: actor.name.clone(),
    };
    let by = ResolvedBy::Agent {
        agent: agent.clone(),
    };
    let WrapUp {
        disposition,
        knowable,
        note,
    } = wrap_up;
    let fact = scene
        .conversation
        .resolve_with(by, Some(*disposition), *knowable)?;
    if let Some(note) = note.as_deref().filter(|note| !note.trim().is_empty()) {
        let message: Message = scene.message(Role::Agent, Some(agent));
        let noted = scene.conversation.note(message);
        scene.record(noted, Body::text(note));
    }
    let said = match disposition {
        Disposition::Solved
        | Disposition::Workaround
        | Disposition::Refunded
        | Disposition::Needless => "resolved.by_agent",
        Disposition::ProductProblem
        | Disposition::NotSolvable
        | Disposition::NoReply
        | Disposition::OutOfScope => "resolved.closed",
    };
    scene.say(said, &[("agent", &actor.name)]);
    if let Phase::Served { handoff_id, .. } = &scene.conversation.phase {
        let outcome = serde_json::to_value(disposition)
            .map(|name| name.as_str().unwrap_or_default().to_string());
        scene.tx.handoff_ended(
            &place.workspace.id,
            handoff_id,
            &outcome.unwrap_or_default(),
            moment.now,
        )?;
    }
    let units = scene.conversation.held_units();
    scene.record(fact, None);
    kill_point("resolve.between");
    scene.tx.give_units(&place.workspace.id, &actor.id, units)?;
    begin_wrap_up(scene.tx, moment, place, actor)?;
    scene.finish()
}

fn resolve_by_customer(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    conversation_id: &ConversationId,
    contact_id: &ContactId,
) -> Result<Conversation, Error> {
    let mut scene = Scene::load(tx, place, moment, conversation_id)?;
    if scene.conversation.contact_id != *contact_id {
        return Err(Error::NotFound);
    }
    if scene.conversation.owner() == Owner::Nobody {
        return Ok(scene.conversation);
    }
    let fact: Fact = scene.conversation.resolve(ResolvedBy::Customer, None)?;
    if let Some(wait) = scene.conversation.wait() {
        let handoff_id = wait.handoff_id.clone();
        scene.tx.handoff_ended(
            &place.workspace.id,
            &handoff_id,
            HandoffEnd::BY_CUSTOMER,
            moment.now,
        )?;
    }
    scene.say("resolved.by_customer", &[]);
    scene.record(fact, None);
    scene.finish()
}
