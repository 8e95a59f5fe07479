//! A visitor's conversations: opened, carried on, handed over, ended, rated.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use segue_core::conversation::{Owner, State as Stage};
use segue_core::event::Event;
use segue_core::ids::kind::Conversation as ConversationKind;
use segue_core::ids::{AttemptId, ConversationId, FileId, MessageId};
use segue_store::{Listed, View};
use serde::{Deserialize, Serialize};

use super::MAX_MESSAGE;
use crate::desk::{Error, Inbound};
use crate::http::App;
use crate::http::guard::{Body, PathId, check_client_id, clean_message, clean_text};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::show::{ConversationView, view};
use crate::http::visitor::Visitor;
use crate::live::{Audience, events_json};

/// A new conversation.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Opening {
    /// The customer's language, as the browser says it.
    #[serde(default)]
    language: String,
}

#[utoipa::path(post, path = "/api/widget/conversations", tag = "widget", request_body = Opening,
    responses((status = 201, body = ConversationView)))]
pub(in crate::http) async fn open(
    State(app): State<App>,
    visitor: Visitor,
    Body(opening): Body<Opening>,
) -> Result<impl IntoResponse, Problem> {
    app.limits.take(
        &format!("open {}", visitor.contact_id),
        app.rates.arrivals,
        app.desk.clock.now(),
    )?;
    // A link leads back to one conversation; what else somebody wants, they begin as themselves.
    if visitor.only.is_some() {
        let detail = "this key opens one conversation; start anew for another";
        return Err(Problem::unauthorized(detail));
    }
    app.take_room(&visitor).await?;
    let place = app.place_of(&visitor).await?;
    let opened = app
        .desk
        .open(place, visitor.contact_id.clone(), opening.language)
        .await;
    // Who was erased (P48) may still be remembered by their key, and must start anew.
    let conversation = match opened {
        Err(Error::NotFound) => return Err(app.forget_visitor(&visitor)),
        opened => opened?,
    };
    metrics::counter!("segue_conversations_opened_total").increment(1);
    Ok((
        StatusCode::CREATED,
        Json(app.view_of(&visitor, conversation).await?),
    ))
}

/// Conversations of one visitor that may be open at a time.
const MOST_OPEN: usize = 10;

impl App {
    /// Nobody needs more than a few conversations at a time.
    async fn take_room(&self, visitor: &Visitor) -> Result<(), Problem> {
        let (workspace_id, listing) = (
            visitor.workspace_id.clone(),
            View::Contact(visitor.contact_id.clone()),
        );
        let newest = self
            .desk
            .store
            .read(move |tx| tx.list_conversations(&workspace_id, &listing, None, 20))
            .await?;
        let is_open = |listed: &&Listed| listed.conversation.state() != Stage::Resolved;
        if newest.iter().filter(is_open).count() < MOST_OPEN {
            return Ok(());
        }
        let detail = "you have ten open conversations; carry one of them on";
        Err(Problem::new(StatusCode::CONFLICT, "too_many_open", detail))
    }

    /// Whether a message that comes too soon is let through all the same: nobody is kept
    /// from asking for a person (P20). Whoever waits for one, or has one, has asked.
    async fn is_wish(
        &self,
        visitor: &Visitor,
        id: &ConversationId,
        text: &str,
    ) -> Result<bool, Problem> {
        let conversation = self.conversation_of(visitor, id).await?;
        if matches!(conversation.owner(), Owner::Queue | Owner::Agent(_)) {
            return Ok(false);
        }
        self.take_turn(visitor)?;
        Ok(self.desk.wishes_person(text))
    }
}

/// A visitor's conversations, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConversationViews {
    conversations: Vec<ConversationView>,
}

