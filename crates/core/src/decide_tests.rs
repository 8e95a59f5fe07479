//! `decide`, case by case.

use super::*;
use crate::ids::{AttemptId, MessageId};

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
        earlier_mood: 0.0,
        attempts: vec![],
        abstentions: 0,
        clarified: false,
        declined: vec![],
        declined_at: None,
        answerable: Some(0.9),
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
fn small_talk_raises_nothing_even_from_a_vip() {
    let mut hello = view(&[]);
    hello.reading.small_talk = Some(crate::signal::SmallTalk::Greeting);
    hello.customer.vip = true;
    hello.answerable = Some(0.0);
    check(&hello, Action::Answer, &[]);
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
    assert_eq!(facts.len(), 8, "{facts:?}");
    assert!(
        facts
            .iter()
            .all(|text| !text.is_empty() && !text.contains('{')),
        "{facts:?}"
    );
}
