//! What a verb writes: it reads back, in order, whole or not at all, and rings afterwards.

use std::sync::Arc;

use segue_core::conversation::Conversation;
use segue_store::{Error, Ring, Store};

use crate::ground::{begin, hear, place};

on_both! {
    what_is_written_reads_back
    many_writers_leave_no_gap_in_seq
    a_refusal_leaves_nothing_behind
    who_refuses_leaves_the_others_of_the_group_alone
    a_failed_commit_fails_its_verbs_and_none_rings
    rings_come_after_the_commit
    a_message_sent_twice_is_found_by_its_id
    another_workspace_sees_nothing
    a_panicking_verb_harms_nobody_else
    a_query_sees_one_moment
}

async fn what_is_written_reads_back(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let written: Result<u64, Error> = store
        .write(move |tx| {
            hear(
                tx,
                &workspace_id,
                &heard,
                "naïve ‘quotes’; 数据 \u{1F600}",
                "m1",
            )
        })
        .await;
    assert_eq!(written.unwrap(), 2);
    let read: Result<_, Error> = store
        .read(move |tx| {
            let contact = tx.contact(&place.workspace_id, &place.contact_id)?.unwrap();
            let conversation = tx.conversation(&place.workspace_id, &id)?.unwrap();
            let events = tx.events(&place.workspace_id, &id, 0, 100)?;
            Ok((contact, conversation, events))
        })
        .await;
    let (contact, conversation, events) = read.unwrap();
    assert_eq!(
        (contact.person.name.as_deref(), contact.vip),
        (Some("Ada"), true)
    );
    assert_eq!(
        events[1].body.as_ref().unwrap().text.as_deref(),
        Some("naïve ‘quotes’; 数据 \u{1F600}")
    );
    let replayed = Conversation::replay(
        conversation.id.clone(),
        conversation.workspace_id.clone(),
        &events,
    );
    assert_eq!(replayed, Some(conversation));
}

async fn many_writers_leave_no_gap_in_seq(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let (store, workspace_id, id) = (store.clone(), place.workspace_id.clone(), id.clone());
        writers.spawn(async move {
            for n in 0..20 {
                let (workspace_id, id) = (workspace_id.clone(), id.clone());
                let done: Result<u64, Error> = store
                    .write(move |tx| hear(tx, &workspace_id, &id, "hi", &format!("{writer}-{n}")))
                    .await;
                done.unwrap();
            }
        });
    }
    writers.join_all().await;
    let events: Result<_, Error> = store
        .read(move |tx| tx.events(&place.workspace_id, &id, 0, 1_000))
        .await;
    let seqs: Vec<u64> = events.unwrap().iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=321).collect::<Vec<_>>());
}

async fn a_refusal_leaves_nothing_behind(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let refused: Result<(), Error> = store
        .write(move |tx| {
            hear(tx, &workspace_id, &heard, "never", "m1")?;
            Err(Error::Corrupt("refused".into()))
        })
        .await;
    assert!(matches!(refused, Err(Error::Corrupt(_))));
    let events: Result<_, Error> = store
        .read(move |tx| tx.events(&place.workspace_id, &id, 0, 10))
        .await;
    assert_eq!(events.unwrap().len(), 1);
}

/// Verbs that take back what they wrote, among others in the same commit.
async fn who_refuses_leaves_the_others_of_the_group_alone(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let (store, workspace_id, id) = (store.clone(), place.workspace_id.clone(), id.clone());
        writers.spawn(async move {
            for n in 0..12 {
                let (workspace_id, id) = (workspace_id.clone(), id.clone());
                let is_refused = (writer + n) % 3 == 0;
                let done: Result<u64, Error> = store
                    .write(move |tx| {
                        let seq = hear(tx, &workspace_id, &id, "hi", &format!("{writer}-{n}"))?;
                        if is_refused {
                            return Err(Error::Corrupt("refused".into()));
                        }
                        Ok(seq)
                    })
                    .await;
                assert_eq!(done.is_err(), is_refused, "{done:?}");
            }
        });
    }
    writers.join_all().await;
    let events: Result<_, Error> = store
        .read(move |tx| tx.events(&place.workspace_id, &id, 0, 1_000))
        .await;
    let seqs: Vec<u64> = events.unwrap().iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=129).collect::<Vec<_>>());
}

