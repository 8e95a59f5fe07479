//! Teams, how work is shared out, and which agent looks after which customer.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use segue_core::audit::By;
use segue_core::ids::kind::{Contact as ContactKind, Team as TeamKind};
use segue_core::ids::{AgentId, TeamId};
use segue_core::route::Routing;
use segue_core::time::{MINUTE_MS, SECOND_MS};
use segue_store::{Agent, Team};
use serde::{Deserialize, Serialize};

use crate::desk::{Error, TeamWanted};
use crate::http::App;
use crate::http::guard::{Body, PathId};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;

/// Every team, and how work is shared out.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Teams {
    teams: Vec<TeamShown>,
    /// Who can be in a team.
    agents: Vec<Member>,
    routing: RoutingShown,
}

/// A team.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TeamShown {
    #[schema(value_type = String)]
    id: TeamId,
    name: String,
    #[schema(value_type = Vec<String>)]
    members: Vec<AgentId>,
    /// The team that helps out.
    #[schema(value_type = Option<String>)]
    overflow_to: Option<TeamId>,
    /// After how many minutes of waiting.
    overflow_minutes: Option<i64>,
}

/// Somebody who can be in a team.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Member {
    #[schema(value_type = String)]
    id: AgentId,
    name: String,
}

/// How work is shared out among agents.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RoutingShown {
    /// Units of a chat, 1 to 20. An agent has so many for each chat that they can hold.
    chat_units: i64,
    /// Units of an answer by e-mail, 1 to those of a chat.
    email_units: i64,
    /// Seconds after each conversation in which an agent is asked for nothing new.
    wrap_up_s: i64,
    /// Seconds for which only the customer's dedicated agent is asked.
    dedicated_for_s: i64,
    /// Seconds for which skill and language are insisted on.
    needs_for_s: i64,
}

impl From<Routing> for RoutingShown {
    fn from(routing: Routing) -> Self {
        Self {
            chat_units: routing.chat_units,
            email_units: routing.email_units,
            wrap_up_s: routing.wrap_up_ms / SECOND_MS,
            dedicated_for_s: routing.dedicated_for_ms / SECOND_MS,
            needs_for_s: routing.needs_for_ms / SECOND_MS,
        }
    }
}

impl RoutingShown {
    fn read(&self) -> Routing {
        let ms = |seconds: i64| seconds.saturating_mul(SECOND_MS);
        Routing {
            chat_units: self.chat_units,
            email_units: self.email_units,
            wrap_up_ms: ms(self.wrap_up_s),
            dedicated_for_ms: ms(self.dedicated_for_s),
            needs_for_ms: ms(self.needs_for_s),
        }
    }
}

impl App {
    async fn teams(&self, signed_in: &SignedIn) -> Result<Json<Teams>, Problem> {
        let id = signed_in.agent.workspace_id.clone();
        let read = self.desk.store.read(move |tx| {
            let workspace = tx.workspace(&id)?.ok_or(Error::NotFound)?;
            let members = tx.team_members(&id)?;
            let shown = |team: Team| {
                let of_it = members.iter().filter(|(of, _)| *of == team.id);
                let members = of_it.map(|(_, agent)| agent.clone()).collect();
                let (overflow_to, overflow_ms) = team.overflow.unzip();
                TeamShown {
                    id: team.id,
                    name: team.name,
                    members,
                    overflow_to,
                    overflow_minutes: overflow_ms.map(|ms| ms / MINUTE_MS),
                }
            };
            let teams = tx.teams(&id)?.into_iter().map(shown).collect();
            let agents = tx.agents(&id)?.into_iter().filter(Agent::is_active);
            Ok::<_, Error>(Teams {
                teams,
                agents: agents
                    .map(|agent| Member {
                        id: agent.id,
                        name: agent.name,
                    })
                    .collect(),
                routing: workspace.settings.routing.into(),
            })
        });
        Ok(Json(read.await?))
    }
}

#[utoipa::path(get, path = "/api/console/teams", tag = "console", responses((status = 200, body = Teams)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<Teams>, Problem> {
    app.teams(&signed_in).await
}

/// A team as an admin wants it.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct TeamChange {
    /// 1 to 60 letters; no two teams have the same, whatever their capitals.
    name: String,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    members: Vec<AgentId>,
    /// The team that helps out.
    #[schema(value_type = Option<String>)]
    overflow_to: Option<TeamId>,
    /// After how many minutes of waiting, 1 to 1,440.
    overflow_minutes: Option<i64>,
}

impl TeamChange {
    fn read(self) -> TeamWanted {
        let minutes = self.overflow_minutes.unwrap_or(0);
        TeamWanted {
            name: self.name,
            members: self.members,
            overflow: self
                .overflow_to
                .map(|to| (to, minutes.saturating_mul(MINUTE_MS))),
        }
    }
}

#[utoipa::path(post, path = "/api/console/teams", tag = "console", request_body = TeamChange,
    responses((status = 201, body = Teams), (status = 400, body = ProblemDocument)))]
pub(in crate::http) async fn add(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(wanted): Body<TeamChange>,
) -> Result<(StatusCode, Json<Teams>), Problem> {
    app.desk.add_team(signed_in.actor(), wanted.read()).await?;
    Ok((StatusCode::CREATED, app.teams(&signed_in).await?))
}

#[utoipa::path(put, path = "/api/console/teams/{id}", tag = "console", params(("id" = String, Path)),
    request_body = TeamChange,
    responses((status = 200, body = Teams), (status = 400, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<TeamKind>,
    Body(wanted): Body<TeamChange>,
) -> Result<Json<Teams>, Problem> {
    app.desk
        .change_team(signed_in.actor(), id, wanted.read())
        .await?;
    app.teams(&signed_in).await
}

#[utoipa::path(delete, path = "/api/console/teams/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<TeamKind>,
) -> Result<StatusCode, Problem> {
    app.desk.drop_team(signed_in.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(put, path = "/api/console/routing", tag = "console", request_body = RoutingShown,
    responses((status = 200, body = RoutingShown), (status = 400, body = ProblemDocument)))]
pub(in crate::http) async fn set_routing(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(wanted): Body<RoutingShown>,
) -> Result<Json<RoutingShown>, Problem> {
    let routing = app.desk.set_routing(signed_in.actor(), wanted.read());
    Ok(Json(routing.await?.into()))
}

/// Who looks after a customer.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Dedicated {
    /// The agent; nobody without one.
    #[schema(value_type = Option<String>)]
    agent_id: Option<AgentId>,
}

#[utoipa::path(put, path = "/api/console/contacts/{id}/dedicated-agent", tag = "console", params(("id" = String, Path)),
    request_body = Dedicated, responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn set_dedicated(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ContactKind>,
    Body(wanted): Body<Dedicated>,
) -> Result<StatusCode, Problem> {
    let by = By::from(&signed_in.actor());
    app.desk
        .set_dedicated_agent(signed_in.agent.workspace_id, id, wanted.agent_id, by)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
