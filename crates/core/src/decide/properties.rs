//! What holds of `decide` on any view, under any policy.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::attempt::{Attempt, Outcome};
use crate::ids::{AttemptId, MessageId};
use crate::policy::{Condition, Rule, RuleAction};
use crate::signal::{Amount, Evidence, Group, Reading, Signal, SmallTalk};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Late in the year 9999, near the last that is written in RFC 3339.
const LAST_MS: i64 = 253_402_200_000_000;

/// Strengths as they come, and such as nobody should send.
fn strength() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0..=1.0_f64, 1 => select(vec![-1.0, 0.0, 1.0, 7.5])]
}

fn signal() -> impl Strategy<Value = Signal> {
    (select(Trigger::ALL.to_vec()), strength()).prop_map(|(trigger, strength)| Signal {
        trigger,
        strength,
        evidence: vec![Evidence::words("words")],
    })
}

fn at() -> impl Strategy<Value = Timestamp> {
    let around = 1_700_000_000_000..1_900_000_000_000_i64;
    prop_oneof![9 => around, 1 => select(vec![0, LAST_MS])].prop_map(Timestamp::from_millis)
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let outcome = select(vec![
        Outcome::Unknown,
        Outcome::Helped,
        Outcome::DidNotHelp,
        Outcome::AskedAgain,
    ]);
    (outcome, at()).prop_map(|(outcome, at)| Attempt {
        id: AttemptId::new(NOW, 1),
        message_id: MessageId::new(NOW, 1),
        at,
        suggestion: "clear the cache".into(),
        article_id: None,
        article_title: None,
        outcome,
        outcome_words: Some("no".into()),
    })
}

prop_compose! {
    fn customer()(
        plan in select(vec!["", "free", "team", "enterprise"]),
        vip in proptest::bool::weighted(0.1),
        signed_up_at in proptest::option::of(at()),
        closed in vec(at(), 0..5),
    ) -> Customer {
        let contact = |closed_at| EarlierContact { subject: "parcel".into(), closed_at };
        Customer {
            plan: plan.into(),
            vip,
            signed_up_at,
            same_issue: closed.into_iter().map(contact).collect(),
        }
    }
}

prop_compose! {
    fn view()(
        customer in customer(),
        signals in vec(signal(), 0..5),
        small_talk in prop_oneof![5 => Just(None), 1 => Just(Some(SmallTalk::OutOfTrade))],
        cents in proptest::option::of(any::<i64>()),
        earlier_mood in strength(),
        moods in vec(strength(), 0..5),
        attempts in vec(attempt(), 0..4),
        (abstentions, clarified) in (0..4_u32, any::<bool>()),
        declined in subsequence(Trigger::ALL.to_vec(), 0..3),
        declined_at in proptest::option::of(at()),
        answerable in proptest::option::of(strength()),
        readings in 0..3_usize,
    ) -> View {
        let amount = |cents| Amount { cents, currency: Some("EUR".into()) };
        View {
            customer,
            reading: Reading {
                signals,
                small_talk,
                amounts: cents.map(amount).into_iter().collect(),
                ..Reading::default()
            },
            inbox: "Website".into(),
            earlier_mood,
            moods,
            attempts,
            abstentions,
            clarified,
            declined,
            declined_at,
            answerable,
            readings: (0..readings).map(|n| format!("article {n}")).collect(),
        }
    }
}

