//! What an agent does with a conversation, done by a program in their name: another desk is
//! the human side.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use segue_core::event::{Disposition, Knowable};
use segue_core::hand_back::HandBackBrief;
use segue_core::ids::kind::Conversation as ConversationKind;
use segue_core::ids::{AgentId, ConversationId};
use serde::Deserialize;

use super::Caller;
use super::conversations::shown;
use super::once::{Once, given};
use crate::desk::{Actor, Error, Place, WrapUp};
use crate::http::App;
use crate::http::console::hands::Destination;
use crate::http::guard::{Body, PathId, clean_text};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::show::ConversationView;

/// The longest note, in characters.
const MAX_NOTE: usize = 8_000;

/// An agent in whose name it is done, and the epoch that the program has seen.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct InName {
    /// The agent.
    #[schema(value_type = String)]
    agent_id: AgentId,
    epoch: u64,
}

#[utoipa::path(post, path = "/api/v1/conversations/{id}/take-over", tag = "v1", params(("id" = String, Path)),
    request_body = InName, responses((status = 200, body = ConversationView), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn take_over(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ConversationKind>,
    once: Once,
    Body(taking): Body<InName>,
) -> Result<impl IntoResponse, Problem> {
    let (place, actor) = app.acting(&caller, &id, taking.agent_id).await?;
    let answer = shown(once, StatusCode::OK, place.clone(), None);
    let taken = app
        .desk
        .take_over_with(place, id, actor, taking.epoch, answer);
    Ok(given(taken.await?))
}

/// A conversation that its agent passes on.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct PassingInName {
    /// The agent who has it.
    #[schema(value_type = String)]
    from_agent_id: AgentId,
    epoch: u64,
    #[serde(flatten)]
    destination: Destination,
}

#[utoipa::path(post, path = "/api/v1/conversations/{id}/transfer", tag = "v1", params(("id" = String, Path)),
    request_body = PassingInName, responses((status = 200, body = ConversationView), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn transfer(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ConversationKind>,
    once: Once,
    Body(passing): Body<PassingInName>,
) -> Result<impl IntoResponse, Problem> {
    let (place, actor) = app.acting(&caller, &id, passing.from_agent_id).await?;
    let transfer = passing.destination.read(passing.epoch)?;
    // Read before: the transaction that passes on must not wait for the whole queue.
    let line = app.desk.line(&caller.workspace_id, None).await?;
    let answer = shown(once, StatusCode::OK, place.clone(), Some(line));
    let passed = app.desk.transfer_with(place, id, actor, transfer, answer);
    Ok(given(passed.await?))
}

/// A conversation that its agent gives back to the assistant.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct HandingBackInName {
    /// The agent who has it.
    #[schema(value_type = String)]
    agent_id: AgentId,
    epoch: u64,
    /// What the assistant must know; at least one line.
    brief: HandBackBrief,
}

#[utoipa::path(post, path = "/api/v1/conversations/{id}/hand-back", tag = "v1", params(("id" = String, Path)),
    request_body = HandingBackInName, responses((status = 200, body = ConversationView), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn hand_back(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ConversationKind>,
    once: Once,
    Body(back): Body<HandingBackInName>,
) -> Result<impl IntoResponse, Problem> {
    let (place, actor) = app.acting(&caller, &id, back.agent_id).await?;
    let answer = shown(once, StatusCode::OK, place.clone(), None);
    let handed = app
        .desk
        .hand_back_with(place, id, actor, back.epoch, back.brief, answer);
    Ok(given(handed.await?))
}

/// How a conversation ended.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct ResolutionInName {
    /// The agent who has it.
    #[schema(value_type = String)]
    agent_id: AgentId,
    epoch: u64,
    disposition: Disposition,
    /// Whether the assistant could have known.
    knowable: Option<Knowable>,
    /// A note among agents.
    note: Option<String>,
}

#[utoipa::path(post, path = "/api/v1/conversations/{id}/resolve", tag = "v1", params(("id" = String, Path)),
    request_body = ResolutionInName, responses((status = 200, body = ConversationView), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn resolve(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ConversationKind>,
    once: Once,
    Body(resolution): Body<ResolutionInName>,
) -> Result<impl IntoResponse, Problem> {
    let note = match &resolution.note {
        Some(note) if !note.trim().is_empty() => Some(clean_text(note, MAX_NOTE)?),
        _ => None,
    };
    let (place, actor) = app.acting(&caller, &id, resolution.agent_id).await?;
    let answer = shown(once, StatusCode::OK, place.clone(), None);
    let wrap_up = WrapUp {
        disposition: resolution.disposition,
        knowable: resolution.knowable,
        note,
    };
    let resolved = app
        .desk
        .resolve_with(place, id, actor, resolution.epoch, wrap_up, answer);
    Ok(given(resolved.await?))
}

impl App {
    /// The place of a conversation and the agent of its workspace in whose name a program
    /// acts.
    async fn acting(
        &self,
        caller: &Caller,
        id: &ConversationId,
        agent_id: AgentId,
    ) -> Result<(Arc<Place>, Actor), Problem> {
        let (place, _) = self.place_and_contact(&caller.workspace_id, id).await?;
        let workspace_id = caller.workspace_id.clone();
        let found = self
            .desk
            .store
            .read(move |tx| tx.agent(&workspace_id, &agent_id))
            .await?;
        let agent = found.filter(segue_store::Agent::is_active);
        let agent = agent.ok_or(Error::Invalid("there is no such agent here"))?;
        let actor = Actor {
            id: agent.id,
            workspace_id: agent.workspace_id,
            name: agent.name,
        };
        Ok((place, actor))
    }
}
