//! Where an inbox's mail comes in, as an admin says it in the console.

use segue_core::audit::{Action, By};
use segue_core::ids::{InboxId, WorkspaceId};
use segue_core::time::Timestamp;
use segue_store::{MailSecurity, Mailbox, MailboxServer, Progress};

use super::audit::{Deed, write_down};
use super::{Actor, Desk, Error};
use crate::edge::long_secret;

/// What an admin says of a mailbox.
#[derive(Clone)]
pub struct MailboxChange {
    /// What customers write to.
    pub address: String,
    /// How the address of one conversation is made: a token for the `*`.
    pub replies: String,
    /// The server that it is fetched from; `None` where mails are only handed in. An empty
    /// password keeps the one that is there.
    pub server: Option<MailboxServer>,
}

impl Desk {
    /// Keeps where mail comes in. Nothing is fetched until it was tested. A password that is
    /// kept stays with its server: who names another host or user must know it.
    pub async fn set_mailbox(
        &self,
        actor: Actor,
        inbox_id: InboxId,
        change: MailboxChange,
    ) -> Result<Mailbox, Error> {
        let workspace_id = actor.workspace_id.clone();
        self.verb(move |tx, moment| {
            tx.inbox(&workspace_id, &inbox_id)?.ok_or(Error::NotFound)?;
            let known = tx.mailbox(&workspace_id, &inbox_id)?;
            let kept = known.as_ref().and_then(|known| known.server.as_ref());
            let server = change
                .server
                .clone()
                .map(|server| with_password(server, kept))
                .transpose()?;
            // A folder of another account begins anew; one that stays is read on.
            let is_same_folder = |a: &MailboxServer, b: &MailboxServer| {
                (&a.host, &a.user, &a.folder) == (&b.host, &b.user, &b.folder)
            };
            let reads_on = match (&server, kept) {
                (Some(new), Some(old)) => is_same_folder(new, old),
                _ => false,
            };
            let is_unchanged = server.as_ref() == kept;
            let known = known.as_ref();
            let mailbox = Mailbox {
                inbox_id: inbox_id.clone(),
                workspace_id: workspace_id.clone(),
                address: change.address.clone(),
                replies: change.replies.clone(),
                tested_at: known.filter(|_| is_unchanged).and_then(|it| it.tested_at),
                progress: known
                    .filter(|_| reads_on)
                    .map_or_else(Progress::default, |it| it.progress.clone()),
                hook_secret: known.and_then(|it| it.hook_secret.clone()),
                changed_at: moment.now,
                server,
            };
            tx.set_mailbox(&mailbox)?;
            let host = mailbox.server.as_ref().map_or("", |server| &server.host);
            let deed = Deed::new(Action::MailChanged)
                .on(&inbox_id)
                .with("host", host)
                .with("address", &mailbox.address);
            write_down(tx, moment, &workspace_id, &By::from(&actor), deed)?;
            Ok(mailbox)
        })
        .await
    }

    /// A mailbox could be signed in to with the settings of that instant: it is read from
    /// `beginning` on, unless it was read before.
    pub async fn mailbox_works(
        &self,
        workspace_id: WorkspaceId,
        inbox_id: InboxId,
        changed_at: Timestamp,
        beginning: Progress,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            if !tx.mailbox_tested(&workspace_id, &inbox_id, changed_at, moment.now)? {
                return Ok(());
            }
            let Some(mailbox) = tx.mailbox(&workspace_id, &inbox_id)? else {
                return Ok(());
            };
            let progress = match mailbox.progress.uid_validity {
                Some(_) => Progress {
                    failure: None,
                    ..mailbox.progress.clone()
                },
                None => beginning.clone(),
            };
            tx.note_progress(&mailbox, &progress)?;
            Ok(())
        })
        .await
    }

    /// Makes the secret that signs mails which a program hands in. It is shown this once; an
    /// earlier one counts no more.
    pub async fn make_hook_secret(&self, actor: Actor, inbox_id: InboxId) -> Result<String, Error> {
        let (workspace_id, secret) = (actor.workspace_id.clone(), long_secret("sgh"));
        let made = secret.clone();
        self.verb(move |tx, moment| {
            let mut mailbox = tx
                .mailbox(&workspace_id, &inbox_id)?
                .ok_or(Error::NoMailbox)?;
            mailbox.hook_secret = Some(secret.clone());
            tx.set_mailbox(&mailbox)?;
            let deed = Deed::new(Action::MailChanged)
                .on(&inbox_id)
                .with("hook", "made");
            write_down(tx, moment, &workspace_id, &By::from(&actor), deed)
        })
        .await?;
        Ok(made)
    }

    /// Forgets where an inbox's mail comes in, its password too.
    pub async fn forget_mailbox(&self, actor: Actor, inbox_id: InboxId) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            tx.forget_mailbox(&actor.workspace_id, &inbox_id)?;
            let deed = Deed::new(Action::MailChanged)
                .on(&inbox_id)
                .with("host", "");
            write_down(tx, moment, &actor.workspace_id, &By::from(&actor), deed)
        })
        .await
    }
}

fn with_password(
    server: MailboxServer,
    kept: Option<&MailboxServer>,
) -> Result<MailboxServer, Error> {
    let password = if server.password.is_empty() {
        let is_same = |kept: &&MailboxServer| {
            (&kept.host, kept.port, &kept.user) == (&server.host, server.port, &server.user)
        };
        let kept = kept.filter(is_same).map(|kept| kept.password.clone());
        kept.ok_or(Error::Invalid("the mailbox's password is missing"))?
    } else {
        server.password.clone()
    };
    let is_near = ["localhost", "127.0.0.1", "::1"].contains(&server.host.as_str());
    if server.security == MailSecurity::None && !is_near {
        return Err(Error::Invalid(
            "a password is sent over an encrypted line only; choose TLS or STARTTLS",
        ));
    }
    Ok(MailboxServer { password, ..server })
}
