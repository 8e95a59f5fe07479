//! Workspaces.

use std::collections::BTreeMap;

use segue_core::ids::{InboxId, WorkspaceId};
use segue_core::introduction::Tone;
use segue_core::route::Routing;
use segue_core::time::Timestamp;
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

    /// Keeps a workspace, and who else would hold it, from changing until the commit.
    pub fn hold_workspace(&mut self, id: &WorkspaceId) -> Result<(), Error> {
        self.execute(
            "update workspaces set name = name where id = $1",
            params![id],
        )?;
        Ok(())
    }
}

fn workspace(row: Row) -> Result<Workspace, Error> {
    Ok(Workspace {
        id: row.id(0)?,
        name: row.text(1)?.into(),
        settings: row.json(2)?,
    })
}
