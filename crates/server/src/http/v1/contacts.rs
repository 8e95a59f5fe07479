//! Customers, made known and listed.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use segue_core::ids::ContactId;
use segue_core::ids::kind::Contact as ContactKind;
use segue_core::package::Activity;
use segue_core::time::Timestamp;
use segue_store::{Contact, Person};
use serde::{Deserialize, Serialize};

use super::once::{Once, given};
use super::{Caller, PAGE, PageQuery, bad_cursor};
use crate::desk::{self, ATTRIBUTES, EVENTS_KEPT, Export, Happened};
use crate::http::App;
use crate::http::console::people::ErasedShown;
use crate::http::guard::{Body, PathId, clean_text};
use crate::http::problem::{Problem, ProblemDocument};

/// A customer to be made known.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewContact {
    name: Option<String>,
    email: Option<String>,
    #[serde(default)]
    plan: String,
    #[serde(default)]
    vip: bool,
    signed_up_at: Option<Timestamp>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

/// A customer.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ContactRow {
    #[schema(value_type = String)]
    id: ContactId,
    /// The site's own id of them, where its signature proved it.
    external_id: Option<String>,
    name: Option<String>,
    email: Option<String>,
    plan: String,
    vip: bool,
    signed_up_at: Option<Timestamp>,
    attributes: BTreeMap<String, String>,
    created_at: Timestamp,
}

/// A page of customers.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ContactRows {
    contacts: Vec<ContactRow>,
    /// Send it as `before` for the next page.
    next: Option<String>,
}

fn contact_row(contact: Contact) -> ContactRow {
    ContactRow {
        id: contact.id,
        external_id: contact.external_id,
        name: contact.person.name,
        email: contact.person.email,
        plan: contact.plan,
        vip: contact.vip,
        signed_up_at: contact.signed_up_at,
        attributes: contact.person.attributes,
        created_at: contact.created_at,
    }
}

#[utoipa::path(post, path = "/api/v1/contacts", tag = "v1", request_body = NewContact,
    responses((status = 201, body = ContactRow)))]
pub(in crate::http) async fn create_contact(
    State(app): State<App>,
    caller: Caller,
    once: Once,
    Body(new): Body<NewContact>,
) -> Result<impl IntoResponse, Problem> {
    let known = desk::NewContact {
        person: person(new.name, new.email, new.attributes)?,
        plan: new.plan,
        vip: new.vip,
        signed_up_at: new.signed_up_at,
    };
    let answer = once.answer(StatusCode::CREATED, |_, _, contact: &Contact| {
        Ok(contact_row(contact.clone()))
    });
    let meeting = app.desk.meet(caller.workspace_id, known, answer);
    Ok(given(meeting.await?))
}

#[utoipa::path(get, path = "/api/v1/contacts", tag = "v1", params(PageQuery), responses((status = 200, body = ContactRows)))]
pub(in crate::http) async fn list_contacts(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<ContactRows>, Problem> {
    let before = page
        .before
        .as_deref()
        .map(|text| ContactId::parse(text).ok_or_else(bad_cursor))
        .transpose()?;
    let contacts = app
        .desk
        .store
        .read(move |tx| {
            tx.contacts(
                &caller.workspace_id,
                page.email.as_deref(),
                before.as_ref(),
                PAGE,
            )
        })
        .await?;
    let next = contacts
        .last()
        .filter(|_| contacts.len() as i64 == PAGE)
        .map(|contact| contact.id.to_string());
    Ok(Json(ContactRows {
        contacts: contacts.into_iter().map(contact_row).collect(),
        next,
    }))
}

#[utoipa::path(get, path = "/api/v1/contacts/{id}", tag = "v1", params(("id" = String, Path)),
    responses((status = 200, body = ContactRow), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn show_contact(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ContactKind>,
) -> Result<Json<ContactRow>, Problem> {
    let read = app
        .desk
        .store
        .read(move |tx| tx.contact(&caller.workspace_id, &id));
    let contact = read.await?.ok_or_else(Problem::not_found)?;
    Ok(Json(contact_row(contact)))
}

/// Attributes to be set or removed; the others stay.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct AttributeChanges {
    /// By name: text, a number or a truth value sets it, `null` removes it. A contact has at
    /// most 50 of at most 500 characters.
    #[schema(value_type = BTreeMap<String, Option<String>>)]
    attributes: BTreeMap<String, Option<Scalar>>,
}

/// A value of one word, whichever way it is written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Truth(bool),
    Number(serde_json::Number),
}

impl Scalar {
    fn text(self) -> String {
        match self {
            Scalar::Text(text) => text,
            Scalar::Truth(truth) => truth.to_string(),
            Scalar::Number(number) => number.to_string(),
        }
    }
}

