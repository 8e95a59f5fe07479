//! The knowledge base: its articles listed, imported, written, changed and deleted.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use segue_core::audit::By;
use segue_core::ids::ArticleId;
use segue_core::ids::kind::Article as ArticleKind;
use segue_core::time::Timestamp;
use segue_store::Article;
use serde::{Deserialize, Serialize};

use crate::desk::{Imported, Written};
use crate::gather::gather;
use crate::http::App;
use crate::http::guard::{Body, PathId, clean_text};
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

/// Files of Markdown, HTML or CSV.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct ArticleFiles {
    files: Vec<ArticleFile>,
}

/// One of them.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct ArticleFile {
    /// Its name; importing the same name again updates the article.
    name: String,
    /// Its text, where it is UTF-8.
    #[serde(default)]
    text: String,
    /// Its bytes in Base64, where it is not.
    bytes: Option<String>,
}

#[utoipa::path(post, path = "/api/console/articles", tag = "console", request_body = ArticleFiles,
    responses((status = 200, body = Imported)))]
pub(in crate::http) async fn import(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(files): Body<ArticleFiles>,
) -> Result<Json<Imported>, Problem> {
    let mut read = Vec::with_capacity(files.files.len());
    for file in files.files {
        let bytes = match file.bytes {
            Some(bytes) => BASE64
                .decode(bytes)
                .map_err(|_| Problem::bad_request("`bytes` is not Base64"))?,
            None => file.text.into_bytes(),
        };
        read.push((file.name, bytes));
    }
    let workspace_id = &signed_in.agent.workspace_id;
    let imported = app.desk.import(workspace_id, read, |_, _| {}).await?;
    let by = By::from(&signed_in.actor());
    app.desk
        .note_import(workspace_id.clone(), by, &imported)
        .await?;
    Ok(Json(imported))
}

/// Pages of the web to be imported.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Addresses {
    /// At most ten.
    addresses: Vec<String>,
}

/// What became of them.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AddressesImported {
    imported: Imported,
    /// Addresses that site maps among them list, to be asked for next.
    more: Vec<String>,
}

/// Pages in one request.
const MOST_ADDRESSES: usize = 10;

#[utoipa::path(post, path = "/api/console/articles/addresses", tag = "console", request_body = Addresses,
    responses((status = 200, body = AddressesImported)))]
pub(in crate::http) async fn import_addresses(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(wish): Body<Addresses>,
) -> Result<Json<AddressesImported>, Problem> {
    if wish.addresses.len() > MOST_ADDRESSES {
        return Err(Problem::bad_request("at most ten addresses in one request"));
    }
    let workspace_id = &signed_in.agent.workspace_id;
    let gathered = gather(&app.desk, &app.fetcher, workspace_id, wish.addresses).await?;
    let by = By::from(&signed_in.actor());
    app.desk
        .note_import(workspace_id.clone(), by, &gathered.imported)
        .await?;
    Ok(Json(AddressesImported {
        imported: gathered.imported,
        more: gathered.more,
    }))
}

/// An article, whole.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ArticleWhole {
    #[schema(value_type = String)]
    id: ArticleId,
    title: String,
    tags: Vec<String>,
    /// Markdown.
    text: String,
    source: String,
    updated_at: Timestamp,
}

fn whole(article: Article) -> ArticleWhole {
    ArticleWhole {
        id: article.id,
        title: article.title,
        tags: article.tags,
        text: article.text,
        source: article.source,
        updated_at: article.updated_at,
    }
}

#[utoipa::path(get, path = "/api/console/articles/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = ArticleWhole), (status = 404, body = crate::http::problem::ProblemDocument)))]
pub(in crate::http) async fn article(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ArticleKind>,
) -> Result<Json<ArticleWhole>, Problem> {
    let workspace_id = signed_in.agent.workspace_id;
    let found = app
        .desk
        .store
        .read(move |tx| tx.article(&workspace_id, &id))
        .await?;
    Ok(Json(whole(found.ok_or_else(Problem::not_found)?)))
}

/// What an article says.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct ArticleText {
    title: String,
    #[serde(default)]
    tags: Vec<String>,
    /// Markdown.
    text: String,
}

/// A change of an article.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct ArticleChange {
    /// `updated_at` of the article as it was seen; a later change is not overwritten.
    seen: Timestamp,
    article: ArticleText,
}

/// The longest title and text, in letters, and the most tags.
const LONGEST_TITLE: usize = 300;
const LONGEST_TEXT: usize = 400_000;
const MOST_TAGS: usize = 20;

pub(super) fn checked(article: ArticleText) -> Result<Written, Problem> {
    if article.tags.len() > MOST_TAGS {
        return Err(Problem::bad_request("an article has at most 20 tags"));
    }
    let title = clean_text(&article.title, LONGEST_TITLE)?;
    let tags = article.tags.iter().map(|tag| clean_text(tag, 60));
    Ok(Written {
        title: title.replace(['\n', '\t'], " "),
        tags: tags.collect::<Result<_, _>>()?,
        text: clean_text(&article.text, LONGEST_TEXT)?,
    })
}

#[utoipa::path(post, path = "/api/console/articles/written", tag = "console", request_body = ArticleText,
    responses((status = 201, body = ArticleWhole)))]
pub(in crate::http) async fn write(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(article): Body<ArticleText>,
) -> Result<(StatusCode, Json<ArticleWhole>), Problem> {
    let written = checked(article)?;
    let article = app.desk.write_article(signed_in.actor(), written).await?;
    Ok((StatusCode::CREATED, Json(whole(article))))
}

#[utoipa::path(put, path = "/api/console/articles/{id}", tag = "console", params(("id" = String, Path)),
    request_body = ArticleChange,
    responses((status = 200, body = ArticleWhole), (status = 409, body = crate::http::problem::ProblemDocument)))]
pub(in crate::http) async fn edit(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ArticleKind>,
    Body(change): Body<ArticleChange>,
) -> Result<Json<ArticleWhole>, Problem> {
    let written = checked(change.article)?;
    let article = app
        .desk
        .edit_article(signed_in.actor(), id, change.seen, written)
        .await?;
    Ok(Json(whole(article)))
}

#[utoipa::path(delete, path = "/api/console/articles/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = crate::http::problem::ProblemDocument)))]
pub(in crate::http) async fn delete(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ArticleKind>,
) -> Result<StatusCode, Problem> {
    app.desk.delete_article(signed_in.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/api/console/articles/{id}/restore", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = crate::http::problem::ProblemDocument)))]
pub(in crate::http) async fn restore(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ArticleKind>,
) -> Result<StatusCode, Problem> {
    app.desk.restore_article(signed_in.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
