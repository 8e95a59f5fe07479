//! The public API for other bots and desks. Tokens are bearer tokens, writes take an
//! Idempotency-Key, lists are paged by cursor.

use axum::extract::{FromRequestParts, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use segue_core::conversation::State as ConversationState;
use segue_core::decide::{Decision, EarlierContact, View, decide};
use segue_core::event::{Event, Role};
use segue_core::forecast::Promise;
use segue_core::ids::kind::{Conversation as ConversationKind, Handoff as HandoffKind};
use segue_core::ids::{ContactId, ConversationId, HandoffId, InboxId, WorkspaceId};
use segue_core::package::Package;
use segue_core::signal::Trigger;
use segue_core::time::Timestamp;
use segue_sense::read::{Context, read};
use segue_store::{Contact, Handoff, Listed, Person, StoredAnswer, View as ListView};
use serde::{Deserialize, Serialize};

use super::App;
use super::guard::{Body, PathId, check_client_id, clean_text};
use super::problem::{Problem, ProblemDocument};
use super::show::{ConversationView, view};
use super::visitor::bearer;
use crate::assistant::draft;
use crate::desk::{Error, Inbound, Place};
use crate::edge::hash_of;

/// The kind of API tokens in the store.
pub const API: &str = "api";
/// Rows on a page.
const PAGE: i64 = 100;

/// The routes of this door. Idempotency wraps the writes, so it needs the state here.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/decisions", post(decide_once))
        .route("/api/v1/contacts", get(list_contacts).post(create_contact))
        .route(
            "/api/v1/conversations",
            get(list_conversations).post(create_conversation),
        )
        .route("/api/v1/conversations/{id}", get(show_conversation))
        .route("/api/v1/conversations/{id}/messages", post(send_message))
        .route("/api/v1/conversations/{id}/handoff", post(hand_off))
        .route("/api/v1/handoffs", get(list_handoffs))
        .route("/api/v1/handoffs/{id}", get(show_handoff))
        .route("/api/v1/events", get(list_events))
        .route("/api/v1/metrics", get(show_metrics))
}

/// Makes writes under `/api/v1` that carry an Idempotency-Key happen once.
pub fn idempotent(app: App, routes: Router<App>) -> Router<App> {
    routes.layer(from_fn_with_state(app, answer_once))
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

/// The largest body that is kept for comparing.
const LARGEST: usize = 64 * 1024;

async fn answer_once(State(app): State<App>, request: Request, next: Next) -> Response {
    let key = request
        .headers()
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
        .map(str::to_string);
    let Some(key) = key.filter(|_| request.method() == Method::POST) else {
        return next.run(request).await;
    };
    match answer_under_key(&app, key, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn answer_under_key(
    app: &App,
    key: String,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if key.is_empty() || key.len() > 200 {
        return Err(Problem::bad_request(
            "an Idempotency-Key has 1 to 200 characters",
        ));
    }
    let (mut parts, body) = request.into_parts();
    let caller = Caller::from_request_parts(&mut parts, app).await?;
    let too_large = |_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "the body is larger than this door takes",
        )
    };
    let bytes = axum::body::to_bytes(body, LARGEST)
        .await
        .map_err(too_large)?;
    let request_hash = hash_of(&format!(
        "{} {}",
        parts.uri.path(),
        String::from_utf8_lossy(&bytes)
    ));

    // Reserve the key first, so that of two at once only one runs.
    let reserved = StoredAnswer {
        request_hash: request_hash.clone(),
        status: 0,
        body: String::new(),
    };
    let now = app.desk.clock.now();
    let (id, asked) = (caller.workspace_id.clone(), key.clone());
    let earlier = app
        .desk
        .store
        .write(move |tx| tx.reserve_answer(&id, &asked, &reserved, now))
        .await?;
    match earlier {
        Some(earlier) if earlier.request_hash != request_hash => {
            let detail = "this Idempotency-Key was used with another request; take a new key";
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "key_reused",
                detail,
            ));
        }
        Some(earlier) if earlier.status == 0 => {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "in_progress",
                "the first request with this key still runs",
            ));
        }
        Some(earlier) => return Ok(given_before(earlier)),
        None => {}
    }
    let response = next.run(Request::from_parts(parts, bytes.into())).await;
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 4 * 1024 * 1024)
        .await
        .unwrap_or_default();
    let given = StoredAnswer {
        request_hash,
        status: i64::from(parts.status.as_u16()),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };
    let id = caller.workspace_id;
    // What failed on our side may be tried again under the same key.
    let keep = !parts.status.is_server_error() && parts.status != StatusCode::TOO_MANY_REQUESTS;
    app.desk
        .store
        .write(move |tx| {
            if keep {
                tx.complete_answer(&id, &key, &given)
            } else {
                tx.drop_answer(&id, &key)
            }
        })
        .await?;
    Ok(Response::from_parts(parts, bytes.into()))
}

