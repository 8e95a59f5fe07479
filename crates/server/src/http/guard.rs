//! Small guards that several doors share: bodies, paths and texts.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use segue_core::ids::{Id, Kind};
use serde::de::DeserializeOwned;

use super::App;
use super::problem::Problem;

/// A JSON body; what is not well formed becomes a problem document.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let coming = axum::Json::<T>::from_request(request, app);
        match tokio::time::timeout(app.rates.body_within, coming)
            .await
            .map_err(|_| too_slow())?
        {
            Ok(axum::Json(body)) => Ok(Body(body)),
            Err(rejection) => Err(match &rejection {
                JsonRejection::BytesRejection(_)
                    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE =>
                {
                    Problem::new(
                        StatusCode::PAYLOAD_TOO_LARGE,
                        "too_large",
                        "the body is larger than this door takes",
                    )
                }
                _ => Problem::bad_request(rejection.body_text()),
            }),
        }
    }
}

/// The ids in a path; one that is not an id is simply not found.
pub struct PathId<K>(pub Id<K>);

impl<K: Kind + Send, S: Send + Sync> FromRequestParts<S> for PathId<K> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(ids) = Path::<Vec<(String, String)>>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::not_found())?;
        ids.iter()
            .find_map(|(_, text)| Id::parse(text))
            .map(PathId)
            .ok_or_else(Problem::not_found)
    }
}

/// The rest of a request did not come in time.
pub(super) fn too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "too_slow",
        "the request did not come in time; send it again",
    )
}

/// A text that people wrote: not empty, not too long, no control characters but line
/// breaks and tabs.
pub fn clean_text(text: &str, longest: usize) -> Result<String, Problem> {
    let cleaned: String = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let cleaned = cleaned.trim();
    if cleaned.chars().all(is_unseen) {
        return Err(Problem::bad_request("the text is empty"));
    }
    if cleaned.chars().count() > longest {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("the text is longer than {longest} characters"),
        ));
    }
    Ok(cleaned.to_string())
}

/// The text of a message, which may be empty where it carries files.
pub fn clean_message(text: &str, longest: usize, has_files: bool) -> Result<String, Problem> {
    if has_files && text.chars().all(|c| c.is_control() || is_unseen(c)) {
        return Ok(String::new());
    }
    clean_text(text, longest)
}

/// Characters that show nothing: spaces, and those that only join or turn others.
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
        || matches!(c, '\u{2800}' | '\u{3164}' | '\u{ad}' | '\u{feff}')
}

/// An address of e-mail in lower case, as accounts are known by.
pub fn email_address(text: &str) -> Result<String, Problem> {
    let email = text.trim().to_lowercase();
    if email.len() > 254 || email.parse::<lettre::Address>().is_err() {
        return Err(Problem::bad_request("that is not an e-mail address"));
    }
    Ok(email)
}

/// An id that a sender makes: 8 to 64 letters, digits, `-` or `_`.
pub fn check_client_id(id: &str) -> Result<(), Problem> {
    let is_fine = (8..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if is_fine {
        Ok(())
    } else {
        Err(Problem::bad_request(
            "client_message_id is 8 to 64 letters, digits, - or _",
        ))
    }
}
