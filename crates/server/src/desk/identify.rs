//! A site proved who its visitor is. They get a key to the conversations of that contact,
//! and what this browser began before signing in goes along with them. Nothing but the
//! signature leads there: a name or an address that somebody typed opens nothing.

use std::sync::Arc;

use segue_core::ids::ContactId;
use segue_core::package::Teller;
use segue_core::time::{DAY_MS, Timestamp};
use segue_store::{Contact, Person, Tx, View, VisitorKey};

use super::know::{ATTRIBUTES, add_events, note_teller, set_attribute};
use super::scene::Scene;
use super::{Desk, Error, Place, load_place};
use crate::edge::{Moment, hash_of, secret};
use crate::identity::Claims;

/// How long an identified visitor's key counts; the page signs anew for the next one.
const KEY_MS: i64 = DAY_MS;
/// Conversations that are taken along; nobody begins more before signing in.
const TAKEN_ALONG: i64 = 100;

impl Desk {
    /// A key for the contact of these claims. `anonymous` is who the browser was before.
    pub async fn identify(
        &self,
        place: Arc<Place>,
        claims: Claims,
        anonymous: Option<ContactId>,
    ) -> Result<(ContactId, String), Error> {
        let key = secret("sgv");
        let hash = hash_of(&key);
        let once = || {
            let (place, claims) = (place.clone(), claims.clone());
            let (anonymous, hash) = (anonymous.clone(), hash.clone());
            self.verb(move |tx, moment| {
                identify(tx, &place, moment, &claims, anonymous.as_ref(), &hash)
            })
        };
        // Two pages of a new customer may open at the same moment; the second finds them.
        let contact_id = match once().await {
            Err(Error::Store(segue_store::Error::Conflict)) => once().await?,
            other => other?,
        };
        Ok((contact_id, key))
    }
}

fn identify(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    claims: &Claims,
    anonymous: Option<&ContactId>,
    hash: &str,
) -> Result<ContactId, Error> {
    let workspace_id = &place.workspace.id;
    let known = tx.contact_by_external_id(workspace_id, &claims.user_id)?;
    let held = known.map(|known| tx.hold_contact(workspace_id, &known.id));
    let contact = match held.transpose()?.flatten() {
        Some(known) => {
            let told = tell(known.clone(), claims, moment.now);
            if told != known {
                tx.update_contact(&told)?;
            }
            told
        }
        None => {
            let contact = Contact {
                id: moment.id(),
                workspace_id: workspace_id.clone(),
                person: Person::default(),
                plan: String::new(),
                vip: false,
                signed_up_at: None,
                created_at: moment.now,
                external_id: Some(claims.user_id.clone()),
            };
            let contact = tell(contact, claims, moment.now);
            tx.add_contact(&contact)?;
            contact
        }
    };
    let (by, now) = (Teller::Site, moment.now);
    add_events(tx, workspace_id, &contact.id, &claims.events, by, now)?;
    if let Some(anonymous) = anonymous {
        take_along(tx, place, moment, anonymous, &contact.id)?;
    }
    let key = VisitorKey {
        workspace_id: workspace_id.clone(),
        inbox_id: place.inbox.id.clone(),
        contact_id: contact.id.clone(),
        expires_at: Some(moment.now.plus(KEY_MS)),
        only: None,
    };
    tx.add_visitor_token(hash, &key, moment.now)?;
    Ok(contact.id)
}

/// What the site says now; what it does not say stays.
fn tell(mut contact: Contact, claims: &Claims, now: Timestamp) -> Contact {
    let before = contact.clone();
    let person = &mut contact.person;
    person.name = claims.name.clone().or(person.name.take());
    person.email = claims.email.clone().or(person.email.take());
    contact.plan = claims.plan.clone().unwrap_or(contact.plan);
    contact.vip = claims.vip.unwrap_or(contact.vip);
    contact.signed_up_at = claims.signed_up_at.or(contact.signed_up_at);
    let said = [
        (
            "name",
            claims.name.is_some(),
            person.name != before.person.name,
        ),
        (
            "email",
            claims.email.is_some(),
            person.email != before.person.email,
        ),
        ("plan", claims.plan.is_some(), contact.plan != before.plan),
        ("vip", claims.vip.is_some(), contact.vip != before.vip),
        (
            "signed_up_at",
            claims.signed_up_at.is_some(),
            contact.signed_up_at != before.signed_up_at,
        ),
    ];
    for (field, is_said, is_new) in said {
        if is_said {
            note_teller(person, field, is_new, Teller::Site, now);
        }
    }
    for (name, value) in &claims.attributes {
        let is_known = person.attributes.contains_key(name);
        if is_known || person.attributes.len() < ATTRIBUTES {
            set_attribute(person, name, Some(value), Teller::Site, now);
        }
    }
    contact
}

/// Gives an anonymous visitor's conversations to the customer they turned out to be. Nobody is
/// that visitor any more: their row goes too, unless somebody else still points to it.
fn take_along(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    anonymous: &ContactId,
    contact_id: &ContactId,
) -> Result<(), Error> {
    let workspace_id = &place.workspace.id;
    // Only a visitor whom nobody has vouched for is taken along, never another customer.
    let before = tx.contact(workspace_id, anonymous)?;
    if before.is_none_or(|before| before.external_id.is_some()) {
        return Ok(());
    }
    let theirs = View::Contact(anonymous.clone());
    for listed in tx.list_conversations(workspace_id, &theirs, None, TAKEN_ALONG)? {
        let found = listed.conversation;
        let place = load_place(tx, workspace_id, &found.inbox_id, place.mail)?;
        let mut scene = Scene::load(tx, &place, moment, &found.id)?;
        let fact = scene.conversation.identify(contact_id.clone());
        scene.record(fact, None);
        scene.finish()?;
    }
    tx.let_go_visitor(workspace_id, anonymous)?;
    Ok(())
}
