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
use segue_core::ids::WorkspaceId;
use segue_store::on_behalf_of;

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
    /// Whether limits count here. None stands before the wish for a person (P19).
    pub is_limited: bool,
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

    /// The door of the wish for a person (P19): a write that no limit refuses.
    pub fn wish<H, T>(self, path: &'static str, who: May, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let row = Row {
            method: Method::POST,
            path,
            who,
            is_limited: false,
        };
        self.enter(row, MethodFilter::POST, handler)
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
        self,
        (method, filter): (Method, MethodFilter),
        path: &'static str,
        who: May,
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let row = Row {
            method,
            path,
            who,
            is_limited: true,
        };
        self.enter(row, filter, handler)
    }

    fn enter<H, T>(mut self, row: Row, filter: MethodFilter, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let guarded = Guarded {
            who: row.who,
            is_limited: row.is_limited,
            handler,
        };
        self.router = self.router.route(row.path, on(filter, guarded));
        self.rows.push(row);
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
    is_limited: bool,
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
                May::Visitor | May::Agent(_) => {
                    match admit(self.who, self.is_limited, &app, request).await {
                        Ok((workspace_id, request)) => {
                            on_behalf_of(workspace_id, self.handler.call(request, app)).await
                        }
                        Err(problem) => problem.into_response(),
                    }
                }
                May::Program(scope) => {
                    match admit_program(scope, self.is_limited, &app, request).await {
                        Ok((caller, request)) => {
                            let (inner, workspace_id) = (app.clone(), caller.workspace_id.clone());
                            let run = move |request| {
                                on_behalf_of(workspace_id, self.handler.call(request, inner))
                            };
                            answer_once(&app, &caller, request, run).await
                        }
                        Err(problem) => problem.into_response(),
                    }
                }
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

/// Lets a visitor or an agent in, with whose workspace it is.
async fn admit(
    who: May,
    is_limited: bool,
    app: &App,
    request: Request,
) -> Result<(WorkspaceId, Request), Problem> {
    let (mut parts, body) = request.into_parts();
    let workspace_id = if let May::Agent(permission) = who {
        let signed_in: SignedIn = app.signed_in(&parts.headers).await?;
        check_csrf(&parts, &signed_in)?;
        signed_in.must(permission)?;
        if is_limited {
            app.take_for_agent(&signed_in)?;
        }
        let workspace_id = signed_in.agent.workspace_id.clone();
        parts.extensions.insert(signed_in);
        workspace_id
    } else {
        let key = bearer(&parts)
            .ok_or_else(|| Problem::unauthorized("send the visitor's key as a bearer token"))?;
        let visitor: Visitor = app.visitor(key).await?;
        if !visitor.opens_path(parts.uri.path()) {
            return Err(Problem::not_found());
        }
        if is_limited {
            app.take_for_visitor(&visitor, &parts.method)?;
        }
        let workspace_id = visitor.workspace_id.clone();
        parts.extensions.insert(visitor);
        workspace_id
    };
    Ok((workspace_id, Request::from_parts(parts, body)))
}

async fn admit_program(
    scope: Scope,
    is_limited: bool,
    app: &App,
    request: Request,
) -> Result<(Caller, Request), Problem> {
    let (mut parts, body) = request.into_parts();
    let caller: Caller = app.caller(&parts, is_limited).await?;
    caller.must(scope)?;
    if is_limited {
        app.take_for_workspace(&caller.workspace_id)?;
    }
    parts.extensions.insert(caller.clone());
    Ok((caller, Request::from_parts(parts, body)))
}

impl App {
    fn take_for_agent(&self, signed_in: &SignedIn) -> Result<(), Problem> {
        let (agent, now) = (&signed_in.agent, self.desk.clock.now());
        self.limits.take(agent.id.as_str(), self.rates.agent, now)?;
        self.take_for_workspace(&agent.workspace_id)
    }

    /// What a visitor reads is counted here; what they write, with the handler, by what
    /// it is.
    fn take_for_visitor(&self, visitor: &Visitor, method: &Method) -> Result<(), Problem> {
        if *method == Method::GET || *method == Method::HEAD {
            let key = format!("reading {}", visitor.contact_id);
            let now = self.desk.clock.now();
            self.limits.take(&key, self.rates.reading, now)?;
        }
        self.take_for_workspace(&visitor.workspace_id)
    }

    /// Somebody does something in a workspace.
    pub(super) fn take_for_workspace(&self, workspace_id: &WorkspaceId) -> Result<(), Problem> {
        let now = self.desk.clock.now();
        self.limits
            .take(workspace_id.as_str(), self.rates.workspace, now)
    }
}

/// Who came in by a door, as its handler's argument.
pub(super) fn admitted<A: Clone + Send + Sync + 'static>(parts: &Parts) -> Result<A, Problem> {
    let found = parts.extensions.get::<A>().cloned();
    found.ok_or_else(|| Problem::unauthorized("nobody came in by this door"))
}
