//! How long the words of conversations that are over are kept (P48).

use axum::Json;
use axum::extract::{Query, State};
use segue_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::desk::{LEAST_DAYS, MOST_DAYS};
use crate::http::App;
use crate::http::guard::Body;
use crate::http::problem::Problem;
use crate::http::session::SignedIn;

/// How long words are kept, and what was done about it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RetentionShown {
    /// After how many days without an event they go; nothing for never.
    days: Option<i64>,
    /// The least that may be said.
    least_days: i64,
    /// The most.
    most_days: i64,
    /// Of how many conversations the words would go now, by the days that were asked about.
    would_erase: Option<i64>,
    /// When the last run began.
    began_at: Option<Timestamp>,
    /// When it was over; nothing while it goes on.
    ended_at: Option<Timestamp>,
    /// How many conversations it emptied.
    conversations: i64,
    /// Of how many contacts it erased who they were.
    contacts: i64,
    /// When it is looked through next.
    due_at: Option<Timestamp>,
}

/// What would be.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct Asked {
    /// What if it were so many days.
    days: Option<i64>,
}

#[utoipa::path(get, path = "/api/console/retention", tag = "console", params(Asked),
    responses((status = 200, body = RetentionShown)))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Json<RetentionShown>, Problem> {
    let asked = asked.days.map(|days| days.clamp(LEAST_DAYS, MOST_DAYS));
    let workspace_id = &signed_in.agent.workspace_id;
    let (kept, would_erase) = app.desk.retention(workspace_id, asked).await?;
    Ok(Json(RetentionShown {
        days: kept.days,
        least_days: LEAST_DAYS,
        most_days: MOST_DAYS,
        would_erase,
        began_at: kept.began_at,
        ended_at: kept.ended_at,
        conversations: kept.conversations,
        contacts: kept.contacts,
        due_at: kept.due_at,
    }))
}

/// What an admin says of it.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct RetentionChange {
    /// 30 to 3650; nothing for never.
    days: Option<i64>,
    /// The company's name as it stands, where conversations would be erased.
    #[serde(default)]
    confirmed: String,
}

#[utoipa::path(put, path = "/api/console/retention", tag = "console", request_body = RetentionChange,
    responses((status = 204), (status = 422, body = crate::http::problem::ProblemDocument)))]
pub(in crate::http) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(change): Body<RetentionChange>,
) -> Result<axum::http::StatusCode, Problem> {
    app.desk
        .set_retention(signed_in.actor(), change.days, change.confirmed)
        .await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}
