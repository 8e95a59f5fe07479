//! Lines to PostgreSQL that break in the middle, and rings that cross them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use segue_store::{Error, Ring, Store};

use crate::ground::{NOW, begin, hear, place, postgres};
use crate::jobs::job;

/// Attack case 78: the connection dies while the commit is under way, and nobody knows
/// what became of it.
#[tokio::test]
async fn a_commit_that_nobody_heard_of_is_settled_by_its_receipt() {
    let fresh = postgres();
    let (store, place) = (&fresh.store, place(&fresh.store).await);
    let runs = Arc::new(AtomicU64::new(0));
    store.lose_commits(2);
    let (counted, entered) = (runs.clone(), job(&place, "mail 1"));
    let mut bell = store.listen();
    let done: Result<u64, Error> = store
        .write(move |tx| {
            // Entered twice this verb would have a second job.
            let mut job = entered.clone();
            job.key = format!("mail {}", counted.fetch_add(1, Ordering::Relaxed));
            tx.add_job(&job, NOW)?;
            Ok(counted.load(Ordering::Relaxed))
        })
        .await;
    assert_eq!(done.unwrap(), 1, "its caller hears of the run that counted");
    let counts: Result<_, Error> = store.read(|tx| tx.count_jobs()).await;
    assert_eq!(counts.unwrap(), [("ready".to_string(), 1)]);
    while bell.recv().await.unwrap() != Ring::Jobs {}
}

/// Attack case 78, by the sender's own id.
#[tokio::test]
async fn a_message_whose_commit_nobody_heard_of_is_one_and_rings() {
    let fresh = postgres();
    let (store, place) = (&fresh.store, place(&fresh.store).await);
    let id = begin(store, &place).await;
    store.lose_commits(1);
    let mut bell = store.listen();
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let done: Result<u64, Error> = store
        .write(move |tx| {
            tx.settles_itself();
            match tx.event_sent_as(&workspace_id, &heard, "m1")? {
                Some(event) => Ok(event.seq),
                None => hear(tx, &workspace_id, &heard, "hi", "m1"),
            }
        })
        .await;
    assert_eq!(done.unwrap(), 2);
    let ring = Ring::Conversation {
        id: id.clone(),
        seq: 2,
    };
    while bell.recv().await.unwrap() != ring {}
    let events: Result<_, Error> = store
        .read(move |tx| tx.events(&place.workspace_id, &id, 0, 100))
        .await;
    assert_eq!(events.unwrap().len(), 2);
}

/// Every connection of a store is cut, as a restarted server does; the verbs that were
/// under way and those that come after it happen once.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_connections_are_cut_comes_back_by_itself() {
    let fresh = postgres();
    let (store, place) = (fresh.store.clone(), Arc::new(place(&fresh.store).await));
    let id = begin(&store, &place).await;
    let url = fresh.url.clone().unwrap();
    let cutting = tokio::task::spawn_blocking(move || {
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        for _ in 0..20 {
            client
                .execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and pid <> pg_backend_pid()",
                    &[],
                )
                .unwrap();
        }
    });
    for n in 0..200 {
        let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
        let (text, client_message_id) = (format!("line {n}"), format!("m{n}"));
        let done: Result<(), Error> = store
            .write(move |tx| {
                if tx
                    .event_sent_as(&workspace_id, &heard, &client_message_id)?
                    .is_none()
                {
                    hear(tx, &workspace_id, &heard, &text, &client_message_id)?;
                }
                Ok(())
            })
            .await;
        done.unwrap();
    }
    cutting.await.unwrap();
    let events: Result<_, Error> = store
        .read(move |tx| tx.events(&place.workspace_id, &id, 1, 1_000))
        .await;
    let said: Vec<String> = events
        .unwrap()
        .into_iter()
        .filter_map(|event| event.body?.text)
        .collect();
    let expected: Vec<String> = (0..200).map(|n| format!("line {n}")).collect();
    assert_eq!(said, expected);
}

/// Two nodes on one database: what one writes wakes the other.
#[tokio::test]
async fn a_write_on_one_node_rings_on_another() {
    let fresh = postgres();
    let url = fresh.url.clone().unwrap();
    let other = tokio::task::spawn_blocking(move || Store::open_postgres(&url).unwrap())
        .await
        .unwrap();
    let mut bell = other.listen();
    let place = place(&fresh.store).await;
    let id = begin(&fresh.store, &place).await;
    // The other node begins to listen a moment after it has opened, so it is rung until
    // it hears; what it never hears its poll finds.
    let heard = async {
        for n in 0..u32::MAX {
            let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
            let _: Result<u64, Error> = fresh
                .store
                .write(move |tx| hear(tx, &workspace_id, &heard, "hi", &format!("m{n}")))
                .await;
            let ring = tokio::time::timeout(std::time::Duration::from_millis(200), bell.recv());
            if let Ok(Ok(Ring::Conversation { id, .. })) = ring.await {
                return Some(id);
            }
        }
        None
    };
    let heard = tokio::time::timeout(std::time::Duration::from_secs(20), heard).await;
    assert_eq!(heard.unwrap(), Some(id));
}

#[tokio::test]
async fn postgres_opens_inside_a_runtime_too() {
    let fresh = postgres();
    let found: Result<_, Error> = fresh.store.read(|tx| tx.first_workspace()).await;
    assert!(found.unwrap().is_none());
}
