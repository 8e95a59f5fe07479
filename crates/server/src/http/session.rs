//! Agents sign in: argon2id, sessions on the server, a CSRF token and the Origin
//! checked on every write, slow guessing. There is no default password: the first
//! start prints a one-time link.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use segue_core::access::{Permission, Role, may};
use segue_core::ids::AgentId;
use segue_core::time::DAY_MS;
use segue_store::Agent;
use serde::{Deserialize, Serialize};

use super::App;
use super::guard::{Address, Body};
use super::problem::Problem;
use crate::desk::{Actor, SETUP, SetUp};
use crate::edge::{hash_of, random_bytes};

/// What the cookie is called.
const COOKIE: &str = "segue_session";
/// How long a session lasts.
const SESSION_MS: i64 = 14 * DAY_MS;
/// The shortest password, in characters.
const SHORTEST_PASSWORD: usize = 10;

/// The routes of this door.
pub fn routes() -> Router<App> {
    Router::new()
        .route(
            "/api/console/session",
            get(show).post(sign_in).delete(sign_out),
        )
        .route("/api/console/setup", get(show_setup).post(set_up))
}

/// An agent who has signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub agent: Agent,
    csrf: String,
    hash: String,
}

impl SignedIn {
    /// As the desk knows them.
    pub fn actor(&self) -> Actor {
        Actor {
            id: self.agent.id.clone(),
            workspace_id: self.agent.workspace_id.clone(),
            name: self.agent.name.clone(),
        }
    }

    /// Refuses unless the agent's role may.
    pub fn must(&self, permission: Permission) -> Result<(), Problem> {
        if may(self.agent.role, permission) {
            return Ok(());
        }
        Err(Problem::forbidden(
            "your role does not allow this; ask an admin of your workspace",
        ))
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let signed_in = app.signed_in(&parts.headers).await?;
        if parts.method != Method::GET {
            check_origin(&parts.headers)?;
            let sent = parts
                .headers
                .get("x-csrf-token")
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            let matches: bool =
                subtle::ConstantTimeEq::ct_eq(sent.as_bytes(), signed_in.csrf.as_bytes()).into();
            if !matches {
                return Err(Problem::forbidden(
                    "the X-CSRF-Token header is missing or wrong; load the page again",
                ));
            }
        }
        Ok(signed_in)
    }
}

impl App {
    /// The agent of the cookie in these headers.
    pub(super) async fn signed_in(&self, headers: &HeaderMap) -> Result<SignedIn, Problem> {
        let expired = || Problem::unauthorized("sign in first");
        let hash = hash_of(cookie(headers).ok_or_else(expired)?);
        let (asked, now) = (hash.clone(), self.desk.clock.now());
        let found = self
            .desk
            .store
            .read(move |tx| {
                let Some(session) = tx.session(&asked, now)? else {
                    return Ok::<_, segue_store::Error>(None);
                };
                let agent = tx.agent(&session.workspace_id, &session.agent_id)?;
                Ok(agent.map(|agent| (agent, session.csrf)))
            })
            .await?;
        let (agent, csrf) = found.ok_or_else(expired)?;
        Ok(SignedIn { agent, csrf, hash })
    }
}

/// A page of another site may not act in an agent's name.
pub(super) fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &header::HeaderValue| value.to_str().ok())
    };
    let Some(origin) = text(header::ORIGIN) else {
        return Ok(());
    };
    let host = text(header::HOST).unwrap_or_default();
    let same = origin
        .split_once("://")
        .is_some_and(|(_, origin_host)| origin_host.eq_ignore_ascii_case(host));
    if same {
        Ok(())
    } else {
        Err(Problem::forbidden("requests from another site are refused"))
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    cookies
        .split(';')
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// Address and password.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct SignIn {
    email: String,
    password: String,
}

/// Who is signed in.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionShown {
    /// The agent.
    pub agent: AgentShown,
    /// Send it as `X-CSRF-Token` with every write.
    pub csrf: String,
    /// The workspace.
    pub workspace: WorkspaceShown,
}

