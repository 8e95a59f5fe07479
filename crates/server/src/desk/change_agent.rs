//! An admin changes what an agent may and can do, or closes their account. Whoever loses
//! something loses it now: sessions end, and their sockets with them.

use segue_core::access::Role;
use segue_core::audit::{Action, By};
use segue_core::ids::{AgentId, WorkspaceId};
use segue_store::{Agent, LinkKind, Presence, Tx};

use super::audit::{Deed, write_down};
use super::hand_off::skill_name;
use super::presence::{set_presence, withdraw_unfit};
use super::{Actor, Desk, Error};
use crate::edge::Moment;

/// What changes; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct AgentChange {
    /// What they may do.
    pub role: Option<Role>,
    /// Conversations they can hold.
    pub capacity: Option<i64>,
    /// What they know.
    pub skills: Option<Vec<String>>,
    /// ISO 639-1 codes of what they speak.
    pub languages: Option<Vec<String>>,
    /// Whether they work here.
    pub active: Option<bool>,
}

impl Desk {
    /// Changes an agent. A workspace keeps an admin who can sign in.
    pub async fn change_agent(
        &self,
        workspace_id: WorkspaceId,
        id: AgentId,
        change: AgentChange,
        by: By,
    ) -> Result<Agent, Error> {
        let mail = self.mail;
        self.verb(move |tx, moment| {
            let (before, after) = change_agent(tx, moment, &workspace_id, &id, &change, mail)?;
            for deed in deeds(&before, &after) {
                write_down(tx, moment, &workspace_id, &by, deed)?;
            }
            Ok(after)
        })
        .await
    }
}

fn change_agent(
    tx: &mut Tx<'_>,
    moment: &Moment,
    workspace_id: &WorkspaceId,
    id: &AgentId,
    change: &AgentChange,
    mail: bool,
) -> Result<(Agent, Agent), Error> {
    // One at a time: two admins must not close out each other.
    tx.hold_workspace(workspace_id)?;
    let before = tx.agent(workspace_id, id)?.ok_or(Error::NotFound)?;
    let is_active = change.active.unwrap_or(before.is_active());
    let after = Agent {
        role: change.role.unwrap_or(before.role),
        capacity: change.capacity.unwrap_or(before.capacity),
        skills: change.skills.as_deref().map_or(before.skills.clone(), tidy),
        languages: change
            .languages
            .as_deref()
            .map_or(before.languages.clone(), tidy),
        deactivated_at: match (is_active, before.deactivated_at) {
            (true, _) => None,
            (false, at) => at.or(Some(moment.now)),
        },
        ..before.clone()
    };
    let is_admin = |agent: &Agent| agent.role == Role::Admin && agent.is_active();
    let others = tx.agents(workspace_id)?;
    let has_admin = others
        .iter()
        .any(|other| other.id != *id && is_admin(other));
    if is_admin(&before) && !is_admin(&after) && !has_admin {
        return Err(Error::LastAdmin);
    }
    if before.is_active() && !after.is_active() {
        let actor = Actor {
            id: id.clone(),
            workspace_id: workspace_id.clone(),
            name: before.name.clone(),
        };
        set_presence(tx, moment, &actor, Presence::Offline, true, mail)?;
        tx.drop_links(workspace_id, LinkKind::Reset, &before.email)?;
    }
    tx.update_agent(&after)?;
    withdraw_unfit(tx, moment, workspace_id, id, mail)?;
    // Whoever may do something else signs in again, under a new session.
    if after.role != before.role || after.is_active() != before.is_active() {
        tx.end_sessions(workspace_id, id)?;
    }
    tx.ring_floor(workspace_id);
    let after = tx.agent(workspace_id, id)?.ok_or(Error::NotFound)?;
    Ok((before, after))
}

/// Names as they are compared, each once.
fn tidy(names: &[String]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(|name| skill_name(name)).collect();
    names.retain(|name| !name.is_empty());
    names.sort();
    names.dedup();
    names
}

fn deeds(before: &Agent, after: &Agent) -> Vec<Deed> {
    let seen = |agent: &Agent| {
        let (skills, languages) = (agent.skills.clone(), agent.languages.clone());
        (agent.role, agent.capacity, skills, languages)
    };
    let changed = (seen(before) != seen(after)).then(|| {
        Deed::new(Action::AgentChanged)
            .with("role", after.role.name())
            .with("capacity", after.capacity)
            .with("skills", after.skills.join(", "))
            .with("languages", after.languages.join(", "))
    });
    let turned = match (before.is_active(), after.is_active()) {
        (true, false) => Some(Deed::new(Action::AgentDeactivated)),
        (false, true) => Some(Deed::new(Action::AgentReactivated)),
        _ => None,
    };
    changed
        .into_iter()
        .chain(turned)
        .map(|deed| deed.on(&after.id))
        .collect()
}
