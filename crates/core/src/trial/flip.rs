//! One conversation under two policies: its first decision that differs.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::decide::{Action, Decision, Effect, View, decide_in_turn};
use crate::ids::{ConversationId, DecisionId};
use crate::policy::Policy;
use crate::signal::Trigger;
use crate::time::Timestamp;

/// A decision as it was stored.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Its id.
    pub id: DecisionId,
    /// When it was made.
    pub at: Timestamp,
    /// What it was made of.
    pub view: View,
    /// What was decided.
    pub decision: Decision,
}

/// A conversation as far as it can be judged.
#[derive(Clone, Debug)]
pub struct Course {
    /// Which.
    pub id: ConversationId,
    /// Its decisions, oldest first.
    pub decided: Vec<Decided>,
    /// When it was handed over, whatever for, oldest first.
    pub handoffs: Vec<Timestamp>,
}

/// What a flip means for those who answer.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A handover where there was none.
    More,
    /// A handover that came later anyway.
    Earlier,
    /// No handover where there was one; it may have come later.
    Fewer,
    /// No handover either way: an offer, a question or an answer more or less.
    Other,
}

/// The first decision of a conversation that the candidate makes otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The decision.
    pub decision_id: DecisionId,
    /// When it was made.
    pub at: Timestamp,
    /// What the live policy decides.
    pub from: Action,
    /// What the candidate decides.
    pub to: Action,
    /// What that means.
    pub change: Change,
    /// What leads to it: the trigger that the stronger of both actions rests on.
    pub lead: Trigger,
    /// The operator's own rule, where it is one.
    pub rule: Option<String>,
    /// How far the live policy's strongest rule stood above what it had to reach.
    pub margin_before: f64,
    /// The same under the candidate.
    pub margin_after: f64,
    /// When the handover came that comes earlier now.
    pub handed_off_at: Option<Timestamp>,
    /// Whether the articles were never asked, since it was handed over before: then what
    /// the candidate would have done next is open.
    pub is_open: bool,
}

/// What became of a conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// Decisions that were judged.
    pub decisions: u32,
    /// The first that differs.
    pub flip: Option<Flip>,
    /// Handovers of both that go another way: to another team, or at another priority.
    pub rerouted: u32,
    /// The conversation ended early, since the live policy is no longer that of then.
    pub is_cut: bool,
    /// Handovers that both make as they were made.
    pub kept_handoffs: u32,
}

/// Judges a conversation. `live` is the policy of now.
pub fn judge(live: &Policy, candidate: &Policy, course: &Course) -> Judged {
    let mut judged = Judged::default();
    for stored in &course.decided {
        let now = before(live, stored);
        let then = under(candidate, stored);
        judged.decisions += 1;
        if shows(live, &now, stored) != shows(candidate, &then, stored) {
            judged.flip = Some(flip(course, stored, &now, &then));
            return judged;
        }
        if now.action == Action::Escalate {
            let ways = |decision: &Decision| (decision.target.clone(), decision.priority);
            judged.rerouted += u32::from(ways(&now) != ways(&then));
            judged.kept_handoffs += 1;
        }
        if now.action != stored.decision.action {
            judged.is_cut = true;
            return judged;
        }
    }
    judged
}

/// A candidate beside the live policy: what it decides of a decision that was just made, and
/// how that differs. Whether a handover comes later is not known yet.
pub fn beside(
    live: &Policy,
    candidate: &Policy,
    id: &ConversationId,
    made: &Decided,
) -> (Action, Option<Flip>) {
    let then = under(candidate, made);
    let differs = shows(live, &made.decision, made) != shows(candidate, &then, made);
    let course = Course {
        id: id.clone(),
        decided: vec![],
        handoffs: vec![],
    };
    (
        then.action,
        differs.then(|| flip(&course, made, &made.decision, &then)),
    )
}

/// What the live policy decides: what is stored, where it was made under it.
fn before<'a>(live: &Policy, stored: &'a Decided) -> Cow<'a, Decision> {
    if stored.decision.policy_version == live.version {
        return Cow::Borrowed(&stored.decision);
    }
    Cow::Owned(under(live, stored))
}

