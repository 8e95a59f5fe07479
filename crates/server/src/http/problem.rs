//! Errors on the wire: RFC 9457 problem documents. The one place that turns the desk's
//! answers into statuses.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use segue_core::conversation::Refusal;
use segue_core::file::Fault;
use serde::Serialize;

use crate::desk::Error;

/// A refusal with its status.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after_s: Option<u64>,
    /// How long it is held back; see `limits`.
    pause: Duration,
}

/// On an answer: it is to leave this much later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause(pub(super) Duration);

/// Its form in JSON.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProblemDocument {
    /// Where the kind of problem is described.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do about it.
    pub detail: String,
    /// The kind for programs.
    pub code: String,
}

impl Problem {
    /// A problem with a code for programs and a sentence for people.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            retry_after_s: None,
            pause: Duration::ZERO,
        }
    }

    /// There is no such thing, or not for you.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is no such thing here",
        )
    }

    /// Who are you?
    pub fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// You may not.
    pub fn forbidden(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// What was sent is not well formed.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// Too much at once.
    pub fn rate_limited(retry_after_s: u64) -> Self {
        let detail = format!("too many requests; try again in {retry_after_s} s");
        Self {
            retry_after_s: Some(retry_after_s),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
        }
    }

    /// The same, told later.
    pub(super) fn after(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Its code, for socket frames.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What happened, for socket frames.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = ProblemDocument {
            kind: format!("/problems/{}", self.code),
            title: self.code.replace('_', " "),
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code.into(),
        };
        let body = serde_json::to_string(&document).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if !self.pause.is_zero() {
            response.extensions_mut().insert(Pause(self.pause));
        }
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        let (status, code) = match &error {
            Error::NotFound => return Self::not_found(),
            Error::Refused(refusal) => {
                return Self::new(StatusCode::CONFLICT, code_of(*refusal), words_of(*refusal));
            }
            Error::Taken { .. } => (StatusCode::CONFLICT, "taken"),
            Error::AtCapacity => (StatusCode::CONFLICT, "at_capacity"),
            Error::Offline => (StatusCode::CONFLICT, "offline"),
            Error::OpenConversations { .. } => (StatusCode::CONFLICT, "open_conversations"),
            Error::AddressTaken => (StatusCode::CONFLICT, "address_taken"),
            Error::LastAdmin => (StatusCode::CONFLICT, "last_admin"),
            Error::PolicyMoved => (StatusCode::CONFLICT, "policy_moved"),
            Error::Inactive => (StatusCode::CONFLICT, "inactive"),
            Error::NoMail => (StatusCode::CONFLICT, "no_mail"),
            Error::NoMailbox => (StatusCode::CONFLICT, "no_mailbox"),
            Error::NoLookUp => (StatusCode::CONFLICT, "no_look_up"),
            Error::InboxClosed => (StatusCode::CONFLICT, "inbox_closed"),
            Error::LastInbox => (StatusCode::CONFLICT, "last_inbox"),
            Error::FileGone => (StatusCode::CONFLICT, "file_gone"),
            Error::FilesFull => (StatusCode::PAYLOAD_TOO_LARGE, "files_full"),
            Error::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            Error::Unread
            | Error::NotKeeper
            | Error::Store(
                segue_store::Error::Corrupt(_)
                | segue_store::Error::Damaged(_)
                | segue_store::Error::Newer { .. },
            ) => {
                tracing::error!(%error, "a request failed on our side");
                return Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "something is wrong on our side",
                );
            }
            Error::Store(segue_store::Error::Conflict) => (StatusCode::CONFLICT, "conflict"),
            Error::Store(
                segue_store::Error::Unavailable(_)
                | segue_store::Error::Contended
                | segue_store::Error::Broken(_),
            ) => {
                tracing::warn!(%error, "a request could not be stored");
                let detail = "the database does not answer; send it again in a moment";
                return Self {
                    retry_after_s: Some(1),
                    ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
                };
            }
        };
        Self::new(status, code, detail)
    }
}

impl From<segue_store::Error> for Problem {
    fn from(error: segue_store::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let (status, code, detail) = match fault {
            Fault::Empty => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "file_damaged",
                "the file is empty",
            ),
            Fault::UnknownKind => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "file_kind",
                "files of this type are not taken; send a picture, a PDF, a text or an office document",
            ),
            Fault::NotWhole => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "file_damaged",
                "the file is damaged, or not what it seems to be",
            ),
            Fault::TooManyPixels => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "file_pixels",
                "the picture has more than 50 million pixels; send a smaller copy",
            ),
            Fault::UnsafeDocument => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "file_unsafe",
                "the document holds macros, or would become far larger than it is; send a PDF",
            ),
        };
        Self::new(status, code, detail)
    }
}

fn code_of(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::StaleEpoch => "stale_epoch",
        Refusal::NotOwner => "not_owner",
        Refusal::AlreadyHandedOff => "already_handed_off",
        Refusal::NotQueued => "not_queued",
        Refusal::AlreadyInvited => "already_invited",
        Refusal::NotInvited => "not_invited",
        Refusal::AlreadyResolved => "already_resolved",
        Refusal::NotResolved => "not_resolved",
        Refusal::AlreadyRated => "already_rated",
        Refusal::BadScore => "bad_score",
        Refusal::NotDue => "not_due",
        Refusal::NotAway => "not_away",
    }
}

fn words_of(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::StaleEpoch => {
            "somebody else has become the owner meanwhile; load the conversation again"
        }
        Refusal::NotOwner => "you do not own this conversation; take it first",
        Refusal::AlreadyHandedOff => "a person has it already, or is on the way",
        Refusal::NotQueued => "it does not wait for a person",
        Refusal::AlreadyInvited => "an agent is being asked already",
        Refusal::NotInvited => "you are not being asked, or not any more",
        Refusal::AlreadyResolved => "it is resolved; a new message reopens it",
        Refusal::NotResolved => "it can be rated once it is resolved",
        Refusal::AlreadyRated => "it was rated already",
        Refusal::BadScore => "a score is a number from 1 to 5",
        Refusal::NotDue => "nothing of that kind is due",
        Refusal::NotAway => "the customer is there",
    }
}
