//! A workspace's turn: of one workspace only so many verbs wait for the database at a
//! time, so that one that floods waits for itself, and the others find a short line.
//!
//! Whose verb it is, is known at the door that lets the caller in, long before; it is
//! noted there for everything that is done under it, and found here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use segue_core::ids::WorkspaceId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Verbs of one workspace that may wait for one lane: one commit's worth.
const WAITING: usize = 128;
/// Workspaces that are remembered before those without a verb are forgotten.
const KEPT: usize = 1_024;

tokio::task_local! {
    static WORKSPACE: WorkspaceId;
}

/// Does `work` on behalf of a workspace.
pub async fn on_behalf_of<F: Future>(workspace_id: WorkspaceId, work: F) -> F::Output {
    WORKSPACE.scope(workspace_id, work).await
}

/// The turns at one lane.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<WorkspaceId, Arc<Semaphore>>>);

impl Turns {
    /// Waits until the workspace, if there is one, may send another verb.
    pub(crate) async fn take(&self) -> Option<OwnedSemaphorePermit> {
        let turns = WORKSPACE.try_with(|id| self.of(id)).ok()?;
        turns.acquire_owned().await.ok()
    }

    fn of(&self, id: &WorkspaceId) -> Arc<Semaphore> {
        let mut kept = self.0.lock().expect("nobody panics with the lock held");
        if let Some(turns) = kept.get(id) {
            return turns.clone();
        }
        if kept.len() >= KEPT {
            kept.retain(|_, turns| Arc::strong_count(turns) > 1);
        }
        let turns = Arc::new(Semaphore::new(WAITING));
        kept.insert(id.clone(), turns.clone());
        turns
    }
}
