//! Looks at what an agent is about to send: whether it opens as if nothing had been said
//! (P42), asks for what was tried (P40), or for what the customer has told. It reads and
//! writes nothing down; what is sent all the same is recorded by `reply`.

use std::collections::BTreeSet;

use segue_core::attempt::{Attempt, Outcome};
use segue_core::event::{Event, Fact, Role};
use segue_core::guard::Guard;
use segue_core::ids::{ConversationId, MessageId, WorkspaceId};
use segue_core::time::Timestamp;
use segue_core::words::Words;
use segue_sense::draft_checks::{Said, Speaker, check};
use segue_store::{Contact, Tx};
use serde::{Deserialize, Serialize};

use super::{Desk, Error};

/// Events that are looked at, the newest.
const READ_EVENTS: u64 = 1_000;
/// Messages that a draft is compared with, the newest.
const COMPARED: usize = 60;
/// Letters that are read of one message, and of the draft.
pub(super) const READ_LETTERS: usize = 1_000;
const DRAFT_LETTERS: usize = 4_000;
/// A customer's words that are not longer can be said again in a reply.
const SAID_AGAIN_LETTERS: usize = 160;
/// Has a guard see that a name on record is one.
const NAME: &str = "my name is ";

/// What the guards say of a draft. All of it is advice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReplyChecked {
    /// It opens as if nothing had been said.
    pub is_cold: bool,
    /// What it asks for that was tried already.
    pub repeats: Option<TriedBefore>,
    /// What it asks for that the customer has told.
    pub asks_again: Option<ToldBefore>,
}

/// A step that was tried already.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TriedBefore {
    /// What the assistant suggested, in a sentence or two.
    pub suggestion: String,
    /// When.
    pub at: Timestamp,
    /// The message that suggested it.
    #[schema(value_type = String)]
    pub message_id: MessageId,
    /// How it went.
    pub outcome: Outcome,
}

/// An answer that the customer has given already.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ToldBefore {
    /// The words of the draft that ask for it.
    pub question: String,
    /// The customer's words, or what their record says.
    pub answer: Option<String>,
    /// Their message; `None` where the record says it.
    #[schema(value_type = Option<String>)]
    pub message_id: Option<MessageId>,
    /// What can be said in the question's place, in the conversation's language; `None` where
    /// the answer is not known, or too long to be said again.
    pub instead: Option<String>,
}

impl ToldBefore {
    fn of(
        question: String,
        answer: Option<String>,
        message_id: Option<MessageId>,
        language: &str,
    ) -> Self {
        let key = message_id
            .as_ref()
            .map_or("reply.as_known", |_| "reply.as_told");
        let short = answer.as_deref().map(str::trim);
        let short = short.filter(|words| words.chars().count() <= SAID_AGAIN_LETTERS);
        let instead = short.map(|words| Words::of(language).fill(key, &[("answer", words)]));
        Self {
            question,
            answer,
            message_id,
            instead,
        }
    }
}

/// What an agent was warned of and sent all the same.
#[derive(Clone, Debug, PartialEq, Deserialize, utoipa::ToSchema)]
pub struct Warned {
    /// Of what.
    pub guard: Guard,
    /// The message that holds what was tried or told.
    #[schema(value_type = Option<String>)]
    pub of: Option<MessageId>,
}

/// What was said and tried, as the guards look at it.
struct Known {
    language: String,
    said: Vec<(Speaker, Option<MessageId>, String)>,
    attempts: Vec<Attempt>,
}

