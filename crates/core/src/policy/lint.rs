//! What is allowed in a policy and yet is hardly meant: rules that never fire, contradict
//! each other, hide the human, slow VIPs or new customers, or send conversations round in
//! circles. Nothing is refused for it; it is said, with where it stands and why.

use serde::{Deserialize, Serialize};

use super::cases::Cases;
use super::condition::Condition;
use super::read::Lines;
use super::said::{Said, Worth};
use super::{Policy, Rule, RuleAction};
use crate::signal::{Group, Trigger};
use crate::time::{DAY_MS, MINUTE_MS, SECOND_MS};

/// From here on a reason must be all but certain.
const HIGH_THRESHOLD: f64 = 0.8;
/// From here on a person is offered late.
const LATE_OFFER: u32 = 4;
/// Below this an article that hardly fits passes for an answer.
const LOW_MATCH: f64 = 0.1;
/// Nobody waits longer for an answer without wondering.
const SLOW_ANSWER_MS: i64 = 2 * MINUTE_MS;
/// Nobody reads an invitation in less.
const SHORT_INVITATION_MS: i64 = 10 * SECOND_MS;
/// More often than this nobody wants to hear that it takes longer.
const SHORT_REVIEW_MS: i64 = 30 * SECOND_MS;
/// Combinations of all pairs of rules together that are tried.
const MOST_TRIED: usize = 40_000;

/// What kind of thing it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// It can never fire, or has no effect.
    NeverFires,
    /// Two things say different things of the same customers.
    Contradicts,
    /// Customers who need a person get one late or not.
    HidesHuman,
    /// VIPs or new customers are served later than others.
    SlowsCustomers,
    /// A conversation can go round in circles.
    CanLoop,
}

/// Something that is hardly meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: FindingKind,
    /// The setting, as its path in TOML: `weights.topic.complaint`, `rule.0.when`.
    pub key: String,
    /// What is wrong, and why.
    pub said: Said,
}

impl Finding {
    /// Its line in the file that the policy was read from.
    pub fn line(&self, lines: &Lines) -> Option<usize> {
        lines.of(&self.key)
    }
}

/// What a policy speaks of and does not know: names that exist in the workspace. Empty lists
/// are not held against it.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Inboxes, by their names.
    pub inboxes: Vec<String>,
    /// Teams, by their names.
    pub teams: Vec<String>,
}

/// Everything that is hardly meant, worst first within each setting's order.
pub fn lint(policy: &Policy, known: &Known) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut put = |kind, key: &str, said| {
        found.push(Finding {
            kind,
            key: key.to_string(),
            said,
        });
    };
    weights(policy, &mut put);
    limits(policy, known, &mut put);
    off(policy, &mut put);
    hides(policy, &mut put);
    slows(policy, &mut put);
    rules(policy, &mut put);
    circles(policy, &mut put);
    found.sort_by_key(|finding| finding.kind);
    found
}

type Put<'a> = &'a mut dyn FnMut(FindingKind, &str, Said);

/// A weight so small that not even the worst mood makes up for it.
fn weights(policy: &Policy, put: Put<'_>) {
    let least = (policy.threshold - policy.mood_weight).max(0.05);
    for (trigger, weight) in &policy.weights {
        let escalates = matches!(
            trigger.group(),
            Group::Topic | Group::Complexity | Group::Customer
        );
        if escalates && *weight < least && !policy.off.contains(trigger) {
            let said = Said::new("lint.weight_too_low")
                .with("trigger", *trigger)
                .with("weight", weight.to_string())
                .with("least", Worth::Share(least));
            put(FindingKind::NeverFires, &format!("weights.{trigger}"), said);
        }
    }
    if policy.partial_below == policy.no_article_below {
        put(
            FindingKind::NeverFires,
            "partial_below",
            Said::new("lint.partial_never"),
        );
    }
}

