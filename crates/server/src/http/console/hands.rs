//! From hand to hand: taken over from the assistant or a colleague, passed on, given back.

use axum::Json;
use axum::extract::State;
use segue_core::hand_back::HandBackBrief;
use segue_core::ids::kind::Conversation as ConversationKind;
use segue_core::ids::{AgentId, TeamId};
use serde::Deserialize;

use super::conversations::{Detail, Epoch};
use super::floor::MAX_NOTE;
use crate::desk::{PassTo, Transfer};
use crate::http::App;
use crate::http::guard::{Body, PathId, clean_text};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;
use crate::http::show::{ConversationView, view};

/// To whom a conversation is passed on: to one of the two.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
pub struct Destination {
    /// A colleague, who must be online and have room.
    #[schema(value_type = Option<String>)]
    pub agent_id: Option<AgentId>,
    /// A team.
    #[schema(value_type = Option<String>)]
    pub team_id: Option<TeamId>,
    /// What the next one must know; at most 2,000 characters. The customer does not see it.
    #[serde(default)]
    pub note: String,
}

impl Destination {
    /// What it says, if that is whole.
    pub fn read(self, epoch: u64) -> Result<Transfer, Problem> {
        let to = match (self.agent_id, self.team_id) {
            (Some(agent_id), None) => PassTo::Colleague(agent_id),
            (None, Some(team_id)) => PassTo::Team(team_id),
            _ => return Err(Problem::bad_request("name a colleague or a team")),
        };
        let note = match self.note.trim() {
            "" => String::new(),
            note => clean_text(note, MAX_NOTE)?,
        };
        Ok(Transfer { to, note, epoch })
    }
}

/// A conversation that is passed on.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Passing {
    /// The epoch that the agent has seen.
    epoch: u64,
    #[serde(flatten)]
    destination: Destination,
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/transfer", tag = "console", params(("id" = String, Path)),
    request_body = Passing, responses((status = 200, body = ConversationView), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn transfer(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(passing): Body<Passing>,
) -> Result<Json<ConversationView>, Problem> {
    let place = app.place_of_conversation(&signed_in, &id).await?;
    let transfer = passing.destination.read(passing.epoch)?;
    let passed = app
        .desk
        .transfer(place.clone(), id, signed_in.actor(), transfer);
    let (passed, now) = (passed.await?, app.desk.clock.now());
    let shown = app
        .desk
        .store
        .read(move |tx| view(tx, None, &place, &passed, now));
    Ok(Json(shown.await?))
}

/// A conversation that is given back to the assistant, with what it must know.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct HandingBack {
    /// The epoch that the agent has seen.
    epoch: u64,
    /// At least one line; at most 8 of each kind, of 300 characters. The assistant tells
    /// them to the customer word for word.
    brief: HandBackBrief,
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/hand-back", tag = "console", params(("id" = String, Path)),
    request_body = HandingBack, responses((status = 200, body = ConversationView), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn hand_back(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(back): Body<HandingBack>,
) -> Result<Json<ConversationView>, Problem> {
    let place = app.place_of_conversation(&signed_in, &id).await?;
    let handed = app
        .desk
        .hand_back(place.clone(), id, signed_in.actor(), back.epoch, back.brief);
    let (handed, now) = (handed.await?, app.desk.clock.now());
    let shown = app
        .desk
        .store
        .read(move |tx| view(tx, None, &place, &handed, now));
    Ok(Json(shown.await?))
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/take-over", tag = "console", params(("id" = String, Path)),
    request_body = Epoch, responses((status = 200, body = Detail), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn take_over(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Body(seen): Body<Epoch>,
) -> Result<Json<Detail>, Problem> {
    let place = app.place_of_conversation(&signed_in, &id).await?;
    app.desk
        .take_over(place, id.clone(), signed_in.actor(), seen.epoch)
        .await?;
    app.detail(&signed_in, id).await.map(Json)
}
