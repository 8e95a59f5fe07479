//! A customer is forgotten (P48): their words and personal data go from every table, and
//! what remains is marked. A live chat ends with it; whatever was on its way is refused,
//! because nothing follows an erasure.

use segue_core::audit::{Action, By};
use segue_core::conversation::{Owner, Phase};
use segue_core::ids::{ContactId, ConversationId, WorkspaceId};
use segue_store::{HandoffEnd, Tx, View};

use super::audit::{Deed, write_down};
use super::scene::Scene;
use super::{Desk, Error, Place, load_place};
use crate::edge::Moment;

/// What was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// How many conversations were emptied.
    pub conversations: usize,
}

/// Conversations that are read at once.
const PAGE: i64 = 200;

impl Desk {
    /// Forgets a contact. Doing so twice changes nothing.
    pub async fn erase(
        &self,
        workspace_id: WorkspaceId,
        contact_id: ContactId,
        by: By,
    ) -> Result<Erased, Error> {
        let mail = self.mail;
        self.verb(move |tx, moment| {
            let erased = erase(tx, moment, &workspace_id, &contact_id, mail)?;
            let deed = Deed::new(Action::ContactErased)
                .on(&contact_id)
                .with("conversations", erased.conversations);
            write_down(tx, moment, &workspace_id, &by, deed)?;
            Ok(erased)
        })
        .await
    }
}

fn erase(
    tx: &mut Tx<'_>,
    moment: &Moment,
    workspace_id: &WorkspaceId,
    contact_id: &ContactId,
    mail: bool,
) -> Result<Erased, Error> {
    tx.contact(workspace_id, contact_id)?
        .ok_or(Error::NotFound)?;
    let mut conversations = erase_all(tx, moment, workspace_id, contact_id, mail)?;
    // What began until now is found by the second look, and nothing begins after it. Others hold
    // a conversation before its contact, so this does too.
    tx.hold_contact(workspace_id, contact_id)?;
    conversations += erase_all(tx, moment, workspace_id, contact_id, mail)?;
    tx.erase_person(workspace_id, contact_id, moment.now)?;
    tx.ring_access(workspace_id);
    Ok(Erased { conversations })
}

/// Ends and empties what a contact has of conversations; how many.
fn erase_all(
    tx: &mut Tx<'_>,
    moment: &Moment,
    workspace_id: &WorkspaceId,
    contact_id: &ContactId,
    mail: bool,
) -> Result<usize, Error> {
    let mut conversations = 0;
    let mut before: Option<ConversationId> = None;
    loop {
        let theirs = View::Contact(contact_id.clone());
        let page = tx.list_conversations(workspace_id, &theirs, before.as_ref(), PAGE)?;
        let Some(last) = page.last() else { break };
        before = Some(last.conversation.id.clone());
        for listed in page.iter().filter(|it| !it.conversation.erased) {
            let it = &listed.conversation;
            let place = load_place(tx, workspace_id, &it.inbox_id, mail)?;
            erase_conversation(tx, &place, moment, &it.id)?;
            conversations += 1;
        }
    }
    Ok(conversations)
}

/// Ends a conversation and empties it.
pub(super) fn erase_conversation(
    tx: &mut Tx<'_>,
    place: &Place,
    moment: &Moment,
    id: &ConversationId,
) -> Result<(), Error> {
    end(Scene::load(tx, place, moment, id)?)?;
    Ok(tx.erase_words(&place.workspace.id, id)?)
}

/// Ends a conversation, whoever owned it, and marks it as erased.
fn end(mut scene: Scene<'_, '_>) -> Result<(), Error> {
    let workspace_id = &scene.place.workspace.id;
    if let Owner::Agent(agent_id) = scene.conversation.owner() {
        let units = scene.conversation.held_units();
        scene.tx.give_units(workspace_id, &agent_id, units)?;
    }
    let handoff_id = match &scene.conversation.phase {
        Phase::Queued(wait) => Some(wait.handoff_id.clone()),
        Phase::Served { handoff_id, .. } => Some(handoff_id.clone()),
        Phase::Assisted { .. } | Phase::Resolved { .. } => None,
    };
    if let Some(handoff_id) = handoff_id {
        let now = scene.moment.now;
        scene
            .tx
            .handoff_ended(workspace_id, &handoff_id, HandoffEnd::ERASED, now)?;
    }
    let fact = scene.conversation.erase();
    scene.record(fact, None);
    scene.finish().map(|_| ())
}
