//! What a model notices in a customer's message, beside what the rules have read. It can
//! add; nothing here takes a signal away or makes one weaker. The rules are read before
//! and without it.

use segue_core::event::Role;
use segue_core::signal::{Evidence, Reading, Signal, Trigger};
use serde_json::Value;
use tokio::time::Instant;

use super::model::{Failure, Model};
use super::prompt::{Asked, for_signals};

/// A model is never as sure as a rule: its word escalates, but ranks below the rules'.
const STRONGEST: f64 = 0.7;
/// What it is less sure of is not worth keeping.
const WEAKEST: f64 = 0.3;
/// More than this is chatter.
const MOST: usize = 6;
/// Letters of a quotation.
const QUOTE: usize = 200;

/// What a model may notice. Facts about the customer and the answers are not its to say.
const NOTICED: [(Trigger, &str); 15] = [
    (
        Trigger::BillingDispute,
        "disputes a charge, or wants a refund that is due",
    ),
    (
        Trigger::AccountSecurity,
        "fears that somebody else has access to the account",
    ),
    (
        Trigger::LegalCompliance,
        "a lawyer, a regulator, data protection, an audit",
    ),
    (
        Trigger::Complaint,
        "complains about the company or the product's quality",
    ),
    (
        Trigger::Cancellation,
        "wants to cancel or leave, also said obliquely",
    ),
    (
        Trigger::CustomPricing,
        "wants a quote, custom pricing, enterprise terms",
    ),
    (Trigger::MultiArea, "a problem across several product areas"),
    (
        Trigger::AccountChange,
        "needs access to, or a change of, their account data",
    ),
    (
        Trigger::BugInvestigation,
        "a bug that somebody must investigate",
    ),
    (
        Trigger::UnresolvedReference,
        "an earlier conversation that was not resolved",
    ),
    (Trigger::Frustration, "is frustrated"),
    (Trigger::Urgency, "is in a hurry for a reason"),
    (Trigger::Anger, "is angry"),
    (Trigger::Helplessness, "does not know what else to try"),
    (Trigger::RequestHuman, "wants to speak with a person"),
];

/// Asks a model what it notices in the last line.
pub async fn notice(
    model: &Model,
    asked: &Asked,
    deadline: Instant,
) -> Result<Vec<Signal>, Failure> {
    let triggers = NOTICED.map(|(trigger, meaning)| (trigger.name(), meaning));
    let (messages, redactor) = for_signals(asked, &triggers);
    let said = model.object(&messages, deadline).await?;
    let Some((Role::Customer, text)) = asked.lines.last() else {
        return Ok(vec![]);
    };
    Ok(signals(&said, text, |quote| redactor.restore(quote)))
}

/// The signals in a model's answer that are what they should be; the others are left out.
fn signals(said: &Value, text: &str, restore: impl Fn(&str) -> String) -> Vec<Signal> {
    let text = plain(text);
    let read = |signal: &Value| {
        let trigger = Trigger::from_name(signal["trigger"].as_str()?)?;
        let strength = signal["strength"].as_f64()?;
        let quote = restore(signal["quote"].as_str()?);
        let may = NOTICED.iter().any(|(noticed, _)| *noticed == trigger);
        let is_quoted = quote.chars().count() <= QUOTE
            && plain(&quote).chars().count() >= 2
            && text.contains(&plain(&quote));
        let counts = may && is_quoted && (WEAKEST..=1.0).contains(&strength);
        counts.then(|| Signal {
            trigger,
            strength: strength.min(STRONGEST),
            evidence: vec![Evidence::fact("model", &[("quote", quote.trim())])],
        })
    };
    let mut signals: Vec<Signal> = Vec::new();
    for signal in said["signals"]
        .as_array()
        .into_iter()
        .flatten()
        .take(MOST)
        .filter_map(read)
    {
        if !signals.iter().any(|known| known.trigger == signal.trigger) {
            signals.push(signal);
        }
    }
    signals
}

/// Adds what was noticed to what was read. Where a rule has seen the same, the stronger
/// counts and the rule's evidence stays.
pub fn add(reading: &mut Reading, noticed: Vec<Signal>) {
    for signal in noticed {
        let known = reading
            .signals
            .iter_mut()
            .find(|known| known.trigger == signal.trigger);
        match known {
            Some(known) => {
                if signal.strength > known.strength {
                    known.strength = signal.strength;
                    known.evidence.extend(signal.evidence);
                }
            }
            None => reading.signals.push(signal),
        }
    }
    reading.signals.sort_by_key(|signal| signal.trigger);
}

fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_model_adds_only_what_the_customer_said() {
        let check = |signal: Value, expected: Option<f64>| {
            let said = json!({ "signals": [signal] });
            let found = signals(
                &said,
                "We are  moving to another tool, sorry",
                str::to_string,
            );
            let strength = found.first().map(|signal| signal.strength);
            assert_eq!(strength, expected, "{said}");
        };
        let signal = |trigger: &str, strength: f64, quote: &str| json!({ "trigger": trigger, "strength": strength, "quote": quote });
        let moving = "moving to another tool";
        check(signal("topic.cancellation", 0.6, moving), Some(0.6));
        check(
            signal("topic.cancellation", 1.0, "Moving to another  tool"),
            Some(0.7),
        );
        check(signal("topic.cancellation", 7.0, moving), None);
        check(signal("topic.cancellation", -1.0, moving), None);
        check(signal("topic.cancellation", 0.9, "I will sue you"), None);
        check(signal("topic.cancellation", 0.9, ""), None);
        check(signal("customer.vip", 0.9, moving), None);
        check(signal("confidence.ambiguous", 0.9, moving), None);
        check(signal("no.such_thing", 0.9, moving), None);
        check(json!("text"), None);
        check(json!({ "trigger": "topic.cancellation" }), None);
        assert_eq!(signals(&json!([]), "x", str::to_string), []);
        assert_eq!(
            signals(&json!({"signals": "none"}), "x", str::to_string),
            []
        );
    }

    #[test]
    fn what_the_rules_have_read_stays() {
        let rule = Signal {
            trigger: Trigger::Cancellation,
            strength: 0.9,
            evidence: vec![Evidence::words("cancel")],
        };
        let mut reading = Reading {
            signals: vec![rule.clone()],
            ..Reading::default()
        };
        let weaker = Signal {
            strength: 0.3,
            evidence: vec![],
            ..rule.clone()
        };
        add(&mut reading, vec![weaker]);
        assert_eq!(reading.signals, [rule]);
        add(&mut reading, vec![]);
        assert_eq!(reading.signals.len(), 1);
    }
}
