//! Sends a body to an address that an admin named. The same addresses are out of reach as for
//! pages, no redirect is followed, and of the answer only its status is looked at.

use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use tracing::Instrument;

use super::{FetchError, Fetcher, plain};
use crate::trace;

impl Fetcher {
    /// Sends `body` to `address`; what the server answered, from the first look-up of its name
    /// to the head of its answer `within`.
    pub async fn post(
        &self,
        address: &str,
        headers: &HeaderMap,
        body: Vec<u8>,
        within: Duration,
    ) -> Result<u16, FetchError> {
        let sending = async {
            let turn = self.inner.turns.acquire().await;
            let _turn = turn.map_err(|_| FetchError::Unreachable)?;
            let url = self.check(Url::parse(plain(address)?).ok())?;
            let mut headers = headers.clone();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            trace::hand_on(&mut headers);
            let response = self.request(Method::POST, url, headers, body).await?;
            match response.status() {
                status if status.is_redirection() => Err(FetchError::Redirected),
                status => Ok(status.as_u16()),
            }
        };
        let sending = sending.instrument(trace::call("webhook"));
        let sent = tokio::time::timeout(within, sending).await;
        sent.unwrap_or(Err(FetchError::TooSlow(within.as_secs().max(1))))
    }
}
