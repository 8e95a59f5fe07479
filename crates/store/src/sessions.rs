//! Sessions of agents, API tokens and one-time secrets of the first start. Secrets are
//! kept as hashes.

use segue_core::access::Scope;
use segue_core::ids::{AgentId, SessionId, TokenId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// A signed-in agent.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its name among its agent's sessions; the cookie is another secret.
    pub id: SessionId,
    /// Where.
    pub workspace_id: WorkspaceId,
    /// Who.
    pub agent_id: AgentId,
    /// What state-changing requests must send back.
    pub csrf: String,
    /// What they signed in with, in a few words.
    pub browser: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last used, to a few minutes.
    pub seen_at: Timestamp,
}

impl Tx<'_> {
    /// Begins a session.
    pub fn add_session(
        &mut self,
        hash: &str,
        session: &Session,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "insert into sessions (hash, id, workspace_id, agent_id, csrf, browser, created_at, seen_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            params![
                hash,
                &session.id,
                &session.workspace_id,
                &session.agent_id,
                session.csrf.as_str(),
                session.browser.as_str(),
                session.created_at,
                session.seen_at,
                expires_at
            ],
        )?;
        Ok(())
    }

    /// The session of a hash, if it has not expired.
    pub fn session(&mut self, hash: &str, now: Timestamp) -> Result<Option<Session>, Error> {
        self.row(
            "select id, workspace_id, agent_id, csrf, browser, created_at, seen_at from sessions
             where hash = $1 and expires_at > $2",
            params![hash, now],
        )?
        .map(session)
        .transpose()
    }

    /// The sessions of an agent that have not ended, the newest first.
    pub fn sessions(
        &mut self,
        workspace_id: &WorkspaceId,
        agent_id: &AgentId,
        now: Timestamp,
    ) -> Result<Vec<Session>, Error> {
        self.rows(
            "select id, workspace_id, agent_id, csrf, browser, created_at, seen_at from sessions
             where workspace_id = $1 and agent_id = $2 and expires_at > $3 order by created_at desc, id",
            params![workspace_id, agent_id, now],
        )?
        .into_iter()
        .map(session)
        .collect()
    }

    /// A session was used.
    pub fn see_session(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &SessionId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "update sessions set seen_at = $3 where workspace_id = $1 and id = $2",
            params![workspace_id, id, now],
        )?;
        Ok(())
    }

    /// Forgets sessions that have expired.
    pub fn purge_sessions(&mut self, now: Timestamp) -> Result<u64, Error> {
        self.execute("delete from sessions where expires_at <= $1", params![now])
    }

    /// Ends a session; `false` if it is not this agent's.
    pub fn end_session(
        &mut self,
        workspace_id: &WorkspaceId,
        agent_id: &AgentId,
        id: &SessionId,
    ) -> Result<bool, Error> {
        let ended = self.execute(
            "delete from sessions where workspace_id = $1 and agent_id = $2 and id = $3",
            params![workspace_id, agent_id, id],
        )?;
        self.ring_access(workspace_id);
        Ok(ended > 0)
    }

    /// Ends every session of an agent.
    pub fn end_sessions(
        &mut self,
        workspace_id: &WorkspaceId,
        agent_id: &AgentId,
    ) -> Result<(), Error> {
        self.execute(
            "delete from sessions where workspace_id = $1 and agent_id = $2",
            params![workspace_id, agent_id],
        )?;
        self.ring_access(workspace_id);
        Ok(())
    }

    /// Keeps the hash of a secret of the first start.
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

    /// Keeps the hash of an API token.
    pub fn add_api_token(
        &mut self,
        hash: &str,
        token: &ApiToken,
        expires_at: Option<Timestamp>,
    ) -> Result<(), Error> {
        self.execute(
            "insert into tokens (hash, id, workspace_id, kind, name, scopes, created_at, expires_at)
             values ($1, $2, $3, 'api', $4, $5, $6, $7)",
            params![
                hash,
                &token.id,
                &token.workspace_id,
                token.name.as_str(),
                scopes_text(&token.scopes),
                token.created_at,
                expires_at
            ],
        )?;
        Ok(())
    }

    /// The API token of a hash, if it has not expired.
    pub fn api_token(&mut self, hash: &str, now: Timestamp) -> Result<Option<ApiToken>, Error> {
        self.row(
            "select id, workspace_id, name, scopes, created_at, last_used_at from tokens
             where hash = $1 and kind = 'api' and (expires_at is null or expires_at > $2)",
            params![hash, now],
        )?
        .map(api_token)
        .transpose()
    }

    /// The API tokens of a workspace, the newest first.
    pub fn api_tokens(&mut self, workspace_id: &WorkspaceId) -> Result<Vec<ApiToken>, Error> {
        self.rows(
            "select id, workspace_id, name, scopes, created_at, last_used_at from tokens
             where workspace_id = $1 and kind = 'api' order by created_at desc, id",
            params![workspace_id],
        )?
        .into_iter()
        .map(api_token)
        .collect()
    }

    /// An API token was used.
    pub fn note_token_use(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &TokenId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "update tokens set last_used_at = $3 where workspace_id = $1 and id = $2",
            params![workspace_id, id, now],
        )?;
        Ok(())
    }

    /// Removes an API token; `false` if there was none.
    pub fn drop_api_token(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &TokenId,
    ) -> Result<bool, Error> {
        let dropped = self.execute(
            "delete from tokens where workspace_id = $1 and id = $2 and kind = 'api'",
            params![workspace_id, id],
        )?;
        Ok(dropped > 0)
    }
}

/// What a program is let in with, without its secret.
#[derive(Clone, Debug)]
pub struct ApiToken {
    /// Its id.
    pub id: TokenId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to a minute.
    pub last_used_at: Option<Timestamp>,
}

fn session(row: Row) -> Result<Session, Error> {
    Ok(Session {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        agent_id: row.id(2)?,
        csrf: row.text(3)?.into(),
        browser: row.text(4)?.into(),
        created_at: row.at(5)?,
        seen_at: row.at(6)?,
    })
}

fn api_token(row: Row) -> Result<ApiToken, Error> {
    let scopes = row.text(3)?.split(' ').filter_map(Scope::from_name);
    Ok(ApiToken {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        name: row.text(2)?.into(),
        scopes: scopes.collect(),
        created_at: row.at(4)?,
        last_used_at: row.at_or_null(5),
    })
}

fn scopes_text(scopes: &[Scope]) -> String {
    let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
    names.join(" ")
}