/// Triggers that are limited to what there is not, or to whom they are not about.
fn limits(policy: &Policy, known: &Known, put: Put<'_>) {
    for (key, map) in [
        ("only_plans", &policy.only_plans),
        ("only_inboxes", &policy.only_inboxes),
    ] {
        for (trigger, _) in map.iter().filter(|(_, names)| names.is_empty()) {
            let said = Said::new("lint.nowhere").with("trigger", *trigger);
            put(FindingKind::NeverFires, &format!("{key}.{trigger}"), said);
        }
    }
    let is_there = |name: &String| known.inboxes.is_empty() || known.inboxes.contains(name);
    for (trigger, names) in &policy.only_inboxes {
        if !names.is_empty() && !names.iter().any(is_there) {
            let said = Said::new("lint.no_inbox").with("trigger", *trigger);
            let said = said.with("names", names.join(", "));
            put(
                FindingKind::NeverFires,
                &format!("only_inboxes.{trigger}"),
                said,
            );
        }
    }
    let has_team = |name: &str| {
        known.teams.is_empty()
            || known
                .teams
                .iter()
                .any(|team| team.eq_ignore_ascii_case(name))
    };
    for (trigger, team) in &policy.teams {
        if !has_team(team) {
            let said = Said::new("lint.no_team").with("team", team.as_str());
            put(FindingKind::NeverFires, &format!("teams.{trigger}"), said);
        }
    }
    for (n, rule) in policy.rules.iter().enumerate() {
        if let Some(team) = rule.team.as_ref().filter(|team| !has_team(team)) {
            let said = Said::new("lint.no_team").with("team", team.as_str());
            put(FindingKind::NeverFires, &format!("rule.{n}.team"), said);
        }
    }
    if let Some(plans) = policy.only_plans.get(&Trigger::Vip)
        && !plans.is_empty()
        && !plans.iter().any(|plan| policy.vip_plans.contains(plan))
    {
        let said = Said::new("lint.vip_limited")
            .with("plans", plans.join(", "))
            .with("vip_plans", policy.vip_plans.join(", "));
        put(FindingKind::Contradicts, "only_plans.customer.vip", said);
    }
}

/// Whether a policy says something of a trigger.
type IsSet = fn(&Policy, &Trigger) -> bool;