impl Desk {
    /// Checks a draft. An empty one makes the conversation's texts known to the reader, so
    /// that the first real one is quick.
    pub async fn check_draft(
        &self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
        draft: String,
    ) -> Result<ReplyChecked, Error> {
        let (workspace_id, id) = (workspace_id.clone(), id.clone());
        let known = self
            .store
            .read(move |tx| Known::load(tx, &workspace_id, &id));
        let known = known.await?;
        let reader = self.knowledge.reader().clone();
        let checked = tokio::task::spawn_blocking(move || {
            let draft = shortened(&draft, DRAFT_LETTERS);
            let said: Vec<Said<'_>> = known
                .said
                .iter()
                .map(|(by, _, text)| Said { by: *by, text })
                .collect();
            let tried = known.attempts.iter();
            let tried: Vec<&str> = tried.map(|attempt| attempt.suggestion.as_str()).collect();
            let is_warming = draft.trim().is_empty();
            // Any question has the reader look at all that the customer said.
            let text = if is_warming { "…?" } else { draft };
            let checked = check(&reader, text, &said, &tried);
            if is_warming {
                return ReplyChecked::default();
            }
            ReplyChecked {
                is_cold: checked.is_cold,
                repeats: checked
                    .repeats
                    .and_then(|index| known.attempts.get(index))
                    .map(tried_before),
                asks_again: checked.asks_again.map(|asked| {
                    let message_id = asked.of.and_then(|at| known.said.get(at)?.1.clone());
                    let answer = asked.answer.map(|words| match words.strip_prefix(NAME) {
                        Some(name) if message_id.is_none() => name.to_owned(),
                        _ => words,
                    });
                    ToldBefore::of(asked.question, answer, message_id, &known.language)
                }),
            }
        });
        let checked = checked.await;
        checked.map_err(|_| Error::Invalid("the draft could not be read"))
    }
}

fn tried_before(attempt: &Attempt) -> TriedBefore {
    TriedBefore {
        suggestion: attempt.suggestion.clone(),
        at: attempt.at,
        message_id: attempt.message_id.clone(),
        outcome: attempt.outcome,
    }
}

impl Known {
    fn load(
        tx: &mut Tx<'_>,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<Self, Error> {
        let found = tx.conversation(workspace_id, id)?.ok_or(Error::NotFound)?;
        let after = found.seq.saturating_sub(READ_EVENTS);
        let events = tx.events(workspace_id, id, after, READ_EVENTS as i64)?;
        let contact = tx.contact(workspace_id, &found.contact_id)?;
        let mut attempts = tx.attempts(workspace_id, id)?;
        attempts.retain(|attempt| attempt.outcome != Outcome::Helped);
        let suggesting: BTreeSet<&MessageId> =
            attempts.iter().map(|attempt| &attempt.message_id).collect();
        let mut said = said(&events, &suggesting);
        said.drain(..said.len().saturating_sub(COMPARED));
        said.extend(contact.iter().flat_map(on_record));
        Ok(Self {
            language: found.language,
            said,
            attempts,
        })
    }
}

/// What was said, without notes and without what we say from templates. An agent's words count
/// as theirs since the last handoff: after the next one a greeting is a first one again.
fn said(
    events: &[Event],
    suggesting: &BTreeSet<&MessageId>,
) -> Vec<(Speaker, Option<MessageId>, String)> {
    let handed_off = events
        .iter()
        .rposition(|event| matches!(event.fact, Fact::HandedOff { .. }))
        .unwrap_or(0);
    let words = events.iter().enumerate().filter_map(|(at, event)| {
        let Fact::MessageAdded(message) = &event.fact else {
            return None;
        };
        let by = match message.role {
            Role::Customer => Speaker::Customer,
            Role::Agent if at > handed_off => Speaker::Agent,
            Role::Agent => Speaker::Machine,
            Role::Assistant if suggesting.contains(&message.message_id) => Speaker::Machine,
            Role::Assistant | Role::System => return None,
        };
        let text = event.body.as_ref()?.text.as_deref()?;
        let text = shortened(text, READ_LETTERS).to_owned();
        (!message.private).then(|| (by, Some(message.message_id.clone()), text))
    });
    words.collect()
}

/// What the customer's record says, in words that a guard understands.
fn on_record(contact: &Contact) -> Vec<(Speaker, Option<MessageId>, String)> {
    let name = contact.person.name.as_deref();
    let name = name.map(|name| format!("{NAME}{name}"));
    let email = contact.person.email.clone();
    let told = name.into_iter().chain(email);
    told.map(|text| (Speaker::Record, None, text)).collect()
}

pub(super) fn shortened(text: &str, letters: usize) -> &str {
    let end = text.char_indices().nth(letters);
    end.map_or(text, |(end, _)| &text[..end])
}
