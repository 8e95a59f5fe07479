//! The operator's rules: when the assistant stops, who is sent for, and how long each
//! step may take. A policy is data; `decide` reads it. P19 and P20 have no switch here.
//!
//! It is kept as JSON in the database and written by operators as TOML:
//! [`read`] with the line of each fault, [`write`] commented, [`explain`] in words, what
//! changes between two of them ([`diff`]), and what is allowed but hardly meant ([`lint`]).

mod cases;
mod condition;
mod diff;
mod explain;
mod fields;
mod lint;
mod read;
mod refund;
mod rename;
mod rule;
mod said;
mod span;
mod stored;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::signal::{Group, Trigger};
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

pub(crate) use condition::Facts;
pub use condition::{Condition, DoesNotCompile};
pub use diff::{changed, diff};
pub use explain::explain;
pub use lint::{Finding, FindingKind, Known, lint};
pub use read::{Lines, Misread, read, read_lined};
pub use refund::FAINT;
pub use rename::rename_inbox;
pub use rule::{Rule, RuleAction};
pub use said::{Said, Worth};
pub use write::write;

/// When to escalate, to whom, and how long to wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Grows with every change; stored with each decision.
    pub version: u32,
    /// A refund above this goes to a person, in whole units of each currency, under
    /// `default` where the currency is not named (P1). See [`Policy::refund_threshold_cents`].
    #[serde(
        alias = "refund_threshold_cents",
        deserialize_with = "refund_threshold"
    )]
    pub refund_threshold: BTreeMap<String, i64>,
    /// Plans whose customers are VIPs, beside the contact's own flag (P11).
    pub vip_plans: Vec<String>,
    /// Whether VIPs go to their dedicated agent where they have one (P11).
    pub vip_to_dedicated_agent: bool,
    /// How long a customer is new (P13), in milliseconds.
    pub onboarding_ms: i64,
    /// Earlier contacts about the same issue that make a repeat (P12).
    pub repeat_contacts: u32,
    /// How far back they count, in milliseconds.
    pub repeat_window_ms: i64,
    /// How strongly a rule must be seen to escalate when the customer is calm, 0..1.
    pub threshold: f64,
    /// How far the worst mood lowers that threshold, 0..1 (P14); less than `threshold`.
    pub mood_weight: f64,
    /// The mood from which weak articles escalate instead of offering, 0..1 (P15, P16).
    pub upset_at: f64,
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
    /// Triggers that count only in some inboxes, by their names.
    pub only_inboxes: BTreeMap<Trigger, Vec<String>>,
    /// How much a trigger's strength counts: 1 as it is, 0 not at all, 2 double.
    pub weights: BTreeMap<Trigger, f64>,
    /// The team that a trigger's conversations go to, by its name.
    pub teams: BTreeMap<Trigger, String>,
    /// What an agent should know for a trigger's conversations, as a skill's name.
    pub skills: BTreeMap<Trigger, String>,
    /// How urgent a trigger makes a conversation, 0 (most are) to [`HIGHEST_PRIORITY`].
    pub priorities: BTreeMap<Trigger, u8>,
    /// The operator's own rules. They add reasons; none takes a person away.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
    /// How long each step may take.
    pub timings: Timings,
}

