//! What concerns the whole host and no single workspace: figures for whoever runs it, and
//! what must be done after a backup was taken back.

use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

/// Figures for whoever runs Segue, over all workspaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Jobs that were given up.
    pub given_up: i64,
    /// What the last of them said, with its kind.
    pub last_given_up: Option<(String, String)>,
    /// Jobs that are ready and have been for a while.
    pub oldest_job: Option<Timestamp>,
    /// Customers who wait for a person now.
    pub waiting: i64,
    /// Since when the first of them has.
    pub waiting_since: Option<Timestamp>,
    /// When the last event was recorded.
    pub newest_event: Option<Timestamp>,
}

impl Tx<'_> {
    /// Figures over all workspaces.
    pub fn figures(&mut self) -> Result<Figures, Error> {
        let mut figures = Figures::default();
        if let Some(row) = self.row(
            "select count(*) from jobs where state = 'given_up'",
            params![],
        )? {
            figures.given_up = row.int(0)?;
        }
        if let Some(row) = self.row(
            "select kind, coalesce(error, '') from jobs where state = 'given_up' order by run_at desc limit 1",
            params![],
        )? {
            figures.last_given_up = Some((row.text(0)?.into(), row.text(1)?.into()));
        }
        if let Some(row) = self.row("select min(run_at) from jobs where state = 'ready'", &[])? {
            figures.oldest_job = row.at_or_null(0);
        }
        if let Some(row) = self.row(
            "select count(*), min(queued_at) from conversations where state = 'queued'",
            params![],
        )? {
            figures.waiting = row.int(0)?;
            figures.waiting_since = row.at_or_null(1);
        }
        if let Some(row) = self.row("select max(touched_at) from conversations", params![])? {
            figures.newest_event = row.at_or_null(0);
        }
        Ok(figures)
    }

    /// Makes a database true again that was taken back from a backup, in a world that went on:
    /// sessions end, since some of them had; one-time links are void, since some were used;
    /// what a process had claimed is free, since that process is gone.
    pub fn settle_restored(&mut self) -> Result<(), Error> {
        self.execute("delete from sessions where true", params![])?;
        self.execute(
            "delete from tokens where kind <> 'api' and used_at is null",
            params![],
        )?;
        self.execute("delete from links where used_at is null", params![])?;
        self.execute(
            "update jobs set state = 'ready', claimed_until = null where state = 'running'",
            params![],
        )?;
        Ok(())
    }
}
