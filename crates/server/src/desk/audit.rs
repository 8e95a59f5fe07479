//! The audit log: who did what to a workspace. A verb that changes people, keys, rules or
//! settings, or lets data out, writes its line in its own transaction, so that neither can
//! be there without the other:
//!
//! ```ignore
//! self.verb(move |tx, moment| {
//!     tx.revoke_token(&workspace_id, &token_id)?;
//!     let deed = Deed::new(Action::TokenRevoked).on(&token_id).with("name", &name);
//!     audit::write_down(tx, moment, &workspace_id, &By::from(&actor), deed)
//! })
//! ```
//!
//! Where nothing else is written (an export, a refused sign-in) [`Desk::write_down`] opens
//! a transaction for the line alone. A line holds ids, names of agents and settings, and
//! counts; never a secret, a customer's words or personal data of theirs.

use std::collections::BTreeMap;
use std::fmt::Display;

use segue_core::audit::{Action, By};
use segue_core::ids::WorkspaceId;
use segue_store::{NewAuditEntry, Tx};

use super::{Actor, Desk, Error};
use crate::edge::Moment;

/// The longest value of a detail, in characters; what is longer is cut.
const LONGEST: usize = 200;

/// What was done, and to what.
#[derive(Clone, Debug)]
pub struct Deed {
    action: Action,
    subject: Option<String>,
    detail: BTreeMap<&'static str, String>,
}

impl Deed {
    /// This was done.
    pub fn new(action: Action) -> Self {
        Self {
            action,
            subject: None,
            detail: BTreeMap::new(),
        }
    }

    /// To the thing with this id.
    pub fn on(mut self, subject: impl Display) -> Self {
        self.subject = Some(short(subject));
        self
    }

    /// And this is to be known of it.
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.detail.insert(name, short(value));
        self
    }
}

fn short(value: impl Display) -> String {
    value.to_string().chars().take(LONGEST).collect()
}

impl From<&Actor> for By {
    fn from(actor: &Actor) -> Self {
        By::Agent {
            id: actor.id.clone(),
            name: actor.name.clone(),
        }
    }
}

/// Writes a line in the transaction of the verb that does it.
pub fn write_down(
    tx: &mut Tx<'_>,
    moment: &Moment,
    workspace_id: &WorkspaceId,
    by: &By,
    deed: Deed,
) -> Result<(), Error> {
    tx.add_audit(&NewAuditEntry {
        id: moment.id(),
        workspace_id: workspace_id.clone(),
        at: moment.now,
        by: by.clone(),
        action: deed.action,
        subject: deed.subject,
        detail: deed.detail,
    })?;
    Ok(())
}

impl Desk {
    /// Writes a line of its own, where nothing else is written.
    pub async fn write_down(
        &self,
        workspace_id: WorkspaceId,
        by: By,
        deed: Deed,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| write_down(tx, moment, &workspace_id, &by, deed.clone()))
            .await
    }
}
