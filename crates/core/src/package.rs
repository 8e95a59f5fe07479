//! What the agent receives with every handoff (P22 to P26). Built without a model,
//! stored with the handoff, versioned. The history (P22) is the conversation's own
//! events up to `through_seq`; they are not copied, so they cannot differ.

use serde::{Deserialize, Serialize};

use crate::asking::Detail;
use crate::attempt::{Attempt, Outcome};
use crate::decide::{Decision, Effect, Reason};
use crate::event::{AgentName, Event, Fact, Role, TransferTo};
use crate::file::Attached;
use crate::hand_back::Agreed;
use crate::ids::{ConversationId, HandoffId, MessageId};
use crate::signal::{Evidence, Group, Trigger};
use crate::time::Timestamp;
use crate::words::Words;

/// The version of the package's form.
pub const VERSION: u32 = 1;

/// What the agent receives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Package {
    /// The form's version, [`VERSION`].
    pub version: u32,
    /// The handoff it belongs to.
    #[schema(value_type = String)]
    pub handoff_id: HandoffId,
    /// The conversation.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// When it was built.
    pub at: Timestamp,
    /// The history is every event up to this one (P22).
    pub through_seq: u64,
    /// What it is about and why it is here (P23).
    pub assessment: Assessment,
    /// What the assistant suggested and how it went (P24).
    pub attempts: Vec<Attempt>,
    /// Who the customer is (P25).
    pub customer: CustomerCard,
    /// What to try first (P26).
    pub next_steps: Vec<NextStep>,
    /// Files that were sent so far, oldest first (P46).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attached>,
    /// What the customer was asked while they waited, and said (P31).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
    /// From hand to hand among people, oldest first: the package grows with each transfer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Passed>,
    /// What agents did and promised before they gave it back to the assistant, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agreed: Vec<Agreed>,
}

/// An agent passed it on: what the next one must know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Passed {
    /// When.
    pub at: Timestamp,
    /// Who had it.
    pub from: AgentName,
    /// To whom.
    pub to: TransferTo,
    /// What they say about it.
    pub note: String,
    /// What they wrote to the customer last, oldest first, shortened.
    pub said: Vec<String>,
    /// The customer's newest words to them, shortened; empty where there are none.
    pub heard: String,
}

/// An agent's messages that are shown of their part.
const SAID: usize = 3;

impl Passed {
    /// What an agent did in the part of the history that was theirs: since it was last
    /// taken.
    pub fn of(
        events: &[Event],
        at: Timestamp,
        from: AgentName,
        to: TransferTo,
        note: String,
    ) -> Self {
        let begins = |event: &Event| {
            let taken = match &event.fact {
                Fact::Accepted { agent, .. } | Fact::TakenOver { agent, .. } => Some(agent),
                Fact::Reopened { agent, .. } => agent.as_ref(),
                _ => None,
            };
            taken.is_some_and(|agent| agent.id == from.id)
        };
        let since = events.iter().rposition(begins).unwrap_or(0);
        let texts = |role: Role| {
            let text = move |event: &Event| match &event.fact {
                Fact::MessageAdded(message) if message.role == role && !message.private => {
                    event.body.as_ref()?.text.clone()
                }
                _ => None,
            };
            let said: Vec<String> = events[since..].iter().filter_map(text).collect();
            said
        };
        let said = texts(Role::Agent);
        let first = said.len().saturating_sub(SAID);
        Self {
            at,
            from,
            to,
            note,
            said: said[first..].iter().map(|it| shorten(it, 240)).collect(),
            heard: texts(Role::Customer)
                .pop()
                .map_or_else(String::new, |it| shorten(&it, 240)),
        }
    }
}

/// Something that the customer was asked while they waited, and their answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Told {
    /// What was asked.
    pub detail: Detail,
    /// What they said, shortened.
    pub text: String,
    /// The message that says so.
    #[schema(value_type = String)]
    pub message_id: MessageId,
}

/// What it is about and why it is here (P23).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Assessment {
    /// The issue in the customer's own words.
    pub issue: String,
    /// What kind of issue: the strongest topic, or `general`.
    pub category: String,
    /// Why it was escalated, each with its words or facts.
    pub reasons: Vec<Reason>,
    /// The mood at the handoff, 0 calm to 1, with its strongest colour.
    pub mood: Mood,
    /// How well the knowledge base answered the last question, 0..1.
    pub answerable: Option<f64>,
    /// ISO 639-1 code of the customer's language.
    pub language: String,
}

/// The mood at the handoff.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Mood {
    /// 0 (calm) to 1.
    pub strength: f64,
    /// The strongest colour, where there is one.
    pub trigger: Option<Trigger>,
    /// The mood of each of the customer's turns, oldest first: the trend.
    pub trend: Vec<f64>,
}

/// Who the customer is (P25).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CustomerCard {
    /// Their name, where known.
    pub name: Option<String>,
    /// Their address, where known.
    pub email: Option<String>,
    /// Their plan, or empty.
    pub plan: String,
    /// Marked as VIP.
    pub vip: bool,
    /// When their account was made.
    pub signed_up_at: Option<Timestamp>,
    /// What else the contact record holds.
    pub attributes: std::collections::BTreeMap<String, String>,
    /// Earlier conversations, newest first.
    pub earlier: Vec<EarlierConversation>,
}