fn given_before(answer: StoredAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status as u16).unwrap_or(StatusCode::OK);
    let kind = if status.is_success() {
        "application/json"
    } else {
        "application/problem+json"
    };
    (
        status,
        [
            (header::CONTENT_TYPE, kind),
            (header::HeaderName::from_static("idempotent-replay"), "true"),
        ],
        answer.body,
    )
        .into_response()
}

/// A transcript and facts; nothing is stored.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct DecisionRequest {
    /// The instant to decide at; now if absent.
    now: Option<Timestamp>,
    /// The customer.
    #[serde(default)]
    contact: ContactFacts,
    /// Their earlier conversations.
    #[serde(default)]
    prior_conversations: Vec<PriorConversation>,
    /// The transcript; the decision is asked at the last message, the customer's.
    messages: Vec<TranscriptMessage>,
}

/// What is known of a customer.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ContactFacts {
    /// `free`, `team`, `business` or `enterprise`.
    plan: String,
    vip: bool,
    signed_up_at: Option<Timestamp>,
}

/// An earlier conversation.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct PriorConversation {
    subject: String,
    closed_at: Timestamp,
}

/// A message of a transcript.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct TranscriptMessage {
    /// `customer`, `assistant` (or `ai`), `agent` or `system`.
    role: Role,
    text: String,
}

/// How alike two issues must be to count as the same (P12), 0..1.
const SAME_ISSUE: f64 = 0.45;

#[utoipa::path(post, path = "/api/v1/decisions", tag = "v1", request_body = DecisionRequest,
    responses((status = 200, body = Decision), (status = 400, body = ProblemDocument)))]
pub(super) async fn decide_once(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<DecisionRequest>,
) -> Result<Json<Decision>, Problem> {
    let customers: Vec<String> = asked
        .messages
        .iter()
        .filter(|message| message.role == Role::Customer)
        .map(|m| m.text.clone())
        .collect();
    let is_customers = asked
        .messages
        .last()
        .is_some_and(|message| message.role == Role::Customer);
    let Some((text, earlier)) = customers.split_last().filter(|_| is_customers) else {
        return Err(Problem::bad_request(
            "the last message must be the customer's",
        ));
    };
    let index = app.desk.knowledge.index(&caller.workspace_id).await?;
    let policy = app
        .first_place(&caller.workspace_id)
        .await?
        .inbox
        .policy
        .clone();
    let last_answer = asked
        .messages
        .iter()
        .rev()
        .find(|m| m.role == Role::Assistant)
        .map(|m| m.text.as_str());
    let refund_threshold_cents = policy.refund_threshold_cents;
    let mood = |n: usize| {
        read(
            &earlier[n],
            &Context {
                earlier: &earlier[..n],
                last_answer: None,
                refund_threshold_cents,
            },
        )
        .mood()
    };
    let same_issue = asked
        .prior_conversations
        .iter()
        .filter(|prior| segue_sense::similar::similarity(&prior.subject, text) >= SAME_ISSUE)
        .map(|prior| EarlierContact {
            subject: prior.subject.clone(),
            closed_at: prior.closed_at,
        })
        .collect();
    let view = View {
        customer: segue_core::decide::Customer {
            plan: asked.contact.plan,
            vip: asked.contact.vip,
            signed_up_at: asked.contact.signed_up_at,
            same_issue,
        },
        reading: read(
            text,
            &Context {
                earlier,
                last_answer,
                refund_threshold_cents,
            },
        ),
        earlier_mood: (0..earlier.len()).map(mood).fold(0.0, f64::max),
        attempts: vec![],
        abstentions: 0,
        clarified: false,
        declined: vec![],
        answerable: Some(draft(&index, text).answerable),
    };
    let now = asked.now.unwrap_or_else(|| app.desk.clock.now());
    Ok(Json(decide(&policy, &view, now)))
}

