//! `segue kb`: the knowledge base.

use std::path::Path;

use clap::Subcommand;
use ipnet::IpNet;
use segue_core::audit::By;

use super::Outcome;
use super::database::{Database, desk_of};
use crate::desk::{Imported, read_one, read_sources};
use crate::fetch::{FetchLimits, Fetcher};
use crate::gather::gather;

#[derive(Subcommand)]
pub(super) enum Kb {
    /// Import Markdown files, HTML pages and CSV tables of questions and answers; importing
    /// again updates.
    Import {
        /// Folders, files, and addresses of pages (https://…).
        #[arg(required = true, value_name = "DIR|FILE|URL")]
        what: Vec<String>,
        /// A network beside the public web whose pages may be read; may be given again.
        #[arg(
            long,
            value_name = "NETWORK",
            env = "SEGUE_ALLOW_FETCH",
            value_delimiter = ','
        )]
        allow_fetch: Vec<IpNet>,
        #[command(flatten)]
        database: Database,
    },
}

impl Kb {
    pub(super) async fn run(self) -> Outcome {
        match self {
            Kb::Import {
                what,
                allow_fetch,
                database,
            } => import(&what, allow_fetch, &database).await,
        }
    }
}

/// Pages read side by side.
const AT_ONCE: usize = 8;

async fn import(what: &[String], allow_fetch: Vec<IpNet>, database: &Database) -> Outcome {
    let (desk, workspace) = desk_of(database).await?;
    let is_address = |it: &&String| it.starts_with("https://") || it.starts_with("http://");
    let (addresses, paths): (Vec<&String>, Vec<&String>) = what.iter().partition(is_address);
    let mut all = Imported::default();
    let mut files = Vec::new();
    for path in paths {
        let path = Path::new(path);
        if path.is_dir() {
            let read = read_sources(path)
                .map_err(|error| format!("could not read {}: {error}", path.display()))?;
            files.extend(read.files);
            all.faults.extend(read.faults);
        } else {
            match read_one(path) {
                Ok(file) => files.push(file),
                Err(fault) => all.faults.push(fault),
            }
        }
    }
    let progress = |done, all| eprintln!("{done} of {all} files");
    add(&mut all, desk.import(&workspace.id, files, progress).await?);

    let fetcher = Fetcher::new(allow_fetch, FetchLimits::default());
    let mut waiting: Vec<String> = addresses.into_iter().cloned().collect();
    let (mut done, mut is_listed) = (0, false);
    while !waiting.is_empty() {
        let rest = waiting.split_off(waiting.len().min(AT_ONCE));
        done += waiting.len();
        let gathered = gather(&desk, &fetcher, &workspace.id, waiting).await?;
        add(&mut all, gathered.imported);
        waiting = rest;
        // A site map that lists site maps is followed once.
        if !is_listed {
            is_listed |= !gathered.more.is_empty();
            waiting.extend(gathered.more);
        }
        eprintln!("{done} of {} pages", done + waiting.len());
    }

    desk.note_import(workspace.id, By::Operator, &all).await?;
    for fault in &all.faults {
        eprintln!("left out {}: {}", fault.name, fault.fault);
    }
    println!(
        "{} added, {} updated, {} unchanged, {} left out",
        all.added,
        all.updated,
        all.unchanged,
        all.faults.len()
    );
    Ok(())
}

fn add(all: &mut Imported, part: Imported) {
    all.added += part.added;
    all.updated += part.updated;
    all.unchanged += part.unchanged;
    all.faults.extend(part.faults);
}