/// What a policy decides of what was read, at the instant of then.
pub(super) fn under(policy: &Policy, stored: &Decided) -> Decision {
    match stored.view.reading.under(policy) {
        None => decide_in_turn(policy, &stored.view, stored.at),
        Some(reading) => {
            let view = View {
                reading,
                ..stored.view.clone()
            };
            decide_in_turn(policy, &view, stored.at)
        }
    }
}

/// What the customer gets to see of a decision: what is done, and whether an article that
/// hardly fits is shown as an answer.
fn shows(policy: &Policy, decision: &Decision, stored: &Decided) -> (Action, bool) {
    let answers = matches!(decision.action, Action::Answer | Action::Offer);
    let fits = |match_: f64| match_ >= policy.no_article_below;
    let is_shown = answers && stored.view.answerable.is_none_or(fits);
    (decision.action, is_shown)
}

fn flip(course: &Course, stored: &Decided, now: &Decision, then: &Decision) -> Flip {
    let later = course.handoffs.iter().find(|at| **at > stored.at).copied();
    let (is_more, is_fewer) = (
        then.action == Action::Escalate && now.action != Action::Escalate,
        now.action == Action::Escalate && then.action != Action::Escalate,
    );
    let change = match (is_more, is_fewer) {
        (true, _) if later.is_some() => Change::Earlier,
        (true, _) => Change::More,
        (_, true) => Change::Fewer,
        _ => Change::Other,
    };
    let stronger = if then.action > now.action { then } else { now };
    let (lead, rule) = lead(stronger).unwrap_or((Trigger::NoArticle, None));
    Flip {
        conversation_id: course.id.clone(),
        decision_id: stored.id.clone(),
        at: stored.at,
        from: now.action,
        to: then.action,
        change,
        lead,
        rule,
        margin_before: now.margin,
        margin_after: then.margin,
        handed_off_at: later.filter(|_| change == Change::Earlier),
        is_open: is_fewer && stored.view.answerable.is_none() && stored.view.readings.is_empty(),
    }
}

