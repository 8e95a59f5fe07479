//! The inboxes of a workspace: made, named, closed and opened again by an admin in the
//! console, or by a program whose token may.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use segue_core::access::Permission::{Administer, EditKnowledge};
use segue_core::access::Scope::ManageInboxes;
use segue_core::audit::By;
use segue_core::ids::kind::Inbox as InboxKind;
use segue_core::ids::{InboxId, WorkspaceId};
use segue_core::time::Timestamp;
use segue_store::Inbox;
use serde::{Deserialize, Serialize};

use super::App;
use super::doors::{Doors, May};
use super::guard::{Body, PathId, clean_text};
use super::problem::{Problem, ProblemDocument};
use super::session::SignedIn;
use super::v1::Caller;
use crate::desk::{Error, InboxChange, first_open};

/// The longest name, in characters.
const LONGEST_NAME: usize = 60;

/// The doors of the console and of programs.
pub fn doors() -> Doors {
    let (admin, lead) = (May::Agent(Administer), May::Agent(EditKnowledge));
    let program = May::Program(ManageInboxes);
    Doors::new()
        .get("/api/console/inboxes", lead, list)
        .post("/api/console/inboxes", admin, add)
        .patch("/api/console/inboxes/{id}", admin, change)
        .get("/api/v1/inboxes", program, list_as_program)
        .post("/api/v1/inboxes", program, add_as_program)
        .patch("/api/v1/inboxes/{id}", program, change_as_program)
}

/// The inboxes of a workspace.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Inboxes {
    /// The oldest first.
    inboxes: Vec<InboxListed>,
}

/// An inbox.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InboxListed {
    #[schema(value_type = String)]
    id: InboxId,
    name: String,
    /// What the script tag of its site names; public.
    site_key: String,
    /// Since when nothing new begins in it; absent while it is open.
    closed_at: Option<Timestamp>,
    /// Whether it takes what names no inbox: the oldest that is open does.
    is_first: bool,
    /// How many conversations of it are not over.
    open_conversations: i64,
}

/// An inbox to be made.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewInbox {
    /// What agents and the policy call it; 1 to 60 letters, no other inbox's.
    name: String,
}

/// What is to be another of an inbox; what is absent stays.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct InboxPatch {
    /// Its name. What the policy says of the inbox follows it.
    #[serde(default)]
    name: Option<String>,
    /// Whether it takes nothing new. Conversations that were begun go on to their end.
    #[serde(default)]
    is_closed: Option<bool>,
}

impl App {
    async fn inboxes_of(&self, workspace_id: WorkspaceId) -> Result<Vec<InboxListed>, Problem> {
        let read = self.desk.store.read(move |tx| {
            let (inboxes, open) = (tx.inboxes(&workspace_id)?, tx.open_by_inbox(&workspace_id)?);
            let first = first_open(&inboxes).map(|inbox| inbox.id.clone());
            let listed = inboxes.into_iter().map(|inbox| InboxListed {
                is_first: Some(&inbox.id) == first.as_ref(),
                open_conversations: open.get(&inbox.id).copied().unwrap_or(0),
                id: inbox.id,
                name: inbox.name,
                site_key: inbox.site_key,
                closed_at: inbox.closed_at,
            });
            Ok::<_, Error>(listed.collect())
        });
        Ok(read.await?)
    }

    /// An inbox as it stands now.
    async fn inbox_listed(&self, inbox: Inbox) -> Result<InboxListed, Problem> {
        let listed = self.inboxes_of(inbox.workspace_id).await?.into_iter();
        let mut its = listed.filter(|it| it.id == inbox.id);
        its.next().ok_or_else(Problem::not_found)
    }

    async fn make_inbox(
        &self,
        workspace_id: WorkspaceId,
        new: NewInbox,
        by: By,
    ) -> Result<InboxListed, Problem> {
        let name = checked(&new.name)?;
        let made = self.desk.add_inbox(workspace_id, name, by).await?;
        self.inbox_listed(made).await
    }

    async fn change_inbox(
        &self,
        workspace_id: WorkspaceId,
        id: InboxId,
        patch: InboxPatch,
        by: By,
    ) -> Result<InboxListed, Problem> {
        let change = InboxChange {
            name: patch.name.as_deref().map(checked).transpose()?,
            is_closed: patch.is_closed,
        };
        let changed = self.desk.change_inbox(workspace_id, id, change, by);
        self.inbox_listed(changed.await?).await
    }
}

fn checked(name: &str) -> Result<String, Problem> {
    Ok(clean_text(name, LONGEST_NAME)?.replace(['\n', '\t'], " "))
}

#[utoipa::path(get, path = "/api/console/inboxes", tag = "console", responses((status = 200, body = Inboxes)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<Inboxes>, Problem> {
    let inboxes = app.inboxes_of(signed_in.agent.workspace_id).await?;
    Ok(Json(Inboxes { inboxes }))
}

#[utoipa::path(post, path = "/api/console/inboxes", tag = "console", request_body = NewInbox,
    responses((status = 201, body = InboxListed), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn add(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(new): Body<NewInbox>,
) -> Result<impl IntoResponse, Problem> {
    let by = By::from(&signed_in.actor());
    let made = app.make_inbox(signed_in.agent.workspace_id, new, by);
    Ok((StatusCode::CREATED, Json(made.await?)))
}

#[utoipa::path(patch, path = "/api/console/inboxes/{id}", tag = "console", params(("id" = String, Path)),
    request_body = InboxPatch,
    responses((status = 200, body = InboxListed), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<InboxKind>,
    Body(patch): Body<InboxPatch>,
) -> Result<Json<InboxListed>, Problem> {
    let by = By::from(&signed_in.actor());
    let changed = app.change_inbox(signed_in.agent.workspace_id, id, patch, by);
    Ok(Json(changed.await?))
}

#[utoipa::path(get, path = "/api/v1/inboxes", tag = "v1", responses((status = 200, body = Inboxes)))]
pub(in crate::http) async fn list_as_program(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Inboxes>, Problem> {
    let inboxes = app.inboxes_of(caller.workspace_id).await?;
    Ok(Json(Inboxes { inboxes }))
}

#[utoipa::path(post, path = "/api/v1/inboxes", tag = "v1", request_body = NewInbox,
    responses((status = 201, body = InboxListed), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn add_as_program(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewInbox>,
) -> Result<impl IntoResponse, Problem> {
    let by = caller.by();
    let made = app.make_inbox(caller.workspace_id, new, by).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

#[utoipa::path(patch, path = "/api/v1/inboxes/{id}", tag = "v1", params(("id" = String, Path)),
    request_body = InboxPatch,
    responses((status = 200, body = InboxListed), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn change_as_program(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<InboxKind>,
    Body(patch): Body<InboxPatch>,
) -> Result<Json<InboxListed>, Problem> {
    let by = caller.by();
    let changed = app.change_inbox(caller.workspace_id, id, patch, by).await?;
    Ok(Json(changed))
}
