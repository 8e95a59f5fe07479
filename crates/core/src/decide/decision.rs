//! What was decided, and why: the form that is stored, shown and answered.

use serde::{Deserialize, Serialize};

use super::change::Counterfactual;
use crate::signal::{Evidence, Trigger};

/// What the assistant does next.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Answer.
    Answer,
    /// Ask one question first (P17).
    Clarify,
    /// Answer if there is an answer, and offer a person.
    Offer,
    /// Hand over now.
    Escalate,
}

impl Action {
    /// The name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Action::Answer => "answer",
            Action::Clarify => "clarify",
            Action::Offer => "offer",
            Action::Escalate => "escalate",
        }
    }
}

/// What was decided, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Decision {
    /// What happens next.
    pub action: Action,
    /// Who should take it, as the policy says.
    #[serde(default)]
    pub target: Target,
    /// How urgent it is: 0 waits its turn, higher goes first, at most 9. The highest of
    /// the reasons that led here, as the policy says.
    #[serde(default)]
    pub priority: u8,
    /// Why, the strongest effect first.
    pub reasons: Vec<Reason>,
    /// What the strongest rule that could escalate came to, 0..1.
    pub score: f64,
    /// What a rule has to reach with a calm customer, 0..1.
    #[serde(default)]
    pub calm_threshold: f64,
    /// The mood that counted, 0 calm to 1: this turn's and what is left of earlier ones.
    #[serde(default)]
    pub mood: f64,
    /// What a rule had to reach at this mood, 0..1.
    pub threshold: f64,
    /// How far the strongest rule stood above what it had to reach; below 0 it did not,
    /// so that 0 or more means an escalation.
    pub margin: f64,
    /// What would have changed the decision, the nearest thing, in an English sentence.
    pub counterfactual: Option<String>,
    /// All that would have changed it, each found by deciding again.
    #[serde(default)]
    pub would_change: Vec<Counterfactual>,
    /// The policy it was made under.
    pub policy_version: u32,
}

/// Who should take a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Target {
    /// The team, by its name in the policy.
    pub team: Option<String>,
    /// The customer's dedicated agent, if there is one and they are there (P11).
    pub dedicated_agent: bool,
    /// What they should know.
    #[serde(default)]
    pub skills: Vec<String>,
}

/// One rule's part in a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reason {
    /// The rule.
    pub trigger: Trigger,
    /// The name of an operator's own rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// How strongly it was seen, 0..1.
    pub strength: f64,
    /// What it brought: above 0 what it came to against the threshold, by strength and
    /// weight; below 0 what a mood alone takes off the threshold.
    #[serde(default)]
    pub contribution: f64,
    /// What it did.
    pub effect: Effect,
    /// In which words or facts.
    pub evidence: Vec<Evidence>,
}

/// What a rule did to the decision.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Sends the conversation to a person.
    Escalates,
    /// Offers a person.
    Offers,
    /// Asks one question.
    Clarifies,
    /// Lowers the threshold of the others (mood).
    LowersThreshold,
    /// Was seen, but the customer has declined it.
    Declined,
    /// Was seen too weakly.
    TooWeak,
}

impl Decision {
    /// The triggers that led to an offer or an escalation.
    pub fn triggers(&self) -> Vec<Trigger> {
        let led = |reason: &&Reason| {
            matches!(
                reason.effect,
                Effect::Escalates | Effect::Offers | Effect::Clarifies
            )
        };
        let mut triggers: Vec<Trigger> = Vec::new();
        for reason in self.reasons.iter().filter(led) {
            // Several of the operator's own rules share one trigger.
            if !triggers.contains(&reason.trigger) {
                triggers.push(reason.trigger);
            }
        }
        triggers
    }
}
