//! Who else is told what happens: said by an admin in the console, or by a program whose token
//! may. A secret is shown once; an address is shown to whoever may change it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use reqwest::Url;
use segue_core::access::Permission::Administer;
use segue_core::access::Scope::{ManageWebhooks, ReadConversations};
use segue_core::audit::By;
use segue_core::ids::{ConversationId, WebhookId, WorkspaceId, kind};
use segue_core::time::Timestamp;
use segue_core::webhook::{Shares, Topic};
use segue_store::{Delivery, Webhook};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::App;
use super::doors::{Doors, May};
use super::guard::{Body, PathId, clean_text};
use super::problem::{Problem, ProblemDocument};
use super::session::SignedIn;
use super::v1::Caller;
use crate::channels::webhook::send;
use crate::connect::is_guarded;
use crate::desk::WebhookChange;
use crate::edge::request_id;

/// The longest address, in characters.
const LONGEST: usize = 2_000;
/// The longest name, in characters.
const LONGEST_NAME: usize = 60;
/// Deliveries that are shown.
const SHOWN: i64 = 100;

/// The doors of the console and of programs.
pub fn doors() -> Doors {
    let (admin, program) = (May::Agent(Administer), May::Program(ManageWebhooks));
    Doors::new()
        .get("/api/console/webhooks", admin, list)
        .post("/api/console/webhooks", admin, add)
        .put("/api/console/webhooks/{id}", admin, change)
        .delete("/api/console/webhooks/{id}", admin, remove)
        .post("/api/console/webhooks/{id}/secret", admin, renew_secret)
        .post("/api/console/webhooks/{id}/test", admin, test)
        .get("/api/console/webhooks/{id}/deliveries", admin, deliveries)
        .post(
            "/api/console/webhooks/{id}/deliveries/again",
            admin,
            send_again,
        )
        .get("/api/v1/webhooks", program, list_as_program)
        .post("/api/v1/webhooks", program, add_as_program)
        .put("/api/v1/webhooks/{id}", program, change_as_program)
        .delete("/api/v1/webhooks/{id}", program, remove_as_program)
        .post(
            "/api/v1/webhooks/{id}/secret",
            program,
            renew_secret_as_program,
        )
        .get(
            "/api/v1/webhooks/{id}/deliveries",
            program,
            deliveries_as_program,
        )
        .post(
            "/api/v1/webhooks/{id}/deliveries/again",
            program,
            send_again_as_program,
        )
}

/// The webhooks of a workspace.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Webhooks {
    webhooks: Vec<WebhookShown>,
    /// What a webhook can hear of.
    topics: Vec<Topic>,
}

/// A webhook without its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WebhookShown {
    #[schema(value_type = String)]
    id: WebhookId,
    name: String,
    url: String,
    topics: Vec<Topic>,
    shares: Shares,
    /// `on`, `off`, or `paused` after it failed for days.
    state: String,
    created_at: Timestamp,
    /// When it last took something.
    delivered_at: Option<Timestamp>,
    /// Since when it does not.
    failed_at: Option<Timestamp>,
    /// Why, as a word.
    failure: Option<String>,
    /// Until when the secret before signs too.
    old_secret_until: Option<Timestamp>,
}

fn shown(webhook: Webhook) -> WebhookShown {
    let (failed_at, failure) = webhook.failure.unzip();
    WebhookShown {
        id: webhook.id,
        name: webhook.name,
        url: webhook.url,
        topics: webhook.topics,
        shares: webhook.shares,
        state: webhook.state.name().into(),
        created_at: webhook.created_at,
        delivered_at: webhook.delivered_at,
        failed_at,
        failure,
        old_secret_until: webhook.old_secret.map(|(_, until)| until),
    }
}

/// A webhook with its secret, shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WebhookMade {
    webhook: WebhookShown,
    /// What is sent is signed with it. It must stay with who checks that.
    secret: String,
}

fn made(webhook: Webhook) -> WebhookMade {
    WebhookMade {
        secret: webhook.secret.0.clone(),
        webhook: shown(webhook),
    }
}

