//! Reads what customers say to humans (P35).

use segue_store::Job;

use super::{End, Tools};
use crate::desk::{Error, OverhearOrder};

pub(super) async fn run(tools: &Tools, job: &Job) -> End {
    let order: OverhearOrder = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(error) => return End::GiveUp(format!("the order does not read back: {error}")),
    };
    let overheard = tools.desk.overhear(job.workspace_id.clone(), order);
    match overheard.await {
        Ok(()) | Err(Error::NotFound) => End::Done,
        Err(error) => End::Retry(error.to_string()),
    }
}
