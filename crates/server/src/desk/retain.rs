//! What is over and older than the workspace keeps it loses its words (P48), in the way
//! of a contact's erasure. A run is many small transactions; how far it has come stands
//! in the database, so that it goes on after a kill, on whichever node keeps the workspace.

use std::sync::{Arc, Mutex};

use segue_core::audit::{Action, By};
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::time::{DAY_MS, Timestamp};
use segue_store::{Retention, Tx};

use super::audit::{Deed, write_down};
use super::erase::erase_conversation;
use super::{Desk, Error, Keep, load_place};
use crate::edge::Moment;

/// Conversations that are emptied in one transaction: others wait for it some milliseconds.
const AT_ONCE: usize = 10;

impl Desk {
    /// The workspaces where it is time to look for what is too old.
    pub async fn retentions_due(&self) -> Result<Vec<WorkspaceId>, Error> {
        let now = self.clock.now();
        Ok(self.store.read(move |tx| tx.retentions_due(now)).await?)
    }

    /// Empties some of what is too old, but for conversations that could not be emptied; whether
    /// that was all of it. One that cannot be emptied now is named beside the error.
    pub async fn retain(
        &self,
        keep: Keep,
        passed_over: Vec<ConversationId>,
    ) -> Result<bool, (Option<ConversationId>, Error)> {
        let mail = self.mail;
        let at = Arc::new(Mutex::new(None));
        let noted = at.clone();
        let done = self.verb(move |tx, moment| {
            keep.check(tx)?;
            let mut note = |id: Option<&ConversationId>| {
                *noted.lock().expect("nobody panics with the lock held") = id.cloned();
            };
            let workspace_id = &keep.workspace_id;
            retain(tx, moment, workspace_id, mail, &passed_over, &mut note)
        });
        let done = done.await;
        let at = at.lock().expect("nobody panics with the lock held").take();
        done.map_err(|error| (at, error))
    }
}

fn retain(
    tx: &mut Tx<'_>,
    moment: &Moment,
    workspace_id: &WorkspaceId,
    mail: bool,
    passed_over: &[ConversationId],
    note: &mut impl FnMut(Option<&ConversationId>),
) -> Result<bool, Error> {
    note(None);
    // An admin who changes it waits for this batch, or this batch for the admin.
    tx.hold_workspace(workspace_id)?;
    let now = moment.now;
    let found = tx.retention(workspace_id)?;
    let (Some(horizon), true) = (
        found.horizon(now),
        found.due_at.is_some_and(|due_at| due_at <= now),
    ) else {
        return Ok(true);
    };
    let mut run = gone_on(found, now);
    let limit = AT_ONCE + passed_over.len();
    let batch = tx.aged(workspace_id, horizon, limit as i64)?;
    for aged in batch.iter().filter(|it| !passed_over.contains(&it.id)) {
        note(Some(&aged.id));
        let place = load_place(tx, workspace_id, &aged.inbox_id, mail)?;
        erase_conversation(tx, &place, moment, &aged.id)?;
        tx.mark_aged(workspace_id, &aged.id)?;
        run.conversations += 1;
        // With the last of their words goes who they were, unless they begin anew just now.
        let held = tx.hold_contact(workspace_id, &aged.contact_id)?;
        if held.is_some() && !tx.has_words(workspace_id, &aged.contact_id)? {
            tx.erase_person(workspace_id, &aged.contact_id, now)?;
            tx.ring_access(workspace_id);
            run.contacts += 1;
        }
    }
    note(None);
    let is_over = batch.len() < limit;
    if is_over {
        run.ended_at = Some(now);
        run.due_at = run.began_at.map(|began_at| began_at.plus(DAY_MS));
        let deed = Deed::new(Action::AgedErased)
            .with("days", run.days.unwrap_or_default())
            .with("conversations", run.conversations)
            .with("contacts", run.contacts);
        let deed = match passed_over.len() {
            0 => deed,
            some => deed.with("not_erased", some),
        };
        write_down(tx, moment, workspace_id, &By::System, deed)?;
    }
    tx.set_retention(workspace_id, &run)?;
    Ok(is_over)
}

/// The run that goes on, or a new one.
fn gone_on(found: Retention, now: Timestamp) -> Retention {
    if found.began_at.is_some() && found.ended_at.is_none() {
        return found;
    }
    Retention {
        began_at: Some(now),
        ended_at: None,
        conversations: 0,
        contacts: 0,
        ..found
    }
}