/// What somebody says of a webhook.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct WebhookSetting {
    /// What it is for.
    name: String,
    /// Where it is told; `https://`, or within a network that has no public names.
    url: String,
    /// What it hears of; at least one.
    topics: Vec<Topic>,
    /// How much of it; absent for `facts`.
    #[serde(default)]
    shares: Shares,
    /// Whether it is told anything; absent for yes.
    #[serde(default = "yes")]
    is_on: bool,
}

const fn yes() -> bool {
    true
}

fn checked(setting: WebhookSetting) -> Result<WebhookChange, Problem> {
    let url = setting.url.trim().to_string();
    if url.chars().count() > LONGEST || url.contains(char::is_whitespace) {
        return Err(Problem::bad_request("that is not an address"));
    }
    let parsed = Url::parse(&url).ok();
    let parsed = parsed.filter(|it| matches!(it.scheme(), "http" | "https") && it.has_host());
    let Some(parsed) = parsed else {
        return Err(Problem::bad_request(
            "an address begins with https:// and names a host",
        ));
    };
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(Problem::bad_request(
            "an address holds no user name and no password; check the signature instead",
        ));
    }
    if !is_guarded(&url) {
        return Err(Problem::bad_request(
            "what customers say travels over an encrypted line only; begin the address with https://",
        ));
    }
    let has = |topic: &Topic| setting.topics.contains(topic);
    let topics: Vec<Topic> = Topic::ALL.into_iter().filter(has).collect();
    if topics.is_empty() {
        return Err(Problem::bad_request("say what it is to hear of"));
    }
    Ok(WebhookChange {
        name: clean_text(&setting.name, LONGEST_NAME)?.replace(['\n', '\t'], " "),
        url,
        topics,
        shares: setting.shares,
        is_on: setting.is_on,
    })
}

/// What a webhook was last sent.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Deliveries {
    /// The latest first, the last hundred; each is kept for thirty days.
    deliveries: Vec<DeliveryShown>,
}

/// What became of an event.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DeliveryShown {
    #[schema(value_type = String)]
    conversation_id: ConversationId,
    /// The event's number in its conversation.
    seq: u64,
    /// What it was told as.
    topic: String,
    first_at: Timestamp,
    last_at: Timestamp,
    /// How often it was sent.
    tries: i64,
    /// `delivered`, `failing` or `given_up`.
    outcome: String,
    /// What the server answered, if it did.
    status: Option<i64>,
    /// Why it was not taken: `status`, `address`, `not_public`, `redirected`, `too_slow` or
    /// `unreachable`.
    fault: Option<String>,
    took_ms: i64,
}

fn delivery_shown(it: Delivery) -> DeliveryShown {
    DeliveryShown {
        conversation_id: it.conversation_id,
        seq: it.seq,
        topic: it.topic,
        first_at: it.first_at,
        last_at: it.last_at,
        tries: it.tries,
        outcome: it.outcome.name().into(),
        status: it.status,
        fault: it.fault,
        took_ms: it.took_ms,
    }
}

/// Which event is to be sent again.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct DeliveryAgain {
    #[schema(value_type = String)]
    conversation_id: ConversationId,
    /// The event's number in its conversation.
    seq: u64,
}

/// How a webhook answered when it was tried.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WebhookTried {
    /// What the server answered, if it did.
    status: Option<u16>,
    /// Absent where it was taken: `status`, `address`, `not_public`, `redirected`, `too_slow` or
    /// `unreachable`.
    fault: Option<String>,
    took_ms: i64,
}

impl App {
    async fn webhooks(&self, workspace_id: WorkspaceId) -> Result<Json<Webhooks>, Problem> {
        let read = self.desk.store.read(move |tx| tx.webhooks(&workspace_id));
        Ok(Json(Webhooks {
            webhooks: read.await?.into_iter().map(shown).collect(),
            topics: Topic::ALL.to_vec(),
        }))
    }

    async fn webhook(
        &self,
        workspace_id: &WorkspaceId,
        id: &WebhookId,
    ) -> Result<Webhook, Problem> {
        let (workspace_id, id) = (workspace_id.clone(), id.clone());
        let read = self
            .desk
            .store
            .read(move |tx| tx.webhook(&workspace_id, &id));
        read.await?.ok_or_else(Problem::not_found)
    }

