//! `segue jobs`: work that was given up. It stays on the list for somebody to look at.

use clap::Subcommand;

use super::Outcome;
use super::database::{Database, desk_of};

/// As many as fit on a screen; the rest is much the same.
const SHOWN: i64 = 40;

#[derive(Subcommand)]
pub(super) enum Jobs {
    /// List what was given up, the latest first, with what it said.
    List {
        #[command(flatten)]
        database: Database,
    },
    /// Try all of it again, after its cause is mended.
    Retry {
        #[command(flatten)]
        database: Database,
    },
}

impl Jobs {
    pub(super) async fn run(self) -> Outcome {
        match self {
            Jobs::List { database } => list(&database).await,
            Jobs::Retry { database } => retry(&database).await,
        }
    }
}

async fn list(database: &Database) -> Outcome {
    let (desk, _) = desk_of(database).await?;
    let jobs = desk.store.read(|tx| tx.given_up_jobs(SHOWN)).await?;
    if jobs.is_empty() {
        println!("nothing was given up");
    }
    for (job, due, error) in jobs {
        let (date, time) = (due.date("UTC"), due.clock_time("UTC"));
        println!(
            "{date} {time} UTC  {}  {}  tried {} times: {error}",
            job.id, job.kind, job.tries
        );
    }
    Ok(())
}

async fn retry(database: &Database) -> Outcome {
    let (desk, _) = desk_of(database).await?;
    match desk.retry_given_up().await? {
        0 => println!("nothing was given up"),
        1 => println!("1 job is tried again; `segue jobs list` shows whether it worked"),
        count => {
            println!("{count} jobs are tried again; `segue jobs list` shows whether it worked")
        }
    }
    Ok(())
}
