//! Mails that a program hands in: a mail service that calls instead of being fetched from.
//! The token lets it in; the signature, made as Standard Webhooks does, says that the bytes
//! are the ones it sent, and when.

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use segue_core::ids::ConversationId;
use segue_core::ids::kind::Inbox as InboxKind;
use segue_core::time::{MINUTE_MS, SECOND_MS, Timestamp};
use serde::Serialize;

use super::Caller;
use crate::channels::incoming::MAIL_BYTES;
use crate::channels::take_in;
use crate::desk::Error;
use crate::http::App;
use crate::http::guard::{PathId, too_slow};
use crate::http::problem::{Problem, ProblemDocument};

/// How far the time of a signature may be from ours.
const SKEW_MS: i64 = 5 * MINUTE_MS;

/// What became of a mail.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MailTaken {
    /// `kept`, `noted`, `bounced`, `ignored` or `set_aside`.
    outcome: String,
    /// Why, where it is part of no conversation.
    why: String,
    /// The conversation that it is part of.
    #[schema(value_type = Option<String>)]
    conversation_id: Option<ConversationId>,
}

#[utoipa::path(post, path = "/api/v1/inboxes/{id}/mail", tag = "v1",
    params(("id" = String, Path), ("webhook-id" = Option<String>, Header), ("webhook-timestamp" = Option<i64>, Header, description = "seconds since 1970"),
        ("webhook-signature" = Option<String>, Header, description = "`v1,` and HMAC-SHA256 in base64 over id, timestamp and body, with dots between them")),
    request_body(content = Vec<u8>, content_type = "message/rfc822", description = "the mail as it travelled (RFC 5322)"),
    responses((status = 200, body = MailTaken), (status = 400, body = ProblemDocument), (status = 409, body = ProblemDocument), (status = 413, body = ProblemDocument)))]
pub(in crate::http) async fn hand_in(
    State(app): State<App>,
    caller: Caller,
    PathId(inbox_id): PathId<InboxKind>,
    request: Request,
) -> Result<Json<MailTaken>, Problem> {
    let (workspace_id, asked) = (caller.workspace_id.clone(), inbox_id.clone());
    let read = app.desk.store.read(move |tx| {
        tx.inbox(&workspace_id, &asked)?.ok_or(Error::NotFound)?;
        let settings = tx.mail_settings(&workspace_id)?;
        Ok::<_, Error>((tx.mailbox(&workspace_id, &asked)?, settings))
    });
    let (mailbox, settings) = read.await?;
    let mailbox = mailbox.ok_or(Error::NoMailbox)?;
    let secret = mailbox.hook_secret.clone().ok_or(Error::NoMailbox)?;
    let (parts, body) = request.into_parts();
    let coming = to_bytes(body, MAIL_BYTES);
    let raw = tokio::time::timeout(app.rates.body_within, coming)
        .await
        .map_err(|_| too_slow())?
        .map_err(|_| {
            let detail = format!("a mail has at most {} MB", MAIL_BYTES / 1024 / 1024);
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        })?;
    if !is_signed(&parts.headers, &raw, &secret, app.desk.clock.now()) {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "bad_signature",
            "sign webhook-id, webhook-timestamp and the body with this inbox's secret, within five minutes",
        ));
    }
    let sender = match (&app.mailer, settings) {
        (Some(mailer), _) => mailer.from(),
        (None, settings) => settings.map(|it| it.from).unwrap_or_default(),
    };
    let taken = take_in(&app.desk, &mailbox, &sender, raw.into()).await?;
    Ok(Json(MailTaken {
        outcome: taken.outcome.name().into(),
        why: taken.why,
        conversation_id: taken.conversation_id,
    }))
}

fn is_signed(headers: &HeaderMap, body: &[u8], secret: &str, now: Timestamp) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(id), Some(at), Some(signatures)) = (
        text("webhook-id"),
        text("webhook-timestamp"),
        text("webhook-signature"),
    ) else {
        return false;
    };
    let Ok(seconds) = at.parse::<i64>() else {
        return false;
    };
    let skew_ms = now.as_millis().abs_diff(seconds.saturating_mul(SECOND_MS));
    if skew_ms > SKEW_MS as u64 {
        return false;
    }
    let mut signed = format!("{id}.{at}.").into_bytes();
    signed.extend_from_slice(body);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    signatures.split(' ').take(5).any(|one| {
        let signature = one
            .strip_prefix("v1,")
            .and_then(|it| STANDARD.decode(it).ok());
        signature.is_some_and(|it| hmac::verify(&key, &signed, &it).is_ok())
    })
}
