//! The customer leaves the queue and goes back to the assistant. The reasons that led
//! there count as declined.

use std::sync::Arc;

use segue_core::conversation::{Conversation, Owner};
use segue_core::ids::{ContactId, ConversationId};
use segue_store::{HandoffEnd, Tx};

use super::answer::speak;
use super::scene::Scene;
use super::{Desk, Error, Place};
use crate::edge::Moment;

impl Desk {
    /// Cancels a wait.
    pub async fn cancel(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        contact_id: ContactId,
    ) -> Result<Conversation, Error> {
        self.verb(move |tx, moment| cancel(tx, &place, moment, &conversation_id, &contact_id))
            .await
    }
}

fn cancel(
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
    if scene.conversation.owner() == Owner::Assistant {
        return Ok(scene.conversation);
    }
    let fact = scene.conversation.cancel_handoff()?;
    let handoff_id = scene
        .conversation
        .wait()
        .map(|wait| wait.handoff_id.clone());
    scene.record(fact, None);
    if let Some(handoff_id) = handoff_id {
        scene.tx.handoff_ended(
            &place.workspace.id,
            &handoff_id,
            HandoffEnd::CANCELLED,
            moment.now,
        )?;
    }
    let text = scene.words().fill("assistant.back", &[]);
    speak(
        &mut scene,
        Some("assistant.back"),
        text,
        vec![],
        None,
        false,
    )?;
    scene.finish()
}
