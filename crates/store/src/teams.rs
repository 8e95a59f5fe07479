//! Teams and who is in them.

use segue_core::ids::{AgentId, TeamId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// Agents who answer for the same matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// What policies call it.
    pub name: String,
    /// The team that takes what has waited so many milliseconds.
    pub overflow: Option<(TeamId, i64)>,
}

impl Tx<'_> {
    /// Adds a team. `Conflict` if the name is taken.
    pub fn add_team(&mut self, team: &Team, now: Timestamp) -> Result<(), Error> {
        let overflow = team.overflow.as_ref();
        self.execute(
            "insert into teams (id, workspace_id, name, overflow_to, overflow_after_ms, created_at)
             values ($1, $2, $3, $4, $5, $6)",
            params![
                &team.id,
                &team.workspace_id,
                team.name.as_str(),
                overflow.map(|(to, _)| to),
                overflow.map(|(_, after_ms)| *after_ms),
                now,
            ],
        )?;
        Ok(())
    }

    /// Changes a team's name and who helps it out; `false` if it is not there.
    pub fn update_team(&mut self, team: &Team) -> Result<bool, Error> {
        let overflow = team.overflow.as_ref();
        let changed = self.execute(
            "update teams set name = $3, overflow_to = $4, overflow_after_ms = $5
             where workspace_id = $1 and id = $2",
            params![
                &team.workspace_id,
                &team.id,
                team.name.as_str(),
                overflow.map(|(to, _)| to),
                overflow.map(|(_, after_ms)| *after_ms),
            ],
        )?;
        Ok(changed > 0)
    }

    /// Removes a team; `false` if it was not there. What it answered for is everybody's.
    pub fn drop_team(&mut self, workspace_id: &WorkspaceId, id: &TeamId) -> Result<bool, Error> {
        self.execute(
            "update teams set overflow_to = null, overflow_after_ms = null
             where overflow_to = $2 and workspace_id = $1",
            params![workspace_id, id],
        )?;
        self.execute(
            "delete from team_members where team_id = $2 and workspace_id = $1",
            params![workspace_id, id],
        )?;
        self.execute(
            "update canned_replies set team_id = null where team_id = $2 and workspace_id = $1",
            params![workspace_id, id],
        )?;
        let changed = self.execute(
            "delete from teams where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?;
        Ok(changed > 0)
    }

    /// Every team of a workspace, by name.
    pub fn teams(&mut self, workspace_id: &WorkspaceId) -> Result<Vec<Team>, Error> {
        self.rows(
            "select id, workspace_id, name, overflow_to, overflow_after_ms from teams
             where workspace_id = $1 order by lower(name), id",
            params![workspace_id],
        )?
        .into_iter()
        .map(team)
        .collect()
    }

    /// The team that a policy names, whatever its capitals.
    pub fn team_named(
        &mut self,
        workspace_id: &WorkspaceId,
        name: &str,
    ) -> Result<Option<Team>, Error> {
        let name = name.trim().to_lowercase();
        let mut teams = self.teams(workspace_id)?.into_iter();
        Ok(teams.find(|team| team.name.to_lowercase() == name))
    }

    /// Who is in which team.
    pub fn team_members(
        &mut self,
        workspace_id: &WorkspaceId,
    ) -> Result<Vec<(TeamId, AgentId)>, Error> {
        self.rows(
            "select team_id, agent_id from team_members where workspace_id = $1 order by team_id, agent_id",
            params![workspace_id],
        )?
        .into_iter()
        .map(|row| Ok((row.id(0)?, row.id(1)?)))
        .collect()
    }

    /// Says who is in a team. Agents of other workspaces are passed over.
    pub fn set_team_members(
        &mut self,
        workspace_id: &WorkspaceId,
        team_id: &TeamId,
        members: &[AgentId],
    ) -> Result<(), Error> {
        self.execute(
            "delete from team_members where team_id = $2 and workspace_id = $1",
            params![workspace_id, team_id],
        )?;
        for agent_id in members {
            self.execute(
                "insert into team_members (team_id, agent_id, workspace_id)
                 select $2, id, workspace_id from agents where id = $3 and workspace_id = $1
                 on conflict (team_id, agent_id) do nothing",
                params![workspace_id, team_id, agent_id],
            )?;
        }
        Ok(())
    }
}

fn team(row: Row) -> Result<Team, Error> {
    let overflow = match (
        row.text_or_null(3).and_then(TeamId::parse),
        row.at_or_null(4),
    ) {
        (Some(to), Some(after)) => Some((to, after.as_millis())),
        _ => None,
    };
    Ok(Team {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        name: row.text(2)?.into(),
        overflow,
    })
}
