//! An agent takes a conversation: the one who was invited, or one who pulls it from
//! the queue. Of two at once exactly one wins, by the epoch.

use std::sync::Arc;

use segue_core::conversation::{Conversation, Owner, Phase};
use segue_core::event::{AgentName, InvitationEnd};
use segue_core::ids::ConversationId;
use segue_store::{Presence, Tx, kill_point};

use super::absence::mail_back;
use super::line::may_see;
use super::presence::withdraw_unfit;
use super::scene::Scene;
use super::{Actor, Desk, Error, Place};
use crate::edge::{Count, Moment};

impl Desk {
    /// Takes a conversation under the epoch that the agent has seen.
    pub async fn accept(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        actor: Actor,
        epoch: u64,
    ) -> Result<Conversation, Error> {
        let agent = AgentName {
            id: actor.id.clone(),
            name: actor.name.clone(),
        };
        let accepting = self
            .verb(move |tx, moment| accept(tx, &place, moment, &conversation_id, &actor, epoch));
        let accepted = accepting.await?;
        self.better_later(&accepted, agent).await;
        Ok(accepted)
    }

    /// Lets an invitation pass.
    pub async fn decline(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        actor: Actor,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            let mut scene = Scene::load(tx, &place, moment, &conversation_id)?;
            let fact = scene
                .conversation
                .end_invitation(&actor.id, InvitationEnd::Declined)?;
            scene.record(fact, None);
            scene.finish().map(|_| ())
        })
        .await
    }
}

pub(super) fn accept(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    conversation_id: &ConversationId,
    actor: &Actor,
    epoch: u64,
) -> Result<Conversation, Error> {
    let mut scene = Scene::load(tx, place, moment, conversation_id)?;
    if let Phase::Served { agent, .. } = &scene.conversation.phase {
        let mine = scene.conversation.owner() == Owner::Agent(actor.id.clone());
        return if mine {
            Ok(scene.conversation)
        } else {
            Err(Error::Taken {
                name: agent.name.clone(),
            })
        };
    }
    let agent = AgentName {
        id: actor.id.clone(),
        name: actor.name.clone(),
    };
    let row = scene.tx.agent(&place.workspace.id, &actor.id)?;
    let Some(row) = row.filter(|row| row.presence != Presence::Offline) else {
        return Err(Error::Offline);
    };
    if !may_see(scene.tx, &row, &scene.conversation, moment.now)? {
        return Err(Error::NotFound);
    }
    let routing = &place.workspace.settings.routing;
    let fact = scene.conversation.accept(agent, epoch, routing)?;
    let wait = scene.conversation.wait();
    let units = routing.units(wait.is_some_and(|wait| wait.reply_due_at.is_some()));
    // Epoch and free units change together or not at all.
    let (workspace_id, units) = (&place.workspace.id, (units, routing.chat_units));
    if !scene
        .tx
        .take_units(workspace_id, &actor.id, units, moment.now)?
    {
        return Err(Error::AtCapacity);
    }
    kill_point("accept.between");
    if let Some(wait) = scene.conversation.wait() {
        let waited_s = moment.now.since(wait.queued_at).max(0) as f64 / 1_000.0;
        moment.count(Count::Seconds("segue_accept_wait_seconds", waited_s));
        let handoff_id = wait.handoff_id.clone();
        scene
            .tx
            .handoff_accepted(&place.workspace.id, &handoff_id, &actor.id, moment.now)?;
    }
    // Whoever is taken without being asked for was not called either.
    let is_called_now = scene.conversation.call(moment.now).is_ok();
    scene.record(fact, None);
    scene.say("agent.joined", &[("agent", &actor.name)]);
    if is_called_now {
        mail_back(&mut scene)?;
    }
    let conversation = scene.finish()?;
    // Whoever pulls one may have no room left for what is proposed to them.
    withdraw_unfit(tx, moment, &place.workspace.id, &actor.id, place.mail)?;
    Ok(conversation)
}
