//! The clock's hand: due times, agents who have vanished, and invitations for those
//! who wait.

use std::time::Duration;

use segue_core::ids::WorkspaceId;
use segue_core::policy::Timings;
use segue_store::Ring;
use tokio::sync::broadcast::error::RecvError;

use crate::desk::{Desk, Error};

/// How often due times are looked at.
const SWEEP: Duration = Duration::from_secs(1);
/// How often what has expired is forgotten.
const PURGE: Duration = Duration::from_secs(3_600);
/// Due conversations taken at once.
const BATCH: i64 = 200;

/// Sweeps until the process ends.
pub async fn sweep(desk: Desk) {
    let mut tick = tokio::time::interval(SWEEP);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut purge = tokio::time::interval(PURGE);
    loop {
        let swept = tokio::select! {
            _ = tick.tick() => sweep_once(&desk).await,
            _ = purge.tick() => purge_once(&desk).await,
        };
        if let Err(error) = swept {
            tracing::warn!(%error, "could not sweep; the next sweep will find it");
        }
    }
}

/// Forgets what has expired and what was never sent.
pub async fn purge_once(desk: &Desk) -> Result<(), Error> {
    desk.purge().await?;
    desk.sweep_files().await
}

/// One look at everything that time alone brings, in the workspaces that this node
/// keeps. One that fails does not hold up the others.
pub async fn sweep_once(desk: &Desk) -> Result<(), Error> {
    for workspace_id in desk.with_work().await? {
        match sweep_workspace(desk, &workspace_id).await {
            // Another node took over meanwhile, and sweeps.
            Ok(()) | Err(Error::NotKeeper) => {}
            Err(error) => {
                tracing::warn!(%error, workspace.id = %workspace_id, "could not sweep a workspace; the next sweep will find it")
            }
        }
    }
    Ok(())
}

async fn sweep_workspace(desk: &Desk, workspace_id: &WorkspaceId) -> Result<(), Error> {
    loop {
        let Some(keep) = desk.keep(workspace_id).await? else {
            return Ok(());
        };
        if desk.fall_due(&keep, BATCH).await? == BATCH as usize {
            continue;
        }
        let grace_ms = Timings::default().agent_grace_ms;
        desk.settle_vanished(&keep, grace_ms).await?;
        desk.assign(keep).await?;
        return Ok(());
    }
}

/// Fills free places as soon as the floor changes.
pub async fn assign_on_ring(desk: Desk) {
    let mut bell = desk.store.listen();
    loop {
        let mut changed: Vec<WorkspaceId> = match bell.recv().await {
            Ok(Ring::Floor { workspace_id }) => vec![workspace_id],
            // What was missed the next sweep finds.
            Ok(Ring::Conversation { .. } | Ring::Jobs | Ring::Access { .. } | Ring::Missed) => {
                continue;
            }
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        while let Ok(ring) = bell.try_recv() {
            if let Ring::Floor { workspace_id } = ring
                && !changed.contains(&workspace_id)
            {
                changed.push(workspace_id);
            }
        }
        for workspace_id in changed {
            match assign_now(&desk, &workspace_id).await {
                Ok(()) | Err(Error::NotKeeper) => {}
                Err(error) => {
                    tracing::warn!(%error, "could not invite agents; the next sweep will")
                }
            }
        }
    }
}

async fn assign_now(desk: &Desk, workspace_id: &WorkspaceId) -> Result<(), Error> {
    if let Some(keep) = desk.keep(workspace_id).await? {
        desk.assign(keep).await?;
    }
    Ok(())
}
