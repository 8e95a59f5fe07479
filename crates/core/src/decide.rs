//! Signals, facts and the operator's policy in; a decision with its reasons out.
//!
//! `decide` is pure: the same view, policy and instant give the same decision bit
//! for bit, so a stored decision can be replayed. A model may add signals to the
//! view; nothing here lets it take one away.
//!
//! How the groups combine (practice, A): the customer's wish always escalates;
//! topic, complexity and customer rules escalate by themselves unless declined;
//! failed attempts escalate (P18); weak articles offer, and escalate once mood has
//! lowered the threshold far enough (P15, P16); unsuccessful answers offer (P21);
//! mood alone never escalates (P14).

use serde::{Deserialize, Serialize};

use crate::attempt::{Attempt, Outcome, called_useless, unsuccessful};
use crate::policy::Policy;
use crate::signal::{Evidence, Group, Reading, Signal, Trigger};
use crate::time::{DAY_MS, Timestamp};

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

/// All that a decision is made from. Stored with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// The customer, as known.
    pub customer: Customer,
    /// What was read from the message that is decided on.
    pub reading: Reading,
    /// The worst mood of the turns before it, 0..1, for the trend.
    pub earlier_mood: f64,
    /// The ledger so far, oldest first.
    pub attempts: Vec<Attempt>,
    /// Times that the assistant had to abstain in this conversation (P21).
    pub abstentions: u32,
    /// Whether the one clarifying question was asked (P17).
    pub clarified: bool,
    /// Reasons that the customer has declined.
    pub declined: Vec<Trigger>,
    /// When that was.
    #[serde(default)]
    pub declined_at: Option<Timestamp>,
    /// How well the knowledge base answers; `None` before it was asked.
    pub answerable: Option<f64>,
}

impl View {
    /// The customer wants a person, as a fact tells: by the button, or by having waited.
    pub fn wish(&mut self, fact: &str) {
        let signals = &mut self.reading.signals;
        signals.retain(|signal| signal.trigger != Trigger::RequestHuman);
        signals.push(self::fact(Trigger::RequestHuman, fact, &[]));
    }
}

/// What is known of the customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    /// The plan: `free`, `team`, `business`, `enterprise`, or empty.
    pub plan: String,
    /// The contact's own flag.
    pub vip: bool,
    /// When the account was made.
    pub signed_up_at: Option<Timestamp>,
    /// Earlier contacts about this same issue, with when they ended.
    pub same_issue: Vec<EarlierContact>,
}

/// An earlier contact about the same issue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlierContact {
    /// What it was about.
    pub subject: String,
    /// When it ended.
    pub closed_at: Timestamp,
}

/// What was decided, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Decision {
    /// What happens next.
    pub action: Action,
    /// Why, the strongest effect first.
    pub reasons: Vec<Reason>,
    /// The strongest rule that could escalate, 0..1.
    pub score: f64,
    /// What a rule had to reach at this mood, 0..1.
    pub threshold: f64,
    /// `score - threshold`: how close it was.
    pub margin: f64,
    /// What would have changed the decision, in words.
    pub counterfactual: Option<String>,
    /// The policy it was made under.
    pub policy_version: u32,
}

/// One rule's part in a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reason {
    /// The rule.
    pub trigger: Trigger,
    /// How strongly it was seen, 0..1.
    pub strength: f64,
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
        self.reasons
            .iter()
            .filter(led)
            .map(|reason| reason.trigger)
            .collect()
    }
}

