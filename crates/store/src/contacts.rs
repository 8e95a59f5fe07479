//! Customers and the keys of visitors.

use std::collections::BTreeMap;

use segue_core::ids::{ContactId, ConversationId, InboxId, WorkspaceId};
use segue_core::package::Teller;
use segue_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// A customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// Their id.
    pub id: ContactId,
    /// Whose customer.
    pub workspace_id: WorkspaceId,
    /// Name, address and attributes: what erasure removes.
    pub person: Person,
    /// `free`, `team`, `business`, `enterprise`, or empty.
    pub plan: String,
    /// Marked as VIP.
    pub vip: bool,
    /// When their account was made.
    pub signed_up_at: Option<Timestamp>,
    /// When we first met them.
    pub created_at: Timestamp,
    /// The site's own id of them, proved by its signature; `None` for an anonymous
    /// visitor, whatever name and address they gave.
    pub external_id: Option<String>,
}

/// Personal data of a contact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// What else is known.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// Who told what: by `name`, `email`, `plan`, `vip`, `signed_up_at` or `attributes/…`.
    /// What is not listed the customer said themselves.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub told_by: BTreeMap<String, Told>,
}

/// Who told something of a contact, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Who.
    pub by: Teller,
    /// When.
    pub at: Timestamp,
}

impl Person {
    /// Takes an address that the customer gives. That site or program told another one says
    /// nothing of it, and nobody may be looked up by it as if they did.
    pub fn give_email(&mut self, email: &str) {
        if self.email.as_deref() != Some(email) {
            self.told_by.remove("email");
        }
        self.email = Some(email.to_string());
    }
}

const COLUMNS_BY_ID: &str =
    "select id, workspace_id, person, plan, vip, signed_up_at, created_at, external_id
     from contacts where workspace_id = $1 and id = $2";

