//! An agent's sessions begin and end. Who they are was checked at the door.

use segue_core::audit::{Action, By};
use segue_core::ids::{SessionId, WorkspaceId};
use segue_store::{Agent, Session};

use super::audit::{Deed, write_down};
use super::{Actor, Desk, Error};
use crate::edge::{hash_of, secret};

/// The secrets of a new session, shown this once.
pub struct SessionKeys {
    /// What the cookie holds.
    pub cookie: String,
    /// What every write must send beside it.
    pub csrf: String,
}

impl Desk {
    /// Begins a session of an agent that lasts `lasts_ms`. Its secrets are always new;
    /// `before`, the session that the same browser had, ends with it.
    pub async fn begin_session(
        &self,
        agent: &Agent,
        browser: String,
        before: Option<Session>,
        lasts_ms: i64,
    ) -> Result<SessionKeys, Error> {
        let keys = SessionKeys {
            cookie: secret("sgs"),
            csrf: secret("csrf"),
        };
        let (workspace_id, agent_id) = (agent.workspace_id.clone(), agent.id.clone());
        let (hash, csrf) = (hash_of(&keys.cookie), keys.csrf.clone());
        self.verb(move |tx, moment| {
            // An agent may have left while their password was being checked.
            let agent = tx.agent(&workspace_id, &agent_id)?;
            let Some(agent) = agent.filter(Agent::is_active) else {
                return Err(Error::NotFound);
            };
            if let Some(before) = &before {
                tx.end_session(&before.workspace_id, &before.agent_id, &before.id)?;
            }
            let session = Session {
                id: moment.id(),
                workspace_id: workspace_id.clone(),
                agent_id: agent_id.clone(),
                csrf: csrf.clone(),
                browser: browser.clone(),
                created_at: moment.now,
                seen_at: moment.now,
            };
            tx.add_session(&hash, &session, moment.now.plus(lasts_ms))?;
            let (id, name) = (agent.id, agent.name);
            let deed = Deed::new(Action::SignedIn).with("browser", &browser);
            write_down(tx, moment, &workspace_id, &By::Agent { id, name }, deed)
        })
        .await?;
        Ok(keys)
    }

    /// Ends one session of an agent, at their wish. [`Error::NotFound`] if it is not theirs.
    pub async fn end_session(&self, agent: Actor, id: SessionId) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            if !tx.end_session(&agent.workspace_id, &agent.id, &id)? {
                return Err(Error::NotFound);
            }
            let (by, deed) = (By::from(&agent), Deed::new(Action::SignedOut));
            write_down(tx, moment, &agent.workspace_id, &by, deed)
        })
        .await
    }

    /// Signs an agent out everywhere, at their wish.
    pub async fn end_sessions(&self, agent: Actor) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            tx.end_sessions(&agent.workspace_id, &agent.id)?;
            let deed = Deed::new(Action::SessionsEnded).on(&agent.id);
            write_down(tx, moment, &agent.workspace_id, &By::from(&agent), deed)
        })
        .await
    }

    /// Writes down that a session was used.
    pub async fn see_session(&self, workspace_id: WorkspaceId, id: SessionId) -> Result<(), Error> {
        self.verb(move |tx, moment| Ok(tx.see_session(&workspace_id, &id, moment.now)?))
            .await
    }
}
