//! `segue demo`: a believable company, a shop on one side, the console on the other,
//! and simulated customers at the press of a button. Only for one's own machine: the
//! console opens without a password.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use rust_embed::RustEmbed;
use segue_core::access::Role;
use segue_core::attempt::{Attempt, Outcome};
use segue_core::conversation::Conversation;
use segue_core::event::{AgentName, Body, Disposition, Fact, Message, ResolvedBy, Role as Speaker};
use segue_core::ids::{AgentId, ContactId, ConversationId, WorkspaceId};
use segue_core::policy::Timings;
use segue_core::signal::Trigger;
use segue_core::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};
use segue_core::words::Words;
use segue_store::{Contact, Handoff, NewAgent, Person, Session, Tx, Workspace};
use serde::Deserialize;

use crate::desk::{Desk, Error, Inbound, Place};
use crate::edge::{Moment, hash_of, secret};
use crate::http::{App, Problem, hash_password};

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

#[derive(Clone, Deserialize)]
struct Customer {
    name: String,
    email: String,
    plan: String,
    vip: bool,
    signed_up_days_ago: i64,
    language: String,
    turns: Vec<String>,
}

#[derive(Deserialize)]
struct DemoAgent {
    name: String,
    email: String,
    role: Role,
    capacity: i64,
}

/// A conversation of the weeks before.
#[derive(Deserialize)]
struct Past {
    contact_name: String,
    contact_email: String,
    days_ago: i64,
    handled_by: String,
    csat: Option<u8>,
    repeated: Option<bool>,
    first_reply_seconds: Option<i64>,
    disposition: Disposition,
    triggers: Vec<Trigger>,
    messages: Vec<PastMessage>,
}

#[derive(Deserialize)]
struct PastMessage {
    role: Speaker,
    text: String,
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
                "{} articles; making agents and four weeks of history",
                imported.added
            ));
            seed_people(desk, workspace.clone()).await?;
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

async fn seed_people(desk: &Desk, workspace: Workspace) -> Result<(), Error> {
    let agents: Vec<DemoAgent> = read_json("agents.json")?;
    let history: Vec<Past> = read_json("history.json")?;
    let password_hash = tokio::task::spawn_blocking(|| hash_password(PASSWORD))
        .await
        .unwrap_or_default();
    let moment = desk.clock.moment();
    desk.store
        .write(move |tx| {
            let moment = moment.again();
            let mut workspace = workspace.clone();
            workspace.name = "Fernhill Outfitters".into();
            workspace.settings.brand_color = "#1f6f54".into();
            tx.update_workspace(&workspace)?;
            let mut names = Vec::new();
            for agent in &agents {
                let id: AgentId = moment.id();
                names.push(AgentName {
                    id: id.clone(),
                    name: agent.name.clone(),
                });
                let new = NewAgent {
                    id,
                    workspace_id: workspace.id.clone(),
                    email: agent.email.clone(),
                    name: agent.name.clone(),
                    role: agent.role,
                    password_hash: password_hash.clone(),
                    capacity: agent.capacity,
                };
                tx.add_agent(&new, moment.now)?;
            }
            for (n, past) in history.iter().enumerate() {
                seed_past(tx, &workspace, &moment, past, &names[n % names.len()])?;
            }
            Ok(())
        })
        .await
}

