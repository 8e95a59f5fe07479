//! `decide`, case by case.

use super::*;
use crate::attempt::{Attempt, Outcome};
use crate::ids::{AttemptId, MessageId};
use crate::signal::{Evidence, Reading, Signal, SmallTalk};
use crate::time::DAY_MS;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn view(signals: &[(Trigger, f64)]) -> View {
    let signals = signals
        .iter()
        .map(|(trigger, strength)| Signal {
            trigger: *trigger,
            strength: *strength,
            evidence: vec![Evidence::words("…")],
        })
        .collect();
    View {
        customer: Customer {
            plan: "team".into(),
            ..Customer::default()
        },
        reading: Reading {
            signals,
            ..Reading::default()
        },
        answerable: Some(0.9),
        ..View::default()
    }
}

fn attempts(outcomes: &[Outcome]) -> Vec<Attempt> {
    let attempt = |(n, outcome): (usize, &Outcome)| Attempt {
        id: AttemptId::new(NOW, n as u128),
        message_id: MessageId::new(NOW, n as u128),
        at: NOW,
        suggestion: "clear the cache".into(),
        article_id: None,
        article_title: None,
        outcome: *outcome,
        outcome_words: None,
    };
    outcomes.iter().enumerate().map(attempt).collect()
}

#[track_caller]
fn check(view: &View, action: Action, reasons: &[Trigger]) {
    let decision = decide(&Policy::default(), view, NOW);
    assert_eq!(
        (decision.action, decision.triggers()),
        (action, reasons.to_vec()),
        "{decision:#?}"
    );
}

#[test]
fn a_calm_question_with_an_article_is_answered() {
    check(&view(&[]), Action::Answer, &[]);
}

#[test]
fn the_customers_wish_escalates_even_when_everything_is_switched_off_or_declined() {
    let wish = View {
        declined: Trigger::ALL.to_vec(),
        ..view(&[(Trigger::RequestHuman, 0.9)])
    };
    let policy = Policy {
        off: Trigger::ALL.to_vec(),
        threshold: 1.0,
        ..Policy::default()
    };
    assert_eq!(decide(&policy, &wish, NOW).action, Action::Escalate);
}

#[test]
fn mood_alone_never_escalates_but_makes_weak_articles_escalate() {
    let furious = [(Trigger::Anger, 1.0), (Trigger::Frustration, 1.0)];
    check(&view(&furious), Action::Answer, &[]);
    check(
        &View {
            answerable: Some(0.1),
            ..view(&[])
        },
        Action::Offer,
        &[Trigger::NoArticle],
    );
    check(
        &View {
            answerable: Some(0.1),
            ..view(&furious)
        },
        Action::Escalate,
        &[Trigger::NoArticle],
    );
    check(
        &View {
            answerable: Some(0.45),
            ..view(&furious)
        },
        Action::Escalate,
        &[Trigger::PartialMatch],
    );
}

#[test]
fn mood_lowers_the_threshold_of_the_rules() {
    check(&view(&[(Trigger::Complaint, 0.35)]), Action::Answer, &[]);
    check(
        &view(&[(Trigger::Complaint, 0.35), (Trigger::Anger, 0.8)]),
        Action::Escalate,
        &[Trigger::Complaint],
    );
}

#[test]
fn a_declined_reason_does_not_escalate_again_but_another_one_does() {
    let declined = |signals: &[(Trigger, f64)]| View {
        declined: vec![Trigger::Complaint],
        ..view(signals)
    };
    check(&declined(&[(Trigger::Complaint, 0.9)]), Action::Answer, &[]);
    check(
        &declined(&[(Trigger::Complaint, 0.9), (Trigger::Cancellation, 0.9)]),
        Action::Escalate,
        &[Trigger::Cancellation],
    );
}

#[test]
fn vip_onboarding_and_repeat_contacts_escalate_from_facts() {
    let vip = Customer {
        vip: true,
        ..Customer::default()
    };
    check(
        &View {
            customer: vip,
            ..view(&[])
        },
        Action::Escalate,
        &[Trigger::Vip],
    );
    let plan = Customer {
        plan: "enterprise".into(),
        ..Customer::default()
    };
    check(
        &View {
            customer: plan,
            ..view(&[])
        },
        Action::Escalate,
        &[Trigger::Vip],
    );
    let signed_up = |days: i64| Customer {
        signed_up_at: Some(NOW.plus(-days * DAY_MS)),
        ..Customer::default()
    };
    check(
        &View {
            customer: signed_up(6),
            ..view(&[])
        },
        Action::Escalate,
        &[Trigger::Onboarding],
    );
    check(
        &View {
            customer: signed_up(7),
            ..view(&[])
        },
        Action::Answer,
        &[],
    );
    let contact = |days: i64| EarlierContact {
        subject: "parcel".into(),
        closed_at: NOW.plus(-days * DAY_MS),
    };
    let repeat = |days: &[i64]| Customer {
        same_issue: days.iter().map(|d| contact(*d)).collect(),
        ..Customer::default()
    };
    check(
        &View {
            customer: repeat(&[1, 5, 80]),
            ..view(&[])
        },
        Action::Escalate,
        &[Trigger::RepeatContact],
    );
    check(
        &View {
            customer: repeat(&[1, 5, 91]),
            ..view(&[])
        },
        Action::Answer,
        &[],
    );
}

