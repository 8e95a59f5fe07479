//! Tells a webhook what happened in a conversation, event by event: one that is not taken holds
//! up those behind it. A webhook that fails is let be for a time, and everything for it.

use segue_core::event::Event;
use segue_core::time::SECOND_MS;
use segue_core::webhook::Topic;
use segue_store::{Job, kill_point};

use super::{End, Tools};
use crate::channels::webhook::{Told, ToldEvent, message_id, send};
use crate::desk::{Error, TellOrder, ToTell};

/// How long one run may go on: its claim must not run out.
const LONGEST_RUN_MS: i64 = 30 * SECOND_MS;

pub(super) async fn run(tools: &Tools, job: &Job) -> End {
    let order: TellOrder = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(error) => return End::GiveUp(format!("the order does not read back: {error}")),
    };
    match tell(tools, job, order).await {
        Ok(end) => end,
        Err(Error::NotFound) => End::Done,
        Err(error) => End::Retry(error.to_string()),
    }
}

async fn tell(tools: &Tools, job: &Job, mut order: TellOrder) -> Result<End, Error> {
    let (desk, begun) = (&tools.desk, tools.desk.clock.now());
    loop {
        let told = desk.to_tell(job.workspace_id.clone(), order.clone());
        let Some(to_tell) = told.await? else {
            return Ok(End::Done);
        };
        let resting = to_tell.webhook.rest_until;
        if let Some(until) = resting.filter(|until| *until > desk.clock.now() && !order.again) {
            return Ok(End::PutOff(until));
        }
        for (topic, event) in &to_tell.events {
            let now = desk.clock.now();
            if now.since(begun) > LONGEST_RUN_MS {
                return Ok(End::LetGo);
            }
            if !tell_one(tools, job, &order, &to_tell, (*topic, event)).await? {
                return Ok(End::PutOff(now.plus(SECOND_MS)));
            }
        }
        let through = to_tell.through;
        let all = desk.told_all(
            job.workspace_id.clone(),
            job.clone(),
            order.clone(),
            through,
        );
        if all.await? {
            return Ok(End::Done);
        }
        order.after = through;
    }
}

/// Tells one event; `true` if the next may follow.
async fn tell_one(
    tools: &Tools,
    job: &Job,
    order: &TellOrder,
    to_tell: &ToTell,
    (topic, event): (Topic, &Event),
) -> Result<bool, Error> {
    let told = Told {
        topic,
        timestamp: event.at,
        data: ToldEvent {
            workspace_id: job.workspace_id.clone(),
            inbox_id: to_tell.inbox_id.clone(),
            conversation_id: order.conversation_id.clone(),
            contact_id: to_tell.contact_id.clone(),
            event: event.clone(),
        },
    };
    let body = serde_json::to_string(&told).map_err(|_| Error::Invalid("an event is not JSON"))?;
    let id = message_id(&order.conversation_id, event.seq);
    let now = tools.desk.clock.now();
    kill_point("webhook.before");
    let went = send(&tools.fetcher, &to_tell.webhook, &id, body, now).await;
    kill_point("webhook.after");
    let outcome = if went.fault.is_none() {
        "taken"
    } else {
        "failed"
    };
    metrics::counter!("segue_webhook_deliveries_total", "outcome" => outcome).increment(1);
    let noted = tools
        .desk
        .told(job.clone(), order.clone(), (topic, event.seq), went);
    noted.await
}
