//! How a package is put together from what was said, tried and decided.

use std::collections::BTreeMap;

use super::{
    Assessment, Completeness, CustomerCard, Mood, NextStep, Package, PackageLookUp, Provenance,
    SimilarCase, VERSION, completeness, first_revision,
};
use crate::asking::Detail;
use crate::attempt::{Attempt, Outcome};
use crate::decide::{Decision, Effect, Reason};
use crate::file::Attached;
use crate::ids::{ArticleId, ConversationId, HandoffId, MessageId};
use crate::signal::{Evidence, Group, Trigger};
use crate::time::Timestamp;
use crate::words::Words;

/// One of the customer's messages, as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    /// The message; `None` while it is not stored.
    pub message_id: Option<MessageId>,
    /// The words.
    pub text: String,
    /// The mood in them, 0 calm to 1.
    pub mood: f64,
    /// Whether they say what it is about, rather than how the last answer went, that a
    /// person is wanted, or hello.
    pub tells_issue: bool,
}

/// An article that might help, as the search found it.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Which.
    pub article_id: ArticleId,
    /// Its title.
    pub title: String,
    /// The passage found.
    pub passage: String,
}

/// What the package is built from.
#[derive(Clone, Debug)]
pub struct Sources<'a> {
    /// The handoff.
    pub handoff_id: &'a HandoffId,
    /// The conversation.
    pub conversation_id: &'a ConversationId,
    /// The last event before the handoff.
    pub through_seq: u64,
    /// Its language.
    pub language: &'a str,
    /// The customer's messages, oldest first.
    pub turns: &'a [Turn],
    /// The decision that led here; `None` when somebody used the button first.
    pub decision: Option<&'a Decision>,
    /// How well the knowledge base answered the last question.
    pub answerable: Option<f64>,
    /// The ledger.
    pub attempts: &'a [Attempt],
    /// The customer.
    pub customer: CustomerCard,
    /// Articles that fit the issue, best first.
    pub suggestions: &'a [Suggestion],
    /// Files that were sent, oldest first.
    pub files: Vec<Attached>,
    /// Where what is known of the customer comes from, by JSON pointer.
    pub customer_from: BTreeMap<String, Provenance>,
    /// Details that help with a matter of this kind and that nobody has told.
    pub open: &'a [Detail],
    /// Conversations about the like that were solved, the nearest first.
    pub similar: Vec<SimilarCase>,
    /// The look-up that is set.
    pub look_up: Option<PackageLookUp>,
}

/// Builds the package.
pub fn build(sources: Sources<'_>, now: Timestamp) -> Package {
    let reasons: Vec<Reason> = sources.decision.map_or_else(Vec::new, |decision| {
        decision
            .reasons
            .iter()
            .filter(|reason| reason.effect != Effect::TooWeak)
            .cloned()
            .collect()
    });
    let telling = issue(sources.turns, &reasons);
    let assessment = Assessment {
        issue: shorten(telling.map_or("", |turn| turn.text.trim()), 200),
        category: category(&reasons),
        mood: mood(sources.turns, sources.decision),
        answerable: sources.answerable,
        language: sources.language.into(),
        reasons,
    };
    let mut package = Package {
        version: VERSION,
        revision: first_revision(),
        handoff_id: sources.handoff_id.clone(),
        conversation_id: sources.conversation_id.clone(),
        at: now,
        through_seq: sources.through_seq,
        next_steps: next_steps(&assessment, sources.attempts, sources.suggestions),
        assessment,
        attempts: sources.attempts.to_vec(),
        customer: sources.customer,
        files: sources.files,
        told: vec![],
        passed: vec![],
        agreed: vec![],
        similar: sources.similar,
        look_up: sources.look_up,
        completeness: Completeness::default(),
        introduction: None,
        provenance: sources.customer_from,
    };
    let message_id = telling.and_then(|turn| turn.message_id.clone());
    package.note_provenance(message_id);
    package.completeness = completeness::weigh(&package, sources.open);
    package
}