/// The first reason that made an action what it is.
pub(super) fn lead(decision: &Decision) -> Option<(Trigger, Option<String>)> {
    let led = |effect: Effect| {
        matches!(
            effect,
            Effect::Escalates | Effect::Offers | Effect::Clarifies
        )
    };
    let reason = decision.reasons.iter().find(|reason| led(reason.effect))?;
    Some((reason.trigger, reason.rule.clone()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::decide::{Customer, decide};
    use crate::signal::{Evidence, Reading, Signal};
    use crate::time::{HOUR_MS, MINUTE_MS};

    pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    pub fn view(signals: &[(Trigger, f64)], answerable: Option<f64>) -> View {
        let signal = |(trigger, strength): &(Trigger, f64)| Signal {
            trigger: *trigger,
            strength: *strength,
            evidence: vec![Evidence::words("…")],
        };
        View {
            customer: Customer {
                plan: "team".into(),
                ..Customer::default()
            },
            reading: Reading {
                signals: signals.iter().map(signal).collect(),
                ..Reading::default()
            },
            answerable,
            ..View::default()
        }
    }

    /// A conversation with these views, a minute apart, decided under `policy`.
    pub fn course(policy: &Policy, n: u64, views: Vec<View>, handoffs: &[i64]) -> Course {
        let begun = NOW.plus(n as i64 * HOUR_MS);
        let decided = |(turn, view): (usize, View)| {
            let at = begun.plus(turn as i64 * MINUTE_MS);
            Decided {
                id: DecisionId::new(at, u128::from(n)),
                at,
                decision: decide(policy, &view, at),
                view,
            }
        };
        Course {
            id: ConversationId::new(begun, u128::from(n)),
            decided: views.into_iter().enumerate().map(decided).collect(),
            handoffs: handoffs
                .iter()
                .map(|minutes| begun.plus(minutes * MINUTE_MS))
                .collect(),
        }
    }

    fn at(threshold: f64) -> Policy {
        Policy {
            threshold,
            version: 7,
            ..Policy::default()
        }
    }

    const COMPLAINT: [(Trigger, f64); 1] = [(Trigger::Complaint, 0.55)];

    #[test]
    fn what_follows_the_first_flip_is_left_out() {
        let live = Policy::default();
        let calm = || view(&[], Some(0.9));
        let complains = view(&COMPLAINT, Some(0.9));
        let course = course(&live, 1, vec![calm(), complains, calm(), calm()], &[1]);
        let judged = judge(&live, &at(0.6), &course);
        let flip = judged.flip.unwrap();
        assert_eq!(judged.decisions, 2);
        assert_eq!(
            (flip.from, flip.to, flip.change),
            (Action::Escalate, Action::Answer, Change::Fewer)
        );
        assert_eq!(flip.lead, Trigger::Complaint);
        assert!(flip.margin_before > 0.0 && flip.margin_after < 0.0 && !flip.is_open);
        let same = judge(&live, &live.clone(), &course);
        assert_eq!((same.decisions, same.flip), (4, None));
    }

    #[test]
    fn a_handover_that_came_later_anyway_is_earlier_and_not_one_more() {
        let live = at(0.6);
        let complains = || view(&COMPLAINT, Some(0.9));
        let later = judge(&live, &at(0.5), &course(&live, 1, vec![complains()], &[9]));
        let flip = later.flip.unwrap();
        assert_eq!(flip.change, Change::Earlier);
        assert_eq!(flip.handed_off_at, Some(NOW.plus(HOUR_MS + 9 * MINUTE_MS)));
        let never = judge(&live, &at(0.5), &course(&live, 1, vec![complains()], &[]));
        assert_eq!(never.flip.unwrap().change, Change::More);
    }

    #[test]
    fn a_decision_that_the_live_policy_would_no_longer_make_ends_the_conversation() {
        let old = Policy::default();
        let live = Policy {
            off: vec![Trigger::Complaint],
            version: 2,
            ..Policy::default()
        };
        let views = vec![
            view(&COMPLAINT, Some(0.9)),
            view(&[(Trigger::Cancellation, 0.52)], Some(0.9)),
        ];
        let candidate = Policy {
            threshold: 0.6,
            ..live.clone()
        };
        let judged = judge(&live, &candidate, &course(&old, 1, views, &[]));
        assert!(judged.is_cut && judged.flip.is_none(), "{judged:?}");
        assert_eq!(judged.decisions, 1);
    }

    #[test]
    fn a_message_is_decided_on_before_the_articles_are_asked_as_the_desk_does() {
        let live = Policy::default();
        let early = crate::policy::read(
            "[[rule]]\nname = \"At once\"\nwhen = '!answer.known && message.language == \"\"'\ndo = \"escalate\"\n",
        )
        .unwrap();
        let judged = judge(
            &live,
            &early,
            &course(&live, 1, vec![view(&[], Some(0.9))], &[]),
        );
        let flip = judged.flip.unwrap();
        assert_eq!(
            (flip.to, flip.rule.as_deref()),
            (Action::Escalate, Some("At once"))
        );
    }

    #[test]
    fn an_article_that_is_no_longer_shown_is_a_flip_though_both_offer() {
        let live = Policy::default();
        let strict = Policy {
            no_article_below: 0.5,
            ..Policy::default()
        };
        let offered = course(
            &live,
            1,
            vec![view(&[], Some(0.45)), view(&COMPLAINT, Some(0.9))],
            &[],
        );
        let judged = judge(&live, &strict, &offered);
        let flip = judged.flip.unwrap();
        assert_eq!(
            (flip.from, flip.to, flip.change),
            (Action::Offer, Action::Offer, Change::Other)
        );
        assert_eq!(judged.decisions, 1);
    }

    #[test]
    fn what_the_articles_would_have_said_is_open_where_nobody_asked_them() {
        let live = Policy::default();
        let judged = judge(
            &live,
            &at(0.6),
            &course(&live, 1, vec![view(&COMPLAINT, None)], &[0]),
        );
        assert!(judged.flip.unwrap().is_open);
    }

    #[test]
    fn another_team_is_a_detour_and_no_flip() {
        let live = Policy::default();
        let mut other = live.clone();
        other.teams.insert(Trigger::Complaint, "Care".into());
        let judged = judge(
            &live,
            &other,
            &course(&live, 1, vec![view(&COMPLAINT, None)], &[0]),
        );
        assert_eq!((judged.flip, judged.rerouted), (None, 1));
    }
}
