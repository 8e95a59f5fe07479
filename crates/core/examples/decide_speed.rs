//! How many decisions one core makes in a second: the decision step alone, on signals
//! that were read already, counterfactuals and evidence included.
//!
//! `cargo run --release --package segue-core --example decide_speed`

use std::hint::black_box;
use std::time::Instant;

use segue_core::attempt::{Attempt, Outcome};
use segue_core::decide::{Customer, EarlierContact, View, decide};
use segue_core::ids::{AttemptId, MessageId};
use segue_core::policy::{Policy, read};
use segue_core::signal::{Evidence, Reading, Signal, Trigger};
use segue_core::time::{DAY_MS, Timestamp};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const DECISIONS: usize = 400_000;
const ROUNDS: usize = 5;

const RULES: &str = r#"
[[rule]]
name = "Key accounts"
when = 'contact.plan == "business" && signal("topic.complaint") > 0.4'
do = "escalate"
[[rule]]
name = "Large amounts"
when = 'message.amount > 500.0 && contact.same_issue_contacts > 0'
do = "offer"
"#;

fn main() {
    let own = read(RULES).unwrap_or_default();
    for (name, view) in views() {
        measure(name, &Policy::default(), &[view], DECISIONS);
    }
    let all: Vec<View> = views().into_iter().map(|(_, view)| view).collect();
    measure("all of these in turn", &Policy::default(), &all, DECISIONS);
    measure(
        "the same with two rules of one's own",
        &own,
        &all,
        DECISIONS / 10,
    );
}

/// Prints the median of some rounds.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn measure(name: &str, policy: &Policy, views: &[View], decisions: usize) {
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            for view in views.iter().cycle().take(decisions) {
                black_box(decide(black_box(policy), black_box(view), NOW));
            }
            decisions as f64 / began.elapsed().as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    println!("{:>10.0} a second  {name}", rates[ROUNDS / 2]);
}

fn views() -> Vec<(&'static str, View)> {
    let view = |signals: &[(Trigger, f64)], answerable: f64| View {
        customer: Customer {
            plan: "team".into(),
            ..Customer::default()
        },
        reading: Reading {
            signals: signals.iter().copied().map(signal).collect(),
            ..Reading::default()
        },
        answerable: Some(answerable),
        ..View::default()
    };
    let attempt = |n: u128| Attempt {
        id: AttemptId::new(NOW, n),
        message_id: MessageId::new(NOW, n),
        at: NOW,
        suggestion: "Clear the cache and sign in again.".into(),
        article_id: None,
        article_title: None,
        outcome: Outcome::DidNotHelp,
        outcome_words: Some("that did not help".into()),
    };
    let contact = EarlierContact {
        subject: "the parcel did not come".into(),
        closed_at: NOW.plus(-3 * DAY_MS),
    };
    let upset = [
        (Trigger::Complaint, 0.4),
        (Trigger::Frustration, 0.7),
        (Trigger::Anger, 0.5),
    ];
    vec![
        ("a calm question with an article", view(&[], 0.9)),
        ("an article that answers in part", view(&[], 0.45)),
        (
            "a billing dispute",
            view(&[(Trigger::BillingDispute, 0.9)], 0.5),
        ),
        (
            "upset over ten turns",
            View {
                moods: vec![0.1, 0.2, 0.0, 0.4, 0.3, 0.5, 0.2, 0.6, 0.7],
                ..view(&upset, 0.5)
            },
        ),
        (
            "two useless answers",
            View {
                attempts: vec![attempt(1), attempt(2)],
                ..view(&[(Trigger::Frustration, 0.6)], 0.4)
            },
        ),
        (
            "an enterprise customer for the fourth time",
            View {
                customer: Customer {
                    plan: "enterprise".into(),
                    same_issue: vec![contact; 3],
                    ..Customer::default()
                },
                ..view(&[(Trigger::UnresolvedReference, 0.8)], 0.6)
            },
        ),
    ]
}

fn signal((trigger, strength): (Trigger, f64)) -> Signal {
    Signal {
        trigger,
        strength,
        evidence: vec![Evidence::words("words of the customer")],
    }
}
