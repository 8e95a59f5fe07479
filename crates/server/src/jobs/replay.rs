//! Tries a policy on past conversations, a piece at a time.

use segue_store::Job;

use super::{End, Tools};
use crate::desk::{Error, ReplayOrder};

pub(super) async fn run(tools: &Tools, job: &Job) -> End {
    let order: ReplayOrder = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(error) => return End::GiveUp(format!("the order does not read back: {error}")),
    };
    let done = tools.desk.replay_piece(job.workspace_id.clone(), order);
    match done.await {
        Ok(()) | Err(Error::NotFound) => End::Done,
        Err(error) => End::Retry(error.to_string()),
    }
}

/// A replay that is given up is over: it must not seem to run for ever.
pub(super) async fn give_up(tools: &Tools, job: &Job) {
    let Ok(order) = serde_json::from_str::<ReplayOrder>(&job.payload) else {
        return;
    };
    let failed = tools
        .desk
        .replay_failed(job.workspace_id.clone(), order.trial_id);
    if let Err(error) = failed.await {
        tracing::error!(job.id = %job.id, %error, "a replay was given up, and its trial could not be ended");
    }
}
