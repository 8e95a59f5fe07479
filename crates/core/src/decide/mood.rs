//! The mood that counts in a decision, from this turn's and those before it (P14).
//!
//! Every turn takes a fifth off what was felt before it, so an outburst long calmed
//! counts less and less:
//!
//! `left = max over earlier turns of mood × 0.8^turns ago`
//!
//! and what is felt now and was felt before adds a quarter, so that a mood which lasts
//! or rises counts more than one sharp word:
//!
//! `level = min(1, max(now, left) + 0.25 × min(now, left))`
//!
//! Three turns at 0.5 come to 0.6; 0.3, 0.6, 0.9 to 1; a single 0.5 stays 0.5; five calm
//! turns after a 0.9 leave 0.29. More mood anywhere never makes the level smaller.

use super::view::View;
use super::weigh::{Without, share};
use crate::policy::Policy;
use crate::signal::{Group, Trigger};

/// What a turn leaves of what was felt before it.
const LEFT_BY_A_TURN: f64 = 0.8;
/// What lasting adds.
const LASTING: f64 = 0.25;

/// The mood that counts, 0 calm to 1.
pub(super) fn level(policy: &Policy, view: &View, without: &Without) -> f64 {
    let counts = |trigger: Trigger| {
        policy.counts(trigger, &view.customer.plan, &view.inbox) && !without.trigger(trigger)
    };
    let of_this_turn = view
        .reading
        .signals
        .iter()
        .filter(|signal| signal.trigger.group() == Group::Sentiment && counts(signal.trigger));
    let now = of_this_turn.fold(0.0, |mood: f64, signal| {
        mood.max(share(signal.strength * policy.weight(signal.trigger)))
    });
    // Who has switched off every mood wants none from before either.
    let moods = [
        Trigger::Frustration,
        Trigger::Urgency,
        Trigger::Anger,
        Trigger::Helplessness,
    ];
    let left = if moods.into_iter().any(counts) {
        left(view)
    } else {
        0.0
    };
    share(now.max(left) + LASTING * now.min(left))
}

/// What is left of the turns before this one.
fn left(view: &View) -> f64 {
    if view.moods.is_empty() {
        return share(view.earlier_mood) * LEFT_BY_A_TURN;
    }
    view.moods.iter().fold(0.0, |left: f64, mood| {
        left.max(share(*mood)) * LEFT_BY_A_TURN
    })
}
