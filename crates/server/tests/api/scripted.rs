//! A language model that a test plays: an address on loopback that does what it is told.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode, header};
use axum::routing::post;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What the model does when it is asked for an answer.
#[derive(Clone)]
pub enum Turn {
    /// Sends these bytes and hangs up.
    Sends(Vec<Vec<u8>>),
    /// Sends these bytes and says no more.
    FallsSilent(Vec<Vec<u8>>),
    /// Sends these bytes for ever.
    NeverStops(Vec<u8>),
    /// Does not even begin to answer.
    IsSilent,
    Refuses(u16, &'static [(&'static str, &'static str)]),
}

#[derive(Clone, Default)]
pub struct Script {
    /// The last one is repeated.
    pub turns: Arc<Mutex<VecDeque<Turn>>>,
    /// What it says that it notices.
    pub notices: Arc<Mutex<Value>>,
    /// What it makes of a sentence that it is to translate.
    pub translation: Arc<Mutex<String>>,
    /// What it makes of an agent's first message.
    pub introduction: Arc<Mutex<String>>,
    /// What it makes of a drafted article.
    pub article: Arc<Mutex<String>>,
    /// The requests that came, oldest first.
    pub asked: Arc<Mutex<Vec<Value>>>,
}

impl Script {
    /// How often it was asked for an answer.
    pub fn answers_asked(&self) -> usize {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .filter(|request| request["stream"] == true)
            .count()
    }
}

pub fn event(data: &Value) -> Vec<u8> {
    format!("data: {data}\n\n").into_bytes()
}

pub fn piece(text: &str) -> Vec<u8> {
    event(&json!({ "choices": [{ "delta": { "content": text } }] }))
}

pub fn done() -> Vec<u8> {
    b"data: [DONE]\n\n".to_vec()
}

/// A whole answer in pieces of a few letters.
pub fn says(text: &str) -> Turn {
    let letters: Vec<char> = text.chars().collect();
    let pieces = letters
        .chunks(7)
        .map(|some| piece(&some.iter().collect::<String>()));
    Turn::Sends(pieces.chain([done()]).collect())
}

async fn complete(State(script): State<Script>, body: Bytes) -> Response<Body> {
    let request: Value = serde_json::from_slice(&body).unwrap();
    let streams = request["stream"] == true;
    script.asked.lock().unwrap().push(request.clone());
    if !streams {
        let rules = request["messages"][0]["content"].as_str().unwrap();
        let content = if rules.starts_with("Translate") {
            let translation = script.translation.lock().unwrap();
            json!({ "sentences": [*translation] }).to_string()
        } else if rules.starts_with("A support agent sends") {
            let introduction = script.introduction.lock().unwrap();
            json!({ "message": *introduction }).to_string()
        } else if rules.starts_with("Support agents said") {
            json!({ "text": *script.article.lock().unwrap() }).to_string()
        } else {
            script.notices.lock().unwrap().to_string()
        };
        let answer = json!({ "choices": [{ "message": { "content": content } }] });
        return Response::new(answer.to_string().into());
    }
    let turn = {
        let mut turns = script.turns.lock().unwrap();
        let first = turns.front().cloned().unwrap();
        if turns.len() > 1 {
            turns.pop_front();
        }
        first
    };
    let bytes = |pieces: Vec<Vec<u8>>| stream::iter(pieces).map(Ok::<_, Infallible>);
    let body = match turn {
        Turn::Sends(pieces) => Body::from_stream(bytes(pieces)),
        Turn::FallsSilent(pieces) => Body::from_stream(bytes(pieces).chain(stream::pending())),
        Turn::NeverStops(piece) => {
            Body::from_stream(stream::repeat(piece).map(Ok::<_, Infallible>))
        }
        Turn::IsSilent => std::future::pending().await,
        Turn::Refuses(status, headers) => {
            let mut response = Response::new(Body::from("{\"error\":\"secret\"}"));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            for (name, value) in headers {
                response.headers_mut().insert(*name, value.parse().unwrap());
            }
            return response;
        }
    };
    let mut response = Response::new(body);
    let kind = "text/event-stream".parse().unwrap();
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Lets the script play on loopback; the address of its API.
pub async fn play(script: Script) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/v1/chat/completions", post(complete))
        .with_state(script);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}
