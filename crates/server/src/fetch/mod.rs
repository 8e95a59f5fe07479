//! Reads a page of the web whose address a workspace's user gave, such as an article to
//! import. The address is somebody's wish and may point into the operator's own network,
//! so only public ones are ever connected to (see `address`), each redirect is looked at
//! like the first address, and both the size and the time of an answer are bounded.
//!
//! ```ignore
//! let page = app.fetcher.get("https://shop.example/help/returns").await?;
//! ```

mod address;
mod json;
mod names;
mod post;
#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::StreamExt;
use ipnet::IpNet;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, Url};
use tokio::sync::Semaphore;

use address::is_public;
pub use json::header;
use names::{Names, NotPublic, Resolver};

/// Redirects that are followed.
const HOPS: usize = 3;
/// The longest address, in bytes.
const LONGEST_ADDRESS: usize = 2_048;
/// Ports below this are other services' (mail, say), but for those of the web.
const FIRST_FREE_PORT: u16 = 1_024;

/// How much a page may be, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct FetchLimits {
    /// Bytes of the body.
    pub bytes: usize,
    /// From the first look-up to the last byte, redirects included.
    pub whole: Duration,
    /// Pages read side by side on this node; who comes then waits, within `whole`.
    pub at_once: usize,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self {
            bytes: 2 * 1024 * 1024,
            whole: Duration::from_secs(15),
            at_once: 8,
        }
    }
}

/// A page that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Where it was found in the end, after redirects.
    pub address: String,
    /// What it is.
    pub kind: PageKind,
    /// Its text, decoded; what is not text in its encoding became `U+FFFD`.
    pub text: String,
}

/// The kinds of pages that are taken; anything else is refused unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// `text/html` and XHTML. Hostile like any other input: never shown as it is.
    Html,
    /// `text/markdown`.
    Markdown,
    /// `text/plain`.
    Plain,
    /// `text/csv`.
    Csv,
    /// XML, such as a site map.
    Xml,
}

/// Why a page was not read, in words for whoever gave its address.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FetchError {
    /// What was given is not an address that can be read.
    #[error("{0}")]
    Address(&'static str),
    /// It leads to this machine or into a private network.
    #[error("that address is not on the public web; the operator can allow it with --allow-fetch")]
    NotPublic,
    /// It leads on and on.
    #[error("the page redirects more than {HOPS} times")]
    TooManyRedirects,
    /// It leads elsewhere, where that is not followed.
    #[error("the server sends us elsewhere, which is not followed with secrets in hand")]
    Redirected,
    /// The server said no.
    #[error("the server answered {0}")]
    Status(u16),
    /// It is no page.
    #[error("that is no page but `{0}`; HTML, Markdown, plain text, CSV and XML can be read")]
    Kind(String),
    /// It calls itself JSON and is none.
    #[error("the answer does not read as JSON")]
    NotJson,
    /// More than a page has.
    #[error("the page is larger than {0} bytes")]
    TooLarge(usize),
    /// It did not come in time.
    #[error("the page did not come within {0} seconds")]
    TooSlow(u64),
    /// No such name, nobody there, or the line broke.
    #[error("the server could not be reached, or hung up")]
    Unreachable,
}

impl FetchError {
    /// The kind, as a word for programs and the console's words.
    pub const fn code(&self) -> &'static str {
        match self {
            FetchError::Address(_) => "address",
            FetchError::NotPublic => "not_public",
            FetchError::TooManyRedirects | FetchError::Redirected => "redirected",
            FetchError::Status(401 | 403) => "refused",
            FetchError::Status(_) => "status",
            FetchError::Kind(_) | FetchError::NotJson => "not_json",
            FetchError::TooLarge(_) => "too_large",
            FetchError::TooSlow(_) => "too_slow",
            FetchError::Unreachable => "unreachable",
        }
    }
}

/// Reads pages. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    inner: Arc<Inner>,
}

struct Inner {
    /// Networks that the operator allows beside the public ones.
    allowed: Arc<[IpNet]>,
    names: Arc<Names>,
    limits: FetchLimits,
    turns: Semaphore,
    /// Made when the first page is asked for: most processes never read one.
    client: OnceLock<Option<Client>>,
}

impl Fetcher {
    /// Reads public pages, and those of the networks that the operator allows.
    pub fn new(allowed: Vec<IpNet>, limits: FetchLimits) -> Self {
        Self::with_names(allowed, limits, Names::System)
    }

