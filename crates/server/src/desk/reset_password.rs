//! The operator gives an agent another password, where no link can reach them.

use segue_core::audit::{Action, By};
use segue_core::ids::WorkspaceId;
use segue_store::Agent;

use super::audit::{Deed, write_down};
use super::{Desk, Error};

impl Desk {
    /// Gives the agent of an address another password and ends all their sessions.
    /// [`Error::NotFound`] if nobody has that address.
    pub async fn reset_password(
        &self,
        workspace_id: WorkspaceId,
        email: String,
        password_hash: String,
    ) -> Result<Agent, Error> {
        self.verb(move |tx, moment| {
            let agents = tx.agents(&workspace_id)?;
            let agent = agents.into_iter().find(|agent| agent.email == email);
            let agent = agent.ok_or(Error::NotFound)?;
            tx.set_password(&workspace_id, &agent.id, &password_hash)?;
            tx.end_sessions(&workspace_id, &agent.id)?;
            let deed = Deed::new(Action::PasswordReset).on(&agent.id);
            write_down(tx, moment, &workspace_id, &By::Operator, deed)?;
            Ok(agent)
        })
        .await
    }
}
