//! What a customer who waits is asked (P31): facts that the package lacks, one at a time and
//! by their leave. Nothing depends on an answer, nothing that was said is asked again (P27),
//! and whoever is furious is asked nothing.

use serde::{Deserialize, Serialize};

use crate::signal::Trigger;
use crate::time::SECOND_MS;

/// Something that an agent would ask first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
// The console has a `Detail` of its own.
#[schema(as = AskedDetail)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// What it is about, where nothing says so yet.
    Issue,
    /// The number of an order, an invoice, a contract.
    Reference,
    /// What the error says.
    ErrorText,
    /// The device or program it happens on.
    Device,
    /// Since when.
    Since,
}

impl Detail {
    /// All of them, the most telling first.
    pub const ALL: [Detail; 5] = [
        Detail::Issue,
        Detail::Reference,
        Detail::ErrorText,
        Detail::Device,
        Detail::Since,
    ];

    /// The name in JSON and in the keys of the words.
    pub const fn name(self) -> &'static str {
        match self {
            Detail::Issue => "issue",
            Detail::Reference => "reference",
            Detail::ErrorText => "error_text",
            Detail::Device => "device",
            Detail::Since => "since",
        }
    }
}

/// How long after the handoff the first is asked: the escalation message is read by itself,
/// and an agent who comes at once asks better.
pub const ASK_AFTER_MS: i64 = 20 * SECOND_MS;
/// Questions in one wait; more would be a form.
const AT_MOST: usize = 3;
/// From this mood on nothing is asked: a question would be one thing more in the way.
const FURIOUS: f64 = 0.8;

/// What to ask, in order: what the reasons of the handoff make worth knowing and nobody
/// has `told`. `mood` is that of the handoff, 0 calm to 1.
pub fn wanted(reasons: &[Trigger], told: &[Detail], mood: f64) -> Vec<Detail> {
    if mood >= FURIOUS {
        return vec![];
    }
    if !told.contains(&Detail::Issue) {
        return vec![Detail::Issue];
    }
    let useful = |detail: &Detail| reasons.iter().any(|reason| helps(*detail, *reason));
    let open = Detail::ALL
        .into_iter()
        .filter(|detail| !told.contains(detail));
    open.filter(useful).take(AT_MOST).collect()
}

fn helps(detail: Detail, reason: Trigger) -> bool {
    match detail {
        Detail::Issue => false,
        Detail::Reference => matches!(reason, Trigger::BillingDispute | Trigger::Complaint),
        Detail::ErrorText | Detail::Device => {
            matches!(reason, Trigger::BugInvestigation | Trigger::MultiArea)
        }
        Detail::Since => matches!(reason, Trigger::BugInvestigation | Trigger::AccountSecurity),
    }
}

/// Whether a message may be the answer to what was asked, rather than a question back. What
/// it says is for the agent to judge.
pub fn may_answer(text: &str) -> bool {
    let text = text.trim();
    text.chars().any(char::is_alphanumeric) && !text.ends_with(['?', '？', '؟'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_helps_and_was_not_said_is_asked() {
        let check = |reasons: &[Trigger], told: &[Detail], expected: &[Detail]| {
            assert_eq!(wanted(reasons, told, 0.3), expected, "{reasons:?} {told:?}");
        };
        use Detail::*;
        check(&[Trigger::RequestHuman], &[], &[Issue]);
        check(&[Trigger::RequestHuman], &[Issue], &[]);
        check(&[Trigger::BillingDispute], &[Issue], &[Reference]);
        check(&[Trigger::BillingDispute], &[Issue, Reference], &[]);
        check(
            &[Trigger::BugInvestigation],
            &[Issue, Device],
            &[ErrorText, Since],
        );
        let both = [Trigger::BugInvestigation, Trigger::BillingDispute];
        check(&both, &[Issue], &[Reference, ErrorText, Device]);
    }

    #[test]
    fn a_furious_customer_is_asked_nothing() {
        assert_eq!(wanted(&[Trigger::BugInvestigation], &[], 0.9), []);
    }

    #[test]
    fn a_question_back_is_no_answer() {
        for (text, may) in [
            ("4711", true),
            ("since monday", true),
            ("how long will it take?", false),
            ("まだですか？", false),
            ("هل هناك أحد؟", false),
            ("  ", false),
            ("!!", false),
        ] {
            assert_eq!(may_answer(text), may, "{text}");
        }
    }
}
