//! What is said of an issue, and what is suggested.

use super::*;
use crate::decide::Effect;
use crate::ids::{ArticleId, AttemptId};
use crate::signal::Evidence;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Turns of which all but the complaints tell the issue.
fn turns(texts: &[&str]) -> Vec<Turn> {
    let turn = |text: &&str| Turn {
        message_id: None,
        text: (*text).into(),
        mood: 0.4,
        tells_issue: !text.starts_with("no"),
    };
    texts.iter().map(turn).collect()
}

#[test]
fn the_issue_is_what_the_customer_came_for() {
    let seen = |trigger, words: &str| Reason {
        trigger,
        rule: None,
        contribution: 0.9,
        strength: 0.9,
        effect: Effect::Escalates,
        evidence: vec![Evidence::words(words)],
    };
    let check = |texts: &[&str], reasons: &[Reason], issue: &str| {
        let turns = turns(texts);
        let found = super::build::issue(&turns, reasons).map_or("", |turn| &turn.text);
        assert_eq!(found, issue, "{texts:?}");
    };
    let two = [
        "Where is my order?",
        "You charged me twice.",
        "nothing works",
    ];
    check(&two, &[], "You charged me twice.");
    let disputed = seen(Trigger::BillingDispute, "charged me twice");
    check(
        &["You charged me twice.", "And where is it?"],
        &[disputed],
        "You charged me twice.",
    );
    let again = seen(Trigger::UnresolvedReference, "third time");
    check(
        &["How long does it take?", "no, third time!"],
        &[again],
        "How long does it take?",
    );
    check(&["no", "nothing"], &[], "nothing");
    check(&[], &[], "");
}

#[test]
fn next_steps_never_repeat_what_was_tried() {
    let attempt = Attempt {
        id: AttemptId::new(NOW, 1),
        message_id: MessageId::new(NOW, 1),
        at: NOW,
        suggestion: "Clear the cache.".into(),
        article_id: None,
        article_title: Some("The app crashes".into()),
        outcome: Outcome::DidNotHelp,
        outcome_words: None,
    };
    let suggestion = |title: &str| Suggestion {
        article_id: ArticleId::new(NOW, title.len() as u128),
        title: title.into(),
        passage: "Do this.".into(),
    };
    let package = build(
        Sources {
            handoff_id: &HandoffId::new(NOW, 1),
            conversation_id: &ConversationId::new(NOW, 1),
            through_seq: 9,
            language: "en",
            turns: &turns(&["the app crashes when I pay", "no, that did not help"]),
            decision: None,
            answerable: Some(0.7),
            attempts: &[attempt],
            customer: CustomerCard::default(),
            suggestions: &[
                suggestion("The app crashes"),
                suggestion("Reinstall the app"),
            ],
            files: vec![],
            customer_from: BTreeMap::new(),
            open: &[],
            similar: vec![],
            look_up: None,
        },
        NOW,
    );
    assert_eq!(package.assessment.issue, "the app crashes when I pay");
    let sources: Vec<&str> = package
        .next_steps
        .iter()
        .map(|step| step.source.as_str())
        .collect();
    assert_eq!(sources, ["Reinstall the app"]);
}

#[test]
fn shortening_cuts_at_a_word_and_survives_any_script() {
    assert_eq!(shorten("one two three", 8), "one two…");
    assert_eq!(shorten("数据数据数据", 3), "数据数…");
    assert_eq!(shorten(" a  b ", 10), "a b");
}
