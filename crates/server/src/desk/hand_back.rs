//! From a human back to the assistant, with a brief of what the human did and promised. The
//! assistant begins afresh, knows the brief from then on (`brief`, `assistant::agreed`), and a
//! person stays one click away (P19).

use std::sync::Arc;

use segue_core::conversation::{Conversation, Phase};
use segue_core::event::Body;
use segue_core::hand_back::HandBackBrief;
use segue_core::ids::ConversationId;
use segue_store::{HandoffEnd, Tx};

use super::absence::mail_line;
use super::answer::speak;
use super::scene::Scene;
use super::{Actor, Desk, Error, Place, Plain, Telling};
use crate::edge::Moment;

impl Desk {
    /// The agent who owns it gives it back to the assistant.
    pub async fn hand_back(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        actor: Actor,
        epoch: u64,
        brief: HandBackBrief,
    ) -> Result<Conversation, Error> {
        self.hand_back_with(place, conversation_id, actor, epoch, brief, Plain)
            .await
    }

    /// The same, telling what came of it otherwise.
    pub async fn hand_back_with<O: Telling<Conversation>>(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        actor: Actor,
        epoch: u64,
        brief: HandBackBrief,
        telling: O,
    ) -> Result<O::Given, Error> {
        // What the assistant is not told, it would be asked in vain.
        let brief = brief.tidy().ok_or(Error::Invalid(
            "tell the assistant in at most 8 short lines each what you did, what you promised and what is open",
        ))?;
        self.verb(move |tx, moment| {
            telling.of(tx, moment, |tx| {
                hand_back(tx, &place, moment, &conversation_id, &actor, epoch, &brief)
            })
        })
        .await
    }
}

fn hand_back(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    conversation_id: &ConversationId,
    actor: &Actor,
    epoch: u64,
    brief: &HandBackBrief,
) -> Result<Conversation, Error> {
    let mut scene = Scene::load(tx, place, moment, conversation_id)?;
    let fact = scene.conversation.hand_back(&actor.id, epoch)?;
    let units = scene.conversation.held_units();
    // Whoever was to be answered by mail reads no page. Who wrote by mail is told so anyway.
    let is_away = scene.conversation.by_email && scene.conversation.heard_by.is_chat();
    if let Phase::Served { handoff_id, .. } = &scene.conversation.phase {
        scene.tx.handoff_ended(
            &place.workspace.id,
            handoff_id,
            HandoffEnd::HANDED_BACK,
            moment.now,
        )?;
    }
    let body = Body {
        brief: Some(Box::new(brief.clone())),
        ..Body::default()
    };
    scene.record(fact, Some(body));
    scene.tx.give_units(&place.workspace.id, &actor.id, units)?;
    let words = scene.words();
    let mut text = words.fill("assistant.handed_back", &[("agent", &actor.name)]);
    if !brief.promised.is_empty() {
        text += &format!(
            "\n\n{}",
            words.fill("assistant.promised", &[("agent", &actor.name)])
        );
        for line in &brief.promised {
            text += &format!("\n- {line}");
        }
    }
    let key = Some("assistant.handed_back");
    speak(&mut scene, key, text, vec![], None, false)?;
    if is_away && place.mail {
        let seq = scene.conversation.seq;
        mail_line(&mut scene, seq)?;
    }
    scene.finish()
}
