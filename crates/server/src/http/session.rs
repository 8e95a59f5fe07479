//! Agents sign in: argon2id, sessions on the server, a CSRF token and the Origin
//! checked on every write, slow guessing. There is no default password: the first
//! start prints a one-time link.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use axum::Json;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use segue_core::access::Permission::UseOwnAccount;
use segue_core::access::{Permission, Role, may};
use segue_core::audit::{Action, By};
use segue_core::ids::{AgentId, WorkspaceId};
use segue_core::time::{DAY_MS, MINUTE_MS};
use segue_sense::read::Sharpness;
use segue_store::{Agent, Session};
use serde::{Deserialize, Serialize};

use super::App;
use super::address::Address;
use super::doors::{Doors, May, admitted};
use super::guard::{Body, email_address};
use super::problem::Problem;
use crate::desk::audit::Deed;
use crate::desk::{Actor, Desk, SETUP, SetUp};
use crate::edge::{hash_of, random_bytes};

/// What the cookie is called.
const COOKIE: &str = "segue_session";
/// How long a session lasts.
const SESSION_MS: i64 = 14 * DAY_MS;
/// A session's last use is written down at most this often.
const SEEN_NOTED_MS: i64 = 5 * MINUTE_MS;
/// The shortest password, in characters.
pub(super) const SHORTEST_PASSWORD: usize = 10;

/// Whoever shows the link's secret.
const BY_LINK: May = May::Anybody("the link's secret is what lets in");

/// The doors of sessions.
pub fn doors() -> Doors {
    Doors::new()
        .get("/api/console/session", May::Agent(UseOwnAccount), show)
        .post(
            "/api/console/session",
            May::Anybody("the password is what lets in"),
            sign_in,
        )
        .delete("/api/console/session", May::Agent(UseOwnAccount), sign_out)
        .get("/api/console/setup", BY_LINK, show_setup)
        .post("/api/console/setup", BY_LINK, set_up)
}

/// An agent who has signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub agent: Agent,
    /// By which session.
    pub(super) session: Session,
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

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        admitted(parts)
    }
}

/// Whether a write was meant by the agent in whose name it comes: from our own page, with
/// the token that only our own page can read.
pub(super) fn check_csrf(parts: &Parts, signed_in: &SignedIn) -> Result<(), Problem> {
    if parts.method == Method::GET || parts.method == Method::HEAD {
        return Ok(());
    }
    check_origin(&parts.headers)?;
    let sent = parts
        .headers
        .get("x-csrf-token")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let matches: bool =
        subtle::ConstantTimeEq::ct_eq(sent.as_bytes(), signed_in.session.csrf.as_bytes()).into();
    if matches {
        return Ok(());
    }
    Err(Problem::forbidden(
        "the X-CSRF-Token header is missing or wrong; load the page again",
    ))
}

impl App {
    /// The agent of the cookie in these headers.
    pub(super) async fn signed_in(&self, headers: &HeaderMap) -> Result<SignedIn, Problem> {
        let expired = || Problem::unauthorized("sign in first");
        let hash = hash_of(cookie(headers).ok_or_else(expired)?);
        let now = self.desk.clock.now();
        let found = self
            .desk
            .store
            .read(move |tx| {
                let Some(session) = tx.session(&hash, now)? else {
                    return Ok::<_, segue_store::Error>(None);
                };
                let agent = tx.agent(&session.workspace_id, &session.agent_id)?;
                Ok(agent.map(|agent| SignedIn { agent, session }))
            })
            .await?;
        let signed_in = found.filter(|found| found.agent.is_active());
        let signed_in = signed_in.ok_or_else(expired)?;
        let session = &signed_in.session;
        if now.since(session.seen_at) >= SEEN_NOTED_MS {
            let (workspace_id, id) = (session.workspace_id.clone(), session.id.clone());
            self.desk.see_session(workspace_id, id).await?;
        }
        Ok(signed_in)
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
    let known: Vec<_> = found
        .iter()
        .map(|(agent, _)| (agent.workspace_id.clone(), agent.id.clone()))
        .collect();
    // An unknown address costs the same time as a wrong password.
    let agent = tokio::task::spawn_blocking(move || {
        if found.is_empty() {
            verify(&given.password, NOBODYS_HASH);
        }
        found
            .into_iter()
            .find(|(_, hash)| verify(&given.password, hash))
            .map(|(agent, _)| agent)
            // Only now: who left pays the time of a wrong password too.
            .filter(Agent::is_active)
    })
    .await
    .map_err(|_| Problem::unauthorized("try again"))?;
    let Some(agent) = agent else {
        // Beside the answer, which takes as long as for an address that nobody has.
        tokio::spawn(write_down_refusal(app.desk.clone(), known));
        return Err(Problem::unauthorized("address and password do not match"));
    };
    begin_session(&app, agent, &headers, StatusCode::OK).await
}

async fn write_down_refusal(desk: Desk, known: Vec<(WorkspaceId, AgentId)>) {
    for (workspace_id, agent_id) in known {
        let deed = Deed::new(Action::SignInRefused).on(&agent_id);
        if let Err(error) = desk.write_down(workspace_id, By::Stranger, deed).await {
            tracing::warn!(%error, "could not write down a refused sign-in");
        }
    }
}

#[utoipa::path(get, path = "/api/console/session", tag = "console",
    responses((status = 200, body = SessionShown), (status = 401, body = super::problem::ProblemDocument)))]
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<SessionShown>, Problem> {
    Ok(Json(
        shown(&app, &signed_in.agent, signed_in.session.csrf).await?,
    ))
}

