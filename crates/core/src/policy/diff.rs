//! What changes between two policies, in meaning: one sentence for each thing that goes from
//! one value to another.

use std::collections::BTreeMap;

use super::fields::{FIELDS, Kind};
use super::said::{Said, Worth};
use super::{DEFAULT_CURRENCY, Policy, Rule, RuleAction};
use crate::signal::Trigger;

/// What changes from `before` to `after`, in the order of the settings. The versions do not
/// count.
pub fn diff(before: &Policy, after: &Policy) -> Vec<Said> {
    let mut said = Vec::new();
    let (mut before, mut after) = (before.clone(), after.clone());
    for field in &FIELDS {
        let (old, new) = (&mut before, &mut after);
        let key = field.key;
        match &field.kind {
            Kind::Share(of) => goes(&mut said, key, of(old).to_string(), of(new).to_string()),
            Kind::Count(of) => goes(&mut said, key, of(old).to_string(), of(new).to_string()),
            Kind::Span(of, _) => {
                let (from, to) = (*of(old), *of(new));
                if from != to {
                    let told = Said::new("diff.goes").with("setting", Worth::Setting(key));
                    said.push(
                        told.with("from", Worth::Span(from))
                            .with("to", Worth::Span(to)),
                    );
                }
            }
            Kind::Switch(of) => {
                let (from, to) = (*of(old), *of(new));
                let key_of = if to { "diff.on" } else { "diff.off" };
                if from != to {
                    said.push(Said::new(key_of).with("setting", Worth::Setting(key)));
                }
            }
            Kind::Names(of) => lists(&mut said, key, of(old), of(new)),
            Kind::Triggers(of) => triggers(&mut said, of(old), of(new)),
            Kind::Amounts(of) => amounts(&mut said, of(old), of(new)),
            Kind::NamesFor(of) => {
                entries(&mut said, key, of(old), of(new), |names| names.join(", "))
            }
            Kind::WeightFor(of) => entries(&mut said, key, of(old), of(new), f64::to_string),
            Kind::NameFor(of) => entries(&mut said, key, of(old), of(new), String::clone),
            Kind::PriorityFor(of) => entries(&mut said, key, of(old), of(new), u8::to_string),
        }
    }
    rules(&mut said, &before.rules, &after.rules);
    said
}

/// The settings that differ, by their paths in TOML; `rule` where the operator's own rules do.
pub fn changed(before: &Policy, after: &Policy) -> Vec<&'static str> {
    let (mut before, mut after) = (before.clone(), after.clone());
    let differs = |field: &&super::fields::Field| {
        let (old, new) = (&mut before, &mut after);
        match &field.kind {
            Kind::Share(of) => of(old) != of(new),
            Kind::Count(of) => of(old) != of(new),
            Kind::Span(of, _) => of(old) != of(new),
            Kind::Switch(of) => of(old) != of(new),
            Kind::Names(of) => of(old) != of(new),
            Kind::Triggers(of) => of(old) != of(new),
            Kind::Amounts(of) => of(old) != of(new),
            Kind::NamesFor(of) => of(old) != of(new),
            Kind::WeightFor(of) => of(old) != of(new),
            Kind::NameFor(of) => of(old) != of(new),
            Kind::PriorityFor(of) => of(old) != of(new),
        }
    };
    let mut keys: Vec<&str> = FIELDS
        .iter()
        .filter(differs)
        .map(|field| field.key)
        .collect();
    if before.rules != after.rules {
        keys.push("rule");
    }
    keys
}

fn goes(said: &mut Vec<Said>, key: &'static str, from: String, to: String) {
    if from != to {
        let told = Said::new("diff.goes").with("setting", Worth::Setting(key));
        said.push(told.with("from", from).with("to", to));
    }
}

fn lists(said: &mut Vec<Said>, key: &'static str, before: &[String], after: &[String]) {
    let of = |sentence, name: &String| {
        let told = Said::new(sentence).with("setting", Worth::Setting(key));
        told.with("name", name.as_str())
    };
    let added = after.iter().filter(|name| !before.contains(name));
    said.extend(added.map(|name| of("diff.added", name)));
    let gone = before.iter().filter(|name| !after.contains(name));
    said.extend(gone.map(|name| of("diff.taken_out", name)));
}

fn triggers(said: &mut Vec<Said>, before: &[Trigger], after: &[Trigger]) {
    let off = after.iter().filter(|trigger| !before.contains(trigger));
    said.extend(off.map(|trigger| Said::new("diff.trigger_off").with("trigger", *trigger)));
    let on = before.iter().filter(|trigger| !after.contains(trigger));
    said.extend(on.map(|trigger| Said::new("diff.trigger_on").with("trigger", *trigger)));
}

fn amounts(said: &mut Vec<Said>, before: &BTreeMap<String, i64>, after: &BTreeMap<String, i64>) {
    let others = |of: &BTreeMap<String, i64>| of.get(DEFAULT_CURRENCY).copied().unwrap_or(0);
    let mut currencies: Vec<&String> = before.keys().chain(after.keys()).collect();
    currencies.sort();
    currencies.dedup();
    for currency in currencies {
        let from = before
            .get(currency)
            .copied()
            .unwrap_or_else(|| others(before));
        let to = after
            .get(currency)
            .copied()
            .unwrap_or_else(|| others(after));
        if from == to {
            continue;
        }
        let told = match currency.as_str() {
            DEFAULT_CURRENCY => Said::new("diff.refund_others"),
            currency => Said::new("diff.refund").with("currency", currency),
        };
        said.push(
            told.with("from", from.to_string())
                .with("to", to.to_string()),
        );
    }
}