    fn with_names(allowed: Vec<IpNet>, limits: FetchLimits, names: Names) -> Self {
        let inner = Inner {
            allowed: allowed.into(),
            names: Arc::new(names),
            limits,
            turns: Semaphore::new(limits.at_once),
            client: OnceLock::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Reads the page at `address`, which begins with `http://` or `https://`.
    pub async fn get(&self, address: &str) -> Result<Page, FetchError> {
        let limits = self.inner.limits;
        let reading = async {
            let turn = self.inner.turns.acquire().await;
            let _turn = turn.map_err(|_| FetchError::Unreachable)?;
            self.follow(address).await
        };
        let read = tokio::time::timeout(limits.whole, reading).await;
        read.unwrap_or(Err(FetchError::TooSlow(limits.whole.as_secs())))
    }

    async fn follow(&self, address: &str) -> Result<Page, FetchError> {
        let mut url = self.check(Url::parse(plain(address)?).ok())?;
        for _ in 0..=HOPS {
            let response = self.ask(url.clone()).await?;
            let status = response.status();
            if status.is_success() {
                return self.read(url, response).await;
            }
            let next = response.headers().get(LOCATION);
            let Some(next) = next.filter(|_| status.is_redirection()) else {
                return Err(FetchError::Status(status.as_u16()));
            };
            let next = next.to_str().map_err(|_| NO_ADDRESS)?;
            url = self.check(url.join(plain(next)?).ok())?;
        }
        Err(FetchError::TooManyRedirects)
    }

    /// An address that may be asked for. A name's addresses are looked at when it is
    /// connected to; a numeric host, in whichever notation, is a number by now.
    fn check(&self, url: Option<Url>) -> Result<Url, FetchError> {
        let url = url.filter(Url::has_host).ok_or(NO_ADDRESS)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Address(
                "an address begins with http:// or https://",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Address(
                "an address with a user name or a password is not read",
            ));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if !matches!(port, 80 | 443) && port < FIRST_FREE_PORT {
            return Err(FetchError::Address("that port is not one of the web's"));
        }
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        match host.parse::<IpAddr>() {
            Ok(address) if !is_public(address, &self.inner.allowed) => Err(FetchError::NotPublic),
            Ok(_) | Err(_) => Ok(url),
        }
    }

    async fn ask(&self, url: Url) -> Result<Response, FetchError> {
        let headers = [
            (
                ACCEPT,
                "text/html,text/markdown,text/plain,text/csv,*/*;q=0.1",
            ),
            // What is not packed cannot grow while it is unpacked.
            (ACCEPT_ENCODING, "identity"),
        ];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        self.send(url, headers.into_iter().collect()).await
    }

    async fn send(&self, url: Url, headers: HeaderMap) -> Result<Response, FetchError> {
        self.request(Method::GET, url, headers, vec![]).await
    }

    async fn request(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Response, FetchError> {
        let client = self.client().ok_or(FetchError::Unreachable)?;
        let mut request = client.request(method, url).headers(headers);
        if !body.is_empty() {
            request = request.body(body);
        }
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        // The resolver hands out nothing else; this also holds for what may come to stand
        // between it and the line.
        match response.remote_addr() {
            Some(address) if !is_public(address.ip(), &self.inner.allowed) => {
                Err(FetchError::NotPublic)
            }
            Some(_) | None => Ok(response),
        }
    }

    async fn read(&self, url: Url, response: Response) -> Result<Page, FetchError> {
        let limit = self.inner.limits.bytes;
        let header = |name| {
            let value = response.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let said = header(CONTENT_TYPE).to_ascii_lowercase();
        let packed = header(CONTENT_ENCODING);
        if !matches!(packed, "" | "identity") {
            return Err(FetchError::Kind(packed.chars().take(60).collect()));
        }
        let named = said.split(';').next().unwrap_or_default().trim();
        let kind =
            kind_of(named).ok_or_else(|| FetchError::Kind(named.chars().take(60).collect()))?;
        if response
            .content_length()
            .is_some_and(|length| length > limit as u64)
        {
            return Err(FetchError::TooLarge(limit));
        }
        let mut pieces = response.bytes_stream();
        let mut body = Vec::new();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| unreachable(&error))?;
            if body.len() + piece.len() > limit {
                return Err(FetchError::TooLarge(limit));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Page {
            address: url.into(),
            kind,
            text: decoded(&body, &said),
        })
    }

    fn client(&self) -> Option<&Client> {
        let made = self.inner.client.get_or_init(|| {
            let settings = || {
                let resolver = Resolver {
                    names: self.inner.names.clone(),
                    allowed: self.inner.allowed.clone(),
                };
                Client::builder()
                    .dns_resolver(Arc::new(resolver))
                    .redirect(Policy::none())
                    // A proxy of the environment would look names up itself, unguarded.
                    .no_proxy()
                    // Each request connects, and is looked at, anew.
                    .pool_max_idle_per_host(0)
                    .referer(false)
                    .user_agent(concat!("segue/", env!("CARGO_PKG_VERSION")))
            };
            crate::tls::client(settings)
                .inspect_err(
                    |error| tracing::error!(%error, "could not set up the reader of pages"),
                )
                .ok()
        });
        made.as_ref()
    }
}

impl Default for Fetcher {
    fn default() -> Self {
        Self::new(vec![], FetchLimits::default())
    }
}

const NO_ADDRESS: FetchError = FetchError::Address("that is not the address of a page");

/// Refuses what a parser would silently drop or what could end a header's line.
fn plain(address: &str) -> Result<&str, FetchError> {
    let is_odd = |c: char| c.is_control() || c.is_whitespace();
    if address.len() > LONGEST_ADDRESS || address.contains(is_odd) {
        return Err(NO_ADDRESS);
    }
    Ok(address)
}

fn kind_of(named: &str) -> Option<PageKind> {
    Some(match named {
        "text/html" | "application/xhtml+xml" => PageKind::Html,
        "text/markdown" | "text/x-markdown" => PageKind::Markdown,
        "text/plain" => PageKind::Plain,
        "text/csv" => PageKind::Csv,
        "text/xml" | "application/xml" => PageKind::Xml,
        _ => return None,
    })
}

/// UTF-8, or the old Latin-1 where the server says so.
fn decoded(body: &[u8], content_type: &str) -> String {
    let is_latin = ["iso-8859-1", "windows-1252", "latin1"]
        .iter()
        .any(|name| content_type.contains(name));
    if is_latin && std::str::from_utf8(body).is_err() {
        return body.iter().copied().map(char::from).collect();
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    String::from_utf8_lossy(body).into_owned()
}

/// Whether an address is on the public web, whatever the operator allows beside it.
pub fn is_on_public_web(address: IpAddr) -> bool {
    is_public(address, &[])
}

fn unreachable(error: &reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(next) = cause {
        if next.is::<NotPublic>() {
            return FetchError::NotPublic;
        }
        cause = next.source();
    }
    FetchError::Unreachable
}
