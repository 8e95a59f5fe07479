//! The doors: widget, console, public API, sockets, pages. They translate and never
//! decide.

mod address;
mod console;
mod console_socket;
mod docs;
pub(crate) mod doors;
mod files;
mod guard;
mod inboxes;
mod limits;
mod links;
mod measures;
mod metrics;
mod observe;
mod pages;
mod problem;
pub mod schemas;
mod search;
mod seats;
mod session;
mod sheet;
mod show;
mod v1;
mod visitor;
mod webhooks;
mod widget;
mod widget_socket;

use std::any::Any;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::PrometheusHandle;
use segue_sense::read::Sharpness;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

pub use address::Proxies;
pub use console_socket::is_console_frame;
pub use docs::openapi;
pub use doors::{Doors, May, Row};
pub use limits::{Rate, Rates};
pub use metrics::{inside, recorder};
pub(crate) use pages::content_type;
pub use problem::Problem;
pub use session::hash_password;
pub use widget_socket::is_widget_frame;

use crate::channels::Mailer;
use crate::desk::Desk;
use crate::fetch::Fetcher;
use crate::live::Hub;
use limits::Limits;
use observe::{HELD_BACK, observe};
use seats::Seats;
use visitor::Visitor;

/// What a connection takes up for as long as it lives. A socket keeps it when the
/// connection has become its own.
#[derive(Clone)]
pub struct Connection {
    _held: Arc<dyn Any + Send + Sync>,
}

impl Connection {
    /// Keeps `held` until the last clone is gone.
    pub fn holding(held: impl Any + Send + Sync) -> Self {
        Self {
            _held: Arc::new(held),
        }
    }
}

/// What every door works with. It is cloned several times for each request, so a clone is
/// one count.
#[derive(Clone)]
pub struct App(Arc<Shared>);

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What all clones of an [`App`] share.
#[derive(Clone)]
pub struct Shared {
    /// The verbs.
    pub desk: Desk,
    /// The sockets of this node.
    pub hub: Hub,
    /// What callers may do.
    pub rates: Arc<Rates>,
    /// Reads pages of the web for users who name their address.
    pub fetcher: Fetcher,
    /// The mail server of the command line, which wins over what the console says.
    pub mailer: Option<Arc<Mailer>>,
    /// Whose word is taken for where a caller is.
    pub proxies: Proxies,
    limits: Arc<Limits>,
    seats: Seats,
    /// Room for answers that leave later.
    held_back: Arc<Semaphore>,
    visitors: Arc<Mutex<HashMap<String, Visitor>>>,
    metrics: Option<PrometheusHandle>,
    /// What opens `/metrics` on the public address.
    metrics_token: Option<Arc<str>>,
}

/// The largest body that any door takes, beside articles.
const BODY_LIMIT: usize = 64 * 1024;

impl App {
    /// The doors over a desk and a hub.
    pub fn new(desk: Desk, hub: Hub, rates: Rates) -> Self {
        Self(Arc::new(Shared {
            desk,
            hub,
            rates: Arc::new(rates),
            fetcher: Fetcher::default(),
            mailer: None,
            proxies: Proxies::default(),
            limits: Arc::default(),
            seats: Seats::default(),
            held_back: Arc::new(Semaphore::new(HELD_BACK)),
            visitors: Arc::default(),
            metrics: None,
            metrics_token: None,
        }))
    }

    /// Nobody shares it yet while it is put together.
    fn with(mut self, set: impl FnOnce(&mut Shared)) -> Self {
        set(Arc::make_mut(&mut self.0));
        self
    }

    /// Reads pages with this instead, which may allow more than the public web.
    pub fn with_fetcher(self, fetcher: Fetcher) -> Self {
        self.with(|shared| shared.fetcher = fetcher)
    }

    /// Lets callers do more or less than it was made with.
    pub fn with_rates(self, rates: Rates) -> Self {
        self.with(|shared| shared.rates = Arc::new(rates))
    }

    /// Sends mail through the server that the command line names.
    pub fn with_mailer(self, mailer: Option<Arc<Mailer>>) -> Self {
        self.with(|shared| shared.mailer = mailer)
    }

    /// Believes these proxies.
    pub fn with_proxies(self, proxies: Proxies) -> Self {
        self.with(|shared| shared.proxies = proxies)
    }

    /// Shows what a recorder collects, under `/metrics` only to who has the token.
    pub fn with_metrics(self, handle: PrometheusHandle, token: Option<String>) -> Self {
        self.with(|shared| {
            shared.metrics = Some(handle);
            shared.metrics_token = token.map(Into::into);
        })
    }
}

/// Every door of the product. There is no other way in: the router is made of these.
pub fn doors() -> Doors {
    let no_store = SetResponseHeaderLayer::overriding(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store"),
    );
    let api = Doors::new()
        .merge(widget::doors())
        .merge(console::doors())
        .merge(v1::doors())
        .merge(inboxes::doors())
        .merge(webhooks::doors())
        .behind(|router| router.layer(DefaultBodyLimit::max(BODY_LIMIT)))
        .merge(console::article_doors())
        .merge(files::doors())
        .merge(v1::mail_doors())
        .behind(|router| router.layer(no_store));
    let watcher = May::Anybody("says whether the host is well, and nothing else");
    Doors::new()
        .merge(api)
        .merge(widget_socket::doors())
        .merge(console_socket::doors())
        .merge(pages::doors())
        .merge(docs::doors())
        .merge(schemas::doors())
        .get("/health/live", watcher, || async { "live" })
        .get("/health/ready", watcher, ready)
        .get(
            "/metrics",
            May::Anybody("the token is what lets in"),
            metrics::show,
        )
}

/// The router of every door, and of `more` that who starts the process adds.
pub fn router(app: App, more: Doors) -> Router {
    let router = doors().merge(more).into_router();
    let nosniff = SetResponseHeaderLayer::overriding(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    let no_referrer = SetResponseHeaderLayer::overriding(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    router
        .fallback(|| async { Problem::not_found() })
        .layer(nosniff)
        .layer(no_referrer)
        .layer(CatchPanicLayer::custom(|_| internal()))
        .layer(from_fn_with_state(app.clone(), observe))
        .with_state(app)
}

fn internal() -> Response {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "something is wrong on our side",
    )
    .into_response()
}

/// Ready means that the database answers. The second line says how texts are read.
async fn ready(State(app): State<App>) -> Response {
    if app.hub.is_closing() {
        let detail = "this server stops and takes nobody new";
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "going_away", detail).into_response();
    }
    match app.desk.store.read(|tx| tx.first_workspace()).await {
        Ok(_) => {
            let reading = match app.desk.knowledge.reader().sharpness() {
                Sharpness::Vectors => "with sentence vectors",
                Sharpness::Resting => {
                    "with sentence vectors; the sentence model rests until somebody writes"
                }
                Sharpness::Opening => "the sentence model is being opened, and texts wait for it",
                Sharpness::Lexical => "lexical mode, without the sentence model",
            };
            format!("ready\nreading: {reading}\n").into_response()
        }
        Err(error) => Problem::from(error).into_response(),
    }
}