/// Enters a conversation of the past as it would have been recorded then.
fn seed_past(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    moment: &Moment,
    past: &Past,
    agent: &AgentName,
) -> Result<(), Error> {
    let inbox = tx
        .inboxes(&workspace.id)?
        .into_iter()
        .next()
        .ok_or(Error::NotFound)?;
    let began = moment.now.plus(-past.days_ago * DAY_MS - 3 * HOUR_MS);
    let contact_id = contact_of(
        tx,
        workspace,
        moment,
        &past.contact_name,
        &past.contact_email,
        began,
    )?;
    let id: ConversationId = moment.id();
    let (mut conversation, first) = Conversation::start(
        id.clone(),
        workspace.id.clone(),
        inbox.id.clone(),
        contact_id,
        "en",
        began,
    );
    let mut events = vec![first];
    let mut attempts = Vec::new();
    let mut at = began;
    let mut handoff: Option<Handoff> = None;
    for said in &past.messages {
        at = at.plus(20 * SECOND_MS);
        if said.role == Speaker::Agent && handoff.is_none() {
            let waited_ms = past.first_reply_seconds.unwrap_or(120) * SECOND_MS;
            let handoff_id: segue_core::ids::HandoffId = moment.id();
            events.push(conversation.record(
                at,
                conversation.hand_off(handoff_id.clone(), past.triggers.clone(), None)?,
                None,
            ));
            let accepted = conversation.accept(agent.clone(), conversation.epoch)?;
            events.push(conversation.record(at.plus(waited_ms * 2 / 3), accepted, None));
            handoff = Some(Handoff {
                id: handoff_id,
                workspace_id: workspace.id.clone(),
                conversation_id: id.clone(),
                inbox_id: inbox.id.clone(),
                at,
                reasons: past.triggers.clone(),
                package: None,
                promise: None,
                accepted_at: Some(at.plus(waited_ms * 2 / 3)),
                agent_id: Some(agent.id.clone()),
                first_reply_at: Some(at.plus(waited_ms)),
                ended_at: None,
                outcome: None,
            });
            at = at.plus(waited_ms);
        }
        let attempt_id = (said.role == Speaker::Assistant).then(|| moment.id());
        let message = Message {
            message_id: moment.id(),
            role: said.role,
            agent: (said.role == Speaker::Agent).then(|| agent.clone()),
            private: false,
            template: None,
            client_message_id: None,
            attempt_id: attempt_id.clone(),
            offers_person: false,
        };
        if let Some(attempt_id) = attempt_id {
            attempts.push(Attempt {
                id: attempt_id,
                message_id: message.message_id.clone(),
                at,
                suggestion: said.text.clone(),
                article_id: None,
                article_title: None,
                outcome: if past.handled_by == "assistant" {
                    Outcome::Helped
                } else {
                    Outcome::DidNotHelp
                },
                outcome_words: None,
            });
        }
        events.push(conversation.record(at, Fact::MessageAdded(message), Body::text(&*said.text)));
    }
    at = at.plus(2 * MINUTE_MS);
    let by = match &handoff {
        Some(_) => ResolvedBy::Agent {
            agent: agent.clone(),
        },
        None => ResolvedBy::Customer,
    };
    let disposition = handoff.is_some().then_some(past.disposition);
    events.push(conversation.record(at, conversation.resolve(by, disposition)?, None));
    if let Some(score) = past.csat {
        events.push(conversation.record(at, conversation.rate(score, past.repeated)?, None));
    }
    tx.add_conversation(&conversation, &Timings::default(), at)?;
    for event in &events {
        tx.add_event(&workspace.id, &id, event)?;
    }
    for attempt in &attempts {
        tx.add_attempt(&workspace.id, &id, attempt)?;
    }
    if let Some(mut handoff) = handoff {
        handoff.ended_at = Some(at);
        let name = serde_json::to_value(past.disposition).unwrap_or_default();
        handoff.outcome = name.as_str().map(str::to_string);
        tx.add_handoff(&handoff)?;
    }
    if let Some(score) = past.csat {
        let served_by = if conversation.handed_off {
            "handoff"
        } else {
            "assistant"
        };
        tx.add_rating(&workspace.id, &id, score, past.repeated, served_by, at)?;
    }
    Ok(())
}

fn contact_of(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    moment: &Moment,
    name: &str,
    email: &str,
    created_at: Timestamp,
) -> Result<ContactId, Error> {
    if let Some(contact) = tx.contacts(&workspace.id, Some(email), None, 1)?.pop() {
        return Ok(contact.id);
    }
    let contact = Contact {
        id: moment.id(),
        workspace_id: workspace.id.clone(),
        person: Person {
            name: Some(name.into()),
            email: Some(email.into()),
            ..Person::default()
        },
        plan: "free".into(),
        vip: false,
        signed_up_at: Some(created_at.plus(-90 * DAY_MS)),
        created_at,
    };
    tx.add_contact(&contact)?;
    Ok(contact.id)
}

/// What the demo's own pages may do: they frame the shop and the console.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The routes of the demonstration.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/demo", get(|| async { page("page.html", None) }))
        .route("/demo/shop", get(shop))
        .route("/demo/enter", get(enter))
        .route("/demo/customers", post(send_customers))
        .route(
            "/demo/{file}",
            get(|Path(file): Path<String>| async move { page(&file, None) }),
        )
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