/// Decides what the assistant does next at `now`.
pub fn decide(policy: &Policy, view: &View, now: Timestamp) -> Decision {
    let mood = mood(view);
    let threshold = policy.threshold - policy.mood_weight * mood;
    let counts = |trigger: &Trigger| policy.counts(*trigger, &view.customer.plan);

    let mut seen: Vec<Signal> = view.reading.signals.clone();
    // Small talk wants no article and raises nothing but what was said outright (P15).
    if view.reading.small_talk.is_none() {
        seen.extend(customer_rules(policy, &view.customer, now));
        seen.extend(confidence_rules(policy, view));
    }
    seen.retain(|signal| counts(&signal.trigger));

    let mut reasons: Vec<Reason> = seen
        .into_iter()
        .map(|signal| weigh(signal, policy, view, threshold))
        .collect();
    reasons.extend(offers_after_failures(policy, view));
    reasons.sort_by(|a, b| {
        a.effect
            .cmp(&b.effect)
            .then(b.strength.total_cmp(&a.strength))
    });

    let action = reasons
        .iter()
        .map(|reason| action_of(reason.effect))
        .max()
        .unwrap_or(Action::Answer);
    let can_escalate =
        |reason: &&Reason| !matches!(reason.effect, Effect::LowersThreshold | Effect::Declined);
    let score = reasons
        .iter()
        .filter(can_escalate)
        .fold(0.0, |best: f64, reason| best.max(reason.strength));
    Decision {
        action,
        score,
        threshold,
        margin: score - threshold,
        counterfactual: counterfactual(policy, &reasons, action, mood),
        reasons,
        policy_version: policy.version,
    }
}

/// The mood that counts: this turn's, or most of the worst one before it.
fn mood(view: &View) -> f64 {
    view.reading.mood().max(view.earlier_mood * 0.8)
}

fn weigh(signal: Signal, policy: &Policy, view: &View, threshold: f64) -> Reason {
    let Signal {
        trigger,
        strength,
        evidence,
    } = signal;
    let effect = match trigger.group() {
        Group::Request if strength >= 0.5 => Effect::Escalates,
        Group::Sentiment => Effect::LowersThreshold,
        Group::Request | Group::Safety => Effect::TooWeak,
        Group::Confidence if trigger == Trigger::Ambiguous => {
            if view.clarified {
                Effect::TooWeak
            } else {
                Effect::Clarifies
            }
        }
        // Weak articles offer; a bad mood makes them escalate, but not a customer who says
        // again what they have declined to be handed over for.
        Group::Confidence if matches!(trigger, Trigger::NoArticle | Trigger::PartialMatch) => {
            let bad_mood = threshold <= policy.threshold - 0.6 * policy.mood_weight;
            if bad_mood && strength >= threshold && !says_declined(trigger, view) {
                Effect::Escalates
            } else {
                Effect::Offers
            }
        }
        Group::Topic | Group::Complexity | Group::Customer | Group::Confidence => {
            if strength < threshold {
                Effect::TooWeak
            } else if is_declined(trigger, view) {
                Effect::Declined
            } else {
                Effect::Escalates
            }
        }
    };
    Reason {
        trigger,
        strength,
        effect,
        evidence,
    }
}

/// Whether the customer has declined this reason and nothing new speaks for it: an answer
/// that failed after that does.
fn is_declined(trigger: Trigger, view: &View) -> bool {
    let failed_since = |attempt: &Attempt| {
        attempt.outcome == Outcome::DidNotHelp && view.declined_at.is_some_and(|at| attempt.at > at)
    };
    let is_new = trigger == Trigger::FailedAttempts && view.attempts.iter().any(failed_since);
    view.declined.contains(&trigger) && !is_new
}

/// Whether a weak article comes with nothing but what was declined.
fn says_declined(trigger: Trigger, view: &View) -> bool {
    let mut said = view.reading.signals.iter();
    view.declined.contains(&trigger) || said.any(|signal| view.declined.contains(&signal.trigger))
}

/// P11 to P13: read from facts alone.
fn customer_rules(policy: &Policy, customer: &Customer, now: Timestamp) -> Vec<Signal> {
    let mut seen = Vec::new();
    if customer.vip {
        seen.push(fact(Trigger::Vip, "vip", &[]));
    } else if policy.vip_plans.contains(&customer.plan) {
        seen.push(fact(Trigger::Vip, "vip_plan", &[("plan", &customer.plan)]));
    }
    let recent =
        |contact: &&EarlierContact| now.since(contact.closed_at) <= policy.repeat_window_ms;
    let same_issue: Vec<_> = customer.same_issue.iter().filter(recent).collect();
    if same_issue.len() >= policy.repeat_contacts as usize {
        let days = (policy.repeat_window_ms / DAY_MS).to_string();
        let count = same_issue.len().to_string();
        let mut evidence = vec![Evidence::fact(
            "repeat_contact",
            &[("days", &days), ("count", &count)],
        )];
        evidence.extend(
            same_issue
                .iter()
                .map(|contact| Evidence::fact("subject", &[("subject", &contact.subject)])),
        );
        seen.push(Signal {
            trigger: Trigger::RepeatContact,
            strength: 1.0,
            evidence,
        });
    }
    if let Some(signed_up_at) = customer
        .signed_up_at
        .filter(|at| now.since(*at) < policy.onboarding_ms)
    {
        let days = (now.since(signed_up_at) / DAY_MS).to_string();
        seen.push(fact(Trigger::Onboarding, "onboarding", &[("days", &days)]));
    }
    seen
}

