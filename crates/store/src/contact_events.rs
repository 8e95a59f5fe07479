//! What happened to a customer lately, as other programs and the site tell it (P25). The
//! same thing told twice is one, and only the latest of each contact are kept.

use segue_core::ids::{ContactId, WorkspaceId};
use segue_core::package::{Activity, Teller};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactEvent {
    /// What makes it one thing: the teller's own id of it, or a hash of what it says.
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// What, in a word or two.
    pub name: String,
    /// More of it, on one line.
    pub detail: Option<String>,
    /// Who says so.
    pub told_by: Teller,
}

impl From<ContactEvent> for Activity {
    fn from(event: ContactEvent) -> Self {
        Activity {
            at: event.at,
            name: event.name,
            detail: event.detail,
            told_by: event.told_by,
        }
    }
}

impl Tx<'_> {
    /// Adds something that happened; `false` if it was known.
    pub fn add_contact_event(
        &mut self,
        workspace_id: &WorkspaceId,
        contact_id: &ContactId,
        event: &ContactEvent,
    ) -> Result<bool, Error> {
        let added = self.execute(
            "insert into contact_events (contact_id, workspace_id, event_key, at, name, detail, told_by)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (contact_id, event_key) do nothing",
            params![
                contact_id,
                workspace_id,
                event.key.as_str(),
                event.at,
                event.name.as_str(),
                event.detail.as_deref(),
                event.told_by.name(),
            ],
        )?;
        Ok(added > 0)
    }

    /// Forgets all but the latest `keep` of a contact.
    pub fn trim_contact_events(
        &mut self,
        workspace_id: &WorkspaceId,
        contact_id: &ContactId,
        keep: i64,
    ) -> Result<u64, Error> {
        self.execute(
            "delete from contact_events where contact_id = $1 and workspace_id = $2 and event_key not in (
               select event_key from contact_events where contact_id = $1 and workspace_id = $2
               order by at desc, event_key limit $3)",
            params![contact_id, workspace_id, keep],
        )
    }

    /// The latest of a contact, newest first.
    pub fn contact_events(
        &mut self,
        workspace_id: &WorkspaceId,
        contact_id: &ContactId,
        limit: i64,
    ) -> Result<Vec<ContactEvent>, Error> {
        self.rows(
            "select event_key, at, name, detail, told_by from contact_events
             where contact_id = $1 and workspace_id = $2 order by at desc, event_key limit $3",
            params![contact_id, workspace_id, limit],
        )?
        .into_iter()
        .map(event)
        .collect()
    }
}

fn event(row: Row) -> Result<ContactEvent, Error> {
    let teller = row.text(4)?;
    Ok(ContactEvent {
        key: row.text(0)?.into(),
        at: row.at(1)?,
        name: row.text(2)?.into(),
        detail: row.text_or_null(3).map(str::to_string),
        told_by: Teller::from_name(teller)
            .ok_or_else(|| Error::corrupt(format!("nobody is called `{teller}`")))?,
    })
}
