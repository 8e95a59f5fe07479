//! `POST /api/v1/decisions`: should this be handed over? Nothing is stored.

use axum::Json;
use axum::extract::State;
use segue_core::decide::Decision;

use super::Caller;
use crate::desk::Case;
use crate::http::App;
use crate::http::guard::Body;
use crate::http::problem::{Problem, ProblemDocument};

#[utoipa::path(post, path = "/api/v1/decisions", tag = "v1", request_body = Case,
    responses((status = 200, body = Decision), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn decide_once(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<Case>,
) -> Result<Json<Decision>, Problem> {
    let now = asked.now;
    let place = app.place_or_first(&caller.workspace_id, asked.inbox_id.as_ref());
    let place = place.await?;
    let advice = app.desk.advise(place, asked.into_transcript(), now).await?;
    Ok(Json(advice.decision))
}
