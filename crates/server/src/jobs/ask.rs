//! Asks a customer who still waits for what the package lacks (P31).

use segue_store::Job;

use super::{End, Tools};
use crate::desk::{AskOrder, Error};

pub(super) async fn run(tools: &Tools, job: &Job) -> End {
    let order: AskOrder = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(error) => return End::GiveUp(format!("the order does not read back: {error}")),
    };
    let asked = tools.desk.ask_waiting(job.workspace_id.clone(), order);
    match asked.await {
        Ok(()) | Err(Error::NotFound) => End::Done,
        Err(error) => End::Retry(error.to_string()),
    }
}
