//! Why the assistant did what it did: each decision of a conversation with the message
//! it was made on, its reasons, and the facts that it knew.

use axum::Json;
use axum::extract::State;
use segue_core::decide::{Decision, View};
use segue_core::event::{Event, Fact, Role};
use segue_core::ids::kind::Conversation as ConversationKind;
use segue_core::ids::{DecisionId, MessageId};
use segue_core::signal::{SmallTalk, Trigger};
use segue_core::time::Timestamp;
use segue_store::StoredDecision;
use serde::Serialize;

use crate::desk::Error;
use crate::http::App;
use crate::http::guard::PathId;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;

/// Decisions shown of one conversation, the newest.
const SHOWN: i64 = 200;

/// The decisions of a conversation, oldest first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Decisions {
    decisions: Vec<DecisionShown>,
}

/// A decision, with what it was made on.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DecisionShown {
    #[schema(value_type = String)]
    id: DecisionId,
    at: Timestamp,
    /// The customer's message; `None` where they had said nothing yet.
    #[schema(value_type = Option<String>)]
    message_id: Option<MessageId>,
    /// Its words; `None` where they were erased.
    text: Option<String>,
    decision: Decision,
    facts: FactsShown,
}

/// What was known when it was decided.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FactsShown {
    inbox: String,
    plan: String,
    vip: bool,
    signed_up_at: Option<Timestamp>,
    /// Earlier contacts about the same issue.
    same_issue: usize,
    /// How well the best article answers, 0..1; `None` before it was asked.
    answerable: Option<f64>,
    /// Answers that the assistant had given.
    answers: usize,
    /// Of those, how many the customer called useless or asked again after.
    failed_answers: u32,
    /// Times that it had no answer.
    abstentions: u32,
    /// The mood of each turn before this one, oldest first, 0..1.
    moods: Vec<f64>,
    /// Reasons that the customer had declined.
    declined: Vec<Trigger>,
    /// What kind of small talk it was.
    small_talk: Option<SmallTalk>,
    /// ISO 639-1, `None` when the text was too short to tell.
    language: Option<String>,
}

#[utoipa::path(get, path = "/api/console/conversations/{id}/decisions", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = Decisions), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<Decisions>, Problem> {
    app.conversation_seen(&signed_in, &id).await?;
    let workspace_id = signed_in.agent.workspace_id.clone();
    let decisions = app
        .desk
        .store
        .read(move |tx| {
            let events = tx.events(&workspace_id, &id, 0, 5_000)?;
            let stored = tx.decisions(&workspace_id, &id, SHOWN)?;
            let shown = |stored| shown(&events, stored);
            Ok::<_, Error>(stored.into_iter().map(shown).collect())
        })
        .await?;
    Ok(Json(Decisions { decisions }))
}

fn shown(events: &[Event], stored: StoredDecision) -> DecisionShown {
    let (message_id, text) = decided_on(events, &stored.id).unzip();
    DecisionShown {
        id: stored.id,
        at: stored.at,
        message_id,
        text: text.flatten(),
        facts: facts(stored.view),
        decision: stored.decision,
    }
}

/// The customer's last message before a decision.
fn decided_on(events: &[Event], id: &DecisionId) -> Option<(MessageId, Option<String>)> {
    let is_it = |event: &Event| matches!(&event.fact, Fact::Decided { decision_id, .. } if decision_id == id);
    let decided = events.iter().position(is_it)?;
    events[..decided]
        .iter()
        .rev()
        .find_map(|event| match &event.fact {
            Fact::MessageAdded(message) if message.role == Role::Customer => {
                let body = event.body.as_ref();
                let text = body.and_then(|body| body.text.clone());
                Some((message.message_id.clone(), text))
            }
            _ => None,
        })
}

/// What was known, as far as an operator wants to see it.
pub(super) fn facts(view: View) -> FactsShown {
    let failed = view
        .attempts
        .iter()
        .filter(|one| one.outcome.is_unsuccessful());
    FactsShown {
        failed_answers: failed.count() as u32,
        answers: view.attempts.len(),
        inbox: view.inbox,
        plan: view.customer.plan,
        vip: view.customer.vip,
        signed_up_at: view.customer.signed_up_at,
        same_issue: view.customer.same_issue.len(),
        answerable: view.answerable,
        abstentions: view.abstentions,
        moods: view.moods,
        declined: view.declined,
        small_talk: view.reading.small_talk,
        language: view.reading.language,
    }
}
