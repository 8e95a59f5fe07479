//! What the measures keep: cases that are found again, counts that can be added and taken
//! away, and who took what.

use segue_core::ids::{AgentId, ConversationId, HandoffId, InboxId, WorkspaceId};
use segue_core::measure::{Behind, Case, CellKey, Count, Known, Tally};
use segue_core::queue::Priority;
use segue_core::signal::Trigger;
use segue_core::time::{HOUR_MS, Hours, MINUTE_MS, Timestamp};
use segue_store::{CasesAsked, Error, Handoff, MeasureMark, Store, TakenAsked};

use crate::ground::{NOW, Place, begin, dice, hear, place};

on_both! {
    counts_are_added_and_taken_away_until_nothing_is_left
    a_mark_says_how_far_the_counts_have_come
    what_is_not_counted_as_it_stands_is_found
    cases_are_found_by_figure_and_kind_and_by_page
    who_took_what_is_found_by_what_it_is_about
}

fn key(place: &Place, day: i64, topic: &str) -> CellKey {
    CellKey {
        day,
        inbox_id: place.inbox_id.clone(),
        plan: "team".into(),
        language: "en".into(),
        topic: topic.into(),
        trigger: Some(Trigger::Complaint),
    }
}

fn tally(handoffs: i64, waits: i64) -> Tally {
    let mut tally = Tally::default();
    tally.add(Count::Handoffs, handoffs);
    tally.add(Count::Wait(40), waits);
    tally
}

async fn add(store: &Store, place: &Place, key: CellKey, more: Tally) {
    let id = place.workspace_id.clone();
    let done: Result<(), Error> = store
        .write(move |tx| tx.add_to_cell(&id, &key, &more))
        .await;
    done.unwrap();
}

async fn cells(
    store: &Store,
    place: &Place,
    days: std::ops::Range<i64>,
) -> Vec<(i64, String, Tally)> {
    let id = place.workspace_id.clone();
    let read: Result<_, Error> = store
        .read(move |tx| tx.measure_cells(&id, days.clone()))
        .await;
    let found = read.unwrap().into_iter();
    found
        .map(|(key, tally)| (key.day, key.topic, tally))
        .collect()
}

async fn counts_are_added_and_taken_away_until_nothing_is_left(store: Store) {
    let (here, elsewhere) = (place(&store).await, place(&store).await);
    add(&store, &here, key(&here, 20_000, "orders"), tally(2, 1)).await;
    add(&store, &here, key(&here, 20_000, "orders"), tally(1, 1)).await;
    add(&store, &here, key(&here, 20_001, "lamps"), tally(5, 0)).await;
    add(
        &store,
        &elsewhere,
        key(&elsewhere, 20_000, "orders"),
        tally(9, 9),
    )
    .await;
    assert_eq!(
        cells(&store, &here, 20_000..20_002).await,
        [
            (20_000, "orders".to_string(), tally(3, 2)),
            (20_001, "lamps".to_string(), tally(5, 0))
        ]
    );
    assert_eq!(
        cells(&store, &here, 20_000..20_001).await.len(),
        1,
        "the last day is not in it"
    );
    add(&store, &here, key(&here, 20_000, "orders"), tally(-3, -2)).await;
    let left = cells(&store, &here, 0..30_000).await;
    assert_eq!(left.len(), 1, "a cell of nothing is no row: {left:?}");
    let id = here.workspace_id.clone();
    let dropped: Result<(), Error> = store.write(move |tx| tx.drop_cells(&id)).await;
    dropped.unwrap();
    assert_eq!(cells(&store, &here, 0..30_000).await, []);
    assert_eq!(cells(&store, &elsewhere, 0..30_000).await.len(), 1);
}

async fn a_mark_says_how_far_the_counts_have_come(store: Store) {
    let here = place(&store).await;
    let mark = |generation, compared_at| MeasureMark {
        basis: "3.40 hours".into(),
        generation,
        read_until: NOW,
        compared_at,
    };
    let (id, first, second) = (
        here.workspace_id.clone(),
        mark(1, None),
        mark(2, Some(NOW.plus(MINUTE_MS))),
    );
    let kept: Result<_, Error> = store
        .write(move |tx| {
            let none = tx.measure_mark(&id, true)?;
            tx.set_measure_mark(&id, &first)?;
            let one = tx.measure_mark(&id, true)?;
            tx.set_measure_mark(&id, &second)?;
            Ok((none, one, tx.measure_mark(&id, false)?))
        })
        .await;
    let kept = kept.unwrap();
    let expected = (
        None,
        Some(mark(1, None)),
        Some(mark(2, Some(NOW.plus(MINUTE_MS)))),
    );
    assert_eq!(kept, expected);
}

