//! What passes between the desk and a customer who waits (P31): they are asked for what the
//! package lacks, and they may say that it is over. Neither keeps anybody from a person.

use segue_core::asking::{ASK_AFTER_MS, Detail, may_answer};
use segue_core::conversation::Wait;
use segue_core::event::{Fact, ResolvedBy};
use segue_core::ids::{ConversationId, HandoffId, MessageId, WorkspaceId};
use segue_store::HandoffEnd;
use serde::{Deserialize, Serialize};

use super::scene::Scene;
use super::{Desk, Error, load_place};

/// What the job is given that asks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskOrder {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The epoch of the wait; a later one makes the order void.
    pub epoch: u64,
    /// What to ask, in order.
    pub details: Vec<Detail>,
    /// The last event before the handoff was told: whoever wrote after it has said more.
    pub seq: u64,
}

impl Desk {
    /// Asks a customer who still waits; whoever is served by now or gone is not.
    pub async fn ask_waiting(
        &self,
        workspace_id: WorkspaceId,
        order: AskOrder,
    ) -> Result<(), Error> {
        let mail = self.mail;
        self.verb(move |tx, moment| {
            let id = &order.conversation_id;
            let found = tx.conversation(&workspace_id, id)?.ok_or(Error::NotFound)?;
            let place = load_place(tx, &workspace_id, &found.inbox_id, mail)?;
            let mut scene = Scene::load(tx, &place, moment, id)?;
            let wrote = scene.conversation.last_heard_seq > order.seq;
            let details = order.details.iter().copied();
            let open: Vec<Detail> = details
                .filter(|detail| !(wrote && *detail == Detail::Issue))
                .collect();
            let is_there = |wait: &Wait| wait.asked.is_none() && wait.away.is_none();
            let waits = scene.conversation.wait().is_some_and(is_there);
            if waits && scene.conversation.epoch == order.epoch {
                ask(&mut scene, &open);
            }
            scene.finish().map(|_| ())
        })
        .await
    }
}

/// Has the details asked in a while, if the customer still waits.
pub(super) fn ask_later(
    scene: &mut Scene<'_, '_>,
    handoff_id: &HandoffId,
    details: Vec<Detail>,
) -> Result<(), Error> {
    if details.is_empty() {
        return Ok(());
    }
    let order = AskOrder {
        conversation_id: scene.conversation.id.clone(),
        epoch: scene.conversation.epoch,
        details,
        seq: scene.conversation.seq,
    };
    scene.job("ask", format!("ask {handoff_id}"), &order, ASK_AFTER_MS)
}

/// Asks for the first of the details, and leaves it to the customer to answer.
fn ask(scene: &mut Scene<'_, '_>, details: &[Detail]) {
    let Some(fact) = scene.conversation.ask(details) else {
        return;
    };
    scene.record(fact, None);
    scene.say(&format!("waiting.ask_{}", details[0].name()), &[]);
}

/// Hears what somebody says who waits. `is_over`: that they need nobody any more.
pub(super) fn hear_waiting(
    scene: &mut Scene<'_, '_>,
    message_id: &MessageId,
    text: &str,
    is_over: bool,
) -> Result<(), Error> {
    if is_over {
        return end_wait(scene);
    }
    let Some(wait) = scene.conversation.wait() else {
        return Ok(());
    };
    let (handoff_id, to_ask) = (wait.handoff_id.clone(), wait.to_ask.clone());
    let told = may_answer(text).then(|| scene.conversation.tell(message_id.clone()));
    let Some(fact) = told.flatten() else {
        return Ok(());
    };
    let workspace_id = &scene.place.workspace.id;
    if let Fact::DetailTold { detail, .. } = &fact {
        let handoff = scene.tx.handoff(workspace_id, &handoff_id)?;
        if let Some(mut package) = handoff.and_then(|handoff| handoff.package) {
            package.tell(*detail, text, message_id.clone());
            scene.tx.set_package(workspace_id, &handoff_id, &package)?;
        }
    }
    scene.record(fact, None);
    if to_ask.is_empty() {
        scene.say("waiting.noted", &[]);
    } else {
        ask(scene, &to_ask);
    }
    Ok(())
}

/// The customer leaves the line by a word. Whoever writes again is back in it at once.
fn end_wait(scene: &mut Scene<'_, '_>) -> Result<(), Error> {
    let Some(wait) = scene.conversation.wait() else {
        return Ok(());
    };
    let handoff_id = wait.handoff_id.clone();
    let fact = scene.conversation.resolve(ResolvedBy::Customer, None)?;
    scene.record(fact, None);
    scene.say("waiting.over", &[]);
    scene.tx.handoff_ended(
        &scene.place.workspace.id,
        &handoff_id,
        HandoffEnd::BY_CUSTOMER,
        scene.moment.now,
    )?;
    Ok(())
}
