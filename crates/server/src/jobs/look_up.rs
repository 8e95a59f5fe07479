//! Looks up a customer who was handed over (P25). However long it takes and whatever comes
//! back, nobody waits for it.

use std::collections::BTreeMap;

use segue_core::package::LookUpState;
use segue_store::Job;

use super::{End, Tools};
use crate::connect::{LookUpFault, ask};
use crate::desk::{Error, LookUpOrder, LookUpResult, LookUpWanted};

/// Runs after which a system is left alone until an agent asks again.
const TRIES: i64 = 3;

pub(super) async fn run(tools: &Tools, job: &Job) -> End {
    let order: LookUpOrder = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(error) => return End::GiveUp(format!("the order does not read back: {error}")),
    };
    match fill(tools, job, order).await {
        Ok(Some(fault)) if fault.may_pass() && job.tries < TRIES => End::Retry(fault.to_string()),
        // What is wrong with it stands in the package and in the settings.
        Ok(_) | Err(Error::NotFound) => End::Done,
        Err(error) => End::Retry(error.to_string()),
    }
}

/// Asks and fills the package; why nothing came, if nothing did.
async fn fill(tools: &Tools, job: &Job, order: LookUpOrder) -> Result<Option<LookUpFault>, Error> {
    let desk = &tools.desk;
    let wanted = desk.look_up_wanted(job.workspace_id.clone(), order.clone());
    let Some(wanted) = wanted.await? else {
        desk.end_look_up(job.workspace_id.clone(), order).await?;
        return Ok(None);
    };
    let (result, fault) = find(tools, &wanted).await;
    desk.fill_package(job.workspace_id.clone(), order, wanted, result)
        .await?;
    Ok(fault)
}

async fn find(tools: &Tools, wanted: &LookUpWanted) -> (LookUpResult, Option<LookUpFault>) {
    let result = |state, fields, at, fault: Option<&LookUpFault>| LookUpResult {
        state,
        fields,
        at,
        fault: fault.map(|fault| fault.code().to_string()),
    };
    if let Some(kept) = &wanted.kept {
        let found = result(LookUpState::Found, kept.fields.clone(), kept.at, None);
        return (found, None);
    }
    let (email, id) = (wanted.email.as_deref(), wanted.external_id.as_deref());
    let answer = ask(&tools.fetcher, &wanted.look_up, email, id).await;
    let now = tools.desk.clock.now();
    let outcome = if answer.is_ok() { "found" } else { "fault" };
    metrics::counter!("segue_look_ups_total", "outcome" => outcome).increment(1);
    match answer {
        Ok(answer) => (result(LookUpState::Found, answer.fields, now, None), None),
        Err(fault) => {
            let state = match fault {
                LookUpFault::NothingToAskBy => LookUpState::NotAsked,
                LookUpFault::Unknown => LookUpState::Unknown,
                LookUpFault::Fetch(_) => LookUpState::Failed,
            };
            let told = Some(&fault).filter(|_| state == LookUpState::Failed);
            (result(state, BTreeMap::new(), now, told), Some(fault))
        }
    }
}
