//! What the agent receives with every handoff (P22 to P26). Built without a model,
//! stored with the handoff, versioned. The history (P22) is the conversation's own
//! events up to `through_seq`; they are not copied, so they cannot differ. Each part says
//! where it comes from (`provenance`), and the whole how complete it is (`completeness`).

mod build;
mod completeness;
mod look_up;
mod provenance;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::asking::Detail;
use crate::attempt::{Attempt, Outcome};
use crate::decide::Reason;
use crate::event::{AgentName, Event, Fact, Role, TransferTo};
use crate::file::Attached;
use crate::hand_back::Agreed;
use crate::ids::{AgentId, ArticleId, ConversationId, HandoffId, MessageId};
use crate::signal::Trigger;
use crate::time::Timestamp;

pub use build::{Sources, Suggestion, Turn, build, shorten};
pub use completeness::{Completeness, Missing};
pub use look_up::{LookUpState, PackageLookUp};
pub use provenance::{Provenance, Teller, pointer};

use build::{GENERAL, STEPS, STEPS_BY_RULE};

/// The version of the package's form.
pub const VERSION: u32 = 2;

/// What the agent receives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Package {
    /// The form's version, [`VERSION`].
    pub version: u32,
    /// Which version of this package it is: it grows by one with whatever fills in later.
    #[serde(default = "first_revision")]
    pub revision: u32,
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
    /// Conversations about the like that agents have solved, the nearest first. Their words
    /// are not copied, so that what is erased there is not kept here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub similar: Vec<SimilarCase>,
    /// The look-up of the customer, where one is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_up: Option<PackageLookUp>,
    /// How complete it is, and what is missing.
    #[serde(default)]
    pub completeness: Completeness,
    /// The first message in a model's words, where they keep the contract (P29).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduction: Option<BetterIntroduction>,
    /// Where each part comes from, by JSON pointer; what is said of a part holds for all
    /// below it.
    #[serde(default)]
    pub provenance: BTreeMap<String, Provenance>,
}

const fn first_revision() -> u32 {
    1
}

/// A conversation about the like that an agent has solved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SimilarCase {
    /// Which.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// How near the two matters are, 0 to 1.
    pub nearness: f64,
}

/// A first message in a model's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BetterIntroduction {
    /// Whose it is.
    #[schema(value_type = String)]
    pub agent_id: AgentId,
    /// The words.
    pub text: String,
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
    /// What happened lately, newest first, as the site and other programs tell it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Activity>,
}

/// Something that a customer did, or that happened to them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Activity {
    /// When.
    pub at: Timestamp,
    /// What, in a word or two.
    pub name: String,
    /// More of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Who says so.
    pub told_by: Teller,
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
    /// The article that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub article_id: Option<ArticleId>,
    /// The solved conversation in which an agent did so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub conversation_id: Option<ConversationId>,
    /// The language model in whose words it is; they have passed the check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl Package {
    /// Adds what the customer says when asked. Where nobody knew the issue, that is it.
    pub fn tell(&mut self, detail: Detail, text: &str, message_id: MessageId) {
        let text = shorten(text, 400);
        let told = Provenance::message(Some(message_id.clone()));
        if detail == Detail::Issue {
            self.assessment.issue = shorten(&text, 200);
            self.provenance
                .insert("/assessment/issue".into(), told.clone());
        }
        self.provenance
            .insert(format!("/told/{}", self.told.len()), told);
        self.told.push(Told {
            detail,
            text,
            message_id,
        });
        let mut open = self.open_details();
        open.retain(|one| *one != detail);
        self.revision += 1;
        self.completeness = completeness::weigh(self, &open);
    }

    /// Adds a step that was found later: before the articles, and instead of the one that it
    /// is made of.
    pub fn suggest(&mut self, step: NextStep) {
        let same =
            |known: &NextStep| known.article_id.is_some() && known.article_id == step.article_id;
        self.next_steps.retain(|known| !same(known));
        let articles = self
            .next_steps
            .iter()
            .position(|it| it.article_id.is_some());
        let at = articles.unwrap_or(self.next_steps.len());
        self.next_steps.insert(at.min(STEPS_BY_RULE), step);
        self.next_steps.truncate(STEPS);
        self.provenance
            .retain(|at, _| !at.starts_with("/next_steps/"));
        self.note_steps();
        let open = self.open_details();
        self.completeness = completeness::weigh(self, &open);
        self.revision += 1;
    }

    /// Takes a first message in a model's words.
    pub fn introduce(&mut self, introduction: BetterIntroduction, model: &str) {
        let name = model.to_string();
        self.introduction = Some(introduction);
        self.provenance
            .insert("/introduction".into(), Provenance::Model { name });
        self.revision += 1;
    }

    /// Says of every part where it comes from. What is known of the customer says so already.
    fn note_provenance(&mut self, issue: Option<MessageId>) {
        let by_rule = |name: &str| Provenance::Rule { name: name.into() };
        let category = match self.assessment.category.as_str() {
            GENERAL => Provenance::reader(),
            name => by_rule(name),
        };
        let told = [
            ("/assessment", Provenance::reader()),
            ("/assessment/issue", Provenance::message(issue)),
            ("/assessment/category", category),
            ("/assessment/reasons", by_rule("policy")),
            ("/assessment/answerable", Provenance::retrieval()),
            ("/attempts", Provenance::Record),
            ("/customer", Provenance::message(None)),
            ("/customer/earlier", Provenance::Record),
            ("/files", Provenance::message(None)),
            ("/similar", Provenance::retrieval()),
            ("/passed", Provenance::Record),
            ("/agreed", Provenance::Record),
        ];
        for (at, from) in told {
            self.provenance.insert(at.into(), from);
        }
        for (n, event) in self.customer.events.iter().enumerate() {
            let told = event.told_by.told(event.at);
            self.provenance
                .insert(format!("/customer/events/{n}"), told);
        }
        for (n, attempt) in self.attempts.iter().enumerate() {
            let told = match attempt.outcome {
                Outcome::Helped | Outcome::DidNotHelp => Provenance::message(None),
                Outcome::AskedAgain => Provenance::reader(),
                Outcome::Unknown => continue,
            };
            self.provenance
                .insert(format!("/attempts/{n}/outcome"), told);
        }
        self.note_steps();
    }

    fn note_steps(&mut self) {
        for (n, step) in self.next_steps.iter().enumerate() {
            let from = match step {
                NextStep {
                    model: Some(name), ..
                } => Provenance::Model { name: name.clone() },
                NextStep {
                    article_id: None,
                    conversation_id: None,
                    ..
                } => Provenance::Rule {
                    name: step.source.clone(),
                },
                NextStep { .. } => Provenance::retrieval(),
            };
            self.provenance.insert(format!("/next_steps/{n}"), from);
        }
    }
}

#[cfg(test)]
mod tests;
