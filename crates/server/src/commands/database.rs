//! Which database a command works on.

use std::path::PathBuf;

use clap::Args;
use segue_store::{Store, Workspace};

use super::Outcome;
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

#[derive(Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    database: Database,
    /// Only say what would be done.
    #[arg(long)]
    show: bool,
    /// Go on with an embedded database whose log is damaged: what stands behind the damage is
    /// lost. Copy the folder first.
    #[arg(long, conflicts_with = "show")]
    accept_loss: bool,
}

impl Migrate {
    pub(super) fn run(self) -> Outcome {
        let Database { data, database } = &self.database;
        if self.accept_loss {
            segue_store::carry_over_all(data)?;
            println!("what reads of the log is kept");
        }
        let standing = match database {
            Some(url) => Some(segue_store::standing_of_postgres(url)?),
            None => segue_store::standing_of_folder(data)?,
        };
        let found = standing.as_ref().map_or(0, |standing| standing.found);
        if let Some(standing) = &standing
            && found > standing.known
        {
            let (found, known) = (standing.found, standing.known);
            return Err(segue_store::Error::Newer { found, known }.into());
        }
        let pending = standing.map_or(vec![], |standing| standing.pending);
        if found > 0 {
            for (number, reason) in &pending {
                println!("{number:04} {reason}");
            }
        }
        match (found, pending.len(), self.show) {
            (0, _, true) => println!("there is no database yet; `segue serve` makes one"),
            (_, 0, _) => println!("the database is up to date, at {found:04}"),
            (_, count, true) => {
                println!("{count} to apply, at the next start or by `segue migrate`; back up first")
            }
            (_, _, false) => {
                open(&self.database)?;
                println!("the database is up to date");
            }
        }
        Ok(())
    }
}