/// An earlier conversation of the same customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EarlierConversation {
    /// Which.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// The first thing the customer wrote.
    pub subject: String,
    /// When it began.
    pub opened_at: Timestamp,
    /// How it ended: a disposition, or `open`.
    pub outcome: String,
}

/// Something to try first (P26).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NextStep {
    /// What to do, in a sentence.
    pub text: String,
    /// Where it comes from: an article's title, or the trigger whose rule says so.
    pub source: String,
}

/// One of the customer's messages, as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
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
    let assessment = Assessment {
        issue: issue(sources.turns, &reasons),
        category: category(&reasons),
        mood: mood(sources.turns, sources.decision),
        answerable: sources.answerable,
        language: sources.language.into(),
        reasons,
    };
    Package {
        version: VERSION,
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
    }
}

impl Package {
    /// Adds what the customer says when asked. Where nobody knew the issue, that is it.
    pub fn tell(&mut self, detail: Detail, text: &str, message_id: MessageId) {
        let text = shorten(text, 400);
        if detail == Detail::Issue {
            self.assessment.issue = shorten(&text, 200);
        }
        self.told.push(Told {
            detail,
            text,
            message_id,
        });
    }
}

/// The issue in the customer's words, cut to a length one reads at a glance: the message
/// in which a topic was seen, else the newest that says what it is about, else the longest.
fn issue(turns: &[Turn], reasons: &[Reason]) -> String {
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
    let telling = by_topic.or_else(newest).or_else(longest);
    shorten(telling.map_or("", |turn| turn.text.trim()), 200)
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
        .map_or_else(|| "general".into(), |reason| reason.trigger.name().into())
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
        })
    });
    let tried = |title: &str| {
        attempts.iter().any(|attempt| {
            attempt.outcome != Outcome::Helped
                && attempt
                    .article_title
                    .as_deref()
                    .is_some_and(|tried| tried == title)
        })
    };
    let by_article = suggestions
        .iter()
        .filter(|suggestion| !tried(&suggestion.title))
        .map(|suggestion| NextStep {
            text: shorten(&suggestion.passage, 240),
            source: suggestion.title.clone(),
        });
    by_rule.chain(by_article).take(4).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AttemptId;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    /// Turns of which all but the complaints tell the issue.
    fn turns(texts: &[&str]) -> Vec<Turn> {
        let turn = |text: &&str| Turn {
            text: (*text).into(),
            mood: 0.4,
            tells_issue: !text.starts_with("no"),
        };
        texts.iter().map(turn).collect()
    }

    #[test]
    fn the_issue_is_what_the_customer_came_for() {
        let seen = |trigger, words: &str| Reason {
            trigger,
            rule: None,
            contribution: 0.9,
            strength: 0.9,
            effect: Effect::Escalates,
            evidence: vec![Evidence::words(words)],
        };
        let check = |texts: &[&str], reasons: &[Reason], issue: &str| {
            assert_eq!(super::issue(&turns(texts), reasons), issue, "{texts:?}");
        };
        let two = [
            "Where is my order?",
            "You charged me twice.",
            "nothing works",
        ];
        check(&two, &[], "You charged me twice.");
        let disputed = seen(Trigger::BillingDispute, "charged me twice");
        check(
            &["You charged me twice.", "And where is it?"],
            &[disputed],
            "You charged me twice.",
        );
        let again = seen(Trigger::UnresolvedReference, "third time");
        check(
            &["How long does it take?", "no, third time!"],
            &[again],
            "How long does it take?",
        );
        check(&["no", "nothing"], &[], "nothing");
        check(&[], &[], "");
    }

    #[test]
    fn next_steps_never_repeat_what_was_tried() {
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
        let suggestion = |title: &str| Suggestion {
            title: title.into(),
            passage: "Do this.".into(),
        };
        let package = build(
            Sources {
                handoff_id: &HandoffId::new(NOW, 1),
                conversation_id: &ConversationId::new(NOW, 1),
                through_seq: 9,
                language: "en",
                turns: &turns(&["the app crashes when I pay", "no, that did not help"]),
                decision: None,
                answerable: Some(0.7),
                attempts: &[attempt],
                customer: CustomerCard::default(),
                suggestions: &[
                    suggestion("The app crashes"),
                    suggestion("Reinstall the app"),
                ],
                files: vec![],
            },
            NOW,
        );
        assert_eq!(package.assessment.issue, "the app crashes when I pay");
        let sources: Vec<&str> = package
            .next_steps
            .iter()
            .map(|step| step.source.as_str())
            .collect();
        assert_eq!(sources, ["Reinstall the app"]);
    }

    #[test]
    fn shortening_cuts_at_a_word_and_survives_any_script() {
        assert_eq!(shorten("one two three", 8), "one two…");
        assert_eq!(shorten("数据数据数据", 3), "数据数…");
        assert_eq!(shorten(" a  b ", 10), "a b");
    }
}
