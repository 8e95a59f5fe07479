//! The public API for other bots and desks. Tokens are bearer tokens, writes take an
//! Idempotency-Key, lists are paged by cursor.

pub(super) mod contacts;
pub(super) mod conversations;
pub(super) mod decisions;
pub(super) mod events;
pub(super) mod handoffs;
mod once;

use std::sync::Arc;

use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::routing::{get, post};
use axum::{Json, Router};
use segue_core::ids::{ContactId, ConversationId, WorkspaceId};
use serde::Deserialize;

use super::App;
use super::measures::{DaysQuery, Measures, measure};
use super::problem::Problem;
use super::visitor::bearer;
use crate::desk::{API, Place};
use crate::edge::hash_of;

/// Rows on a page.
const PAGE: i64 = 100;

/// The routes of this door. The state is needed for writes that carry a key.
pub fn routes(app: App) -> Router<App> {
    let routes = Router::new()
        .route("/api/v1/decisions", post(decisions::decide_once))
        .route(
            "/api/v1/contacts",
            get(contacts::list_contacts).post(contacts::create_contact),
        )
        .route(
            "/api/v1/conversations",
            get(conversations::list_conversations).post(conversations::create_conversation),
        )
        .route(
            "/api/v1/conversations/{id}",
            get(conversations::show_conversation),
        )
        .route(
            "/api/v1/conversations/{id}/messages",
            post(conversations::send_message),
        )
        .route(
            "/api/v1/conversations/{id}/handoff",
            post(conversations::hand_off),
        )
        .route("/api/v1/handoffs", get(handoffs::list_handoffs))
        .route("/api/v1/handoffs/{id}", get(handoffs::show_handoff))
        .route("/api/v1/events", get(events::list_events))
        .route("/api/v1/metrics", get(show_metrics));
    once::idempotent(app, routes)
}

/// A program with a token.
pub struct Caller {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let unknown = || {
            Problem::unauthorized("send an API token as bearer token; `segue token add` makes one")
        };
        let hash = hash_of(bearer(parts).ok_or_else(unknown)?);
        app.limits
            .take(&hash, app.rates.api, app.desk.clock.now())?;
        let now = app.desk.clock.now();
        let workspace_id = app
            .desk
            .store
            .read(move |tx| tx.token(&hash, API, now))
            .await?
            .ok_or_else(unknown)?;
        Ok(Caller { workspace_id })
    }
}

/// A page of a list.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct PageQuery {
    /// The cursor that the page before gave.
    before: Option<String>,
    /// Only contacts with this address.
    email: Option<String>,
}

fn bad_cursor() -> Problem {
    Problem::bad_request("that is not a cursor from this list")
}

#[utoipa::path(get, path = "/api/v1/metrics", tag = "v1", params(DaysQuery),
    responses((status = 200, body = Measures)))]
pub(in crate::http) async fn show_metrics(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<DaysQuery>,
) -> Result<Json<Measures>, Problem> {
    measure(&app, caller.workspace_id, query).await.map(Json)
}

impl App {
    /// The first inbox of a workspace.
    async fn first_place(&self, workspace_id: &WorkspaceId) -> Result<Arc<Place>, Problem> {
        let id = workspace_id.clone();
        let inbox = self
            .desk
            .store
            .read(move |tx| tx.inboxes(&id))
            .await?
            .into_iter()
            .next();
        let inbox = inbox.ok_or_else(Problem::not_found)?;
        Ok(self.desk.place(workspace_id, &inbox.id).await?)
    }

    async fn place_and_contact(
        &self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<(Arc<Place>, ContactId), Problem> {
        let (asked_in, id) = (workspace_id.clone(), id.clone());
        let found = self
            .desk
            .store
            .read(move |tx| tx.conversation(&asked_in, &id))
            .await?;
        let conversation = found.ok_or_else(Problem::not_found)?;
        Ok((
            self.desk
                .place(workspace_id, &conversation.inbox_id)
                .await?,
            conversation.contact_id,
        ))
    }
}