/// The highest priority that a policy can give.
pub const HIGHEST_PRIORITY: u8 = 9;
/// The most that a trigger's strength can be multiplied by.
pub const HEAVIEST_WEIGHT: f64 = 3.0;
/// The most rules of their own that operators can write; each is tried on each message.
pub const MOST_RULES: usize = 40;
/// The amount for currencies that have none of their own.
pub const DEFAULT_CURRENCY: &str = "default";
/// The longest span that a policy can name: ten years.
const LONGEST_MS: i64 = 3_650 * DAY_MS;

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
    /// How long a customer's page may be gone before they count as away (P45).
    pub customer_grace_ms: i64,
    /// How long a customer who is away keeps the place in the queue (P45).
    pub keep_place_ms: i64,
    /// How long after its end a conversation still has its human: a customer who comes back
    /// later begins afresh with the assistant.
    pub reopen_within_ms: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: 1,
            refund_threshold: [(DEFAULT_CURRENCY.into(), 100)].into(),
            vip_plans: vec!["enterprise".into()],
            vip_to_dedicated_agent: true,
            onboarding_ms: 7 * DAY_MS,
            repeat_contacts: 3,
            repeat_window_ms: 90 * DAY_MS,
            threshold: 0.5,
            mood_weight: 0.3,
            upset_at: 0.6,
            no_article_below: 0.35,
            partial_below: 0.55,
            offer_after: 2,
            escalate_after: 2,
            off: vec![],
            only_plans: BTreeMap::new(),
            only_inboxes: BTreeMap::new(),
            weights: BTreeMap::new(),
            teams: BTreeMap::new(),
            skills: BTreeMap::new(),
            priorities: [(Trigger::AccountSecurity, 1), (Trigger::Vip, 1)].into(),
            rules: vec![],
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
            customer_grace_ms: 45 * SECOND_MS,
            keep_place_ms: 10 * MINUTE_MS,
            reopen_within_ms: 14 * DAY_MS,
        }
    }
}

/// Policies from before amounts had currencies hold one number of hundredths.
fn refund_threshold<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Cents(i64),
        ByCurrency(BTreeMap<String, i64>),
    }
    Ok(match Stored::deserialize(from)? {
        Stored::Cents(cents) => [(DEFAULT_CURRENCY.into(), cents / 100)].into(),
        Stored::ByCurrency(amounts) => amounts,
    })
}

