//! A visitor arrives and opens a conversation. The assistant's first line says what it
//! is (P44).

use segue_core::conversation::Conversation;
use segue_core::event::{Body, Fact, Message, Role};
use segue_core::ids::{ContactId, ConversationId};
use segue_core::words::Words;
use segue_store::{Contact, Person, Tx, VisitorKey, Workspace};

use super::scene::Scene;
use super::{Desk, Error, Place, Plain, Telling};
use crate::edge::{Moment, hash_of, secret};

impl Desk {
    /// Makes a visitor of an inbox. The key is shown to them this once.
    pub async fn arrive(&self, place: std::sync::Arc<Place>) -> Result<(ContactId, String), Error> {
        let key = secret("sgv");
        let hash = hash_of(&key);
        let contact_id = self
            .verb(move |tx, moment| arrive(tx, &place, moment, &hash))
            .await?;
        Ok((contact_id, key))
    }

    /// Opens a conversation for a contact.
    pub async fn open(
        &self,
        place: std::sync::Arc<Place>,
        contact_id: ContactId,
        language: String,
    ) -> Result<Conversation, Error> {
        self.open_with(place, contact_id, language, Plain).await
    }

    /// The same, telling what came of it otherwise.
    pub async fn open_with<O: Telling<Conversation>>(
        &self,
        place: std::sync::Arc<Place>,
        contact_id: ContactId,
        language: String,
        telling: O,
    ) -> Result<O::Given, Error> {
        self.verb(move |tx, moment| {
            telling.of(tx, moment, |tx| {
                open(tx, &place, moment, &contact_id, &language)
            })
        })
        .await
    }
}

/// What the assistant says first: what it is, by which name, and the company's greeting.
pub(super) fn first_line(words: &Words, workspace: &Workspace) -> String {
    let (company, settings) = (workspace.name.as_str(), &workspace.settings);
    let name = settings.assistant_name.as_str();
    let said = if name.is_empty() {
        words.fill("assistant.disclosure", &[("company", company)])
    } else {
        let values = [("company", company), ("name", name)];
        words.fill("assistant.disclosure_named", &values)
    };
    if settings.greeting.is_empty() {
        said
    } else {
        format!("{said}\n\n{}", settings.greeting)
    }
}

fn arrive(tx: &mut Tx<'_>, place: &Place, moment: &Moment, hash: &str) -> Result<ContactId, Error> {
    place.takes_new()?;
    let contact = Contact {
        id: moment.id(),
        workspace_id: place.workspace.id.clone(),
        person: Person::default(),
        plan: String::new(),
        vip: false,
        signed_up_at: None,
        created_at: moment.now,
        external_id: None,
    };
    tx.add_contact(&contact)?;
    let key = VisitorKey {
        workspace_id: place.workspace.id.clone(),
        inbox_id: place.inbox.id.clone(),
        contact_id: contact.id.clone(),
        expires_at: None,
        only: None,
    };
    tx.add_visitor_token(hash, &key, moment.now)?;
    Ok(contact.id)
}

fn open(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    contact_id: &ContactId,
    language: &str,
) -> Result<Conversation, Error> {
    place.takes_new()?;
    // Whoever is being forgotten begins nothing new meanwhile.
    tx.hold_contact(&place.workspace.id, contact_id)?
        .ok_or(Error::NotFound)?;
    let id: ConversationId = moment.id();
    let language = Words::of(language).language;
    let begun = Conversation::start(
        id,
        place.workspace.id.clone(),
        place.inbox.id.clone(),
        contact_id.clone(),
        language,
        moment.now,
    );
    let mut scene = Scene::begin(tx, place, moment, begun);
    let key = "assistant.disclosure";
    let text = first_line(scene.words(), &place.workspace);
    let message = Message {
        template: Some(key.into()),
        ..scene.message(Role::Assistant, None)
    };
    let fact = scene
        .conversation
        .speak_as_assistant(scene.conversation.epoch, message)?;
    debug_assert!(matches!(fact, Fact::MessageAdded(_)));
    scene.record(fact, Body::text(text));
    scene.finish()
}
