//! The public API for other bots and desks. Tokens are bearer tokens, writes take an
//! Idempotency-Key, lists are paged by cursor.

pub(super) mod contacts;
pub(super) mod conversations;
pub(super) mod decisions;
pub(super) mod dedicated;
pub(super) mod events;
pub(super) mod handoffs;
pub(super) mod hands;
pub(super) mod mail;
mod once;

pub(super) use once::answer_once;

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use segue_core::access::Scope::{
    self, Decisions, ReadContacts, ReadConversations, ReadMeasures, ServeConversations,
    WriteContacts, WriteConversations,
};
use segue_core::audit::By;
use segue_core::ids::{ContactId, ConversationId, InboxId, TokenId, WorkspaceId};
use segue_core::time::MINUTE_MS;
use serde::Deserialize;

use super::App;
use super::doors::{Doors, May, admitted};
use super::measures::{Measures, MeasuresQuery, measure};
use super::problem::Problem;
use super::search;
use super::visitor::bearer;
use crate::desk::{Place, first_open};
use crate::edge::hash_of;

/// Rows on a page.
const PAGE: i64 = 100;
/// A token's last use is written down at most this often.
const USE_NOTED_MS: i64 = MINUTE_MS;

/// The door for mails, which may be larger than other bodies.
pub fn mail_doors() -> Doors {
    Doors::new().post(
        "/api/v1/inboxes/{id}/mail",
        May::Program(WriteConversations),
        mail::hand_in,
    )
}

/// The doors of the public API. A write that carries an Idempotency-Key happens once.
pub fn doors() -> Doors {
    Doors::new()
        .post(
            "/api/v1/decisions",
            May::Program(Decisions),
            decisions::decide_once,
        )
        .get(
            "/api/v1/contacts",
            May::Program(ReadContacts),
            contacts::list_contacts,
        )
        .post(
            "/api/v1/contacts",
            May::Program(WriteContacts),
            contacts::create_contact,
        )
        .get(
            "/api/v1/contacts/{id}",
            May::Program(ReadContacts),
            contacts::show_contact,
        )
        .patch(
            "/api/v1/contacts/{id}/attributes",
            May::Program(WriteContacts),
            contacts::change_attributes,
        )
        .get(
            "/api/v1/contacts/{id}/events",
            May::Program(ReadContacts),
            contacts::list_events,
        )
        .post(
            "/api/v1/contacts/{id}/events",
            May::Program(WriteContacts),
            contacts::add_events,
        )
        .delete(
            "/api/v1/contacts/{id}",
            May::Program(WriteContacts),
            contacts::erase_contact,
        )
        .get(
            "/api/v1/contacts/{id}/dedicated-agent",
            May::Program(ReadContacts),
            dedicated::show_dedicated,
        )
        .put(
            "/api/v1/contacts/{id}/dedicated-agent",
            May::Program(WriteContacts),
            dedicated::give_dedicated,
        )
        .get(
            "/api/v1/contacts/{id}/export",
            May::Program(ReadConversations),
            contacts::export_contact,
        )
        .get(
            "/api/v1/conversations",
            May::Program(ReadConversations),
            conversations::list_conversations,
        )
        .post(
            "/api/v1/conversations",
            May::Program(WriteConversations),
            conversations::create_conversation,
        )
        .get(
            "/api/v1/conversations/{id}",
            May::Program(ReadConversations),
            conversations::show_conversation,
        )
        .post(
            "/api/v1/conversations/{id}/messages",
            May::Program(WriteConversations),
            conversations::send_message,
        )
        .wish(
            "/api/v1/conversations/{id}/handoff",
            May::Program(WriteConversations),
            conversations::hand_off,
        )
        .post(
            "/api/v1/conversations/{id}/take-over",
            May::Program(ServeConversations),
            hands::take_over,
        )
        .post(
            "/api/v1/conversations/{id}/transfer",
            May::Program(ServeConversations),
            hands::transfer,
        )
        .post(
            "/api/v1/conversations/{id}/hand-back",
            May::Program(ServeConversations),
            hands::hand_back,
        )
        .post(
            "/api/v1/conversations/{id}/resolve",
            May::Program(ServeConversations),
            hands::resolve,
        )
        .get(
            "/api/v1/handoffs",
            May::Program(ReadConversations),
            handoffs::list_handoffs,
        )
        .get(
            "/api/v1/handoffs/{id}",
            May::Program(ReadConversations),
            handoffs::show_handoff,
        )
        .get(
            "/api/v1/events",
            May::Program(ReadConversations),
            events::list_events,
        )
        .get(
            "/api/v1/search",
            May::Program(ReadConversations),
            search::search_as_program,
        )
        .get("/api/v1/metrics", May::Program(ReadMeasures), show_metrics)
}

/// A program with a token.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Its token.
    pub token_id: TokenId,
    name: String,
    scopes: Vec<Scope>,
}

impl Caller {
    /// Who it is, for the audit log.
    pub(super) fn by(&self) -> By {
        By::Program {
            id: self.token_id.clone(),
            name: self.name.clone(),
        }
    }

    /// Refuses unless the token has the scope.
    pub(super) fn must(&self, scope: Scope) -> Result<(), Problem> {
        if self.scopes.contains(&scope) {
            return Ok(());
        }
        let name = scope.name();
        Err(Problem::forbidden(&format!(
            "this token lacks the scope `{name}`; make one that has it"
        )))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        admitted(parts)
    }
}

impl App {
    /// The program whose token these headers carry. Asked of the database each time, so
    /// that a revoked token is dead at once on every node.
    pub(super) async fn caller(&self, parts: &Parts, is_limited: bool) -> Result<Caller, Problem> {
        let unknown = || {
            Problem::unauthorized("send an API token as bearer token; `segue token add` makes one")
        };
        let (hash, now) = (
            hash_of(bearer(parts).ok_or_else(unknown)?),
            self.desk.clock.now(),
        );
        if is_limited {
            self.limits.take(&hash, self.rates.api, now)?;
        }
        let token = self
            .desk
            .store
            .read(move |tx| tx.api_token(&hash, now))
            .await?;
        let token = token.ok_or_else(unknown)?;
        if token
            .last_used_at
            .is_none_or(|at| now.since(at) >= USE_NOTED_MS)
        {
            self.desk
                .note_token_use(token.workspace_id.clone(), token.id.clone())
                .await?;
        }
        Ok(Caller {
            workspace_id: token.workspace_id,
            token_id: token.id,
            name: token.name,
            scopes: token.scopes,
        })
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

#[utoipa::path(get, path = "/api/v1/metrics", tag = "v1", params(MeasuresQuery),
    responses((status = 200, body = Measures)))]
pub(in crate::http) async fn show_metrics(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<MeasuresQuery>,
) -> Result<Json<Measures>, Problem> {
    measure(&app, caller.workspace_id, query).await.map(Json)
}

impl App {
    /// The place of an inbox; without one, of the oldest that is open.
    pub(in crate::http) async fn place_or_first(
        &self,
        workspace_id: &WorkspaceId,
        inbox_id: Option<&InboxId>,
    ) -> Result<Arc<Place>, Problem> {
        if let Some(inbox_id) = inbox_id {
            return Ok(self.desk.place(workspace_id, inbox_id).await?);
        }
        let id = workspace_id.clone();
        let inboxes = self.desk.store.read(move |tx| tx.inboxes(&id)).await?;
        let first = first_open(&inboxes).ok_or_else(Problem::not_found)?;
        Ok(self.desk.place(workspace_id, &first.id).await?)
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
