//! The durable work list and the clock: what happens without anybody's request.

mod answer;
mod mail;
mod runner;
mod sweep;

use std::sync::Arc;

pub use runner::{run, work_one};
pub use sweep::{assign_on_ring, purge_once, sweep, sweep_once};

use crate::assistant::Model;
use crate::channels::Mailer;
use crate::desk::Desk;
use crate::live::Hub;

/// What jobs work with.
#[derive(Clone)]
pub struct Tools {
    /// The desk.
    pub desk: Desk,
    /// For typing signs and previews.
    pub hub: Hub,
    /// For answers by e-mail, where configured.
    pub mailer: Option<Arc<Mailer>>,
    /// A language model that makes answers better, where configured.
    pub model: Option<Model>,
}

/// How a job ended.
pub enum End {
    /// It is done.
    Done,
    /// It failed and may work later.
    Retry(String),
    /// It failed and will never work.
    GiveUp(String),
}