#[utoipa::path(get, path = "/api/widget/conversations", tag = "widget", responses((status = 200, body = ConversationViews)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Json<ConversationViews>, Problem> {
    let (place, now) = (app.place_of(&visitor).await?, app.desk.clock.now());
    let line = app.desk.line(&visitor.workspace_id, None).await?;
    let conversations = app
        .desk
        .store
        .read(move |tx| {
            let listing = View::Contact(visitor.contact_id.clone());
            let listed = tx.list_conversations(&place.workspace.id, &listing, None, 20)?;
            listed
                .iter()
                .filter(|listed| !listed.conversation.erased)
                .filter(|listed| visitor.opens(listed.conversation.id.as_str()))
                .map(|listed| view(tx, Some(&line), &place, &listed.conversation, now))
                .collect::<Result<_, Error>>()
        })
        .await?;
    Ok(Json(ConversationViews { conversations }))
}

#[utoipa::path(get, path = "/api/widget/conversations/{id}", tag = "widget", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<ConversationView>, Problem> {
    let conversation = app.conversation_of(&visitor, &id).await?;
    // A widget without a socket asks for this again and again: that is a sign of life too.
    if conversation.wait().is_some() {
        app.see_customer(&visitor, &id).await;
    }
    Ok(Json(app.view_of(&visitor, conversation).await?))
}

/// From where to read on.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct AfterQuery {
    /// The last event that the reader has.
    #[serde(default)]
    after: u64,
}

/// Events with the cursor that they lead to.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Events {
    /// In order; hidden ones are left out.
    events: Vec<Event>,
    /// The reader's new cursor: it covers hidden events too.
    through_seq: u64,
}

#[utoipa::path(get, path = "/api/widget/conversations/{id}/events", tag = "widget",
    params(("id" = String, Path), AfterQuery), responses((status = 200, body = Events)))]
pub(in crate::http) async fn events(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
    Query(query): Query<AfterQuery>,
) -> Result<Json<serde_json::Value>, Problem> {
    app.conversation_of(&visitor, &id).await?;
    let events = app
        .desk
        .store
        .read(move |tx| tx.events(&visitor.workspace_id, &id, query.after, 500))
        .await?;
    let through_seq = events.last().map_or(query.after, |event| event.seq);
    let seen: Box<serde_json::value::RawValue> =
        serde_json::value::RawValue::from_string(events_json(&events, Audience::Customer))
            .map_err(|_| Problem::bad_request("the events do not read back"))?;
    Ok(Json(
        serde_json::json!({ "events": seen, "through_seq": through_seq }),
    ))
}

/// A message from the customer.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct SendMessage {
    /// The sender's own id: 8 to 64 letters, digits, `-` or `_`. Sending it again
    /// changes nothing and gives the same answer.
    client_message_id: String,
    /// At most 4,000 characters; may be empty where there are files.
    #[serde(default)]
    text: String,
    /// Files that were sent before under this conversation, at most 5.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    files: Vec<FileId>,
}

/// Where a message stands; it is on disk.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct MessageSent {
    /// The message.
    #[schema(value_type = String)]
    pub message_id: MessageId,
    /// Its number.
    pub seq: u64,
    /// The epoch after it.
    pub epoch: u64,
}

#[utoipa::path(post, path = "/api/widget/conversations/{id}/messages", tag = "widget", params(("id" = String, Path)),
    request_body = SendMessage, responses((status = 200, body = MessageSent), (status = 429, body = ProblemDocument)))]
pub(in crate::http) async fn send(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
    Body(message): Body<SendMessage>,
) -> Result<Json<MessageSent>, Problem> {
    check_client_id(&message.client_message_id)?;
    let now = app.desk.clock.now();
    let turn = app
        .limits
        .take(visitor.contact_id.as_str(), app.rates.messages, now);
    let text = clean_message(&message.text, MAX_MESSAGE, !message.files.is_empty())?;
    if let Err(refused) = turn
        && !app.is_wish(&visitor, &id, &text).await?
    {
        return Err(refused);
    }
    let place = app.place_of(&visitor).await?;
    let inbound = Inbound {
        conversation_id: id,
        contact_id: visitor.contact_id,
        client_message_id: message.client_message_id,
        text,
        files: message.files,
    };
    let received = app.desk.receive(place, inbound).await?;
    segue_store::kill_point("acknowledge.before");
    metrics::counter!("segue_messages_received_total").increment(1);
    Ok(Json(MessageSent {
        message_id: received.message_id,
        seq: received.seq,
        epoch: received.epoch,
    }))
}

