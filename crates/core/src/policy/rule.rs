//! Rules that operators write themselves. Each adds a reason when its condition holds;
//! none can take one away, so none can keep a customer from a person.

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::{HIGHEST_PRIORITY, MOST_RULES};

/// One rule of the operator's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it is called in reports; no two have the same.
    pub name: String,
    /// When it holds, in CEL.
    pub when: Condition,
    /// What it does then.
    #[serde(rename = "do")]
    pub action: RuleAction,
    /// The team that takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// How urgent it is, 0 to [`HIGHEST_PRIORITY`].
    #[serde(default)]
    pub priority: u8,
    /// Why, in words for the agent who gets the conversation.
    #[serde(default)]
    pub because: String,
}

/// What a rule of the operator's can do. There is no "answer": a rule can only add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleAction {
    /// Hand over.
    Escalate,
    /// Answer, and offer a person.
    Offer,
    /// Ask one question first.
    Clarify,
}

impl RuleAction {
    /// Every action, with its name in TOML.
    pub(super) const ALL: [(&'static str, RuleAction); 3] = [
        ("escalate", RuleAction::Escalate),
        ("offer", RuleAction::Offer),
        ("clarify", RuleAction::Clarify),
    ];

    pub(super) fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(_, action)| *action == self);
        named.map_or("escalate", |(name, _)| name)
    }
}

/// What is wrong with the rules, each under `rule.N.field`.
pub(super) fn check(rules: &[Rule], fault: &mut impl FnMut(String, String)) {
    if rules.len() > MOST_RULES {
        let reason = format!("there are {}; write at most {MOST_RULES}", rules.len());
        fault("rule".into(), reason);
    }
    for (n, rule) in rules.iter().enumerate() {
        let mut at = |field: &str, reason: String| fault(format!("rule.{n}.{field}"), reason);
        if rule.name.trim().is_empty() {
            at(
                "name",
                "names nothing; say in a few words what the rule is for".into(),
            );
        }
        if rules[..n].iter().any(|earlier| earlier.name == rule.name) {
            at("name", format!("a rule is called {:?} already", rule.name));
        }
        if let Err(error) = rule.when.check() {
            at("when", error.to_string());
        }
        if rule.action == RuleAction::Escalate && rule.when.asks_mood_alone() {
            let reason = "would hand over by mood alone (P14); ask for something else beside the \
                          mood, or offer a person instead";
            at("when", reason.into());
        }
        if rule.priority > HIGHEST_PRIORITY {
            let reason = format!(
                "is {}; it must lie between 0 and {HIGHEST_PRIORITY}",
                rule.priority
            );
            at("priority", reason);
        }
        if rule
            .team
            .as_ref()
            .is_some_and(|team| team.trim().is_empty())
        {
            at("team", "names no team; take the line out".into());
        }
    }
}