/// A conversation read into a case, with other facts where a test wants them.
async fn case(store: &Store, place: &Place, id: &ConversationId) -> Case {
    let (workspace_id, wanted) = (place.workspace_id.clone(), id.clone());
    let read: Result<_, Error> = store
        .read(move |tx| tx.facts_of(&workspace_id, &wanted))
        .await;
    let known = Known {
        hours: &Hours::always(),
        plan: "team",
        topic_of: &|_| None,
        before: None,
    };
    Case::of(id, &read.unwrap(), known).unwrap()
}

async fn keep(store: &Store, place: &Place, case: &Case, marks: i64) {
    let (id, case) = (place.workspace_id.clone(), case.clone());
    let done: Result<(), Error> = store
        .write(move |tx| tx.keep_case(&id, &case, marks, (1, NOW)))
        .await;
    done.unwrap();
}

async fn what_is_not_counted_as_it_stands_is_found(store: Store) {
    let (here, elsewhere) = (place(&store).await, place(&store).await);
    let (first, second) = (begin(&store, &here).await, begin(&store, &here).await);
    begin(&store, &elsewhere).await;
    let found = async |generation: i64, after: Option<ConversationId>| {
        let id = here.workspace_id.clone();
        let read: Result<_, Error> = store
            .read(move |tx| {
                let all = tx.unmeasured(&id, generation, after.as_ref(), 9)?;
                Ok((all, tx.unmeasured_since(&id, generation, NOW, 9)?))
            })
            .await;
        let (mut all, mut since) = read.unwrap();
        all.sort();
        since.sort();
        (all, since)
    };
    let mut both = vec![first.clone(), second.clone()];
    both.sort();
    assert_eq!(found(1, None).await, (both.clone(), both.clone()));
    assert_eq!(
        found(1, Some(both[0].clone())).await.0,
        both[1..],
        "goes on"
    );
    for id in [&first, &second] {
        let case = case(&store, &here, id).await;
        keep(&store, &here, &case, 1).await;
    }
    assert_eq!(found(1, None).await, (vec![], vec![]));
    assert_eq!(found(2, None).await.0, both, "a recount counts all");
    let (id, heard) = (here.workspace_id.clone(), second.clone());
    let said: Result<u64, Error> = store
        .write(move |tx| hear(tx, &id, &heard, "hello?", "message-1"))
        .await;
    said.unwrap();
    assert_eq!(found(1, None).await.0, std::slice::from_ref(&second));

    // What time alone changes is found when its time has come.
    let id = here.workspace_id.clone();
    let read: Result<_, Error> = store
        .read(move |tx| tx.measures_changed(&id, NOW.plus(99 * HOUR_MS), 9))
        .await;
    assert_eq!(read.unwrap(), [], "nothing waits here");
}

async fn cases_are_found_by_figure_and_kind_and_by_page(store: Store) {
    let here = place(&store).await;
    let mut kept = Vec::new();
    for n in 0..5 {
        let id = begin(&store, &here).await;
        let mut case = case(&store, &here, &id).await;
        case.opened_at = NOW.plus(n * MINUTE_MS);
        case.topic = ["orders", "lamps"][n as usize % 2].into();
        let marks = Behind::Conversations.bit() | if n < 3 { Behind::Unsettled.bit() } else { 0 };
        keep(&store, &here, &case, marks).await;
        kept.push(case);
    }
    let found = async |asked: CasesAsked, limit: i64| {
        let id = here.workspace_id.clone();
        let read: Result<_, Error> = store
            .read(move |tx| tx.measure_cases(&id, &asked, limit))
            .await;
        let found = read.unwrap().into_iter();
        let at = found.map(|it| it.case.opened_at.since(NOW) / MINUTE_MS);
        at.collect::<Vec<i64>>()
    };
    let all = CasesAsked {
        until: NOW.plus(HOUR_MS),
        ..CasesAsked::default()
    };
    assert_eq!(found(all.clone(), 9).await, [4, 3, 2, 1, 0]);
    let unsettled = CasesAsked {
        behind: Some(Behind::Unsettled),
        ..all.clone()
    };
    assert_eq!(found(unsettled.clone(), 9).await, [2, 1, 0]);
    let of_lamps = CasesAsked {
        topic: Some("lamps".into()),
        ..unsettled.clone()
    };
    assert_eq!(found(of_lamps, 9).await, [1]);
    let of_nobody = CasesAsked {
        plan: Some("enterprise".into()),
        ..all.clone()
    };
    assert!(found(of_nobody, 9).await.is_empty());
    assert_eq!(found(all.clone(), 2).await, [4, 3]);
    let next = CasesAsked {
        before: Some((kept[3].opened_at, kept[3].conversation_id.to_string())),
        ..all
    };
    assert_eq!(found(next, 2).await, [2, 1]);
}

