//! The widget's door: what a visitor may do with their own conversations.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use segue_core::conversation::Conversation;
use segue_core::event::Event;
use segue_core::ids::kind::{Article as ArticleKind, Conversation as ConversationKind};
use segue_core::ids::{AttemptId, ContactId, MessageId};
use segue_core::time::{HOUR_MS, Timestamp};
use segue_store::View;
use serde::{Deserialize, Serialize};

use super::App;
use super::guard::{Address, Body, PathId, check_client_id, clean_text};
use super::problem::Problem;
use super::show::{ConversationView, view};
use super::visitor::Visitor;
use crate::desk::{Error, Inbound, Staffing, staffing};
use crate::live::{Audience, events_json};

/// The longest message that a customer may write, in characters.
pub const MAX_MESSAGE: usize = 4_000;

/// The routes of this door.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/widget/config", get(config))
        .route("/api/widget/visitors", post(arrive))
        .route("/api/widget/conversations", get(list).post(open))
        .route("/api/widget/conversations/{id}", get(show))
        .route("/api/widget/conversations/{id}/events", get(events))
        .route("/api/widget/conversations/{id}/messages", post(send))
        .route(
            "/api/widget/conversations/{id}/handoff",
            post(request_human),
        )
        .route(
            "/api/widget/conversations/{id}/handoff/cancel",
            post(cancel),
        )
        .route("/api/widget/conversations/{id}/email", post(choose_email))
        .route(
            "/api/widget/conversations/{id}/attempts/{attempt_id}",
            post(judge),
        )
        .route("/api/widget/conversations/{id}/resolve", post(resolve))
        .route("/api/widget/conversations/{id}/rating", post(rate))
        .route("/api/widget/articles/{id}", get(article))
}

/// Which inbox.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct InboxQuery {
    /// The site key of the script tag.
    inbox: String,
}

/// What the widget must know before anybody says anything.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WidgetConfig {
    company: String,
    brand_color: String,
    /// Whether answers can be sent by e-mail.
    email_enabled: bool,
    reply_by_email_hours: i64,
    max_message_length: usize,
    /// `open`, `closed` or `nobody_online`.
    staffed: String,
    opens_at: Option<Timestamp>,
}

#[utoipa::path(get, path = "/api/widget/config", tag = "widget", params(InboxQuery),
    responses((status = 200, body = WidgetConfig), (status = 404, body = super::problem::ProblemDocument)))]
pub(super) async fn config(
    State(app): State<App>,
    Query(query): Query<InboxQuery>,
) -> Result<Json<WidgetConfig>, Problem> {
    let place = app.place_by_key(&query.inbox).await?;
    let (here, now) = (place.clone(), app.desk.clock.now());
    let staffing = app
        .desk
        .store
        .read(move |tx| staffing(tx, &here, now))
        .await?;
    let (staffed, opens_at) = match staffing {
        Staffing::Open => ("open", None),
        Staffing::NobodyOnline => ("nobody_online", None),
        Staffing::Closed(opens_at) => ("closed", opens_at),
    };
    Ok(Json(WidgetConfig {
        company: place.workspace.name.clone(),
        brand_color: place.workspace.settings.brand_color.clone(),
        email_enabled: place.mail,
        reply_by_email_hours: place
            .inbox
            .policy
            .timings
            .reply_by_email_ms
            .div_euclid(HOUR_MS)
            .max(1),
        max_message_length: MAX_MESSAGE,
        staffed: staffed.into(),
        opens_at,
    }))
}

/// A visitor arrives.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Arrival {
    /// The site key of the script tag.
    inbox: String,
}

/// The visitor's key, shown this once.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct Arrived {
    /// Send it as a bearer token.
    pub token: String,
    /// Who they are.
    #[schema(value_type = String)]
    pub contact_id: ContactId,
}

#[utoipa::path(post, path = "/api/widget/visitors", tag = "widget", request_body = Arrival,
    responses((status = 201, body = Arrived), (status = 404, body = super::problem::ProblemDocument)))]
pub(super) async fn arrive(
    State(app): State<App>,
    Address(address): Address,
    Body(arrival): Body<Arrival>,
) -> Result<impl IntoResponse, Problem> {
    app.limits.take(
        &format!("arrive {address}"),
        app.rates.arrivals,
        app.desk.clock.now(),
    )?;
    let place = app.place_by_key(&arrival.inbox).await?;
    let (contact_id, token) = app.desk.arrive(place).await?;
    Ok((StatusCode::CREATED, Json(Arrived { token, contact_id })))
}

/// A new conversation.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Opening {
    /// The customer's language, as the browser says it.
    #[serde(default)]
    language: String,
}

#[utoipa::path(post, path = "/api/widget/conversations", tag = "widget", request_body = Opening,
    responses((status = 201, body = ConversationView)))]
pub(super) async fn open(
    State(app): State<App>,
    visitor: Visitor,
    Body(opening): Body<Opening>,
) -> Result<impl IntoResponse, Problem> {
    app.limits.take(
        &format!("open {}", visitor.contact_id),
        app.rates.arrivals,
        app.desk.clock.now(),
    )?;
    let place = app.place_of(&visitor).await?;
    let conversation = app
        .desk
        .open(place, visitor.contact_id.clone(), opening.language)
        .await?;
    metrics::counter!("segue_conversations_opened_total").increment(1);
    Ok((
        StatusCode::CREATED,
        Json(app.view_of(&visitor, conversation).await?),
    ))
}

/// A visitor's conversations, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ConversationViews {
    conversations: Vec<ConversationView>,
}

