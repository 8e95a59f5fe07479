//! How a workspace sends mail, where its operator says it in the console.

use std::fmt;

use segue_core::ids::WorkspaceId;
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// How the line to a mail server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the first byte, usually on port 465.
    Tls,
    /// TLS after a word in the clear, usually on port 587; refused without.
    StartTls,
    /// None, for a server on the same machine or a trusted network.
    None,
}

impl MailSecurity {
    /// Every one, with its name in SQL and JSON.
    pub const ALL: [(MailSecurity, &'static str); 3] = [
        (MailSecurity::Tls, "tls"),
        (MailSecurity::StartTls, "starttls"),
        (MailSecurity::None, "none"),
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        let named = Self::ALL.into_iter().find(|(it, _)| *it == self);
        named.map_or("", |(_, name)| name)
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let named = Self::ALL.into_iter().find(|(_, it)| *it == name);
        named.map(|(it, _)| it)
    }
}

/// A mail server and how to speak to it.
#[derive(Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line is kept secret.
    pub security: MailSecurity,
    /// Whom to sign in as; `None` for servers that ask nobody.
    pub user: Option<String>,
    /// With which password.
    pub password: Option<String>,
    /// The address that mails come from.
    pub from: String,
    /// When this was last changed.
    pub changed_at: Timestamp,
    /// When the server took a test mail with exactly these settings.
    pub tested_at: Option<Timestamp>,
}

/// Without the password, which may end up in a log.
impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

impl Tx<'_> {
    /// How a workspace sends mail; `None` where nothing is set.
    pub fn mail_settings(
        &mut self,
        workspace_id: &WorkspaceId,
    ) -> Result<Option<MailSettings>, Error> {
        self.row(
            "select host, port, security, user_name, password, from_address, changed_at, tested_at
             from mail_settings where workspace_id = $1",
            params![workspace_id],
        )?
        .map(mail_settings)
        .transpose()
    }

    /// Sets how a workspace sends mail.
    pub fn set_mail_settings(
        &mut self,
        workspace_id: &WorkspaceId,
        settings: &MailSettings,
    ) -> Result<(), Error> {
        self.execute(
            "insert into mail_settings
               (workspace_id, host, port, security, user_name, password, from_address, changed_at, tested_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             on conflict (workspace_id) do update
             set host = excluded.host, port = excluded.port, security = excluded.security,
                 user_name = excluded.user_name, password = excluded.password,
                 from_address = excluded.from_address, changed_at = excluded.changed_at,
                 tested_at = excluded.tested_at",
            params![
                workspace_id,
                settings.host.as_str(),
                i64::from(settings.port),
                settings.security.name(),
                settings.user.clone(),
                settings.password.clone(),
                settings.from.as_str(),
                settings.changed_at,
                settings.tested_at,
            ],
        )?;
        Ok(())
    }

    /// Notes that a test mail went out with the settings of `changed_at`; `false` if they
    /// were changed meanwhile.
    pub fn mail_tested(
        &mut self,
        workspace_id: &WorkspaceId,
        changed_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update mail_settings set tested_at = $3 where workspace_id = $1 and changed_at = $2",
            params![workspace_id, changed_at, now],
        )?;
        Ok(changed > 0)
    }

    /// Forgets how a workspace sends mail, its password too.
    pub fn forget_mail_settings(&mut self, workspace_id: &WorkspaceId) -> Result<(), Error> {
        self.execute(
            "delete from mail_settings where workspace_id = $1",
            params![workspace_id],
        )?;
        Ok(())
    }
}

fn mail_settings(row: Row) -> Result<MailSettings, Error> {
    let security = row.text(2)?;
    Ok(MailSettings {
        host: row.text(0)?.into(),
        port: u16::try_from(row.int(1)?).map_err(Error::corrupt)?,
        security: MailSecurity::from_name(security)
            .ok_or_else(|| Error::corrupt(format!("there is no security `{security}`")))?,
        user: row.text_or_null(3).map(str::to_owned),
        password: row.text_or_null(4).map(str::to_owned),
        from: row.text(5)?.into(),
        changed_at: row.at(6)?,
        tested_at: row.at_or_null(7),
    })
}
