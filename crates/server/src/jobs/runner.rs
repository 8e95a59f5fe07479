//! Takes jobs off the list: claims one, runs it, writes down how it ended. A claim runs
//! out by itself, so what a dead node had begun is begun again.

use std::time::Duration;

use segue_core::time::{MINUTE_MS, SECOND_MS};
use segue_store::{Error as StoreError, Job, LinkKind, Lot, Ring, kill_point};
use tokio::sync::broadcast::error::RecvError;
use tracing::Instrument;

use super::{
    End, Tools, answer, ask, better, link_mail, look_up, mail, overhear, replay, webhook, word,
};
use crate::trace;

/// How long a job may run before another node may begin it again.
const CLAIM_MS: i64 = MINUTE_MS;
/// How often the list is looked at without a wake-up.
const POLL: Duration = Duration::from_millis(500);
/// How long a mail that is on its way to its server may take once this node stops: let go
/// before, it would be sent again by another.
const MAIL_GRACE: Duration = Duration::from_secs(5);
/// Runs after which a job is given up: nobody waits minutes for the assistant's answer.
const TRIES: i64 = 8;
/// The same for mails, which somebody has promised: with at most a quarter of an hour
/// between two runs a mail server may be away for three days.
const MAIL_TRIES: i64 = 300;
/// The longest time between two runs of a job.
const LONGEST_REST_MS: i64 = 15 * MINUTE_MS;

/// Works one lot of the list until this node stops. Several may run side by side.
pub async fn run(tools: Tools, lot: Lot) {
    let mut bell = tools.desk.store.listen();
    while !tools.hub.is_closing() {
        match work_of(&tools, lot).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "could not look at the work list"),
        }
        let ring = async {
            loop {
                match bell.recv().await {
                    Ok(Ring::Jobs | Ring::Missed)
                    | Err(RecvError::Lagged(_) | RecvError::Closed) => return,
                    Ok(
                        Ring::Conversation { .. }
                        | Ring::Floor { .. }
                        | Ring::Access { .. }
                        | Ring::Gone { .. },
                    ) => {}
                }
            }
        };
        // The poll repairs a lost wake-up and finds jobs that were put off.
        tokio::select! {
            _ = tokio::time::timeout(POLL, ring) => {}
            () = tools.hub.closing() => {}
        }
    }
}

/// Runs the next job that is ready; `false` if there is none.
pub async fn work_one(tools: &Tools) -> Result<bool, StoreError> {
    work_of(tools, Lot::Any).await
}

async fn work_of(tools: &Tools, lot: Lot) -> Result<bool, StoreError> {
    let now = tools.desk.clock.now();
    let store = &tools.desk.store;
    let none_ready = store
        .glance(move |tx| tx.next_job_at())
        .await?
        .is_none_or(|at| at > now);
    if none_ready && !store.glance(move |tx| tx.has_stale_claim(now)).await? {
        return Ok(false);
    }
    let Some(job) = store
        .write(move |tx| tx.claim_job(lot, now, now.plus(CLAIM_MS)))
        .await?
    else {
        return Ok(false);
    };
    kill_point("job.claimed");
    let end = tokio::select! {
        end = do_job(tools, &job).instrument(trace::job(&job)) => end,
        () = let_go(tools, &job) => End::LetGo,
    };
    kill_point("job.done");
    write_down(tools, job, end).await?;
    kill_point("job.written_down");
    Ok(true)
}

async fn do_job(tools: &Tools, job: &Job) -> End {
    match job.kind.as_str() {
        "answer" => answer::run(tools, job).await,
        "mail" => mail::run(tools, job).await,
        "ask" => ask::run(tools, job).await,
        "overhear" => overhear::run(tools, job).await,
        "replay" => replay::run(tools, job).await,
        "look_up" => look_up::run(tools, job).await,
        "better" => better::run(tools, job).await,
        "word" => word::run(tools, job).await,
        "webhook" => webhook::run(tools, job).await,
        "join_mail" => link_mail::run(tools, job, LinkKind::Join).await,
        "reset_mail" => link_mail::run(tools, job, LinkKind::Reset).await,
        other => End::GiveUp(format!("nobody knows how to do `{other}`")),
    }
}

/// Waits until this node stops and the job may be left as it is. Every job can be begun anew,
/// since a node may die in the middle of one.
async fn let_go(tools: &Tools, job: &Job) {
    tools.hub.closing().await;
    if job.kind == "mail" {
        tokio::time::sleep(MAIL_GRACE).await;
    }
}

async fn write_down(tools: &Tools, job: Job, end: End) -> Result<(), StoreError> {
    let store = &tools.desk.store;
    match end {
        End::Done => store.write(move |tx| tx.finish_job(&job)).await,
        End::PutOff(until) => store.write(move |tx| tx.let_go_job(&job, until)).await,
        End::LetGo => {
            let now = tools.desk.clock.now();
            store.write(move |tx| tx.let_go_job(&job, now)).await
        }
        End::Retry(error) if job.tries < tries(&job) => {
            let run_at = tools.desk.clock.now().plus(rest_ms(job.tries));
            tracing::warn!(job.id = %job.id, job.kind, job.tries, error, "a job failed and will be tried again");
            store
                .write(move |tx| tx.retry_job(&job, run_at, &error))
                .await
        }
        End::Retry(error) | End::GiveUp(error) => {
            tracing::error!(job.id = %job.id, job.kind, job.tries, error, "a job was given up; mend the cause, then `segue jobs retry`");
            metrics::counter!("segue_jobs_given_up_total").increment(1);
            let (id, why) = (job.clone(), error);
            let given_up = store.write(move |tx| tx.give_up_job(&id, &why)).await;
            match job.kind.as_str() {
                "mail" => mail::give_up(tools, &job).await,
                "replay" => replay::give_up(tools, &job).await,
                _ => {}
            }
            given_up
        }
    }
}

fn tries(job: &Job) -> i64 {
    match job.kind.as_str() {
        "mail" => MAIL_TRIES,
        // The webhook itself is paused when it has failed for days; a job that were given up
        // would stand before everything that happens in its conversation afterwards.
        "webhook" => i64::MAX,
        _ => TRIES,
    }
}

/// 2, 4, 8 … seconds after each failure.
fn rest_ms(tries: i64) -> i64 {
    (SECOND_MS << tries.clamp(0, 20)).min(LONGEST_REST_MS)
}
