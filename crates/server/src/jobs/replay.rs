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
