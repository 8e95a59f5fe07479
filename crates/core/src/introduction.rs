//! The warm introduction (P29): the agent's first message, drafted from the package
//! and checked by code before it is offered. A model may improve the words inside
//! this contract; the draft is always there without one.

use serde::{Deserialize, Serialize};

use crate::attempt::Outcome;
use crate::package::{Package, shorten};
use crate::words::Words;

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
}

/// Drafts the introduction in the words of the customer's language.
pub fn draft(words: &Words, package: &Package, agent_name: &str, company: &str) -> String {
    let first_name = package
        .customer
        .name
        .as_deref()
        .and_then(|name| name.split_whitespace().next());
    let greeting = match first_name {
        Some(name) => words.fill("introduction.greeting", &[("name", name)]),
        None => words.fill("introduction.greeting_nameless", &[]),
    };
    let agent = words.fill(
        "introduction.agent",
        &[("agent", agent_name), ("company", company)],
    );
    let issue = words.fill(
        "introduction.issue",
        &[("issue", &shorten(&package.assessment.issue, 140))],
    );
    let tried: Vec<&str> = failed(package).collect();
    let review = if tried.is_empty() {
        words.fill("introduction.review", &[])
    } else {
        words.fill("introduction.review_tried", &[("tried", &tried.join(", "))])
    };
    let next = words.fill("introduction.next", &[]);
    format!("{greeting} {agent} {issue} {review}\n\n{next}")
}

/// Checks a draft against the contract; empty if it holds.
pub fn check(text: &str, words: &Words, package: &Package, agent_name: &str) -> Vec<Fault> {
    let lower = text.to_lowercase();
    let mut faults = Vec::new();
    let name = package
        .customer
        .name
        .as_deref()
        .and_then(|name| name.split_whitespace().next());
    if name.is_some_and(|name| !lower.contains(&name.to_lowercase())) {
        faults.push(Fault::NoName);
    }
    if !lower.contains(&agent_name.to_lowercase()) {
        faults.push(Fault::NoAgent);
    }
    if !names_issue(&lower, &package.assessment.issue) {
        faults.push(Fault::NoIssue);
    }
    let said = |key: &str| {
        words
            .get(key)
            .split('|')
            .any(|sign| lower.contains(&sign.trim().to_lowercase()))
    };
    if !said("introduction.review_signs") {
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
    faults
}

/// At least half of the issue's telling words, or the issue itself.
fn names_issue(lower: &str, issue: &str) -> bool {
    let issue = issue.to_lowercase();
    let telling: Vec<&str> = issue
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.chars().count() > 3)
        .collect();
    let found = telling.iter().filter(|word| lower.contains(**word)).count();
    telling.is_empty() || found * 2 >= telling.len()
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
