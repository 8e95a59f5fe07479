//! The lists beside a conversation: mine, my teams', everybody's, the assistant's, what is done.

use axum::Json;
use axum::extract::{Query, State};
use segue_core::ids::ConversationId;
use segue_store::View;
use serde::{Deserialize, Serialize};

use crate::desk::{Error, sees};
use crate::http::App;
use crate::http::problem::Problem;
use crate::http::session::SignedIn;
use crate::http::show::{Item, item};

/// Which list.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct ListQuery {
    /// `mine`, `queue`, `team` (open, of teams of mine), `open`, `assistant`, `done` or `all`.
    #[serde(default)]
    view: String,
    /// The last one seen, for the next page of `all` and `done`.
    #[param(value_type = Option<String>)]
    before: Option<ConversationId>,
}

/// A page of a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Items {
    items: Vec<Item>,
    #[schema(value_type = Option<String>)]
    next_before: Option<ConversationId>,
}

/// Items on a page.
const PAGE: i64 = 50;
/// Open conversations that are looked at for a page of them.
const MOST_OPEN: i64 = 400;

#[utoipa::path(get, path = "/api/console/conversations", tag = "console", params(ListQuery),
    responses((status = 200, body = Items)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<ListQuery>,
) -> Result<Json<Items>, Problem> {
    let now = app.desk.clock.now();
    let line = app.desk.line(&signed_in.agent.workspace_id, None).await?;
    let (items, next_before) = app
        .desk
        .store
        .read(move |tx| {
            let listing = match query.view.as_str() {
                "mine" => View::Agent(signed_in.agent.id.clone()),
                "queue" => View::Queue,
                "team" | "open" => View::Open,
                "assistant" => View::Assisted,
                "done" => View::Done,
                _ => View::All,
            };
            let limit = match listing {
                View::Open | View::Assisted => MOST_OPEN,
                _ => PAGE,
            };
            let listed = tx.list_conversations(
                &signed_in.agent.workspace_id,
                &listing,
                query.before.as_ref(),
                limit,
            )?;
            let is_paged = matches!(listing, View::All | View::Done);
            let last = listed
                .last()
                .filter(|_| is_paged && listed.len() as i64 == limit);
            let next_before = last.map(|last| last.conversation.id.clone());
            let agent = &signed_in.agent;
            let of_teams = query.view == "team";
            let is_of_mine = |listed: &&Listed| {
                let team = listed.conversation.team.as_ref();
                !of_teams || line.floor.is_in_team(&agent.id, team)
            };
            let items = listed
                .iter()
                .filter(is_of_mine)
                .filter(|listed| sees(&line.floor, agent, &listed.conversation, now))
                .take(PAGE as usize)
                .map(|listed| item(tx, listed, now))
                .collect::<Result<Vec<_>, Error>>()?;
            Ok::<_, Error>((items, next_before))
        })
        .await?;
    Ok(Json(Items { items, next_before }))
}
