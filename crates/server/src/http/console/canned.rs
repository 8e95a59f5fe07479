//! Replies that agents have ready.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use segue_core::ids::kind::CannedReply as CannedReplyKind;
use segue_core::ids::{CannedReplyId, TeamId};
use segue_store::{CannedReply, SharedWith};
use serde::{Deserialize, Serialize};

use crate::desk::{CannedWanted, Error, has_ready, may_write_for};
use crate::http::App;
use crate::http::guard::{Body, PathId};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;

/// The replies that an agent has ready, by name.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CannedReplies {
    replies: Vec<CannedReplyShown>,
    /// Teams that the agent may write replies for.
    teams: Vec<CannedTeam>,
    /// Whether they may write replies for everybody.
    may_share: bool,
}

/// A reply that is ready.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CannedReplyShown {
    #[schema(value_type = String)]
    id: CannedReplyId,
    name: String,
    /// The words, with holes such as `{customer.name}`.
    text: String,
    /// For whom it is.
    shared_with: SharedWithShown,
    /// The team, where it is a team's.
    #[schema(value_type = Option<String>)]
    team_id: Option<TeamId>,
    /// Whether the agent may change it.
    may_change: bool,
}

/// A team that replies can be for.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CannedTeam {
    #[schema(value_type = String)]
    id: TeamId,
    name: String,
}

/// For whom a reply is.
#[derive(Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SharedWith)]
#[serde(rename_all = "snake_case")]
pub enum SharedWithShown {
    /// Nobody else.
    Me,
    /// The people of a team.
    Team,
    /// Everybody.
    All,
}

/// A reply as an agent wants it.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct CannedReplyChange {
    /// 1 to 60 letters.
    name: String,
    /// 1 to 4,000 letters, with holes such as `{customer.name}`.
    text: String,
    shared_with: SharedWithShown,
    /// The team, where it is for one.
    #[schema(value_type = Option<String>)]
    team_id: Option<TeamId>,
}

impl CannedReplyChange {
    fn read(self, signed_in: &SignedIn) -> Result<CannedWanted, Problem> {
        let shared_with = match (self.shared_with, self.team_id) {
            (SharedWithShown::Me, _) => SharedWith::Agent(signed_in.agent.id.clone()),
            (SharedWithShown::All, _) => SharedWith::All,
            (SharedWithShown::Team, Some(id)) => SharedWith::Team(id),
            (SharedWithShown::Team, None) => return Err(Problem::bad_request("name the team")),
        };
        Ok(CannedWanted {
            name: self.name,
            text: self.text,
            shared_with,
        })
    }
}

impl App {
    async fn canned_replies(&self, signed_in: SignedIn) -> Result<Json<CannedReplies>, Problem> {
        let agent = signed_in.agent;
        let read = self.desk.store.read(move |tx| {
            let members = tx.team_members(&agent.workspace_id)?;
            let replies = tx.canned_replies(&agent.workspace_id)?.into_iter();
            let replies = replies.filter(|reply| has_ready(&agent, &members, reply));
            let may_share = may_write_for(&agent, &SharedWith::All);
            let teams = if may_share {
                tx.teams(&agent.workspace_id)?
            } else {
                vec![]
            };
            Ok::<_, Error>(CannedReplies {
                replies: replies
                    .map(|reply| CannedReplyShown {
                        may_change: may_write_for(&agent, &reply.shared_with),
                        ..shown(reply)
                    })
                    .collect(),
                teams: teams
                    .into_iter()
                    .map(|team| CannedTeam {
                        id: team.id,
                        name: team.name,
                    })
                    .collect(),
                may_share,
            })
        });
        Ok(Json(read.await?))
    }
}

fn shown(reply: CannedReply) -> CannedReplyShown {
    let (shared_with, team_id) = match reply.shared_with {
        SharedWith::All => (SharedWithShown::All, None),
        SharedWith::Team(id) => (SharedWithShown::Team, Some(id)),
        SharedWith::Agent(_) => (SharedWithShown::Me, None),
    };
    CannedReplyShown {
        id: reply.id,
        name: reply.name,
        text: reply.text,
        shared_with,
        team_id,
        may_change: false,
    }
}

#[utoipa::path(get, path = "/api/console/canned-replies", tag = "console",
    responses((status = 200, body = CannedReplies)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<CannedReplies>, Problem> {
    app.canned_replies(signed_in).await
}

#[utoipa::path(post, path = "/api/console/canned-replies", tag = "console", request_body = CannedReplyChange,
    responses((status = 201, body = CannedReplies), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn add(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(wanted): Body<CannedReplyChange>,
) -> Result<(StatusCode, Json<CannedReplies>), Problem> {
    let wanted = wanted.read(&signed_in)?;
    let (agent, actor) = (signed_in.agent.clone(), signed_in.actor());
    app.desk.add_canned_reply(agent, actor, wanted).await?;
    Ok((StatusCode::CREATED, app.canned_replies(signed_in).await?))
}

#[utoipa::path(put, path = "/api/console/canned-replies/{id}", tag = "console", params(("id" = String, Path)),
    request_body = CannedReplyChange,
    responses((status = 200, body = CannedReplies), (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<CannedReplyKind>,
    Body(wanted): Body<CannedReplyChange>,
) -> Result<Json<CannedReplies>, Problem> {
    let wanted = wanted.read(&signed_in)?;
    let (agent, actor) = (signed_in.agent.clone(), signed_in.actor());
    app.desk
        .change_canned_reply(agent, actor, id, wanted)
        .await?;
    app.canned_replies(signed_in).await
}

#[utoipa::path(delete, path = "/api/console/canned-replies/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<CannedReplyKind>,
) -> Result<StatusCode, Problem> {
    let (agent, actor) = (signed_in.agent.clone(), signed_in.actor());
    app.desk.drop_canned_reply(agent, actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
