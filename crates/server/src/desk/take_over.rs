//! An agent takes a conversation without being asked: from the assistant at any time, from a
//! colleague where they lead, or back after its end. Of two at once exactly one wins, by the
//! epoch; whoever had it is told by what they see, and can say nothing more in it.

use std::sync::Arc;

use segue_core::access::{Permission, may};
use segue_core::asking;
use segue_core::conversation::{Conversation, Owner, Phase};
use segue_core::event::{AgentName, Fact};
use segue_core::ids::{ConversationId, HandoffId};
use segue_core::package;
use segue_core::queue::Priority;
use segue_store::{Handoff, Presence, Tx};

use super::brief::Brief;
use super::line::may_see;
use super::look_up;
use super::presence::withdraw_unfit;
use super::scene::Scene;
use super::{Actor, Desk, Error, Place, Plain, Telling};
use crate::edge::Moment;

impl Desk {
    /// Takes a conversation over under the epoch that the agent has seen. One that waits is
    /// accepted.
    pub async fn take_over(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        actor: Actor,
        epoch: u64,
    ) -> Result<Conversation, Error> {
        self.take_over_with(place, conversation_id, actor, epoch, Plain)
            .await
    }

    /// The same, telling what came of it otherwise.
    pub async fn take_over_with<O: Telling<Conversation>>(
        &self,
        place: Arc<Place>,
        conversation_id: ConversationId,
        actor: Actor,
        epoch: u64,
        telling: O,
    ) -> Result<O::Given, Error> {
        // Whoever takes it from the assistant has a package too; what it is made of is read
        // before the transaction.
        let brief = Arc::new(self.brief(&place, &conversation_id, None).await?);
        self.verb(move |tx, moment| {
            telling.of(tx, moment, |tx| {
                take_over(tx, &place, moment, &conversation_id, &actor, epoch, &brief)
            })
        })
        .await
    }
}

fn take_over(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    conversation_id: &ConversationId,
    actor: &Actor,
    epoch: u64,
    brief: &Brief,
) -> Result<Conversation, Error> {
    let workspace_id = &place.workspace.id;
    let mut scene = Scene::load(tx, place, moment, conversation_id)?;
    if scene.conversation.owner() == Owner::Queue {
        return super::accept::accept(tx, place, moment, conversation_id, actor, epoch);
    }
    if scene.conversation.owner() == Owner::Agent(actor.id.clone()) {
        return Ok(scene.conversation);
    }
    let row = scene.tx.agent(workspace_id, &actor.id)?;
    let Some(row) = row.filter(|row| row.presence != Presence::Offline) else {
        return Err(Error::Offline);
    };
    if !may_see(scene.tx, &row, &scene.conversation, moment.now)? {
        return Err(Error::NotFound);
    }
    if let Phase::Served { agent, .. } = &scene.conversation.phase
        && !may(row.role, Permission::TakeOverFromAgents)
    {
        return Err(Error::Taken {
            name: agent.name.clone(),
        });
    }
    let routing = &place.workspace.settings.routing;
    // It takes as much room as it took with the colleague.
    let (held, former) = (scene.conversation.held_units(), scene.conversation.owner());
    let units = match held {
        0 => routing.units(scene.conversation.by_email),
        held => held,
    };
    let agent = AgentName {
        id: actor.id.clone(),
        name: actor.name.clone(),
    };
    let fact = scene
        .conversation
        .take_over(agent, epoch, units, moment.id())?;
    let room = (units, routing.chat_units);
    if !scene
        .tx
        .take_units(workspace_id, &actor.id, room, moment.now)?
    {
        return Err(Error::AtCapacity);
    }
    if let Owner::Agent(former) = &former {
        scene.tx.give_units(workspace_id, former, held)?;
    }
    if let Fact::TakenOver { handoff_id, .. } = &fact {
        if scene.tx.handoff(workspace_id, handoff_id)?.is_some() {
            let tx = &mut *scene.tx;
            tx.handoff_resumed(workspace_id, handoff_id)?;
            tx.handoff_accepted(workspace_id, handoff_id, &actor.id, moment.now)?;
        } else {
            add_handoff(&mut scene, handoff_id, actor, brief)?;
        }
    }
    let was_resolved = former == Owner::Nobody;
    let from = match &fact {
        Fact::TakenOver { from, .. } => from.clone(),
        _ => None,
    };
    scene.record(fact, None);
    let agent = ("agent", &*actor.name);
    match from {
        Some(from) => scene.say("agent.took_over_from", &[agent, ("former", &*from.name)]),
        None if was_resolved => scene.say("agent.reopened", &[agent]),
        None => scene.say("agent.took_over", &[agent]),
    }
    let conversation = scene.finish()?;
    // Whoever takes one may have no room left for what is proposed to them.
    withdraw_unfit(tx, moment, workspace_id, &actor.id, place.mail)?;
    Ok(conversation)
}

/// Who takes it from the assistant has what every agent has: a record and a package, with
/// no reasons, for nobody asked for them.
fn add_handoff(
    scene: &mut Scene<'_, '_>,
    handoff_id: &HandoffId,
    actor: &Actor,
    brief: &Brief,
) -> Result<(), Error> {
    let (place, now) = (scene.place, scene.moment.now);
    let (workspace_id, id) = (&place.workspace.id, scene.conversation.id.clone());
    let attempts = scene.tx.attempts(workspace_id, &id)?;
    let files = scene.tx.files_of(workspace_id, &id)?;
    let (look_up, order) = look_up::begin(scene, handoff_id, false)?.unzip();
    let open = asking::wanted(&[], &brief.told, 0.0);
    let mut package = package::build(
        package::Sources {
            handoff_id,
            conversation_id: &id,
            through_seq: scene.conversation.seq,
            language: &scene.conversation.language,
            turns: &brief.turns,
            decision: None,
            answerable: brief.answerable,
            attempts: &attempts,
            customer: brief.card.clone(),
            suggestions: &brief.suggestions,
            files,
            customer_from: brief.customer_from.clone(),
            open: &open,
            similar: brief.similar.clone(),
            look_up,
        },
        now,
    );
    if let Some(order) = order.flatten() {
        scene.job("look_up", format!("look_up {handoff_id}"), &order, 0)?;
    }
    package.agreed.clone_from(&brief.agreed);
    scene.tx.add_handoff(&Handoff {
        id: handoff_id.clone(),
        workspace_id: workspace_id.clone(),
        conversation_id: id,
        inbox_id: place.inbox.id.clone(),
        at: now,
        reasons: vec![],
        package: Some(package),
        promise: None,
        accepted_at: Some(now),
        agent_id: Some(actor.id.clone()),
        first_reply_at: None,
        ended_at: None,
        outcome: None,
        team_id: scene.conversation.team.clone(),
        priority: Priority::NORMAL,
        told_until: None,
    })?;
    Ok(())
}
