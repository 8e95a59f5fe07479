//! Waits, who left them, and what was promised (P36, P28).

use super::*;

#[test]
fn a_wait_counts_from_the_queue_to_the_first_human_word() {
    let figures = answered(4 * MINUTE_MS).figures();
    let all = &figures.responses.all;
    assert_eq!((all.n, parts_of(all.target)), (1, (1, 1)));
    assert!((240_000..=248_000).contains(&all.p50_ms.unwrap()));
    let late = answered(6 * MINUTE_MS).figures().responses.all;
    assert_eq!(parts_of(late.target), (0, 1));
    let mut noted = told();
    noted.hands_off(0, &[]).says(1_000, Role::System);
    assert_eq!(noted.figures().responses.all.n, 0, "the system is nobody");
}

#[test]
fn closed_doors_stop_the_clock_of_the_open_hours_only() {
    // 09:00 to 17:00; the customer comes at 08:00 and is answered at 09:03.
    let day = vec![Span {
        opens_min: 540,
        closes_min: 1_020,
    }];
    let hours = Hours {
        zone: "UTC".into(),
        week: std::array::from_fn(|_| day.clone()),
        holidays: vec![],
    };
    let mut told = told();
    told.hands_off(0, &[Trigger::Vip])
        .replies(HOUR_MS + 3 * MINUTE_MS);
    let case = told.case_in(&hours, None);
    assert_eq!(case.handoffs[0].open_wait_ms, Some(3 * MINUTE_MS));
    let figures = Figures::of(&total(&case, LATER), &BTreeMap::new());
    assert_eq!(parts_of(figures.responses.all.target), (0, 1));
    assert_eq!(parts_of(figures.responses.open.target), (1, 1));
}

#[test]
fn who_still_waits_counts_once_the_target_is_over() {
    let mut told = told();
    told.hands_off(0, &[Trigger::Vip]);
    let at = |now| {
        let figures = Figures::of(&told.tally_at(now), &BTreeMap::new());
        let target = parts_of(figures.responses.all.target);
        (figures.responses.waiting, target)
    };
    assert_eq!(at(BEGAN.plus(5 * MINUTE_MS)), (1, (0, 0)));
    assert_eq!(at(BEGAN.plus(5 * MINUTE_MS + 1)), (1, (0, 1)));
}

#[test]
fn leaving_before_a_word_is_abandoning_and_asking_for_mail_is_not() {
    let mut left = told();
    left.hands_off(0, &[Trigger::Vip]);
    left.put(2 * MINUTE_MS, Fact::HandoffCancelled, None);
    let responses = left.figures().responses;
    assert_eq!(parts_of(responses.abandoned), (1, 1));
    assert_eq!(responses.left_after.n, 1);
    assert_eq!(responses.all.target.n, 0, "two minutes say nothing of five");

    let mut by_mail = told();
    by_mail.hands_off(0, &[Trigger::Vip]);
    let chosen = Fact::EmailChosen {
        reply_due_at: BEGAN.plus(8 * HOUR_MS),
    };
    by_mail.put(MINUTE_MS, chosen, None).replies(7 * HOUR_MS);
    let responses = by_mail.figures().responses;
    assert_eq!(parts_of(responses.abandoned), (0, 0));
    assert_eq!(responses.all.n, 0, "nobody sat and waited");
    assert_eq!(parts_of(responses.mail_kept), (1, 1));

    let mut nobody_came = told();
    let limit = Fact::Resolved {
        by: ResolvedBy::WaitLimit,
        disposition: None,
        knowable: None,
        handoff_id: None,
    };
    nobody_came
        .hands_off(0, &[Trigger::Vip])
        .put(HOUR_MS, limit, None);
    let responses = nobody_came.figures().responses;
    assert_eq!(parts_of(responses.unserved), (1, 1));
    assert_eq!(parts_of(responses.abandoned), (0, 1));
    assert_eq!(parts_of(responses.all.target), (0, 1));
}

#[test]
fn a_promise_is_kept_broken_or_open_and_by_how_much() {
    let with = |reply_min: Option<i64>, left_min: Option<i64>| {
        let mut told = told();
        told.promises(0, &[Trigger::Vip], Some(10));
        if let Some(minutes) = reply_min {
            told.replies(minutes * MINUTE_MS);
        }
        if let Some(minutes) = left_min {
            told.put(minutes * MINUTE_MS, Fact::HandoffCancelled, None);
        }
        told
    };
    let kept = with(Some(4), None).figures().promises;
    assert_eq!((kept.n, kept.kept, kept.early_p50_min), (1, 1, Some(6)));
    let broken = with(Some(25), None).figures().promises;
    assert_eq!(
        (broken.n, broken.kept, broken.late_p50_min),
        (1, 0, Some(15))
    );
    assert_eq!(
        with(None, Some(3)).figures().promises.n,
        0,
        "left before it was over"
    );
    assert_eq!(
        with(None, Some(11)).figures().promises.n,
        1,
        "left when it was broken"
    );
    let waits = with(None, None);
    let n = |min| {
        waits
            .tally_at(BEGAN.plus(min * MINUTE_MS))
            .get(Count::PromiseKnown)
    };
    assert_eq!((n(10), n(11)), (0, 1));
}
