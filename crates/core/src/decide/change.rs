//! What would have changed a decision. Nothing is guessed: each entry was found by
//! deciding again with one thing different, under the same policy at the same instant.

use serde::{Deserialize, Serialize};

use super::decision::{Action, Effect};
use super::weigh::{Case, Seen, Weighed, What, Without};
use crate::signal::{Group, Trigger};

/// Something that would have changed a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Counterfactual {
    /// What would have been different.
    pub change: Change,
    /// What would have been decided then.
    pub action: Action,
}

/// A thing that could have been different.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// These reasons had not been there, all of them.
    Without {
        /// The triggers, or of the operator's own rules their names.
        reasons: Vec<String>,
    },
    /// The customer had been calm.
    CalmMood,
    /// The customer had been in the worst mood.
    WorstMood,
    /// A reason had been seen more strongly.
    Stronger {
        /// Which.
        trigger: Trigger,
        /// How strongly, 0..1: the least that is enough.
        strength: f64,
    },
}

/// All that would have changed the decision, the nearest first.
pub(super) fn changes(case: &Case<'_>, weighed: &Weighed<'_>) -> Vec<Counterfactual> {
    let mut found = Vec::new();
    let mut again = |without: &Without, change: &dyn Fn() -> Change| {
        let action = case.weigh(without).action;
        if action != weighed.action {
            let change = change();
            found.push(Counterfactual { change, action });
        }
    };
    let leading: Vec<&Seen<'_>> = super::led(weighed).collect();
    for one in &leading {
        again(&Without::nothing().and(one), &|| Change::Without {
            reasons: vec![one.name(case)],
        });
    }
    // Where each of several is enough, only all of them together make the difference.
    if leading.len() > 1 {
        let all = leading
            .iter()
            .fold(Without::nothing(), |all, one| all.and(one));
        again(&all, &|| Change::Without {
            reasons: leading.iter().map(|one| one.name(case)).collect(),
        });
    }
    if let Some((trigger, strength)) = nearest(case, weighed) {
        let stronger = Without::at_strength(trigger, strength);
        again(&stronger, &|| Change::Stronger { trigger, strength });
    }
    if weighed.mood > 0.0 {
        again(&Without::in_mood(0.0), &|| Change::CalmMood);
    }
    if weighed.action != Action::Escalate && weighed.mood < 1.0 {
        again(&Without::in_mood(1.0), &|| Change::WorstMood);
    }
    found
}

/// The text's strongest reason that was too weak, with the strength that is enough.
fn nearest(case: &Case<'_>, weighed: &Weighed<'_>) -> Option<(Trigger, f64)> {
    let could = |one: &&Seen<'_>| {
        let group = one.trigger.group();
        one.effect == Effect::TooWeak
            && matches!(one.what, What::Text(_))
            && matches!(group, Group::Topic | Group::Complexity | Group::Request)
    };
    let nearest = weighed
        .seen
        .iter()
        .filter(could)
        .max_by(|a, b| a.contribution.total_cmp(&b.contribution))?;
    let bar = match nearest.trigger.group() {
        Group::Request => 0.5,
        _ => weighed.threshold,
    };
    let enough = bar / case.policy.weight(nearest.trigger);
    // Rounding must not leave it a hair below.
    let enough = (enough * 1_000.0).ceil() / 1_000.0;
    (enough <= 1.0).then_some((nearest.trigger, enough))
}

/// The nearest thing in an English sentence.
pub(super) fn sentence(changes: &[Counterfactual]) -> Option<String> {
    let Counterfactual { change, action } = changes.first()?;
    let would = match action {
        Action::Answer => "an answer",
        Action::Clarify => "a question back",
        Action::Offer => "an offer",
        Action::Escalate => "an escalation",
    };
    Some(match change {
        Change::Without { reasons } => {
            format!("without {} this would be {would}", reasons.join(" and "))
        }
        Change::CalmMood => format!("in a calm mood this would be {would}"),
        Change::WorstMood => format!("in the worst mood this would be {would}"),
        Change::Stronger { trigger, strength } => {
            format!("with {trigger} at {strength:.2} this would be {would}")
        }
    })
}