async fn a_failed_commit_fails_its_verbs_and_none_rings(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let mut bell = store.listen();
    store.fail_commits(1);
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let lost: Result<u64, Error> = store
        .write(move |tx| hear(tx, &workspace_id, &heard, "lost", "m1"))
        .await;
    assert!(matches!(lost, Err(Error::Unavailable(_))), "{lost:?}");
    assert!(
        bell.try_recv().is_err(),
        "something rang for a write that did not happen"
    );
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let kept: Result<u64, Error> = store
        .write(move |tx| hear(tx, &workspace_id, &heard, "kept", "m1"))
        .await;
    assert_eq!(
        kept.unwrap(),
        2,
        "the next verb goes on as if nothing had been"
    );
}

async fn rings_come_after_the_commit(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let mut bell = store.listen();
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let _: Result<u64, Error> = store
        .write(move |tx| hear(tx, &workspace_id, &heard, "hi", "m1"))
        .await;
    let ring = bell.recv().await.unwrap();
    assert_eq!(
        ring,
        Ring::Conversation {
            id: id.clone(),
            seq: 2
        }
    );
    let events: Result<_, Error> = store
        .read(move |tx| tx.events(&place.workspace_id, &id, 1, 10))
        .await;
    assert_eq!(events.unwrap().len(), 1, "what rang can be read");
}

async fn a_message_sent_twice_is_found_by_its_id(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let _: Result<u64, Error> = store
        .write(move |tx| hear(tx, &workspace_id, &heard, "hi", "m1"))
        .await;
    let again: Result<u64, Error> = {
        let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
        store
            .write(move |tx| hear(tx, &workspace_id, &heard, "hi", "m1"))
            .await
    };
    assert!(matches!(again, Err(Error::Conflict)), "{again:?}");
    let found: Result<_, Error> = store
        .read(move |tx| tx.event_sent_as(&place.workspace_id, &id, "m1"))
        .await;
    assert_eq!(found.unwrap().unwrap().seq, 2);
}

async fn another_workspace_sees_nothing(store: Store) {
    let (ours, theirs) = (place(&store).await, place(&store).await);
    let id = begin(&store, &ours).await;
    let seen: Result<_, Error> = store
        .read(move |tx| {
            let conversation = tx.conversation(&theirs.workspace_id, &id)?;
            let events = tx.events(&theirs.workspace_id, &id, 0, 10)?;
            let contact = tx.contact(&theirs.workspace_id, &ours.contact_id)?;
            Ok((conversation, events, contact.is_some()))
        })
        .await;
    assert_eq!(seen.unwrap(), (None, vec![], false));
}

async fn a_panicking_verb_harms_nobody_else(store: Store) {
    let place = Arc::new(place(&store).await);
    let panicked: Result<(), Error> = store.write(|_| panic!("a bug")).await;
    assert!(panicked.is_err());
    let id = begin(&store, &place).await;
    let found: Result<_, Error> = store
        .read(move |tx| tx.conversation(&place.workspace_id, &id))
        .await;
    assert!(found.unwrap().is_some());
}

async fn a_query_sees_one_moment(store: Store) {
    let place = Arc::new(place(&store).await);
    let id = begin(&store, &place).await;
    let (heads, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let (told, go_on) = std::sync::mpsc::channel();
    let (reader, workspace_id, read) = (store.clone(), place.workspace_id.clone(), id.clone());
    let reading = tokio::spawn(async move {
        let seen: Result<_, Error> = reader
            .read(move |tx| {
                let before = tx.conversation(&workspace_id, &read)?.unwrap().seq;
                heads.send(()).unwrap();
                go_on.recv().unwrap();
                Ok((
                    before,
                    tx.events(&workspace_id, &read, 0, 100)?.len() as u64,
                ))
            })
            .await;
        seen.unwrap()
    });
    asked.recv().await.unwrap();
    let (workspace_id, heard) = (place.workspace_id.clone(), id.clone());
    let _: Result<u64, Error> = store
        .write(move |tx| hear(tx, &workspace_id, &heard, "in between", "m1"))
        .await;
    told.send(()).unwrap();
    let (seq, events) = reading.await.unwrap();
    assert_eq!(seq, events, "the state and its events are of one moment");
}