/// An agent, to their own console.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct AgentShown {
    /// Their id.
    #[schema(value_type = String)]
    pub id: AgentId,
    /// What customers see.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Conversations they can hold.
    pub capacity: i64,
}

/// A workspace, to its agents.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct WorkspaceShown {
    /// Its id.
    pub id: String,
    /// The company.
    pub company: String,
    /// Its colour.
    pub brand_color: String,
    /// What its script tags name.
    pub site_keys: Vec<String>,
    /// Whether texts are read by their words alone, for want of the sentence model.
    #[serde(default)]
    pub lexical_mode: bool,
}

#[utoipa::path(post, path = "/api/console/session", tag = "console", request_body = SignIn,
    responses((status = 200, body = SessionShown), (status = 401, body = super::problem::ProblemDocument)))]
pub(super) async fn sign_in(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Body(given): Body<SignIn>,
) -> Result<Response, Problem> {
    check_origin(&headers)?;
    let now = app.desk.clock.now();
    let email = given.email.trim().to_lowercase();
    // Guessing is slow from one place, and for one account from everywhere; but nobody
    // elsewhere can lock an agent out with a handful of wrong tries.
    let rate = app.rates.sign_in;
    let pair = hash_of(&format!("{address} {email}"));
    for (key, rate) in [
        (format!("sign in pair {pair}"), rate),
        (format!("sign in from {address}"), rate.times(4.0)),
        (format!("sign in as {}", hash_of(&email)), rate.times(20.0)),
    ] {
        app.limits.take(&key, rate, now)?;
    }
    let found = {
        let email = email.clone();
        app.desk
            .store
            .read(move |tx| tx.agents_by_email(&email))
            .await?
    };
    // An unknown address costs the same time as a wrong password.
    let agent = tokio::task::spawn_blocking(move || {
        if found.is_empty() {
            verify(&given.password, NOBODYS_HASH);
        }
        found
            .into_iter()
            .find(|(_, hash)| verify(&given.password, hash))
            .map(|(agent, _)| agent)
    })
    .await
    .map_err(|_| Problem::unauthorized("try again"))?;
    let agent = agent.ok_or_else(|| Problem::unauthorized("address and password do not match"))?;
    begin_session(&app, agent, &headers, StatusCode::OK).await
}

#[utoipa::path(get, path = "/api/console/session", tag = "console",
    responses((status = 200, body = SessionShown), (status = 401, body = super::problem::ProblemDocument)))]
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<SessionShown>, Problem> {
    Ok(Json(shown(&app, &signed_in.agent, signed_in.csrf).await?))
}

#[utoipa::path(delete, path = "/api/console/session", tag = "console", responses((status = 204)))]
pub(super) async fn sign_out(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Response, Problem> {
    app.desk.end_session(signed_in.hash).await?;
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}

/// The one-time link's secret.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct SetupQuery {
    token: String,
}

/// What the one-time link opens.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SetupShown {
    company: String,
    shortest_password: usize,
}

#[utoipa::path(get, path = "/api/console/setup", tag = "console", params(SetupQuery),
    responses((status = 200, body = SetupShown), (status = 404, body = super::problem::ProblemDocument)))]
pub(super) async fn show_setup(
    State(app): State<App>,
    Query(query): Query<SetupQuery>,
) -> Result<Json<SetupShown>, Problem> {
    let (hash, now) = (hash_of(&query.token), app.desk.clock.now());
    let workspace = app
        .desk
        .store
        .read(move |tx| match tx.token(&hash, SETUP, now)? {
            Some(id) => tx.workspace(&id),
            None => Ok(None),
        })
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(Json(SetupShown {
        company: workspace.name,
        shortest_password: SHORTEST_PASSWORD,
    }))
}

/// The first admin and the company's name.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Setup {
    token: String,
    company: String,
    name: String,
    email: String,
    /// At least 10 characters.
    password: String,
}

