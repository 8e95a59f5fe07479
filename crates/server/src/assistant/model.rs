//! A language model behind an OpenAI-compatible address. It may be slow, down, rude or
//! wrong: each wait has an end, each answer a size, and whoever asks is told what went
//! wrong and goes on without it.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventsource_stream::Eventsource;
use futures_util::StreamExt;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

use super::breaker::{Breaker, Pass};
use crate::trace;

/// How a model is reached.
#[derive(Clone)]
pub struct ModelOptions {
    /// The address of its API, such as `https://models.example/v1`. It is the operator's own
    /// setting, so it may lie in a private network.
    pub url: String,
    /// The model's name there.
    pub name: String,
    /// The key, if it wants one.
    pub key: Option<String>,
    /// How long and how much.
    pub limits: Limits,
}

/// How long a model may take, how much it may say, and how often it may fail.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until the first word.
    pub first_word: Duration,
    /// Between two words.
    pub between: Duration,
    /// For the whole answer; the policy's answer time may make it shorter.
    pub whole: Duration,
    /// Bytes of one answer as it comes over the wire.
    pub bytes: usize,
    /// Failures in a row after which the model rests.
    pub failures: u32,
    /// How long it rests.
    pub rest: Duration,
    /// The longest pause before a failed call is tried once more.
    pub retry_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first_word: Duration::from_secs(8),
            between: Duration::from_secs(4),
            whole: Duration::from_secs(16),
            bytes: 512 * 1024,
            failures: 4,
            rest: Duration::from_secs(30),
            retry_within: Duration::from_secs(1),
        }
    }
}

/// The client of a model. Cheap to clone.
#[derive(Clone)]
pub struct Model {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    url: Url,
    name: String,
    authorization: Option<HeaderValue>,
    limits: Limits,
    breaker: Breaker,
    /// Whether it refuses the fields that not every model takes.
    takes_plain: AtomicBool,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the address, which may hold a password, nor the key.
        f.debug_struct("Model")
            .field("name", &self.inner.name)
            .finish_non_exhaustive()
    }
}

/// Why a model gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It has failed too often and is left alone for a while.
    #[error("the model rests after several failures")]
    Resting,
    /// It could not be reached, or hung up.
    #[error("the model could not be reached: {0}")]
    Unreachable(String),
    /// It refused, with this HTTP status.
    #[error(
        "the model answered with status {0}; check --model-url, --model-name and SEGUE_MODEL_KEY"
    )]
    Refused(u16),
    /// It asks for a longer pause than a customer can wait.
    #[error("the model asks for a pause")]
    Busy,
    /// It took too long.
    #[error("the model took too long")]
    Slow,
    /// It did not stop.
    #[error("the model's answer was too long")]
    Endless,
    /// What came was not what the interface promises.
    #[error("the model's answer was not understood: {0}")]
    Garbled(&'static str),
}

impl Failure {
    /// Whether it says that the model is not well, rather than our question.
    fn is_illness(&self) -> bool {
        !matches!(self, Failure::Resting | Failure::Refused(400 | 413 | 422))
    }

    fn may_pass(&self) -> bool {
        matches!(
            self,
            Failure::Unreachable(_) | Failure::Refused(408 | 429 | 500..=599)
        )
    }
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// At its end.
    Whole,
    /// In the middle: at the model's own limit, or because the listener had enough.
    Cut,
}

