//! Writes that carry an Idempotency-Key happen once: the same request under the same key
//! gets the answer that was given, another request under it is refused.

use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use segue_core::ids::WorkspaceId;
use segue_store::StoredAnswer;

use super::Caller;
use crate::edge::hash_of;
use crate::http::App;
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
    let (parts, body) = request.into_parts();
    let too_large = |_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "the body is larger than this door takes",
        )
    };
    let bytes = axum::body::to_bytes(body, LARGEST)
        .await
        .map_err(too_large)?;
    let request_hash = hash_of(&format!(
        "{} {}",
        parts.uri.path(),
        String::from_utf8_lossy(&bytes)
    ));

    let earlier = app
        .desk
        .reserve_answer(
            caller.workspace_id.clone(),
            key.clone(),
            request_hash.clone(),
        )
        .await?;
    match earlier {
        Some(earlier) if earlier.request_hash != request_hash => {
            let detail = "this Idempotency-Key was used with another request; take a new key";
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "key_reused",
                detail,
            ));
        }
        Some(earlier) if earlier.status == 0 => {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "in_progress",
                "the first request with this key still runs",
            ));
        }
        Some(earlier) => return Ok(given_before(earlier)),
        None => {}
    }
    let (app, workspace_id) = (app.clone(), caller.workspace_id.clone());
    // It runs to its end even if the caller hangs up, so that the key has its answer.
    let running = tokio::spawn(async move {
        let response = run(Request::from_parts(parts, bytes.into())).await;
        keep(&app, workspace_id, key, request_hash, response).await
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

/// Keeps an answer under its key and passes it on.
async fn keep(
    app: &App,
    workspace_id: WorkspaceId,
    key: String,
    request_hash: String,
    response: Response,
) -> Result<Response, Problem> {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 4 * 1024 * 1024)
        .await
        .unwrap_or_default();
    let given = StoredAnswer {
        request_hash,
        status: i64::from(parts.status.as_u16()),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };
    // What failed on our side may be tried again under the same key.
    let keep = !parts.status.is_server_error() && parts.status != StatusCode::TOO_MANY_REQUESTS;
    app.desk
        .keep_answer(workspace_id, key, keep.then_some(given))
        .await?;
    Ok(Response::from_parts(parts, bytes.into()))
}

fn given_before(answer: StoredAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status as u16).unwrap_or(StatusCode::OK);
    let kind = if status.is_success() {
        "application/json"
    } else {
        "application/problem+json"
    };
    (
        status,
        [
            (header::CONTENT_TYPE, kind),
            (header::HeaderName::from_static("idempotent-replay"), "true"),
        ],
        answer.body,
    )
        .into_response()
}
