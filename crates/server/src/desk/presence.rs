//! Agents come and go. Going offline settles every open conversation (P45); an agent
//! who vanishes gives them back at their old place, and the customers are told.

use std::sync::Arc;

use segue_core::event::InvitationEnd;
use segue_core::ids::{AgentId, ConversationId, InboxId, WorkspaceId};
use segue_core::policy::Timings;
use segue_core::queue::Waiting;
use segue_core::route;
use segue_core::time::{MINUTE_MS, Timestamp};
use segue_store::{Presence, Tx, View, kill_point};

use super::absence::{SIGN_EVERY_MS, tell_dropped};
use super::scene::Scene;
use super::{Actor, Desk, Error, Keep, Place, load_place};
use crate::edge::Moment;

/// Nobody counts as gone sooner than this, in milliseconds: one sign of life may be late.
pub(super) const LATE_MS: i64 = 2 * SIGN_EVERY_MS;

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
    /// the grace time, whatever came before `heard_since`: whom nobody could hear is not
    /// judged. Returns how many. One that fails is logged and looked at again next time.
    pub async fn settle_vanished(
        &self,
        keep: &Keep,
        heard_since: Timestamp,
    ) -> Result<usize, Error> {
        let (now, workspace_id) = (self.clock.now(), keep.workspace_id.clone());
        let (grace_ms, vanished) = self
            .store
            .read(move |tx| {
                let grace_ms = agent_grace_ms(tx, &workspace_id)?;
                if now.since(heard_since) < grace_ms {
                    return Ok((grace_ms, vec![]));
                }
                let vanished = tx.vanished_agents(&workspace_id, now.plus(-grace_ms))?;
                Ok::<_, Error>((grace_ms, vanished))
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

impl Desk {
    /// Agents of the kept workspace whose wrap-up is over are online again.
    pub async fn end_wrap_ups(&self, keep: &Keep) -> Result<(), Error> {
        let (now, workspace_id) = (self.clock.now(), keep.workspace_id.clone());
        let agents = self
            .store
            .read(move |tx| tx.agents(&workspace_id).map_err(Error::from))
            .await?;
        let is_over = |at: Timestamp| at <= now;
        if !agents
            .iter()
            .any(|it| it.wrap_up_until.is_some_and(is_over))
        {
            return Ok(());
        }
        let keep = keep.clone();
        self.verb(move |tx, moment| {
            keep.check(tx)?;
            if tx.end_wrap_ups(&keep.workspace_id, moment.now)? > 0 {
                tx.ring_floor(&keep.workspace_id);
            }
            Ok(())
        })
        .await
    }
}

/// How long agents of a workspace may be out of reach (P45). They serve all of its inboxes, so
/// the most patient inbox counts; two signs of life may always be late.
pub(crate) fn agent_grace_ms(tx: &mut Tx<'_>, workspace_id: &WorkspaceId) -> Result<i64, Error> {
    let inboxes = tx.inboxes(workspace_id)?;
    let set = inboxes.iter().map(|it| it.policy.timings.agent_grace_ms);
    let longest = set.max().unwrap_or(Timings::default().agent_grace_ms);
    Ok(longest.max(LATE_MS))
}

/// Since when an agent must have been seen to count as there.
pub(super) fn seen_after(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    now: Timestamp,
) -> Result<Timestamp, Error> {
    Ok(now.plus(-agent_grace_ms(tx, workspace_id)?))
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
    let until = match presence {
        Presence::WrapUp => Some(wrap_up_until(tx, &actor.workspace_id, moment)?),
        Presence::Online | Presence::Away | Presence::Offline => None,
    };
    let (workspace_id, id) = (&actor.workspace_id, &actor.id);
    tx.set_presence(workspace_id, id, presence, until, moment.now)?;
    tx.ring_floor(&actor.workspace_id);
    Ok(())
}

/// Wrap-up by one's own choice lasts this long where the workspace sets no time.
const WRAP_UP_MS: i64 = 5 * MINUTE_MS;

fn wrap_up_until(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    moment: &Moment,
) -> Result<Timestamp, Error> {
    let workspace = tx.workspace(workspace_id)?.ok_or(Error::NotFound)?;
    let set_ms = workspace.settings.routing.wrap_up_ms;
    let lasts_ms = if set_ms > 0 { set_ms } else { WRAP_UP_MS };
    Ok(moment.now.plus(lasts_ms))
}

/// An agent has resolved a conversation: where the workspace gives time to write it up,
/// they are asked for nothing new meanwhile. They may end it themselves.
pub(super) fn begin_wrap_up(
    tx: &mut Tx<'_>,
    moment: &Moment,
    place: &Place,
    actor: &Actor,
) -> Result<(), Error> {
    if place.workspace.settings.routing.wrap_up_ms <= 0 {
        return Ok(());
    }
    let row = tx.agent(&actor.workspace_id, &actor.id)?;
    if row.is_some_and(|row| row.presence == Presence::Online) {
        set_presence(tx, moment, actor, Presence::WrapUp, false, place.mail)?;
    }
    Ok(())
}

fn drop_one(
    tx: &mut Tx<'_>,
    moment: &Moment,
    actor: &Actor,
    conversation_id: &ConversationId,
    inbox_id: &InboxId,
    mail: bool,
) -> Result<(), Error> {
    let place = load_place(tx, &actor.workspace_id, inbox_id, mail)?;
    let mut scene = Scene::load(tx, &place, moment, conversation_id)?;
    let units = scene.conversation.held_units();
    let Ok(fact) = scene.conversation.drop_agent(&actor.id) else {
        return Ok(());
    };
    scene.record(fact, None);
    scene.tx.give_units(&actor.workspace_id, &actor.id, units)?;
    tell_dropped(&mut scene, &actor.name)?;
    scene.finish().map(|_| ())
}

fn withdraw_invitations(
    tx: &mut Tx<'_>,
    moment: &Moment,
    workspace_id: &WorkspaceId,
    agent_id: &AgentId,
    mail: bool,
) -> Result<(), Error> {
    for id in tx.invited_to(workspace_id, agent_id)? {
        withdraw(tx, moment, workspace_id, agent_id, &id, mail)?;
    }
    Ok(())
}

/// Takes back what is proposed to an agent who would not be asked for it any more: they have
/// lost the team, the skill or the room while the invitation was out. What a colleague handed
/// to them by name stays theirs to take or to decline.
pub(super) fn withdraw_unfit(
    tx: &mut Tx<'_>,
    moment: &Moment,
    workspace_id: &WorkspaceId,
    agent_id: &AgentId,
    mail: bool,
) -> Result<(), Error> {
    let invited = tx.invited_to(workspace_id, agent_id)?;
    if invited.is_empty() {
        return Ok(());
    }
    let seen_after = seen_after(tx, workspace_id, moment.now)?;
    let floor = tx.floor(workspace_id, moment.now, seen_after)?;
    let mut free = floor.agent(agent_id).map_or(0, |agent| agent.free());
    for id in invited {
        let found = tx.conversation(workspace_id, &id)?;
        let Some(waiting) = found.as_ref().and_then(Waiting::of) else {
            continue;
        };
        let invitation = found.as_ref().and_then(|it| it.wait()?.invitation.as_ref());
        if invitation.is_some_and(|invitation| invitation.by_name) {
            continue;
        }
        let units = floor.routing.units(waiting.by_email);
        if units <= free && route::may_be_asked(&waiting, agent_id, &floor, moment.now) {
            free -= units;
        } else {
            withdraw(tx, moment, workspace_id, agent_id, &id, mail)?;
        }
    }
    Ok(())
}

fn withdraw(
    tx: &mut Tx<'_>,
    moment: &Moment,
    workspace_id: &WorkspaceId,
    agent_id: &AgentId,
    id: &ConversationId,
    mail: bool,
) -> Result<(), Error> {
    let Some(conversation) = tx.conversation(workspace_id, id)? else {
        return Ok(());
    };
    let place = load_place(tx, workspace_id, &conversation.inbox_id, mail)?;
    let mut scene = Scene::load(tx, &place, moment, id)?;
    let end = InvitationEnd::Withdrawn;
    if let Ok(fact) = scene.conversation.end_invitation(agent_id, end) {
        scene.record(fact, None);
        scene.finish()?;
    }
    Ok(())
}