/// A customer to be made known.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewContact {
    name: Option<String>,
    email: Option<String>,
    #[serde(default)]
    plan: String,
    #[serde(default)]
    vip: bool,
    signed_up_at: Option<Timestamp>,
    #[serde(default)]
    attributes: std::collections::BTreeMap<String, String>,
}

/// A customer.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ContactRow {
    #[schema(value_type = String)]
    id: ContactId,
    name: Option<String>,
    email: Option<String>,
    plan: String,
    vip: bool,
    signed_up_at: Option<Timestamp>,
    attributes: std::collections::BTreeMap<String, String>,
    created_at: Timestamp,
}

/// A page of customers.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ContactRows {
    contacts: Vec<ContactRow>,
    /// Send it as `before` for the next page.
    next: Option<String>,
}

/// A page of a list.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct PageQuery {
    /// The cursor that the page before gave.
    before: Option<String>,
    /// Only contacts with this address.
    email: Option<String>,
}

fn contact_row(contact: Contact) -> ContactRow {
    ContactRow {
        id: contact.id,
        name: contact.person.name,
        email: contact.person.email,
        plan: contact.plan,
        vip: contact.vip,
        signed_up_at: contact.signed_up_at,
        attributes: contact.person.attributes,
        created_at: contact.created_at,
    }
}

#[utoipa::path(post, path = "/api/v1/contacts", tag = "v1", request_body = NewContact,
    responses((status = 201, body = ContactRow)))]
pub(super) async fn create_contact(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewContact>,
) -> Result<impl IntoResponse, Problem> {
    let moment = app.desk.clock.moment();
    let contact = Contact {
        id: moment.id(),
        workspace_id: caller.workspace_id,
        person: Person {
            name: new.name,
            email: new.email,
            attributes: new.attributes,
        },
        plan: new.plan,
        vip: new.vip,
        signed_up_at: new.signed_up_at,
        created_at: moment.now,
    };
    let stored = contact.clone();
    app.desk
        .store
        .write(move |tx| tx.add_contact(&stored))
        .await?;
    Ok((StatusCode::CREATED, Json(contact_row(contact))))
}

#[utoipa::path(get, path = "/api/v1/contacts", tag = "v1", params(PageQuery), responses((status = 200, body = ContactRows)))]
pub(super) async fn list_contacts(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<ContactRows>, Problem> {
    let before = page
        .before
        .as_deref()
        .map(|text| ContactId::parse(text).ok_or_else(bad_cursor))
        .transpose()?;
    let contacts = app
        .desk
        .store
        .read(move |tx| {
            tx.contacts(
                &caller.workspace_id,
                page.email.as_deref(),
                before.as_ref(),
                PAGE,
            )
        })
        .await?;
    let next = contacts
        .last()
        .filter(|_| contacts.len() as i64 == PAGE)
        .map(|contact| contact.id.to_string());
    Ok(Json(ContactRows {
        contacts: contacts.into_iter().map(contact_row).collect(),
        next,
    }))
}

fn bad_cursor() -> Problem {
    Problem::bad_request("that is not a cursor from this list")
}

/// A conversation to begin.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewConversation {
    #[schema(value_type = String)]
    contact_id: ContactId,
    /// The inbox; the first one if absent.
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
    responses((status = 201, body = ConversationView)))]
pub(super) async fn create_conversation(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewConversation>,
) -> Result<impl IntoResponse, Problem> {
    let place = match &new.inbox_id {
        Some(inbox_id) => app.desk.place(&caller.workspace_id, inbox_id).await?,
        None => app.first_place(&caller.workspace_id).await?,
    };
    let conversation = app
        .desk
        .open(place.clone(), new.contact_id, new.language)
        .await?;
    let now = app.desk.clock.now();
    let shown = app
        .desk
        .store
        .read(move |tx| view(tx, &place, &conversation, now))
        .await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

#[utoipa::path(get, path = "/api/v1/conversations", tag = "v1", params(PageQuery),
    responses((status = 200, body = ConversationRows)))]