#[utoipa::path(delete, path = "/api/console/session", tag = "console", responses((status = 204)))]
pub(super) async fn sign_out(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Response, Problem> {
    let agent = signed_in.actor();
    app.desk.end_session(agent, signed_in.session.id).await?;
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
    let email = email_address(&setup.email)?;
    let password_hash = new_password(setup.password).await?;
    let agent = app
        .desk
        .set_up(SetUp {
            hash: hash_of(&setup.token),
            company,
            name,
            email,
            password_hash,
        })
        .await?;
    begin_session(&app, agent, &headers, StatusCode::CREATED).await
}

pub(super) async fn begin_session(
    app: &App,
    agent: Agent,
    headers: &HeaderMap,
    status: StatusCode,
) -> Result<Response, Problem> {
    // Whoever signs in gets a new session, whatever cookie came along; that one ends.
    let before = app
        .signed_in(headers)
        .await
        .ok()
        .map(|before| before.session);
    let keys = app
        .desk
        .begin_session(&agent, browser_of(headers), before, SESSION_MS)
        .await?;
    let shown = shown(app, &agent, keys.csrf).await?;
    // Behind TLS the cookie never travels without it. Whether a request came by TLS is only
    // believed of a proxy: `Proxies::hush`.
    let is_tls = headers
        .get("x-forwarded-proto")
        .is_some_and(|proto| proto == "https");
    let is_tls = is_tls
        || app
            .desk
            .public_url
            .as_ref()
            .is_some_and(|url| url.starts_with("https://"));
    let secure = if is_tls { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}",
        keys.cookie,
        SESSION_MS / 1_000
    );
    Ok((status, [(header::SET_COOKIE, cookie)], Json(shown)).into_response())
}

/// What somebody signs in with, in a few words, for the list of their sessions.
fn browser_of(headers: &HeaderMap) -> String {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let agent = agent.unwrap_or_default();
    let first = |names: &[&'static str]| names.iter().copied().find(|name| agent.contains(name));
    // The order matters: Edge says Chrome too, and Chrome says Safari.
    let browser = first(&["Edg", "OPR", "Firefox", "Chrome", "Safari"]);
    let browser = browser.map(|name| match name {
        "Edg" => "Edge",
        "OPR" => "Opera",
        other => other,
    });
    let system = first(&["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"]);
    let parts: Vec<&str> = browser.into_iter().chain(system).collect();
    parts.join(", ")
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
            site_keys: inboxes
                .into_iter()
                .filter(|inbox| inbox.closed_at.is_none())
                .map(|inbox| inbox.site_key)
                .collect(),
            lexical_mode: app.desk.knowledge.reader().sharpness() == Sharpness::Lexical,
        },
    })
}

/// What an unknown address is checked against: a hash that no password has.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2VndWUtbm9ib2R5LXNhbHQ$Vq1Nl0kq0Rk9m5P4H2o3Wq0m3yX0u5K1qC8vQm2k3xA";

pub(super) fn verify(password: &str, hash: &str) -> bool {
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
