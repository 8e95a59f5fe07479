//! `segue kb`: the knowledge base.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::Outcome;
use super::database::{Database, desk_of};
use crate::desk::read_folder;

#[derive(Subcommand)]
pub(super) enum Kb {
    /// Import a folder of Markdown files; importing again updates.
    Import {
        /// The folder.
        folder: PathBuf,
        #[command(flatten)]
        database: Database,
    },
}

impl Kb {
    pub(super) async fn run(self) -> Outcome {
        match self {
            Kb::Import { folder, database } => import(&folder, &database).await,
        }
    }
}

async fn import(folder: &Path, database: &Database) -> Outcome {
    let (desk, workspace) = desk_of(database).await?;
    let read = read_folder(folder)
        .map_err(|error| format!("could not read {}: {error}", folder.display()))?;
    let progress = |done, all| eprintln!("{done} of {all} files");
    let imported = desk.import(&workspace.id, read.files, progress).await?;
    let faults: Vec<_> = read.faults.iter().chain(&imported.faults).collect();
    for fault in &faults {
        eprintln!("left out {}: {}", fault.name, fault.fault);
    }
    println!(
        "{} added, {} updated, {} unchanged, {} left out",
        imported.added,
        imported.updated,
        imported.unchanged,
        faults.len()
    );
    Ok(())
}
