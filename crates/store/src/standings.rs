//! The host's figures as the database has them, over all workspaces: for whoever watches
//! the machine, without anybody's names.

use segue_core::time::Timestamp;

use crate::error::Error;
use crate::tx::Tx;

/// How things stand on the host.
#[derive(Clone, Debug, Default)]
pub struct Standings {
    /// Jobs by their state.
    pub jobs: Vec<JobsStanding>,
    /// Conversations by their state.
    pub conversations: Vec<(String, i64)>,
    /// Customers who wait live for a person.
    pub waiting: i64,
    /// Since when the first of them waits.
    pub waiting_since: Option<Timestamp>,
    /// Agents by what they say of themselves.
    pub agents: Vec<(String, i64)>,
}

/// The jobs of one state.
#[derive(Clone, Debug)]
pub struct JobsStanding {
    /// `ready`, `running` or `given_up`.
    pub state: String,
    /// How many.
    pub count: i64,
    /// When the oldest was due.
    pub oldest: Option<Timestamp>,
}

impl Tx<'_> {
    /// Reads them all at one moment.
    pub fn standings(&mut self) -> Result<Standings, Error> {
        let jobs = self
            .rows(
                "select state, count(*), min(run_at) from jobs group by state",
                &[],
            )?
            .into_iter()
            .map(|row| {
                Ok::<_, Error>(JobsStanding {
                    state: row.text(0)?.into(),
                    count: row.int(1)?,
                    oldest: row.at_or_null(2),
                })
            })
            .collect::<Result<_, _>>()?;
        let waiting = self.row(
            "select count(*), min(queued_at) from conversations where state = 'queued'",
            &[],
        )?;
        let (waiting, waiting_since) = match waiting {
            Some(row) => (row.int(0)?, row.at_or_null(1)),
            None => (0, None),
        };
        Ok(Standings {
            jobs,
            conversations: self
                .counts("select state, count(*) from conversations group by state")?,
            waiting,
            waiting_since,
            agents: self.counts("select presence, count(*) from agents group by presence")?,
        })
    }

    fn counts(&mut self, sql: &'static str) -> Result<Vec<(String, i64)>, Error> {
        self.rows(sql, &[])?
            .into_iter()
            .map(|row| Ok((row.text(0)?.to_string(), row.int(1)?)))
            .collect()
    }
}
