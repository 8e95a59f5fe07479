//! How mail is sent, where the operator says it in the console.

use segue_core::audit::{Action, By};
use segue_core::ids::WorkspaceId;
use segue_core::time::Timestamp;
use segue_store::{MailSecurity, MailSettings};

use super::audit::{Deed, write_down};
use super::{Actor, Desk, Error};

/// What an admin says of the mail server.
#[derive(Clone)]
pub struct MailServer {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line is kept secret.
    pub security: MailSecurity,
    /// Whom to sign in as.
    pub user: Option<String>,
    /// With which password; `None` keeps the one that is there.
    pub password: Option<String>,
    /// The address that mails come from.
    pub from: String,
}

impl Desk {
    /// Keeps how mail is sent. It is not promised to customers until a test mail has gone
    /// out. A password that is kept stays with its server: who names another host or user
    /// must know it.
    pub async fn set_mail(&self, actor: Actor, server: MailServer) -> Result<MailSettings, Error> {
        let workspace_id = actor.workspace_id.clone();
        self.verb(move |tx, moment| {
            let known = tx.mail_settings(&workspace_id)?.filter(|known| {
                known.host == server.host && known.port == server.port && known.user == server.user
            });
            let kept = known.as_ref().and_then(|known| known.password.clone());
            let password = match (&server.user, &server.password) {
                (None, _) => None,
                (Some(_), Some(given)) => Some(given.clone()),
                (Some(_), None) => kept,
            };
            if server.user.is_some() && password.is_none() {
                return Err(Error::Invalid("the mail server's password is missing"));
            }
            if password.is_some() && server.security == MailSecurity::None {
                return Err(Error::Invalid(
                    "a password is sent over an encrypted line only; choose TLS or STARTTLS",
                ));
            }
            let mut settings = MailSettings {
                host: server.host.clone(),
                port: server.port,
                security: server.security,
                user: server.user.clone(),
                password,
                from: server.from.clone(),
                changed_at: moment.now,
                tested_at: None,
            };
            // What was saved again unchanged is as well tested as before.
            if let Some(known) = known {
                let same = MailSettings {
                    changed_at: known.changed_at,
                    tested_at: known.tested_at,
                    ..settings.clone()
                };
                if same == known {
                    settings = known;
                }
            }
            tx.set_mail_settings(&workspace_id, &settings)?;
            let deed = Deed::new(Action::MailChanged)
                .with("host", &settings.host)
                .with("from", &settings.from);
            write_down(tx, moment, &workspace_id, &By::from(&actor), deed)?;
            Ok(settings)
        })
        .await
    }

    /// A test mail went out with the settings of that instant: mail is promised from now on.
    pub async fn mail_works(
        &self,
        workspace_id: WorkspaceId,
        changed_at: Timestamp,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            tx.mail_tested(&workspace_id, changed_at, moment.now)?;
            Ok(())
        })
        .await
    }

    /// Whether a workspace sends mail; `None` asks for the host's first one.
    pub async fn sends_mail(&self, workspace_id: Option<WorkspaceId>) -> Result<bool, Error> {
        let by_command_line = self.mail;
        self.store
            .read(move |tx| {
                let first = match &workspace_id {
                    Some(id) => Some(id.clone()),
                    None => tx.first_workspace()?.map(|workspace| workspace.id),
                };
                let settings = match &first {
                    Some(id) => tx.mail_settings(id)?,
                    None => None,
                };
                Ok(by_command_line || settings.is_some_and(|it| it.tested_at.is_some()))
            })
            .await
    }

    /// Forgets the mail server, its password too.
    pub async fn forget_mail(&self, actor: Actor) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            tx.forget_mail_settings(&actor.workspace_id)?;
            let deed = Deed::new(Action::MailChanged).with("host", "");
            write_down(tx, moment, &actor.workspace_id, &By::from(&actor), deed)
        })
        .await
    }
}