impl Model {
    /// A client for a model. Nothing is asked yet. Fails on an address that is none.
    pub fn new(options: ModelOptions) -> Result<Self, String> {
        let url = completions(&options.url)?;
        let authorization = options.key.as_deref().map(bearer).transpose()?;
        let client = client(&options.limits)?;
        let limits = options.limits;
        Ok(Self {
            inner: Arc::new(Inner {
                client,
                url,
                name: options.name,
                authorization,
                breaker: Breaker::new(limits.failures, limits.rest),
                limits,
                takes_plain: AtomicBool::new(false),
            }),
        })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Its limits.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// Whether it has not failed lately.
    pub fn is_well(&self) -> bool {
        self.inner.breaker.is_closed()
    }

    /// Asks for an answer and hands on each piece of it as it comes, until `hear` has
    /// enough. A call that fails before the first word is made once more.
    pub async fn stream(
        &self,
        messages: &[Value],
        deadline: Instant,
        mut hear: impl FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Ending, Failure> {
        let pass = self.enter()?;
        let request = json!({
            "model": self.inner.name,
            "messages": messages,
            "stream": true,
            "temperature": 0.2,
            "max_tokens": 500,
        });
        let first = (Instant::now() + self.inner.limits.first_word).min(deadline);
        let done = async {
            let response = self.post(&request, first).await?;
            self.listen(response, first, deadline, &mut hear).await
        };
        tell(pass, done.await)
    }

    /// Asks for one JSON object. Fails on anything else, and is not tried again. How it
    /// goes does not count for the breaker: an answer may fail where a short call does not.
    pub async fn object(&self, messages: &[Value], deadline: Instant) -> Result<Value, Failure> {
        let request = json!({
            "model": self.inner.name,
            "messages": messages,
            "stream": false,
            "temperature": 0,
            "max_tokens": 400,
            "response_format": { "type": "json_object" },
        });
        let response = self.send(&request, deadline).await?;
        let body = self.read(response, deadline).await?;
        let answer: Value =
            serde_json::from_slice(&body).map_err(|_| Failure::Garbled("it is no JSON"))?;
        let content = answer["choices"][0]["message"]["content"].as_str();
        let content = content.ok_or(Failure::Garbled("it has no content"))?;
        serde_json::from_str(unfenced(content)).map_err(|_| Failure::Garbled("it is no object"))
    }

    fn enter(&self) -> Result<Pass, Failure> {
        self.inner
            .breaker
            .enter(Instant::now())
            .ok_or(Failure::Resting)
    }

    /// Posts, and once more if that failed in a way that may pass. Nothing has been heard
    /// by then, so nothing can be said twice.
    async fn post(&self, request: &Value, deadline: Instant) -> Result<Response, Failure> {
        let posted = self.post_patiently(request, deadline);
        posted.instrument(trace::call("model")).await
    }

    async fn post_patiently(
        &self,
        request: &Value,
        deadline: Instant,
    ) -> Result<Response, Failure> {
        match self.send(request, deadline).await {
            Err(failure) if failure.may_pass() => {
                let pause = self
                    .inner
                    .limits
                    .retry_within
                    .min(Duration::from_millis(250));
                if Instant::now() + pause >= deadline {
                    return Err(failure);
                }
                tokio::time::sleep(pause).await;
                self.send(request, deadline).await
            }
            done => done,
        }
    }

    /// Sends a request; to a model that does not take all of its fields, without them.
    async fn send(&self, request: &Value, deadline: Instant) -> Result<Response, Failure> {
        let plain = plain(request);
        if self.inner.takes_plain.load(Ordering::Relaxed) {
            return self.post_once(&plain, deadline).await;
        }
        match self.post_once(request, deadline).await {
            Err(Failure::Refused(400 | 422)) => {
                let done = self.post_once(&plain, deadline).await;
                self.inner
                    .takes_plain
                    .store(done.is_ok(), Ordering::Relaxed);
                done
            }
            done => done,
        }
    }

    async fn post_once(&self, request: &Value, deadline: Instant) -> Result<Response, Failure> {
        let mut headers = HeaderMap::new();
        trace::hand_on(&mut headers);
        let mut post = self
            .inner
            .client
            .post(self.inner.url.clone())
            .headers(headers)
            .header(CONTENT_TYPE, "application/json")
            .body(request.to_string());
        if let Some(authorization) = &self.inner.authorization {
            post = post.header(AUTHORIZATION, authorization.clone());
        }
        let response = timeout_at(deadline, post.send())
            .await
            .map_err(|_| Failure::Slow)?
            .map_err(unreachable)?;
        match response.status() {
            StatusCode::OK => Ok(response),
            status => {
                let later = response.headers().get(RETRY_AFTER);
                let later = later.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
                // Who names a long pause is not asked again within this answer.
                if later.is_some_and(|s| Duration::from_secs(s) > self.inner.limits.retry_within) {
                    return Err(Failure::Busy);
                }
                Err(Failure::Refused(status.as_u16()))
            }
        }
    }

    /// Reads the events of a stream up to its end, a limit, or enough.
    async fn listen(
        &self,
        response: Response,
        first: Instant,
        deadline: Instant,
        hear: &mut impl FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Ending, Failure> {
        let limits = &self.inner.limits;
        let mut read = 0;
        let bytes = response.bytes_stream().map(|piece| {
            let piece = piece.map_err(unreachable)?;
            read += piece.len();
            if read > limits.bytes {
                return Err(Failure::Endless);
            }
            Ok(piece)
        });
        let mut events = std::pin::pin!(bytes.eventsource());
        let mut next_by = first;
        loop {
            let event = match timeout_at(next_by, events.next()).await {
                Err(_) => return Err(Failure::Slow),
                // Neither an end nor a reason: it hung up.
                Ok(None) => return Err(Failure::Garbled("it ended without an end")),
                Ok(Some(Err(error))) => return Err(broken(error)),
                Ok(Some(Ok(event))) => event,
            };
            if event.data.trim() == "[DONE]" {
                return Ok(Ending::Whole);
            }
            let piece: Value = serde_json::from_str(&event.data)
                .map_err(|_| Failure::Garbled("an event is no JSON"))?;
            if piece.get("error").is_some() {
                return Err(Failure::Garbled("it sent an error"));
            }
            let choice = &piece["choices"][0];
            if let Some(text) = choice["delta"]["content"]
                .as_str()
                .filter(|t| !t.is_empty())
            {
                next_by = (Instant::now() + limits.between).min(deadline);
                if hear(text).is_break() {
                    return Ok(Ending::Cut);
                }
            }
            match choice["finish_reason"].as_str() {
                None => {}
                Some("stop") => return Ok(Ending::Whole),
                Some(_) => return Ok(Ending::Cut),
            }
        }
    }

    async fn read(&self, response: Response, deadline: Instant) -> Result<Vec<u8>, Failure> {
        let mut stream = response.bytes_stream();
        let mut body = Vec::new();
        loop {
            match timeout_at(deadline, stream.next()).await {
                Err(_) => return Err(Failure::Slow),
                Ok(None) => return Ok(body),
                Ok(Some(piece)) => body.extend_from_slice(&piece.map_err(unreachable)?),
            }
            if body.len() > self.inner.limits.bytes {
                return Err(Failure::Endless);
            }
        }
    }
}

fn client(limits: &Limits) -> Result<Client, String> {
    let settings = || {
        // A redirect could send the customers' words and the key to somebody else.
        Client::builder()
            .redirect(Policy::none())
            .connect_timeout(limits.first_word)
            .user_agent("segue")
    };
    crate::tls::client(settings)
        .map_err(|error| format!("could not set up the model's client: {error}"))
}

fn tell<T>(pass: Pass, done: Result<T, Failure>) -> Result<T, Failure> {
    match &done {
        Err(failure) if failure.is_illness() => pass.failed(Instant::now()),
        Ok(_) | Err(_) => pass.succeeded(),
    }
    done
}

/// A request without the fields that some models refuse.
fn plain(request: &Value) -> Value {
    let mut plain = request.clone();
    if let Some(fields) = plain.as_object_mut() {
        fields.retain(|name, _| matches!(name.as_str(), "model" | "messages" | "stream"));
    }
    plain
}

/// The address of the completions under that of the API.
fn completions(url: &str) -> Result<Url, String> {
    let base = url.trim_end_matches('/');
    let whole = if base.ends_with("/chat/completions") {
        base.to_string()
    } else {
        format!("{base}/chat/completions")
    };
    let url = Url::parse(&whole).map_err(|error| {
        format!("the model's address is none ({error}); give one such as http://127.0.0.1:8080/v1")
    })?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err("the model's address must begin with http:// or https://".into()),
    }
}

fn bearer(key: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.trim()))
        .map_err(|_| "SEGUE_MODEL_KEY holds something that no header can carry")?;
    value.set_sensitive(true);
    Ok(value)
}

/// Without the address, which may hold a password.
fn unreachable(error: reqwest::Error) -> Failure {
    Failure::Unreachable(error.without_url().to_string())
}

fn broken(error: eventsource_stream::EventStreamError<Failure>) -> Failure {
    match error {
        eventsource_stream::EventStreamError::Transport(failure) => failure,
        eventsource_stream::EventStreamError::Utf8(_) => Failure::Garbled("it is not UTF-8"),
        eventsource_stream::EventStreamError::Parser(_) => Failure::Garbled("it is no event"),
    }
}

/// An object that was wrapped in a code block all the same, or came after a thought.
fn unfenced(text: &str) -> &str {
    let text = text.rsplit_once("</think>").map_or(text, |(_, said)| said);
    let text = text.trim();
    let inside = text
        .strip_prefix("```json")
        .or_else(|| text.strip_prefix("```"))
        .and_then(|text| text.strip_suffix("```"));
    inside.unwrap_or(text).trim()
}
