//! The console's door: the queue, one's conversations, what can be done with them.

pub(super) mod conversations;
pub(super) mod decisions;
pub(super) mod floor;
pub(super) mod knowledge;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use super::App;
use super::{measures, session};

/// The largest upload of articles, in bytes.
const ARTICLES_LIMIT: usize = 16 * 1024 * 1024;

/// The routes of this door.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(session::routes())
        .route("/api/console/presence", post(floor::set_presence))
        .route("/api/console/floor", get(floor::floor))
        .route("/api/console/conversations", get(conversations::list))
        .route("/api/console/conversations/{id}", get(conversations::show))
        .route(
            "/api/console/conversations/{id}/decisions",
            get(decisions::list),
        )
        .route(
            "/api/console/conversations/{id}/accept",
            post(conversations::accept),
        )
        .route(
            "/api/console/conversations/{id}/decline",
            post(conversations::decline),
        )
        .route(
            "/api/console/conversations/{id}/reply",
            post(conversations::reply),
        )
        .route(
            "/api/console/conversations/{id}/note",
            post(conversations::note),
        )
        .route(
            "/api/console/conversations/{id}/introduction/check",
            post(conversations::check_introduction),
        )
        .route(
            "/api/console/conversations/{id}/resolve",
            post(conversations::resolve),
        )
        .route("/api/console/measures", get(measures::show))
}

/// Articles may be larger than other bodies.
pub fn article_routes() -> Router<App> {
    Router::new()
        .route(
            "/api/console/articles",
            get(knowledge::articles).post(knowledge::import),
        )
        .layer(DefaultBodyLimit::max(ARTICLES_LIMIT))
}
