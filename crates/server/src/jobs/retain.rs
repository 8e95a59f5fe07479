//! Takes the words from what is older than its workspace keeps it (P48), in the workspaces
//! that this node keeps.

use std::time::Duration;

use segue_core::ids::WorkspaceId;

use crate::desk::{Desk, Error};

/// How often it is looked whether it is time; each workspace is looked through once a day.
const EVERY: Duration = Duration::from_secs(30);
/// Between two batches: messages go first.
const BREATH: Duration = Duration::from_millis(50);
/// Conversations of a workspace that a run passes over; with more, something else is wrong.
const MOST_PASSED_OVER: usize = 100;

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

/// Looks once through every workspace whose time has come. What goes wrong in one keeps no other
/// from its turn.
pub async fn retain_once(desk: &Desk) -> Result<(), Error> {
    let mut fault = None;
    for workspace_id in desk.retentions_due().await? {
        if let Err(error) = retain_in(desk, &workspace_id).await {
            fault = Some(error);
        }
    }
    fault.map_or(Ok(()), Err)
}

/// Looks through a workspace. A conversation that cannot be emptied is passed over, and tried
/// again with the next run.
async fn retain_in(desk: &Desk, workspace_id: &WorkspaceId) -> Result<(), Error> {
    let mut passed_over = vec![];
    while let Some(keep) = desk.keep(workspace_id).await? {
        match desk.retain(keep, passed_over.clone()).await {
            Ok(true) => break,
            Ok(false) => {}
            Err((Some(id), error)) if !may_pass(&error) && passed_over.len() < MOST_PASSED_OVER => {
                tracing::error!(conversation.id = %id, %error, "a conversation that is too old could not be erased; look at it with `segue doctor`");
                passed_over.push(id);
            }
            Err((_, error)) => return Err(error),
        }
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

/// Whether it is not the conversation's own fault.
fn may_pass(error: &Error) -> bool {
    matches!(
        error,
        Error::NotKeeper
            | Error::Store(segue_store::Error::Unavailable(_) | segue_store::Error::Conflict)
    )
}
