//! The warm introduction (P29): the agent's first message, drafted from the package
//! and checked by code before it is offered. A model may improve the words inside
//! this contract; the draft is always there without one.

use serde::{Deserialize, Serialize};

use crate::asking::Detail;
use crate::attempt::Outcome;
use crate::package::{Package, shorten};
use crate::signal::Group;
use crate::words::{Words, fill};

/// A clause of the contract that a draft breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Does not greet by name, though the name is known.
    NoName,
    /// Does not say who writes.
    NoAgent,
    /// Does not name the issue.
    NoIssue,
    /// Does not say that conversation and attempts were read.
    NoReview,
    /// Suggests again what already failed (P40).
    RepeatsAttempt,
    /// Asks more than one question.
    ManyQuestions,
    /// Says nothing of what happens next.
    NoNextStep,
    /// Asks what the package holds: the customer has said it, or a system knows it.
    AsksKnown,
}

/// How an inbox speaks to its customers in the agent's first message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Short and direct; du, tu, tú.
    Plain,
    /// Friendly and polite.
    #[default]
    Warm,
    /// Reserved, with the whole name; Sie, vous, usted.
    Formal,
}

impl Tone {
    /// The words under a key of the introduction. Where a tone has none of its own, those
    /// of the warm one do.
    fn words<'a>(self, words: &'a Words, key: &str) -> &'a str {
        let own = match self {
            Tone::Warm => "",
            Tone::Plain => words.get(&format!("introduction.plain.{key}")),
            Tone::Formal => words.get(&format!("introduction.formal.{key}")),
        };
        match own {
            "" => words.get(&format!("introduction.{key}")),
            own => own,
        }
    }

    fn fill(self, words: &Words, key: &str, values: &[(&str, &str)]) -> String {
        fill(self.words(words, key), values)
    }
}

/// Drafts the introduction in the words of the customer's language.
pub fn draft(
    tone: Tone,
    words: &Words,
    package: &Package,
    agent_name: &str,
    company: &str,
) -> String {
    let name = match tone {
        Tone::Formal => known_name(package),
        Tone::Plain | Tone::Warm => first_name(package),
    };
    let greeting = match name {
        Some(name) => tone.fill(words, "greeting", &[("name", name)]),
        None => tone.fill(words, "greeting_nameless", &[]),
    };
    let agent = [("agent", agent_name), ("company", company)];
    let agent = tone.fill(words, "agent", &agent);
    // Somebody may ask for a person without a word before.
    let issue = match shorten(&package.assessment.issue, 140) {
        issue if issue.is_empty() => None,
        issue => Some(tone.fill(words, "issue", &[("issue", &issue)])),
    };
    let tried: Vec<&str> = failed(package).collect();
    let review = if tried.is_empty() {
        tone.fill(words, "review", &[])
    } else {
        tone.fill(words, "review_tried", &[("tried", &tried.join(", "))])
    };
    let next = next(tone, words, package);
    let said: Vec<String> = [Some(greeting), Some(agent), issue, Some(review)]
        .into_iter()
        .flatten()
        .collect();
    format!("{}\n\n{next}", said.join(" "))
}

/// The customer's name. One that a look-up found by an address that nobody proved may be
/// somebody else's: a greeting would give it away.
fn known_name(package: &Package) -> Option<&str> {
    let name = package.customer.name.as_deref();
    name.filter(|_| !package.is_doubtful("/customer/name"))
}

/// What the customer is greeted by: their first name, not the title before it.
fn first_name(package: &Package) -> Option<&str> {
    let name = known_name(package)?;
    let mut words = name.split_whitespace();
    words.find(|word| !word.ends_with('.')).or(Some(name))
}

/// Goes straight to the next step: what follows from why it was handed over, topics
/// before all else.
fn next(tone: Tone, words: &Words, package: &Package) -> String {
    let reasons = package.assessment.reasons.iter();
    let mut steps: Vec<(bool, &str)> = reasons
        .map(|reason| {
            let is_topic = reason.trigger.group() == Group::Topic;
            let key = format!("next.{}", reason.trigger.name());
            (!is_topic, tone.words(words, &key))
        })
        .filter(|(_, text)| !text.is_empty())
        .collect();
    steps.sort_by_key(|(is_later, _)| *is_later);
    let first = steps.first().map(|(_, text)| *text);
    first
        .unwrap_or_else(|| tone.words(words, "next"))
        .to_string()
}

