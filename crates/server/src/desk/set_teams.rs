//! Teams are made, changed and removed. Nothing that waits is lost by it: what a removed
//! team answered for is everybody's, and what was proposed to somebody who left goes on to
//! the next.

use segue_core::audit::{Action, By};
use segue_core::ids::{AgentId, TeamId, WorkspaceId};
use segue_core::time::{HOUR_MS, MINUTE_MS};
use segue_store::{Team, Tx};

use super::audit::{Deed, write_down};
use super::presence::withdraw_unfit;
use super::{Actor, Desk, Error};
use crate::edge::Moment;

/// A team as an admin wants it.
#[derive(Clone, Debug)]
pub struct TeamWanted {
    /// Its name.
    pub name: String,
    /// Who is in it.
    pub members: Vec<AgentId>,
    /// The team that takes what has waited so many milliseconds.
    pub overflow: Option<(TeamId, i64)>,
}

/// The most teams of a workspace.
const MOST_TEAMS: usize = 100;
/// The longest name, in letters.
const LONGEST_NAME: usize = 60;

impl Desk {
    /// Makes a team.
    pub async fn add_team(&self, actor: Actor, wanted: TeamWanted) -> Result<TeamId, Error> {
        self.verb(move |tx, moment| {
            let id: TeamId = moment.id();
            let team = checked(tx, &actor.workspace_id, &id, &wanted)?;
            tx.add_team(&team, moment.now).map_err(name_taken)?;
            tx.set_team_members(&actor.workspace_id, &id, &wanted.members)?;
            let deed = deed(Action::TeamMade, &team, &wanted);
            done(tx, moment, &actor, deed)?;
            Ok(id)
        })
        .await
    }

    /// Changes a team.
    pub async fn change_team(
        &self,
        actor: Actor,
        id: TeamId,
        wanted: TeamWanted,
    ) -> Result<(), Error> {
        let mail = self.mail;
        self.verb(move |tx, moment| {
            let workspace_id = &actor.workspace_id;
            // Another workspace's team is unknown, whatever is wanted of it.
            if !tx.teams(workspace_id)?.iter().any(|team| team.id == id) {
                return Err(Error::NotFound);
            }
            let team = checked(tx, workspace_id, &id, &wanted)?;
            let left = members(tx, workspace_id, &id)?;
            // Somebody may have removed it since.
            if !tx.update_team(&team).map_err(name_taken)? {
                return Err(Error::NotFound);
            }
            tx.set_team_members(workspace_id, &id, &wanted.members)?;
            for agent_id in left.iter().filter(|it| !wanted.members.contains(it)) {
                withdraw_unfit(tx, moment, workspace_id, agent_id, mail)?;
            }
            let deed = deed(Action::TeamChanged, &team, &wanted);
            done(tx, moment, &actor, deed)
        })
        .await
    }

    /// Removes a team.
    pub async fn drop_team(&self, actor: Actor, id: TeamId) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            let workspace_id = &actor.workspace_id;
            tx.hold_workspace(workspace_id)?;
            let teams = tx.teams(workspace_id)?;
            let team = teams.into_iter().find(|team| team.id == id);
            let team = team.ok_or(Error::NotFound)?;
            tx.drop_team(workspace_id, &id)?;
            let deed = Deed::new(Action::TeamRemoved)
                .on(&id)
                .with("team", &team.name);
            done(tx, moment, &actor, deed)
        })
        .await
    }
}

fn members(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    id: &TeamId,
) -> Result<Vec<AgentId>, Error> {
    let all = tx.team_members(workspace_id)?.into_iter();
    let theirs = all.filter(|(team, _)| team == id);
    Ok(theirs.map(|(_, agent)| agent).collect())
}

fn checked(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    id: &TeamId,
    wanted: &TeamWanted,
) -> Result<Team, Error> {
    // One at a time: two admins must not make one name twice.
    tx.hold_workspace(workspace_id)?;
    let name = wanted.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Error::Invalid("a team's name has 1 to 60 letters"));
    }
    let teams = tx.teams(workspace_id)?;
    let others = || teams.iter().filter(|team| team.id != *id);
    if others().count() >= MOST_TEAMS {
        return Err(Error::Invalid(
            "there are a hundred teams; remove one first",
        ));
    }
    if others().any(|team| team.name.to_lowercase() == name.to_lowercase()) {
        return Err(Error::Invalid("there is a team of that name already"));
    }
    if let Some((to, after_ms)) = &wanted.overflow {
        if !others().any(|team| team.id == *to) {
            return Err(Error::Invalid(
                "the team that helps out is not there any more; choose another",
            ));
        }
        if !(MINUTE_MS..=24 * HOUR_MS).contains(after_ms) {
            return Err(Error::Invalid(
                "another team helps out after 1 minute to 24 hours",
            ));
        }
    }
    Ok(Team {
        id: id.clone(),
        workspace_id: workspace_id.clone(),
        name: name.into(),
        overflow: wanted.overflow.clone(),
    })
}

fn name_taken(error: segue_store::Error) -> Error {
    match error {
        segue_store::Error::Conflict => Error::Invalid("there is a team of that name already"),
        error => error.into(),
    }
}

fn deed(action: Action, team: &Team, wanted: &TeamWanted) -> Deed {
    let minutes = wanted.overflow.as_ref().map(|(_, ms)| ms / MINUTE_MS);
    let deed = Deed::new(action)
        .on(&team.id)
        .with("team", &team.name)
        .with("members", wanted.members.len());
    match minutes {
        Some(minutes) => deed.with("overflow_minutes", minutes),
        None => deed,
    }
}

fn done(tx: &mut Tx<'_>, moment: &Moment, actor: &Actor, deed: Deed) -> Result<(), Error> {
    tx.ring_floor(&actor.workspace_id);
    tx.ring_access(&actor.workspace_id);
    write_down(tx, moment, &actor.workspace_id, &By::from(actor), deed)
}
