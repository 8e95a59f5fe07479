//! When each inbox is staffed (P33).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use segue_core::ids::InboxId;
use segue_core::ids::kind::Inbox as InboxKind;
use segue_core::time::{Hours, Timestamp};
use segue_store::Inbox;
use serde::Serialize;

use crate::http::App;
use crate::http::guard::{Body, PathId};
use crate::http::problem::Problem;
use crate::http::session::SignedIn;

/// The hours of every inbox.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InboxHours {
    inboxes: Vec<InboxHoursShown>,
}

/// The hours of one.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InboxHoursShown {
    #[schema(value_type = String)]
    id: InboxId,
    name: String,
    /// Whether it takes nothing new.
    is_closed: bool,
    hours: Hours,
    now: HoursNow,
}

/// How hours stand at this moment.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HoursNow {
    is_open: bool,
    /// When that ends; absent where it does not within weeks.
    until: Option<Timestamp>,
}

fn standing(hours: &Hours, now: Timestamp) -> HoursNow {
    let is_open = hours.is_open(now);
    HoursNow {
        is_open,
        until: if is_open {
            hours.next_closing(now)
        } else {
            hours.next_opening(now)
        },
    }
}

#[utoipa::path(get, path = "/api/console/hours", tag = "console", responses((status = 200, body = InboxHours)))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<InboxHours>, Problem> {
    let (id, now) = (signed_in.agent.workspace_id, app.desk.clock.now());
    let inboxes = app.desk.store.read(move |tx| tx.inboxes(&id)).await?;
    let shown = |inbox: Inbox| InboxHoursShown {
        id: inbox.id,
        name: inbox.name,
        is_closed: inbox.closed_at.is_some(),
        now: standing(&inbox.hours, now),
        hours: inbox.hours,
    };
    Ok(Json(InboxHours {
        inboxes: inboxes.into_iter().map(shown).collect(),
    }))
}

#[utoipa::path(post, path = "/api/console/hours/preview", tag = "console", request_body = Hours,
    responses((status = 200, body = HoursNow)))]
pub(in crate::http) async fn preview(
    State(app): State<App>,
    Body(hours): Body<Hours>,
) -> Result<Json<HoursNow>, Problem> {
    let hours = hours.checked().map_err(crate::desk::hours_fault)?;
    Ok(Json(standing(&hours, app.desk.clock.now())))
}

#[utoipa::path(put, path = "/api/console/inboxes/{id}/hours", tag = "console", params(("id" = String, Path)), request_body = Hours,
    responses((status = 204), (status = 422, body = crate::http::problem::ProblemDocument)))]
pub(in crate::http) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<InboxKind>,
    Body(hours): Body<Hours>,
) -> Result<StatusCode, Problem> {
    if hours.holidays.iter().any(|it| it.name.chars().count() > 80) {
        return Err(Problem::bad_request(
            "a holiday's name has at most 80 letters",
        ));
    }
    app.desk.set_hours(signed_in.actor(), id, hours).await?;
    Ok(StatusCode::NO_CONTENT)
}
