//! Who has to say things again (P35).

use super::*;

#[test]
fn who_says_it_again_is_noticed_by_what_they_do() {
    let mut told = answered(MINUTE_MS);
    told.customer(2 * MINUTE_MS);
    assert_eq!(parts_of(told.figures().repetition.repeated), (0, 1));
    let repeated = |how| Fact::CustomerRepeated {
        message_id: id(70),
        of: None,
        how,
    };
    told.put(3 * MINUTE_MS, repeated(Repetition::Said), None);
    told.put(3 * MINUTE_MS, repeated(Repetition::Restated), None);
    let despite = |guard| Fact::SentDespite {
        message_id: id(71),
        guard,
        of: None,
    };
    told.put(4 * MINUTE_MS, despite(Guard::ColdGreeting), None);
    assert_eq!(
        parts_of(told.figures().repetition.asked_again),
        (0, 1),
        "rude, but no question"
    );
    told.put(4 * MINUTE_MS, despite(Guard::AsksAgain), None);
    let repetition = told.figures().repetition;
    assert_eq!(
        parts_of(repetition.repeated),
        (1, 1),
        "both ways are one customer"
    );
    assert_eq!(parts_of(repetition.said), (1, 1));
    assert_eq!(parts_of(repetition.asked_again), (1, 1));
}
