//! What the law lets a customer ask for (P48): all that is known of them, and to be
//! forgotten.

use axum::Json;
use axum::extract::State;
use segue_core::audit::By;
use segue_core::ids::kind::Contact as ContactKind;
use serde::Serialize;

use crate::desk::Export;
use crate::http::App;
use crate::http::guard::PathId;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;

/// What was erased.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ErasedShown {
    /// How many conversations were emptied.
    pub conversations: usize,
}

#[utoipa::path(get, path = "/api/console/contacts/{id}/export", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = Export), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn export(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ContactKind>,
) -> Result<Json<Export>, Problem> {
    let by = By::from(&signed_in.actor());
    let exported = app.desk.export(signed_in.agent.workspace_id, id, by);
    Ok(Json(exported.await?))
}

#[utoipa::path(delete, path = "/api/console/contacts/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = ErasedShown), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn erase(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ContactKind>,
) -> Result<Json<ErasedShown>, Problem> {
    let by = By::from(&signed_in.actor());
    let erased = app.desk.erase(signed_in.agent.workspace_id, id, by);
    let erased = erased.await?;
    Ok(Json(ErasedShown {
        conversations: erased.conversations,
    }))
}
