//! The knowledge base: its articles listed and imported.

use axum::Json;
use axum::extract::State;
use segue_core::audit::{Action, By};
use segue_core::ids::ArticleId;
use segue_core::time::Timestamp;
use segue_store::Article;
use serde::{Deserialize, Serialize};

use crate::desk::Imported;
use crate::desk::audit::Deed;
use crate::http::App;
use crate::http::guard::Body;
use crate::http::problem::Problem;
use crate::http::session::SignedIn;

/// The knowledge base.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Articles {
    articles: Vec<ArticleListed>,
}

/// An article in the list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ArticleListed {
    #[schema(value_type = String)]
    id: ArticleId,
    title: String,
    source: String,
    updated_at: Timestamp,
}

#[utoipa::path(get, path = "/api/console/articles", tag = "console", responses((status = 200, body = Articles)))]
pub(in crate::http) async fn articles(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<Articles>, Problem> {
    let workspace_id = signed_in.agent.workspace_id;
    let articles = app
        .desk
        .store
        .read(move |tx| tx.articles(&workspace_id))
        .await?;
    let listed = |article: Article| ArticleListed {
        id: article.id,
        title: article.title,
        source: article.source,
        updated_at: article.updated_at,
    };
    Ok(Json(Articles {
        articles: articles.into_iter().map(listed).collect(),
    }))
}

/// Markdown files.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct ArticleFiles {
    files: Vec<ArticleFile>,
}

/// One of them.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct ArticleFile {
    /// Its name; importing the same name again updates the article.
    name: String,
    text: String,
}

#[utoipa::path(post, path = "/api/console/articles", tag = "console", request_body = ArticleFiles,
    responses((status = 200, body = Imported)))]
pub(in crate::http) async fn import(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(files): Body<ArticleFiles>,
) -> Result<Json<Imported>, Problem> {
    let files = files
        .files
        .into_iter()
        .map(|file| (file.name, file.text.into_bytes()))
        .collect();
    let workspace_id = &signed_in.agent.workspace_id;
    let imported = app.desk.import(workspace_id, files, |_, _| {}).await?;
    let deed = Deed::new(Action::ArticlesImported)
        .with("added", imported.added)
        .with("updated", imported.updated);
    let by = By::from(&signed_in.actor());
    app.desk.write_down(workspace_id.clone(), by, deed).await?;
    Ok(Json(imported))
}
