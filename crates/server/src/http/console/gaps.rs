//! Knowledge gaps, and the drafts that are to close them.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use segue_core::gap::{GapDraft, GapResult, QuestionPlace};
use segue_core::ids::kind::Conversation as ConversationKind;
use segue_core::ids::{ArticleId, GapId};
use segue_core::time::Timestamp;
use segue_store::Gap;
use serde::{Deserialize, Serialize};

use crate::desk::{AskedAgain, GapFound};
use crate::http::App;
use crate::http::console::knowledge::{ArticleText, checked};
use crate::http::guard::{Body, PathId, clean_text};
use crate::http::measures::{MeasuresQuery, Period};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;

/// Conversations that are counted before gaps are shown.
const COUNTED_FIRST: usize = 500;
/// Gaps that are shown.
const SHOWN: usize = 50;
/// Questions of a draft, and the longest title, in letters.
const MOST_QUESTIONS: usize = 2_000;
const LONGEST_TITLE: usize = 300;

/// What the articles leave open, and what is done about it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Gaps {
    /// By what they cost of agents' time, most first.
    gaps: Vec<GapFound>,
    /// Drafts and closed gaps, the newest first.
    drafts: Vec<GapShown>,
    /// Whether all that has happened is counted; else there may be more.
    is_whole: bool,
    /// Whether a language model words drafts.
    has_model: bool,
}

/// A gap that somebody works on or has closed.
#[derive(Serialize, utoipa::ToSchema)]
pub struct GapShown {
    #[schema(value_type = String)]
    id: GapId,
    is_closed: bool,
    /// How many questions it has.
    questions: usize,
    draft: GapDraft,
    /// The article that it became.
    #[schema(value_type = Option<String>)]
    article_id: Option<ArticleId>,
    result: Option<GapResult>,
    changed_at: Timestamp,
}

/// A draft with its questions asked again.
#[derive(Serialize, utoipa::ToSchema)]
pub struct GapTried {
    gap: GapShown,
    asked: Vec<AskedAgain>,
}

fn shown(gap: Gap) -> GapShown {
    GapShown {
        id: gap.id,
        is_closed: gap.is_closed,
        questions: gap.questions.len(),
        draft: gap.draft,
        article_id: gap.article_id,
        result: gap.result,
        changed_at: gap.changed_at,
    }
}

#[utoipa::path(get, path = "/api/console/gaps", tag = "console", params(MeasuresQuery),
    responses((status = 200, body = Gaps), (status = 403, body = ProblemDocument)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<MeasuresQuery>,
) -> Result<Json<Gaps>, Problem> {
    let workspace_id = signed_in.agent.workspace_id;
    let rolled = app.desk.roll_up(&workspace_id, COUNTED_FIRST, None).await;
    let is_whole = rolled.map_or_else(
        |error| {
            tracing::warn!(%error, "gaps are shown as they were counted last");
            false
        },
        |it| it.is_whole,
    );
    let period = Period::read(&app, &workspace_id, query).await?;
    let (from, until) = period.instants();
    let mut gaps = app.desk.gaps(&workspace_id, from, until).await?;
    gaps.truncate(SHOWN);
    let known = app.desk.gaps_known(&workspace_id).await?;
    Ok(Json(Gaps {
        gaps,
        drafts: known.into_iter().map(shown).collect(),
        is_whole,
        has_model: app.desk.has_model,
    }))
}

/// Questions for which an article is to be drafted.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct GapWanted {
    /// The question that stands for them; the title to begin with.
    question: String,
    questions: Vec<QuestionPlace>,
}

#[utoipa::path(post, path = "/api/console/gaps/drafts", tag = "console", request_body = GapWanted,
    responses((status = 201, body = GapTried), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn draft(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(wanted): Body<GapWanted>,
) -> Result<(StatusCode, Json<GapTried>), Problem> {
    if wanted.questions.is_empty() || wanted.questions.len() > MOST_QUESTIONS {
        return Err(Problem::bad_request(
            "a draft is made for 1 to 2000 questions",
        ));
    }
    let title = clean_text(&wanted.question, LONGEST_TITLE)?.replace(['\n', '\t'], " ");
    let gap = app
        .desk
        .draft_article(signed_in.actor(), wanted.questions, title)
        .await?;
    let tried = try_it(&app, &signed_in, gap).await?;
    Ok((StatusCode::CREATED, Json(tried)))
}

/// A draft that an agent asked for.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DraftBegun {
    /// The draft; who may see the measures finds it there.
    #[schema(value_type = String)]
    id: GapId,
    /// Its title.
    title: String,
    /// Whether it has become an article already.
    is_closed: bool,
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/article-draft", tag = "console", params(("id" = String, Path)),
    responses((status = 201, body = DraftBegun), (status = 422, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn draft_from(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
) -> Result<(StatusCode, Json<DraftBegun>), Problem> {
    app.conversation_seen(&signed_in, &id).await?;
    let gap = app.desk.draft_from(signed_in.actor(), id).await?;
    let begun = DraftBegun {
        id: gap.id,
        title: gap.draft.title,
        is_closed: gap.is_closed,
    };
    Ok((StatusCode::CREATED, Json(begun)))
}

/// A draft as somebody has written it.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct GapWritten {
    #[schema(value_type = String)]
    id: GapId,
    article: ArticleText,
}

#[utoipa::path(put, path = "/api/console/gaps/drafts", tag = "console", request_body = GapWritten,
    responses((status = 200, body = GapTried), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(change): Body<GapWritten>,
) -> Result<Json<GapTried>, Problem> {
    let written = checked(change.article)?;
    let gap = app
        .desk
        .change_draft(signed_in.actor(), change.id, written)
        .await?;
    try_it(&app, &signed_in, gap).await.map(Json)
}

#[utoipa::path(post, path = "/api/console/gaps/drafts/approve", tag = "console", request_body = GapWritten,
    responses((status = 200, body = GapTried), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn approve(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(approved): Body<GapWritten>,
) -> Result<Json<GapTried>, Problem> {
    let written = checked(approved.article)?;
    let place = app
        .place_or_first(&signed_in.agent.workspace_id, None)
        .await?;
    let (gap, asked) = app
        .desk
        .approve_draft(place, signed_in.actor(), approved.id, written)
        .await?;
    Ok(Json(GapTried {
        gap: shown(gap),
        asked,
    }))
}

/// A draft by its id.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct GapNamed {
    #[schema(value_type = String)]
    id: GapId,
}

#[utoipa::path(post, path = "/api/console/gaps/drafts/drop", tag = "console", request_body = GapNamed,
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn drop_it(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(named): Body<GapNamed>,
) -> Result<StatusCode, Problem> {
    app.desk.drop_draft(signed_in.actor(), named.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn try_it(app: &App, signed_in: &SignedIn, gap: Gap) -> Result<GapTried, Problem> {
    let place = app
        .place_or_first(&signed_in.agent.workspace_id, None)
        .await?;
    let asked = app.desk.ask_again(place, &gap).await?;
    Ok(GapTried {
        gap: shown(gap),
        asked,
    })
}
