//! The records of handoffs, with their packages.

use axum::Json;
use axum::extract::{Query, State};
use segue_core::forecast::Promise;
use segue_core::ids::kind::Handoff as HandoffKind;
use segue_core::ids::{ConversationId, HandoffId};
use segue_core::package::Package;
use segue_core::signal::Trigger;
use segue_core::time::Timestamp;
use segue_store::Handoff;
use serde::Serialize;

use super::{Caller, PAGE, PageQuery, bad_cursor};
use crate::desk::{Error, learn, similar};
use crate::http::App;
use crate::http::guard::PathId;
use crate::http::problem::{Problem, ProblemDocument};

/// The record of a handoff.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HandoffRow {
    #[schema(value_type = String)]
    id: HandoffId,
    #[schema(value_type = String)]
    conversation_id: ConversationId,
    at: Timestamp,
    reasons: Vec<Trigger>,
    package: Option<Package>,
    promise: Option<Promise>,
    accepted_at: Option<Timestamp>,
    agent_id: Option<String>,
    first_reply_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    outcome: Option<String>,
}

/// A page of handoffs.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HandoffRows {
    handoffs: Vec<HandoffRow>,
    /// Send it as `before` for the next page.
    next: Option<String>,
}

fn handoff_row(handoff: Handoff) -> HandoffRow {
    HandoffRow {
        id: handoff.id,
        conversation_id: handoff.conversation_id,
        at: handoff.at,
        reasons: handoff.reasons,
        package: handoff.package,
        promise: handoff.promise,
        accepted_at: handoff.accepted_at,
        agent_id: handoff.agent_id.map(|id| id.to_string()),
        first_reply_at: handoff.first_reply_at,
        ended_at: handoff.ended_at,
        outcome: handoff.outcome,
    }
}

#[utoipa::path(get, path = "/api/v1/handoffs", tag = "v1", params(PageQuery), responses((status = 200, body = HandoffRows)))]
pub(in crate::http) async fn list_handoffs(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<HandoffRows>, Problem> {
    let before = page
        .before
        .as_deref()
        .map(|text| HandoffId::parse(text).ok_or_else(bad_cursor))
        .transpose()?;
    let handoffs = app
        .desk
        .store
        .read(move |tx| tx.handoffs(&caller.workspace_id, None, before.as_ref(), PAGE))
        .await?;
    let next = handoffs
        .last()
        .filter(|_| handoffs.len() as i64 == PAGE)
        .map(|handoff| handoff.id.to_string());
    Ok(Json(HandoffRows {
        handoffs: handoffs.into_iter().map(handoff_row).collect(),
        next,
    }))
}

#[utoipa::path(get, path = "/api/v1/handoffs/{id}", tag = "v1", params(("id" = String, Path)),
    responses((status = 200, body = HandoffRow), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn show_handoff(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<HandoffKind>,
) -> Result<Json<HandoffRow>, Problem> {
    let now = app.desk.clock.now();
    let read = app.desk.store.read(move |tx| {
        let workspace_id = &caller.workspace_id;
        let mut handoff = tx.handoff(workspace_id, &id)?.ok_or(Error::NotFound)?;
        if let Some(package) = &mut handoff.package {
            let shown = similar(tx, workspace_id, None, package, now)?;
            learn(package, &shown);
        }
        Ok::<_, Error>(handoff)
    });
    Ok(Json(handoff_row(read.await?)))
}
