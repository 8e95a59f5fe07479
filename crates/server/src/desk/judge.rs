//! "Did this help?": the customer judges a suggestion by the button (P18, P24).

use std::sync::Arc;

use segue_core::attempt::Outcome;
use segue_core::conversation::{Conversation, Owner};
use segue_core::decide::{Action, decide};
use segue_core::event::Fact;
use segue_core::ids::{AttemptId, ContactId, ConversationId};
use segue_core::signal::Reading;
use segue_store::Tx;

use super::answer::{say_sorry, speak};
use super::brief::Brief;
use super::hand_off::{hand_off, record_decision};
use super::scene::Scene;
use super::{Desk, Error, Place};
use crate::edge::Moment;

impl Desk {
    /// Enters the customer's judgement. Two useless answers hand over (P18).
    pub async fn judge(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        contact_id: ContactId,
        attempt_id: AttemptId,
        helped: bool,
    ) -> Result<Conversation, Error> {
        let mut brief = self.brief(&place, &conversation_id, None).await?;
        // The button says one thing only; what the last message said was decided on.
        brief.reading = Reading::default();
        self.verb(move |tx, moment| {
            judge(
                tx,
                &place,
                moment,
                &conversation_id,
                &contact_id,
                &attempt_id,
                helped,
                &brief,
            )
        })
        .await
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "who, where, when, what: each of another type"
)]
fn judge(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    conversation_id: &ConversationId,
    contact_id: &ContactId,
    attempt_id: &AttemptId,
    helped: bool,
    brief: &Brief,
) -> Result<Conversation, Error> {
    let mut scene = Scene::load(tx, place, moment, conversation_id)?;
    if scene.conversation.contact_id != *contact_id {
        return Err(Error::NotFound);
    }
    let outcome = if helped {
        Outcome::Helped
    } else {
        Outcome::DidNotHelp
    };
    let attempts = scene.tx.attempts(&place.workspace.id, conversation_id)?;
    let attempt = attempts
        .iter()
        .find(|attempt| attempt.id == *attempt_id)
        .ok_or(Error::NotFound)?;
    if attempt.outcome == outcome {
        return Ok(scene.conversation);
    }
    scene.tx.judge_attempt(
        &place.workspace.id,
        conversation_id,
        attempt_id,
        outcome,
        None,
    )?;
    scene.record(
        Fact::AttemptJudged {
            attempt_id: attempt_id.clone(),
            outcome,
        },
        None,
    );
    if scene.conversation.owner() == Owner::Assistant {
        if helped {
            let text = scene.words().fill("assistant.glad", &[]);
            speak(
                &mut scene,
                Some("assistant.glad"),
                text,
                vec![],
                None,
                false,
            )?;
        } else {
            answer_useless(&mut scene, brief)?;
        }
    }
    scene.finish()
}

/// After a first useless answer the assistant asks for more; after a second it hands
/// over; where answers failed in other ways too it offers (P18, P21).
fn answer_useless(scene: &mut Scene<'_, '_>, brief: &Brief) -> Result<(), Error> {
    let view = brief.view(scene)?;
    let decision = decide(&scene.place.inbox.policy, &view, scene.moment.now);
    let offers = match decision.action {
        Action::Escalate => return hand_off(scene, brief, &view, &decision),
        Action::Offer => true,
        Action::Answer | Action::Clarify => false,
    };
    record_decision(scene, &view, &decision)?;
    say_sorry(scene, offers)
}
