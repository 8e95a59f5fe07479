//! One-time links, opened: somebody joins, or an agent gets a new password. The secret
//! comes in a body, never in an address, so that no log of a proxy has it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use segue_store::LinkKind;
use serde::{Deserialize, Serialize};

use super::App;
use super::address::Address;
use super::doors::{Doors, May};
use super::guard::{Body, clean_text, email_address};
use super::problem::{Problem, ProblemDocument};
use super::session::{SHORTEST_PASSWORD, SessionShown, begin_session, check_origin, new_password};
use crate::edge::hash_of;

/// The doors of one-time links.
pub fn doors() -> Doors {
    let by_link = May::Anybody("the link's secret is what lets in");
    let asks = May::Anybody("who forgot their password cannot sign in; everybody gets one answer");
    Doors::new()
        .post("/api/console/link", by_link, show)
        .post("/api/console/link/join", by_link, join)
        .post("/api/console/link/password", by_link, renew_password)
        .post("/api/console/password-reset", asks, ask_reset)
}

/// A link's secret.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct LinkToken {
    token: String,
}

/// What a link opens.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LinkOpened {
    /// `join` or `reset`.
    kind: String,
    company: String,
    /// The address that it is bound to.
    email: String,
    shortest_password: usize,
}

#[utoipa::path(post, path = "/api/console/link", tag = "console", request_body = LinkToken,
    responses((status = 200, body = LinkOpened), (status = 404, body = ProblemDocument)))]
pub(super) async fn show(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Body(given): Body<LinkToken>,
) -> Result<Json<LinkOpened>, Problem> {
    app.may_try_link(&headers, &address)?;
    let (hash, now) = (hash_of(&given.token), app.desk.clock.now());
    let found = app
        .desk
        .store
        .read(move |tx| {
            let Some(link) = tx.link(&hash, now)? else {
                return Ok::<_, segue_store::Error>(None);
            };
            Ok(tx.workspace(&link.workspace_id)?.map(|at| (link, at)))
        })
        .await?;
    let (link, workspace) = found.ok_or_else(Problem::not_found)?;
    Ok(Json(LinkOpened {
        kind: link.kind.name().into(),
        company: workspace.name,
        email: link.email,
        shortest_password: SHORTEST_PASSWORD,
    }))
}

/// Who joins. Address, role and place were said by the link.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Joining {
    token: String,
    /// What customers see.
    name: String,
    /// At least 10 characters.
    password: String,
}

#[utoipa::path(post, path = "/api/console/link/join", tag = "console", request_body = Joining,
    responses((status = 201, body = SessionShown), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument)))]
pub(super) async fn join(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Body(joining): Body<Joining>,
) -> Result<Response, Problem> {
    app.may_try_link(&headers, &address)?;
    let name = clean_text(&joining.name, 120)?;
    let hash = app.open_link(&joining.token, LinkKind::Join).await?;
    let password_hash = new_password(joining.password).await?;
    let agent = app.desk.join(hash, name, password_hash).await?;
    begin_session(&app, agent, &headers, StatusCode::CREATED).await
}

/// A new password by a link.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewPassword {
    token: String,
    /// At least 10 characters.
    password: String,
}

#[utoipa::path(post, path = "/api/console/link/password", tag = "console", request_body = NewPassword,
    responses((status = 200, body = SessionShown), (status = 404, body = ProblemDocument)))]
pub(super) async fn renew_password(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Body(renewal): Body<NewPassword>,
) -> Result<Response, Problem> {
    app.may_try_link(&headers, &address)?;
    let hash = app.open_link(&renewal.token, LinkKind::Reset).await?;
    let password_hash = new_password(renewal.password).await?;
    let agent = app.desk.renew_password(hash, password_hash).await?;
    begin_session(&app, agent, &headers, StatusCode::OK).await
}

/// Who forgot their password.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct ForgottenPassword {
    email: String,
    /// The language of the mail.
    #[serde(default)]
    language: String,
}

/// What happens now, the same for every address.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ResetAsked {
    /// Whether this host mails links; where it does not, an admin makes one.
    mails: bool,
}

#[utoipa::path(post, path = "/api/console/password-reset", tag = "console", request_body = ForgottenPassword,
    responses((status = 202, body = ResetAsked), (status = 429, body = ProblemDocument)))]
pub(super) async fn ask_reset(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Body(forgotten): Body<ForgottenPassword>,
) -> Result<(StatusCode, Json<ResetAsked>), Problem> {
    check_origin(&headers)?;
    let email = email_address(&forgotten.email)?;
    let now = app.desk.clock.now();
    // Nobody's mailbox is flooded, from one place or from many.
    for key in [
        format!("reset from {address}"),
        format!("reset for {}", hash_of(&email)),
    ] {
        app.limits.take(&key, app.rates.sign_in, now)?;
    }
    let mails = app.mails_links(None).await?;
    if mails {
        app.desk.order_reset_mail(email, forgotten.language).await?;
    }
    Ok((StatusCode::ACCEPTED, Json(ResetAsked { mails })))
}

impl App {
    fn may_try_link(&self, headers: &HeaderMap, address: &str) -> Result<(), Problem> {
        check_origin(headers)?;
        let key = format!("link {address}");
        self.limits
            .take(&key, self.rates.sign_in.times(4.0), self.desk.clock.now())
    }

    /// The hash of a link that opens. A password is hashed for nobody else.
    async fn open_link(&self, token: &str, kind: LinkKind) -> Result<String, Problem> {
        let (hash, now) = (hash_of(token), self.desk.clock.now());
        let asked = hash.clone();
        let found = self.desk.store.read(move |tx| tx.link(&asked, now)).await?;
        let found = found.filter(|link| link.kind == kind);
        found.map(|_| hash).ok_or_else(Problem::not_found)
    }
}
