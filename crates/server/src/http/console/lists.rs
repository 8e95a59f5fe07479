//! The lists beside a conversation: mine, my teams', everybody's, the assistant's, what is done.
//! All but `mine` and `queue` are turned over page by page, however long they are; those two
//! end after fifty.

use axum::Json;
use axum::extract::{Query, State};
use segue_core::ids::ConversationId;
use segue_core::time::Timestamp;
use segue_store::{Behind, Listed, Open, Tx, View};
use serde::{Deserialize, Serialize};

use crate::desk::{Error, Line, sees};
use crate::http::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;
use crate::http::show::{Item, item};

/// Which list.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct ListQuery {
    /// `mine`, `queue`, `team` (open, of teams of mine), `open`, `assistant`, `done` or `all`.
    #[serde(default)]
    view: String,
    /// For the next page of `team`, `open`, `assistant`, `done` and `all`: the `next_before` of
    /// the page before.
    before: Option<String>,
}

/// A page of a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Items {
    items: Vec<Item>,
    /// Where the next page begins; `null` after the last. A page may be short, or empty, and not
    /// be the last: of many open conversations few may be for this agent.
    next_before: Option<String>,
}

/// Items on a page.
const PAGE: usize = 50;
/// Open conversations that are read at once …
const BATCH: usize = 200;
/// … and at most for one page.
const MOST: usize = 2_000;

#[utoipa::path(get, path = "/api/console/conversations", tag = "console", params(ListQuery),
    responses((status = 200, body = Items), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<ListQuery>,
) -> Result<Json<Items>, Problem> {
    let now = app.desk.clock.now();
    let line = app.desk.line(&signed_in.agent.workspace_id, None).await?;
    let page = move |tx: &mut Tx<'_>| {
        let before = query.before.as_deref();
        let (open, of_teams) = match query.view.as_str() {
            "team" => (Open::All, true),
            "open" => (Open::All, false),
            "assistant" => (Open::Assisted, false),
            view => return by_age(tx, &signed_in, &line, (view, before), now),
        };
        let agent = &signed_in.agent;
        let is_shown = |listed: &Listed| {
            let team = listed.conversation.team.as_ref();
            (!of_teams || line.floor.is_in_team(&agent.id, team))
                && sees(&line.floor, agent, &listed.conversation, now)
        };
        let behind = before.map(behind_of).transpose()?;
        let (listed, behind) = by_last_word(tx, &signed_in, (open, behind), is_shown)?;
        Ok::<_, Error>(Items {
            items: items(tx, &listed, now)?,
            next_before: behind.map(|it| format!("{}-{}", it.touched_at.as_millis(), it.id)),
        })
    };
    Ok(Json(app.desk.store.read(page).await?))
}

/// A page of what stands in the order in which it came: the next one begins after the last,
/// whether or not that is shown.
fn by_age(
    tx: &mut Tx<'_>,
    signed_in: &SignedIn,
    line: &Line,
    (view, before): (&str, Option<&str>),
    now: Timestamp,
) -> Result<Items, Error> {
    let agent = &signed_in.agent;
    let (view, is_paged) = match view {
        "mine" => (View::Agent(agent.id.clone()), false),
        "queue" => (View::Queue, false),
        "done" => (View::Done, true),
        _ => (View::All, true),
    };
    let parse = |id: &str| ConversationId::parse(id).ok_or(NO_PAGE);
    let before = before.map(parse).transpose()?;
    let workspace_id = &agent.workspace_id;
    let mut listed = tx.list_conversations(workspace_id, &view, before.as_ref(), PAGE as i64)?;
    let last = listed.last().filter(|_| is_paged && listed.len() == PAGE);
    let next_before = last.map(|last| last.conversation.id.to_string());
    listed.retain(|listed| sees(&line.floor, agent, &listed.conversation, now));
    Ok(Items {
        items: items(tx, &listed, now)?,
        next_before,
    })
}

/// A page of what is open, the last touched first, and where the next one begins.
fn by_last_word(
    tx: &mut Tx<'_>,
    signed_in: &SignedIn,
    (open, mut behind): (Open, Option<Behind>),
    is_shown: impl Fn(&Listed) -> bool,
) -> Result<(Vec<Listed>, Option<Behind>), Error> {
    let workspace_id = &signed_in.agent.workspace_id;
    let (mut page, mut read) = (Vec::new(), 0);
    while read < MOST {
        let batch = tx.list_open(workspace_id, open, behind.as_ref(), BATCH as i64)?;
        read += batch.len();
        let is_last = batch.len() < BATCH;
        for listed in batch {
            if page.len() == PAGE {
                return Ok((page, behind));
            }
            behind = Some(Behind {
                touched_at: listed.touched_at,
                id: listed.conversation.id.clone(),
            });
            if is_shown(&listed) {
                page.push(listed);
            }
        }
        if is_last {
            return Ok((page, None));
        }
    }
    Ok((page, behind))
}

fn behind_of(before: &str) -> Result<Behind, Error> {
    let (touched_at, id) = before.split_once('-').ok_or(NO_PAGE)?;
    let touched_at = touched_at.parse().map_err(|_| NO_PAGE)?;
    Ok(Behind {
        touched_at: Timestamp::from_millis(touched_at),
        id: ConversationId::parse(id).ok_or(NO_PAGE)?,
    })
}

const NO_PAGE: Error = Error::Invalid("no such page begins; begin the list anew");

fn items(tx: &mut Tx<'_>, listed: &[Listed], now: Timestamp) -> Result<Vec<Item>, Error> {
    listed.iter().map(|listed| item(tx, listed, now)).collect()
}