/// The category of what no rule has seen.
pub(super) const GENERAL: &str = "general";
/// Steps that are suggested; more are not read.
pub(super) const STEPS: usize = 4;
/// Of them, what rules say at most: an article that fits is more to the point.
pub(super) const STEPS_BY_RULE: usize = 3;

/// What tells the issue: the message in which a topic was seen, else the newest that says
/// what it is about, else the longest.
pub(super) fn issue<'a>(turns: &'a [Turn], reasons: &[Reason]) -> Option<&'a Turn> {
    let by_topic = reasons
        .iter()
        .filter(|reason| names_issue(reason.trigger))
        .flat_map(|reason| &reason.evidence)
        .filter_map(|evidence| match evidence {
            Evidence::Words { text, .. } => Some(text.as_str()),
            Evidence::Fact { .. } => None,
        })
        .find_map(|words| turns.iter().rfind(|turn| turn.text.contains(words)));
    let newest = || turns.iter().rfind(|turn| turn.tells_issue);
    let longest = || turns.iter().max_by_key(|turn| turn.text.trim().len());
    by_topic.or_else(newest).or_else(longest)
}

/// Whether the words behind a trigger say what it is about.
fn names_issue(trigger: Trigger) -> bool {
    matches!(trigger.group(), Group::Topic | Group::Complexity)
        && trigger != Trigger::UnresolvedReference
}

/// Cuts at a word, with an ellipsis.
pub fn shorten(text: &str, letters: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= letters {
        return text;
    }
    let cut: String = text.chars().take(letters).collect();
    let end = cut
        .rfind(' ')
        .filter(|end| *end > letters / 2)
        .unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

fn category(reasons: &[Reason]) -> String {
    reasons
        .iter()
        .filter(|reason| matches!(reason.trigger.group(), Group::Topic | Group::Complexity))
        .max_by(|a, b| a.strength.total_cmp(&b.strength))
        .map_or_else(|| GENERAL.into(), |reason| reason.trigger.name().into())
}

fn mood(turns: &[Turn], decision: Option<&Decision>) -> Mood {
    let trend: Vec<f64> = turns.iter().map(|turn| turn.mood).collect();
    let colour = decision.and_then(|decision| {
        let moods = decision
            .reasons
            .iter()
            .filter(|r| r.trigger.group() == Group::Sentiment);
        moods.max_by(|a, b| a.strength.total_cmp(&b.strength))
    });
    Mood {
        strength: trend.iter().copied().fold(0.0, f64::max),
        trigger: colour.map(|reason| reason.trigger),
        trend,
    }
}

/// What to try first; never something that already failed (P26). What a rule suggests is
/// in English here; the console says it in the agent's language, by its source.
fn next_steps(
    assessment: &Assessment,
    attempts: &[Attempt],
    suggestions: &[Suggestion],
) -> Vec<NextStep> {
    let words = Words::of("en");
    let by_rule = assessment.reasons.iter().filter_map(|reason| {
        let source = reason.trigger.name();
        let text = words.get(&format!("console.step.{source}"));
        (!text.is_empty()).then(|| NextStep {
            text: text.into(),
            source: source.into(),
            article_id: None,
            conversation_id: None,
            model: None,
        })
    });
    let tried = |suggestion: &Suggestion| {
        attempts.iter().any(|attempt| {
            let same = attempt.article_id.as_ref() == Some(&suggestion.article_id)
                || attempt.article_title.as_deref() == Some(&suggestion.title);
            attempt.outcome != Outcome::Helped && same
        })
    };
    let by_article = suggestions
        .iter()
        .filter(|suggestion| !tried(suggestion))
        .map(|suggestion| NextStep {
            text: shorten(&suggestion.passage, 240),
            source: suggestion.title.clone(),
            article_id: Some(suggestion.article_id.clone()),
            conversation_id: None,
            model: None,
        });
    by_rule
        .take(STEPS_BY_RULE)
        .chain(by_article)
        .take(STEPS)
        .collect()
}
