//! Mails that came in, each once; the keys of conversations' addresses; and what is known
//! of customers' addresses.

use segue_core::ids::{ContactId, ConversationId, InboxId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::contacts::{Contact, contact};
use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// A mail that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenMail {
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// Where.
    pub inbox_id: InboxId,
    /// A hash over what the mail itself says.
    pub fingerprint: String,
    /// When it was taken.
    pub at: Timestamp,
    /// The address that it says it is from, in lower case.
    pub sender: String,
    /// The conversation that it is part of.
    pub conversation_id: Option<ConversationId>,
    /// What became of it.
    pub outcome: MailOutcome,
    /// Why, where it is part of none.
    pub why: String,
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// Its conversation is known, its words are not kept yet.
    Begun,
    /// Its words are part of a conversation.
    Kept,
    /// A program wrote it; agents read of it in a note.
    Noted,
    /// It says that one of ours did not arrive.
    Bounced,
    /// A program wrote it, to nobody.
    Ignored,
    /// It could not be read, or came as one of too many.
    SetAside,
}

impl MailOutcome {
    const ALL: [(MailOutcome, &'static str); 6] = [
        (MailOutcome::Begun, "begun"),
        (MailOutcome::Kept, "kept"),
        (MailOutcome::Noted, "noted"),
        (MailOutcome::Bounced, "bounced"),
        (MailOutcome::Ignored, "ignored"),
        (MailOutcome::SetAside, "set_aside"),
    ];

    /// The name in SQL and JSON.
    pub fn name(self) -> &'static str {
        let named = Self::ALL.into_iter().find(|(it, _)| *it == self);
        named.map_or("", |(_, name)| name)
    }
}

/// A key that addresses of conversations are made with.
#[derive(Clone)]
pub struct MailKey {
    /// Its number; the highest one is used.
    pub number: i64,
    /// The secret.
    pub secret: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What is known of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressStanding {
    /// When an answer came back from there that only its reader could write.
    pub proved_at: Option<Timestamp>,
    /// When a mail to it came back, and why.
    pub failure: Option<(Timestamp, String)>,
}

impl Tx<'_> {
    /// A mail that came in before.
    pub fn taken_mail(
        &mut self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
        fingerprint: &str,
    ) -> Result<Option<TakenMail>, Error> {
        self.row(
            "select workspace_id, inbox_id, fingerprint, at, sender, conversation_id, outcome, why
             from mails where workspace_id = $1 and inbox_id = $2 and fingerprint = $3",
            params![workspace_id, inbox_id, fingerprint],
        )?
        .map(taken)
        .transpose()
    }

    /// Enters a mail, or what became of it.
    pub fn set_taken_mail(&mut self, mail: &TakenMail) -> Result<(), Error> {
        self.execute(
            "insert into mails
               (workspace_id, inbox_id, fingerprint, at, sender, conversation_id, outcome, why)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (inbox_id, fingerprint) do update
             set conversation_id = excluded.conversation_id, outcome = excluded.outcome, why = excluded.why",
            params![
                &mail.workspace_id,
                &mail.inbox_id,
                mail.fingerprint.as_str(),
                mail.at,
                mail.sender.as_str(),
                mail.conversation_id.as_ref(),
                mail.outcome.name(),
                mail.why.as_str(),
            ],
        )?;
        Ok(())
    }

