//! The search over conversations, for agents and for programs: the same questions, the
//! same answers, each in the form of its door.

use axum::Json;
use axum::extract::{Query, State};
use segue_core::conversation::State as ConversationState;
use segue_core::ids::{AgentId, InboxId, MessageId, TeamId};
use segue_core::signal::Trigger;
use segue_core::time::Timestamp;
use segue_sense::search_words::Part;
use serde::{Deserialize, Serialize};

use super::App;
use super::problem::{Problem, ProblemDocument};
use super::session::SignedIn;
use super::show::{Item, item};
use super::v1::Caller;
use super::v1::conversations::{ConversationRow, conversation_row};
use crate::desk::{Error, OfTeam, Search};

/// The longest question, in letters.
const LONGEST: usize = 200;

/// What is looked for; what is not said leaves nothing out.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct SearchQuery {
    /// Words that were said, in any form; all of them must be there.
    q: Option<String>,
    /// `with_assistant`, `queued`, `by_email`, `with_agent` or `resolved`.
    #[param(value_type = Option<String>)]
    state: Option<ConversationState>,
    /// Who answers or has answered.
    #[param(value_type = Option<String>)]
    agent: Option<AgentId>,
    /// The team that answers for it, or `none`.
    team: Option<String>,
    /// ISO 639-1.
    language: Option<String>,
    /// Why it was handed over, now or before: a trigger's dotted name.
    #[param(value_type = Option<String>)]
    trigger: Option<Trigger>,
    /// Where it came in.
    #[param(value_type = Option<String>)]
    inbox: Option<InboxId>,
    /// Began then or later, RFC 3339.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Began before then.
    #[param(value_type = Option<String>)]
    until: Option<Timestamp>,
    /// The `next` of the page before.
    before: Option<String>,
}

impl SearchQuery {
    fn read(self) -> Result<Search, Problem> {
        let text = self.q.unwrap_or_default();
        if text.chars().count() > LONGEST {
            return Err(Problem::bad_request(format!(
                "a search has at most {LONGEST} letters"
            )));
        }
        let team = self.team.map(|team| match team.as_str() {
            "none" => Ok(OfTeam::Nobody),
            id => TeamId::parse(id)
                .map(OfTeam::Team)
                .ok_or_else(|| Problem::bad_request("team is a team's id, or `none`")),
        });
        let before = self.before.map(|text| {
            let wrong = |_| Problem::bad_request("that is not a cursor from this list");
            text.parse().map_err(wrong)
        });
        Ok(Search {
            text,
            state: self.state,
            agent_id: self.agent,
            team: team.transpose()?,
            language: self.language,
            trigger: self.trigger,
            inbox_id: self.inbox,
            from: self.from,
            until: self.until,
            before: before.transpose()?,
        })
    }
}

/// A part of what was said, and whether it is what was looked for.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ExcerptPart {
    text: String,
    is_match: bool,
}

fn shown(parts: Vec<Part>) -> Vec<ExcerptPart> {
    let part = |Part { text, is_match }| ExcerptPart { text, is_match };
    parts.into_iter().map(part).collect()
}

/// A page of what was found, the newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FoundItems {
    items: Vec<FoundItem>,
    /// Send it as `before` for the next page.
    next: Option<String>,
}

/// A conversation that was found.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FoundItem {
    item: Item,
    /// The message that holds most of what was looked for.
    #[schema(value_type = Option<String>)]
    message_id: Option<MessageId>,
    /// Its words around that; empty where it was found by something else.
    excerpt: Vec<ExcerptPart>,
}

#[utoipa::path(get, path = "/api/console/search", tag = "console", params(SearchQuery),
    responses((status = 200, body = FoundItems), (status = 400, body = ProblemDocument)))]
pub(super) async fn search_as_agent(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<SearchQuery>,
) -> Result<Json<FoundItems>, Problem> {
    let (agent, now) = (signed_in.agent, app.desk.clock.now());
    let workspace_id = agent.workspace_id.clone();
    let search = app.desk.search(&workspace_id, Some(agent), query.read()?);
    let page = search.await?;
    let next = page.next.map(|next| next.to_string());
    let shown = app.desk.store.read(move |tx| {
        let mut items = Vec::with_capacity(page.hits.len());
        for hit in &page.hits {
            items.push(FoundItem {
                item: item(tx, &hit.listed, now)?,
                message_id: hit.message_id.clone(),
                excerpt: shown(hit.excerpt.clone()),
            });
        }
        Ok::<_, Error>(items)
    });
    Ok(Json(FoundItems {
        items: shown.await?,
        next,
    }))
}

/// A page of what was found, the newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FoundRows {
    conversations: Vec<FoundRow>,
    /// Send it as `before` for the next page.
    next: Option<String>,
}

/// A conversation that was found.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FoundRow {
    #[serde(flatten)]
    conversation: ConversationRow,
    /// The message that holds most of what was looked for.
    #[schema(value_type = Option<String>)]
    message_id: Option<MessageId>,
    /// Its words around that; empty where it was found by something else.
    excerpt: Vec<ExcerptPart>,
}

#[utoipa::path(get, path = "/api/v1/search", tag = "v1", params(SearchQuery),
    responses((status = 200, body = FoundRows), (status = 400, body = ProblemDocument)))]
pub(super) async fn search_as_program(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<SearchQuery>,
) -> Result<Json<FoundRows>, Problem> {
    let search = app.desk.search(&caller.workspace_id, None, query.read()?);
    let page = search.await?;
    let row = |hit: crate::desk::SearchHit| FoundRow {
        conversation: conversation_row(hit.listed),
        message_id: hit.message_id,
        excerpt: shown(hit.excerpt),
    };
    Ok(Json(FoundRows {
        conversations: page.hits.into_iter().map(row).collect(),
        next: page.next.map(|next| next.to_string()),
    }))
}
