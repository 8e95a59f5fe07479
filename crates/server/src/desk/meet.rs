//! A customer is made known by another program.

use segue_core::ids::WorkspaceId;
use segue_core::package::Teller;
use segue_core::time::Timestamp;
use segue_store::{Contact, Person, Told};

use super::{Desk, Error, Telling};

/// What is known of a customer.
#[derive(Clone, Debug)]
pub struct NewContact {
    /// Name, address and attributes.
    pub person: Person,
    /// `free`, `team`, `business`, `enterprise`, or empty.
    pub plan: String,
    /// Marked as VIP.
    pub vip: bool,
    /// When their account was made.
    pub signed_up_at: Option<Timestamp>,
}

impl Desk {
    /// Adds a customer to a workspace.
    pub async fn meet<O: Telling<Contact>>(
        &self,
        workspace_id: WorkspaceId,
        new: NewContact,
        telling: O,
    ) -> Result<O::Given, Error> {
        self.verb(move |tx, moment| {
            telling.of(tx, moment, |tx| {
                let mut contact = Contact {
                    id: moment.id(),
                    workspace_id: workspace_id.clone(),
                    person: new.person.clone(),
                    plan: new.plan.clone(),
                    vip: new.vip,
                    signed_up_at: new.signed_up_at,
                    created_at: moment.now,
                    external_id: None,
                };
                let attributes = contact.person.attributes.keys();
                let attributes = attributes.map(|name| format!("attributes/{name}"));
                let said = [
                    ("name", contact.person.name.is_some()),
                    ("email", contact.person.email.is_some()),
                    ("plan", !contact.plan.is_empty()),
                    ("vip", contact.vip),
                    ("signed_up_at", contact.signed_up_at.is_some()),
                ];
                let said = said.into_iter().filter(|(_, is_said)| *is_said);
                let fields = attributes.chain(said.map(|(field, _)| field.to_string()));
                let told = fields.map(|field| {
                    let (by, at) = (Teller::Program, moment.now);
                    (field, Told { by, at })
                });
                contact.person.told_by = told.collect();
                tx.add_contact(&contact)?;
                Ok(contact)
            })
        })
        .await
    }
}
