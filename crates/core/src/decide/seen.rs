//! A rule that was seen, told with its evidence: the customer's words or a fact.

use super::decision::Reason;
use super::weigh::{Case, Seen, What};
use crate::signal::{Evidence, Trigger};
use crate::time::DAY_MS;

impl Seen<'_> {
    /// The reason as it is stored and shown.
    pub(super) fn told(&self, case: &Case<'_>) -> Reason {
        let rule = match self.what {
            What::OwnRule(n) => Some(case.policy.rules[n].name.clone()),
            _ => None,
        };
        Reason {
            trigger: self.trigger,
            rule,
            strength: self.strength,
            contribution: self.contribution,
            effect: self.effect,
            evidence: self.evidence(case),
        }
    }

    fn evidence(&self, case: &Case<'_>) -> Vec<Evidence> {
        let fact = |key: &str, values: &[(&str, &str)]| vec![Evidence::fact(key, values)];
        match self.what {
            What::Text(n) => case.view.reading.signals[n].evidence.clone(),
            What::VipFlag => fact("vip", &[]),
            What::VipPlan(plan) => fact("vip_plan", &[("plan", plan)]),
            What::Onboarding(days) => fact("onboarding", &[("days", &days.to_string())]),
            What::Answerable(answerable) => {
                let percent = format!("{:.0}", answerable * 100.0);
                fact("answerable", &[("percent", &percent)])
            }
            What::Unsuccessful(count) => fact("unsuccessful", &[("count", &count.to_string())]),
            What::Repeat(count) => {
                let days = (case.policy.repeat_window_ms / DAY_MS).to_string();
                let mut told = fact(
                    "repeat_contact",
                    &[("days", &days), ("count", &count.to_string())],
                );
                told.extend(
                    case.same_issue()
                        .map(|contact| Evidence::fact("subject", &[("subject", &contact.subject)])),
                );
                told
            }
            What::Useless(count) => {
                let mut told = fact("did_not_help", &[("count", &count.to_string())]);
                let attempts = case.view.attempts.iter();
                told.extend(
                    attempts
                        .filter_map(|attempt| attempt.outcome_words.clone())
                        .map(Evidence::words),
                );
                told
            }
            What::Readings => case
                .view
                .readings
                .iter()
                .map(|title| Evidence::fact("reading", &[("title", title)]))
                .collect(),
            What::OwnRule(n) => {
                let rule = &case.policy.rules[n];
                let because = if rule.because.is_empty() {
                    &rule.name
                } else {
                    &rule.because
                };
                // The operator's own words, in the operator's language.
                vec![Evidence::Fact {
                    text: because.clone(),
                    key: String::new(),
                    values: Default::default(),
                }]
            }
        }
    }

    /// What it is called in an English sentence.
    pub(super) fn name(&self, case: &Case<'_>) -> String {
        match self.what {
            What::OwnRule(n) => case.policy.rules[n].name.clone(),
            _ => Trigger::name(self.trigger).to_string(),
        }
    }
}
