//! Keys with which a site's server signs who its user is. They are kept as they are,
//! because whoever checks a signature of this kind needs the same secret.

use segue_core::ids::{IdentityKeyId, InboxId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// A key without its secret.
#[derive(Clone, Debug)]
pub struct IdentityKey {
    /// The `kid` of the tokens that it signs.
    pub id: IdentityKeyId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// The inbox whose customers it names.
    pub inbox_id: InboxId,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on its tokens are refused; `None` while it has no end.
    pub not_after: Option<Timestamp>,
}

/// A key's secret. Its `Debug` does not show it, so that no log can.
#[derive(Clone)]
pub struct IdentitySecret(pub String);

impl std::fmt::Debug for IdentitySecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdentitySecret")
    }
}

impl Tx<'_> {
    /// Keeps a key.
    pub fn add_identity_key(
        &mut self,
        key: &IdentityKey,
        secret: &IdentitySecret,
    ) -> Result<(), Error> {
        self.execute(
            "insert into identity_keys (id, workspace_id, inbox_id, secret, created_at, not_after)
             values ($1, $2, $3, $4, $5, $6)",
            params![
                &key.id,
                &key.workspace_id,
                &key.inbox_id,
                secret.0.as_str(),
                key.created_at,
                key.not_after
            ],
        )?;
        Ok(())
    }

    /// The keys of a workspace, the newest first, ended ones among them.
    pub fn identity_keys(&mut self, workspace_id: &WorkspaceId) -> Result<Vec<IdentityKey>, Error> {
        self.rows(
            "select id, workspace_id, inbox_id, created_at, not_after from identity_keys
             where workspace_id = $1 order by created_at desc, id",
            params![workspace_id],
        )?
        .into_iter()
        .map(identity_key)
        .collect()
    }

    /// The secrets that count for an inbox now, each with its `kid`.
    pub fn identity_secrets(
        &mut self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
        now: Timestamp,
    ) -> Result<Vec<(IdentityKeyId, IdentitySecret)>, Error> {
        self.rows(
            "select id, secret from identity_keys
             where workspace_id = $1 and inbox_id = $2 and (not_after is null or not_after > $3)
             order by created_at desc, id",
            params![workspace_id, inbox_id, now],
        )?
        .into_iter()
        .map(|row| Ok((row.id(0)?, IdentitySecret(row.text(1)?.into()))))
        .collect()
    }

    /// Says until when a key counts; `false` if there is no such key.
    pub fn end_identity_key(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &IdentityKeyId,
        not_after: Timestamp,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update identity_keys set not_after = $3 where workspace_id = $1 and id = $2",
            params![workspace_id, id, not_after],
        )?;
        Ok(changed > 0)
    }

    /// Removes a key and its secret; `false` if there is no such key.
    pub fn drop_identity_key(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &IdentityKeyId,
    ) -> Result<bool, Error> {
        let dropped = self.execute(
            "delete from identity_keys where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?;
        Ok(dropped > 0)
    }
}

fn identity_key(row: Row) -> Result<IdentityKey, Error> {
    Ok(IdentityKey {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        inbox_id: row.id(2)?,
        created_at: row.at(3)?,
        not_after: row.at_or_null(4),
    })
}
