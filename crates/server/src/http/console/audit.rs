//! The audit log, read by admins: newest first, narrowed down to who did what when and to
//! what, page by page or whole as a file.

use std::collections::{BTreeMap, HashMap};

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use segue_core::audit::{Action, By};
use segue_core::ids::{AuditId, WorkspaceId};
use segue_core::time::Timestamp;
use segue_store::{AuditEntry, AuditFilter, Tx};
use serde::{Deserialize, Serialize};

use crate::desk::Error;
use crate::desk::audit::Deed;
use crate::http::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;
use crate::http::sheet::Sheet;

/// Lines on a page.
const PAGE: i64 = 50;
/// Lines that are read at once for a file.
const READ: i64 = 1_000;
/// The most lines of a file: half of a log would be worse than none.
const MOST: usize = 50_000;

const COLUMNS: [&str; 8] = [
    "at",
    "action",
    "actor_kind",
    "actor_id",
    "actor_name",
    "subject",
    "subject_name",
    "detail",
];

/// Which lines; what is not said leaves none out.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct AuditQuery {
    /// Only what this agent, program or contact did: their id.
    actor: Option<String>,
    /// Only what those of this kind did: `agent`, `program`, `contact`, `operator`, `stranger`
    /// or `system`.
    kind: Option<String>,
    /// Only this action.
    #[param(value_type = Option<Action>)]
    action: Option<String>,
    /// Only what was done to the thing with this id.
    subject: Option<String>,
    /// Only what was done then or later, RFC 3339.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Only what was done before then.
    #[param(value_type = Option<String>)]
    until: Option<Timestamp>,
    /// The cursor that the page before gave.
    before: Option<String>,
}

impl AuditQuery {
    fn read(self) -> Result<(AuditFilter, Option<AuditId>), Problem> {
        let no_action = || Problem::bad_request("there is no action of that name");
        let action = self.action.as_deref();
        let action = action
            .map(|name| Action::from_name(name).ok_or_else(no_action))
            .transpose()?;
        let no_cursor = || Problem::bad_request("that is not a cursor from this list");
        let before = self.before.as_deref();
        let before = before
            .map(|text| AuditId::parse(text).ok_or_else(no_cursor))
            .transpose()?;
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let filter = AuditFilter {
            actor_id: given(self.actor),
            actor_kind: given(self.kind),
            action,
            subject: given(self.subject),
            since: self.from,
            until: self.until,
        };
        Ok((filter, before))
    }
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
    /// What that is called now, where it is one of the agents, teams or inboxes.
    subject_name: Option<String>,
    detail: BTreeMap<String, String>,
}

#[utoipa::path(get, path = "/api/console/audit", tag = "console", params(AuditQuery),
    responses((status = 200, body = AuditLog), (status = 403, body = ProblemDocument)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<AuditQuery>,
) -> Result<Json<AuditLog>, Problem> {
    let (filter, before) = query.read()?;
    let workspace_id = signed_in.agent.workspace_id;
    let read = app.desk.store.read(move |tx| {
        let names = names(tx, &workspace_id)?;
        let entries = tx.audit(&workspace_id, &filter, before.as_ref(), PAGE)?;
        Ok::<_, Error>((entries, names))
    });
    let (entries, names) = read.await?;
    let next = entries
        .last()
        .filter(|_| entries.len() as i64 == PAGE)
        .map(|entry| entry.id.to_string());
    Ok(Json(AuditLog {
        entries: entries.into_iter().map(|it| shown(it, &names)).collect(),
        next,
    }))
}

/// As which file.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditFormat {
    /// For a spreadsheet.
    Csv,
    /// For a program: a list of lines as the pages have them.
    Json,
}

/// Which file.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct AuditFileQuery {
    /// As which.
    format: AuditFormat,
}

#[utoipa::path(get, path = "/api/console/audit/file", tag = "console", params(AuditQuery, AuditFileQuery),
    responses((status = 200, body = String, content_type = "text/csv"), (status = 403, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn download(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<AuditQuery>,
    Query(file): Query<AuditFileQuery>,
) -> Result<Response, Problem> {
    let (filter, mut before) = query.read()?;
    let workspace_id = signed_in.agent.workspace_id.clone();
    let mut lines: Vec<AuditShown> = Vec::new();
    // Page by page, so that other readers come in between.
    loop {
        let (id, filter, after) = (workspace_id.clone(), filter.clone(), before.clone());
        let read = app.desk.store.read(move |tx| {
            let names = names(tx, &id)?;
            Ok::<_, Error>((tx.audit(&id, &filter, after.as_ref(), READ)?, names))
        });
        let (page, names) = read.await?;
        let is_last = (page.len() as i64) < READ;
        before = page.last().map(|entry| entry.id.clone());
        lines.extend(page.into_iter().map(|it| shown(it, &names)));
        if lines.len() > MOST {
            let detail = "that is more than 50,000 lines; choose a shorter time";
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Err(Problem::new(status, "too_many", detail));
        }
        if is_last {
            break;
        }
    }
    let by = By::from(&signed_in.actor());
    let deed = Deed::new(Action::AuditExported).with("lines", lines.len());
    app.desk.write_down(workspace_id, by, deed).await?;
    Ok(match file.format {
        AuditFormat::Csv => {
            let mut sheet = Sheet::new(&COLUMNS);
            for line in lines {
                sheet.line(&cells(line));
            }
            sheet.into_file("audit.csv")
        }
        AuditFormat::Json => {
            let name = HeaderValue::from_static("attachment; filename=\"audit.json\"");
            ([(header::CONTENT_DISPOSITION, name)], Json(lines)).into_response()
        }
    })
}

/// What agents, teams and inboxes are called.
fn names(tx: &mut Tx<'_>, id: &WorkspaceId) -> Result<HashMap<String, String>, Error> {
    let agents = tx.agents(id)?.into_iter();
    let agents = agents.map(|it| (it.id.to_string(), it.name));
    let teams = tx.teams(id)?.into_iter();
    let teams = teams.map(|it| (it.id.to_string(), it.name));
    let inboxes = tx.inboxes(id)?.into_iter();
    let inboxes = inboxes.map(|it| (it.id.to_string(), it.name));
    Ok(agents.chain(teams).chain(inboxes).collect())
}

fn cells(line: AuditShown) -> [String; COLUMNS.len()] {
    let told = line
        .detail
        .iter()
        .map(|(name, value)| format!("{name}: {value}"));
    [
        line.at.to_string(),
        line.action,
        line.actor_kind,
        line.actor_id.unwrap_or_default(),
        line.actor_name.unwrap_or_default(),
        line.subject.unwrap_or_default(),
        line.subject_name.unwrap_or_default(),
        told.collect::<Vec<_>>().join("; "),
    ]
}

fn shown(entry: AuditEntry, names: &HashMap<String, String>) -> AuditShown {
    let subject_name = entry.subject.as_ref().and_then(|id| names.get(id));
    AuditShown {
        subject_name: subject_name.cloned(),
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
