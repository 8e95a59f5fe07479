//! The checklist of the first hour: what is done, what is missing, going live (P47).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use segue_core::ids::InboxId;
use segue_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::desk::{FirstHour, Milestone};
use crate::http::App;
use crate::http::guard::Body;
use crate::http::problem::Problem;
use crate::http::session::SignedIn;

/// The way to going live.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FirstSteps {
    /// In the order in which they are best taken.
    steps: Vec<StepShown>,
    may_go_live: bool,
    live_at: Option<Timestamp>,
    /// Whether the list is not wanted on screen any more.
    is_dismissed: bool,
    articles: i64,
    people: usize,
    /// Where the chat was seen, newest first.
    sightings: Vec<SightingShown>,
    inboxes: Vec<InboxShown>,
}

/// A step.
#[derive(Serialize, utoipa::ToSchema)]
pub struct StepShown {
    /// Which: `company`, `articles`, `try`, `hours`, `mail`, `snippet` or `people`.
    name: String,
    is_done: bool,
    /// Whether nobody should go live without it.
    is_needed: bool,
    /// What the facts show, a word for each step.
    shows: String,
}

/// A site that carries the chat, as a visitor's browser told.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SightingShown {
    #[schema(value_type = String)]
    inbox_id: InboxId,
    /// `https://shop.example`.
    origin: String,
    first_at: Timestamp,
    last_at: Timestamp,
}

/// An inbox with what its script tag names.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InboxShown {
    #[schema(value_type = String)]
    id: InboxId,
    name: String,
    site_key: String,
    /// Whether it takes nothing new.
    is_closed: bool,
}

#[utoipa::path(get, path = "/api/console/first-steps", tag = "console", responses((status = 200, body = FirstSteps)))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<FirstSteps>, Problem> {
    let id = signed_in.agent.workspace_id;
    let facts = app.desk.first_hour(&id).await?;
    let inboxes = app.desk.store.read(move |tx| tx.inboxes(&id)).await?;
    let inboxes = inboxes.into_iter().map(|inbox| InboxShown {
        id: inbox.id,
        name: inbox.name,
        site_key: inbox.site_key,
        is_closed: inbox.closed_at.is_some(),
    });
    Ok(Json(shown(facts, inboxes.collect())))
}

fn shown(facts: FirstHour, inboxes: Vec<InboxShown>) -> FirstSteps {
    let steps = facts.steps().into_iter().map(|step| StepShown {
        name: step.name.into(),
        is_done: step.is_done,
        is_needed: step.is_needed,
        shows: step.shows.into(),
    });
    FirstSteps {
        steps: steps.collect(),
        may_go_live: facts.may_go_live(),
        live_at: facts.passed(Milestone::Live),
        is_dismissed: facts.passed(Milestone::Dismissed).is_some(),
        articles: facts.articles,
        people: facts.people,
        sightings: facts
            .sightings
            .into_iter()
            .map(|seen| SightingShown {
                inbox_id: seen.inbox_id,
                origin: seen.origin,
                first_at: seen.first_at,
                last_at: seen.last_at,
            })
            .collect(),
        inboxes,
    }
}

/// Whether the checklist is wanted.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Dismissal {
    is_dismissed: bool,
}

#[utoipa::path(put, path = "/api/console/first-steps", tag = "console", request_body = Dismissal, responses((status = 204)))]
pub(in crate::http) async fn dismiss(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(wish): Body<Dismissal>,
) -> Result<StatusCode, Problem> {
    app.desk
        .dismiss_checklist(&signed_in.agent.workspace_id, wish.is_dismissed)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/api/console/first-steps/live", tag = "console",
    responses((status = 204), (status = 422, body = crate::http::problem::ProblemDocument)))]
pub(in crate::http) async fn go_live(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<StatusCode, Problem> {
    app.desk.go_live(signed_in.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}
