//! The customer rates a resolved conversation (P34, P35).

use std::sync::Arc;

use segue_core::conversation::Conversation;
use segue_core::ids::{ContactId, ConversationId};
use segue_store::Tx;

use super::scene::Scene;
use super::{Desk, Error, Place};
use crate::edge::Moment;

impl Desk {
    /// Enters a rating: 1 (bad) to 5 (good), and whether something had to be repeated.
    pub async fn rate(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        contact_id: ContactId,
        score: u8,
        repeated: Option<bool>,
    ) -> Result<Conversation, Error> {
        self.verb(move |tx, moment| {
            rate(
                tx,
                &place,
                moment,
                &conversation_id,
                &contact_id,
                score,
                repeated,
            )
        })
        .await
    }
}

fn rate(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    conversation_id: &ConversationId,
    contact_id: &ContactId,
    score: u8,
    repeated: Option<bool>,
) -> Result<Conversation, Error> {
    let mut scene = Scene::load(tx, place, moment, conversation_id)?;
    if scene.conversation.contact_id != *contact_id {
        return Err(Error::NotFound);
    }
    let fact = scene.conversation.rate(score, repeated)?;
    scene.record(fact, None);
    let served_by = if scene.conversation.handed_off {
        "handoff"
    } else {
        "assistant"
    };
    scene.tx.add_rating(
        &place.workspace.id,
        conversation_id,
        score,
        repeated,
        served_by,
        moment.now,
    )?;
    scene.finish()
}
