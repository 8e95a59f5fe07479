//! How long the words of conversations that are over are kept, as an admin says it (P48).

use segue_core::audit::{Action, By};
use segue_core::ids::WorkspaceId;
use segue_core::time::DAY_MS;
use segue_store::Retention;

use super::audit::{Deed, write_down};
use super::{Actor, Desk, Error};

/// Less would take from agents what they still answer by.
pub const LEAST_DAYS: i64 = 30;
/// Ten years; who wants longer wants for ever.
pub const MOST_DAYS: i64 = 3_650;

impl Desk {
    /// Keeps after how many days words go; `None` for never. Where some would go at once,
    /// the company's name must be said as it stands, for there is no way back.
    pub async fn set_retention(
        &self,
        actor: Actor,
        days: Option<i64>,
        confirmed: String,
    ) -> Result<(), Error> {
        if days.is_some_and(|days| !(LEAST_DAYS..=MOST_DAYS).contains(&days)) {
            return Err(Error::Invalid("words are kept for 30 to 3650 days"));
        }
        self.verb(move |tx, moment| {
            let (workspace_id, now) = (&actor.workspace_id, moment.now);
            tx.hold_workspace(workspace_id)?;
            let workspace = tx.workspace(workspace_id)?.ok_or(Error::NotFound)?;
            let before = tx.retention(workspace_id)?;
            let is_running = before.began_at.is_some() && before.ended_at.is_none();
            let after = Retention {
                days,
                due_at: days.map(|_| now),
                ended_at: if is_running {
                    Some(now)
                } else {
                    before.ended_at
                },
                ..before
            };
            if let Some(horizon) = after.horizon(now)
                && confirmed.trim() != workspace.name.trim()
                && tx.count_aged(workspace_id, horizon)? > 0
            {
                return Err(Error::Invalid(
                    "conversations would be erased: confirm with the company's name",
                ));
            }
            tx.set_retention(workspace_id, &after)?;
            let said = days.map_or("never".into(), |days| days.to_string());
            let deed = Deed::new(Action::RetentionChanged).with("days", said);
            write_down(tx, moment, workspace_id, &By::from(&actor), deed)
        })
        .await
    }

    /// How long words are kept, and how many conversations would lose theirs now if it
    /// were so many days.
    pub async fn retention(
        &self,
        workspace_id: &WorkspaceId,
        days: Option<i64>,
    ) -> Result<(Retention, Option<i64>), Error> {
        let (id, now) = (workspace_id.clone(), self.clock.now());
        let read = self.store.read(move |tx| {
            let horizon = days.map(|days| now.plus(-days * DAY_MS));
            let would = horizon.map(|horizon| tx.count_aged(&id, horizon));
            Ok::<_, Error>((tx.retention(&id)?, would.transpose()?))
        });
        read.await
    }
}
