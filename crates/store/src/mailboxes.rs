//! Where an inbox's mail comes in, and how far it was read.

use std::fmt;

use segue_core::ids::{InboxId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::mail_settings::MailSecurity;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// A mailbox of customers' mails.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The inbox that its mails open conversations in.
    pub inbox_id: InboxId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// What customers write to.
    pub address: String,
    /// How the address of one conversation is made: a token for the `*`.
    pub replies: String,
    /// The IMAP server that it is fetched from; `None` where mails are only handed in.
    pub server: Option<MailboxServer>,
    /// What signs mails that a program hands in; `None` where none may.
    pub hook_secret: Option<String>,
    /// When this was last changed.
    pub changed_at: Timestamp,
    /// When it was last signed in to with exactly these settings.
    pub tested_at: Option<Timestamp>,
    /// How far the folder is read.
    pub progress: Progress,
}

/// An IMAP server and how to speak to it.
#[derive(Clone, PartialEq, Eq)]
pub struct MailboxServer {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line is kept secret.
    pub security: MailSecurity,
    /// Whom to sign in as.
    pub user: String,
    /// With which password.
    pub password: String,
    /// Which folder.
    pub folder: String,
}

/// How far a folder is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What its numbers stand for; they begin anew when it changes.
    pub uid_validity: Option<u32>,
    /// The last number that was taken.
    pub last_uid: u32,
    /// When it was last looked at without a fault.
    pub read_at: Option<Timestamp>,
    /// Since when it cannot be read, and why.
    pub failure: Option<(Timestamp, String)>,
}

/// Without the secrets, which may end up in a log.
impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox")
            .field("inbox_id", &self.inbox_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for MailboxServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailboxServer")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Tx<'_> {
    /// An inbox's mailbox.
    pub fn mailbox(
        &mut self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
    ) -> Result<Option<Mailbox>, Error> {
        self.row(
            "select inbox_id, workspace_id, address, replies, host, port, security, user_name, password, folder,
               hook_secret, changed_at, tested_at, uid_validity, last_uid, read_at, failed_at, failure
             from mailboxes where workspace_id = $1 and inbox_id = $2",
            params![workspace_id, inbox_id],
        )?
        .map(mailbox)
        .transpose()
    }

    /// Every mailbox of the host, for whoever fetches from them.
    pub fn mailboxes(&mut self) -> Result<Vec<Mailbox>, Error> {
        self.rows(
            "select inbox_id, workspace_id, address, replies, host, port, security, user_name, password, folder,
               hook_secret, changed_at, tested_at, uid_validity, last_uid, read_at, failed_at, failure
             from mailboxes order by inbox_id",
            &[],
        )?
        .into_iter()
        .map(mailbox)
        .collect()
    }

    /// Sets an inbox's mailbox, with how far it is read.
    pub fn set_mailbox(&mut self, mailbox: &Mailbox) -> Result<(), Error> {
        let server = mailbox.server.as_ref();
        let text = |of: fn(&MailboxServer) -> &str| server.map_or("", of).to_string();
        let progress = &mailbox.progress;
        self.execute(
            "insert into mailboxes
               (inbox_id, workspace_id, address, replies, host, port, security, user_name, password, folder,
                hook_secret, changed_at, tested_at, uid_validity, last_uid, read_at, failed_at, failure)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
             on conflict (inbox_id) do update
             set address = excluded.address, replies = excluded.replies, host = excluded.host,
                 port = excluded.port, security = excluded.security, user_name = excluded.user_name,
                 password = excluded.password, folder = excluded.folder, hook_secret = excluded.hook_secret,
                 changed_at = excluded.changed_at, tested_at = excluded.tested_at,
                 uid_validity = excluded.uid_validity, last_uid = excluded.last_uid,
                 read_at = excluded.read_at, failed_at = excluded.failed_at, failure = excluded.failure",
            params![
                &mailbox.inbox_id,
                &mailbox.workspace_id,
                mailbox.address.as_str(),
                mailbox.replies.as_str(),
                text(|it| &it.host),
                server.map_or(0, |it| i64::from(it.port)),
                server.map_or(MailSecurity::Tls, |it| it.security).name(),
                text(|it| &it.user),
                text(|it| &it.password),
                text(|it| &it.folder),
                mailbox.hook_secret.clone(),
                mailbox.changed_at,
                mailbox.tested_at,
                progress.uid_validity.map(i64::from),
                i64::from(progress.last_uid),
                progress.read_at,
                progress.failure.as_ref().map(|(at, _)| *at),
                progress.failure.as_ref().map(|(_, why)| why.clone()),
            ],
        )?;
        Ok(())
    }

    /// Notes how far a folder is read; `false` if the mailbox was set otherwise meanwhile.
    pub fn note_progress(&mut self, mailbox: &Mailbox, progress: &Progress) -> Result<bool, Error> {
        let changed = self.execute(
            "update mailboxes set uid_validity = $4, last_uid = $5, read_at = $6, failed_at = $7, failure = $8
             where workspace_id = $1 and inbox_id = $2 and changed_at = $3",
            params![
                &mailbox.workspace_id,
                &mailbox.inbox_id,
                mailbox.changed_at,
                progress.uid_validity.map(i64::from),
                i64::from(progress.last_uid),
                progress.read_at,
                progress.failure.as_ref().map(|(at, _)| *at),
                progress.failure.as_ref().map(|(_, why)| why.clone()),
            ],
        )?;
        Ok(changed > 0)
    }

    /// Notes that a mailbox was signed in to with the settings of `changed_at`.
    pub fn mailbox_tested(
        &mut self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
        changed_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update mailboxes set tested_at = $4
             where workspace_id = $1 and inbox_id = $2 and changed_at = $3",
            params![workspace_id, inbox_id, changed_at, now],
        )?;
        Ok(changed > 0)
    }

    /// Forgets an inbox's mailbox, its password too.
    pub fn forget_mailbox(
        &mut self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
    ) -> Result<(), Error> {
        self.execute(
            "delete from mailboxes where workspace_id = $1 and inbox_id = $2",
            params![workspace_id, inbox_id],
        )?;
        Ok(())
    }
}

fn mailbox(row: Row) -> Result<Mailbox, Error> {
    let host = row.text(4)?;
    let server = if host.is_empty() {
        None
    } else {
        let security = row.text(6)?;
        Some(MailboxServer {
            host: host.into(),
            port: u16::try_from(row.int(5)?).map_err(Error::corrupt)?,
            security: MailSecurity::from_name(security)
                .ok_or_else(|| Error::corrupt(format!("there is no security `{security}`")))?,
            user: row.text(7)?.into(),
            password: row.text(8)?.into(),
            folder: row.text(9)?.into(),
        })
    };
    let number = |value: i64| u32::try_from(value).map_err(Error::corrupt);
    let failure = row.at_or_null(16).map(|at| {
        let why = row.text_or_null(17).unwrap_or_default();
        (at, why.to_string())
    });
    Ok(Mailbox {
        inbox_id: row.id(0)?,
        workspace_id: row.id(1)?,
        address: row.text(2)?.into(),
        replies: row.text(3)?.into(),
        server,
        hook_secret: row.text_or_null(10).map(str::to_owned),
        changed_at: row.at(11)?,
        tested_at: row.at_or_null(12),
        progress: Progress {
            uid_validity: row.int_or_null(13).map(number).transpose()?,
            last_uid: number(row.int(14)?)?,
            read_at: row.at_or_null(15),
            failure,
        },
    })
}
