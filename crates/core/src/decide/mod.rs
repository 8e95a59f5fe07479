//! Signals, facts and the operator's policy in; a decision with its reasons out.
//!
//! `decide` is pure and total: the same view, policy and instant give the same decision
//! bit for bit, so a stored decision can be replayed. A model may add signals to the
//! view; nothing here lets it take one away.
//!
//! How the groups combine (practice, A), from the strongest:
//! 1. The customer's wish escalates, whatever the policy says (P19, P20).
//! 2. Topic, complexity and customer rules and failed attempts escalate by themselves
//!    once they reach the threshold (P1 to P13, P18). Weak articles do so only for a
//!    customer who is upset (P15, P16). Operators' own rules do what they say. What the
//!    customer has declined does not escalate again without new evidence.
//! 3. Unsuccessful answers offer a person (P21).
//! 4. A question with several readings is asked back, once (P17), rather than answered
//!    half and a person offered for it.
//! 5. Weak articles offer a person.
//! 6. Mood lowers the threshold of all of these and is never a reason itself (P14).
//!
//! `weigh` finds what was seen and what each did; `change` decides again with one thing
//! different; `view` and `decision` are the forms of what goes in and comes out.

mod change;
mod decision;
mod mood;
mod seen;
mod view;
mod weigh;

pub use change::{Change, Counterfactual};
pub use decision::{Action, Decision, Effect, Reason, Target};
pub use view::{Customer, EarlierContact, View};

use crate::policy::{HIGHEST_PRIORITY, Policy};
use crate::signal::Trigger;
use crate::time::Timestamp;
use change::{changes, sentence};
use weigh::{Case, Weighed, What, Without};

/// Decides what the assistant does next at `now`.
pub fn decide(policy: &Policy, view: &View, now: Timestamp) -> Decision {
    let case = Case { policy, view, now };
    let weighed = case.weigh(&Without::nothing());
    let would_change = changes(&case, &weighed);
    let mut reasons: Vec<Reason> = weighed.seen.iter().map(|one| one.told(&case)).collect();
    reasons.sort_by(|a, b| {
        a.effect
            .cmp(&b.effect)
            .then(b.contribution.abs().total_cmp(&a.contribution.abs()))
    });
    Decision {
        action: weighed.action,
        target: target(policy, &weighed),
        priority: priority(policy, &weighed),
        score: weighed.score,
        calm_threshold: weigh::threshold(policy, 0.0),
        mood: weighed.mood,
        threshold: weighed.threshold,
        margin: weighed.margin,
        counterfactual: sentence(&would_change),
        would_change,
        reasons,
        policy_version: policy.version,
    }
}

/// Decides as the desk does when a message comes: first before the articles are asked, and
/// where that does not hand over, with what they say.
pub fn decide_in_turn(policy: &Policy, view: &View, now: Timestamp) -> Decision {
    if view.answerable.is_some() || !view.readings.is_empty() {
        let unasked = View {
            answerable: None,
            readings: vec![],
            ..view.clone()
        };
        let at_once = decide(policy, &unasked, now);
        if at_once.action == Action::Escalate {
            return at_once;
        }
    }
    decide(policy, view, now)
}

/// The reasons that made the action what it is.
fn led<'a, 'v>(weighed: &'a Weighed<'v>) -> impl Iterator<Item = &'a weigh::Seen<'v>> {
    let wanted = match weighed.action {
        Action::Escalate => Some(Effect::Escalates),
        Action::Offer => Some(Effect::Offers),
        Action::Clarify => Some(Effect::Clarifies),
        Action::Answer => None,
    };
    weighed
        .seen
        .iter()
        .filter(move |one| Some(one.effect) == wanted)
}

/// The most urgent of the reasons that led here.
fn priority(policy: &Policy, weighed: &Weighed<'_>) -> u8 {
    let highest = led(weighed).map(|one| urgency(policy, one)).max();
    highest.unwrap_or(0).min(HIGHEST_PRIORITY)
}

fn urgency(policy: &Policy, one: &weigh::Seen<'_>) -> u8 {
    match one.what {
        What::OwnRule(n) => policy.rules[n].priority,
        _ => policy.priorities.get(&one.trigger).copied().unwrap_or(0),
    }
}

/// The team of the most urgent reason that has one; the strongest where several do.
fn target(policy: &Policy, weighed: &Weighed<'_>) -> Target {
    let team_of = |one: &weigh::Seen<'_>| match one.what {
        What::OwnRule(n) => policy.rules[n].team.as_ref(),
        _ => policy.teams.get(&one.trigger),
    };
    let team = if weighed.action == Action::Escalate || weighed.action == Action::Offer {
        led(weighed)
            .filter_map(|one| Some((urgency(policy, one), one.contribution, team_of(one)?)))
            .max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
            .map(|(_, _, team)| team.clone())
    } else {
        None
    };
    let mut skills: Vec<String> = led(weighed)
        .filter(|one| !matches!(one.what, What::OwnRule(_)))
        .filter_map(|one| policy.skills.get(&one.trigger).cloned())
        .collect();
    skills.sort();
    skills.dedup();
    let is_vip = led(weighed).any(|one| one.trigger == Trigger::Vip);
    Target {
        team,
        dedicated_agent: is_vip && policy.vip_to_dedicated_agent,
        skills,
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
