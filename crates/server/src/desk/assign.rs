//! Invites agents for those who wait. Runs after every change of queue, agents or
//! capacity, and now and then to repair a lost wake-up; of several nodes on the one that
//! keeps the workspace.

use segue_core::conversation::Refusal;
use segue_core::ids::{AgentId, ConversationId, WorkspaceId};
use segue_core::time::Timestamp;
use segue_core::{queue, route};
use segue_store::{Tx, kill_point};

use super::keep_place::call_back;
use super::presence::seen_after;
use super::scene::Scene;
use super::{Desk, Error, Keep, Place, load_place};
use crate::edge::Moment;

impl Desk {
    /// Fills free places in the workspace that is kept. Returns the number of
    /// invitations. Who is asked for whom is found out beside the transactions, so that a
    /// long queue holds up no writer; each invitation looks once more whether it may be.
    pub async fn assign(&self, keep: Keep) -> Result<usize, Error> {
        let (now, workspace_id) = (self.clock.now(), keep.workspace_id.clone());
        let proposed = self.store.read(move |tx| propose(tx, &workspace_id, now));
        let proposed = proposed.await?;
        if proposed.is_empty() {
            return Ok(0);
        }
        let mail = self.mail;
        self.verb(move |tx, moment| {
            keep.check(tx)?;
            let mut invited = 0;
            for (conversation_id, agent_id) in proposed.clone() {
                invited += usize::from(invite(
                    tx,
                    &keep.workspace_id,
                    moment,
                    &conversation_id,
                    agent_id,
                    mail,
                )?);
            }
            Ok(invited)
        })
        .await
    }
}

fn propose(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    now: Timestamp,
) -> Result<Vec<(ConversationId, AgentId)>, Error> {
    let seen_after = seen_after(tx, workspace_id, now)?;
    let floor = tx.floor(workspace_id, now, seen_after)?;
    let has_room = |agent: &route::Agent| agent.takes_new && agent.free() > 0;
    if !floor.agents.iter().any(has_room) {
        return Ok(vec![]);
    }
    let mut waiting = tx.waiting(workspace_id)?;
    queue::order(&mut waiting);
    Ok(route::invitations(&waiting, &floor, now))
}

fn invite(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    moment: &Moment,
    conversation_id: &ConversationId,
    agent_id: AgentId,
    mail: bool,
) -> Result<bool, Error> {
    let Some(conversation) = tx.conversation(workspace_id, conversation_id)? else {
        return Ok(false);
    };
    let place: Place = load_place(tx, workspace_id, &conversation.inbox_id, mail)?;
    let mut scene = Scene::load(tx, &place, moment, conversation_id)?;
    if !has_room(&mut scene, &agent_id)? {
        return Ok(false);
    }
    let until = moment.now.plus(place.inbox.policy.timings.invitation_ms);
    match scene.conversation.invite(agent_id, until) {
        Ok(fact) => {
            // The turn may come before anybody has looked whether it is near.
            call_back(&mut scene)?;
            scene.record(fact, None);
            scene.finish()?;
            kill_point("invite.after");
            Ok(true)
        }
        // An agent was quicker, or the customer has just left.
        Err(Refusal::AlreadyInvited | Refusal::NotQueued | Refusal::AlreadyResolved) => Ok(false),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Whether an agent still takes something new and has room for this.
pub(super) fn has_room(scene: &mut Scene<'_, '_>, agent_id: &AgentId) -> Result<bool, Error> {
    let (workspace, now) = (&scene.place.workspace, scene.moment.now);
    let (id, routing) = (&workspace.id, &workspace.settings.routing);
    let Some(row) = scene.tx.agent(id, agent_id)? else {
        return Ok(false);
    };
    let seen_after = seen_after(scene.tx, id, now)?;
    let wait = scene.conversation.wait();
    let units = routing.units(wait.is_some_and(|wait| wait.reply_due_at.is_some()));
    let out = scene.tx.invited_units(id, agent_id, routing)?;
    let is_there = row.is_active() && row.seen_at >= seen_after && row.takes_new(now);
    Ok(is_there && row.busy_units + out + units <= row.capacity * routing.chat_units)
}
