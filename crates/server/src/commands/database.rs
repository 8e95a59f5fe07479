//! Which database a command works on.

use std::path::PathBuf;

use clap::Args;
use segue_store::{Store, Workspace};

use crate::desk::Desk;
use crate::edge::Clock;

#[derive(Args, Clone)]
pub(super) struct Database {
    /// The folder of the embedded database.
    #[arg(long, env = "SEGUE_DATA", default_value = "segue-data")]
    pub(super) data: PathBuf,
    /// PostgreSQL instead: postgres://user:password@host:port/name?sslmode=verify-full.
    #[arg(long, env = "SEGUE_DATABASE")]
    pub(super) database: Option<String>,
}

pub(super) fn open(database: &Database) -> Result<Store, segue_store::Error> {
    match &database.database {
        Some(url) => Store::open_postgres(url),
        None => Store::open_sqlite(&database.data),
    }
}

/// A desk over a database that was started once, with its workspace.
pub(super) async fn desk_of(
    database: &Database,
) -> Result<(Desk, Workspace), Box<dyn std::error::Error>> {
    let desk = Desk::new(open(database)?, Clock::System, false);
    let workspace = desk
        .store
        .read(|tx| tx.first_workspace())
        .await?
        .ok_or("start `segue serve` once first")?;
    Ok((desk, workspace))
}
