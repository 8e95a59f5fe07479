//! A policy as it stands in a database, where a newer version may have written it: while nodes
//! are upgraded one by one, the older ones go on with what they know of it. What an operator
//! writes is read strictly ([`super::read`]).

use serde_json::{Map, Value};

use super::{Policy, Rule, Timings};
use crate::signal::Trigger;

/// Fields whose keys are triggers.
const BY_TRIGGER: [&str; 6] = [
    "only_plans",
    "only_inboxes",
    "weights",
    "teams",
    "skills",
    "priorities",
];

impl Policy {
    /// Reads a stored policy; what this version does not know of it is left out.
    pub fn stored(json: &str) -> Result<Policy, serde_json::Error> {
        // A list would be read as one, field by field.
        let is_object = json.trim_start().starts_with('{');
        match serde_json::from_str(json) {
            Ok(policy) if is_object => Ok(policy),
            _ => serde_json::from_value(known(json)?),
        }
    }
}

fn known(json: &str) -> Result<Value, serde_json::Error> {
    let mut policy: Map<String, Value> = serde_json::from_str(json)?;
    let ours = fields(&Policy::default())?;
    policy.retain(|name, _| ours.contains_key(name));
    let is_trigger = |name: &str| Trigger::ALL.iter().any(|one| one.name() == name);
    for (name, value) in &mut policy {
        match (name.as_str(), value) {
            ("timings", Value::Object(timings)) => {
                let ours = fields(&Timings::default())?;
                timings.retain(|name, _| ours.contains_key(name));
            }
            ("off", Value::Array(off)) => off.retain(|one| one.as_str().is_some_and(is_trigger)),
            ("rule", Value::Array(rules)) => {
                // A rule that does more than we know of cannot be followed in part.
                rules.retain(|rule| serde_json::from_value::<Rule>(rule.clone()).is_ok());
            }
            (name, Value::Object(map)) if BY_TRIGGER.contains(&name) => {
                map.retain(|trigger, _| is_trigger(trigger));
            }
            _ => {}
        }
    }
    Ok(Value::Object(policy))
}

fn fields(of: &impl serde::Serialize) -> Result<Map<String, Value>, serde_json::Error> {
    serde_json::from_value(serde_json::to_value(of)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_newer_version_wrote_is_read_as_far_as_it_is_known() {
        let policy = json!({
            "version": 7, "threshold": 0.4, "a_new_setting": true,
            "off": ["customer.vip", "topic.weather"],
            "weights": { "customer.vip": 2.0, "topic.weather": 3.0 },
            "timings": { "invitation_ms": 1000, "a_new_span_ms": 5 },
            "rule": [
                { "name": "big", "when": "mrr > 1000.0", "do": "escalate" },
                { "name": "new", "when": "mrr > 1000.0", "do": "celebrate" },
            ],
        });
        let read = Policy::stored(&policy.to_string()).unwrap();
        assert_eq!((read.version, read.threshold), (7, 0.4));
        assert_eq!(read.off, [Trigger::Vip]);
        assert_eq!(read.weights.len(), 1);
        assert_eq!(read.timings.invitation_ms, 1000);
        let names: Vec<&str> = read.rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["big"]);
    }

    #[test]
    fn a_policy_of_our_own_is_read_whole_and_what_is_none_is_refused() {
        let ours = Policy::default();
        let json = serde_json::to_string(&ours).unwrap();
        assert_eq!(Policy::stored(&json).unwrap(), ours);
        assert!(Policy::stored("[]").is_err());
        assert!(Policy::stored("{\"threshold\": \"high\"}").is_err());
    }
}
