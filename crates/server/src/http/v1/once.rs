//! Writes that carry an Idempotency-Key happen once: the same request under the same key
//! gets the answer that was given, another request under it is refused.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use segue_core::time::Timestamp;
use segue_store::{StoredAnswer, Tx};
use serde::Serialize;

use super::Caller;
use crate::desk::{AnswerKey, Answered, Error, Telling};
use crate::edge::hash_of;
use crate::http::App;
use crate::http::guard::too_slow;
use crate::http::problem::Problem;

/// The largest body that is kept for comparing.
const LARGEST: usize = 64 * 1024;

/// Answers a program that was let in; a write that carries an Idempotency-Key happens
/// once. A key is its token's own: what one token was answered, no other hears.
pub async fn answer_once<F, R>(app: &App, caller: &Caller, request: Request, run: F) -> Response
where
    F: FnOnce(Request) -> R + Send + 'static,
    R: Future<Output = Response> + Send,
{
    let key = request
        .headers()
        .get("idempotency-key")
        .map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    let Some(key) = key.filter(|_| request.method() == Method::POST) else {
        return run(request).await;
    };
    match answer_under_key(app, caller, key, request, run).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn answer_under_key<F, R>(
    app: &App,
    caller: &Caller,
    key: String,
    request: Request,
    run: F,
) -> Result<Response, Problem>
where
    F: FnOnce(Request) -> R + Send + 'static,
    R: Future<Output = Response> + Send,
{
    if key.is_empty() || key.len() > 200 {
        return Err(Problem::bad_request(
            "an Idempotency-Key has 1 to 200 characters",
        ));
    }
    let key = format!("{} {key}", caller.token_id);
    let (mut parts, body) = request.into_parts();
    let too_large = |_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "the body is larger than this door takes",
        )
    };
    let coming = axum::body::to_bytes(body, LARGEST);
    let bytes = tokio::time::timeout(app.rates.body_within, coming)
        .await
        .map_err(|_| too_slow())?
        .map_err(too_large)?;
    let request_hash = hash_of(&format!(
        "{} {}",
        parts.uri.path(),
        String::from_utf8_lossy(&bytes)
    ));

    let key = AnswerKey {
        workspace_id: caller.workspace_id.clone(),
        key,
        request_hash,
    };
    if let Some(earlier) = app.desk.answered(&key).await? {
        return same(&key, earlier).map(given_before);
    }
    parts.extensions.insert(key.clone());
    let app = app.clone();
    // It runs to its end even if the caller hangs up, so that the key has its answer.
    let running = tokio::spawn(async move {
        let response = run(Request::from_parts(parts, bytes.into())).await;
        match response.extensions().get::<StoredAnswer>().cloned() {
            // Another request under this key, at the same moment, was quicker.
            Some(kept) => same(&key, kept).map(|_| response),
            None => keep(&app, key, response).await,
        }
    });
    running.await.unwrap_or_else(|_| {
        let detail = "something is wrong on our side";
        Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            detail,
        ))
    })
}

/// Refuses another request than the one that was answered under a key.
fn same(key: &AnswerKey, earlier: StoredAnswer) -> Result<StoredAnswer, Problem> {
    if earlier.request_hash == key.request_hash {
        return Ok(earlier);
    }
    let detail = "this Idempotency-Key was used with another request; take a new key";
    Err(Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "key_reused",
        detail,
    ))
}

/// Keeps the answer to what changed nothing under its key, and passes it on.
async fn keep(app: &App, key: AnswerKey, response: Response) -> Result<Response, Problem> {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 4 * 1024 * 1024)
        .await
        .unwrap_or_default();
    // What failed on our side may be tried again under the same key.
    if !parts.status.is_server_error() && parts.status != StatusCode::TOO_MANY_REQUESTS {
        let given = StoredAnswer {
            request_hash: key.request_hash.clone(),
            status: i64::from(parts.status.as_u16()),
            body: String::from_utf8_lossy(&bytes).into_owned(),
        };
        app.desk.keep_answer(key, given).await?;
    }
    Ok(Response::from_parts(parts, bytes.into()))
}

/// The key that a request came with, for the verb that keeps its answer.
pub(in crate::http) struct Once(Option<AnswerKey>);

impl FromRequestParts<App> for Once {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().cloned()))
    }
}

impl Once {
    /// Has the verb's outcome written down as a status and JSON, in its transaction.
    pub(super) fn answer<T, S: Serialize>(
        self,
        status: StatusCode,
        show: impl Fn(&mut Tx<'_>, Timestamp, &T) -> Result<S, Error> + Clone + Send + 'static,
    ) -> impl Telling<T, Given = StoredAnswer>
    where
        T: Send + 'static,
    {
        let write = move |tx: &mut Tx<'_>, now, outcome: &T| {
            let shown = show(tx, now, outcome)?;
            let body = serde_json::to_string(&shown)
                .map_err(|_| Error::Invalid("the answer is not JSON"))?;
            Ok((status.as_u16(), body))
        };
        Answered { key: self.0, write }
    }
}

/// An answer that was written down, as it goes out.
pub(super) fn given(answer: StoredAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status as u16).unwrap_or(StatusCode::OK);
    let mut response = (status, typed(status), answer.body.clone()).into_response();
    // Only what was kept has a hash.
    if !answer.request_hash.is_empty() {
        response.extensions_mut().insert(answer);
    }
    response
}

fn given_before(answer: StoredAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status as u16).unwrap_or(StatusCode::OK);
    let replay = [(header::HeaderName::from_static("idempotent-replay"), "true")];
    (status, typed(status), replay, answer.body).into_response()
}

fn typed(status: StatusCode) -> [(header::HeaderName, &'static str); 1] {
    let kind = if status.is_success() {
        "application/json"
    } else {
        "application/problem+json"
    };
    [(header::CONTENT_TYPE, kind)]
}
