//! Asks a system that an admin named for JSON, with headers that may hold secrets. The same
//! addresses are out of reach as for pages, and no redirect is followed: whoever answers
//! with one would choose who gets the secrets next.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Response, Url};
use serde_json::Value;
use tracing::Instrument;

use super::{FetchError, Fetcher, plain, unreachable};
use crate::trace;

/// Bytes of one answer; what is known of one customer is less.
const BYTES: usize = 256 * 1024;
/// Headers that a client sets itself, or that would change what is asked.
const NOT_OURS: [&str; 8] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "te",
    "upgrade",
    "accept-encoding",
    "expect",
];

/// A header with what it says, if it may be sent along.
pub fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
    let mut value = HeaderValue::from_str(value.trim()).ok()?;
    value.set_sensitive(true);
    (!NOT_OURS.contains(&name.as_str())).then_some((name, value))
}

impl Fetcher {
    /// Asks for JSON at `address`, from the first look-up of its name to the last byte
    /// `within`.
    pub async fn json(
        &self,
        address: &str,
        headers: &HeaderMap,
        within: Duration,
    ) -> Result<Value, FetchError> {
        let asking = async {
            let turn = self.inner.turns.acquire().await;
            let _turn = turn.map_err(|_| FetchError::Unreachable)?;
            let url = self.check(Url::parse(plain(address)?).ok())?;
            let mut headers = headers.clone();
            headers
                .entry(ACCEPT)
                .or_insert(HeaderValue::from_static("application/json"));
            // What is not packed cannot grow while it is unpacked.
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            trace::hand_on(&mut headers);
            let response = self.send(url, headers).await?;
            match response.status() {
                status if status.is_success() => read(response).await,
                status if status.is_redirection() => Err(FetchError::Redirected),
                status => Err(FetchError::Status(status.as_u16())),
            }
        };
        let asking = asking.instrument(trace::call("look-up"));
        let read = tokio::time::timeout(within, asking).await;
        read.unwrap_or(Err(FetchError::TooSlow(within.as_secs().max(1))))
    }
}

async fn read(response: Response) -> Result<Value, FetchError> {
    let header = |name| {
        let value = response.headers().get(name);
        let value = value.and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_ascii_lowercase()
    };
    let kind = header(CONTENT_TYPE);
    let named = kind.split(';').next().unwrap_or_default().trim();
    let is_json = matches!(named, "application/json" | "text/json") || named.ends_with("+json");
    let packed = header(CONTENT_ENCODING);
    if !is_json || !matches!(packed.as_str(), "" | "identity") {
        return Err(FetchError::Kind(named.chars().take(60).collect()));
    }
    let too_large = FetchError::TooLarge(BYTES);
    let length = response.content_length();
    if length.is_some_and(|length| length > BYTES as u64) {
        return Err(too_large);
    }
    let mut pieces = response.bytes_stream();
    let mut body = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| unreachable(&error))?;
        if body.len() + piece.len() > BYTES {
            return Err(too_large);
        }
        body.extend_from_slice(&piece);
    }
    serde_json::from_slice(&body).map_err(|_| FetchError::NotJson)
}
