//! The audit log, read by admins: newest first, by actor and by action.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use segue_core::audit::Action;
use segue_core::ids::AuditId;
use segue_core::time::Timestamp;
use segue_store::AuditEntry;
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;

/// Lines on a page.
const PAGE: i64 = 50;

/// Which lines.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct AuditQuery {
    /// Only what this agent, program or contact did: their id.
    actor: Option<String>,
    /// Only this action, such as `policy_changed`.
    action: Option<String>,
    /// The cursor that the page before gave.
    before: Option<String>,
}

/// A page of the log.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AuditLog {
    entries: Vec<AuditShown>,
    /// Send it as `before` for older lines.
    next: Option<String>,
}

/// A line of the log.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AuditShown {
    #[schema(value_type = String)]
    id: AuditId,
    at: Timestamp,
    /// `agent`, `program`, `contact`, `operator`, `stranger` or `system`.
    actor_kind: String,
    actor_id: Option<String>,
    /// The name they had then.
    actor_name: Option<String>,
    action: String,
    /// The id of what it was done to.
    subject: Option<String>,
    detail: BTreeMap<String, String>,
}

#[utoipa::path(get, path = "/api/console/audit", tag = "console", params(AuditQuery),
    responses((status = 200, body = AuditLog), (status = 403, body = ProblemDocument)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<AuditQuery>,
) -> Result<Json<AuditLog>, Problem> {
    let no_action = || Problem::bad_request("there is no action of that name");
    let action = query.action.as_deref();
    let action = action
        .map(|name| Action::from_name(name).ok_or_else(no_action))
        .transpose()?;
    let no_cursor = || Problem::bad_request("that is not a cursor from this list");
    let before = query.before.as_deref();
    let before = before
        .map(|text| AuditId::parse(text).ok_or_else(no_cursor))
        .transpose()?;
    let workspace_id = signed_in.agent.workspace_id;
    let entries = app
        .desk
        .store
        .read(move |tx| {
            tx.audit(
                &workspace_id,
                query.actor.as_deref(),
                action,
                before.as_ref(),
                PAGE,
            )
        })
        .await?;
    let next = entries
        .last()
        .filter(|_| entries.len() as i64 == PAGE)
        .map(|entry| entry.id.to_string());
    Ok(Json(AuditLog {
        entries: entries.into_iter().map(shown).collect(),
        next,
    }))
}

fn shown(entry: AuditEntry) -> AuditShown {
    AuditShown {
        id: entry.id,
        at: entry.at,
        actor_kind: entry.actor_kind,
        actor_id: entry.actor_id,
        actor_name: entry.actor_name,
        action: entry.action,
        subject: entry.subject,
        detail: entry.detail,
    }
}
