//! All that is known of a customer, as data (P48): for them to read, or to take elsewhere.
//! Agents' private notes about them are part of it, and marked.

use std::collections::BTreeMap;

use segue_core::attempt::Attempt;
use segue_core::audit::{Action, By};
use segue_core::conversation::State;
use segue_core::event::Event;
use segue_core::ids::{ContactId, ConversationId, WorkspaceId};
use segue_core::package::{Activity, Package};
use segue_core::time::Timestamp;
use segue_store::{LookUpAnswer, Tx, View};
use serde::Serialize;

use super::audit::Deed;
use super::know::EVENTS_KEPT;
use super::{Desk, Error};

/// A customer with everything that was said and written about them.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Export {
    /// When this was read.
    pub exported_at: Timestamp,
    /// Who.
    #[schema(value_type = String)]
    pub contact_id: ContactId,
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// The site's own id of them.
    pub external_id: Option<String>,
    /// What else is known.
    pub attributes: BTreeMap<String, String>,
    /// Their plan.
    pub plan: String,
    /// Marked as VIP.
    pub vip: bool,
    /// When their account was made.
    pub signed_up_at: Option<Timestamp>,
    /// When we first met them.
    pub created_at: Timestamp,
    /// What happened to them, as the site and other programs told it, newest first.
    pub events: Vec<Activity>,
    /// What look-ups found of them and is kept for a while, oldest first.
    pub look_ups: Vec<ExportedLookUp>,
    /// Their conversations, newest first.
    pub conversations: Vec<ExportedConversation>,
}

/// What a look-up found.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ExportedLookUp {
    /// When.
    pub at: Timestamp,
    /// Field by field.
    pub fields: BTreeMap<String, String>,
}

impl From<LookUpAnswer> for ExportedLookUp {
    fn from(LookUpAnswer { at, fields, .. }: LookUpAnswer) -> Self {
        ExportedLookUp { at, fields }
    }
}

/// A conversation with all that belongs to it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ExportedConversation {
    /// Which.
    #[schema(value_type = String)]
    pub id: ConversationId,
    /// When it began.
    pub opened_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// ISO 639-1.
    pub language: String,
    /// Everything that happened, with the words; `private` messages are agents' notes.
    pub events: Vec<Event>,
    /// What the assistant suggested, and how it went.
    pub attempts: Vec<Attempt>,
    /// What agents received at each handoff.
    pub packages: Vec<Package>,
    /// How the customer rated it.
    pub ratings: Vec<ExportedRating>,
}

/// A rating.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ExportedRating {
    /// When.
    pub at: Timestamp,
    /// 1 (bad) to 5 (good).
    pub score: i64,
    /// Whether something had to be repeated.
    pub repeated: Option<bool>,
}

/// Rows that are read at once.
const PAGE: i64 = 200;

impl Desk {
    /// Reads all that is known of a contact, as of one moment.
    pub async fn export(
        &self,
        workspace_id: WorkspaceId,
        contact_id: ContactId,
        by: By,
    ) -> Result<Export, Error> {
        let (now, asked_in, id) = (self.clock.now(), workspace_id.clone(), contact_id.clone());
        let exported = self
            .store
            .read(move |tx| export(tx, &asked_in, &id, now))
            .await?;
        let deed = Deed::new(Action::ContactExported).on(&contact_id);
        self.write_down(workspace_id, by, deed).await?;
        Ok(exported)
    }
}

fn export(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    contact_id: &ContactId,
    now: Timestamp,
) -> Result<Export, Error> {
    let contact = tx
        .contact(workspace_id, contact_id)?
        .ok_or(Error::NotFound)?;
    let mut conversations = Vec::new();
    let mut before: Option<ConversationId> = None;
    loop {
        let theirs = View::Contact(contact_id.clone());
        let page = tx.list_conversations(workspace_id, &theirs, before.as_ref(), PAGE)?;
        let Some(last) = page.last() else { break };
        before = Some(last.conversation.id.clone());
        for listed in &page {
            let id = &listed.conversation.id;
            let packages = tx.handoffs(workspace_id, Some(id), None, PAGE)?;
            let ratings = tx.ratings(workspace_id, id)?;
            conversations.push(ExportedConversation {
                id: id.clone(),
                opened_at: listed.conversation.opened_at,
                state: listed.conversation.state(),
                language: listed.conversation.language.clone(),
                events: all_events(tx, workspace_id, id)?,
                attempts: tx.attempts(workspace_id, id)?,
                packages: packages.into_iter().filter_map(|it| it.package).collect(),
                ratings: ratings
                    .into_iter()
                    .map(|(at, score, repeated)| ExportedRating {
                        at,
                        score,
                        repeated,
                    })
                    .collect(),
            });
        }
    }
    let events = tx.contact_events(workspace_id, contact_id, EVENTS_KEPT)?;
    let look_ups = tx.look_up_answers_of(workspace_id, contact_id)?;
    Ok(Export {
        events: events.into_iter().map(Activity::from).collect(),
        look_ups: look_ups.into_iter().map(ExportedLookUp::from).collect(),
        exported_at: now,
        contact_id: contact.id,
        name: contact.person.name,
        email: contact.person.email,
        external_id: contact.external_id,
        attributes: contact.person.attributes,
        plan: contact.plan,
        vip: contact.vip,
        signed_up_at: contact.signed_up_at,
        created_at: contact.created_at,
        conversations,
    })
}

fn all_events(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    id: &ConversationId,
) -> Result<Vec<Event>, Error> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.seq);
        let page = tx.events(workspace_id, id, after, PAGE)?;
        if page.is_empty() {
            return Ok(events);
        }
        events.extend(page);
    }
}
