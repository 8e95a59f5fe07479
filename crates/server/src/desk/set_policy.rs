//! The operator's policy takes effect in every inbox of the workspace.

use segue_core::audit::{Action, By};
use segue_core::policy::Policy;

use super::audit::{Deed, write_down};
use super::{Desk, Error};

impl Desk {
    /// Gives every inbox of the first workspace this policy, which was checked. Its
    /// version grows where something changed, so that each decision says which it was
    /// made under. Returns how many inboxes it changed.
    pub async fn set_policy(&self, policy: Policy) -> Result<usize, Error> {
        self.verb(move |tx, moment| {
            let Some(workspace) = tx.first_workspace()? else {
                return Err(Error::NotFound);
            };
            let mut changed = 0;
            for inbox in tx.inboxes(&workspace.id)? {
                let same = Policy {
                    version: inbox.policy.version,
                    ..policy.clone()
                };
                if same == inbox.policy {
                    continue;
                }
                let next = Policy {
                    version: inbox.policy.version.saturating_add(1),
                    ..same
                };
                tx.set_policy(&workspace.id, &inbox.id, &next)?;
                let deed = Deed::new(Action::PolicyChanged)
                    .on(&inbox.id)
                    .with("version", next.version);
                write_down(tx, moment, &workspace.id, &By::Operator, deed)?;
                changed += 1;
            }
            Ok(changed)
        })
        .await
    }
}
