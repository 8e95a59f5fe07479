//! A company leaves: its workspace goes with every row that is its own, in one
//! transaction, and every key, session and socket of it with that. Nothing of it can be
//! written afterwards, since whatever is written stands on a row that is gone.

use segue_core::ids::WorkspaceId;

use super::{Desk, Error};

impl Desk {
    /// Deletes a workspace; how many rows of each table went. There is no way back but a
    /// backup, and no line in an audit log, which went with it; the process's log has one.
    pub async fn delete_workspace(
        &self,
        workspace_id: WorkspaceId,
    ) -> Result<Vec<(&'static str, u64)>, Error> {
        let id = workspace_id.clone();
        let gone = self.verb(move |tx, moment| {
            let gone = tx.delete_workspace(&id, moment.now)?;
            if gone.is_empty() {
                return Err(Error::NotFound);
            }
            Ok(gone)
        });
        let gone = gone.await?;
        tracing::warn!(workspace.id = %workspace_id, "deleted a workspace with all that was its own");
        Ok(gone)
    }
}
