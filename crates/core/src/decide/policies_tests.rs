//! `decide` under policies of an operator's: own rules, targets, weights, switches.

use super::*;
use crate::policy::{Condition, Rule, RuleAction};

fn with_rules(rules: &[(&str, &str, RuleAction)]) -> Policy {
    let rule = |(name, when, action): &(&str, &str, RuleAction)| Rule {
        name: (*name).into(),
        when: Condition::new(*when),
        action: *action,
        team: Some("Key accounts".into()),
        priority: 3,
        because: "a team complains".into(),
    };
    Policy {
        rules: rules.iter().map(rule).collect(),
        ..Policy::default()
    }
}

#[test]
fn an_operators_own_rule_adds_its_reason_team_and_priority() {
    let when = r#"contact.plan == "team" && signal("topic.complaint") > 0.3"#;
    let policy = with_rules(&[("teams", when, RuleAction::Escalate)]);
    let decision = decide(&policy, &view(&[(Trigger::Complaint, 0.35)]), NOW);
    assert_eq!(decision.action, Action::Escalate);
    assert_eq!(decision.triggers(), [Trigger::OwnRule]);
    assert_eq!(decision.target.team.as_deref(), Some("Key accounts"));
    assert_eq!(decision.priority, 3);
    assert_eq!(decision.reasons[0].rule.as_deref(), Some("teams"));
    assert_eq!(decision.reasons[0].evidence[0].text(), "a team complains");
    assert_eq!(
        decision.counterfactual.as_deref(),
        Some("without teams this would be an answer")
    );
    let calm = decide(&policy, &view(&[(Trigger::Complaint, 0.2)]), NOW);
    assert_eq!(calm.action, Action::Answer);
}

#[test]
fn an_own_rule_never_lowers_what_would_happen_without_it() {
    for action in [RuleAction::Clarify, RuleAction::Offer, RuleAction::Escalate] {
        let policy = with_rules(&[("always", "true", action), ("broken", "(", action)]);
        let wish = view(&[(Trigger::RequestHuman, 1.0)]);
        assert_eq!(decide(&policy, &wish, NOW).action, Action::Escalate);
        let failed = View {
            abstentions: 2,
            ..view(&[])
        };
        assert!(decide(&policy, &failed, NOW).action >= Action::Offer);
    }
}

#[test]
fn the_target_is_the_team_of_the_most_urgent_reason() {
    let policy = Policy {
        teams: [
            (Trigger::Complaint, "Care".into()),
            (Trigger::BillingDispute, "Billing".into()),
        ]
        .into(),
        priorities: [(Trigger::BillingDispute, 2), (Trigger::Vip, 1)].into(),
        ..Policy::default()
    };
    let mut both = view(&[(Trigger::Complaint, 1.0), (Trigger::BillingDispute, 0.6)]);
    both.customer.vip = true;
    let decision = decide(&policy, &both, NOW);
    assert_eq!(decision.target.team.as_deref(), Some("Billing"));
    assert!(decision.target.dedicated_agent);
    assert_eq!(decision.priority, 2);
    let calm = decide(&policy, &view(&[]), NOW);
    assert_eq!((calm.target, calm.priority), (Target::default(), 0));
}

#[test]
fn weights_and_switches_change_what_counts() {
    let complaint = view(&[(Trigger::Complaint, 0.6), (Trigger::Anger, 1.0)]);
    let action = |policy: &Policy| decide(policy, &complaint, NOW).action;
    let weigh = |weight: f64| Policy {
        weights: [(Trigger::Complaint, weight)].into(),
        ..Policy::default()
    };
    assert_eq!(action(&weigh(1.0)), Action::Escalate);
    assert_eq!(action(&weigh(0.3)), Action::Answer);
    let no_mood = Policy {
        off: vec![Trigger::Anger, Trigger::Complaint],
        ..Policy::default()
    };
    let decision = decide(&no_mood, &complaint, NOW);
    assert_eq!((decision.action, decision.mood), (Action::Answer, 0.0));
}

#[test]
fn failed_answers_still_offer_where_handing_over_for_them_is_off() {
    let policy = Policy {
        off: vec![Trigger::FailedAttempts],
        ..Policy::default()
    };
    let useless = View {
        attempts: attempts(&[Outcome::DidNotHelp, Outcome::DidNotHelp]),
        ..view(&[])
    };
    assert_eq!(decide(&policy, &useless, NOW).action, Action::Offer);
}
