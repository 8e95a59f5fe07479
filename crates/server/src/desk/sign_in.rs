//! An agent's session begins and ends. Who they are was checked at the door.

use segue_store::{Agent, Session};

use super::{Desk, Error};
use crate::edge::{hash_of, secret};

/// The secrets of a new session, shown this once.
pub struct SessionKeys {
    /// What the cookie holds.
    pub cookie: String,
    /// What every write must send beside it.
    pub csrf: String,
}

impl Desk {
    /// Begins a session of an agent that lasts `lasts_ms`.
    pub async fn begin_session(&self, agent: &Agent, lasts_ms: i64) -> Result<SessionKeys, Error> {
        let keys = SessionKeys {
            cookie: secret("sgs"),
            csrf: secret("csrf"),
        };
        let session = Session {
            workspace_id: agent.workspace_id.clone(),
            agent_id: agent.id.clone(),
            csrf: keys.csrf.clone(),
        };
        let hash = hash_of(&keys.cookie);
        self.verb(move |tx, moment| {
            let until = moment.now.plus(lasts_ms);
            Ok(tx.add_session(&hash, &session, moment.now, until)?)
        })
        .await?;
        Ok(keys)
    }

    /// Ends the session with this hash; one that has ended already is fine.
    pub async fn end_session(&self, hash: String) -> Result<(), Error> {
        self.verb(move |tx, _| Ok(tx.end_session(&hash)?)).await
    }
}
