//! The people of a workspace: who works here, who may join, what each may do.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use segue_core::access::Role;
use segue_core::audit::By;
use segue_core::ids::{AgentId, LinkId, WorkspaceId, kind};
use segue_core::time::Timestamp;
use segue_store::{Agent, Link, Presence};
use serde::{Deserialize, Serialize};

use crate::desk::AgentChange;
use crate::http::App;
use crate::http::guard::{Body, PathId, email_address};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;

/// The most conversations that an agent can be given at once.
const MOST_AT_ONCE: i64 = 100;

/// Who works here and who may join.
#[derive(Serialize, utoipa::ToSchema)]
pub struct People {
    agents: Vec<AgentListed>,
    join_links: Vec<JoinLink>,
    /// Whether links are mailed too; they can always be copied.
    mails: bool,
}

/// An agent, to admins.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AgentListed {
    #[schema(value_type = String)]
    id: AgentId,
    name: String,
    email: String,
    role: Role,
    /// Conversations they can hold at once.
    capacity: i64,
    /// What they know.
    skills: Vec<String>,
    /// ISO 639-1 codes of what they speak; none counts as all.
    languages: Vec<String>,
    /// Whether they may sign in.
    active: bool,
    #[schema(value_type = String)]
    presence: Presence,
}

/// An open way to join, without its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub struct JoinLink {
    #[schema(value_type = String)]
    id: LinkId,
    email: String,
    role: Role,
    capacity: i64,
    created_at: Timestamp,
    expires_at: Timestamp,
}

fn agent_listed(agent: Agent) -> AgentListed {
    AgentListed {
        active: agent.is_active(),
        id: agent.id,
        name: agent.name,
        email: agent.email,
        role: agent.role,
        capacity: agent.capacity,
        skills: agent.skills,
        languages: agent.languages,
        presence: agent.presence,
    }
}

fn join_link(link: Link) -> JoinLink {
    JoinLink {
        id: link.id,
        email: link.email,
        role: link.role,
        capacity: link.capacity,
        created_at: link.created_at,
        expires_at: link.expires_at,
    }
}

#[utoipa::path(get, path = "/api/console/agents", tag = "console", responses((status = 200, body = People)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<People>, Problem> {
    let (workspace_id, now) = (signed_in.agent.workspace_id, app.desk.clock.now());
    let mails = app.mails_links(Some(workspace_id.clone())).await?;
    let (agents, links) = app
        .desk
        .store
        .read(move |tx| {
            let links = tx.open_join_links(&workspace_id, now)?;
            Ok::<_, segue_store::Error>((tx.agents(&workspace_id)?, links))
        })
        .await?;
    // The link in a mail stands beside the one that was shown; both are one offer.
    let mut join_links: Vec<JoinLink> = links.into_iter().map(join_link).collect();
    join_links.sort_by(|a, b| a.email.cmp(&b.email));
    join_links.dedup_by(|a, b| a.email == b.email);
    Ok(Json(People {
        agents: agents.into_iter().map(agent_listed).collect(),
        join_links,
        mails,
    }))
}

/// Somebody who may join.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewJoinLink {
    email: String,
    role: Role,
    /// Conversations they can hold at once, 1 to 100.
    capacity: i64,
    /// The language of the mail.
    #[serde(default)]
    language: String,
}

/// A one-time link, with its secret, shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LinkShown {
    /// `/console/#/link/<token>` is where it leads.
    token: String,
    email: String,
    expires_at: Timestamp,
    /// Whether it is mailed too.
    mailed: bool,
}

