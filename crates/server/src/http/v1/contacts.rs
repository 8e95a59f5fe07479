//! Customers, made known and listed.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use segue_core::ids::ContactId;
use segue_core::ids::kind::Contact as ContactKind;
use segue_core::time::Timestamp;
use segue_store::{Contact, Person};
use serde::{Deserialize, Serialize};

use super::once::{Once, given};
use super::{Caller, PAGE, PageQuery, bad_cursor};
use crate::desk::{self, Export};
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
/// The most attributes of a contact.
const ATTRIBUTES: usize = 50;

/// Personal data as it may be stored: one line each, empty is nothing.
fn person(
    name: Option<String>,
    email: Option<String>,
    attributes: BTreeMap<String, String>,
) -> Result<Person, Problem> {
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let line = |text: &str| clean_text(text, LONGEST).map(|text| text.replace(['\n', '\t'], " "));
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
    })
}