/// Settings of triggers that are off, and what nobody is sent for any more.
fn off(policy: &Policy, put: Put<'_>) {
    let is_set: [(&'static str, IsSet); 6] = [
        ("only_plans", |policy, trigger| {
            policy.only_plans.contains_key(trigger)
        }),
        ("only_inboxes", |policy, trigger| {
            policy.only_inboxes.contains_key(trigger)
        }),
        ("weights", |policy, trigger| {
            policy.weights.contains_key(trigger)
        }),
        ("teams", |policy, trigger| {
            policy.teams.contains_key(trigger)
        }),
        ("skills", |policy, trigger| {
            policy.skills.contains_key(trigger)
        }),
        ("priorities", |policy, trigger| {
            // What the default says was not written against it.
            let usual = Policy::default().priorities.get(trigger).copied();
            policy.priorities.get(trigger).copied() != usual
        }),
    ];
    for trigger in &policy.off {
        for (setting, is_set) in is_set {
            if is_set(policy, trigger) {
                let said = Said::new("lint.off_and_set").with("trigger", *trigger);
                let said = said.with("setting", Worth::Setting(setting));
                put(
                    FindingKind::Contradicts,
                    &format!("{setting}.{trigger}"),
                    said,
                );
            }
        }
        let needs_person = [
            Trigger::BillingDispute,
            Trigger::AccountSecurity,
            Trigger::LegalCompliance,
            Trigger::Complaint,
            Trigger::FailedAttempts,
        ];
        if needs_person.contains(trigger) {
            let said = Said::new("lint.off").with("trigger", *trigger);
            put(FindingKind::HidesHuman, "off", said);
        }
    }
    let none = [Trigger::NoArticle, Trigger::PartialMatch];
    if none.iter().all(|trigger| policy.off.contains(trigger)) {
        put(FindingKind::HidesHuman, "off", Said::new("lint.no_offer"));
    }
}

/// Numbers that keep customers with the assistant for long.
fn hides(policy: &Policy, put: Put<'_>) {
    let hides = FindingKind::HidesHuman;
    if policy.threshold >= HIGH_THRESHOLD {
        let said =
            Said::new("lint.threshold_high").with("threshold", Worth::Share(policy.threshold));
        put(hides, "threshold", said);
    }
    if policy.offer_after >= LATE_OFFER {
        put(
            hides,
            "offer_after",
            Said::new("lint.offer_late").with("n", policy.offer_after),
        );
    }
    if policy.escalate_after > LATE_OFFER {
        put(
            hides,
            "escalate_after",
            Said::new("lint.escalate_late").with("n", policy.escalate_after),
        );
    }
    if policy.offer_after > policy.escalate_after {
        put(hides, "offer_after", Said::new("lint.offer_after_escalate"));
    }
    if policy.no_article_below < LOW_MATCH {
        let said = Said::new("lint.match_low").with("share", Worth::Share(policy.no_article_below));
        put(hides, "no_article_below", said);
    }
    if policy.timings.answer_within_ms > SLOW_ANSWER_MS {
        let said = Said::new("lint.answer_slow")
            .with("span", Worth::Span(policy.timings.answer_within_ms));
        put(hides, "timings.answer_within", said);
    }
}

/// VIPs and new customers who come after others.
fn slows(policy: &Policy, put: Put<'_>) {
    let slows = FindingKind::SlowsCustomers;
    for trigger in [Trigger::Vip, Trigger::Onboarding] {
        if policy.off.contains(&trigger) {
            put(
                slows,
                "off",
                Said::new("lint.customer_off").with("trigger", trigger),
            );
        }
    }
    if policy.onboarding_ms < DAY_MS && !policy.off.contains(&Trigger::Onboarding) {
        let said = Said::new("lint.new_short").with("span", Worth::Span(policy.onboarding_ms));
        put(slows, "onboarding", said);
    }
    let priority = |trigger: &Trigger| policy.priorities.get(trigger).copied().unwrap_or(0);
    let vip = priority(&Trigger::Vip);
    // Whose account is in danger may go before everybody.
    let others = policy
        .priorities
        .iter()
        .filter(|(trigger, _)| **trigger != Trigger::AccountSecurity);
    if let Some((other, high)) = others
        .max_by_key(|(_, priority)| **priority)
        .filter(|(_, high)| **high > vip)
    {
        let said = Said::new("lint.vip_behind")
            .with("trigger", *other)
            .with("high", u32::from(*high))
            .with("low", u32::from(vip));
        put(slows, &format!("priorities.{other}"), said);
    }
}

/// The operator's own rules, each alone and each beside the others.
fn rules(policy: &Policy, put: Put<'_>) {
    let mut tried = 0;
    for (n, rule) in policy.rules.iter().enumerate() {
        one_rule(policy, n, rule, put);
        for (m, earlier) in policy.rules[..n].iter().enumerate() {
            let both = [&earlier.when, &rule.when];
            let Some(cases) =
                Cases::of(&both, policy).filter(|cases| tried + cases.count() <= MOST_TRIED)
            else {
                continue;
            };
            tried += cases.count();
            let answers = cases.answers(&both);
            pair((m, earlier), (n, rule), &answers, put);
        }
    }
}

fn one_rule(policy: &Policy, n: usize, rule: &Rule, put: Put<'_>) {
    let key = format!("rule.{n}.when");
    let named = |key| Said::new(key).with("rule", rule.name.as_str());
    let Some(cases) = Cases::of(&[&rule.when], policy) else {
        return;
    };
    let answers = cases.answers(&[&rule.when]);
    let holds = |answers: &[Vec<bool>]| answers.iter().filter(|answer| answer[0]).count();
    let held = holds(&answers);
    if held == 0 {
        let said = match off_signal(policy, &rule.when) {
            Some(trigger) => named("lint.rule_off_signal").with("trigger", trigger),
            None => named("lint.rule_never"),
        };
        put(FindingKind::NeverFires, &key, said);
        return;
    }
    let always = held == answers.len();
    if always && rule.action == RuleAction::Clarify {
        put(FindingKind::HidesHuman, &key, named("lint.ask_everybody"));
    }
    let is_lasting = cases.asked().all(|asked| asked.is_lasting());
    if is_lasting && rule.action == RuleAction::Escalate {
        put(FindingKind::CanLoop, &key, named("lint.rule_sticks"));
    }
}

/// The trigger whose being off keeps a condition from ever holding.
fn off_signal(policy: &Policy, condition: &Condition) -> Option<Trigger> {
    policy.off.iter().copied().find(|trigger| {
        let with = Policy {
            off: policy
                .off
                .iter()
                .copied()
                .filter(|one| one != trigger)
                .collect(),
            ..policy.clone()
        };
        let cases = Cases::of(&[condition], &with);
        cases.is_some_and(|cases| cases.answers(&[condition]).iter().any(|answer| answer[0]))
    })
}

/// Two rules of which one holds whenever the other does.
fn pair(
    (m, earlier): (usize, &Rule),
    (n, rule): (usize, &Rule),
    answers: &[Vec<bool>],
    put: Put<'_>,
) {
    let holds = |at: usize| answers.iter().any(|answer| answer[at]);
    if !holds(0) || !holds(1) {
        return;
    }
    let implies = |a: usize, b: usize| answers.iter().all(|answer| !answer[a] || answer[b]);
    let (first_in, second_in) = (implies(0, 1), implies(1, 0));
    if !first_in && !second_in {
        return;
    }
    let both = |key, one: &Rule, other: &Rule| {
        let said = Said::new(key).with("rule", one.name.as_str());
        said.with("other", other.name.as_str())
    };
    if earlier.action != rule.action {
        let weak = |rule: &Rule| rule.action != RuleAction::Escalate;
        // What always comes with a handover is never offered and never asked.
        if first_in && weak(earlier) && rule.action == RuleAction::Escalate {
            put(
                FindingKind::NeverFires,
                &format!("rule.{m}.when"),
                both("lint.rule_hidden", earlier, rule),
            );
        } else if second_in && weak(rule) && earlier.action == RuleAction::Escalate {
            put(
                FindingKind::NeverFires,
                &format!("rule.{n}.when"),
                both("lint.rule_hidden", rule, earlier),
            );
        } else if first_in && second_in {
            put(
                FindingKind::Contradicts,
                &format!("rule.{n}.do"),
                both("lint.rules_do", rule, earlier),
            );
        }
        return;
    }
    if let (Some(team), Some(other)) = (&rule.team, &earlier.team)
        && team != other
        && rule.priority == earlier.priority
    {
        let said = both("lint.rules_teams", rule, earlier);
        let said = said
            .with("team", team.as_str())
            .with("other_team", other.as_str());
        put(FindingKind::Contradicts, &format!("rule.{n}.team"), said);
    }
}

/// Times that send conversations round and round.
fn circles(policy: &Policy, put: Put<'_>) {
    let timings = &policy.timings;
    if timings.invitation_ms < SHORT_INVITATION_MS {
        let said =
            Said::new("lint.invitation_short").with("span", Worth::Span(timings.invitation_ms));
        put(FindingKind::CanLoop, "timings.invitation", said);
    }
    if timings.review_every_ms < SHORT_REVIEW_MS && timings.reviews_told > 5 {
        let said = Said::new("lint.review_often")
            .with("span", Worth::Span(timings.review_every_ms))
            .with("n", timings.reviews_told);
        put(FindingKind::CanLoop, "timings.review_every", said);
    }
    if timings.longest_wait_ms <= timings.invitation_ms {
        put(
            FindingKind::Contradicts,
            "timings.longest_wait",
            Said::new("lint.wait_short"),
        );
    }
}

#[cfg(test)]
mod tests;
