//! Everything that happened in a workspace, in the order of time.

use axum::Json;
use axum::extract::{Query, State};
use segue_core::event::Event;
use segue_core::ids::ConversationId;
use segue_core::time::{SECOND_MS, Timestamp};
use segue_store::EventPlace;
use serde::{Deserialize, Serialize};

use super::{Caller, bad_cursor};
use crate::http::App;
use crate::http::problem::Problem;

/// Events on a page.
const PAGE: i64 = 500;
/// An event is listed once it is this old: none that is still being committed can then
/// come to stand before a place that a reader has passed.
const SETTLED_MS: i64 = 10 * SECOND_MS;

/// From where on.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct AfterQuery {
    /// The cursor that the page before gave; from the beginning if absent.
    after: Option<String>,
}

/// Events of all conversations that are at least ten seconds old.
#[derive(Serialize, utoipa::ToSchema)]
pub struct EventRows {
    events: Vec<EventRow>,
    /// Send it as `after` for what comes next, now or later; `null` before the first event.
    next: Option<String>,
}

/// An event with its conversation.
#[derive(Serialize, utoipa::ToSchema)]
pub struct EventRow {
    #[schema(value_type = String)]
    conversation_id: ConversationId,
    event: Event,
}

#[utoipa::path(get, path = "/api/v1/events", tag = "v1", params(AfterQuery), responses((status = 200, body = EventRows)))]
pub(in crate::http) async fn list_events(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<AfterQuery>,
) -> Result<Json<EventRows>, Problem> {
    let after = match &query.after {
        Some(cursor) => place_of(cursor).ok_or_else(bad_cursor)?,
        None => EventPlace::default(),
    };
    let until = app.desk.clock.now().plus(-SETTLED_MS);
    let events = app
        .desk
        .store
        .read(move |tx| tx.workspace_events(&caller.workspace_id, &after, until, PAGE))
        .await?;
    let next = events.last().map(|(id, event)| cursor_of(id, event));
    let row = |(conversation_id, event)| EventRow {
        conversation_id,
        event,
    };
    Ok(Json(EventRows {
        events: events.into_iter().map(row).collect(),
        next: next.or(query.after),
    }))
}

fn cursor_of(conversation_id: &ConversationId, event: &Event) -> String {
    format!("{}.{conversation_id}.{}", event.at.as_millis(), event.seq)
}

fn place_of(cursor: &str) -> Option<EventPlace> {
    let mut parts = cursor.split('.');
    let at = Timestamp::from_millis(parts.next()?.parse().ok()?);
    let conversation_id = ConversationId::parse(parts.next()?)?.to_string();
    let seq = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some(EventPlace {
        at,
        conversation_id,
        seq,
    })
}