#[utoipa::path(post, path = "/api/console/setup", tag = "console", request_body = Setup,
    responses((status = 201, body = SessionShown), (status = 404, body = super::problem::ProblemDocument)))]
pub(super) async fn set_up(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Body(setup): Body<Setup>,
) -> Result<Response, Problem> {
    check_origin(&headers)?;
    app.limits.take(
        &format!("set up {address}"),
        app.rates.sign_in,
        app.desk.clock.now(),
    )?;
    let company = super::guard::clean_text(&setup.company, 120)?;
    let name = super::guard::clean_text(&setup.name, 120)?;
    if setup.email.trim().parse::<lettre::Address>().is_err() {
        return Err(Problem::bad_request("that is not an e-mail address"));
    }
    let password_hash = new_password(setup.password).await?;
    let agent = app
        .desk
        .set_up(SetUp {
            hash: hash_of(&setup.token),
            company,
            name,
            email: setup.email.trim().to_lowercase(),
            password_hash,
        })
        .await?;
    begin_session(&app, agent, &headers, StatusCode::CREATED).await
}

async fn begin_session(
    app: &App,
    agent: Agent,
    headers: &HeaderMap,
    status: StatusCode,
) -> Result<Response, Problem> {
    let keys = app.desk.begin_session(&agent, SESSION_MS).await?;
    let shown = shown(app, &agent, keys.csrf).await?;
    // Behind TLS the cookie never travels without it.
    let is_tls = headers
        .get("x-forwarded-proto")
        .is_some_and(|proto| proto == "https");
    let secure = if is_tls { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}",
        keys.cookie,
        SESSION_MS / 1_000
    );
    Ok((status, [(header::SET_COOKIE, cookie)], Json(shown)).into_response())
}

async fn shown(app: &App, agent: &Agent, csrf: String) -> Result<SessionShown, Problem> {
    let id = agent.workspace_id.clone();
    let (workspace, inboxes) = app
        .desk
        .store
        .read(move |tx| Ok::<_, segue_store::Error>((tx.workspace(&id)?, tx.inboxes(&id)?)))
        .await?;
    let workspace = workspace.ok_or_else(Problem::not_found)?;
    Ok(SessionShown {
        agent: AgentShown {
            id: agent.id.clone(),
            name: agent.name.clone(),
            email: agent.email.clone(),
            role: agent.role,
            capacity: agent.capacity,
        },
        csrf,
        workspace: WorkspaceShown {
            id: workspace.id.to_string(),
            company: workspace.name,
            brand_color: workspace.settings.brand_color,
            site_keys: inboxes.into_iter().map(|inbox| inbox.site_key).collect(),
            lexical_mode: app.desk.knowledge.reader().encoder().is_none(),
        },
    })
}

/// What an unknown address is checked against: a hash that no password has.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2VndWUtbm9ib2R5LXNhbHQ$Vq1Nl0kq0Rk9m5P4H2o3Wq0m3yX0u5K1qC8vQm2k3xA";

fn verify(password: &str, hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else {
        return false;
    };
    Argon2::default()
        .verify_password(password.as_bytes(), &hash)
        .is_ok()
}

/// Checks a new password and hashes it, off the async threads.
pub(crate) async fn new_password(password: String) -> Result<String, Problem> {
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(Problem::bad_request(format!(
            "a password has at least {SHORTEST_PASSWORD} characters"
        )));
    }
    if password.len() > 1_024 {
        return Err(Problem::bad_request("a password has at most 1,024 bytes"));
    }
    let hashed = tokio::task::spawn_blocking(move || hash_password(&password)).await;
    hashed.map_err(|_| Problem::bad_request("that password cannot be hashed"))
}

/// The argon2id hash of a password.
pub fn hash_password(password: &str) -> String {
    let salt = SaltString::encode_b64(&random_bytes::<16>()).expect("16 bytes make a salt");
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    hash.expect("the default parameters hash any password")
        .to_string()
}
