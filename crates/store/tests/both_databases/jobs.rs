//! The durable work list: each job once, claimed by one.

use segue_core::ids::JobId;
use segue_store::{Error, Job, Lot, Store};

use crate::ground::{NOW, Place, dice, place};

on_both! {
    a_job_is_one_however_often_it_is_entered
    a_claimed_job_is_claimed_once_and_comes_back_when_its_claim_runs_out
}

pub fn job(place: &Place, key: &str) -> Job {
    Job {
        id: JobId::new(NOW, dice()),
        workspace_id: place.workspace_id.clone(),
        kind: "deliver".into(),
        key: key.into(),
        payload: "{}".into(),
        tries: 0,
    }
}

async fn a_job_is_one_however_often_it_is_entered(store: Store) {
    let place = place(&store).await;
    let jobs = [
        job(&place, "mail 1"),
        job(&place, "mail 1"),
        job(&place, "mail 2"),
    ];
    let counts: Result<_, Error> = store
        .write(move |tx| {
            for job in &jobs {
                tx.add_job(job, NOW)?;
            }
            tx.count_jobs()
        })
        .await;
    assert_eq!(counts.unwrap(), [("ready".to_string(), 2)]);
}

async fn a_claimed_job_is_claimed_once_and_comes_back_when_its_claim_runs_out(store: Store) {
    let place = place(&store).await;
    let entered = job(&place, "mail 1");
    let _: Result<(), Error> = store.write(move |tx| tx.add_job(&entered, NOW)).await;
    let mut claims = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        claims.spawn(async move {
            let claim: Result<_, Error> = store
                .write(|tx| tx.claim_job(Lot::Any, NOW, NOW.plus(1_000)))
                .await;
            claim.unwrap()
        });
    }
    let won: Vec<Job> = claims.join_all().await.into_iter().flatten().collect();
    assert_eq!(won.len(), 1);
    let late: Result<_, Error> = store
        .write(|tx| tx.claim_job(Lot::Any, NOW.plus(1_000), NOW.plus(2_000)))
        .await;
    let late = late.unwrap().expect("the claim has run out");
    assert_eq!((late.id.clone(), late.tries), (won[0].id.clone(), 2));
    let after: Result<_, Error> = store
        .write(move |tx| {
            tx.retry_job(&late, NOW.plus(9_000), "no answer")?;
            let early = tx.claim_job(Lot::Any, NOW.plus(8_999), NOW.plus(10_000))?;
            let again = tx.claim_job(Lot::Any, NOW.plus(9_000), NOW.plus(10_000))?;
            let again = again.expect("it is ready again");
            // How a run ends whose claim has run out does not count while another goes on.
            tx.give_up_job(&late, "no such host")?;
            tx.retry_job(&late, NOW, "no such host")?;
            let during = tx.claim_job(Lot::Any, NOW.plus(9_500), NOW.plus(10_000))?;
            tx.give_up_job(&again, "no such host")?;
            let given_up = tx.claim_job(Lot::Any, NOW.plus(99_000), NOW.plus(100_000))?;
            Ok((early, again.tries, during, given_up))
        })
        .await;
    assert_eq!(after.unwrap(), (None, 3, None, None));
}
