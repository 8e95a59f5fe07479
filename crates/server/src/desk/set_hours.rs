//! When an inbox is staffed (P33).

use segue_core::audit::{Action, By};
use segue_core::ids::InboxId;
use segue_core::time::{Hours, HoursFault};

use super::audit::{Deed, write_down};
use super::milestones::Milestone;
use super::{Actor, Desk, Error};

impl Desk {
    /// Sets the hours of an inbox; every node keeps them within two seconds.
    pub async fn set_hours(
        &self,
        actor: Actor,
        inbox_id: InboxId,
        hours: Hours,
    ) -> Result<(), Error> {
        let hours = hours.checked().map_err(hours_fault)?;
        let workspace_id = actor.workspace_id.clone();
        self.verb(move |tx, moment| {
            if !tx.set_hours(&workspace_id, &inbox_id, &hours)? {
                return Err(Error::NotFound);
            }
            tx.pass_milestone(&workspace_id, Milestone::Hours.name(), moment.now)?;
            let deed = Deed::new(Action::HoursChanged)
                .on(&inbox_id)
                .with("zone", &hours.zone);
            write_down(tx, moment, &workspace_id, &By::from(&actor), deed)
        })
        .await
    }
}

/// A fault of hours, in words.
pub(crate) fn hours_fault(fault: HoursFault) -> Error {
    Error::Invalid(match fault {
        HoursFault::UnknownZone => "there is no such time zone; name one like Europe/Berlin",
        HoursFault::BadSpan { .. } => "hours end after they begin, and at midnight at the latest",
        HoursFault::Overlap { .. } => "hours of one day may not overlap",
        HoursFault::TooMany => "there are more hours in a day, or holidays, than can be kept",
    })
}
