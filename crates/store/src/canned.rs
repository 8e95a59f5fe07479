//! Replies that agents have ready: everybody's, a team's, or one agent's own.

use segue_core::ids::{AgentId, CannedReplyId, TeamId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// A reply that is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannedReply {
    /// Its id.
    pub id: CannedReplyId,
    /// Whose workspace.
    pub workspace_id: WorkspaceId,
    /// What it is found by.
    pub name: String,
    /// The words, with holes such as `{customer.name}`.
    pub text: String,
    /// For whom it is.
    pub shared_with: SharedWith,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Who has a reply ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SharedWith {
    /// Everybody.
    All,
    /// The people of a team.
    Team(TeamId),
    /// One agent.
    Agent(AgentId),
}

impl SharedWith {
    fn columns(&self) -> (Option<&TeamId>, Option<&AgentId>) {
        match self {
            SharedWith::All => (None, None),
            SharedWith::Team(id) => (Some(id), None),
            SharedWith::Agent(id) => (None, Some(id)),
        }
    }
}

impl Tx<'_> {
    /// Every reply of a workspace, by name.
    pub fn canned_replies(
        &mut self,
        workspace_id: &WorkspaceId,
    ) -> Result<Vec<CannedReply>, Error> {
        self.rows(
            "select id, workspace_id, name, text, team_id, agent_id, updated_at from canned_replies
             where workspace_id = $1 order by lower(name), id",
            params![workspace_id],
        )?
        .into_iter()
        .map(canned_reply)
        .collect()
    }

    /// One of them.
    pub fn canned_reply(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &CannedReplyId,
    ) -> Result<Option<CannedReply>, Error> {
        self.row(
            "select id, workspace_id, name, text, team_id, agent_id, updated_at from canned_replies
             where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?
        .map(canned_reply)
        .transpose()
    }

    /// Adds a reply, or changes it.
    pub fn put_canned_reply(&mut self, reply: &CannedReply) -> Result<(), Error> {
        let (team_id, agent_id) = reply.shared_with.columns();
        self.execute(
            "insert into canned_replies (id, workspace_id, name, text, team_id, agent_id, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (id) do update set name = excluded.name, text = excluded.text,
               team_id = excluded.team_id, agent_id = excluded.agent_id, updated_at = excluded.updated_at
             where canned_replies.workspace_id = excluded.workspace_id",
            params![
                &reply.id,
                &reply.workspace_id,
                reply.name.as_str(),
                reply.text.as_str(),
                team_id,
                agent_id,
                reply.updated_at,
            ],
        )?;
        Ok(())
    }

    /// Removes a reply.
    pub fn drop_canned_reply(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &CannedReplyId,
    ) -> Result<(), Error> {
        self.execute(
            "delete from canned_replies where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?;
        Ok(())
    }
}

fn canned_reply(row: Row) -> Result<CannedReply, Error> {
    let shared_with = match (row.id_or_null(4), row.id_or_null(5)) {
        (Some(team), _) => SharedWith::Team(team),
        (None, Some(agent)) => SharedWith::Agent(agent),
        (None, None) => SharedWith::All,
    };
    Ok(CannedReply {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        name: row.text(2)?.into(),
        text: row.text(3)?.into(),
        shared_with,
        updated_at: row.at(6)?,
    })
}
