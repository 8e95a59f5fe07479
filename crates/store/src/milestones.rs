//! The way to going live: what happened once, and where the chat was seen.

use segue_core::ids::{InboxId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

/// Sites remembered of one inbox; browsers may be made to tell any number.
const SITES: i64 = 50;

/// A site on which the chat was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Which inbox's chat.
    pub inbox_id: InboxId,
    /// Where, `https://shop.example`.
    pub origin: String,
    /// When first.
    pub first_at: Timestamp,
    /// When last, to the hour or so.
    pub last_at: Timestamp,
}

impl Tx<'_> {
    /// The milestones that a workspace has passed, and when.
    pub fn milestones(
        &mut self,
        workspace_id: &WorkspaceId,
    ) -> Result<Vec<(String, Timestamp)>, Error> {
        self.rows(
            "select name, at from milestones where workspace_id = $1 order by name",
            params![workspace_id],
        )?
        .into_iter()
        .map(|row| Ok((row.text(0)?.into(), row.at(1)?)))
        .collect()
    }

    /// Passes a milestone; `false` if it was passed before, which stands.
    pub fn pass_milestone(
        &mut self,
        workspace_id: &WorkspaceId,
        name: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let added = self.execute(
            "insert into milestones (workspace_id, name, at) values ($1, $2, $3)
             on conflict (workspace_id, name) do nothing",
            params![workspace_id, name, now],
        )?;
        Ok(added > 0)
    }

    /// Takes a milestone back.
    pub fn lift_milestone(&mut self, workspace_id: &WorkspaceId, name: &str) -> Result<(), Error> {
        self.execute(
            "delete from milestones where workspace_id = $1 and name = $2",
            params![workspace_id, name],
        )?;
        Ok(())
    }

    /// Notes that an inbox's chat was opened on a site; `true` where it is a new one.
    pub fn sight(
        &mut self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
        origin: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let seen = self.execute(
            "update sightings set last_at = $4 where workspace_id = $1 and inbox_id = $2 and origin = $3",
            params![workspace_id, inbox_id, origin, now],
        )?;
        if seen > 0 {
            return Ok(false);
        }
        let known = self.row(
            "select count(*) from sightings where workspace_id = $1 and inbox_id = $2",
            params![workspace_id, inbox_id],
        )?;
        if known.map_or(Ok(0), |row| row.int(0))? >= SITES {
            return Ok(false);
        }
        let added = self.execute(
            "insert into sightings (inbox_id, origin, workspace_id, first_at, last_at)
             values ($2, $3, $1, $4, $4)
             on conflict (inbox_id, origin) do nothing",
            params![workspace_id, inbox_id, origin, now],
        )?;
        Ok(added > 0)
    }

    /// The sites on which a workspace's chats were seen, newest first.
    pub fn sightings(&mut self, workspace_id: &WorkspaceId) -> Result<Vec<Sighting>, Error> {
        self.rows(
            "select inbox_id, origin, first_at, last_at from sightings
             where workspace_id = $1 order by last_at desc, origin",
            params![workspace_id],
        )?
        .into_iter()
        .map(|row| {
            Ok(Sighting {
                inbox_id: row.id(0)?,
                origin: row.text(1)?.into(),
                first_at: row.at(2)?,
                last_at: row.at(3)?,
            })
        })
        .collect()
    }
}
