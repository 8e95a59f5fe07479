//! Sessions of agents, API tokens and one-time links. Secrets are kept as hashes.

use segue_core::ids::{AgentId, TokenId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

/// A signed-in agent.
#[derive(Clone, Debug)]
pub struct Session {
    /// Where.
    pub workspace_id: WorkspaceId,
    /// Who.
    pub agent_id: AgentId,
    /// What state-changing requests must send back.
    pub csrf: String,
}

impl Tx<'_> {
    /// Begins a session.
    pub fn add_session(
        &mut self,
        hash: &str,
        session: &Session,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "insert into sessions (hash, workspace_id, agent_id, csrf, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6)",
            params![
                hash,
                &session.workspace_id,
                &session.agent_id,
                session.csrf.as_str(),
                now,
                expires_at
            ],
        )?;
        Ok(())
    }

    /// The session of a hash, if it has not expired.
    pub fn session(&mut self, hash: &str, now: Timestamp) -> Result<Option<Session>, Error> {
        self.row(
            "select workspace_id, agent_id, csrf from sessions where hash = $1 and expires_at > $2",
            params![hash, now],
        )?
        .map(|row| {
            Ok(Session {
                workspace_id: row.id(0)?,
                agent_id: row.id(1)?,
                csrf: row.text(2)?.into(),
            })
        })
        .transpose()
    }

    /// Forgets sessions that have expired.
    pub fn purge_sessions(&mut self, now: Timestamp) -> Result<u64, Error> {
        self.execute("delete from sessions where expires_at <= $1", params![now])
    }

    /// Ends a session.
    pub fn end_session(&mut self, hash: &str) -> Result<(), Error> {
        self.execute("delete from sessions where hash = $1", params![hash])?;
        Ok(())
    }

    /// Keeps the hash of an API token or of a one-time link.
    #[expect(
        clippy::too_many_arguments,
        reason = "the columns of one row, each of another type"
    )]
    pub fn add_token(
        &mut self,
        hash: &str,
        id: &TokenId,
        workspace_id: &WorkspaceId,
        kind: &'static str,
        name: &str,
        now: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Result<(), Error> {
        self.execute(
            "insert into tokens (hash, id, workspace_id, kind, name, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            params![hash, id, workspace_id, kind, name, now, expires_at],
        )?;
        Ok(())
    }

    /// The workspace of a token of this kind that is neither expired nor used up.
    pub fn token(
        &mut self,
        hash: &str,
        kind: &'static str,
        now: Timestamp,
    ) -> Result<Option<WorkspaceId>, Error> {
        self.row(
            "select workspace_id from tokens where hash = $1 and kind = $2 and used_at is null
             and (expires_at is null or expires_at > $3)",
            params![hash, kind, now],
        )?
        .map(|row| row.id(0))
        .transpose()
    }

    /// Uses a one-time token up; `false` if somebody did before.
    pub fn use_token(
        &mut self,
        hash: &str,
        kind: &'static str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update tokens set used_at = $3 where hash = $1 and kind = $2 and used_at is null
             and (expires_at is null or expires_at > $3)",
            params![hash, kind, now],
        )?;
        Ok(changed > 0)
    }

    /// Removes every unused token of a kind in a workspace.
    pub fn drop_tokens(
        &mut self,
        workspace_id: &WorkspaceId,
        kind: &'static str,
    ) -> Result<(), Error> {
        self.execute(
            "delete from tokens where workspace_id = $1 and kind = $2 and used_at is null",
            params![workspace_id, kind],
        )?;
        Ok(())
    }
}
