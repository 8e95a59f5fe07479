//! `segue workspace`: companies that are served here.

use clap::Subcommand;
use segue_core::ids::WorkspaceId;

use super::Outcome;
use super::database::{Database, open};
use crate::desk::{Desk, Error};
use crate::edge::Clock;

#[derive(Subcommand)]
pub(super) enum Workspaces {
    /// List the companies: id, name.
    List {
        #[command(flatten)]
        database: Database,
    },
    /// Delete a company with everything that is its own: conversations, customers, articles,
    /// agents, keys, its audit log. Back up first; there is no other way back.
    Delete {
        /// Its id, as `segue workspace list` says.
        id: String,
        /// Its name, to show that it is meant.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        database: Database,
    },
}

impl Workspaces {
    pub(super) async fn run(self) -> Outcome {
        match self {
            Workspaces::List { database } => list(&database).await,
            Workspaces::Delete { id, name, database } => delete(&id, &name, &database).await,
        }
    }
}

async fn list(database: &Database) -> Outcome {
    let found: Result<_, segue_store::Error> = open(database)?.read(|tx| tx.workspaces()).await;
    for workspace in found? {
        println!("{}  {}", workspace.id, workspace.name);
    }
    Ok(())
}

async fn delete(id: &str, name: &str, database: &Database) -> Outcome {
    let none = "there is no company with that id; `segue workspace list` says which there are";
    let id = WorkspaceId::parse(id).ok_or(none)?;
    let desk = Desk::new(open(database)?, Clock::System, false);
    let asked = id.clone();
    let found: Result<_, segue_store::Error> =
        desk.store.read(move |tx| tx.workspace(&asked)).await;
    let workspace = found?.ok_or(none)?;
    if workspace.name != name {
        let is_called = &workspace.name;
        return Err(format!("that company is called `{is_called}`; nothing was deleted").into());
    }
    match desk.delete_workspace(id).await {
        Err(Error::NotFound) => Err(none.into()),
        gone => {
            for (table, rows) in gone?.into_iter().filter(|(_, rows)| *rows > 0) {
                println!("{rows:>8} {table}");
            }
            println!(
                "deleted {name}; its keys and sessions have ended. Backups made before still hold it"
            );
            Ok(())
        }
    }
}
