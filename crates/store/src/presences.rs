//! When agents came and went, as they said it or as their silence told.

use std::collections::HashMap;

use segue_core::ids::{AgentId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::agents::Presence;
use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

/// A time in which an agent was there: online or in wrap-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Who.
    pub agent_id: AgentId,
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None` while they are there.
    pub until: Option<Timestamp>,
}

/// The most comings and goings that are read: 90 days of 1,300 agents with eight a day.
const MOST: i64 = 1_000_000;

impl Tx<'_> {
    /// Writes down what an agent says of themselves from now on, where that is new.
    pub(crate) fn note_presence(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &AgentId,
        presence: Presence,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "insert into presences (workspace_id, agent_id, at, presence)
             select workspace_id, id, cast($3 as bigint), cast($4 as text) from agents
             where workspace_id = $1 and id = $2 and presence <> $4
             on conflict (agent_id, at) do update set presence = excluded.presence",
            params![workspace_id, id, now, presence.name()],
        )?;
        Ok(())
    }

    /// Writes down whose wrap-up is over.
    pub(crate) fn note_ended_wrap_ups(
        &mut self,
        workspace_id: &WorkspaceId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "insert into presences (workspace_id, agent_id, at, presence)
             select workspace_id, id, cast($2 as bigint), 'online' from agents
             where workspace_id = $1 and presence = 'wrap_up' and wrap_up_until <= $2
             on conflict (agent_id, at) do update set presence = excluded.presence",
            params![workspace_id, now],
        )?;
        Ok(())
    }

    /// When agents were there since an instant, by when they came. Who was there before that
    /// came at `since`.
    pub fn stays(
        &mut self,
        workspace_id: &WorkspaceId,
        since: Timestamp,
    ) -> Result<Vec<Stay>, Error> {
        let before = self.rows(
            "select p.agent_id, p.presence from presences p
             join (select agent_id, max(at) as at from presences where workspace_id = $1 and at < $2 group by agent_id) l
               on l.agent_id = p.agent_id and l.at = p.at where p.workspace_id = $1",
            params![workspace_id, since],
        )?;
        let changes = self.rows(
            "select agent_id, presence, at from presences where workspace_id = $1 and at >= $2 order by at limit $3",
            params![workspace_id, since, MOST],
        )?;
        let mut there: HashMap<AgentId, usize> = HashMap::new();
        let mut stays: Vec<Stay> = Vec::new();
        let dated = before.into_iter().map(|row| (row, None));
        for (row, column) in dated.chain(changes.into_iter().map(|row| (row, Some(2)))) {
            let at = column.map_or(Ok(since), |column| row.at(column))?;
            let (agent_id, presence): (AgentId, &str) = (row.id(0)?, row.text(1)?);
            let is_there = [Presence::Online, Presence::WrapUp].map(Presence::name);
            match (is_there.contains(&presence), there.get(&agent_id)) {
                (true, None) => {
                    there.insert(agent_id.clone(), stays.len());
                    stays.push(Stay {
                        agent_id,
                        from: at,
                        until: None,
                    });
                }
                (false, Some(stay)) => {
                    stays[*stay].until = Some(at);
                    there.remove(&agent_id);
                }
                (true, Some(_)) | (false, None) => {}
            }
        }
        Ok(stays)
    }

    /// Since when it is known who was there; `None` where nobody came or went yet.
    pub fn stays_known_since(
        &mut self,
        workspace_id: &WorkspaceId,
    ) -> Result<Option<Timestamp>, Error> {
        let row = self.row(
            "select min(at) from presences where workspace_id = $1",
            params![workspace_id],
        )?;
        Ok(row.and_then(|row| row.at_or_null(0)))
    }

    /// Forgets comings and goings before an instant.
    pub fn purge_presences(&mut self, before: Timestamp) -> Result<u64, Error> {
        self.execute("delete from presences where at < $1", params![before])
    }
}
