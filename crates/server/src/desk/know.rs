//! What is known of a customer, as another program or the site tells it (P25): attributes,
//! and what happened lately. Who told what is kept beside it.

use std::collections::BTreeMap;

use segue_core::ids::{ContactId, WorkspaceId};
use segue_core::package::Teller;
use segue_core::time::{DAY_MS, Timestamp};
use segue_store::{Contact, ContactEvent, Person, Told, Tx};

use super::{Desk, Error, Telling};
use crate::edge::hash_of;
use crate::identity::Happened;

/// The most attributes of a contact.
pub const ATTRIBUTES: usize = 50;
/// Events that are kept of a contact.
pub const EVENTS_KEPT: i64 = 200;

impl Desk {
    /// Changes attributes of a contact; one without a value is removed.
    pub async fn tell_attributes(
        &self,
        workspace_id: WorkspaceId,
        contact_id: ContactId,
        changes: BTreeMap<String, Option<String>>,
    ) -> Result<Contact, Error> {
        self.verb(move |tx, moment| {
            let mut contact = known(tx, &workspace_id, &contact_id)?;
            for (name, value) in &changes {
                let at = moment.now;
                set_attribute(
                    &mut contact.person,
                    name,
                    value.as_deref(),
                    Teller::Program,
                    at,
                );
            }
            if contact.person.attributes.len() > ATTRIBUTES {
                return Err(Error::Invalid("a contact has at most 50 attributes"));
            }
            tx.update_contact(&contact)?;
            Ok(contact)
        })
        .await
    }

    /// Adds what happened to a contact; how much of it was new.
    pub async fn tell_events<O: Telling<usize>>(
        &self,
        workspace_id: WorkspaceId,
        contact_id: ContactId,
        events: Vec<Happened>,
        telling: O,
    ) -> Result<O::Given, Error> {
        self.verb(move |tx, moment| {
            telling.of(tx, moment, |tx| {
                known(tx, &workspace_id, &contact_id)?;
                let (by, now) = (Teller::Program, moment.now);
                add_events(tx, &workspace_id, &contact_id, &events, by, now)
            })
        })
        .await
    }
}

/// A contact that was not forgotten (P48): nothing follows an erasure. Of two who change it at
/// once the second sees what the first has changed.
fn known(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    contact_id: &ContactId,
) -> Result<Contact, Error> {
    let held = tx.hold_contact(workspace_id, contact_id)?;
    held.ok_or(Error::NotFound)
}

/// Sets an attribute, or removes it, and who said so.
pub(super) fn set_attribute(
    person: &mut Person,
    name: &str,
    value: Option<&str>,
    by: Teller,
    at: Timestamp,
) {
    let field = format!("attributes/{name}");
    match value {
        Some(value) => {
            let before = person.attributes.insert(name.into(), value.into());
            note_teller(person, &field, before.as_deref() != Some(value), by, at);
        }
        None => {
            person.attributes.remove(name);
            person.told_by.remove(&field);
        }
    }
}

/// Notes who told a field. What is told again as it was keeps its time.
pub(super) fn note_teller(
    person: &mut Person,
    field: &str,
    is_new: bool,
    by: Teller,
    at: Timestamp,
) {
    let same = person.told_by.get(field).is_some_and(|told| told.by == by);
    if is_new || !same {
        person.told_by.insert(field.into(), Told { by, at });
    }
}

/// Adds what happened; how much of it was new.
pub(super) fn add_events(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    contact_id: &ContactId,
    events: &[Happened],
    told_by: Teller,
    now: Timestamp,
) -> Result<usize, Error> {
    let mut added = 0;
    for event in events {
        // What is dated far ahead would stand on top for ever.
        let at = event.at.unwrap_or(now).min(now.plus(DAY_MS));
        let key = match &event.id {
            Some(id) => format!("id {id}"),
            None => {
                let detail = event.detail.as_deref().unwrap_or_default();
                hash_of(&format!("{} {} {detail}", at.as_millis(), event.name))
            }
        };
        let event = ContactEvent {
            key,
            at,
            name: event.name.clone(),
            detail: event.detail.clone(),
            told_by,
        };
        added += usize::from(tx.add_contact_event(workspace_id, contact_id, &event)?);
    }
    if added > 0 {
        tx.trim_contact_events(workspace_id, contact_id, EVENTS_KEPT)?;
    }
    Ok(added)
}
