//! The inboxes of a workspace: entry points, each with its policy and hours.

use std::collections::BTreeMap;

use segue_core::ids::{InboxId, WorkspaceId};
use segue_core::policy::Policy;
use segue_core::time::{Hours, Timestamp};

use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// An entry point, with its policy and hours.
#[derive(Clone, Debug)]
pub struct Inbox {
    /// Its id.
    pub id: InboxId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// What the widget's script tag names; public.
    pub site_key: String,
    /// When to escalate.
    pub policy: Policy,
    /// When it is staffed.
    pub hours: Hours,
    /// Since when nothing new begins in it; `None` while it is open.
    pub closed_at: Option<Timestamp>,
}

impl Tx<'_> {
    /// Adds an inbox.
    pub fn add_inbox(&mut self, inbox: &Inbox) -> Result<(), Error> {
        self.execute(
            "insert into inboxes (id, workspace_id, name, site_key, policy, hours, closed_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            params![
                &inbox.id,
                &inbox.workspace_id,
                inbox.name.as_str(),
                inbox.site_key.as_str(),
                json(&inbox.policy)?,
                json(&inbox.hours)?,
                inbox.closed_at,
            ],
        )?;
        Ok(())
    }

    /// Names an inbox, closes it or opens it again.
    pub fn update_inbox(&mut self, inbox: &Inbox) -> Result<(), Error> {
        self.execute(
            "update inboxes set name = $3, closed_at = $4 where workspace_id = $1 and id = $2",
            params![
                &inbox.workspace_id,
                &inbox.id,
                inbox.name.as_str(),
                inbox.closed_at
            ],
        )?;
        Ok(())
    }

    /// How many conversations of each inbox are not over; those without one are not listed.
    pub fn open_by_inbox(
        &mut self,
        workspace_id: &WorkspaceId,
    ) -> Result<BTreeMap<InboxId, i64>, Error> {
        self.rows(
            "select inbox_id, count(*) from conversations
             where workspace_id = $1 and state in ('with_assistant', 'queued', 'with_agent', 'by_email')
             group by inbox_id",
            params![workspace_id],
        )?
        .into_iter()
        .map(|row| Ok((row.id(0)?, row.int(1)?)))
        .collect()
    }

    /// Sets when an inbox is staffed; `false` if there is none.
    pub fn set_hours(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &InboxId,
        hours: &Hours,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update inboxes set hours = $3 where workspace_id = $1 and id = $2",
            params![workspace_id, id, json(hours)?],
        )?;
        Ok(changed > 0)
    }

    /// Gives an inbox another policy.
    pub fn set_policy(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &InboxId,
        policy: &Policy,
    ) -> Result<(), Error> {
        self.execute(
            "update inboxes set policy = $3 where workspace_id = $1 and id = $2",
            params![workspace_id, id, json(policy)?],
        )?;
        Ok(())
    }

    /// The inbox of a site key.
    pub fn inbox_by_key(&mut self, site_key: &str) -> Result<Option<Inbox>, Error> {
        self.row(
            "select id, workspace_id, name, site_key, policy, hours, closed_at from inboxes where site_key = $1",
            params![site_key],
        )?
        .map(inbox)
        .transpose()
    }

    /// An inbox of a workspace.
    pub fn inbox(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &InboxId,
    ) -> Result<Option<Inbox>, Error> {
        self.row(
            "select id, workspace_id, name, site_key, policy, hours, closed_at from inboxes where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?
        .map(inbox)
        .transpose()
    }

    /// The inboxes of a workspace, the oldest first, closed ones among them.
    pub fn inboxes(&mut self, workspace_id: &WorkspaceId) -> Result<Vec<Inbox>, Error> {
        self.rows(
            "select id, workspace_id, name, site_key, policy, hours, closed_at from inboxes where workspace_id = $1 order by id",
            params![workspace_id],
        )?
        .into_iter()
        .map(inbox)
        .collect()
    }
}

fn inbox(row: Row) -> Result<Inbox, Error> {
    Ok(Inbox {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        name: row.text(2)?.into(),
        site_key: row.text(3)?.into(),
        policy: row.policy(4)?,
        hours: row.json(5)?,
        closed_at: row.at_or_null(6),
    })
}
