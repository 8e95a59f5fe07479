//! What is seen of every request from outside: an id on its answer and its log lines, how
//! long it took by route and status. And what every answer has in common: a refusal is a
//! problem document, also where a library refused in its own words; who asks without a
//! pause hears of it later (see `limits`).

use axum::body::to_bytes;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use tracing::Instrument;

use super::App;
use super::problem::{Pause, Problem};
use crate::edge::request_id;
use crate::trace;

/// Where an answer carries its request's id; what a customer can read out to an operator.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Answers that are held back at a time. Beyond them refusals leave at once.
pub(super) const HELD_BACK: usize = 1_024;
/// The longest refusal of a library, in bytes.
const LIBRARY_WORDS: usize = 4 * 1024;

pub(super) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let method = known(request.method());
    let id = request_id();
    let span = tracing::info_span!("request", %id, method, route);
    trace::follow(&span, request.headers());
    let answered = async {
        let response = in_our_words(next.run(request).await).await;
        let took = begun.elapsed();
        let status = response.status().as_u16();
        tracing::debug!(status, took_us = took.as_micros(), "answered");
        (response, took)
    };
    let (mut response, took) = answered.instrument(span.clone()).await;
    let status = response.status();
    trace::answered(&span, status.as_u16());
    metrics::counter!("segue_http_requests_total",
        "method" => method, "route" => route.to_string(), "status" => status.as_str().to_string())
    .increment(1);
    metrics::histogram!("segue_http_request_seconds", "route" => route.to_string())
        .record(took.as_secs_f64());
    if status == StatusCode::TOO_MANY_REQUESTS {
        metrics::counter!("segue_rate_limited_total", "route" => route.to_string()).increment(1);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    if let Some(Pause(pause)) = response.extensions_mut().remove::<Pause>()
        && let Ok(_held) = app.held_back.try_acquire()
    {
        tokio::time::sleep(pause).await;
    }
    response
}

/// The methods of HTTP; anybody may send others, and they must not become series.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// A refusal as a problem document.
async fn in_our_words(response: Response) -> Response {
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    let is_ours = |kind: &HeaderValue| kind == "application/problem+json";
    if !is_refusal
        || response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(is_ours)
    {
        return response;
    }
    let code = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
        StatusCode::UPGRADE_REQUIRED => "upgrade_required",
        _ if status.is_server_error() => "internal",
        _ => "bad_request",
    };
    let (mut parts, body) = response.into_parts();
    let words = to_bytes(body, LIBRARY_WORDS).await.unwrap_or_default();
    let words = String::from_utf8_lossy(&words);
    let detail = match words.trim() {
        "" if status == StatusCode::METHOD_NOT_ALLOWED => "this door does not take that method",
        "" => status
            .canonical_reason()
            .unwrap_or("the request was refused"),
        _ if status.is_server_error() => "something is wrong on our side",
        words => words,
    };
    let problem = Problem::new(status, code, detail).into_response();
    let (told, body) = problem.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(told.headers);
    Response::from_parts(parts, body)
}
