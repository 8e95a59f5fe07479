//! Which node keeps a workspace: it alone invites agents and lets due times come there.
//! The epoch fences whoever held it before.

use segue_core::ids::WorkspaceId;
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

/// Who keeps a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The node.
    pub holder: String,
    /// Grows each time another node takes it.
    pub epoch: i64,
    /// Grows while the holder lives.
    pub beat: i64,
}

impl Tx<'_> {
    /// The workspaces where time has something to do: somebody waits, something is due,
    /// a wrap-up is over, or an agent vanished before `seen_before`.
    pub fn workspaces_with_work(
        &mut self,
        now: Timestamp,
        seen_before: Timestamp,
    ) -> Result<Vec<WorkspaceId>, Error> {
        self.rows(
            "select id from workspaces w
             where exists (select 1 from conversations where workspace_id = w.id and state in ('queued', 'by_email'))
               or id in (select workspace_id from conversations where due_at <= $1)
               or exists (select 1 from agents where workspace_id = w.id and seen_at < $2
                            and (presence <> 'offline' or busy > 0))
               or exists (select 1 from agents where workspace_id = w.id and wrap_up_until <= $1)
             order by created_at, id",
            params![now, seen_before],
        )?
        .into_iter()
        .map(|row| row.id(0))
        .collect()
    }

    /// Who keeps a workspace; `None` if nobody ever did.
    pub fn lease(&mut self, workspace_id: &WorkspaceId) -> Result<Option<Lease>, Error> {
        self.row(
            "select holder, epoch, beat from leases where workspace_id = $1",
            params![workspace_id],
        )?
        .map(|row| {
            Ok(Lease {
                holder: row.text(0)?.into(),
                epoch: row.int(1)?,
                beat: row.int(2)?,
            })
        })
        .transpose()
    }

    /// Takes a lease that stands as it was seen (`None`: that nobody ever held); `false`
    /// if somebody was quicker. The epoch becomes one more than that of `seen`.
    pub fn take_lease(
        &mut self,
        workspace_id: &WorkspaceId,
        seen: Option<&Lease>,
        taken: &Lease,
    ) -> Result<bool, Error> {
        let changed = match seen {
            None => self.execute(
                "insert into leases (workspace_id, holder, epoch, beat) values ($1, $2, $3, $4)
                 on conflict (workspace_id) do nothing",
                params![workspace_id, taken.holder.as_str(), taken.epoch, taken.beat],
            ),
            Some(seen) => self.execute(
                "update leases set holder = $2, epoch = $3, beat = $4
                 where workspace_id = $1 and epoch = $5 and beat = $6",
                params![
                    workspace_id,
                    taken.holder.as_str(),
                    taken.epoch,
                    taken.beat,
                    seen.epoch,
                    seen.beat
                ],
            ),
        }?;
        Ok(changed > 0)
    }

    /// Shows that the holder lives; `false` if the lease is another's by now.
    pub fn beat_lease(
        &mut self,
        workspace_id: &WorkspaceId,
        lease: &Lease,
        beat: i64,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update leases set beat = $4 where workspace_id = $1 and holder = $2 and epoch = $3",
            params![workspace_id, lease.holder.as_str(), lease.epoch, beat],
        )?;
        Ok(changed > 0)
    }

    /// Whether the lease is still held, and stays so until the commit: whoever takes it
    /// waits for this transaction.
    pub fn holds_lease(
        &mut self,
        workspace_id: &WorkspaceId,
        holder: &str,
        epoch: i64,
    ) -> Result<bool, Error> {
        let sql = if self.is_postgres() {
            "select 1 from leases where workspace_id = $1 and holder = $2 and epoch = $3 for share"
        } else {
            "select 1 from leases where workspace_id = $1 and holder = $2 and epoch = $3"
        };
        Ok(self
            .row(sql, params![workspace_id, holder, epoch])?
            .is_some())
    }

    /// Keeps other nodes from running the same verb until the commit. For what happens
    /// once in the life of a database.
    pub fn alone(&mut self) -> Result<(), Error> {
        if self.is_postgres() {
            self.rows("select pg_advisory_xact_lock(7340002)::text", &[])?;
        }
        Ok(())
    }

    /// Forgets receipts of commits older than `before`; nobody asks for them any more.
    pub fn purge_receipts(&mut self, before: Timestamp) -> Result<u64, Error> {
        self.execute("delete from receipts where at < $1", params![before])
    }
}