#[test]
fn small_talk_and_questions_outside_the_trade_raise_nothing_even_from_a_vip() {
    for small_talk in [SmallTalk::Greeting, SmallTalk::OutOfTrade] {
        let mut hello = view(&[(Trigger::Anger, 0.9)]);
        hello.reading.small_talk = Some(small_talk);
        hello.customer.vip = true;
        hello.answerable = Some(0.0);
        hello.abstentions = 5;
        hello.readings = vec!["Parcels".into(), "Letters".into()];
        check(&hello, Action::Answer, &[]);
        hello.wish("button");
        check(&hello, Action::Escalate, &[Trigger::RequestHuman]);
    }
}

#[test]
fn two_unsuccessful_answers_offer_and_two_useless_ones_escalate() {
    let asked_again = attempts(&[Outcome::DidNotHelp, Outcome::AskedAgain]);
    check(
        &View {
            attempts: asked_again,
            ..view(&[])
        },
        Action::Offer,
        &[Trigger::FailedAttempts],
    );
    let abstained = View {
        attempts: attempts(&[Outcome::AskedAgain]),
        abstentions: 1,
        ..view(&[])
    };
    check(&abstained, Action::Offer, &[Trigger::FailedAttempts]);
    let useless = attempts(&[Outcome::DidNotHelp, Outcome::DidNotHelp]);
    check(
        &View {
            attempts: useless,
            ..view(&[])
        },
        Action::Escalate,
        &[Trigger::FailedAttempts],
    );
    check(
        &View {
            attempts: attempts(&[Outcome::DidNotHelp]),
            ..view(&[])
        },
        Action::Answer,
        &[],
    );
}

#[test]
fn ambiguity_asks_once() {
    let ambiguous = view(&[(Trigger::Ambiguous, 0.8)]);
    check(&ambiguous, Action::Clarify, &[Trigger::Ambiguous]);
    let asked = View {
        clarified: true,
        ..ambiguous
    };
    assert_ne!(
        decide(&Policy::default(), &asked, NOW).action,
        Action::Clarify
    );
}

#[test]
fn a_question_between_articles_is_asked_back_unless_something_escalates() {
    let between = |signals: &[(Trigger, f64)]| View {
        readings: vec!["Move a parcel".into(), "Move house".into()],
        answerable: Some(0.4),
        ..view(signals)
    };
    check(
        &between(&[]),
        Action::Clarify,
        &[Trigger::PartialMatch, Trigger::Ambiguous],
    );
    check(
        &between(&[(Trigger::Complaint, 0.9)]),
        Action::Escalate,
        &[
            Trigger::Complaint,
            Trigger::PartialMatch,
            Trigger::Ambiguous,
        ],
    );
    let failed = View {
        abstentions: 2,
        ..between(&[])
    };
    assert_eq!(
        decide(&Policy::default(), &failed, NOW).action,
        Action::Offer
    );
    let one = View {
        readings: vec!["Move a parcel".into()],
        answerable: Some(0.9),
        ..between(&[])
    };
    check(&one, Action::Answer, &[]);
}

#[test]
fn a_mood_that_lasts_counts_more_and_one_long_calmed_less() {
    let level = |moods: &[f64], now: f64| {
        let view = View {
            moods: moods.to_vec(),
            ..view(&[(Trigger::Anger, now)])
        };
        decide(&Policy::default(), &view, NOW).mood
    };
    let check = |moods: &[f64], now: f64, expected: f64| {
        let level = level(moods, now);
        assert!((level - expected).abs() < 0.006, "{moods:?} {now}: {level}");
    };
    check(&[], 0.5, 0.5);
    check(&[0.0, 0.0], 0.5, 0.5);
    check(&[0.5, 0.5], 0.5, 0.6);
    check(&[0.3, 0.6], 0.9, 1.0);
    check(&[0.9], 0.0, 0.72);
    check(&[0.9, 0.0, 0.0, 0.0, 0.0], 0.0, 0.29);
    assert!(level(&[0.1, 0.3], 0.6) > level(&[0.6, 0.3], 0.1));
}

#[test]
fn the_decision_tells_what_each_rule_brought() {
    let decision = decide(
        &Policy::default(),
        &view(&[(Trigger::Complaint, 0.35), (Trigger::Anger, 0.8)]),
        NOW,
    );
    let told = |trigger: Trigger| {
        let reason = decision.reasons.iter().find(|r| r.trigger == trigger);
        reason.unwrap().contribution
    };
    assert_eq!(told(Trigger::Complaint), 0.35);
    assert!((told(Trigger::Anger) - -0.24).abs() < 1e-9);
    assert_eq!((decision.calm_threshold, decision.mood), (0.5, 0.8));
    assert!((decision.threshold - 0.26).abs() < 1e-9);
    assert!((decision.margin - 0.09).abs() < 1e-9);
}