/// Checks a draft against the contract; empty if it holds.
pub fn check(text: &str, words: &Words, package: &Package, agent_name: &str) -> Vec<Fault> {
    let lower = text.to_lowercase();
    let mut faults = Vec::new();
    let name = first_name(package);
    if name.is_some_and(|name| !lower.contains(&name.to_lowercase())) {
        faults.push(Fault::NoName);
    }
    if !lower.contains(&agent_name.to_lowercase()) {
        faults.push(Fault::NoAgent);
    }
    let issue = package.assessment.issue.to_lowercase();
    // The issue may be quoted, and have sentences of its own.
    let quoted = issue.trim_end_matches('…');
    let flat = match quoted.is_empty() {
        true => lower.clone(),
        false => lower.replace(quoted, &quoted.replace(ENDS, " ")),
    };
    let sentences = sentences(&flat);
    if !sentences.iter().any(|said| names_issue(said, &issue)) {
        faults.push(Fault::NoIssue);
    }
    let reviews = |said: &str| has_sign(said, words.get("introduction.review_signs"));
    if !reviews(&lower) {
        faults.push(Fault::NoReview);
    }
    let repeats = package
        .attempts
        .iter()
        .filter(|attempt| attempt.outcome.is_unsuccessful())
        .any(|attempt| lower.contains(&attempt.suggestion.to_lowercase()));
    if repeats {
        faults.push(Fault::RepeatsAttempt);
    }
    if text.matches(['?', '？', '؟']).count()
        > 1 + package.assessment.issue.matches(['?', '？', '؟']).count()
    {
        faults.push(Fault::ManyQuestions);
    }
    let agent = agent_name.to_lowercase();
    let goes_on = |said: &&&str| {
        let names_it = telling(&issue).next().is_some() && names_issue(said, &issue);
        !reviews(said) && !names_it && !said.contains(&agent) && weight(said) >= NEXT_STEP
    };
    if !sentences.iter().any(|said| goes_on(&said)) {
        faults.push(Fault::NoNextStep);
    }
    if sentences
        .iter()
        .any(|said| asks_known(said, words, package))
    {
        faults.push(Fault::AsksKnown);
    }
    faults
}

/// What ends a sentence.
const ENDS: [char; 9] = ['.', '!', '?', '。', '！', '？', '؟', '\n', '…'];
/// The least that says what happens next, in letters.
const NEXT_STEP: usize = 12;

/// The sentences of a text, their ends with them.
fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(ENDS)
        .filter(|said| said.chars().any(char::is_alphanumeric))
        .collect()
}

/// How much a sentence says, in letters; one of a script without spaces says more.
fn weight(said: &str) -> usize {
    let letters = said.chars().filter(|c| c.is_alphanumeric());
    letters.map(|c| if c >= '\u{2e80}' { 3 } else { 1 }).sum()
}

/// Whether one of the signs, parted by bars, stands in a text in small letters.
fn has_sign(lower: &str, signs: &str) -> bool {
    let mut signs = signs.split('|').map(|sign| sign.trim().to_lowercase());
    signs.any(|sign| !sign.is_empty() && lower.contains(&sign))
}

/// Whether a sentence asks for something that the package holds.
fn asks_known(said: &str, words: &Words, package: &Package) -> bool {
    let asks = said.ends_with(['?', '？', '؟']) || has_sign(said, words.get("introduction.please"));
    let customer = &package.customer;
    let known = [
        ("name", known_name(package).is_some()),
        ("email", customer.email.is_some()),
        ("reference", holds_reference(package)),
        ("issue", !package.assessment.issue.is_empty()),
    ];
    let wants = |what: &str| has_sign(said, words.get(&format!("introduction.asks.{what}")));
    asks && known
        .iter()
        .any(|(what, is_known)| *is_known && wants(what))
}

/// Whether the number of an order or an invoice is known: told when asked, or in the issue.
fn holds_reference(package: &Package) -> bool {
    let told = |it: &crate::package::Told| it.detail == Detail::Reference;
    let mut runs = package
        .assessment
        .issue
        .split(|c: char| !c.is_ascii_digit());
    package.told.iter().any(told) || runs.any(|run| run.len() >= 5)
}

