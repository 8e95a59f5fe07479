//! The doors, declared once: method, path, who may come in, and what is done for them.
//! The router is made of these rows and of nothing else, so there is no route without a
//! row. A row is not a note about its handler: whoever may not come in is turned away
//! here, before the handler sees anything of the request. The tests walk the same rows
//! as everybody, with everybody's ids (`tests/api/walk.rs`).
//!
//! A handler behind a row takes who came in as an argument ([`Visitor`], [`SignedIn`],
//! [`Caller`]); behind any other row that argument turns everybody away.

use std::pin::Pin;

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use segue_core::access::{Permission, Scope};

use super::App;
use super::problem::Problem;
use super::session::{SignedIn, check_csrf};
use super::v1::{Caller, answer_once};
use super::visitor::{Visitor, bearer};

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// Everybody, for this reason.
    Anybody(&'static str),
    /// A customer's browser, by the visitor's key in the Authorization header.
    Visitor,
    /// An agent who has signed in and whose role may; writes carry the CSRF token too.
    Agent(Permission),
    /// A program whose API token has the scope.
    Program(Scope),
}

/// One door.
#[derive(Clone, Debug)]
pub struct Row {
    /// The method; GET answers HEAD too.
    pub method: Method,
    /// The path as the router matches it, `/api/console/conversations/{id}`. What stands
    /// in braces is an id of the thing that the part before it names.
    pub path: &'static str,
    /// Who may.
    pub who: May,
}

/// Doors with what is done behind them.
#[derive(Default)]
pub struct Doors {
    rows: Vec<Row>,
    router: Router<App>,
}

impl Doors {
    /// No doors yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A door to read by.
    pub fn get<H, T>(self, path: &'static str, who: May, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add((Method::GET, MethodFilter::GET), path, who, handler)
    }

    /// A door to write by.
    pub fn post<H, T>(self, path: &'static str, who: May, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add((Method::POST, MethodFilter::POST), path, who, handler)
    }

    /// A door to change what is there.
    pub fn put<H, T>(self, path: &'static str, who: May, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add((Method::PUT, MethodFilter::PUT), path, who, handler)
    }

    /// A door to change parts of what is there.
    pub fn patch<H, T>(self, path: &'static str, who: May, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add((Method::PATCH, MethodFilter::PATCH), path, who, handler)
    }

    /// A door to remove by.
    pub fn delete<H, T>(self, path: &'static str, who: May, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add((Method::DELETE, MethodFilter::DELETE), path, who, handler)
    }

    fn add<H, T>(
        mut self,
        (method, filter): (Method, MethodFilter),
        path: &'static str,
        who: May,
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.rows.push(Row { method, path, who });
        self.router = self
            .router
            .route(path, on(filter, Guarded { who, handler }));
        self
    }

    /// These doors and others.
    pub fn merge(mut self, other: Doors) -> Self {
        self.rows.extend(other.rows);
        self.router = self.router.merge(other.router);
        self
    }

    /// These doors behind a layer: limits, headers. It can add no route.
    pub fn behind(mut self, layer: impl FnOnce(Router<App>) -> Router<App>) -> Self {
        self.router = layer(self.router);
        self
    }

    /// What was declared.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The router that does it.
    pub(super) fn into_router(self) -> Router<App> {
        self.router
    }
}

/// A handler behind its door.
#[derive(Clone)]
struct Guarded<H> {
    who: May,
    handler: H,
}

impl<H, T> Handler<T, App> for Guarded<H>
where
    H: Handler<T, App>,
    T: 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, app: App) -> Self::Future {
        Box::pin(async move {
            let response = match self.who {
                // What anybody may see may be kept by anybody, if its handler says so.
                May::Anybody(_) => return self.handler.call(request, app).await,
                May::Visitor | May::Agent(_) => match admit(self.who, &app, request).await {
                    Ok(request) => self.handler.call(request, app).await,
                    Err(problem) => problem.into_response(),
                },
                May::Program(scope) => match admit_program(scope, &app, request).await {
                    Ok((caller, request)) => {
                        let inner = app.clone();
                        let run = move |request| self.handler.call(request, inner);
                        answer_once(&app, &caller, request, run).await
                    }
                    Err(problem) => problem.into_response(),
                },
            };
            unkept(response)
        })
    }
}

/// No cache on the way may keep an answer that was meant for one reader.
fn unkept(mut response: Response) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

async fn admit(who: May, app: &App, request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    match who {
        May::Visitor => {
            let key = bearer(&parts)
                .ok_or_else(|| Problem::unauthorized("send the visitor's key as a bearer token"))?;
            let visitor: Visitor = app.visitor(key).await?;
            parts.extensions.insert(visitor);
        }
        May::Agent(permission) => {
            let signed_in: SignedIn = app.signed_in(&parts.headers).await?;
            check_csrf(&parts, &signed_in)?;
            signed_in.must(permission)?;
            parts.extensions.insert(signed_in);
        }
        May::Anybody(_) | May::Program(_) => {}
    }
    Ok(Request::from_parts(parts, body))
}

async fn admit_program(
    scope: Scope,
    app: &App,
    request: Request,
) -> Result<(Caller, Request), Problem> {
    let (mut parts, body) = request.into_parts();
    let caller: Caller = app.caller(&parts).await?;
    caller.must(scope)?;
    parts.extensions.insert(caller.clone());
    Ok((caller, Request::from_parts(parts, body)))
}

/// Who came in by a door, as its handler's argument.
pub(super) fn admitted<A: Clone + Send + Sync + 'static>(parts: &Parts) -> Result<A, Problem> {
    let found = parts.extensions.get::<A>().cloned();
    found.ok_or_else(|| Problem::unauthorized("nobody came in by this door"))
}
