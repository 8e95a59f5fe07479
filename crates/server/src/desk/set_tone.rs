//! How an inbox speaks in the agent's first message (P29).

use segue_core::audit::{Action, By};
use segue_core::ids::InboxId;
use segue_core::introduction::Tone;
use segue_store::Workspace;

use super::audit::{Deed, write_down};
use super::{Actor, Desk, Error};

impl Desk {
    /// Keeps an inbox's tone. It counts from the next draft on.
    pub async fn set_tone(&self, actor: Actor, inbox_id: InboxId, tone: Tone) -> Result<(), Error> {
        let workspace_id = actor.workspace_id.clone();
        self.verb(move |tx, moment| {
            tx.hold_workspace(&workspace_id)?;
            tx.inbox(&workspace_id, &inbox_id)?.ok_or(Error::NotFound)?;
            let workspace = tx.workspace(&workspace_id)?.ok_or(Error::NotFound)?;
            let mut settings = workspace.settings.clone();
            settings.tones.insert(inbox_id.clone(), tone);
            tx.update_workspace(&Workspace {
                settings,
                ..workspace
            })?;
            let tone = serde_json::to_value(tone).unwrap_or_default();
            let deed = Deed::new(Action::SettingsChanged)
                .on(&inbox_id)
                .with("tone", tone.as_str().unwrap_or_default());
            write_down(tx, moment, &workspace_id, &By::from(&actor), deed)
        })
        .await
    }
}
