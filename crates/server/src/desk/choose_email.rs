//! The customer leaves the message and wants the answer by e-mail (P32). Only where
//! mail can really be sent; the answer then has a due time and an alarm.

use std::sync::Arc;

use segue_core::conversation::Conversation;
use segue_core::ids::{ContactId, ConversationId};
use segue_store::Tx;

use super::absence::carry_on_by_email;
use super::scene::Scene;
use super::{Desk, Error, Place};
use crate::edge::Moment;

impl Desk {
    /// Sends the coming answer to an address.
    pub async fn choose_email(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        contact_id: ContactId,
        email: String,
    ) -> Result<Conversation, Error> {
        check_reachable(&place, &email)?;
        self.verb(move |tx, moment| {
            choose_email(tx, &place, moment, &conversation_id, &contact_id, &email)
        })
        .await
    }
}

fn choose_email(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    conversation_id: &ConversationId,
    contact_id: &ContactId,
    email: &str,
) -> Result<Conversation, Error> {
    let mut scene = Scene::load(tx, place, moment, conversation_id)?;
    give_email(&mut scene, contact_id, email)?;
    carry_on_by_email(&mut scene, email, "handoff.email_chosen", &[])?;
    scene.finish()
}

/// Refuses what no mail can be sent to.
pub(super) fn check_reachable(place: &Place, email: &str) -> Result<(), Error> {
    if !place.mail {
        return Err(Error::NoMail);
    }
    if email.parse::<lettre::Address>().is_err() {
        return Err(Error::Invalid("that is not an e-mail address"));
    }
    Ok(())
}

/// Writes down the address that a customer gives in their own conversation.
pub(super) fn give_email(
    scene: &mut Scene<'_, '_>,
    contact_id: &ContactId,
    email: &str,
) -> Result<(), Error> {
    if scene.conversation.contact_id != *contact_id {
        return Err(Error::NotFound);
    }
    let held = scene
        .tx
        .hold_contact(&scene.place.workspace.id, contact_id)?;
    let mut contact = held.ok_or(Error::NotFound)?;
    contact.person.give_email(email);
    Ok(scene.tx.update_contact(&contact)?)
}