prop_compose! {
    /// Any policy, also such as `check` would refuse.
    fn policy()(
        (threshold, mood_weight, upset_at) in (strength(), strength(), strength()),
        (no_article_below, partial_below) in (strength(), strength()),
        (offer_after, escalate_after, repeat_contacts) in (0..4_u32, 0..4_u32, 0..4_u32),
        (onboarding_ms, repeat_window_ms) in (any::<i64>(), any::<i64>()),
        off in subsequence(Trigger::ALL.to_vec(), 0..6),
        limited in subsequence(Trigger::ALL.to_vec(), 0..3),
        weights in vec((select(Trigger::ALL.to_vec()), -1.0..4.0_f64), 0..3),
        rules in vec((0..5_usize, 0..3_usize), 0..3),
    ) -> Policy {
        let whens = ["true", "(", "contact.vip", "signal(\"topic.complaint\") > 0.4", "conversation.mood > 0.5"];
        let actions = [RuleAction::Escalate, RuleAction::Offer, RuleAction::Clarify];
        let rule = |(when, action): (usize, usize)| Rule {
            name: format!("rule {when}"),
            when: Condition::new(whens[when]),
            action: actions[action],
            team: None,
            priority: 200,
            because: String::new(),
        };
        Policy {
            threshold, mood_weight, upset_at, no_article_below, partial_below,
            offer_after, escalate_after, repeat_contacts, onboarding_ms, repeat_window_ms,
            off,
            only_plans: limited.iter().map(|trigger| (*trigger, vec!["team".into()])).collect(),
            weights: weights.into_iter().collect(),
            rules: rules.into_iter().map(rule).collect(),
            ..Policy::default()
        }
    }
}

/// A policy that `check` lets pass.
fn sound() -> impl Strategy<Value = Policy> {
    policy().prop_filter_map("unsound", |policy| {
        let policy = Policy {
            rules: policy
                .rules
                .into_iter()
                .filter(|rule| rule.when.check().is_ok())
                .take(1)
                .collect(),
            threshold: policy.threshold.clamp(0.3, 1.0),
            mood_weight: policy.mood_weight.clamp(0.0, 0.29),
            ..policy
        };
        Some(policy)
    })
}

