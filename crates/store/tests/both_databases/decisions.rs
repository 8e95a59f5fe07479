//! What was decided, kept with what it was decided from.

use segue_core::decide::decide;
use segue_core::ids::DecisionId;
use segue_core::policy::Policy;
use segue_store::{Error, Store};

use crate::ground::{NOW, begin, dice, place};

on_both! {
    the_newest_decisions_come_back_oldest_first_and_make_the_same_again
    an_inbox_takes_another_policy
    past_decisions_come_in_pieces_newest_conversations_first
}

async fn the_newest_decisions_come_back_oldest_first_and_make_the_same_again(store: Store) {
    let place = place(&store).await;
    let id = begin(&store, &place).await;
    let (workspace_id, conversation_id) = (place.workspace_id.clone(), id.clone());
    let done: Result<(), Error> = store
        .write(move |tx| {
            for n in 0..4 {
                let view = segue_core::decide::View {
                    answerable: Some(0.1 + f64::from(n) / 7.0),
                    moods: vec![1.0 / 3.0],
                    ..Default::default()
                };
                let at = NOW.plus(i64::from(n));
                let decision = decide(&Policy::default(), &view, at);
                let decision_id = DecisionId::new(at, dice());
                tx.add_decision(
                    &decision_id,
                    &workspace_id,
                    &conversation_id,
                    &view,
                    &decision,
                    at,
                )?;
            }
            Ok(())
        })
        .await;
    done.unwrap();
    let workspace_id = place.workspace_id.clone();
    let stored = store
        .read(move |tx| tx.decisions(&workspace_id, &id, 3))
        .await
        .unwrap();
    let times: Vec<i64> = stored.iter().map(|one| one.at.since(NOW)).collect();
    assert_eq!(times, [1, 2, 3]);
    for one in stored {
        assert_eq!(decide(&Policy::default(), &one.view, one.at), one.decision);
    }
}

async fn an_inbox_takes_another_policy(store: Store) {
    let place = place(&store).await;
    let (workspace_id, inbox_id) = (place.workspace_id.clone(), place.inbox_id.clone());
    let policy = segue_core::policy::read(
        "threshold = 0.7\n[teams]\n\"customer.vip\" = \"Key\"\n[[rule]]\nname = \"a\"\nwhen = 'contact.vip'\ndo = \"offer\"",
    )
    .unwrap();
    let next = policy.clone();
    let done: Result<(), Error> = store
        .write(move |tx| tx.set_policy(&workspace_id, &inbox_id, &next))
        .await;
    done.unwrap();
    let found = store
        .read(move |tx| tx.inbox(&place.workspace_id, &place.inbox_id))
        .await
        .unwrap();
    assert_eq!(found.unwrap().policy, policy);
}

async fn past_decisions_come_in_pieces_newest_conversations_first(store: Store) {
    let place = place(&store).await;
    let other = self::place(&store).await;
    begin(&store, &other).await;
    let mut ids = vec![];
    for _ in 0..5 {
        ids.push(begin(&store, &place).await);
    }
    let (id, of) = (place.workspace_id.clone(), ids.clone());
    let done: Result<(), Error> = store
        .write(move |tx| {
            for (n, conversation_id) in of.iter().enumerate() {
                for turn in 0..n as i64 {
                    let at = NOW.plus(turn);
                    let view = segue_core::decide::View::default();
                    let decision = decide(&Policy::default(), &view, at);
                    let made = DecisionId::new(at, dice());
                    tx.add_decision(&made, &id, conversation_id, &view, &decision, at)?;
                }
            }
            Ok(())
        })
        .await;
    done.unwrap();
    let id = place.workspace_id.clone();
    let read: Result<_, Error> = store
        .read(move |tx| {
            let first = tx.past_courses(&id, None, 3)?;
            let last = first.last().map(|past| past.course.id.clone());
            let rest = tx.past_courses(&id, last.as_ref(), 3)?;
            Ok((
                first,
                rest,
                tx.count_newest(&id, 4)?,
                tx.count_newest(&id, 99)?,
            ))
        })
        .await;
    let (first, rest, four, five) = read.unwrap();
    assert_eq!((four, five), (4, 5));
    let found: Vec<_> = first
        .iter()
        .chain(&rest)
        .map(|past| past.course.id.clone())
        .collect();
    let newest: Vec<_> = ids.iter().rev().cloned().collect();
    assert_eq!(found, newest);
    let counts: Vec<_> = first
        .iter()
        .chain(&rest)
        .map(|past| past.course.decided.len())
        .collect();
    assert_eq!(counts, [4, 3, 2, 1, 0]);
    assert!(first[0].course.decided.is_sorted_by_key(|one| one.at));
}