#[utoipa::path(get, path = "/api/widget/conversations", tag = "widget", responses((status = 200, body = ConversationViews)))]
pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Json<ConversationViews>, Problem> {
    let (place, now) = (app.place_of(&visitor).await?, app.desk.clock.now());
    let conversations = app
        .desk
        .store
        .read(move |tx| {
            let listing = View::Contact(visitor.contact_id.clone());
            let listed = tx.list_conversations(&place.workspace.id, &listing, None, 20)?;
            listed
                .iter()
                .map(|listed| view(tx, &place, &listed.conversation, now))
                .collect::<Result<_, Error>>()
        })
        .await?;
    Ok(Json(ConversationViews { conversations }))
}

#[utoipa::path(get, path = "/api/widget/conversations/{id}", tag = "widget", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView), (status = 404, body = super::problem::ProblemDocument)))]
pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<ConversationView>, Problem> {
    let conversation = app.conversation_of(&visitor, &id).await?;
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
pub(super) async fn events(
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
    /// At most 4,000 characters.
    text: String,
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
    request_body = SendMessage, responses((status = 200, body = MessageSent), (status = 429, body = super::problem::ProblemDocument)))]
pub(super) async fn send(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
    Body(message): Body<SendMessage>,
) -> Result<Json<MessageSent>, Problem> {
    check_client_id(&message.client_message_id)?;
    app.limits.take(
        visitor.contact_id.as_str(),
        app.rates.messages,
        app.desk.clock.now(),
    )?;
    let text = clean_text(&message.text, MAX_MESSAGE)?;
    let place = app.place_of(&visitor).await?;
    let inbound = Inbound {
        conversation_id: id,
        contact_id: visitor.contact_id,
        client_message_id: message.client_message_id,
        text,
    };
    let received = app.desk.receive(place, inbound).await?;
    metrics::counter!("segue_messages_received_total").increment(1);
    Ok(Json(MessageSent {
        message_id: received.message_id,
        seq: received.seq,
        epoch: received.epoch,
    }))
}

#[utoipa::path(post, path = "/api/widget/conversations/{id}/handoff", tag = "widget", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
pub(super) async fn request_human(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<ConversationView>, Problem> {
    // No limit stands between a customer and a person (P19); asking twice changes nothing.
    let place = app.place_of(&visitor).await?;
    let conversation = app
        .desk
        .request_human(place, id, visitor.contact_id.clone())
        .await?;
    Ok(Json(app.view_of(&visitor, conversation).await?))
}

#[utoipa::path(post, path = "/api/widget/conversations/{id}/handoff/cancel", tag = "widget", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
pub(super) async fn cancel(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<ConversationView>, Problem> {
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
    email: String,
}

#[utoipa::path(post, path = "/api/widget/conversations/{id}/email", tag = "widget", params(("id" = String, Path)),
    request_body = EmailChoice, responses((status = 200, body = ConversationView)))]
pub(super) async fn choose_email(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
    Body(choice): Body<EmailChoice>,
) -> Result<Json<ConversationView>, Problem> {
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
pub(super) async fn judge(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
    PathId(attempt_id): PathId<segue_core::ids::kind::Attempt>,
    Body(judgement): Body<Judgement>,
) -> Result<Json<ConversationView>, Problem> {
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
pub(super) async fn resolve(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<ConversationView>, Problem> {
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
pub(super) async fn rate(
    State(app): State<App>,
    visitor: Visitor,
    PathId(id): PathId<ConversationKind>,
    Body(rating): Body<Rating>,
) -> Result<Json<ConversationView>, Problem> {
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

/// An article to read in the widget.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ArticleShown {
    id: String,
    title: String,
    /// Markdown.
    text: String,
}

#[utoipa::path(get, path = "/api/widget/articles/{id}", tag = "widget", params(("id" = String, Path), InboxQuery),
    responses((status = 200, body = ArticleShown)))]
pub(super) async fn article(
    State(app): State<App>,
    PathId(id): PathId<ArticleKind>,
    Query(query): Query<InboxQuery>,
) -> Result<Json<ArticleShown>, Problem> {
    let place = app.place_by_key(&query.inbox).await?;
    let article = app
        .desk
        .store
        .read(move |tx| tx.article(&place.workspace.id, &id))
        .await?;
    let article = article.ok_or_else(Problem::not_found)?;
    Ok(Json(ArticleShown {
        id: article.id.to_string(),
        title: article.title,
        text: article.text,
    }))
}

impl App {
    /// The place of a site key.
    pub(super) async fn place_by_key(
        &self,
        site_key: &str,
    ) -> Result<std::sync::Arc<crate::desk::Place>, Problem> {
        let site_key = site_key.to_string();
        let inbox = self
            .desk
            .store
            .read(move |tx| tx.inbox_by_key(&site_key))
            .await?;
        let inbox = inbox.ok_or_else(Problem::not_found)?;
        Ok(self.desk.place(&inbox.workspace_id, &inbox.id).await?)
    }

    /// A conversation, if it is this visitor's.
    pub(super) async fn conversation_of(
        &self,
        visitor: &Visitor,
        id: &segue_core::ids::ConversationId,
    ) -> Result<Conversation, Problem> {
        let (workspace_id, id) = (visitor.workspace_id.clone(), id.clone());
        let found = self
            .desk
            .store
            .read(move |tx| tx.conversation(&workspace_id, &id))
            .await?;
        found
            .filter(|found| found.contact_id == visitor.contact_id)
            .ok_or_else(Problem::not_found)
    }

    /// A conversation as its customer sees it.
    pub(super) async fn view_of(
        &self,
        visitor: &Visitor,
        conversation: Conversation,
    ) -> Result<ConversationView, Problem> {
        let (place, now) = (self.place_of(visitor).await?, self.desk.clock.now());
        Ok(self
            .desk
            .store
            .read(move |tx| view(tx, &place, &conversation, now))
            .await?)
    }
}