#[utoipa::path(post, path = "/api/widget/conversations/{id}/handoff", tag = "widget", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
pub(in crate::http) async fn request_human(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<ConversationView>, Problem> {
    // No limit stands between a customer and a person (P19); asking twice changes nothing.
    let place = app.place_of(&visitor).await?;
    let conversation = app
        .desk
        .request_human(place, id.clone(), visitor.contact_id.clone())
        .await?;
    app.see_customer(&visitor, &id).await;
    Ok(Json(app.view_of(&visitor, conversation).await?))
}

#[utoipa::path(post, path = "/api/widget/conversations/{id}/handoff/cancel", tag = "widget", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
pub(in crate::http) async fn cancel(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<ConversationView>, Problem> {
    app.take_turn(&visitor)?;
    let place = app.place_of(&visitor).await?;
    let conversation = app
        .desk
        .cancel(place, id, visitor.contact_id.clone())
        .await?;
    Ok(Json(app.view_of(&visitor, conversation).await?))
}

/// Where to send the answer.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct EmailChoice {
    /// The address.
    pub email: String,
}

#[utoipa::path(post, path = "/api/widget/conversations/{id}/email", tag = "widget", params(("id" = String, Path)),
    request_body = EmailChoice, responses((status = 200, body = ConversationView)))]
pub(in crate::http) async fn choose_email(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
    Body(choice): Body<EmailChoice>,
) -> Result<Json<ConversationView>, Problem> {
    app.take_turn(&visitor)?;
    let place = app.place_of(&visitor).await?;
    let email = clean_text(&choice.email, 254)?;
    let conversation = app
        .desk
        .choose_email(place, id, visitor.contact_id.clone(), email)
        .await?;
    Ok(Json(app.view_of(&visitor, conversation).await?))
}

/// "Did this help?"
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Judgement {
    helped: bool,
}

#[utoipa::path(post, path = "/api/widget/conversations/{id}/attempts/{attempt_id}", tag = "widget",
    params(("id" = String, Path), ("attempt_id" = String, Path)),
    request_body = Judgement, responses((status = 200, body = ConversationView)))]
pub(in crate::http) async fn judge(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
    PathId(attempt_id): PathId<segue_core::ids::kind::Attempt>,
    Body(judgement): Body<Judgement>,
) -> Result<Json<ConversationView>, Problem> {
    app.take_turn(&visitor)?;
    let place = app.place_of(&visitor).await?;
    let attempt_id: AttemptId = attempt_id;
    let conversation = app
        .desk
        .judge(
            place,
            id,
            visitor.contact_id.clone(),
            attempt_id,
            judgement.helped,
        )
        .await?;
    Ok(Json(app.view_of(&visitor, conversation).await?))
}

#[utoipa::path(post, path = "/api/widget/conversations/{id}/resolve", tag = "widget", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
pub(in crate::http) async fn resolve(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<ConversationView>, Problem> {
    app.take_turn(&visitor)?;
    let place = app.place_of(&visitor).await?;
    let conversation = app
        .desk
        .resolve_by_customer(place, id, visitor.contact_id.clone())
        .await?;
    Ok(Json(app.view_of(&visitor, conversation).await?))
}

/// How it was.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Rating {
    /// 1 (bad) to 5 (good).
    score: u8,
    /// Whether something had to be repeated to the person.
    repeated: Option<bool>,
}

#[utoipa::path(post, path = "/api/widget/conversations/{id}/rating", tag = "widget", params(("id" = String, Path)),
    request_body = Rating, responses((status = 200, body = ConversationView)))]
pub(in crate::http) async fn rate(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
    Body(rating): Body<Rating>,
) -> Result<Json<ConversationView>, Problem> {
    app.take_turn(&visitor)?;
    let place = app.place_of(&visitor).await?;
    let conversation = app
        .desk
        .rate(
            place,
            id,
            visitor.contact_id.clone(),
            rating.score,
            rating.repeated,
        )
        .await?;
    Ok(Json(app.view_of(&visitor, conversation).await?))
}
