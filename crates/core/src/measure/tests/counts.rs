//! Counts: on which day, until when they hold, and back again.

use super::*;

#[test]
fn an_agents_time_is_what_their_messages_took() {
    let mut told = told();
    told.hands_off(0, &[Trigger::Vip])
        .accepts(MINUTE_MS)
        .replies(3 * MINUTE_MS);
    // The customer is away for an hour; that is not the agent's time.
    told.customer(63 * MINUTE_MS).replies(65 * MINUTE_MS);
    // And this gap is cut.
    told.replies(200 * MINUTE_MS);
    assert_eq!(told.case().handoffs[0].work_ms, (2 + 2 + 10) * MINUTE_MS);
}

#[test]
fn days_are_those_on_the_wall() {
    let mut told = told();
    told.events[0].at = Timestamp::parse("2027-01-18T23:30:00Z").unwrap();
    let hours = Hours {
        zone: "Europe/Berlin".into(),
        ..Hours::always()
    };
    let case = told.case_in(&hours, None);
    let key = case.counts(&hours, LATER).into_keys().next().unwrap();
    assert_eq!(
        hours.day_begins(key.day).date("Europe/Berlin"),
        "2027-01-19"
    );
}

#[test]
fn counts_change_only_when_they_say_so() {
    let mut told = told();
    told.promises(0, &[Trigger::Vip], Some(10));
    let check = |case: &Case, moments: usize| {
        let (mut now, mut seen) = (BEGAN, 0);
        while let Some(next) = case.changes_after(now) {
            let counts = |at| case.counts(&Hours::always(), at);
            assert_eq!(counts(now), counts(next.plus(-1)), "until {next}");
            (now, seen) = (next, seen + 1);
        }
        assert_eq!(seen, moments);
        assert_eq!(total(case, now), total(case, LATER));
    };
    check(&told.case(), 3);
    told.replies(MINUTE_MS).ends(HOUR_MS, Disposition::Solved);
    check(&told.case(), 1);
}

#[test]
fn counts_survive_being_written_down_and_being_taken_away() {
    let mut told = answered(9 * MINUTE_MS);
    told.ends(HOUR_MS, Disposition::Solved)
        .rates(HOUR_MS + 1, 4, Some(true));
    let tally = told.tally();
    assert_eq!(Tally::parse(&tally.to_text()), Some(tally.clone()));
    let mut sum = tally.clone();
    sum.merge(&tally, -1);
    assert!(sum.is_empty());
    assert_eq!(Tally::parse("1:2 x"), None);
}

#[test]
fn a_period_is_taken_apart_by_what_each_is_about() {
    let mut cells = vec![];
    let day = Hours::always().day(BEGAN);
    for n in 0..40 {
        let mut told = told();
        told.customer(1_000);
        if n % 4 == 0 {
            told.hands_off(9_000, &[Trigger::Vip, Trigger::Complaint]);
        }
        cells.extend(told.case().counts(&Hours::always(), LATER));
    }
    let by_trigger = parts(&cells, Side::Trigger, day..day + 1);
    let named: Vec<(&str, u32, u32)> = by_trigger
        .iter()
        .map(|part| (part.name.as_str(), part.handoffs, part.escalated.n))
        .collect();
    assert_eq!(
        named,
        [("customer.vip", 10, 40), ("topic.complaint", 10, 40)]
    );
    let begun = by_trigger.iter().map(|part| part.conversations);
    assert_eq!(begun.collect::<Vec<_>>(), [10, 0], "by the main reason");
    let by_plan = parts(&cells, Side::Plan, day..day + 1);
    assert_eq!(parts_of(by_plan[0].escalated), (10, 40));
    assert_eq!(parts(&cells, Side::Plan, day + 1..day + 2), vec![]);
}