    /// How many mails of an address became part of conversations since an instant.
    pub fn mails_from(
        &mut self,
        workspace_id: &WorkspaceId,
        sender: &str,
        since: Timestamp,
    ) -> Result<i64, Error> {
        let row = self.row(
            "select count(*) from mails where workspace_id = $1 and sender = $2 and at >= $3
               and outcome in ('begun', 'kept')",
            params![workspace_id, sender, since],
        )?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// Mails that are part of no conversation, the latest first.
    pub fn mails_left_out(
        &mut self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
        limit: i64,
    ) -> Result<Vec<TakenMail>, Error> {
        self.rows(
            "select workspace_id, inbox_id, fingerprint, at, sender, conversation_id, outcome, why
             from mails where workspace_id = $1 and inbox_id = $2 and outcome in ('ignored', 'set_aside')
             order by at desc, fingerprint limit $3",
            params![workspace_id, inbox_id, limit],
        )?
        .into_iter()
        .map(taken)
        .collect()
    }

    /// Forgets mails that came in before an instant: none of them comes again.
    pub fn purge_mails(&mut self, before: Timestamp) -> Result<u64, Error> {
        self.execute("delete from mails where at < $1", params![before])
    }

    /// The keys that addresses were made with since an instant, the newest first.
    pub fn mail_keys(
        &mut self,
        workspace_id: &WorkspaceId,
        since: Timestamp,
    ) -> Result<Vec<MailKey>, Error> {
        self.rows(
            "select number, secret, created_at from mail_keys
             where workspace_id = $1 and created_at >= $2 order by number desc",
            params![workspace_id, since],
        )?
        .into_iter()
        .map(|row| {
            Ok(MailKey {
                number: row.int(0)?,
                secret: row.text(1)?.into(),
                created_at: row.at(2)?,
            })
        })
        .collect()
    }

    /// Adds a key, unless another node has added that number.
    pub fn add_mail_key(&mut self, workspace_id: &WorkspaceId, key: &MailKey) -> Result<(), Error> {
        self.execute(
            "insert into mail_keys (workspace_id, number, secret, created_at) values ($1, $2, $3, $4)
             on conflict (workspace_id, number) do nothing",
            params![workspace_id, key.number, key.secret.as_str(), key.created_at],
        )?;
        Ok(())
    }

    /// What is known of a contact's address.
    pub fn address_standing(
        &mut self,
        workspace_id: &WorkspaceId,
        contact_id: &ContactId,
        address: &str,
    ) -> Result<AddressStanding, Error> {
        let row = self.row(
            "select proved_at, failed_at, failure from mail_addresses
             where workspace_id = $1 and contact_id = $2 and address = $3",
            params![workspace_id, contact_id, address],
        )?;
        Ok(
            row.map_or_else(AddressStanding::default, |row| AddressStanding {
                proved_at: row.at_or_null(0),
                failure: row
                    .at_or_null(1)
                    .map(|at| (at, row.text_or_null(2).unwrap_or_default().to_string())),
            }),
        )
    }

    /// Notes what is known of a contact's address.
    pub fn note_address(
        &mut self,
        workspace_id: &WorkspaceId,
        contact_id: &ContactId,
        address: &str,
        standing: &AddressStanding,
    ) -> Result<(), Error> {
        self.execute(
            "insert into mail_addresses (contact_id, workspace_id, address, proved_at, failed_at, failure)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (contact_id, address) do update
             set proved_at = excluded.proved_at, failed_at = excluded.failed_at, failure = excluded.failure",
            params![
                contact_id,
                workspace_id,
                address,
                standing.proved_at,
                standing.failure.as_ref().map(|(at, _)| *at),
                standing.failure.as_ref().map(|(_, why)| why.clone()),
            ],
        )?;
        Ok(())
    }

    /// The contact that mails from an address belong to: whom the site's signature gave it,
    /// else who became known by writing from it. Never somebody who only typed it.
    pub fn contact_by_mail(
        &mut self,
        workspace_id: &WorkspaceId,
        address: &str,
    ) -> Result<Option<Contact>, Error> {
        self.row(
            "select id, workspace_id, person, plan, vip, signed_up_at, created_at, external_id
             from contacts where workspace_id = $1
               and (mail_address = $2 or (lower(email) = $2 and external_id is not null))
             order by case when external_id is null then 1 else 0 end, created_at desc, id limit 1",
            params![workspace_id, address],
        )?
        .map(contact)
        .transpose()
    }

    /// Notes by which address a contact became known.
    pub fn known_by_mail(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ContactId,
        address: &str,
    ) -> Result<(), Error> {
        self.execute(
            "update contacts set mail_address = $3 where workspace_id = $1 and id = $2",
            params![workspace_id, id, address],
        )?;
        Ok(())
    }

    /// How long humans took to answer by e-mail in an inbox since an instant: when it was
    /// promised, and when it was answered, or nothing where it still waits.
    pub fn email_answers(
        &mut self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<(Timestamp, Option<Timestamp>)>, Error> {
        self.rows(
            "select e.at, h.first_reply_at from events e join handoffs h on h.conversation_id = e.conversation_id
             where e.workspace_id = $1 and e.kind = 'email_chosen' and e.at >= $3 and h.inbox_id = $2
               and h.at <= e.at
               and (h.first_reply_at >= e.at or (h.first_reply_at is null and h.ended_at is null))
             order by e.at desc limit $4",
            params![workspace_id, inbox_id, since, limit],
        )?
        .into_iter()
        .map(|row| Ok((row.at(0)?, row.at_or_null(1))))
        .collect()
    }
}

fn taken(row: Row) -> Result<TakenMail, Error> {
    let outcome = row.text(6)?;
    let named = MailOutcome::ALL
        .into_iter()
        .find(|(_, name)| *name == outcome);
    Ok(TakenMail {
        workspace_id: row.id(0)?,
        inbox_id: row.id(1)?,
        fingerprint: row.text(2)?.into(),
        at: row.at(3)?,
        sender: row.text(4)?.into(),
        conversation_id: row.id_or_null(5),
        outcome: named
            .map(|(it, _)| it)
            .ok_or_else(|| Error::corrupt(format!("there is no outcome `{outcome}`")))?,
        why: row.text(7)?.into(),
    })
}
