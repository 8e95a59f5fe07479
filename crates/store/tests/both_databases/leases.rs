//! One node looks after a workspace, and the database holds it to that.

use std::sync::Arc;

use segue_store::{Error, Lease, Store};

use crate::ground::{place, postgres};

on_both! {
    a_lease_is_held_by_one_and_fences_whoever_held_it_before
}

/// Attack case 85, the part of the database.
async fn a_lease_is_held_by_one_and_fences_whoever_held_it_before(store: Store) {
    let place = Arc::new(place(&store).await);
    let lease = |holder: &str, epoch, beat| Lease {
        holder: holder.into(),
        epoch,
        beat,
    };
    let take = |seen: Option<Lease>, taken: Lease| {
        let (store, place) = (store.clone(), place.clone());
        async move {
            let done: Result<bool, Error> = store
                .write(move |tx| tx.take_lease(&place.workspace_id, seen.as_ref(), &taken))
                .await;
            done.unwrap()
        }
    };
    let holds = |holder: &'static str, epoch| {
        let (store, place) = (store.clone(), place.clone());
        async move {
            let done: Result<bool, Error> = store
                .write(move |tx| tx.holds_lease(&place.workspace_id, holder, epoch))
                .await;
            done.unwrap()
        }
    };
    let (a, b) = tokio::join!(take(None, lease("a", 1, 10)), take(None, lease("b", 1, 10)));
    assert!(a ^ b, "one of two that come at once");
    let first = if a { "a" } else { "b" };
    assert!(holds(first, 1).await);
    // Its beat moved after the other looked, so it lives.
    let (id, held) = (place.workspace_id.clone(), lease(first, 1, 10));
    let beaten: Result<bool, Error> = store.write(move |tx| tx.beat_lease(&id, &held, 20)).await;
    assert!(beaten.unwrap());
    assert!(!take(Some(lease(first, 1, 10)), lease("c", 2, 30)).await);
    assert!(take(Some(lease(first, 1, 20)), lease("c", 2, 30)).await);
    assert!(holds("c", 2).await && !holds(first, 1).await);
    let (id, late) = (place.workspace_id.clone(), lease(first, 1, 20));
    let beaten: Result<bool, Error> = store.write(move |tx| tx.beat_lease(&id, &late, 40)).await;
    assert!(!beaten.unwrap(), "a beat does not bring an old epoch back");
}

/// Whoever takes a lease waits for what its holder is just doing under it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_is_being_used_is_not_taken_before_the_commit() {
    let fresh = postgres();
    let place = Arc::new(place(&fresh.store).await);
    let (first, second) = ("a", "b");
    let lease = |holder: &str, epoch| Lease {
        holder: holder.into(),
        epoch,
        beat: 1,
    };
    let (id, taken) = (place.workspace_id.clone(), lease(first, 1));
    let done: Result<bool, Error> = fresh
        .store
        .write(move |tx| tx.take_lease(&id, None, &taken))
        .await;
    assert!(done.unwrap());
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (told, go_on) = std::sync::mpsc::channel();
    let (id, noted, store) = (
        place.workspace_id.clone(),
        order.clone(),
        fresh.store.clone(),
    );
    let (entered, inside) = tokio::sync::oneshot::channel();
    let mut entered = Some(entered);
    let acting = tokio::spawn(async move {
        let done: Result<(), Error> = store
            .write(move |tx| {
                assert!(tx.holds_lease(&id, first, 1)?);
                if let Some(entered) = entered.take() {
                    entered.send(()).unwrap();
                }
                go_on.recv().unwrap();
                noted.lock().unwrap().push("the holder acts");
                Ok(())
            })
            .await;
        done.unwrap();
    });
    inside.await.unwrap();
    let (id, noted, store) = (
        place.workspace_id.clone(),
        order.clone(),
        fresh.store.clone(),
    );
    let taking = tokio::spawn(async move {
        let (seen, taken) = (lease(first, 1), lease(second, 2));
        let done: Result<bool, Error> = store
            .write(move |tx| tx.take_lease(&id, Some(&seen), &taken))
            .await;
        noted.lock().unwrap().push("the other takes it");
        done.unwrap()
    });
    told.send(()).unwrap();
    acting.await.unwrap();
    assert!(taking.await.unwrap());
    assert_eq!(
        *order.lock().unwrap(),
        ["the holder acts", "the other takes it"]
    );
}
