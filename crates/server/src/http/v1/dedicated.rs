//! The agent who looks after a customer (P11), as a CRM knows it and keeps it up to date.

use axum::Json;
use axum::extract::State;
use segue_core::ids::kind::Contact as ContactKind;
use segue_core::ids::{AgentId, ContactId, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::Caller;
use crate::desk::Error;
use crate::http::App;
use crate::http::guard::{Body, PathId};
use crate::http::problem::{Problem, ProblemDocument};

/// Who shall look after a customer. Without id and e-mail it is nobody.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct DedicatedWanted {
    /// The agent.
    #[schema(value_type = Option<String>)]
    agent_id: Option<AgentId>,
    /// The agent by the address they sign in with, where their id is not known.
    agent_email: Option<String>,
}

/// Who looks after a customer.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DedicatedShown {
    /// The agent; `null` where nobody does.
    #[schema(value_type = Option<String>)]
    agent_id: Option<AgentId>,
    /// Their name.
    agent_name: Option<String>,
    /// The address that they sign in with.
    agent_email: Option<String>,
}

#[utoipa::path(get, path = "/api/v1/contacts/{id}/dedicated-agent", tag = "v1", params(("id" = String, Path)),
    responses((status = 200, body = DedicatedShown), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn show_dedicated(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ContactKind>,
) -> Result<Json<DedicatedShown>, Problem> {
    Ok(Json(app.dedicated(caller.workspace_id, id).await?))
}

#[utoipa::path(put, path = "/api/v1/contacts/{id}/dedicated-agent", tag = "v1", params(("id" = String, Path)),
    request_body = DedicatedWanted,
    responses((status = 200, body = DedicatedShown), (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn give_dedicated(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ContactKind>,
    Body(wanted): Body<DedicatedWanted>,
) -> Result<Json<DedicatedShown>, Problem> {
    let by = caller.by();
    let workspace_id = caller.workspace_id;
    let agent_id = match (wanted.agent_id, wanted.agent_email) {
        (Some(_), Some(_)) => {
            return Err(Problem::bad_request(
                "name the agent by `agent_id` or by `agent_email`, not by both",
            ));
        }
        (Some(id), None) => Some(id),
        (None, Some(email)) => Some(app.agent_with(&workspace_id, &email).await?),
        (None, None) => None,
    };
    app.desk
        .set_dedicated_agent(workspace_id.clone(), id.clone(), agent_id, by)
        .await?;
    Ok(Json(app.dedicated(workspace_id, id).await?))
}

impl App {
    async fn dedicated(
        &self,
        workspace_id: WorkspaceId,
        id: ContactId,
    ) -> Result<DedicatedShown, Problem> {
        let found = self.desk.store.read(move |tx| {
            tx.contact(&workspace_id, &id)?.ok_or(Error::NotFound)?;
            match tx.dedicated_agent(&workspace_id, &id)? {
                Some(agent_id) => Ok::<_, Error>(tx.agent(&workspace_id, &agent_id)?),
                None => Ok(None),
            }
        });
        let agent = found.await?;
        Ok(DedicatedShown {
            agent_id: agent.as_ref().map(|agent| agent.id.clone()),
            agent_name: agent.as_ref().map(|agent| agent.name.clone()),
            agent_email: agent.map(|agent| agent.email),
        })
    }

    /// The agent of a workspace who signs in with an address.
    async fn agent_with(
        &self,
        workspace_id: &WorkspaceId,
        email: &str,
    ) -> Result<AgentId, Problem> {
        let id = workspace_id.clone();
        let agents = self.desk.store.read(move |tx| tx.agents(&id)).await?;
        let email = email.trim();
        let found = agents
            .into_iter()
            .find(|agent| agent.email.eq_ignore_ascii_case(email));
        found.map(|agent| agent.id).ok_or_else(|| {
            Error::Invalid("no agent signs in with that address; see the console's people").into()
        })
    }
}