pub(super) async fn list_conversations(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<ConversationRows>, Problem> {
    let before = page
        .before
        .as_deref()
        .map(|text| Timestamp::parse(text).ok_or_else(bad_cursor))
        .transpose()?;
    let listed = app
        .desk
        .store
        .read(move |tx| tx.list_conversations(&caller.workspace_id, &ListView::All, before, PAGE))
        .await?;
    let next = listed
        .last()
        .filter(|_| listed.len() as i64 == PAGE)
        .map(|listed| listed.touched_at.to_string());
    Ok(Json(ConversationRows {
        conversations: listed.into_iter().map(conversation_row).collect(),
        next,
    }))
}

fn conversation_row(listed: Listed) -> ConversationRow {
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
pub(super) async fn show_conversation(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<ConversationWhole>, Problem> {
    let (place, _) = app.place_and_contact(&caller.workspace_id, &id).await?;
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
                conversation: view(tx, &place, &conversation, now)?,
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
    text: String,
}

#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages", tag = "v1", params(("id" = String, Path)),
    request_body = PassedMessage, responses((status = 200, body = super::widget::MessageSent)))]
pub(super) async fn send_message(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ConversationKind>,
    Body(message): Body<PassedMessage>,
) -> Result<Json<super::widget::MessageSent>, Problem> {
    check_client_id(&message.client_message_id)?;
    let text = clean_text(&message.text, super::widget::MAX_MESSAGE)?;
    let (place, contact_id) = app.place_and_contact(&caller.workspace_id, &id).await?;
    let inbound = Inbound {
        conversation_id: id,
        contact_id,
        client_message_id: message.client_message_id,
        text,
    };
    let received = app.desk.receive(place, inbound).await?;
    Ok(Json(super::widget::MessageSent {
        message_id: received.message_id,
        seq: received.seq,
        epoch: received.epoch,
    }))
}

#[utoipa::path(post, path = "/api/v1/conversations/{id}/handoff", tag = "v1", params(("id" = String, Path)),
    responses((status = 200, body = ConversationView)))]
pub(super) async fn hand_off(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ConversationKind>,
) -> Result<Json<ConversationView>, Problem> {
    let (place, contact_id) = app.place_and_contact(&caller.workspace_id, &id).await?;
    let conversation = app
        .desk
        .request_human(place.clone(), id, contact_id)
        .await?;
    let now = app.desk.clock.now();
    Ok(Json(
        app.desk
            .store
            .read(move |tx| view(tx, &place, &conversation, now))
            .await?,
    ))
}

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
pub(super) async fn list_handoffs(
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
pub(super) async fn show_handoff(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<HandoffKind>,
) -> Result<Json<HandoffRow>, Problem> {
    let handoff = app
        .desk
        .store
        .read(move |tx| tx.handoff(&caller.workspace_id, &id))
        .await?;
    handoff
        .map(|handoff| Json(handoff_row(handoff)))
        .ok_or_else(Problem::not_found)
}

/// From when on.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct SinceQuery {
    /// The `at` of the last event seen; from the beginning if absent.
    #[param(value_type = Option<String>)]
    since: Option<Timestamp>,
}

/// Events of all conversations.
#[derive(Serialize, utoipa::ToSchema)]
pub struct EventRows {
    events: Vec<EventRow>,
    /// Send it as `since` for more; events of that instant come again, so compare
    /// conversation and `seq`.
    next: Option<Timestamp>,
}

/// An event with its conversation.
#[derive(Serialize, utoipa::ToSchema)]
pub struct EventRow {
    #[schema(value_type = String)]
    conversation_id: ConversationId,
    event: Event,
}

#[utoipa::path(get, path = "/api/v1/events", tag = "v1", params(SinceQuery), responses((status = 200, body = EventRows)))]
pub(super) async fn list_events(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<SinceQuery>,
) -> Result<Json<EventRows>, Problem> {
    let since = query.since.unwrap_or_default();
    let events = app
        .desk
        .store
        .read(move |tx| tx.events_since(&caller.workspace_id, since, 500))
        .await?;
    let next = events.last().map(|(_, event)| event.at);
    let events = events
        .into_iter()
        .map(|(conversation_id, event)| EventRow {
            conversation_id,
            event,
        })
        .collect();
    Ok(Json(EventRows { events, next }))
}

#[utoipa::path(get, path = "/api/v1/metrics", tag = "v1", params(super::measures::DaysQuery),
    responses((status = 200, body = super::measures::Measures)))]
pub(super) async fn show_metrics(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<super::measures::DaysQuery>,
) -> Result<Json<super::measures::Measures>, Problem> {
    super::measures::measure(&app, caller.workspace_id, query)
        .await
        .map(Json)
}

impl App {
    /// The first inbox of a workspace.
    async fn first_place(
        &self,
        workspace_id: &WorkspaceId,
    ) -> Result<std::sync::Arc<Place>, Problem> {
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
    ) -> Result<(std::sync::Arc<Place>, ContactId), Problem> {
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
