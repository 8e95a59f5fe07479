//! How work is shared out: what a chat and an e-mail take of an agent, and how long things
//! wait for whom.

use segue_core::audit::{Action, By};
use segue_core::route::Routing;
use segue_core::time::HOUR_MS;
use segue_store::{Settings, Workspace};

use super::audit::{Deed, write_down};
use super::{Actor, Desk, Error};

/// The most units that one conversation can take.
const MOST_UNITS: i64 = 20;
/// The longest that anybody waits for a person or a skill.
const LONGEST_MS: i64 = 24 * HOUR_MS;

impl Desk {
    /// Keeps how work is shared out. What agents hold by now keeps the units it took.
    pub async fn set_routing(&self, actor: Actor, routing: Routing) -> Result<Routing, Error> {
        check(&routing)?;
        let workspace_id = actor.workspace_id.clone();
        self.verb(move |tx, moment| {
            tx.hold_workspace(&workspace_id)?;
            let workspace = tx.workspace(&workspace_id)?.ok_or(Error::NotFound)?;
            let settings = Settings {
                routing: routing.clone(),
                ..workspace.settings
            };
            tx.update_workspace(&Workspace {
                settings,
                ..workspace
            })?;
            tx.ring_floor(&workspace_id);
            let deed = Deed::new(Action::RoutingChanged)
                .with("chat_units", routing.chat_units)
                .with("email_units", routing.email_units)
                .with("wrap_up_s", routing.wrap_up_ms / 1_000)
                .with("dedicated_for_s", routing.dedicated_for_ms / 1_000)
                .with("needs_for_s", routing.needs_for_ms / 1_000);
            write_down(tx, moment, &workspace_id, &By::from(&actor), deed)?;
            Ok(routing.clone())
        })
        .await
    }
}

fn check(routing: &Routing) -> Result<(), Error> {
    let units = 1..=MOST_UNITS;
    if !units.contains(&routing.chat_units) || !units.contains(&routing.email_units) {
        return Err(Error::Invalid("a conversation takes 1 to 20 units"));
    }
    if routing.email_units > routing.chat_units {
        // An agent's capacity is counted in chats: an e-mail that took more might fit nobody.
        return Err(Error::Invalid(
            "an e-mail cannot take more than a chat; make the chat's units larger",
        ));
    }
    let span = 0..=LONGEST_MS;
    let spans = [
        routing.wrap_up_ms,
        routing.dedicated_for_ms,
        routing.needs_for_ms,
    ];
    if spans.iter().any(|ms| !span.contains(ms)) {
        return Err(Error::Invalid("a time lies between nothing and 24 hours"));
    }
    Ok(())
}
