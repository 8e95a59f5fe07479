//! Keeps the measures of the workspaces up that this node keeps.

use std::time::Duration;

use crate::desk::{Desk, Error};

/// How often what has happened is counted.
const EVERY: Duration = Duration::from_secs(30);
/// Conversations that are counted before others get a turn.
const AT_ONCE: usize = 500;
/// Between two turns of a long recount: messages go first.
const BREATH: Duration = Duration::from_millis(20);

/// Counts until the process ends.
pub async fn roll_up(desk: Desk) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        tick.tick().await;
        if let Err(error) = roll_up_once(&desk).await {
            tracing::warn!(%error, "could not keep the measures up; the next round will");
        }
    }
}

/// Counts what has happened in every workspace.
pub async fn roll_up_once(desk: &Desk) -> Result<(), Error> {
    for workspace in desk.store.read(|tx| tx.workspaces()).await? {
        let mut compared = None;
        loop {
            if desk.keep(&workspace.id).await?.is_none() {
                break;
            }
            let rolled = desk.roll_up(&workspace.id, AT_ONCE, compared).await?;
            if rolled.is_whole {
                break;
            }
            compared = rolled.compared;
            tokio::time::sleep(BREATH).await;
        }
    }
    Ok(())
}
