//! An inbox gets another name: what a policy says of it says it of the new one. Without this
//! a reason that counts in one inbox alone would count nowhere from then on.

use super::condition::Condition;
use super::{Policy, read, write};

/// What a condition asks an inbox's name by.
const ASKED: &str = "conversation.inbox";

/// A policy and its text after an inbox was renamed; `None` where it does not speak of it.
/// The text stays as its writer has it where the names alone can be exchanged.
pub fn rename_inbox(policy: &Policy, text: &str, from: &str, to: &str) -> Option<(Policy, String)> {
    let mut renamed = policy.clone();
    for name in renamed.only_inboxes.values_mut().flatten() {
        if name == from {
            *name = to.into();
        }
    }
    for rule in &mut renamed.rules {
        let asked = rule.when.source();
        if asked.contains(ASKED) {
            rule.when = Condition::new(exchanged(asked, from, to));
        }
    }
    if renamed == *policy {
        return None;
    }
    let edited = edited(text, from, to);
    let reads_the_same = read(&edited).is_ok_and(|read| {
        let version = renamed.version;
        Policy { version, ..read } == renamed
    });
    let text = if reads_the_same {
        edited
    } else {
        write(&renamed)
    };
    Some((renamed, text))
}

/// The name exchanged in the lines that can speak of inboxes.
fn edited(text: &str, from: &str, to: &str) -> String {
    let mut is_of_inboxes = false;
    let mut edited = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let begins = line.trim_start();
        if begins.starts_with('[') && !begins.starts_with("[\"") {
            is_of_inboxes = begins.starts_with("[only_inboxes]");
        }
        if is_of_inboxes || begins.starts_with("only_inboxes") || line.contains(ASKED) {
            edited.push_str(&exchanged(line, from, to));
        } else {
            edited.push_str(line);
        }
    }
    edited
}

/// A text with a name in quotes exchanged for another.
fn exchanged(text: &str, from: &str, to: &str) -> String {
    let quoted = |name: &str, quote: char| {
        let name = name.replace('\\', "\\\\");
        let name = name.replace(quote, &format!("\\{quote}"));
        format!("{quote}{name}{quote}")
    };
    ['"', '\'']
        .into_iter()
        .fold(text.to_string(), |text, quote| {
            text.replace(&quoted(from, quote), &quoted(to, quote))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"# Our own words.
[only_inboxes]
"topic.complaint" = ["App", "Site"] # both

[teams]
"topic.billing_dispute" = "App"

[[rule]]
name = "App"
when = 'conversation.inbox == "App" && message.asks_again'
do = "offer"
"#;

    fn check(from: &str, to: &str, expected: Option<&str>) {
        let policy = read(TEXT).unwrap();
        let renamed = rename_inbox(&policy, TEXT, from, to);
        if let Some((policy, text)) = &renamed {
            assert_eq!(read(text).unwrap(), *policy, "{text}");
        }
        assert_eq!(renamed.map(|(_, text)| text).as_deref(), expected);
    }

    #[test]
    fn what_is_said_of_an_inbox_follows_its_name() {
        let expected = TEXT
            .replace(r#"["App", "Site"]"#, r#"["Shop", "Site"]"#)
            .replace(r#"inbox == "App""#, r#"inbox == "Shop""#);
        check("App", "Shop", Some(&expected));
    }

    #[test]
    fn a_policy_that_does_not_speak_of_it_stays() {
        check("Billing", "Invoices", None);
    }

    #[test]
    fn a_name_that_text_cannot_take_as_it_is_is_written_anew() {
        let policy = read(TEXT).unwrap();
        let (renamed, text) = rename_inbox(&policy, TEXT, "App", r#"The "new" ap\p"#).unwrap();
        assert_eq!(read(&text).unwrap(), renamed);
        let names: Vec<&String> = renamed.only_inboxes.values().flatten().collect();
        assert_eq!(names, [r#"The "new" ap\p"#, "Site"]);
        assert!(renamed.check().is_empty());
    }
}
