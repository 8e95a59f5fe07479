//! `segue backup` and `segue restore`.

use std::path::{Path, PathBuf};

use clap::Args;
use segue_core::audit::{Action, By};
use segue_core::time::Timestamp;
use segue_store::{Seal, back_up, check_backup, restore, standing_of_folder};

use super::Outcome;
use super::database::{Database, desk_of, open};
use crate::desk::Desk;
use crate::desk::audit::Deed;
use crate::edge::Clock;
use crate::serve::hold;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is true of a database that was taken back, for whoever did it.
const AFTERWARDS: &str = "\
Everybody signs in anew; invitations and password links that were open are void.
Work that was claimed begins again at once; a mail that went out after the backup may go out
a second time, under the same Message-ID.
Passwords, API tokens and roles are as they were then: what was revoked or changed since must
be revoked or changed again. Contacts that were erased since must be erased again.";

#[derive(Args)]
pub(super) struct Backup {
    /// The file, or a folder that gets one named by the time. The current folder if absent.
    #[arg(long, value_name = "FILE_OR_DIR")]
    to: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
}

impl Backup {
    pub(super) async fn run(self) -> Outcome {
        if self.database.database.is_some() {
            return Err(on_postgres().into());
        }
        let now = Clock::System.now();
        let file = match self.to {
            Some(file) if !file.is_dir() => file,
            folder => folder.unwrap_or_default().join(name_at(now)),
        };
        let seal = back_up(&self.database.data, &file, VERSION, now)?;
        println!("{} is a backup: {}", file.display(), told(&seal));
        if let Err(error) = write_down(&self.database, &seal).await {
            eprintln!("segue: the audit log does not know of this backup: {error}");
        }
        Ok(())
    }
}

/// Somebody took a copy of everything: the audit log says so. A database that waits for an
/// upgrade is left alone.
async fn write_down(database: &Database, seal: &Seal) -> Outcome {
    let standing = standing_of_folder(&database.data)?;
    if standing.is_none_or(|standing| !standing.pending.is_empty()) {
        return Ok(());
    }
    let (desk, workspace) = desk_of(database).await?;
    let deed = Deed::new(Action::BackupMade).with("sha256", &seal.sha256);
    desk.write_down(workspace.id, By::Operator, deed).await?;
    Ok(())
}

/// `segue-2026-11-28T154501Z.backup`: the time without what file systems do not like.
fn name_at(now: Timestamp) -> String {
    let (date, time) = (now.date("UTC"), now.clock_time("UTC").replace(':', ""));
    let seconds = now.as_millis().div_euclid(1_000).rem_euclid(60);
    format!("segue-{date}T{time}{seconds:02}Z.backup")
}

fn told(seal: &Seal) -> String {
    format!(
        "{} MB, made by segue {} at migration {:04}, SHA-256 {}",
        seal.bytes.div_ceil(1 << 20),
        seal.version,
        seal.migration,
        seal.sha256
    )
}

/// PostgreSQL brings its own tools; these are the commands that were tested with Segue.
fn on_postgres() -> String {
    "PostgreSQL is backed up with its own tools, also while Segue serves:\n  \
     pg_dump --format=custom --no-owner --file=segue.dump \"$SEGUE_DATABASE\"\n\
     and taken back, with every segue stopped, into an empty database:\n  \
     pg_restore --no-owner --exit-on-error --single-transaction --dbname=\"$SEGUE_DATABASE\" segue.dump\n  \
     segue restore --settle"
        .into()
}

#[derive(Args)]
pub(super) struct Restore {
    /// The backup.
    #[arg(required_unless_present = "settle", conflicts_with = "settle")]
    file: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
    /// Only look whether the backup is whole and fits this version.
    #[arg(long, conflicts_with = "replace")]
    check: bool,
    /// Put it in the place of a database that is there, which goes to `before-restore`.
    #[arg(long)]
    replace: bool,
    /// After a restore with other tools (pg_restore, a copied folder): only end sessions, void
    /// one-time links and free what was claimed.
    #[arg(long, conflicts_with_all = ["check", "replace"])]
    settle: bool,
}

impl Restore {
    pub(super) async fn run(self) -> Outcome {
        let Some(file) = &self.file else {
            return self.settle().await;
        };
        if self.check {
            let seal = check_backup(file)?;
            println!("{} is whole: {}", file.display(), told(&seal));
            return Ok(());
        }
        if self.database.database.is_some() {
            return Err(on_postgres().into());
        }
        let data = &self.database.data;
        let _held = hold(data)?;
        let seal = restore(file, data, self.replace)?;
        println!("{} holds the backup: {}", data.display(), told(&seal));
        if has_older(data) {
            println!(
                "What was there before is in {}/before-restore; remove it once all is well.",
                data.display()
            );
        }
        println!("{AFTERWARDS}");
        Ok(())
    }

    async fn settle(&self) -> Outcome {
        // On PostgreSQL nobody can tell from here whether a node still runs.
        let _held = match &self.database.database {
            Some(_) => None,
            None => Some(hold(&self.database.data)?),
        };
        let desk = Desk::new(open(&self.database)?, Clock::System, false);
        desk.settle_restored().await?;
        println!("{AFTERWARDS}");
        Ok(())
    }
}

fn has_older(data: &Path) -> bool {
    data.join("before-restore").exists()
}