#[test]
fn what_would_have_changed_it_was_found_by_deciding_again() {
    let told = |view: &View| decide(&Policy::default(), view, NOW).counterfactual;
    let check = |view: &View, expected: Option<&str>| {
        assert_eq!(
            told(view).as_deref(),
            expected,
            "{:#?}",
            decide(&Policy::default(), view, NOW)
        );
    };
    check(
        &view(&[(Trigger::BillingDispute, 0.9)]),
        Some("without topic.billing_dispute this would be an answer"),
    );
    let weak = |signals: &[(Trigger, f64)]| View {
        answerable: Some(0.4),
        ..view(signals)
    };
    check(
        &weak(&[(Trigger::BillingDispute, 0.9)]),
        Some("without topic.billing_dispute this would be an offer"),
    );
    check(
        &view(&[(Trigger::Complaint, 0.9), (Trigger::Cancellation, 0.9)]),
        Some("without topic.complaint and topic.cancellation this would be an answer"),
    );
    check(
        &view(&[(Trigger::Complaint, 0.35)]),
        Some("with topic.complaint at 0.50 this would be an escalation"),
    );
    check(
        &weak(&[]),
        Some("without confidence.partial_match this would be an answer"),
    );
    check(&view(&[]), None);
    // Two answers called useless: without that reason the offer after failures remains.
    let useless = View {
        attempts: attempts(&[Outcome::DidNotHelp, Outcome::DidNotHelp]),
        ..view(&[])
    };
    check(
        &useless,
        Some("without confidence.failed_attempts this would be an offer"),
    );
    let calm = decide(
        &Policy::default(),
        &view(&[(Trigger::Complaint, 0.35), (Trigger::Anger, 0.8)]),
        NOW,
    );
    let changes: Vec<&Change> = calm.would_change.iter().map(|one| &one.change).collect();
    assert!(changes.contains(&&Change::CalmMood), "{changes:?}");
}

#[test]
fn a_view_and_a_decision_of_before_are_read() {
    let view = r#"{"customer":{"plan":"","vip":false,"signed_up_at":null,"same_issue":[]},"reading":{"language":null,
        "signals":[],"small_talk":null,"feedback":null,"repeats_question":false,"amounts":[]},"earlier_mood":0.4,
        "attempts":[],"abstentions":0,"clarified":false,"declined":[],"answerable":null}"#;
    let view: View = serde_json::from_str(view).unwrap();
    assert!((decide(&Policy::default(), &view, NOW).mood - 0.32).abs() < 1e-9);
    let decision = r#"{"action":"offer","reasons":[{"trigger":"topic.complaint","strength":0.5,"effect":"too_weak",
        "evidence":[]}],"score":0.5,"threshold":0.5,"margin":0.0,"counterfactual":null,"policy_version":1}"#;
    let decision: Decision = serde_json::from_str(decision).unwrap();
    assert_eq!(decision.would_change, vec![]);
}

#[test]
fn a_decision_replays_bit_for_bit_from_its_stored_inputs() {
    let view = view(&[(Trigger::Complaint, 0.4), (Trigger::Anger, 0.77)]);
    let stored: View = serde_json::from_str(&serde_json::to_string(&view).unwrap()).unwrap();
    assert_eq!(
        decide(&Policy::default(), &view, NOW),
        decide(&Policy::default(), &stored, NOW)
    );
}

#[test]
fn an_injection_is_recorded_and_changes_nothing() {
    let both = view(&[(Trigger::Injection, 1.0), (Trigger::LegalCompliance, 0.9)]);
    check(&both, Action::Escalate, &[Trigger::LegalCompliance]);
    check(&view(&[(Trigger::Injection, 1.0)]), Action::Answer, &[]);
}

#[test]
fn every_fact_has_its_words() {
    let view = View {
        customer: Customer {
            plan: "enterprise".into(),
            signed_up_at: Some(NOW.plus(-DAY_MS)),
            same_issue: vec![
                EarlierContact {
                    subject: "the app crashes".into(),
                    closed_at: NOW.plus(-DAY_MS),
                };
                3
            ],
            ..Customer::default()
        },
        attempts: attempts(&[Outcome::DidNotHelp, Outcome::DidNotHelp]),
        answerable: Some(0.4),
        readings: vec!["Crashes".into(), "Sign in".into()],
        ..view(&[])
    };
    let decision = decide(&Policy::default(), &view, NOW);
    let facts: Vec<&str> = decision
        .reasons
        .iter()
        .flat_map(|reason| &reason.evidence)
        .filter(|evidence| matches!(evidence, Evidence::Fact { .. }))
        .map(Evidence::text)
        .collect();
    assert_eq!(facts.len(), 10, "{facts:?}");
    assert!(
        facts
            .iter()
            .all(|text| !text.is_empty() && !text.contains('{')),
        "{facts:?}"
    );
}

#[path = "policies_tests.rs"]
mod policies;