#[utoipa::path(post, path = "/api/console/join-links", tag = "console", request_body = NewJoinLink,
    responses((status = 201, body = LinkShown), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn add_join_link(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(new): Body<NewJoinLink>,
) -> Result<impl IntoResponse, Problem> {
    let email = email_address(&new.email)?;
    check_capacity(new.capacity)?;
    let workspace_id = signed_in.agent.workspace_id.clone();
    let mailed = app.mails_links(Some(workspace_id)).await?;
    let by = By::from(&signed_in.actor());
    let (link, token) = app
        .desk
        .add_join_link(
            signed_in.agent.workspace_id,
            email,
            new.role,
            new.capacity,
            mailed.then_some(new.language),
            by,
        )
        .await?;
    let shown = LinkShown {
        token,
        email: link.email,
        expires_at: link.expires_at,
        mailed,
    };
    Ok((StatusCode::CREATED, Json(shown)))
}

#[utoipa::path(delete, path = "/api/console/join-links/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn drop_join_link(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<kind::Link>,
) -> Result<StatusCode, Problem> {
    app.desk
        .drop_join_link(signed_in.agent.workspace_id, id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The most skills or languages of an agent.
const MOST_NAMES: usize = 30;

fn check_names(names: Option<&[String]>, longest: usize) -> Result<(), Problem> {
    let names = names.unwrap_or_default();
    let is_name = |name: &String| {
        let letters = name.trim().chars().count();
        letters > 0 && letters <= longest && !name.chars().any(char::is_control)
    };
    if names.len() > MOST_NAMES || !names.iter().all(is_name) {
        return Err(Problem::bad_request(
            "name at most 30 skills of at most 40 letters, and languages by codes like en",
        ));
    }
    Ok(())
}

/// What changes of an agent; what is absent stays.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct AgentChanged {
    role: Option<Role>,
    capacity: Option<i64>,
    /// What they know, at most 30 names.
    skills: Option<Vec<String>>,
    /// ISO 639-1 codes of what they speak, at most 30; none counts as all.
    languages: Option<Vec<String>>,
    active: Option<bool>,
}

#[utoipa::path(patch, path = "/api/console/agents/{id}", tag = "console", params(("id" = String, Path)),
    request_body = AgentChanged,
    responses((status = 200, body = AgentListed), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<kind::Agent>,
    Body(changed): Body<AgentChanged>,
) -> Result<Json<AgentListed>, Problem> {
    if let Some(capacity) = changed.capacity {
        check_capacity(capacity)?;
    }
    check_names(changed.skills.as_deref(), 40)?;
    check_names(changed.languages.as_deref(), 3)?;
    let change = AgentChange {
        role: changed.role,
        capacity: changed.capacity,
        skills: changed.skills,
        languages: changed.languages,
        active: changed.active,
    };
    let by = By::from(&signed_in.actor());
    let agent = app
        .desk
        .change_agent(signed_in.agent.workspace_id, id, change, by)
        .await?;
    Ok(Json(agent_listed(agent)))
}

#[utoipa::path(post, path = "/api/console/agents/{id}/reset-link", tag = "console", params(("id" = String, Path)),
    responses((status = 201, body = LinkShown), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn add_reset_link(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<kind::Agent>,
) -> Result<impl IntoResponse, Problem> {
    let by = By::from(&signed_in.actor());
    let (link, token) = app
        .desk
        .add_reset_link(signed_in.agent.workspace_id, id, by)
        .await?;
    let shown = LinkShown {
        token,
        email: link.email,
        expires_at: link.expires_at,
        mailed: false,
    };
    Ok((StatusCode::CREATED, Json(shown)))
}

fn check_capacity(capacity: i64) -> Result<(), Problem> {
    if (1..=MOST_AT_ONCE).contains(&capacity) {
        return Ok(());
    }
    Err(Problem::bad_request(
        "an agent can hold 1 to 100 conversations at once",
    ))
}

impl App {
    /// Whether one-time links can be mailed: there is a mail server, and it is known under
    /// which address a reader finds us. The address of a request is not taken for that;
    /// anybody can send one with another's name in it.
    pub(in crate::http) async fn mails_links(
        &self,
        workspace_id: Option<WorkspaceId>,
    ) -> Result<bool, Problem> {
        Ok(self.desk.public_url.is_some() && self.desk.sends_mail(workspace_id).await?)
    }
}
