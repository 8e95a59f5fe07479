//! What is no matter for support (P38).

use super::*;

/// Share and signs of one history, long after.
fn settled(told: &Told) -> ((u32, u32), Vec<Sign>) {
    let cells: Vec<_> = told
        .case()
        .counts(&Hours::always(), LATER)
        .into_iter()
        .collect();
    let (all, _) = product(&cells);
    let signs = all.signs.iter().map(|it| it.sign).collect();
    (parts_of(all.unsettled), signs)
}

fn ended(disposition: Disposition) -> Told {
    let mut told = answered(MINUTE_MS);
    told.ends(HOUR_MS, disposition);
    told
}

#[test]
fn what_agents_could_not_settle_says_by_what() {
    let of = |disposition| settled(&ended(disposition));
    assert_eq!(of(Disposition::Solved), ((0, 1), vec![]));
    let to_product = ((1, 1), vec![Sign::ProductProblem]);
    assert_eq!(of(Disposition::ProductProblem), to_product);
    assert_eq!(
        of(Disposition::NotSolvable),
        ((1, 1), vec![Sign::NotSolvable])
    );
    assert_eq!(
        of(Disposition::Workaround),
        ((1, 1), vec![Sign::Workaround])
    );

    let mut back = ended(Disposition::Workaround);
    back.put(9 * DAY_MS, reopened(), None);
    let both = vec![Sign::Workaround, Sign::Reopened];
    assert_eq!(settled(&back), ((1, 1), both), "one handoff, two signs");
    assert_eq!(
        settled(&answered(MINUTE_MS)),
        ((1, 1), vec![Sign::Stuck]),
        "it goes on for more than three days"
    );
}

#[test]
fn who_fell_silent_or_was_never_answered_says_nothing_of_the_product() {
    let mut silent = answered(MINUTE_MS);
    silent.ends(5 * DAY_MS, Disposition::NoReply);
    assert_eq!(settled(&silent).0, (0, 0));
    let mut waits = told();
    waits.hands_off(0, &[Trigger::Vip]);
    assert_eq!(settled(&waits).0, (0, 0), "nobody has looked yet");
}

#[test]
fn a_topic_stands_beside_all_others() {
    let mut cells = vec![];
    for n in 0..40 {
        let disposition = if n % 10 == 0 {
            Disposition::NotSolvable
        } else {
            Disposition::Solved
        };
        let mut case = ended(disposition).case();
        case.topic = "orders".into();
        cells.extend(case.counts(&Hours::always(), LATER));
        if n % 2 == 0 {
            let mut bad = ended(Disposition::ProductProblem).case();
            bad.topic = "lamps".into();
            cells.extend(bad.counts(&Hours::always(), LATER));
        }
    }
    let (all, matters) = product(&cells);
    assert_eq!(parts_of(all.unsettled), (24, 60));
    let topics: Vec<&str> = matters.iter().map(|it| it.topic.as_str()).collect();
    assert_eq!(topics, ["lamps", "orders"], "most first");
    assert_eq!(parts_of(matters[0].settled.unsettled), (20, 20));
    assert_eq!(parts_of(matters[0].beside_others.before), (4, 40));
    assert!(matters[0].beside_others.low.unwrap() > 0.0);
    assert!(matters[1].beside_others.high.unwrap() < 0.0);
}
