//! The durable work list and the clock: what happens without anybody's request.

mod answer;
mod ask;
mod better;
mod find;
mod link_mail;
mod look_up;
mod mail;
mod mailbox;
mod overhear;
mod replay;
mod retain;
mod roll_up;
mod runner;
mod sweep;
mod webhook;
mod word;

use std::sync::Arc;

use segue_core::ids::WorkspaceId;
use segue_core::time::Timestamp;

pub use find::keep_findable;
pub use mailbox::fetch_mail;
pub use retain::{retain, retain_once};
pub use roll_up::{roll_up, roll_up_once};
pub use runner::{run, work_one};
pub use sweep::{Sweeper, assign_on_ring, purge_once, sweep, sweep_once};

use crate::assistant::Model;
use crate::channels::Mailer;
use crate::desk::Desk;
use crate::fetch::Fetcher;
use crate::live::Hub;

/// What jobs work with.
#[derive(Clone)]
pub struct Tools {
    /// The desk.
    pub desk: Desk,
    /// For typing signs and previews.
    pub hub: Hub,
    /// The mail server of the command line, which wins over what the console says.
    pub mailer: Option<Arc<Mailer>>,
    /// A language model that makes answers better, where configured.
    pub model: Option<Model>,
    /// Asks the operator's own systems (P25).
    pub fetcher: Fetcher,
}

impl Tools {
    /// What sends a workspace's mail as it is set now; `None` where nothing is. It is read
    /// anew for each mail, so that a change in the console counts at once on every node.
    pub async fn mailer_for(
        &self,
        workspace_id: &WorkspaceId,
    ) -> Result<Option<Arc<Mailer>>, String> {
        if let Some(mailer) = &self.mailer {
            return Ok(Some(mailer.clone()));
        }
        let id = workspace_id.clone();
        let settings = self.desk.store.read(move |tx| tx.mail_settings(&id)).await;
        let settings = settings.map_err(|error| error.to_string())?;
        let mailer = settings.map(|settings| Mailer::of(&settings)).transpose()?;
        Ok(mailer.map(Arc::new))
    }
}

/// How a job ended.
pub enum End {
    /// It is done.
    Done,
    /// It failed and may work later.
    Retry(String),
    /// It failed and will never work.
    GiveUp(String),
    /// It is not its time: it is begun anew then, and this run does not count.
    PutOff(Timestamp),
    /// This node stops, or others want their turn: it is begun anew at once.
    LetGo,
}
