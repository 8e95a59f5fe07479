//! The clock's hand: due times, agents who have vanished, and invitations for those
//! who wait.

use std::time::Duration;

use segue_core::ids::WorkspaceId;
use segue_core::time::{SECOND_MS, Timestamp};
use segue_store::{Ring, kill_point};
use tokio::sync::broadcast::error::RecvError;

use crate::desk::{Desk, Error, Judging};

/// How often due times are looked at.
const SWEEP: Duration = Duration::from_secs(1);
/// How often what has expired is forgotten.
const PURGE: Duration = Duration::from_secs(3_600);
/// Due conversations taken at once.
const BATCH: i64 = 200;
/// How often what waiting customers were told is held against the live queue.
const RETELL_MS: i64 = 10 * SECOND_MS;
/// Between two sweeps, a longer time than this means that we were not there: the process
/// was stopped, the machine slept, the clock was set on.
const GAP_MS: i64 = 10 * SECOND_MS;
/// How long after that whoever is silent may still be on the way back to us.
const PATIENCE_MS: i64 = 45 * SECOND_MS;

/// Sweeps until the process ends.
pub async fn sweep(desk: Desk) {
    let mut tick = tokio::time::interval(SWEEP);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut purge = tokio::time::interval(PURGE);
    let mut sweeper = Sweeper::new(desk);
    loop {
        let swept = tokio::select! {
            _ = tick.tick() => sweeper.sweep().await,
            _ = purge.tick() => purge_once(&sweeper.desk).await,
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

/// Sweeps again and again, and knows since when others could be heard. Who could not reach
/// us, or whose word could not be written down, is not judged for their silence: after a
/// start, a gap or a failed write everybody has the grace time once more.
pub struct Sweeper {
    desk: Desk,
    swept_at: Option<Timestamp>,
    failed_commits: u64,
    heard_since: Timestamp,
    retold_at: Option<Timestamp>,
}

impl Sweeper {
    /// A sweeper of a process that has just begun to listen.
    pub fn new(desk: Desk) -> Self {
        Self {
            desk,
            swept_at: None,
            failed_commits: 0,
            heard_since: Timestamp::default(),
            retold_at: None,
        }
    }

    /// One look at everything that time alone brings.
    pub async fn sweep(&mut self) -> Result<(), Error> {
        let now = self.desk.clock.now();
        let failed_commits = self.desk.store.failed_commits();
        let was_there = self
            .swept_at
            .is_some_and(|at| at <= now && now.since(at) <= GAP_MS);
        if !was_there || failed_commits != self.failed_commits {
            self.heard_since = now;
        }
        self.swept_at = Some(now);
        self.failed_commits = failed_commits;
        sweep_since(&self.desk, self.heard_since).await?;
        let is_time = self
            .retold_at
            .is_none_or(|at| at > now || now.since(at) >= RETELL_MS);
        if is_time {
            self.retold_at = Some(now);
            retell(&self.desk).await?;
        }
        Ok(())
    }
}

/// One look at everything that time alone brings, by somebody who was there all the time.
pub async fn sweep_once(desk: &Desk) -> Result<(), Error> {
    sweep_since(desk, Timestamp::default()).await?;
    retell(desk).await
}

/// Tells those who wait what has changed of it, in the workspaces that this node keeps.
async fn retell(desk: &Desk) -> Result<(), Error> {
    for workspace_id in desk.with_work().await? {
        let Some(keep) = desk.keep(&workspace_id).await? else {
            continue;
        };
        match desk.call_near(&keep).await {
            Ok(_) | Err(Error::NotKeeper) => {}
            Err(error) => {
                tracing::warn!(%error, workspace.id = %workspace_id, "could not tell who keeps a place that the turn is near; the next round will")
            }
        }
        match desk.retell_waits(&keep).await {
            Ok(_) | Err(Error::NotKeeper) => {}
            Err(error) => {
                tracing::warn!(%error, workspace.id = %workspace_id, "could not tell who waits what has changed; the next round will")
            }
        }
    }
    Ok(())
}

/// Looks at the workspaces that this node keeps. One that fails does not hold up the others.
async fn sweep_since(desk: &Desk, heard_since: Timestamp) -> Result<(), Error> {
    for workspace_id in desk.with_work().await? {
        match sweep_workspace(desk, &workspace_id, heard_since).await {
            // Another node took over meanwhile, and sweeps.
            Ok(()) | Err(Error::NotKeeper) => {}
            Err(error) => {
                tracing::warn!(%error, workspace.id = %workspace_id, "could not sweep a workspace; the next sweep will find it")
            }
        }
    }
    Ok(())
}

async fn sweep_workspace(
    desk: &Desk,
    workspace_id: &WorkspaceId,
    heard_since: Timestamp,
) -> Result<(), Error> {
    let judging = if desk.clock.now().since(heard_since) < PATIENCE_MS {
        Judging::OnlyWaits
    } else {
        Judging::Silence
    };
    loop {
        let Some(keep) = desk.keep(workspace_id).await? else {
            return Ok(());
        };
        if desk.fall_due(&keep, judging, BATCH).await? == BATCH as usize {
            continue;
        }
        kill_point("sweep.between");
        if judging == Judging::Silence {
            desk.settle_vanished(&keep, heard_since).await?;
            desk.settle_absent(&keep).await?;
        }
        desk.end_wrap_ups(&keep).await?;
        desk.tell_closing(&keep).await?;
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
            Ok(
                Ring::Conversation { .. }
                | Ring::Jobs
                | Ring::Access { .. }
                | Ring::Gone { .. }
                | Ring::Missed,
            ) => {
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