    async fn deliveries(
        &self,
        workspace_id: WorkspaceId,
        id: WebhookId,
    ) -> Result<Json<Deliveries>, Problem> {
        self.webhook(&workspace_id, &id).await?;
        let read = self
            .desk
            .store
            .read(move |tx| tx.deliveries(&workspace_id, &id, SHOWN));
        Ok(Json(Deliveries {
            deliveries: read.await?.into_iter().map(delivery_shown).collect(),
        }))
    }

    async fn deliver_again(
        &self,
        workspace_id: WorkspaceId,
        id: WebhookId,
        again: DeliveryAgain,
    ) -> Result<StatusCode, Problem> {
        self.webhook(&workspace_id, &id).await?;
        let DeliveryAgain {
            conversation_id,
            seq,
        } = again;
        self.desk
            .tell_again(workspace_id, id, conversation_id, seq)
            .await?;
        Ok(StatusCode::ACCEPTED)
    }
}

#[utoipa::path(get, path = "/api/console/webhooks", tag = "console", responses((status = 200, body = Webhooks)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<Webhooks>, Problem> {
    app.webhooks(signed_in.agent.workspace_id).await
}

#[utoipa::path(post, path = "/api/console/webhooks", tag = "console", request_body = WebhookSetting,
    responses((status = 201, body = WebhookMade), (status = 400, body = ProblemDocument)))]
pub(in crate::http) async fn add(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(setting): Body<WebhookSetting>,
) -> Result<impl IntoResponse, Problem> {
    let by = By::from(&signed_in.actor());
    let added = app
        .desk
        .add_webhook(signed_in.agent.workspace_id, checked(setting)?, by);
    Ok((StatusCode::CREATED, Json(made(added.await?))))
}

#[utoipa::path(put, path = "/api/console/webhooks/{id}", tag = "console", params(("id" = String, Path)),
    request_body = WebhookSetting,
    responses((status = 200, body = WebhookShown), (status = 404, body = ProblemDocument), (status = 400, body = ProblemDocument)))]
pub(in crate::http) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<kind::Webhook>,
    Body(setting): Body<WebhookSetting>,
) -> Result<Json<WebhookShown>, Problem> {
    let by = By::from(&signed_in.actor());
    let workspace_id = signed_in.agent.workspace_id;
    app.webhook(&workspace_id, &id).await?;
    let changed = app
        .desk
        .change_webhook(workspace_id, id, checked(setting)?, by);
    Ok(Json(shown(changed.await?)))
}

#[utoipa::path(delete, path = "/api/console/webhooks/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<kind::Webhook>,
) -> Result<StatusCode, Problem> {
    let by = By::from(&signed_in.actor());
    app.desk
        .remove_webhook(signed_in.agent.workspace_id, id, by)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/api/console/webhooks/{id}/secret", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = WebhookMade), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn renew_secret(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<kind::Webhook>,
) -> Result<Json<WebhookMade>, Problem> {
    let by = By::from(&signed_in.actor());
    let renewed = app
        .desk
        .renew_webhook_secret(signed_in.agent.workspace_id, id, by);
    Ok(Json(made(renewed.await?)))
}

#[utoipa::path(post, path = "/api/console/webhooks/{id}/test", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = WebhookTried), (status = 404, body = ProblemDocument), (status = 429, body = ProblemDocument)))]
pub(in crate::http) async fn test(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<kind::Webhook>,
) -> Result<Json<WebhookTried>, Problem> {
    let now = app.desk.clock.now();
    let key = format!("test webhook {}", signed_in.agent.id);
    app.limits.take(&key, app.rates.sign_in, now)?;
    let webhook = app.webhook(&signed_in.agent.workspace_id, &id).await?;
    let body = json!({ "type": "ping", "timestamp": now, "data": {} }).to_string();
    let id = format!("ping.{}", request_id());
    let went = send(&app.fetcher, &webhook, &id, body, now).await;
    Ok(Json(WebhookTried {
        status: went.status,
        fault: went.fault.map(str::to_string),
        took_ms: went.took_ms,
    }))
}

