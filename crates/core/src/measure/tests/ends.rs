//! How handoffs end, and whether it holds (P38).

use super::*;

#[test]
fn solved_is_durable_when_its_week_is_over_and_nothing_came_back() {
    let mut held = answered(MINUTE_MS);
    held.ends(HOUR_MS, Disposition::Workaround);
    let at = |told: &Told, now| {
        let tally = told.tally_at(now);
        (tally.get(Count::Durable), tally.get(Count::Ripe))
    };
    let week_ends = BEGAN.plus(HOUR_MS + DURABLE_MS);
    assert_eq!(at(&held, week_ends), (0, 0), "its week is not over");
    assert_eq!(at(&held, week_ends.plus(1)), (1, 1));

    let mut back = answered(MINUTE_MS);
    back.ends(HOUR_MS, Disposition::Solved);
    back.put(3 * DAY_MS, reopened(), None);
    assert_eq!(
        at(&back, BEGAN.plus(4 * DAY_MS)),
        (0, 0),
        "all wait for their week"
    );
    assert_eq!(at(&back, LATER), (0, 1));
    assert_eq!(parts_of(back.figures().resolution.reopened), (1, 1));

    let mut late = answered(MINUTE_MS);
    late.ends(HOUR_MS, Disposition::Solved);
    late.put(9 * DAY_MS, reopened(), None);
    assert_eq!(
        at(&late, LATER),
        (1, 1),
        "after its week it is another matter"
    );

    let mut again = held.case();
    again.handoffs[0].at = BEGAN.plus(2 * DAY_MS);
    let mut theirs = [held.case(), again];
    find_returns(&mut theirs);
    assert_eq!(total(&theirs[0], LATER).get(Count::Durable), 0, "elsewhere");
    assert_eq!(theirs[1].handoffs[0].came_back_at, None);
    theirs[1].topic = "another".into();
    find_returns(&mut theirs);
    assert_eq!(
        total(&theirs[0], LATER).get(Count::Durable),
        1,
        "about something else"
    );
}

#[test]
fn solved_is_of_those_whose_end_is_known() {
    let end = |disposition| {
        let mut told = answered(MINUTE_MS);
        told.ends(HOUR_MS, disposition);
        parts_of(told.figures().resolution.solved)
    };
    assert_eq!(end(Disposition::Solved), (1, 1));
    assert_eq!(end(Disposition::Workaround), (1, 1));
    assert_eq!(end(Disposition::ProductProblem), (0, 1));
    assert_eq!(end(Disposition::NoReply), (0, 0));
    assert_eq!(end(Disposition::OutOfScope), (0, 0));
}

#[test]
fn a_verdict_says_whether_it_took_a_person() {
    let verdict = |knowable, disposition| {
        let mut told = answered(MINUTE_MS);
        let resolved = Fact::Resolved {
            by: ResolvedBy::Agent { agent: maya() },
            disposition: Some(disposition),
            knowable,
            handoff_id: None,
        };
        told.put(HOUR_MS, resolved, None);
        parts_of(told.figures().needless)
    };
    assert_eq!(verdict(None, Disposition::Solved), (0, 0), "nobody said");
    assert_eq!(verdict(Some(Knowable::No), Disposition::Solved), (0, 1));
    assert_eq!(
        verdict(Some(Knowable::ArticleMissing), Disposition::Solved),
        (1, 1)
    );
    assert_eq!(verdict(None, Disposition::Needless), (1, 1));
}

#[test]
fn a_handoff_of_more_than_three_days_is_stuck() {
    let open = answered(MINUTE_MS);
    let stuck = |told: &Told, now| {
        let tally = told.tally_at(now);
        (tally.get(Count::Stuck), tally.get(Count::StuckKnown))
    };
    assert_eq!(stuck(&open, BEGAN.plus(2 * DAY_MS)), (0, 0));
    assert_eq!(stuck(&open, BEGAN.plus(4 * DAY_MS)), (1, 1));
    let mut quick = answered(MINUTE_MS);
    quick.ends(HOUR_MS, Disposition::Solved);
    assert_eq!(stuck(&quick, LATER), (0, 1));
}
