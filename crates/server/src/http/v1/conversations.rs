//! Conversations, begun and carried on by another program.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use segue_core::conversation::{Conversation, State as ConversationState};
use segue_core::event::Event;
use segue_core::ids::kind::Conversation as ConversationKind;
use segue_core::ids::{ContactId, ConversationId, FileId, InboxId};
use segue_core::time::Timestamp;
use segue_store::{Listed, StoredAnswer, View as ListView};
use serde::{Deserialize, Serialize};

use super::once::{Once, given};
use super::{Caller, PAGE, PageQuery, bad_cursor};
use crate::desk::{Error, Inbound, Line, Place, Received, Telling};
use crate::http::App;
use crate::http::guard::{Body, PathId, check_client_id, clean_message};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::show::{ConversationView, view};
use crate::http::widget::MAX_MESSAGE;
use crate::http::widget::conversations::MessageSent;

/// A conversation to begin.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewConversation {
    #[schema(value_type = String)]
    contact_id: ContactId,
    /// The inbox; the oldest that is open if absent.
    #[schema(value_type = Option<String>)]
    inbox_id: Option<InboxId>,
    #[serde(default)]
    language: String,
}

/// A page of conversations.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConversationRows {
    conversations: Vec<ConversationRow>,
    /// Send it as `before` for the next page.
    next: Option<String>,
}

/// A conversation in a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConversationRow {
    #[schema(value_type = String)]
    id: ConversationId,
    #[schema(value_type = String)]
    contact_id: ContactId,
    state: ConversationState,
    epoch: u64,
    seq: u64,
    opened_at: Timestamp,
    touched_at: Timestamp,
}

#[utoipa::path(post, path = "/api/v1/conversations", tag = "v1", request_body = NewConversation,
    responses((status = 201, body = ConversationView), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn create_conversation(
    State(app): State<App>,
    caller: Caller,
    once: Once,
    Body(new): Body<NewConversation>,
) -> Result<impl IntoResponse, Problem> {
    let place = app.place_or_first(&caller.workspace_id, new.inbox_id.as_ref());
    let place = place.await?;
    let answer = shown(once, StatusCode::CREATED, place.clone(), None);
    let opening = app
        .desk
        .open_with(place, new.contact_id, new.language, answer);
    Ok(given(opening.await?))
}

#[utoipa::path(get, path = "/api/v1/conversations", tag = "v1", params(PageQuery),
    responses((status = 200, body = ConversationRows)))]
pub(in crate::http) async fn list_conversations(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<ConversationRows>, Problem> {
    let before = page
        .before
        .as_deref()
        .map(|text| ConversationId::parse(text).ok_or_else(bad_cursor))
        .transpose()?;
    let listed = app
        .desk
        .store
        .read(move |tx| {
            tx.list_conversations(&caller.workspace_id, &ListView::All, before.as_ref(), PAGE)
        })
        .await?;
    let next = listed
        .last()
        .filter(|_| listed.len() as i64 == PAGE)
        .map(|listed| listed.conversation.id.to_string());
    Ok(Json(ConversationRows {
        conversations: listed.into_iter().map(conversation_row).collect(),
        next,
    }))
}

pub(in crate::http) fn conversation_row(listed: Listed) -> ConversationRow {
    ConversationRow {
        state: listed.conversation.state(),
        epoch: listed.conversation.epoch,
        seq: listed.conversation.seq,
        opened_at: listed.conversation.opened_at,
        touched_at: listed.touched_at,
        contact_id: listed.conversation.contact_id,
        id: listed.conversation.id,
    }
}

/// A conversation with its events.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConversationWhole {
    conversation: ConversationView,
    events: Vec<Event>,
    through_seq: u64,
}

#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = "v1", params(("id" = String, Path)),
    responses((status = 200, body = ConversationWhole), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn show_conversation(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<ConversationWhole>, Problem> {
    let (place, _) = app.place_and_contact(&caller.workspace_id, &id).await?;
    let line = app.desk.line(&caller.workspace_id, Some(&id)).await?;
    let now = app.desk.clock.now();
    let whole = app
        .desk
        .store
        .read(move |tx| {
            let conversation = tx
                .conversation(&place.workspace.id, &id)?
                .ok_or(Error::NotFound)?;
            let events = tx.events(&place.workspace.id, &id, 0, 5_000)?;
            Ok::<_, Error>(ConversationWhole {
                conversation: view(tx, Some(&line), &place, &conversation, now)?,
                through_seq: events.last().map_or(0, |event| event.seq),
                events,
            })
        })
        .await?;
    Ok(Json(whole))
}

/// A customer's message, passed on by another program.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct PassedMessage {
    /// The sender's own id: 8 to 64 letters, digits, `-` or `_`.
    client_message_id: String,
    /// May be empty where there are files.
    #[serde(default)]
    text: String,
    /// Files that were sent before under this conversation, at most 5.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    files: Vec<FileId>,
}

#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages", tag = "v1", params(("id" = String, Path)),
    request_body = PassedMessage, responses((status = 200, body = MessageSent)))]
pub(in crate::http) async fn send_message(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ConversationKind>,
    once: Once,
    Body(message): Body<PassedMessage>,
) -> Result<impl IntoResponse, Problem> {
    check_client_id(&message.client_message_id)?;
    let text = clean_message(&message.text, MAX_MESSAGE, !message.files.is_empty())?;
    let (place, contact_id) = app.place_and_contact(&caller.workspace_id, &id).await?;
    let inbound = Inbound {
        conversation_id: id,
        contact_id,
        client_message_id: message.client_message_id,
        text,
        files: message.files,
    };
    let answer = once.answer(StatusCode::OK, |_, _, received: &Received| {
        Ok(MessageSent {
            message_id: received.message_id.clone(),
            seq: received.seq,
            epoch: received.epoch,
        })
    });
    let receiving = app.desk.receive_with(place, inbound, answer);
    Ok(given(receiving.await?))
}

#[utoipa::path(post, path = "/api/v1/conversations/{id}/handoff", tag = "v1", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
pub(in crate::http) async fn hand_off(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ConversationKind>,
    once: Once,
) -> Result<impl IntoResponse, Problem> {
    let (place, contact_id) = app.place_and_contact(&caller.workspace_id, &id).await?;
    // Read before: the transaction that hands over must not wait for the whole queue.
    let line = app.desk.line(&caller.workspace_id, None).await?;
    let answer = shown(once, StatusCode::OK, place.clone(), Some(line));
    let handing = app.desk.request_human_with(place, id, contact_id, answer);
    Ok(given(handing.await?))
}

/// Answers with the conversation as it is shown.
pub(super) fn shown(
    once: Once,
    status: StatusCode,
    place: Arc<Place>,
    line: Option<Arc<Line>>,
) -> impl Telling<Conversation, Given = StoredAnswer> {
    once.answer(status, move |tx, now, conversation: &Conversation| {
        view(tx, line.as_deref(), &place, conversation, now)
    })
}
