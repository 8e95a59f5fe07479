//! Of several nodes on one database one keeps a workspace: it alone invites agents there
//! and lets due times come. It shows that it lives by a beat; a node that sees the beat
//! stand still, by its own clock, takes over under a new epoch. Whatever is done as the
//! keeper checks holder and epoch in its own transaction, so that a node which was only
//! asleep finds itself replaced and does nothing.

use segue_core::ids::WorkspaceId;
use segue_core::time::Timestamp;
use segue_store::{Kind, Lease, Tx};

use super::presence::LATE_MS;
use super::{Desk, Error};

/// A beat that stands still for so long is a dead node's. With a sweep each second and
/// the work itself a queue is taken over within five seconds.
const SILENT_MS: i64 = 2_500;
/// How often the keeper shows that it lives, at most.
const BEAT_EVERY_MS: i64 = 800;
/// A keeper that ended in order leaves this: the next one need not wait.
const LEFT: i64 = -1;

/// The right to act as the keeper of a workspace, as long as nobody took it over.
#[derive(Clone, Debug)]
pub struct Keep {
    /// Whose.
    pub workspace_id: WorkspaceId,
    holder: String,
    epoch: i64,
}

/// A lease as it was last seen to change.
pub(super) struct Seen {
    lease: Lease,
    at: Timestamp,
}

impl Keep {
    /// Refuses what a replaced keeper still wants to do. It holds until the commit.
    pub(super) fn check(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        if tx.holds_lease(&self.workspace_id, &self.holder, self.epoch)? {
            Ok(())
        } else {
            Err(Error::NotKeeper)
        }
    }
}

impl Desk {
    /// The workspaces where time has something to do.
    pub async fn with_work(&self) -> Result<Vec<WorkspaceId>, Error> {
        let now = self.clock.now();
        let seen_before = now.plus(-LATE_MS);
        let found = self
            .store
            .glance(move |tx| tx.workspaces_with_work(now, seen_before));
        Ok(found.await?)
    }

    /// Keeps a workspace, if this node may; `None` while another does.
    pub async fn keep(&self, workspace_id: &WorkspaceId) -> Result<Option<Keep>, Error> {
        let asked = workspace_id.clone();
        let found = self
            .store
            .glance(move |tx| tx.lease(&asked).map_err(Error::from))
            .await?;
        let now = self.clock.now();
        let lease = match found {
            Some(lease) if *lease.holder == *self.node => {
                if !self.beat(workspace_id, &lease, now).await? {
                    return Ok(None);
                }
                lease
            }
            Some(lease) if !self.is_silent(workspace_id, &lease, now) => return Ok(None),
            seen => match self.take_lease(workspace_id, seen, now).await? {
                Some(lease) => lease,
                None => return Ok(None),
            },
        };
        Ok(Some(Keep {
            workspace_id: workspace_id.clone(),
            holder: lease.holder,
            epoch: lease.epoch,
        }))
    }

    /// Leaves every workspace that this node keeps, so that another need not wait.
    pub async fn leave_all(&self) -> Result<(), Error> {
        let held: Vec<(WorkspaceId, Lease)> = self
            .leases()
            .iter()
            .filter(|(_, seen)| *seen.lease.holder == *self.node)
            .map(|(id, seen)| (id.clone(), seen.lease.clone()))
            .collect();
        self.verb(move |tx, _| {
            tx.settles_itself();
            for (workspace_id, lease) in &held {
                tx.beat_lease(workspace_id, lease, LEFT)?;
            }
            Ok(())
        })
        .await
    }

    async fn beat(
        &self,
        workspace_id: &WorkspaceId,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let since_beat_ms = now.as_millis() - lease.beat;
        if (0..BEAT_EVERY_MS).contains(&since_beat_ms) {
            return Ok(true);
        }
        let (asked, held, beat) = (workspace_id.clone(), lease.clone(), now.as_millis());
        let is_held = self
            .verb(move |tx, _| {
                tx.settles_itself();
                Ok(tx.beat_lease(&asked, &held, beat)?)
            })
            .await?;
        let lease = lease.clone();
        self.leases()
            .insert(workspace_id.clone(), Seen { lease, at: now });
        Ok(is_held)
    }

    /// Whether another's lease stands still for long enough. The embedded database has
    /// one process, so another's lease there is that of a process that has ended.
    fn is_silent(&self, workspace_id: &WorkspaceId, lease: &Lease, now: Timestamp) -> bool {
        if self.store.kind() == Kind::Sqlite || lease.beat == LEFT {
            return true;
        }
        let mut leases = self.leases();
        if let Some(seen) = leases.get(workspace_id)
            && seen.lease == *lease
            && now >= seen.at
        {
            return now.since(seen.at) >= SILENT_MS;
        }
        let lease = lease.clone();
        leases.insert(workspace_id.clone(), Seen { lease, at: now });
        false
    }

    async fn take_lease(
        &self,
        workspace_id: &WorkspaceId,
        seen: Option<Lease>,
        now: Timestamp,
    ) -> Result<Option<Lease>, Error> {
        let lease = Lease {
            holder: self.node.to_string(),
            epoch: seen.as_ref().map_or(1, |seen| seen.epoch + 1),
            beat: now.as_millis(),
        };
        let (asked, earlier, taken) = (workspace_id.clone(), seen.clone(), lease.clone());
        let is_taken = self
            .verb(move |tx, _| Ok(tx.take_lease(&asked, earlier.as_ref(), &taken)?))
            .await?;
        if !is_taken {
            return Ok(None);
        }
        if seen.is_some() && self.store.kind() == Kind::Postgres {
            tracing::info!(workspace.id = %workspace_id, epoch = lease.epoch, "this node keeps the queue now");
        }
        let held = lease.clone();
        self.leases().insert(
            workspace_id.clone(),
            Seen {
                lease: held,
                at: now,
            },
        );
        Ok(Some(lease))
    }

    fn leases(&self) -> std::sync::MutexGuard<'_, std::collections::HashMap<WorkspaceId, Seen>> {
        self.leases
            .lock()
            .expect("nobody panics with the lock held")
    }
}