fn entries<T: PartialEq>(
    said: &mut Vec<Said>,
    key: &'static str,
    before: &BTreeMap<Trigger, T>,
    after: &BTreeMap<Trigger, T>,
    text: impl Fn(&T) -> String,
) {
    let mut triggers: Vec<Trigger> = before.keys().chain(after.keys()).copied().collect();
    triggers.sort_unstable();
    triggers.dedup();
    for trigger in triggers {
        let of = |sentence| {
            let told = Said::new(sentence).with("setting", Worth::Setting(key));
            told.with("trigger", trigger)
        };
        match (before.get(&trigger), after.get(&trigger)) {
            (Some(from), Some(to)) if from != to => {
                said.push(
                    of("diff.entry_goes")
                        .with("from", text(from))
                        .with("to", text(to)),
                );
            }
            (None, Some(to)) => said.push(of("diff.entry_new").with("to", text(to))),
            (Some(from), None) => said.push(of("diff.entry_gone").with("from", text(from))),
            _ => {}
        }
    }
}

fn rules(said: &mut Vec<Said>, before: &[Rule], after: &[Rule]) {
    let named = |of: &[Rule], name: &str| of.iter().find(|rule| rule.name == name).cloned();
    for rule in after {
        let of = |sentence| Said::new(sentence).with("rule", rule.name.as_str());
        let Some(old) = named(before, &rule.name) else {
            said.push(of("diff.rule_new").with("when", rule.when.source()));
            continue;
        };
        if old.when != rule.when {
            let told = of("diff.rule_when").with("from", old.when.source());
            said.push(told.with("to", rule.when.source()));
        }
        if old.action != rule.action {
            let told = of("diff.rule_do").with("from", action(old.action));
            said.push(told.with("to", action(rule.action)));
        }
        let rest = |rule: &Rule| (rule.team.clone(), rule.priority, rule.because.clone());
        if rest(&old) != rest(rule) {
            said.push(of("diff.rule_rest"));
        }
    }
    let gone = before
        .iter()
        .filter(|rule| named(after, &rule.name).is_none());
    said.extend(gone.map(|rule| Said::new("diff.rule_gone").with("rule", rule.name.as_str())));
}

fn action(action: RuleAction) -> Worth {
    Worth::Words(match action {
        RuleAction::Escalate => "do_escalate",
        RuleAction::Offer => "do_offer",
        RuleAction::Clarify => "do_clarify",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::read;
    use crate::words::{LANGUAGES, Words};

    fn told(before: &str, after: &str) -> Vec<String> {
        let (before, after) = (read(before).unwrap(), read(after).unwrap());
        let said = diff(&before, &after);
        assert_eq!(said.is_empty(), changed(&before, &after).is_empty());
        said.iter()
            .map(|one| one.in_words(Words::of("en")))
            .collect()
    }

    #[test]
    fn each_change_is_told_in_meaning() {
        let check = |before: &str, after: &str, expected: &[&str]| {
            assert_eq!(told(before, after), expected, "{before} → {after}");
        };
        check("", "", &[]);
        check(
            "refund_threshold = { default = 100, EUR = 100 }",
            "refund_threshold = { default = 100, EUR = 50 }",
            &["The refund threshold in EUR goes from 100 to 50."],
        );
        check(
            "",
            "refund_threshold = { default = 100, JPY = 15000 }",
            &["The refund threshold in JPY goes from 100 to 15000."],
        );
        check(
            "threshold = 0.55",
            "threshold = 0.62",
            &["The threshold goes from 0.55 to 0.62."],
        );
        check(
            "[timings]\nlongest_wait = \"1 day\"",
            "[timings]\nlongest_wait = \"1h 30m\"",
            &["The longest live wait goes from 1 day to 1 hour 30 minutes."],
        );
        check(
            "vip_to_dedicated_agent = true",
            "vip_to_dedicated_agent = false",
            &["Switched off: VIPs go to their own agent."],
        );
        check(
            "",
            "off = [\"topic.complaint\"]",
            &["“Complaint” is switched off."],
        );
        check(
            "vip_plans = [\"enterprise\"]",
            "vip_plans = [\"business\"]",
            &[
                "The plans of VIPs: business is added.",
                "The plans of VIPs: enterprise is taken out.",
            ],
        );
        check(
            "[weights]\n\"topic.complaint\" = 0.8",
            "[weights]\n\"topic.complaint\" = 1.5",
            &["The weight of “Complaint” goes from 0.8 to 1.5."],
        );
    }

    #[test]
    fn rules_are_told_by_what_changed_in_them() {
        let rule = |when: &str, does: &str| {
            format!("[[rule]]\nname = \"Large\"\nwhen = '{when}'\ndo = \"{does}\"\n")
        };
        let large = rule("message.amount > 500.0", "offer");
        assert_eq!(
            told("", &large),
            ["Your rule “Large” is new: when message.amount > 500.0."]
        );
        assert_eq!(told(&large, ""), ["Your rule “Large” is gone."]);
        assert_eq!(
            told(&large, &rule("message.amount > 100.0", "escalate")),
            [
                "Your rule “Large” asks for message.amount > 100.0 instead of message.amount > 500.0.",
                "Your rule “Large” hands over; before it offers a person."
            ]
        );
    }

    #[test]
    fn every_setting_has_a_name_in_every_language() {
        for language in LANGUAGES {
            for field in &FIELDS {
                let key = format!("policy.setting.{}", field.key);
                assert!(
                    !Words::of(language).get(&key).is_empty(),
                    "{language} {key}"
                );
            }
        }
    }
}
