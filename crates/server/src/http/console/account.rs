//! An agent's own account: where they are signed in, and their password.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use segue_core::ids::{SessionId, kind};
use segue_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::guard::{Body, PathId};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::{SessionShown, SignedIn, begin_session, new_password, verify};

/// Where an agent is signed in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Sessions {
    sessions: Vec<SessionListed>,
}

/// One place where they are signed in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionListed {
    #[schema(value_type = String)]
    id: SessionId,
    /// What they signed in with, in a few words; empty where it did not say.
    browser: String,
    created_at: Timestamp,
    /// To five minutes.
    seen_at: Timestamp,
    /// Whether it is the one that asks.
    this: bool,
}

#[utoipa::path(get, path = "/api/console/sessions", tag = "console", responses((status = 200, body = Sessions)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<Sessions>, Problem> {
    let (agent, this) = (signed_in.agent, signed_in.session.id);
    let now = app.desk.clock.now();
    let sessions = app
        .desk
        .store
        .read(move |tx| tx.sessions(&agent.workspace_id, &agent.id, now))
        .await?;
    let listed = sessions.into_iter().map(|session| SessionListed {
        this: session.id == this,
        id: session.id,
        browser: session.browser,
        created_at: session.created_at,
        seen_at: session.seen_at,
    });
    Ok(Json(Sessions {
        sessions: listed.collect(),
    }))
}

#[utoipa::path(delete, path = "/api/console/sessions", tag = "console", responses((status = 204)))]
pub(in crate::http) async fn end_all(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<StatusCode, Problem> {
    app.desk.end_sessions(signed_in.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/api/console/sessions/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn end_one(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<kind::Session>,
) -> Result<StatusCode, Problem> {
    app.desk.end_session(signed_in.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A new password, by who knows the old one.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct PasswordChange {
    current: String,
    /// At least 10 characters.
    password: String,
}

#[utoipa::path(put, path = "/api/console/password", tag = "console", request_body = PasswordChange,
    responses((status = 200, body = SessionShown), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn change_password(
    State(app): State<App>,
    signed_in: SignedIn,
    headers: HeaderMap,
    Body(change): Body<PasswordChange>,
) -> Result<Response, Problem> {
    let agent = signed_in.agent;
    // Whoever finds an open console must not guess the password by it.
    let guesses = format!("password of {}", agent.id);
    app.limits
        .take(&guesses, app.rates.sign_in, app.desk.clock.now())?;
    let (email, id) = (agent.email.clone(), agent.id.clone());
    let found = app
        .desk
        .store
        .read(move |tx| tx.agents_by_email(&email))
        .await?;
    let hash = found.into_iter().find(|(found, _)| found.id == id);
    let (_, hash) = hash.ok_or_else(Problem::not_found)?;
    let is_right = tokio::task::spawn_blocking(move || verify(&change.current, &hash)).await;
    if !is_right.unwrap_or(false) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "wrong_password",
            "that is not your present password",
        ));
    }
    let password_hash = new_password(change.password).await?;
    app.desk
        .change_password(agent.clone(), password_hash)
        .await?;
    begin_session(&app, agent, &headers, StatusCode::OK).await
}