async fn hand_off(
    store: &Store,
    workspace_id: &WorkspaceId,
    (conversation_id, inbox_id): (&ConversationId, &InboxId),
    at: Timestamp,
    reasons: Vec<Trigger>,
) {
    let handoff = Handoff {
        id: HandoffId::new(NOW, dice()),
        workspace_id: workspace_id.clone(),
        conversation_id: conversation_id.clone(),
        inbox_id: inbox_id.clone(),
        at,
        reasons,
        package: None,
        promise: None,
        accepted_at: Some(at),
        agent_id: Some(AgentId::new(NOW, 7)),
        first_reply_at: None,
        ended_at: None,
        outcome: None,
        team_id: None,
        priority: Priority::NORMAL,
        told_until: None,
    };
    let done: Result<(), Error> = store.write(move |tx| tx.add_handoff(&handoff)).await;
    done.unwrap();
}

async fn who_took_what_is_found_by_what_it_is_about(store: Store) {
    let (here, elsewhere) = (place(&store).await, place(&store).await);
    let (counted, fresh) = (begin(&store, &here).await, begin(&store, &here).await);
    let mut known = case(&store, &here, &counted).await;
    known.topic = "orders".into();
    keep(&store, &here, &known, 1).await;
    let reasons = vec![Trigger::Complaint, Trigger::Vip];
    let ws = &here.workspace_id;
    hand_off(&store, ws, (&counted, &here.inbox_id), NOW, reasons).await;
    let later = NOW.plus(HOUR_MS);
    hand_off(
        &store,
        ws,
        (&fresh, &here.inbox_id),
        later,
        vec![Trigger::Vip],
    )
    .await;
    let other = begin(&store, &elsewhere).await;
    let place = (&other, &elsewhere.inbox_id);
    hand_off(&store, &elsewhere.workspace_id, place, NOW, vec![]).await;

    let all = TakenAsked {
        from: NOW,
        until: NOW.plus(2 * HOUR_MS),
        ..TakenAsked::default()
    };
    let found = async |asked: TakenAsked| {
        let id = here.workspace_id.clone();
        let read: Result<_, Error> = store.read(move |tx| tx.taken(&id, &asked, 9)).await;
        let found = read.unwrap().into_iter();
        found.map(|it| it.at.since(NOW)).collect::<Vec<i64>>()
    };
    assert_eq!(found(all.clone()).await, [HOUR_MS, 0], "newest first");
    let within = TakenAsked {
        until: later,
        ..all.clone()
    };
    assert_eq!(found(within).await, [0]);
    let for_vip = TakenAsked {
        trigger: Some(Trigger::Vip),
        ..all.clone()
    };
    assert_eq!(found(for_vip).await, [HOUR_MS], "the main reason alone");
    let of_orders = TakenAsked {
        topic: Some("orders".into()),
        ..all.clone()
    };
    assert_eq!(found(of_orders).await, [0], "as the measures know it");
    let of_team = TakenAsked {
        plan: Some("team".into()),
        language: Some("en".into()),
        ..all.clone()
    };
    assert_eq!(found(of_team).await, [0]);
    let in_another = TakenAsked {
        inbox_id: Some(elsewhere.inbox_id.to_string()),
        ..all
    };
    assert!(found(in_another).await.is_empty());
}
