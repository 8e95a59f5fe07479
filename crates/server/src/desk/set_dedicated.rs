//! A customer is given an agent who looks after them (P11).

use segue_core::audit::{Action, By};
use segue_core::ids::{AgentId, ContactId, WorkspaceId};

use super::audit::{Deed, write_down};
use super::{Desk, Error};

impl Desk {
    /// Gives a customer a dedicated agent, or none. It counts from the next handoff on.
    pub async fn set_dedicated_agent(
        &self,
        workspace_id: WorkspaceId,
        contact_id: ContactId,
        agent_id: Option<AgentId>,
        by: By,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            let mut name = String::new();
            if let Some(id) = &agent_id {
                let agent = tx.agent(&workspace_id, id)?.ok_or(Error::NotFound)?;
                if !agent.is_active() {
                    return Err(Error::Inactive);
                }
                name = agent.name;
            }
            if tx.is_erased(&workspace_id, &contact_id)?
                || !tx.set_dedicated_agent(&workspace_id, &contact_id, agent_id.as_ref())?
            {
                return Err(Error::NotFound);
            }
            let deed = Deed::new(Action::DedicatedAgentSet)
                .on(&contact_id)
                .with("agent", name);
            write_down(tx, moment, &workspace_id, &by, deed)
        })
        .await
    }
}