fn plus(view: &View, signal: Signal) -> View {
    let mut more = view.clone();
    more.reading.signals.push(signal);
    more
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_view_is_decided_and_its_numbers_are_sound(policy in policy(), view in view(), now in any::<i64>()) {
        let now = Timestamp::from_millis(now);
        let decision = decide(&policy, &view, now);
        prop_assert!((0.0..=1.0).contains(&decision.score));
        prop_assert!((0.0..=1.0).contains(&decision.mood));
        prop_assert!(decision.threshold > 0.0 && decision.threshold <= decision.calm_threshold);
        prop_assert!(decision.priority <= HIGHEST_PRIORITY);
        prop_assert_eq!(decision.margin >= 0.0, decision.action == Action::Escalate, "{:#?}", decision);
        prop_assert!(decision.would_change.iter().all(|one| one.action != decision.action));
    }

    #[test]
    fn a_stored_view_replays_to_the_identical_decision(policy in policy(), view in view(), now in at()) {
        let stored: View = serde_json::from_str(&serde_json::to_string(&view).unwrap()).unwrap();
        let under: Policy = serde_json::from_str(&serde_json::to_string(&policy).unwrap()).unwrap();
        let decision = decide(&policy, &view, now);
        prop_assert_eq!(&decide(&under, &stored, now), &decision);
        let kept: Decision = serde_json::from_str(&serde_json::to_string(&decision).unwrap()).unwrap();
        prop_assert_eq!(kept, decision);
    }

    #[test]
    fn the_customers_wish_escalates_whatever_the_policy_says(policy in policy(), view in view(), strength in 0.5..=1.0_f64) {
        let said = Signal { trigger: Trigger::RequestHuman, strength, evidence: vec![] };
        prop_assert_eq!(decide(&policy, &plus(&view, said), NOW).action, Action::Escalate);
        let mut pressed = view;
        pressed.wish("button");
        prop_assert_eq!(decide(&policy, &pressed, NOW).action, Action::Escalate);
    }

    #[test]
    fn mood_alone_never_escalates(policy in policy(), moods in vec(strength(), 4), earlier in vec(strength(), 0..4)) {
        let policy = Policy { rules: vec![], ..policy };
        let triggers = [Trigger::Anger, Trigger::Frustration, Trigger::Urgency, Trigger::Helplessness];
        let signals = triggers.into_iter().zip(moods).map(|(trigger, strength)| Signal { trigger, strength, evidence: vec![] });
        let view = View {
            reading: Reading { signals: signals.collect(), ..Reading::default() },
            moods: earlier,
            ..View::default()
        };
        prop_assert_eq!(decide(&policy, &view, NOW).action, Action::Answer);
    }

    #[test]
    fn more_mood_never_takes_an_escalation_away(
        policy in sound(), view in view(), more in 0.0..=1.0_f64,
        mood in select(vec![Trigger::Anger, Trigger::Frustration, Trigger::Urgency, Trigger::Helplessness]),
    ) {
        // A mood that was declined is a case of declining, not of mood.
        prop_assume!(!view.declined.contains(&mood));
        let before = decide(&policy, &view, NOW);
        let angrier = plus(&view, Signal { trigger: mood, strength: more, evidence: vec![] });
        // An operator's own rule may ask back where the mood is bad, before a person is offered.
        let asks_back = policy.rules.iter().any(|rule| rule.action == RuleAction::Clarify);
        let after = decide(&policy, &angrier, NOW).action;
        prop_assert!(after >= before.action || before.action == Action::Answer || asks_back && after == Action::Clarify);
        let mut longer = view.clone();
        for one in &mut longer.moods {
            *one = one.max(more);
        }
        if before.action == Action::Escalate {
            prop_assert_eq!(decide(&policy, &angrier, NOW).action, Action::Escalate);
            prop_assert_eq!(decide(&policy, &longer, NOW).action, Action::Escalate);
        }
    }

    #[test]
    fn a_signal_more_never_lowers_the_action(policy in sound(), view in view(), signal in signal()) {
        let may_lower = view.declined.contains(&signal.trigger) || signal.trigger == Trigger::Ambiguous;
        prop_assume!(!may_lower);
        let before = decide(&policy, &view, NOW).action;
        let after = decide(&policy, &plus(&view, signal.clone()), NOW).action;
        // A rule of the operator's that asks back may do so instead of offering for a weak article.
        let asks_back = policy.rules.iter().any(|rule| rule.action == RuleAction::Clarify);
        prop_assert!(after >= before || asks_back && after == Action::Clarify, "{:?} → {:?} by {:?}", before, after, signal);
    }

    #[test]
    fn a_rule_more_never_takes_a_person_away(policy in sound(), view in view(), action in 0..3_usize) {
        let without = Policy { rules: vec![], ..policy };
        let action = [RuleAction::Escalate, RuleAction::Offer, RuleAction::Clarify][action];
        let rule = Rule {
            name: "always".into(), when: Condition::new("true"), action, team: None, priority: 0, because: String::new(),
        };
        let with = Policy { rules: vec![rule], ..without.clone() };
        let (before, after) = (decide(&without, &view, NOW), decide(&with, &view, NOW));
        let asks_back = action == RuleAction::Clarify && after.action == Action::Clarify;
        prop_assert!(after.action >= before.action || asks_back && before.action == Action::Offer);
    }

    #[test]
    fn what_would_have_changed_it_does(view in view()) {
        let policy = Policy::default();
        let decision = decide(&policy, &view, NOW);
        for one in &decision.would_change {
            let Change::Without { reasons } = &one.change else { continue };
            let off = Policy {
                off: reasons.iter().filter_map(|name| Trigger::from_name(name)).collect(),
                ..policy.clone()
            };
            let is_switchable = off.off.iter().all(|trigger| trigger.group() != Group::Request
                && *trigger != Trigger::FailedAttempts);
            if is_switchable {
                prop_assert_eq!(decide(&off, &view, NOW).action, one.action, "{:?}", one);
            }
        }
    }
}
