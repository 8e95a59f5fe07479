//! The operator's rules: when the assistant stops, and how long each step may take.
//! A policy is data; `decide` reads it. P19 and P20 have no switch here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::signal::{Group, Trigger};
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

/// When to escalate, and how long to wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Grows with every change; stored with each decision.
    pub version: u32,
    /// A refund above this always goes to a person, in hundredths of the account's
    /// currency (P1).
    pub refund_threshold_cents: i64,
    /// Plans whose customers are VIPs, beside the contact's own flag (P11).
    pub vip_plans: Vec<String>,
    /// How long a customer is new (P13), in milliseconds.
    pub onboarding_ms: i64,
    /// Earlier contacts about the same issue that make a repeat (P12).
    pub repeat_contacts: u32,
    /// How far back they count, in milliseconds.
    pub repeat_window_ms: i64,
    /// How strongly a rule must be seen to escalate when the customer is calm, 0..1.
    pub threshold: f64,
    /// How far the worst mood lowers that threshold, 0..1 (P14).
    pub mood_weight: f64,
    /// Below this the best article does not answer the question (P15), 0..1.
    pub no_article_below: f64,
    /// Below this it answers only in part (P16), 0..1.
    pub partial_below: f64,
    /// Unsuccessful answers after which a person is offered (P21).
    pub offer_after: u32,
    /// Answers that the customer calls useless after which we escalate (P18).
    pub escalate_after: u32,
    /// Triggers that are off. P19 and P20 stay on whatever stands here.
    pub off: Vec<Trigger>,
    /// Triggers that count only for some plans.
    pub only_plans: BTreeMap<Trigger, Vec<String>>,
    /// How long each step may take.
    pub timings: Timings,
}

/// How long each step may take, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timings {
    /// From a customer's message to the assistant's answer; then a person is offered.
    pub answer_within_ms: i64,
    /// Silence after which the customer is reminded once (P45).
    pub remind_after_ms: i64,
    /// Silence after the reminder until the conversation closes; it can be reopened.
    pub close_after_ms: i64,
    /// How long an agent has to take an invitation.
    pub invitation_ms: i64,
    /// How often a wait is looked at again.
    pub review_every_ms: i64,
    /// Looks at a wait that tell the customer so; later ones are silent.
    pub reviews_told: u32,
    /// The longest live wait, out of hours included; then it closes with a note.
    pub longest_wait_ms: i64,
    /// How soon an answer by e-mail is due (P31).
    pub reply_by_email_ms: i64,
    /// How long an agent may be unreachable before conversations go back (P45).
    pub agent_grace_ms: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: 1,
            refund_threshold_cents: 10_000,
            vip_plans: vec!["enterprise".into()],
            onboarding_ms: 7 * DAY_MS,
            repeat_contacts: 3,
            repeat_window_ms: 90 * DAY_MS,
            threshold: 0.5,
            mood_weight: 0.3,
            no_article_below: 0.35,
            partial_below: 0.55,
            offer_after: 2,
            escalate_after: 2,
            off: vec![],
            only_plans: BTreeMap::new(),
            timings: Timings::default(),
        }
    }
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            answer_within_ms: 20 * SECOND_MS,
            remind_after_ms: 10 * MINUTE_MS,
            close_after_ms: DAY_MS,
            invitation_ms: 45 * SECOND_MS,
            review_every_ms: 5 * MINUTE_MS,
            reviews_told: 2,
            longest_wait_ms: 3 * DAY_MS,
            reply_by_email_ms: 4 * HOUR_MS,
            agent_grace_ms: 45 * SECOND_MS,
        }
    }
}

impl Policy {
    /// Whether a trigger counts for a customer on `plan`. The customer's own wish
    /// always does.
    pub fn counts(&self, trigger: Trigger, plan: &str) -> bool {
        if trigger.group() == Group::Request {
            return true;
        }
        let for_this_plan = self
            .only_plans
            .get(&trigger)
            .is_none_or(|plans| plans.iter().any(|p| p == plan));
        for_this_plan && !self.off.contains(&trigger)
    }

    /// What is wrong with it, in words an operator can act on; empty if nothing.
    pub fn check(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut share = |name: &str, value: f64| {
            if !(0.0..=1.0).contains(&value) {
                faults.push(format!("{name} is {value}; it must lie between 0 and 1"));
            }
        };
        share("threshold", self.threshold);
        share("mood_weight", self.mood_weight);
        share("no_article_below", self.no_article_below);
        share("partial_below", self.partial_below);
        if self.mood_weight >= self.threshold {
            faults.push(
                "mood_weight must stay below threshold, else mood alone would escalate (P14)"
                    .into(),
            );
        }
        if self.partial_below < self.no_article_below {
            faults.push("partial_below must not lie under no_article_below".into());
        }
        if self.escalate_after == 0 || self.offer_after == 0 {
            faults.push("offer_after and escalate_after start at 1".into());
        }
        let timings = &self.timings;
        let spans = [
            ("answer_within_ms", timings.answer_within_ms),
            ("remind_after_ms", timings.remind_after_ms),
            ("close_after_ms", timings.close_after_ms),
            ("invitation_ms", timings.invitation_ms),
            ("review_every_ms", timings.review_every_ms),
            ("longest_wait_ms", timings.longest_wait_ms),
            ("reply_by_email_ms", timings.reply_by_email_ms),
            ("agent_grace_ms", timings.agent_grace_ms),
        ];
        for (name, span_ms) in spans {
            if span_ms < SECOND_MS {
                faults.push(format!(
                    "timings.{name} is {span_ms}; it must be at least a second (1000)"
                ));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_is_sound() {
        assert_eq!(Policy::default().check(), Vec::<String>::new());
    }

    #[test]
    fn the_customers_wish_cannot_be_switched_off() {
        let policy = Policy {
            off: Trigger::ALL.to_vec(),
            ..Policy::default()
        };
        assert!(policy.counts(Trigger::RequestHuman, "free"));
        assert!(!policy.counts(Trigger::Complaint, "free"));
    }

    #[test]
    fn a_policy_in_which_mood_alone_escalates_is_refused() {
        let policy = Policy {
            mood_weight: 0.6,
            ..Policy::default()
        };
        assert!(policy.check()[0].contains("mood alone"));
    }
}
