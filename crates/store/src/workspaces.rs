//! Workspaces and their inboxes.

use std::collections::BTreeMap;

use segue_core::ids::{InboxId, WorkspaceId};
use segue_core::introduction::Tone;
use segue_core::policy::Policy;
use segue_core::route::Routing;
use segue_core::time::{Hours, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// Owns everything.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// The company's name, as customers see it.
    pub name: String,
    /// What else an operator sets.
    pub settings: Settings,
}

/// What an operator sets for a workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The widget's colour, `#rrggbb`.
    pub brand_color: String,
    /// Where the company is, as an IANA name.
    pub zone: String,
    /// What the assistant is called; nothing for no name (P44).
    pub assistant_name: String,
    /// What it says after it has said what it is; nothing for no more.
    pub greeting: String,
    /// How work is shared out among agents.
    pub routing: Routing,
    /// How an inbox speaks in the agent's first message, where not as usual (P29).
    pub tones: BTreeMap<InboxId, Tone>,
}

impl Settings {
    /// How an inbox speaks in the agent's first message.
    pub fn tone(&self, inbox_id: &InboxId) -> Tone {
        self.tones.get(inbox_id).copied().unwrap_or_default()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            brand_color: "#2456d6".into(),
            zone: "UTC".into(),
            assistant_name: String::new(),
            greeting: String::new(),
            routing: Routing::default(),
            tones: BTreeMap::new(),
        }
    }
}

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
}

impl Tx<'_> {
    /// Adds a workspace.
    pub fn add_workspace(&mut self, workspace: &Workspace, now: Timestamp) -> Result<(), Error> {
        self.execute(
            "insert into workspaces (id, name, settings, created_at) values ($1, $2, $3, $4)",
            params![
                &workspace.id,
                workspace.name.as_str(),
                json(&workspace.settings)?,
                now
            ],
        )?;
        Ok(())
    }

    /// The first workspace that was made; `None` before the first start.
    pub fn first_workspace(&mut self) -> Result<Option<Workspace>, Error> {
        self.row(
            "select id, name, settings from workspaces order by created_at, id limit 1",
            &[],
        )?
        .map(workspace)
        .transpose()
    }

    /// A workspace.
    pub fn workspace(&mut self, id: &WorkspaceId) -> Result<Option<Workspace>, Error> {
        self.row(
            "select id, name, settings from workspaces where id = $1",
            params![id],
        )?
        .map(workspace)
        .transpose()
    }

    /// Every workspace.
    pub fn workspaces(&mut self) -> Result<Vec<Workspace>, Error> {
        self.rows(
            "select id, name, settings from workspaces order by created_at, id",
            &[],
        )?
        .into_iter()
        .map(workspace)
        .collect()
    }

    /// Names the company and sets its colour.
    pub fn update_workspace(&mut self, workspace: &Workspace) -> Result<(), Error> {
        self.execute(
            "update workspaces set name = $2, settings = $3 where id = $1",
            params![
                &workspace.id,
                workspace.name.as_str(),
                json(&workspace.settings)?
            ],
        )?;
        Ok(())
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

    /// Keeps a workspace, and who else would hold it, from changing until the commit.
    pub fn hold_workspace(&mut self, id: &WorkspaceId) -> Result<(), Error> {
        self.execute(
            "update workspaces set name = name where id = $1",
            params![id],
        )?;
        Ok(())
    }

    /// Adds an inbox.
    pub fn add_inbox(&mut self, inbox: &Inbox) -> Result<(), Error> {
        self.execute(
            "insert into inboxes (id, workspace_id, name, site_key, policy, hours) values ($1, $2, $3, $4, $5, $6)",
            params![
                &inbox.id,
                &inbox.workspace_id,
                inbox.name.as_str(),
                inbox.site_key.as_str(),
                json(&inbox.policy)?,
                json(&inbox.hours)?,
            ],
        )?;
        Ok(())
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
            "select id, workspace_id, name, site_key, policy, hours from inboxes where site_key = $1",
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
            "select id, workspace_id, name, site_key, policy, hours from inboxes where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?
        .map(inbox)
        .transpose()
    }

    /// The inboxes of a workspace.
    pub fn inboxes(&mut self, workspace_id: &WorkspaceId) -> Result<Vec<Inbox>, Error> {
        self.rows(
            "select id, workspace_id, name, site_key, policy, hours from inboxes where workspace_id = $1 order by id",
            params![workspace_id],
        )?
        .into_iter()
        .map(inbox)
        .collect()
    }
}

fn workspace(row: Row) -> Result<Workspace, Error> {
    Ok(Workspace {
        id: row.id(0)?,
        name: row.text(1)?.into(),
        settings: row.json(2)?,
    })
}

fn inbox(row: Row) -> Result<Inbox, Error> {
    Ok(Inbox {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        name: row.text(2)?.into(),
        site_key: row.text(3)?.into(),
        policy: row.policy(4)?,
        hours: row.json(5)?,
    })
}
