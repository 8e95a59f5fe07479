//! Takes the words from what is older than its workspace keeps it (P48), in the workspaces
//! that this node keeps.

use std::time::Duration;

use crate::desk::{Desk, Error};

/// How often it is looked whether it is time; each workspace is looked through once a day.
const EVERY: Duration = Duration::from_secs(30);
/// Between two batches: messages go first.
const BREATH: Duration = Duration::from_millis(50);

/// Looks until the process ends.
pub async fn retain(desk: Desk) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = retain_once(&desk).await {
            tracing::warn!(%error, "could not erase what is too old; the next round will");
        }
    }
}

/// Looks once through every workspace whose time has come.
pub async fn retain_once(desk: &Desk) -> Result<(), Error> {
    for workspace_id in desk.retentions_due().await? {
        while let Some(keep) = desk.keep(&workspace_id).await? {
            if desk.retain(keep).await? {
                break;
            }
            tokio::time::sleep(BREATH).await;
        }
    }
    Ok(())
}
