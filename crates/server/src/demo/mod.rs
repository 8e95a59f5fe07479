//! `segue demo`: a believable company, a shop on one side, the console on the other,
//! and simulated customers at the press of a button. Only for one's own machine: the
//! console opens without a password.

mod months;
mod play;
mod seed;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::RustEmbed;
use segue_core::access::Role;
use segue_core::ids::AgentId;
use segue_core::time::DAY_MS;
use segue_store::Session;

use crate::desk::{Desk, Error, Milestone, Place};
use crate::edge::{hash_of, secret};
use crate::http::{App, Doors, May, Problem};
use months::seed_months;
use play::{Customer, send_customers};
use seed::seed_people;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../demo"]
struct Files;

/// The password of the demo's agents, for signing in by hand.
pub const PASSWORD: &str = "fernhill-demo";

/// A seeded demonstration.
pub struct Demo {
    place: Arc<Place>,
    first_agent: AgentId,
    customers: Vec<Customer>,
    next: AtomicUsize,
}

impl Demo {
    /// Seeds the company into an empty database; a second start finds it there. `tell`
    /// hears what is being done.
    pub async fn seed(desk: &Desk, tell: impl Fn(&str)) -> Result<Self, Error> {
        let workspace = desk
            .store
            .read(|tx| tx.first_workspace().map_err(Error::from))
            .await?
            .ok_or(Error::NotFound)?;
        let id = workspace.id.clone();
        let agents = desk
            .store
            .read(move |tx| tx.agents(&id).map_err(Error::from))
            .await?;
        if agents.is_empty() {
            tell("importing the knowledge base of Fernhill Outfitters");
            let files = Files::iter()
                .filter(|name| name.starts_with("kb/"))
                .filter_map(|name| {
                    let bytes = Files::get(&name)?.data.into_owned();
                    Some((name.trim_start_matches("kb/").to_string(), bytes))
                });
            let imported = desk
                .import(&workspace.id, files.collect(), |_, _| {})
                .await?;
            for fault in &imported.faults {
                tell(&format!("left out {}: {}", fault.name, fault.fault));
            }
            tell(&format!(
                "{} articles; making agents and three months of history",
                imported.added
            ));
            seed_people(desk, workspace.clone()).await?;
            let past = seed_months(desk, &workspace.id).await?;
            // It happened before anybody counted.
            desk.recount(&workspace.id).await?;
            tell(&format!("{past} conversations of the last three months"));
            // The demonstration plays a company that serves customers already.
            desk.pass(&workspace.id, Milestone::Live).await?;
        }
        let id = workspace.id.clone();
        let (first_agent, inbox_id) = desk
            .store
            .read(move |tx| {
                let agent = tx
                    .agents(&id)?
                    .into_iter()
                    .find(|agent| agent.role == Role::Admin)
                    .ok_or(Error::NotFound)?;
                let inbox = tx.inboxes(&id)?.into_iter().next().ok_or(Error::NotFound)?;
                Ok::<_, Error>((agent.id, inbox.id))
            })
            .await?;
        let place = desk.place(&workspace.id, &inbox_id).await?;
        Ok(Self {
            place,
            first_agent,
            customers: read_json("customers.json")?,
            next: AtomicUsize::new(0),
        })
    }
}

fn read_json<T: serde::de::DeserializeOwned>(name: &str) -> Result<T, Error> {
    let file = Files::get(name).ok_or(Error::NotFound)?;
    serde_json::from_slice(&file.data).map_err(|error| {
        tracing::error!(%error, name, "a file of the demo does not read");
        Error::Invalid("a file of the demo does not read")
    })
}

/// What the demo's own pages may do: they frame the shop and the console.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// The routes of the demonstration.
pub fn doors(demo: Demo) -> Doors {
    let player = May::Anybody("the demonstration is for whoever sits at this machine");
    Doors::new()
        .get("/demo", player, || async { page("page.html", None) })
        .get("/demo/shop", player, shop)
        .get("/demo/enter", player, enter)
        .post("/demo/customers", player, send_customers)
        .get(
            "/demo/{file}",
            player,
            |Path(file): Path<String>| async move { page(&file, None) },
        )
        .behind(|router| router.layer(Extension(Arc::new(demo))))
}

fn page(name: &str, inbox_key: Option<&str>) -> Response {
    let is_public =
        ["html", "css", "js", "svg"].contains(&name.rsplit('.').next().unwrap_or_default());
    let Some(file) = Files::get(name).filter(|_| is_public) else {
        return Problem::not_found().into_response();
    };
    let mut text = String::from_utf8_lossy(&file.data).into_owned();
    if let Some(key) = inbox_key {
        text = text.replace("{{inbox_key}}", key);
    }
    let kind = crate::http::content_type(name);
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        ],
        text,
    )
        .into_response()
}

async fn shop(Extension(demo): Extension<Arc<Demo>>) -> Response {
    page("shop.html", Some(&demo.place.inbox.site_key))
}

/// Opens the console signed in as the demo's first agent, online.
async fn enter(
    State(app): State<App>,
    Extension(demo): Extension<Arc<Demo>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // A name elsewhere that points here must not open the console.
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let name = host
        .and_then(|host| host.rsplit_once(':'))
        .map(|(name, _)| name);
    if !name.is_some_and(|name| ["127.0.0.1", "localhost", "[::1]"].contains(&name)) {
        return Err(Problem::forbidden("open the demonstration at 127.0.0.1"));
    }
    let key = secret("sgs");
    let moment = app.desk.clock.moment();
    let (hash, now, agent_id) = (hash_of(&key), moment.now, demo.first_agent.clone());
    let session = Session {
        id: moment.id(),
        workspace_id: demo.place.workspace.id.clone(),
        agent_id: agent_id.clone(),
        csrf: secret("csrf"),
        browser: "demo".into(),
        created_at: now,
        seen_at: now,
    };
    app.desk
        .store
        .write(move |tx| {
            tx.set_presence(
                &session.workspace_id,
                &agent_id,
                segue_store::Presence::Online,
                None,
                now,
            )?;
            tx.add_session(&hash, &session, now.plus(DAY_MS))
        })
        .await?;
    let cookie = format!("segue_session={key}; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/console/")).into_response())
}
