//! How long a workspace keeps the words of conversations that are over (P48), and how far
//! looking through them has come. What was erased falls out of the list by itself, so
//! that a run that was cut off goes on where it stood.

use segue_core::ids::{ContactId, ConversationId, InboxId, WorkspaceId};
use segue_core::time::{DAY_MS, Timestamp};

use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// How long words are kept, and the last run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// After how many days without an event they go; `None` for never.
    pub days: Option<i64>,
    /// When it is looked through next.
    pub due_at: Option<Timestamp>,
    /// When the last run began.
    pub began_at: Option<Timestamp>,
    /// When it was over; `None` while it goes on.
    pub ended_at: Option<Timestamp>,
    /// How many conversations it emptied.
    pub conversations: i64,
    /// How many contacts lost their personal data with the last of their conversations.
    pub contacts: i64,
}

impl Retention {
    /// What is older goes; `None` where nothing does.
    pub fn horizon(&self, now: Timestamp) -> Option<Timestamp> {
        Some(now.plus(-self.days? * DAY_MS))
    }
}

/// A conversation that is over and too old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aged {
    /// Which.
    pub id: ConversationId,
    /// Where.
    pub inbox_id: InboxId,
    /// Whose.
    pub contact_id: ContactId,
}

impl Tx<'_> {
    /// How long a workspace keeps words; the default where it never said.
    pub fn retention(&mut self, workspace_id: &WorkspaceId) -> Result<Retention, Error> {
        let row = self.row(
            "select days, due_at, began_at, ended_at, conversations, contacts from retentions
             where workspace_id = $1",
            params![workspace_id],
        )?;
        row.map_or(Ok(Retention::default()), |row| {
            Ok(Retention {
                days: row.int_or_null(0),
                due_at: row.at_or_null(1),
                began_at: row.at_or_null(2),
                ended_at: row.at_or_null(3),
                conversations: row.int(4)?,
                contacts: row.int(5)?,
            })
        })
    }

    /// Keeps how long, and how far it has come.
    pub fn set_retention(
        &mut self,
        workspace_id: &WorkspaceId,
        kept: &Retention,
    ) -> Result<(), Error> {
        self.execute(
            "insert into retentions (workspace_id, days, due_at, began_at, ended_at, conversations, contacts)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (workspace_id) do update
             set days = excluded.days, due_at = excluded.due_at, began_at = excluded.began_at,
               ended_at = excluded.ended_at, conversations = excluded.conversations, contacts = excluded.contacts",
            params![
                workspace_id,
                kept.days,
                kept.due_at,
                kept.began_at,
                kept.ended_at,
                kept.conversations,
                kept.contacts
            ],
        )?;
        Ok(())
    }

    /// The workspaces where it is time to look.
    pub fn retentions_due(&mut self, now: Timestamp) -> Result<Vec<WorkspaceId>, Error> {
        self.rows(
            "select workspace_id from retentions where due_at <= $1 order by due_at",
            params![now],
        )?
        .into_iter()
        .map(|row| row.id(0))
        .collect()
    }

    /// Conversations that are over and had no event since, the oldest first. None of them
    /// changes until the commit; one that somebody else changes just now is left out.
    pub fn aged(
        &mut self,
        workspace_id: &WorkspaceId,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<Aged>, Error> {
        let sql = if self.is_postgres() {
            "select id, inbox_id, contact_id from conversations
             where workspace_id = $1 and touched_at < $2 and state = 'resolved' and erased = 0
             order by touched_at limit $3 for update skip locked"
        } else {
            "select id, inbox_id, contact_id from conversations
             where workspace_id = $1 and touched_at < $2 and state = 'resolved' and erased = 0
             order by touched_at limit $3"
        };
        let rows = self.rows(sql, params![workspace_id, since, limit])?;
        rows.into_iter().map(aged).collect()
    }

    /// How many there are of them.
    pub fn count_aged(
        &mut self,
        workspace_id: &WorkspaceId,
        since: Timestamp,
    ) -> Result<i64, Error> {
        let row = self.row(
            "select count(*) from conversations
             where workspace_id = $1 and touched_at < $2 and state = 'resolved' and erased = 0",
            params![workspace_id, since],
        )?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// Notes that a conversation's words went because they were old.
    pub fn mark_aged(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<(), Error> {
        self.execute(
            "update conversations set erased = 2 where id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        Ok(())
    }

    /// Whether a conversation's words went because they were old.
    pub fn is_aged(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<bool, Error> {
        let row = self.row(
            "select 1 from conversations where id = $1 and workspace_id = $2 and erased = 2",
            params![id, workspace_id],
        )?;
        Ok(row.is_some())
    }

    /// Whether a contact has a conversation whose words stand.
    pub fn has_words(
        &mut self,
        workspace_id: &WorkspaceId,
        contact_id: &ContactId,
    ) -> Result<bool, Error> {
        let row = self.row(
            "select 1 from conversations where contact_id = $1 and workspace_id = $2 and erased = 0 limit 1",
            params![contact_id, workspace_id],
        )?;
        Ok(row.is_some())
    }
}

fn aged(row: Row) -> Result<Aged, Error> {
    Ok(Aged {
        id: row.id(0)?,
        inbox_id: row.id(1)?,
        contact_id: row.id(2)?,
    })
}
