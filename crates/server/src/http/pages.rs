//! Pages and words: the widget's loader and app, the console, the languages. All of it
//! stands in the binary.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::RustEmbed;
use segue_core::words::Words;
use serde::Deserialize;

use super::App;
use super::doors::{Doors, May};
use super::problem::Problem;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
struct Dist;

/// What the widget's frame may load: nothing from elsewhere. Any site may embed it. The
/// pictures of a conversation are fetched with the visitor's key and drawn as blobs.
const WIDGET_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *; require-trusted-types-for 'script'; \
    trusted-types 'none'";
/// The same for the console, which no other site may embed.
const CONSOLE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'; \
    trusted-types 'none'";

/// Pages and words are the same for everybody and hold nobody's data.
const PAGE: May = May::Anybody("a page without anybody's data");

/// The doors of pages and words.
pub fn doors() -> Doors {
    let widget = |path: String| file(&format!("widget/{path}"), Some(WIDGET_POLICY));
    let console = |path: String| file(&format!("console/{path}"), Some(CONSOLE_POLICY));
    Doors::new()
        .get("/", PAGE, || async { Redirect::temporary("/console/") })
        .get("/widget.js", PAGE, || async { file("widget.js", None) })
        .get("/widget/", PAGE, chat)
        .get(
            "/widget/{*path}",
            PAGE,
            move |Path(path): Path<String>| async move { widget(path) },
        )
        .get("/console", PAGE, || async {
            Redirect::permanent("/console/")
        })
        .get("/console/", PAGE, move || async move {
            console("index.html".into())
        })
        .get(
            "/console/{*path}",
            PAGE,
            move |Path(path): Path<String>| async move { console(path) },
        )
        .get("/words/{file}", PAGE, words)
}

/// What the loader tells the frame of the page that holds it.
#[derive(Deserialize)]
struct Framed {
    #[serde(default)]
    inbox: String,
    /// The page's origin.
    #[serde(default)]
    host: String,
}

/// The chat's page. That it was asked for shows that a site carries it (P47); whether that
/// can be noted changes nothing for the visitor.
async fn chat(State(app): State<App>, Query(framed): Query<Framed>) -> Response {
    if !framed.host.is_empty() {
        tokio::spawn(async move {
            if let Err(error) = app.desk.sight(framed.inbox, framed.host).await {
                tracing::warn!(%error, "could not note where the chat was opened");
            }
        });
    }
    file("widget/index.html", Some(WIDGET_POLICY))
}

fn file(path: &str, policy: Option<&'static str>) -> Response {
    let Some(found) = Dist::get(path) else {
        return Problem::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is no such page; was the web part built?",
        )
        .into_response();
    };
    let mut response = found.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(path)),
    );
    // File names of the apps' parts change with their content.
    let cache = if path.contains("/assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Some(policy) = policy {
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(policy),
        );
        // A page for people: no search engine should lead to it.
        headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    }
    response
}

pub(crate) fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// Which words.
#[derive(Deserialize)]
struct Section {
    /// `widget` or `console`.
    #[serde(default)]
    section: String,
}

/// The words of a section in a language, `/words/de.json?section=widget`; English where
/// there are none, saying so in `language`.
async fn words(Path(file): Path<String>, Query(query): Query<Section>) -> Response {
    let Some(requested) = file.strip_suffix(".json") else {
        return Problem::not_found().into_response();
    };
    if !["widget", "console"].contains(&query.section.as_str()) {
        return Problem::bad_request("section is `widget` or `console`").into_response();
    }
    let words = Words::of(requested);
    let mut map: std::collections::BTreeMap<&str, &str> =
        words.section(&format!("{}.", query.section));
    map.insert("language", words.language);
    map.insert("requested", requested);
    (
        [(header::CACHE_CONTROL, "public, max-age=300")],
        axum::Json(map),
    )
        .into_response()
}