impl Tx<'_> {
    /// Adds a contact.
    pub fn add_contact(&mut self, contact: &Contact) -> Result<(), Error> {
        self.execute(
            "insert into contacts (id, workspace_id, person, email, plan, vip, signed_up_at, created_at, external_id,
               found_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            params![
                &contact.id,
                &contact.workspace_id,
                json(&contact.person)?,
                contact.person.email.as_deref(),
                contact.plan.as_str(),
                contact.vip,
                contact.signed_up_at,
                contact.created_at,
                contact.external_id.as_deref(),
                contact.found_by(),
            ],
        )?;
        Ok(())
    }

    /// Replaces what is known of a contact.
    pub fn update_contact(&mut self, contact: &Contact) -> Result<(), Error> {
        self.execute(
            "update contacts set person = $3, email = $4, plan = $5, vip = $6, signed_up_at = $7,
               found_by = $8
             where workspace_id = $1 and id = $2",
            params![
                &contact.workspace_id,
                &contact.id,
                json(&contact.person)?,
                contact.person.email.as_deref(),
                contact.plan.as_str(),
                contact.vip,
                contact.signed_up_at,
                contact.found_by(),
            ],
        )?;
        Ok(())
    }

    /// A contact of a workspace.
    pub fn contact(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ContactId,
    ) -> Result<Option<Contact>, Error> {
        self.row(COLUMNS_BY_ID, params![workspace_id, id])?
            .map(contact)
            .transpose()
    }

    /// Keeps a contact from being changed or forgotten until the commit; as it is now, or `None`
    /// if there is none or it was forgotten (P48).
    pub fn hold_contact(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ContactId,
    ) -> Result<Option<Contact>, Error> {
        let sql = if self.is_postgres() {
            "select 1 from contacts where workspace_id = $1 and id = $2 and erased_at is null for update"
        } else {
            "select 1 from contacts where workspace_id = $1 and id = $2 and erased_at is null"
        };
        match self.row(sql, params![workspace_id, id])? {
            Some(_) => self.contact(workspace_id, id),
            None => Ok(None),
        }
    }

    /// The contact that a site knows by this id.
    pub fn contact_by_external_id(
        &mut self,
        workspace_id: &WorkspaceId,
        external_id: &str,
    ) -> Result<Option<Contact>, Error> {
        self.row(
            "select id, workspace_id, person, plan, vip, signed_up_at, created_at, external_id
             from contacts where workspace_id = $1 and external_id = $2",
            params![workspace_id, external_id],
        )?
        .map(contact)
        .transpose()
    }

    /// Contacts, newest first, older than `before` in the list.
    pub fn contacts(
        &mut self,
        workspace_id: &WorkspaceId,
        email: Option<&str>,
        before: Option<&ContactId>,
        limit: i64,
    ) -> Result<Vec<Contact>, Error> {
        self.rows(
            "select id, workspace_id, person, plan, vip, signed_up_at, created_at, external_id from contacts
             where workspace_id = $1 and (cast($2 as text) is null or email = $2)
               and (cast($3 as text) is null or id < $3)
             order by id desc limit $4",
            params![workspace_id, email, before, limit],
        )?
        .into_iter()
        .map(contact)
        .collect()
    }

    /// Lets a visitor go whom nobody has vouched for, with their keys, once nothing points to
    /// them: no conversation, nothing that a program told of them, nobody who looks after them.
    /// `false` if something does.
    pub fn let_go_visitor(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ContactId,
    ) -> Result<bool, Error> {
        // Whoever begins a conversation holds them too.
        let held = self.hold_contact(workspace_id, id)?;
        if held.is_none_or(|held| !held.person.told_by.is_empty()) {
            return Ok(false);
        }
        let is_free = self.row(
            "select 1 from contacts where workspace_id = $1 and id = $2
               and external_id is null and mail_address is null and dedicated_agent_id is null
               and not exists (select 1 from conversations where workspace_id = $1 and contact_id = $2)
               and not exists (select 1 from contact_events where workspace_id = $1 and contact_id = $2)",
            params![workspace_id, id],
        )?;
        if is_free.is_none() {
            return Ok(false);
        }
        for sql in [
            "delete from visitor_tokens where workspace_id = $1 and contact_id = $2",
            "delete from mail_addresses where workspace_id = $1 and contact_id = $2",
            "delete from look_up_answers where workspace_id = $1 and contact_id = $2",
            "delete from contacts where workspace_id = $1 and id = $2",
        ] {
            self.execute(sql, params![workspace_id, id])?;
        }
        Ok(true)
    }

    /// Keeps the hash of a visitor's key.
    pub fn add_visitor_token(
        &mut self,
        hash: &str,
        key: &VisitorKey,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "insert into visitor_tokens (hash, workspace_id, inbox_id, contact_id, created_at, expires_at, only_conversation_id)
             values ($1, $2, $3, $4, $5, $6, $7)",
            params![
                hash,
                &key.workspace_id,
                &key.inbox_id,
                &key.contact_id,
                now,
                key.expires_at,
                key.only.as_ref()
            ],
        )?;
        Ok(())
    }

    /// Whose key has this hash. Whether it has ended is for the reader to see.
    pub fn visitor_by_hash(&mut self, hash: &str) -> Result<Option<VisitorKey>, Error> {
        self.row(
            "select workspace_id, inbox_id, contact_id, expires_at, only_conversation_id from visitor_tokens where hash = $1",
            params![hash],
        )?
        .map(|row| {
            Ok(VisitorKey {
                workspace_id: row.id(0)?,
                inbox_id: row.id(1)?,
                contact_id: row.id(2)?,
                expires_at: row.at_or_null(3),
                only: row.id_or_null(4),
            })
        })
        .transpose()
    }

    /// Forgets visitors' keys that have ended.
    pub fn purge_visitor_tokens(&mut self, now: Timestamp) -> Result<u64, Error> {
        self.execute(
            "delete from visitor_tokens where expires_at <= $1",
            params![now],
        )
    }
}

/// What a visitor's key opens.
#[derive(Clone, Debug)]
pub struct VisitorKey {
    /// Whose site.
    pub workspace_id: WorkspaceId,
    /// Which entry.
    pub inbox_id: InboxId,
    /// Whose conversations.
    pub contact_id: ContactId,
    /// Until when; `None` for an anonymous visitor's.
    pub expires_at: Option<Timestamp>,
    /// The one conversation that it opens; `None` where it opens all of the contact's.
    pub only: Option<ConversationId>,
}

pub(crate) fn contact(row: Row) -> Result<Contact, Error> {
    Ok(Contact {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        person: row.json(2)?,
        plan: row.text(3)?.into(),
        vip: row.truth(4)?,
        signed_up_at: row.at_or_null(5),
        created_at: row.at(6)?,
        external_id: row.text_or_null(7).map(str::to_string),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_a_customer_gives_is_vouched_for_by_nobody() {
        let told = Told {
            by: Teller::Site,
            at: Timestamp::from_millis(0),
        };
        let mut person = Person {
            email: Some("ada@zebra.example".into()),
            told_by: BTreeMap::from([("email".into(), told)]),
            ..Person::default()
        };
        person.give_email("ada@zebra.example");
        assert!(person.told_by.contains_key("email"), "the site said so too");
        person.give_email("ceo@zebra.example");
        assert!(!person.told_by.contains_key("email"));
        assert_eq!(person.email.as_deref(), Some("ceo@zebra.example"));
    }
}
