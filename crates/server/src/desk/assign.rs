//! Invites agents for those who wait. Runs after every change of queue, agents or
//! capacity, and now and then to repair a lost wake-up; of several nodes on the one that
//! keeps the workspace.

use segue_core::conversation::Refusal;
use segue_core::ids::{AgentId, ConversationId, WorkspaceId};
use segue_core::policy::Timings;
use segue_core::queue;
use segue_store::{Tx, kill_point};

use super::scene::Scene;
use super::{Desk, Error, Keep, Place, load_place};
use crate::edge::Moment;

impl Desk {
    /// Fills free places in the workspace that is kept. Returns the number of
    /// invitations.
    pub async fn assign(&self, keep: Keep) -> Result<usize, Error> {
        let mail = self.mail;
        self.verb(move |tx, moment| {
            keep.check(tx)?;
            assign(tx, &keep.workspace_id, moment, mail)
        })
        .await
    }
}

fn assign(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    moment: &Moment,
    mail: bool,
) -> Result<usize, Error> {
    let mut waiting = tx.waiting(workspace_id)?;
    if waiting.is_empty() {
        return Ok(0);
    }
    queue::order(&mut waiting);
    let seen_after = moment.now.plus(-Timings::default().agent_grace_ms);
    let candidates = tx.candidates(workspace_id, seen_after)?;
    let mut invited = 0;
    for (conversation_id, agent_id) in queue::invitations(&waiting, &candidates, moment.now) {
        invited += usize::from(invite(
            tx,
            workspace_id,
            moment,
            &conversation_id,
            agent_id,
            mail,
        )?);
    }
    Ok(invited)
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
    let until = moment.now.plus(place.inbox.policy.timings.invitation_ms);
    match scene.conversation.invite(agent_id, until) {
        Ok(fact) => {
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