#[utoipa::path(patch, path = "/api/v1/contacts/{id}/attributes", tag = "v1", params(("id" = String, Path)),
    request_body = AttributeChanges,
    responses((status = 200, body = ContactRow), (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn change_attributes(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ContactKind>,
    Body(changes): Body<AttributeChanges>,
) -> Result<Json<ContactRow>, Problem> {
    if changes.attributes.len() > ATTRIBUTES {
        return Err(Problem::bad_request("a contact has at most 50 attributes"));
    }
    let mut cleaned = BTreeMap::new();
    for (name, value) in changes.attributes {
        // What is empty says nothing, so it removes what was said.
        let value = value
            .map(Scalar::text)
            .filter(|value| !value.trim().is_empty());
        let value = value.map(|value| line(&value)).transpose()?;
        cleaned.insert(line(&name)?, value);
    }
    let told = app.desk.tell_attributes(caller.workspace_id, id, cleaned);
    Ok(Json(contact_row(told.await?)))
}

/// Things that a customer did, or that happened to them.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewEvents {
    /// At most 100 at once. The latest 200 of a contact are kept.
    events: Vec<NewEvent>,
}

/// Something that happened.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct NewEvent {
    /// The sender's own id of it, at most 500 characters: told twice, it is one. Without an
    /// id, the same name at the same instant with the same detail is one.
    #[serde(default)]
    id: Option<String>,
    /// What, in a word or two.
    name: String,
    /// When; absent for just now.
    #[serde(default)]
    at: Option<Timestamp>,
    /// More of it, at most 500 characters.
    #[serde(default)]
    detail: Option<String>,
}

/// How much of what was told was new.
#[derive(Serialize, utoipa::ToSchema)]
pub struct EventsAdded {
    added: usize,
}

/// What happened to a customer, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ContactEvents {
    events: Vec<Activity>,
}

#[utoipa::path(post, path = "/api/v1/contacts/{id}/events", tag = "v1", params(("id" = String, Path)),
    request_body = NewEvents,
    responses((status = 200, body = EventsAdded), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn add_events(
    State(app): State<App>,
    caller: Caller,
    once: Once,
    PathId(id): PathId<ContactKind>,
    Body(new): Body<NewEvents>,
) -> Result<impl IntoResponse, Problem> {
    if new.events.len() > EVENTS_AT_ONCE {
        return Err(Problem::bad_request("at most 100 events are told at once"));
    }
    let events: Result<Vec<Happened>, Problem> = new.events.into_iter().map(happened).collect();
    let answer = once.answer(StatusCode::OK, |_, _, added: &usize| {
        Ok(EventsAdded { added: *added })
    });
    let telling = app
        .desk
        .tell_events(caller.workspace_id, id, events?, answer);
    Ok(given(telling.await?))
}

fn happened(event: NewEvent) -> Result<Happened, Problem> {
    let given = |text: Option<String>| {
        let text = text.filter(|text| !text.trim().is_empty());
        text.map(|text| line(&text)).transpose()
    };
    Ok(Happened {
        id: given(event.id)?,
        at: event.at,
        name: line(&event.name)?,
        detail: given(event.detail)?,
    })
}

#[utoipa::path(get, path = "/api/v1/contacts/{id}/events", tag = "v1", params(("id" = String, Path)),
    responses((status = 200, body = ContactEvents), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn list_events(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ContactKind>,
) -> Result<Json<ContactEvents>, Problem> {
    let read = app.desk.store.read(move |tx| {
        let workspace_id = &caller.workspace_id;
        tx.contact(workspace_id, &id)?
            .ok_or(desk::Error::NotFound)?;
        Ok::<_, desk::Error>(tx.contact_events(workspace_id, &id, EVENTS_KEPT)?)
    });
    let events = read.await?.into_iter().map(Activity::from).collect();
    Ok(Json(ContactEvents { events }))
}

#[utoipa::path(get, path = "/api/v1/contacts/{id}/export", tag = "v1", params(("id" = String, Path)),
    responses((status = 200, body = Export), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn export_contact(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ContactKind>,
) -> Result<Json<Export>, Problem> {
    let by = caller.by();
    Ok(Json(app.desk.export(caller.workspace_id, id, by).await?))
}

#[utoipa::path(delete, path = "/api/v1/contacts/{id}", tag = "v1", params(("id" = String, Path)),
    responses((status = 200, body = ErasedShown), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn erase_contact(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<ContactKind>,
) -> Result<Json<ErasedShown>, Problem> {
    let by = caller.by();
    let erased = app.desk.erase(caller.workspace_id, id, by).await?;
    Ok(Json(ErasedShown {
        conversations: erased.conversations,
    }))
}

/// The longest name, attribute name and attribute value, in characters.
const LONGEST: usize = 500;
/// Events that are told at once.
const EVENTS_AT_ONCE: usize = 100;

/// A text on one line.
fn line(text: &str) -> Result<String, Problem> {
    clean_text(text, LONGEST).map(|text| text.replace(['\n', '\t'], " "))
}

/// Personal data as it may be stored: one line each, empty is nothing.
fn person(
    name: Option<String>,
    email: Option<String>,
    attributes: BTreeMap<String, String>,
) -> Result<Person, Problem> {
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let email = given(email).map(|email| email.trim().to_string());
    if email
        .as_ref()
        .is_some_and(|email| email.parse::<lettre::Address>().is_err())
    {
        return Err(Problem::bad_request("that is not an e-mail address"));
    }
    if attributes.len() > ATTRIBUTES {
        return Err(Problem::bad_request("a contact has at most 50 attributes"));
    }
    let name = given(name).map(|name| line(&name)).transpose()?;
    let attributes: Result<_, Problem> = attributes
        .into_iter()
        .filter(|(name, value)| !name.trim().is_empty() && !value.trim().is_empty())
        .map(|(name, value)| Ok((line(&name)?, line(&value)?)))
        .collect();
    Ok(Person {
        name,
        email,
        attributes: attributes?,
        told_by: BTreeMap::new(),
    })
}
