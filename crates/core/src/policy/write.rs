//! A policy as TOML, every line explained: what `segue policy init` prints.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::fields::{FIELDS, Field, Kind};
use super::{Policy, Rule, span};

const HEAD: &str = "\
# When the assistant hands a conversation to a person, and to whom.
# Try it with `segue policy check FILE`, use it with `segue serve --policy FILE`.
#
# A line that you take out keeps the value it has here. Strengths, moods and matches lie
# between 0 and 1. Times are written as \"45 seconds\", \"4 hours\", \"7 days\" or \"1h 30m\".
#
# Whatever stands here: a customer who asks for a person gets one, and the button for it
# is always there. There is no setting for that.
";

const RULES: &str = r#"
# Rules of your own. Each adds a reason; none can keep a customer from a person.
#   when     facts: contact.plan, contact.vip, contact.days_since_signup (-1: not known),
#            contact.same_issue_contacts, message.language, message.amount,
#            message.currency, message.asks_again, conversation.inbox,
#            conversation.mood, conversation.failed_answers, conversation.abstentions,
#            answer.known, answer.match; and signal("…") for how strongly any reason
#            was seen, 0 to 1. Combine them with && || ! == != < > in [ ].
#   do       escalate (hand over), offer (a person) or clarify (ask one question)
#   because  what the agent reads
#   team and priority may be left out.
#
# [[rule]]
# name = "Complaints of business customers"
# when = 'contact.plan == "business" && signal("topic.complaint") > 0.4'
# do = "escalate"
# team = "Key accounts"
# priority = 3
# because = "a business customer complains"
"#;

/// The policy as TOML with a comment for each line. Reading it gives the same policy.
pub fn write(policy: &Policy) -> String {
    let mut text = String::from(HEAD);
    let mut section = "";
    // Reading through the table's accessors wants a policy of its own.
    let mut policy = policy.clone();
    for field in &FIELDS {
        let (of, name) = field.key.split_once('.').unwrap_or(("", field.key));
        text.push('\n');
        for line in field.about {
            line_of(&mut text, &format!("# {line}"));
        }
        if !of.is_empty() && of != section {
            line_of(&mut text, &format!("[{of}]"));
            section = of;
        }
        if field.kind.is_table() {
            line_of(&mut text, &format!("[{name}]"));
            section = name;
        }
        for line in lines(field, name, &mut policy) {
            line_of(&mut text, &line);
        }
    }
    text.push_str(RULES);
    for rule in &policy.rules {
        text.push_str(&one_rule(rule));
    }
    text
}

fn line_of(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn lines(field: &Field, name: &str, policy: &mut Policy) -> Vec<String> {
    match &field.kind {
        Kind::Share(of) => vec![format!("{name} = {:?}", of(policy))],
        Kind::Count(of) => vec![format!("{name} = {}", of(policy))],
        Kind::Span(of, _) => vec![format!("{name} = \"{}\"", span::words(*of(policy)))],
        Kind::Switch(of) => vec![format!("{name} = {}", of(policy))],
        Kind::Names(of) => vec![format!("{name} = {}", list(of(policy)))],
        Kind::Triggers(of) => {
            let names: Vec<String> = of(policy).iter().map(ToString::to_string).collect();
            vec![format!("{name} = {}", list(&names))]
        }
        Kind::Amounts(of) => of(policy)
            .iter()
            .map(|(currency, amount)| format!("{currency} = {amount}"))
            .collect(),
        Kind::NamesFor(of) => entries(of(policy), |names| list(names)),
        Kind::WeightFor(of) => entries(of(policy), |weight| format!("{weight:?}")),
        Kind::NameFor(of) => entries(of(policy), |team| quoted(team)),
        Kind::PriorityFor(of) => entries(of(policy), ToString::to_string),
    }
}

fn entries<T>(
    map: &BTreeMap<crate::signal::Trigger, T>,
    value: impl Fn(&T) -> String,
) -> Vec<String> {
    map.iter()
        .map(|(trigger, one)| format!("\"{trigger}\" = {}", value(one)))
        .collect()
}

fn one_rule(rule: &Rule) -> String {
    let mut text = String::from("\n[[rule]]\n");
    let mut put = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name} = {value}");
    };
    put("name", &quoted(&rule.name));
    put("when", &quoted(rule.when.source()));
    put("do", &quoted(rule.action.name()));
    if let Some(team) = &rule.team {
        put("team", &quoted(team));
    }
    if rule.priority > 0 {
        put("priority", &rule.priority.to_string());
    }
    put("because", &quoted(&rule.because));
    text
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    format!("[{}]", quoted.join(", "))
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.into()).to_string()
}
