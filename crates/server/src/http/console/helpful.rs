//! Articles for one conversation: those that fit what it is about, or what the agent looks
//! for, each with whether it was tried already (P24, P40).

use axum::Json;
use axum::extract::{Query, State};
use segue_core::attempt::Outcome;
use segue_core::ids::kind::Conversation as ConversationKind;
use segue_core::ids::{ArticleId, MessageId};
use segue_core::time::Timestamp;
use segue_sense::retrieval::Hit;
use serde::{Deserialize, Serialize};

use crate::desk::Error;
use crate::http::App;
use crate::http::guard::PathId;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;

/// What is looked for.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct HelpfulQuery {
    /// Words; what the conversation is about without them.
    q: Option<String>,
}

/// Articles that may help, the best first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HelpfulArticles {
    articles: Vec<HelpfulArticle>,
}

/// An article that may help.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HelpfulArticle {
    #[schema(value_type = String)]
    id: ArticleId,
    title: String,
    /// The passage that fits, plain text.
    passage: String,
    /// Where it was imported from, if that is a page that customers can open too.
    address: Option<String>,
    /// When the assistant suggested it here, and what became of that.
    tried: Option<Tried>,
}

/// An article that was suggested already.
#[derive(Clone, Serialize, utoipa::ToSchema)]
#[schema(as = TriedAlready)]
pub struct Tried {
    at: Timestamp,
    outcome: Outcome,
    #[schema(value_type = String)]
    message_id: MessageId,
}

/// Passages that are looked at, and articles that are shown.
const PASSAGES: usize = 30;
const SHOWN: usize = 8;
/// The longest question that is looked up, in letters.
const LONGEST: usize = 500;

#[utoipa::path(get, path = "/api/console/conversations/{id}/articles", tag = "console",
    params(("id" = String, Path), HelpfulQuery),
    responses((status = 200, body = HelpfulArticles), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
    Query(query): Query<HelpfulQuery>,
) -> Result<Json<HelpfulArticles>, Problem> {
    app.conversation_seen(&signed_in, &id).await?;
    let workspace_id = signed_in.agent.workspace_id;
    let (asked_in, asked) = (workspace_id.clone(), id.clone());
    let known = app.desk.store.read(move |tx| {
        let attempts = tx.attempts(&asked_in, &asked)?;
        let mut handoffs = tx.handoffs(&asked_in, Some(&asked), None, 1)?;
        let package = handoffs.pop().and_then(|handoff| handoff.package);
        let issue = package.map(|package| package.assessment.issue);
        let issue = match issue.filter(|issue| !issue.is_empty()) {
            Some(issue) => Some(issue),
            None => tx.first_customer_text(&asked_in, &asked)?,
        };
        Ok::<_, Error>((attempts, issue.unwrap_or_default()))
    });
    let (attempts, issue) = known.await?;
    let wanted = query.q.filter(|words| !words.trim().is_empty());
    let wanted: String = wanted.unwrap_or(issue).chars().take(LONGEST).collect();
    let index = app.desk.knowledge.index(&workspace_id).await?;
    let reader = app.desk.knowledge.reader().clone();
    // Understanding a question takes a core for milliseconds.
    let search = move || index.search(&reader.query(&wanted), PASSAGES);
    let hits = tokio::task::spawn_blocking(search).await;
    let hits = hits.map_err(|_| Error::Invalid("the articles could not be searched"))?;
    let hits = best_of_each(hits);
    let shown = app.desk.store.read(move |tx| {
        let mut articles = Vec::with_capacity(hits.len());
        for hit in &hits {
            let Some(article) = tx.article(&workspace_id, &hit.article_id)? else {
                continue;
            };
            let is_of_it = |it: &&segue_core::attempt::Attempt| {
                it.article_id.as_ref() == Some(&hit.article_id)
            };
            let tried = attempts.iter().rfind(is_of_it).map(|attempt| Tried {
                at: attempt.at,
                outcome: attempt.outcome,
                message_id: attempt.message_id.clone(),
            });
            let is_page = article.source.starts_with("https://");
            articles.push(HelpfulArticle {
                id: article.id,
                title: article.title,
                passage: hit.passage.clone(),
                address: is_page.then_some(article.source),
                tried,
            });
        }
        Ok::<_, Error>(articles)
    });
    Ok(Json(HelpfulArticles {
        articles: shown.await?,
    }))
}

fn best_of_each(hits: Vec<Hit>) -> Vec<Hit> {
    let mut best: Vec<Hit> = Vec::new();
    for hit in hits {
        if best.len() < SHOWN && !best.iter().any(|one| one.article_id == hit.article_id) {
            best.push(hit);
        }
    }
    best
}