/// At least half of the issue's telling words, or an issue that has none.
fn names_issue(lower: &str, issue: &str) -> bool {
    let found = telling(issue).filter(|word| lower.contains(*word)).count();
    found * 2 >= telling(issue).count()
}

/// The words of an issue that tell it from others.
fn telling(issue: &str) -> impl Iterator<Item = &str> {
    let words = issue.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| word.chars().count() > 3)
}

/// Titles of what was tried without success, each once.
fn failed(package: &Package) -> impl Iterator<Item = &str> {
    let mut seen = std::collections::BTreeSet::new();
    let unsuccessful = package
        .attempts
        .iter()
        .filter(|attempt| attempt.outcome != Outcome::Helped);
    unsuccessful
        .filter_map(|attempt| attempt.article_title.as_deref())
        .filter(move |title| seen.insert(*title))
        .take(3)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::attempt::Attempt;
    use crate::decide::{Effect, Reason};
    use crate::ids::{AttemptId, ConversationId, HandoffId, MessageId};
    use crate::package::{CustomerCard, LookUpState, Missing, PackageLookUp, Sources, Turn, build};
    use crate::signal::Trigger;
    use crate::time::Timestamp;
    use crate::words::LANGUAGES;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn package(name: Option<&str>, issue: &str, reasons: &[Trigger]) -> Package {
        let attempt = Attempt {
            id: AttemptId::new(NOW, 1),
            message_id: MessageId::new(NOW, 1),
            at: NOW,
            suggestion: "Clear the cache.".into(),
            article_id: None,
            article_title: Some("The app crashes".into()),
            outcome: Outcome::DidNotHelp,
            outcome_words: None,
        };
        let turn = Turn {
            message_id: None,
            text: issue.into(),
            mood: 0.6,
            tells_issue: true,
        };
        let mut package = build(
            Sources {
                handoff_id: &HandoffId::new(NOW, 1),
                conversation_id: &ConversationId::new(NOW, 1),
                through_seq: 9,
                language: "en",
                turns: &[turn],
                decision: None,
                answerable: None,
                attempts: &[attempt],
                customer: CustomerCard {
                    name: name.map(str::to_string),
                    ..CustomerCard::default()
                },
                suggestions: &[],
                files: vec![],
                customer_from: Default::default(),
                open: &[],
                similar: vec![],
                look_up: None,
            },
            NOW,
        );
        let reason = |trigger: &Trigger| Reason {
            trigger: *trigger,
            rule: None,
            contribution: 0.9,
            strength: 0.9,
            effect: Effect::Escalates,
            evidence: vec![],
        };
        package.assessment.reasons = reasons.iter().map(reason).collect();
        package
    }

    #[test]
    fn whom_a_look_up_found_by_an_unproved_address_is_not_named() {
        let words = Words::of("en");
        let fields = BTreeMap::from([("name".to_string(), "Wilhelmina".to_string())]);
        for (is_vouched, is_named) in [(true, true), (false, false)] {
            let mut package = package(None, "The app crashes when I pay", &[Trigger::RequestHuman]);
            let look_up = PackageLookUp {
                name: "CRM".into(),
                state: LookUpState::Found,
                at: NOW,
                is_vouched,
                fault: None,
            };
            package.fill(look_up, &fields);
            for tone in [Tone::Plain, Tone::Warm, Tone::Formal] {
                let text = draft(tone, words, &package, "Maya", "Fernhill");
                assert_eq!(text.contains("Wilhelmina"), is_named, "{text}");
                assert_eq!(check(&text, words, &package, "Maya"), [], "{text}");
            }
            let missing = &package.completeness.missing;
            assert_eq!(missing.contains(&Missing::Identity), !is_named);
        }
    }

    #[test]
    fn what_a_look_up_found_stands_until_it_answers_again() {
        let at = |state, is_vouched| PackageLookUp {
            name: "CRM".into(),
            state,
            at: NOW,
            is_vouched,
            fault: None,
        };
        let mut package = package(None, "The app crashes when I pay", &[Trigger::RequestHuman]);
        let fields = BTreeMap::from([("plan".to_string(), "business".to_string())]);
        package.fill(at(LookUpState::Found, false), &fields);
        for state in [LookUpState::Pending, LookUpState::Failed] {
            package.fill(at(state, true), &BTreeMap::new());
            assert_eq!(package.customer.plan, "business");
            assert!(package.is_doubtful("/customer/plan"), "{state:?}");
        }
        package.fill(at(LookUpState::Unknown, true), &BTreeMap::new());
        assert_eq!(package.customer.plan, "");
    }

    #[test]
    fn the_draft_keeps_its_own_contract_in_every_language() {
        let issues = [
            "The app crashes when I pay",
            "支払いでアプリが落ちます",
            "why? why now?",
        ];
        for language in LANGUAGES {
            let words = Words::of(language);
            for (name, issue) in [Some("Sara Lind"), None]
                .into_iter()
                .zip(issues.iter().cycle())
            {
                for tone in [Tone::Plain, Tone::Warm, Tone::Formal] {
                    let package = package(name, issue, &[Trigger::RequestHuman]);
                    let text = draft(tone, words, &package, "Maya", "Fernhill");
                    let faults = check(&text, words, &package, "Maya");
                    assert_eq!(faults, [], "{language} {tone:?}: {text}");
                }
            }
        }
    }

    #[test]
    fn a_title_is_no_name() {
        let words = Words::of("en");
        for (name, greeting) in [
            ("Dr. Henrik Aas", "Hi Henrik,"),
            ("陈伟", "Hi 陈伟,"),
            ("J.", "Hi J.,"),
        ] {
            let package = package(Some(name), "My order is late", &[]);
            let text = draft(Tone::Warm, words, &package, "Maya", "Fernhill");
            assert!(text.starts_with(greeting), "{text}");
        }
    }

    #[test]
    fn without_an_issue_none_is_named() {
        let words = Words::of("en");
        let package = package(Some("Sara Lind"), "", &[Trigger::RequestHuman]);
        let text = draft(Tone::Warm, words, &package, "Maya", "Fernhill");
        assert!(
            !text.contains("“”") && !text.contains("wrote about"),
            "{text}"
        );
        assert_eq!(check(&text, words, &package, "Maya"), []);
    }

    #[test]
    fn each_clause_of_the_contract_is_checked() {
        let words = Words::of("en");
        let package = package(Some("Sara Lind"), "The app crashes when I pay", &[]);
        let faults = |text: &str| check(text, words, &package, "Maya");
        let good = "Hi Sara, Maya here. The app crashes when you pay; I've read everything. \
                    I'm looking into our logs now.";
        assert_eq!(faults(good), []);
        for (from, to, fault) in [
            ("Sara", "there", Fault::NoName),
            ("Maya", "Jonas", Fault::NoAgent),
            ("The app crashes when you pay", "It fails", Fault::NoIssue),
            ("I've read everything", "How can I help", Fault::NoReview),
            (
                "everything.",
                "everything. Clear the cache.",
                Fault::RepeatsAttempt,
            ),
            (
                "everything.",
                "everything. Which? When?",
                Fault::ManyQuestions,
            ),
            ("I'm looking into our logs now.", "", Fault::NoNextStep),
            (
                "now.",
                "now. Could you tell me your name?",
                Fault::AsksKnown,
            ),
            ("now.", "now. What is the problem?", Fault::AsksKnown),
        ] {
            let text = good.replace(from, to);
            assert_eq!(faults(&text), [fault], "{text}");
        }
    }

    #[test]
    fn the_next_step_follows_from_the_reasons_a_topic_first() {
        let words = Words::of("en");
        let last = |reasons: &[Trigger]| {
            let package = package(None, "It was charged twice", reasons);
            let text = draft(Tone::Warm, words, &package, "Maya", "Fernhill");
            text.rsplit("\n\n").next().unwrap().to_string()
        };
        let said = |key: &str| words.get(&format!("introduction.next{key}")).to_string();
        assert_eq!(
            last(&[
                Trigger::RequestHuman,
                Trigger::FailedAttempts,
                Trigger::BillingDispute
            ]),
            said(".topic.billing_dispute")
        );
        assert_eq!(
            last(&[Trigger::FailedAttempts]),
            said(".confidence.failed_attempts")
        );
        assert_eq!(last(&[Trigger::RequestHuman]), said(""));
    }
}
