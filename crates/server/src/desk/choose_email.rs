//! The customer leaves the message and wants the answer by e-mail (P32). Only where
//! mail can really be sent; the answer then has a due time and an alarm.

use std::sync::Arc;

use segue_core::conversation::Conversation;
use segue_core::event::Body;
use segue_core::ids::{ContactId, ConversationId};
use segue_core::time::HOUR_MS;
use segue_store::Tx;

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
        if !place.mail {
            return Err(Error::NoMail);
        }
        if email.parse::<lettre::Address>().is_err() {
            return Err(Error::Invalid("that is not an e-mail address"));
        }
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
    if scene.conversation.contact_id != *contact_id {
        return Err(Error::NotFound);
    }
    let within_ms = place.inbox.policy.timings.reply_by_email_ms;
    let fact = scene
        .conversation
        .choose_email(moment.now.plus(within_ms))?;
    let mut contact = scene
        .tx
        .contact(&place.workspace.id, contact_id)?
        .ok_or(Error::NotFound)?;
    contact.person.email = Some(email.to_string());
    scene.tx.update_contact(&contact)?;
    scene.record(
        fact,
        Some(Body {
            email: Some(email.to_string()),
            ..Body::default()
        }),
    );
    let hours = (within_ms as u64).div_ceil(HOUR_MS as u64).to_string();
    scene.say(
        "handoff.email_chosen",
        &[("email", email), ("hours", &hours)],
    );
    scene.finish()
}
