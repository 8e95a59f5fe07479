//! Satisfaction by who served (P34).

use super::*;

#[test]
fn who_served_a_customer_follows_from_who_spoke() {
    let mut alone = told();
    alone.customer(1_000).assistant(2_000).rates(9_000, 5, None);
    let mut both = answered(60_000);
    both.ends(100_000, Disposition::Solved)
        .rates(110_000, 2, Some(true));
    let mut human = told();
    human
        .customer(1_000)
        .hands_off(2_000, &[Trigger::RequestHuman]);
    human.replies(50_000).rates(110_000, 4, Some(false));
    let mut all = alone.tally();
    all.merge(&both.tally(), 1);
    all.merge(&human.tally(), 1);
    let figures = Figures::of(&all, &BTreeMap::new());
    assert_eq!(figures.csat.assistant.scores, [0, 0, 0, 0, 1]);
    assert_eq!(figures.csat.handoff.scores, [0, 1, 0, 0, 0]);
    assert_eq!(figures.csat.human.scores, [0, 0, 0, 1, 0]);
    assert_eq!(figures.csat.handoff.satisfied, Some(0.0));
    assert_eq!(
        parts_of(figures.repeated),
        (1, 2),
        "the assistant's customer was not asked"
    );
}

#[test]
fn satisfaction_is_compared_over_the_same_topics() {
    use ServedBy::{Assistant, Handoff};
    let mut topics = BTreeMap::<String, Tally>::new();
    let mut rate = |topic: &str, by, satisfied: i64, others: i64| {
        let tally = topics.entry(topic.into()).or_default();
        tally.add(Count::Rated(by, 5), satisfied);
        tally.add(Count::Rated(by, 1), others);
    };
    // The assistant has many easy ones; handoffs are mostly hard. On each topic it is alike.
    rate("easy", Assistant, 90, 10);
    rate("easy", Handoff, 9, 1);
    rate("hard", Assistant, 5, 5);
    rate("hard", Handoff, 20, 20);
    rate("only handed over", Handoff, 0, 10);
    rate("", Assistant, 0, 100);
    let mut all = Tally::default();
    for tally in topics.values() {
        all.merge(tally, 1);
    }
    let csat = Figures::of(&all, &topics).csat;
    let matched = csat.assistant_matched.unwrap();
    // 10/50 of 0.9 and 40/50 of 0.5.
    assert!((matched.satisfied - 0.58).abs() < 1e-9, "{matched:?}");
    assert_eq!(parts_of(matched.handoff), (29, 50));
    assert!((matched.covered - 50.0 / 60.0).abs() < 1e-9);
    assert!(matched.low < 0.58 && matched.high > 0.58);
    assert_eq!(csat.human_matched, None);
}
