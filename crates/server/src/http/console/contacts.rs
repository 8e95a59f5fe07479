//! Contacts found by name, address or the site's own id of them, and what is kept of one.
//! Handing that out and erasing it is [`super::people`]'s.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use segue_core::ids::ContactId;
use segue_core::ids::kind::Contact as ContactKind;
use segue_core::package::{Activity, Teller};
use segue_core::time::Timestamp;
use segue_store::{Contact, Kept, View};
use serde::{Deserialize, Serialize};

use crate::desk::{EVENTS_KEPT, Error, ExportedLookUp};
use crate::http::App;
use crate::http::guard::PathId;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;
use crate::http::show::{Item, item};

/// Contacts on a page.
const PAGE: i64 = 50;
/// The longest question, in letters.
const LONGEST: usize = 200;
/// Conversations that are shown of one contact.
const CONVERSATIONS: i64 = 50;

/// Whom to find.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct ContactsQuery {
    /// Words, or parts of them, that name, address or the site's id of them hold: all of the first
    /// four.
    #[serde(default)]
    q: String,
    /// The cursor that the page before gave.
    before: Option<String>,
}

/// A page of contacts of whom something is known, the newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ContactsFound {
    contacts: Vec<ContactFound>,
    /// Send it as `before` for the next page.
    next: Option<String>,
}

/// A contact in a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ContactFound {
    #[schema(value_type = String)]
    id: ContactId,
    name: Option<String>,
    email: Option<String>,
    /// The site's own id of them, where its signature proved it.
    external_id: Option<String>,
    plan: String,
    vip: bool,
    created_at: Timestamp,
}

fn found(contact: Contact) -> ContactFound {
    ContactFound {
        id: contact.id,
        name: contact.person.name,
        email: contact.person.email,
        external_id: contact.external_id,
        plan: contact.plan,
        vip: contact.vip,
        created_at: contact.created_at,
    }
}

#[utoipa::path(get, path = "/api/console/contacts", tag = "console", params(ContactsQuery),
    responses((status = 200, body = ContactsFound), (status = 403, body = ProblemDocument)))]
pub(in crate::http) async fn find(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<ContactsQuery>,
) -> Result<Json<ContactsFound>, Problem> {
    if query.q.chars().count() > LONGEST {
        let detail = format!("a search has at most {LONGEST} letters");
        return Err(Problem::bad_request(detail));
    }
    let no_cursor = || Problem::bad_request("that is not a cursor from this list");
    let before = query.before.as_deref();
    let before = before
        .map(|text| ContactId::parse(text).ok_or_else(no_cursor))
        .transpose()?;
    let workspace_id = signed_in.agent.workspace_id;
    let read = app
        .desk
        .store
        .read(move |tx| tx.find_contacts(&workspace_id, &query.q, before.as_ref(), PAGE));
    let contacts = read.await?;
    let next = contacts
        .last()
        .filter(|_| contacts.len() as i64 == PAGE)
        .map(|contact| contact.id.to_string());
    Ok(Json(ContactsFound {
        contacts: contacts.into_iter().map(found).collect(),
        next,
    }))
}

/// A contact with what is kept of them.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ContactWhole {
    contact: ContactFound,
    signed_up_at: Option<Timestamp>,
    /// When everything about them was erased; nothing else is known then.
    erased_at: Option<Timestamp>,
    attributes: BTreeMap<String, AttributeShown>,
    /// What happened to them, the latest first.
    events: Vec<Activity>,
    /// What look-ups found of them, field by field, the oldest first.
    look_ups: Vec<ExportedLookUp>,
    /// Their latest conversations, fifty at most.
    conversations: Vec<Item>,
    /// How much there is, all of which would be erased.
    kept: KeptShown,
}

/// An attribute with who says so.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AttributeShown {
    value: String,
    /// Absent where they themselves said it.
    told_by: Option<Teller>,
}

/// How much is kept of a contact.
#[derive(Serialize, utoipa::ToSchema)]
pub struct KeptShown {
    conversations: i64,
    /// Those of them that are not over: erasing ends them.
    open_conversations: i64,
    messages: i64,
    files: i64,
    file_bytes: i64,
    events: i64,
    look_ups: i64,
}

impl From<Kept> for KeptShown {
    fn from(kept: Kept) -> Self {
        Self {
            conversations: kept.conversations,
            open_conversations: kept.open_conversations,
            messages: kept.messages,
            files: kept.files,
            file_bytes: kept.file_bytes,
            events: kept.events,
            look_ups: kept.look_ups,
        }
    }
}

#[utoipa::path(get, path = "/api/console/contacts/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = ContactWhole), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ContactKind>,
) -> Result<Json<ContactWhole>, Problem> {
    let (workspace_id, now) = (signed_in.agent.workspace_id, app.desk.clock.now());
    let read = app.desk.store.read(move |tx| {
        let contact = tx.contact(&workspace_id, &id)?.ok_or(Error::NotFound)?;
        let theirs = View::Contact(id.clone());
        let listed = tx.list_conversations(&workspace_id, &theirs, None, CONVERSATIONS)?;
        let conversations = listed.iter().map(|it| item(tx, it, now));
        let conversations = conversations.collect::<Result<Vec<_>, Error>>()?;
        let events = tx.contact_events(&workspace_id, &id, EVENTS_KEPT)?;
        let look_ups = tx.look_up_answers_of(&workspace_id, &id)?;
        let attribute = |(name, value): (&String, &String)| {
            let told = contact.person.told_by.get(&format!("attributes/{name}"));
            let shown = AttributeShown {
                value: value.clone(),
                told_by: told.map(|told| told.by),
            };
            (name.clone(), shown)
        };
        Ok::<_, Error>(ContactWhole {
            signed_up_at: contact.signed_up_at,
            erased_at: tx.erased_at(&workspace_id, &id)?,
            attributes: contact.person.attributes.iter().map(attribute).collect(),
            events: events.into_iter().map(Activity::from).collect(),
            look_ups: look_ups.into_iter().map(ExportedLookUp::from).collect(),
            conversations,
            kept: tx.kept_of(&workspace_id, &id)?.into(),
            contact: found(contact),
        })
    });
    Ok(Json(read.await?))
}
