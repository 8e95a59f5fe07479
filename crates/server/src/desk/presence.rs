//! Agents come and go. Going offline settles every open conversation (P45); an agent
//! who vanishes gives them back at their old place, and the customers are told.

use std::sync::Arc;

use segue_core::event::InvitationEnd;
use segue_core::ids::{AgentId, WorkspaceId};
use segue_store::{Presence, Tx, View, kill_point};

use super::scene::Scene;
use super::{Actor, Desk, Error, Keep, load_place};
use crate::edge::Moment;

impl Desk {
    /// Sets what an agent says of themselves. Offline needs `give_back` while they own
    /// conversations.
    pub async fn set_presence(
        &self,
        actor: Actor,
        presence: Presence,
        give_back: bool,
    ) -> Result<(), Error> {
        let mail = self.mail;
        self.verb(move |tx, moment| set_presence(tx, moment, &actor, presence, give_back, mail))
            .await
    }

    /// A sign of life from an agent's console.
    pub async fn see(&self, workspace_id: WorkspaceId, agent_id: AgentId) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            tx.settles_itself();
            Ok(tx.see_agent(&workspace_id, &agent_id, moment.now)?)
        })
        .await
    }

    /// Gives back what agents of the kept workspace hold who showed no sign of life for
    /// the grace time. Returns how many. One that fails is logged and looked at again next
    /// time.
    pub async fn settle_vanished(&self, keep: &Keep, grace_ms: i64) -> Result<usize, Error> {
        let (now, workspace_id) = (self.clock.now(), keep.workspace_id.clone());
        let vanished = self
            .store
            .read(move |tx| {
                tx.vanished_agents(&workspace_id, now.plus(-grace_ms))
                    .map_err(Error::from)
            })
            .await?;
        let (mut count, mail) = (0, self.mail);
        for agent in Arc::<[_]>::from(vanished).iter() {
            let actor = Actor {
                id: agent.id.clone(),
                workspace_id: agent.workspace_id.clone(),
                name: agent.name.clone(),
            };
            let keep = keep.clone();
            let settled = self.verb(move |tx, moment| {
                keep.check(tx)?;
                settle(tx, moment, &actor, grace_ms, mail)
            });
            match settled.await {
                Ok(is_gone) => count += usize::from(is_gone),
                Err(Error::NotKeeper) => return Err(Error::NotKeeper),
                Err(error) => {
                    tracing::error!(%error, agent.id = %agent.id, "could not give back what a vanished agent holds; it is tried again");
                }
            }
        }
        Ok(count)
    }
}

/// `false` if the agent has shown up since they were looked for.
fn settle(
    tx: &mut Tx<'_>,
    moment: &Moment,
    actor: &Actor,
    grace_ms: i64,
    mail: bool,
) -> Result<bool, Error> {
    let seen_before = moment.now.plus(-grace_ms);
    let row = tx.agent(&actor.workspace_id, &actor.id)?;
    if row.is_none_or(|row| row.seen_at >= seen_before) {
        return Ok(false);
    }
    set_presence(tx, moment, actor, Presence::Offline, true, mail)?;
    Ok(true)
}

pub(super) fn set_presence(
    tx: &mut Tx<'_>,
    moment: &Moment,
    actor: &Actor,
    presence: Presence,
    give_back: bool,
    mail: bool,
) -> Result<(), Error> {
    if presence == Presence::Offline {
        let held = tx.list_conversations(
            &actor.workspace_id,
            &View::Agent(actor.id.clone()),
            None,
            1_000,
        )?;
        if !held.is_empty() && !give_back {
            return Err(Error::OpenConversations { count: held.len() });
        }
        for listed in held {
            drop_one(
                tx,
                moment,
                actor,
                &listed.conversation.id,
                &listed.conversation.inbox_id,
                mail,
            )?;
            kill_point("drop.between");
        }
    }
    if presence != Presence::Online {
        withdraw_invitations(tx, moment, &actor.workspace_id, &actor.id, mail)?;
    }
    tx.set_presence(&actor.workspace_id, &actor.id, presence, moment.now)?;
    tx.ring_floor(&actor.workspace_id);
    Ok(())
}

fn drop_one(
    tx: &mut Tx<'_>,
    moment: &Moment,
    actor: &Actor,
    conversation_id: &segue_core::ids::ConversationId,
    inbox_id: &segue_core::ids::InboxId,
    mail: bool,
) -> Result<(), Error> {
    let place = load_place(tx, &actor.workspace_id, inbox_id, mail)?;
    let mut scene = Scene::load(tx, &place, moment, conversation_id)?;
    let Ok(fact) = scene.conversation.drop_agent(&actor.id) else {
        return Ok(());
    };
    scene.record(fact, None);
    scene.say("agent.dropped", &[("agent", &actor.name)]);
    scene.tx.give_unit(&actor.workspace_id, &actor.id)?;
    scene.finish().map(|_| ())
}

fn withdraw_invitations(
    tx: &mut Tx<'_>,
    moment: &Moment,
    workspace_id: &WorkspaceId,
    agent_id: &AgentId,
    mail: bool,
) -> Result<(), Error> {
    let invited: Vec<_> = tx
        .waiting(workspace_id)?
        .into_iter()
        .filter(|waiting| waiting.invited.as_ref() == Some(agent_id))
        .collect();
    for waiting in invited {
        let Some(conversation) = tx.conversation(workspace_id, &waiting.conversation_id)? else {
            continue;
        };
        let place = load_place(tx, workspace_id, &conversation.inbox_id, mail)?;
        let mut scene = Scene::load(tx, &place, moment, &waiting.conversation_id)?;
        if let Ok(fact) = scene
            .conversation
            .end_invitation(agent_id, InvitationEnd::Withdrawn)
        {
            scene.record(fact, None);
            scene.finish()?;
        }
    }
    Ok(())
}