async fn shop(State(app): State<App>) -> Response {
    let key = app.demo().map(|demo| demo.place.inbox.site_key.clone());
    page("shop.html", key.as_deref())
}

/// Opens the console signed in as the demo's first agent, online.
async fn enter(State(app): State<App>) -> Result<Response, Problem> {
    let demo = app.demo().ok_or_else(Problem::not_found)?;
    let key = secret("sgs");
    let session = Session {
        workspace_id: demo.place.workspace.id.clone(),
        agent_id: demo.first_agent.clone(),
        csrf: secret("csrf"),
    };
    let (hash, now, agent_id) = (
        hash_of(&key),
        app.desk.clock.now(),
        demo.first_agent.clone(),
    );
    app.desk
        .store
        .write(move |tx| {
            tx.set_presence(
                &session.workspace_id,
                &agent_id,
                segue_store::Presence::Online,
                now,
            )?;
            tx.add_session(&hash, &session, now, now.plus(DAY_MS))
        })
        .await?;
    let cookie = format!("segue_session={key}; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/console/")).into_response())
}

/// Customers sent at one press of the button.
const AT_ONCE: usize = 3;

async fn send_customers(State(app): State<App>) -> Result<Response, Problem> {
    let demo = app.demo().ok_or_else(Problem::not_found)?;
    if demo.customers.is_empty() {
        return Err(Problem::not_found());
    }
    let first = demo.next.fetch_add(AT_ONCE, Ordering::Relaxed);
    let mut names = Vec::new();
    for n in first..first + AT_ONCE {
        let customer = demo.customers[n % demo.customers.len()].clone();
        names.push(customer.name.clone());
        let (desk, place) = (app.desk.clone(), demo.place.clone());
        let patience = Duration::from_millis(600 * (n - first) as u64);
        tokio::spawn(async move {
            tokio::time::sleep(patience).await;
            if let Err(error) = play(&desk, place, customer).await {
                tracing::warn!(%error, "a simulated customer stumbled");
            }
        });
    }
    Ok((
        StatusCode::ACCEPTED,
        Json(serde_json::json!({ "customers": names })),
    )
        .into_response())
}

/// Plays a customer: says each line after the assistant has answered the one before.
async fn play(desk: &Desk, place: Arc<Place>, customer: Customer) -> Result<(), Error> {
    let (contact_id, _) = desk.arrive(place.clone()).await?;
    let (workspace_id, id, known) = (
        place.workspace.id.clone(),
        contact_id.clone(),
        customer.clone(),
    );
    let now = desk.clock.now();
    desk.store
        .write(move |tx| {
            let mut contact = tx.contact(&workspace_id, &id)?.ok_or(Error::NotFound)?;
            contact.person.name = Some(known.name.clone());
            contact.person.email = Some(known.email.clone());
            contact.plan = known.plan.clone();
            contact.vip = known.vip;
            contact.signed_up_at = Some(now.plus(-known.signed_up_days_ago * DAY_MS));
            Ok::<_, Error>(tx.update_contact(&contact)?)
        })
        .await?;
    let language = Words::of(&customer.language).language.to_string();
    let conversation = desk
        .open(place.clone(), contact_id.clone(), language)
        .await?;
    for (n, text) in customer.turns.iter().enumerate() {
        let inbound = Inbound {
            conversation_id: conversation.id.clone(),
            contact_id: contact_id.clone(),
            client_message_id: format!("simulated-{n}"),
            text: text.clone(),
        };
        let heard = desk.receive(place.clone(), inbound).await?;
        if !answered(desk, &place.workspace.id, &conversation.id, heard.seq).await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    Ok(())
}

/// Waits for the assistant's words after `seq`; `false` once somebody else owns it.
async fn answered(
    desk: &Desk,
    workspace_id: &WorkspaceId,
    id: &ConversationId,
    seq: u64,
) -> Result<bool, Error> {
    for _ in 0..100 {
        let (workspace_id, id) = (workspace_id.clone(), id.clone());
        let conversation = desk
            .store
            .read(move |tx| tx.conversation(&workspace_id, &id)?.ok_or(Error::NotFound))
            .await?;
        if conversation.owner() != segue_core::conversation::Owner::Assistant {
            return Ok(false);
        }
        if conversation.seq > seq {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(true)
}
