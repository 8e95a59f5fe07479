//! Reading takes any text: it never panics, strengths stay within 0..1, and evidence
//! is a span of the text.

use segue_core::signal::Trigger;

use proptest::prelude::*;

use super::{Context, Reader};
use crate::retrieval::passages;

fn check_any(text: &str) {
    let earlier = [text.to_owned()];
    let context = Context {
        earlier: &earlier,
        last_answer: Some(text),
        offered: true,
        ..Context::default()
    };
    passages(text, text);
    let reading = Reader::lexical().read(text, &context);
    for signal in &reading.signals {
        assert!(
            (0.0..=1.0).contains(&signal.strength),
            "{text:?} {signal:?}"
        );
        assert!(!signal.evidence.is_empty(), "{text:?} {signal:?}");
        for evidence in &signal.evidence {
            assert!(text.contains(evidence.text()), "{text:?} {evidence:?}");
        }
    }
    let mut triggers: Vec<Trigger> = reading
        .signals
        .iter()
        .map(|signal| signal.trigger)
        .collect();
    triggers.dedup();
    assert_eq!(
        triggers.len(),
        reading.signals.len(),
        "a trigger stands at most once"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn reading_is_total(text in "\\PC{0,200}") {
        check_any(&text);
    }

    #[test]
    fn reading_is_total_on_words_of_the_rules(words in proptest::collection::vec(
        prop_oneof![
            Just("human"), Just("агент"), Just("@gent"), Just("refund"), Just("$"), Just("€9.99"), Just("h u m a n"), Just("!!!"),
            Just("not"), Just("TALK"), Just("转人工"), Just("l'"), Just("to a"), Just("\u{200b}"), Just("cancel"), Just("my"), Just("\n"), Just("”"),
            Just("account"), Just("speek"), Just(".."), Just("ﬁ"), Just("İ"), Just("hacked")
        ], 0..30), gap in prop_oneof![Just(" "), Just("")]) {
        check_any(&words.join(gap));
    }
}