/// P15, P16 and P18: what is known of the answers.
fn confidence_rules(policy: &Policy, view: &View) -> Vec<Signal> {
    let mut seen = Vec::new();
    if let Some(answerable) = view.answerable {
        let weak = if answerable < policy.no_article_below {
            Some(Trigger::NoArticle)
        } else if answerable < policy.partial_below {
            Some(Trigger::PartialMatch)
        } else {
            None
        };
        let percent = format!("{:.0}", answerable * 100.0);
        seen.extend(weak.map(|trigger| Signal {
            strength: 1.0 - answerable,
            ..fact(trigger, "answerable", &[("percent", &percent)])
        }));
    }
    let useless = called_useless(&view.attempts);
    if useless >= policy.escalate_after {
        let mut signal = fact(
            Trigger::FailedAttempts,
            "did_not_help",
            &[("count", &useless.to_string())],
        );
        signal.evidence.extend(
            view.attempts
                .iter()
                .filter_map(|attempt| attempt.outcome_words.clone())
                .map(Evidence::words),
        );
        seen.push(signal);
    }
    seen
}

/// P21: after the second unsuccessful answer a person is offered unasked.
fn offers_after_failures(policy: &Policy, view: &View) -> Option<Reason> {
    let failures = unsuccessful(&view.attempts) + view.abstentions;
    let already = called_useless(&view.attempts) >= policy.escalate_after;
    (failures >= policy.offer_after && !already && view.reading.small_talk.is_none()).then(|| {
        Reason {
            trigger: Trigger::FailedAttempts,
            strength: 0.5,
            effect: Effect::Offers,
            evidence: vec![Evidence::fact(
                "unsuccessful",
                &[("count", &failures.to_string())],
            )],
        }
    })
}

fn fact(trigger: Trigger, key: &str, values: &[(&str, &str)]) -> Signal {
    Signal {
        trigger,
        strength: 1.0,
        evidence: vec![Evidence::fact(key, values)],
    }
}

fn action_of(effect: Effect) -> Action {
    match effect {
        Effect::Escalates => Action::Escalate,
        Effect::Offers => Action::Offer,
        Effect::Clarifies => Action::Clarify,
        Effect::LowersThreshold | Effect::Declined | Effect::TooWeak => Action::Answer,
    }
}

fn counterfactual(
    policy: &Policy,
    reasons: &[Reason],
    action: Action,
    mood: f64,
) -> Option<String> {
    if action == Action::Escalate {
        let escalating: Vec<&Reason> = reasons
            .iter()
            .filter(|r| r.effect == Effect::Escalates)
            .collect();
        let calm = escalating
            .iter()
            .all(|r| r.strength < policy.threshold && r.trigger.group() != Group::Request);
        return Some(match escalating.as_slice() {
            _ if calm && mood > 0.0 => "would not have escalated in a calm mood".into(),
            [only] => format!("would not have escalated without {}", only.trigger),
            several => {
                let names: Vec<&str> = several.iter().map(|r| r.trigger.name()).collect();
                format!("would have escalated by each of {} alone", names.join(", "))
            }
        });
    }
    let near = reasons
        .iter()
        .filter(|r| r.effect == Effect::TooWeak && !matches!(r.trigger.group(), Group::Safety))
        .max_by(|a, b| a.strength.total_cmp(&b.strength))?;
    Some(format!(
        "{} was seen at {:.2}; {:.2} would have escalated",
        near.trigger, near.strength, policy.threshold
    ))
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