#[utoipa::path(get, path = "/api/console/webhooks/{id}/deliveries", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = Deliveries), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn deliveries(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<kind::Webhook>,
) -> Result<Json<Deliveries>, Problem> {
    app.deliveries(signed_in.agent.workspace_id, id).await
}

#[utoipa::path(post, path = "/api/console/webhooks/{id}/deliveries/again", tag = "console", params(("id" = String, Path)),
    request_body = DeliveryAgain, responses((status = 202), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn send_again(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<kind::Webhook>,
    Body(again): Body<DeliveryAgain>,
) -> Result<StatusCode, Problem> {
    let workspace_id = signed_in.agent.workspace_id;
    app.deliver_again(workspace_id, id, again).await
}

/// A webhook that is told words hears what only `conversations:read` may read.
fn check_scope(caller: &Caller, change: &WebhookChange) -> Result<(), Problem> {
    if change.shares == Shares::Words {
        caller.must(ReadConversations)?;
    }
    Ok(())
}

#[utoipa::path(get, path = "/api/v1/webhooks", tag = "v1", responses((status = 200, body = Webhooks)))]
pub(in crate::http) async fn list_as_program(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Webhooks>, Problem> {
    app.webhooks(caller.workspace_id).await
}

#[utoipa::path(post, path = "/api/v1/webhooks", tag = "v1", request_body = WebhookSetting,
    responses((status = 201, body = WebhookMade), (status = 403, body = ProblemDocument), (status = 400, body = ProblemDocument)))]
pub(in crate::http) async fn add_as_program(
    State(app): State<App>,
    caller: Caller,
    Body(setting): Body<WebhookSetting>,
) -> Result<impl IntoResponse, Problem> {
    let change = checked(setting)?;
    check_scope(&caller, &change)?;
    let by = caller.by();
    let added = app.desk.add_webhook(caller.workspace_id, change, by);
    Ok((StatusCode::CREATED, Json(made(added.await?))))
}

#[utoipa::path(put, path = "/api/v1/webhooks/{id}", tag = "v1", params(("id" = String, Path)),
    request_body = WebhookSetting,
    responses((status = 200, body = WebhookShown), (status = 404, body = ProblemDocument), (status = 400, body = ProblemDocument)))]
pub(in crate::http) async fn change_as_program(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kind::Webhook>,
    Body(setting): Body<WebhookSetting>,
) -> Result<Json<WebhookShown>, Problem> {
    app.webhook(&caller.workspace_id, &id).await?;
    let change = checked(setting)?;
    check_scope(&caller, &change)?;
    let by = caller.by();
    let changed = app.desk.change_webhook(caller.workspace_id, id, change, by);
    Ok(Json(shown(changed.await?)))
}

#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "v1", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn remove_as_program(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kind::Webhook>,
) -> Result<StatusCode, Problem> {
    let by = caller.by();
    app.desk.remove_webhook(caller.workspace_id, id, by).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/api/v1/webhooks/{id}/secret", tag = "v1", params(("id" = String, Path)),
    responses((status = 200, body = WebhookMade), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn renew_secret_as_program(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kind::Webhook>,
) -> Result<Json<WebhookMade>, Problem> {
    let by = caller.by();
    let renewed = app.desk.renew_webhook_secret(caller.workspace_id, id, by);
    Ok(Json(made(renewed.await?)))
}

#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "v1", params(("id" = String, Path)),
    responses((status = 200, body = Deliveries), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn deliveries_as_program(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kind::Webhook>,
) -> Result<Json<Deliveries>, Problem> {
    app.deliveries(caller.workspace_id, id).await
}

#[utoipa::path(post, path = "/api/v1/webhooks/{id}/deliveries/again", tag = "v1", params(("id" = String, Path)),
    request_body = DeliveryAgain, responses((status = 202), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn send_again_as_program(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kind::Webhook>,
    Body(again): Body<DeliveryAgain>,
) -> Result<StatusCode, Problem> {
    app.deliver_again(caller.workspace_id, id, again).await
}