/// Something that is wrong with a policy, in words an operator can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The setting, as its path in TOML: `timings.answer_within`, `rule.0.when`.
    pub key: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl Policy {
    /// Whether a trigger counts for a customer on `plan` who writes to `inbox`. The
    /// customer's own wish always does.
    pub fn counts(&self, trigger: Trigger, plan: &str, inbox: &str) -> bool {
        if trigger.group() == Group::Request {
            return true;
        }
        let is_among = |only: &BTreeMap<Trigger, Vec<String>>, name: &str| {
            only.get(&trigger)
                .is_none_or(|names| names.iter().any(|one| one == name))
        };
        is_among(&self.only_plans, plan)
            && is_among(&self.only_inboxes, inbox)
            && !self.off.contains(&trigger)
    }

    /// What a trigger's strength is multiplied by. The customer's own wish has no weight.
    pub fn weight(&self, trigger: Trigger) -> f64 {
        if self.weights.is_empty() || trigger.group() == Group::Request {
            return 1.0;
        }
        self.weights.get(&trigger).copied().unwrap_or(1.0)
    }

    /// A refund above this is for a person (P1), in hundredths of `currency` (ISO 4217):
    /// that of the text, else the account's. Nothing is converted: a currency without an
    /// amount of its own takes the number under `default`.
    pub fn refund_threshold_cents(&self, currency: Option<&str>) -> i64 {
        let own = currency.and_then(|code| self.refund_threshold.get(code));
        let whole = own.or_else(|| self.refund_threshold.get(DEFAULT_CURRENCY));
        whole.copied().unwrap_or(0).saturating_mul(100)
    }

    /// What is wrong with it; empty if nothing.
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut fault = |key: String, reason: String| faults.push(Fault { key, reason });
        for (field, value) in fields::shares(self) {
            if !(0.0..=1.0).contains(&value) {
                fault(
                    field.into(),
                    format!("is {value}; it must lie between 0 and 1"),
                );
            }
        }
        for (field, span_ms, may_be_nothing) in fields::spans(self) {
            let least = if may_be_nothing { 0 } else { SECOND_MS };
            if span_ms < least {
                fault(field.into(), "must be at least one second".into());
            } else if span_ms > LONGEST_MS {
                fault(field.into(), "is longer than ten years".into());
            }
        }
        if self.mood_weight >= self.threshold {
            let reason = format!(
                "is {}, but must stay below threshold ({}): mood lowers the threshold, and must \
                 never escalate alone (P14)",
                self.mood_weight, self.threshold
            );
            fault("mood_weight".into(), reason);
        }
        if self.partial_below < self.no_article_below {
            fault(
                "partial_below".into(),
                format!(
                    "must not lie under no_article_below ({})",
                    self.no_article_below
                ),
            );
        }
        for (key, count) in [
            ("offer_after", self.offer_after),
            ("escalate_after", self.escalate_after),
            ("repeat_contacts", self.repeat_contacts),
        ] {
            if count == 0 {
                fault(key.into(), "starts at 1".into());
            } else if count > 100 && key != "repeat_contacts" {
                let reason = "hides the person behind a hundred answers; write at most 100 (P21)";
                fault(key.into(), reason.into());
            }
        }
        self.check_triggers(&mut fault);
        self.check_amounts(&mut fault);
        rule::check(&self.rules, &mut fault);
        faults
    }

    /// No list may take away the customer's own wish (P19, P20).
    fn check_triggers(&self, fault: &mut impl FnMut(String, String)) {
        if self.off.contains(&Trigger::RequestHuman) {
            fault("off".into(), THE_WISH.into());
        }
        let maps: [(&str, Vec<Trigger>); 3] = [
            ("only_plans", self.only_plans.keys().copied().collect()),
            ("only_inboxes", self.only_inboxes.keys().copied().collect()),
            ("weights", self.weights.keys().copied().collect()),
        ];
        for (key, triggers) in maps {
            if triggers.contains(&Trigger::RequestHuman) {
                fault(format!("{key}.{}", Trigger::RequestHuman), THE_WISH.into());
            }
        }
        for (trigger, weight) in &self.weights {
            if !(0.0..=HEAVIEST_WEIGHT).contains(weight) {
                let reason = format!("is {weight}; it must lie between 0 and {HEAVIEST_WEIGHT}");
                fault(format!("weights.{trigger}"), reason);
            }
        }
        for (trigger, priority) in &self.priorities {
            if *priority > HIGHEST_PRIORITY {
                let reason = format!("is {priority}; it must lie between 0 and {HIGHEST_PRIORITY}");
                fault(format!("priorities.{trigger}"), reason);
            }
        }
        for (trigger, team) in &self.teams {
            if team.trim().is_empty() {
                fault(format!("teams.{trigger}"), "names no team".into());
            }
        }
        for (trigger, skill) in &self.skills {
            if skill.trim().is_empty() {
                fault(format!("skills.{trigger}"), "names no skill".into());
            }
        }
    }

    fn check_amounts(&self, fault: &mut impl FnMut(String, String)) {
        for (currency, amount) in &self.refund_threshold {
            let key = format!("refund_threshold.{currency}");
            let is_code = currency.len() == 3 && currency.chars().all(|c| c.is_ascii_uppercase());
            if !is_code && currency != DEFAULT_CURRENCY {
                fault(
                    key,
                    "is no currency; write three capital letters such as USD, or default".into(),
                );
            } else if !(0..=1_000_000_000).contains(amount) {
                fault(key, format!("is {amount}; write whole units from 0 on"));
            }
        }
        if !self.refund_threshold.contains_key(DEFAULT_CURRENCY) {
            let reason = "needs a line `default = …` for currencies without one of their own";
            fault("refund_threshold".into(), reason.into());
        }
    }
}

/// Said of every attempt to switch off the customer's way to a person.
const THE_WISH: &str = "would switch off or limit the customer's own wish for a person, which \
                        always counts (P19, P20); take this line out";

#[cfg(test)]
mod tests;
