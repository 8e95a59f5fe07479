//! Wake-ups. A ring says that something is new, never what; whoever hears it reads
//! the database. Rings may be lost between nodes, so listeners also poll slowly.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use segue_core::ids::{ConversationId, WorkspaceId};
use tokio::sync::broadcast;

/// Something is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ring {
    /// A conversation has events up to `seq`.
    Conversation {
        /// Which.
        id: ConversationId,
        /// Its last event.
        seq: u64,
    },
    /// The queue, the agents or the lists of a workspace changed.
    Floor {
        /// Whose.
        workspace_id: WorkspaceId,
    },
    /// There is work on the job list.
    Jobs,
    /// Who may come into a workspace has changed: a session ended, an agent left.
    Access {
        /// Whose.
        workspace_id: WorkspaceId,
    },
    /// A workspace was deleted: who listens there has nothing to listen to any more.
    Gone {
        /// Which.
        workspace_id: WorkspaceId,
    },
    /// Wake-ups were lost: everything must be looked at.
    Missed,
}

/// Rings that a slow listener may fall behind before it is told to look at everything.
const KEPT_RINGS: usize = 16 * 1024;

#[derive(Clone)]
pub(crate) struct Bell {
    sender: broadcast::Sender<Ring>,
    floors: Arc<Mutex<Floors>>,
}

/// How often floors have changed, as far as this node heard: whoever keeps something that
/// was read knows by it whether it still holds.
#[derive(Default)]
struct Floors {
    of_each: HashMap<WorkspaceId, u64>,
    /// Wake-ups that were lost: each may have been anybody's.
    missed: u64,
}

impl Bell {
    pub(crate) fn new() -> Self {
        Self {
            sender: broadcast::channel(KEPT_RINGS).0,
            floors: Arc::default(),
        }
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Ring> {
        self.sender.subscribe()
    }

    /// Rings for listeners on this node. Nobody listening is fine.
    pub(crate) fn ring(&self, rings: impl IntoIterator<Item = Ring>) {
        for ring in rings {
            match &ring {
                Ring::Floor { workspace_id } | Ring::Gone { workspace_id } => {
                    let mut floors = self.floors();
                    *floors.of_each.entry(workspace_id.clone()).or_default() += 1;
                }
                Ring::Missed => self.floors().missed += 1,
                Ring::Conversation { .. } | Ring::Jobs | Ring::Access { .. } => {}
            }
            let _ = self.sender.send(ring);
        }
    }

    /// How often a workspace's floor has changed.
    pub(crate) fn floor_changes(&self, workspace_id: &WorkspaceId) -> u64 {
        let floors = self.floors();
        floors.missed + floors.of_each.get(workspace_id).copied().unwrap_or(0)
    }

    fn floors(&self) -> MutexGuard<'_, Floors> {
        self.floors.lock().expect("nobody panics while they count")
    }
}

impl Ring {
    /// The text of a NOTIFY between nodes.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Ring::Conversation { id, seq } => format!("{id} {seq}"),
            Ring::Floor { workspace_id } => workspace_id.to_string(),
            Ring::Jobs => "jobs".into(),
            Ring::Access { workspace_id } => format!("access {workspace_id}"),
            Ring::Gone { workspace_id } => format!("gone {workspace_id}"),
            Ring::Missed => "missed".into(),
        }
    }

    /// What it is about: of several rings about one thing the last is enough.
    pub(crate) fn subject(&self) -> String {
        match self {
            Ring::Conversation { id, .. } => id.to_string(),
            other => other.to_text(),
        }
    }

    /// Reads the text of a NOTIFY; `None` if it is not one of ours.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        match text {
            "jobs" => return Some(Ring::Jobs),
            "missed" => return Some(Ring::Missed),
            _ => {}
        }
        if let Some(workspace_id) = WorkspaceId::parse(text) {
            return Some(Ring::Floor { workspace_id });
        }
        if let Some(workspace_id) = text.strip_prefix("access ") {
            let workspace_id = WorkspaceId::parse(workspace_id)?;
            return Some(Ring::Access { workspace_id });
        }
        if let Some(workspace_id) = text.strip_prefix("gone ") {
            let workspace_id = WorkspaceId::parse(workspace_id)?;
            return Some(Ring::Gone { workspace_id });
        }
        let (id, seq) = text.split_once(' ')?;
        Some(Ring::Conversation {
            id: ConversationId::parse(id)?,
            seq: seq.parse().ok()?,
        })
    }
}
