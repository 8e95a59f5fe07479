//! The durable work list. A job is entered in the transaction that makes it
//! necessary; it is claimed for a time, so that a node that dies gives it back, and
//! ends done, retried later, or given up.

use segue_core::ids::{JobId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// A piece of durable work.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// What is to be done.
    pub kind: String,
    /// What makes it one piece of work: entering the same key twice makes one job.
    pub key: String,
    /// What it is to be done with, JSON.
    pub payload: String,
    /// Runs so far, this one included once it is claimed.
    pub tries: i64,
}

/// Which jobs a runner takes. What asks somebody outside or reads and counts for long takes its
/// time, and nobody who waits for an answer stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lot {
    /// Whatever comes.
    Any,
    /// What somebody waits for.
    Prompt,
    /// What asks others: look-ups, and what a model may better.
    Outside,
    /// What nobody waits for: replays, and what is noticed of messages to humans.
    Patient,
    /// What other programs are told. They may be slow, and there may be much to tell.
    Webhooks,
}

impl Lot {
    const fn name(self) -> &'static str {
        match self {
            Lot::Any => "any",
            Lot::Prompt => "prompt",
            Lot::Outside => "outside",
            Lot::Patient => "patient",
            Lot::Webhooks => "webhooks",
        }
    }
}

impl Tx<'_> {
    /// Enters a job to be run at `run_at`. A key that is on the list already changes
    /// nothing.
    pub fn add_job(&mut self, job: &Job, run_at: Timestamp) -> Result<(), Error> {
        self.put_off_job(job, run_at)?;
        self.ring_jobs();
        Ok(())
    }

    /// The same of a job that is not due for a while: the runners find it when they look by
    /// themselves, and none of them wakes for it.
    pub fn put_off_job(&mut self, job: &Job, run_at: Timestamp) -> Result<(), Error> {
        self.execute_later(
            "insert into jobs (id, workspace_id, kind, job_key, payload, run_at, tries, state)
             values ($1, $2, $3, $4, $5, $6, 0, 'ready') on conflict (job_key) do nothing",
            params![
                &job.id,
                &job.workspace_id,
                job.kind.as_str(),
                job.key.as_str(),
                job.payload.as_str(),
                run_at,
            ],
        )
    }

    /// Claims the next job that is ready, or whose claim has run out, until `until`.
    pub fn claim_job(
        &mut self,
        lot: Lot,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Job>, Error> {
        let sql = if self.is_postgres() {
            "update jobs set state = 'running', claimed_until = $2, tries = tries + 1 where id = (
               select id from jobs where ((state = 'ready' and run_at <= $1) or (state = 'running' and claimed_until <= $1))
                 and $3 in ('any', case when kind in ('look_up', 'better', 'word') then 'outside'
                          when kind in ('overhear', 'replay') then 'patient'
                          when kind = 'webhook' then 'webhooks' else 'prompt' end)
               order by run_at limit 1 for update skip locked)
             returning id, workspace_id, kind, job_key, payload, tries"
        } else {
            "update jobs set state = 'running', claimed_until = $2, tries = tries + 1 where id = (
               select id from jobs where ((state = 'ready' and run_at <= $1) or (state = 'running' and claimed_until <= $1))
                 and $3 in ('any', case when kind in ('look_up', 'better', 'word') then 'outside'
                          when kind in ('overhear', 'replay') then 'patient'
                          when kind = 'webhook' then 'webhooks' else 'prompt' end)
               order by run_at limit 1)
             returning id, workspace_id, kind, job_key, payload, tries"
        };
        self.row(sql, params![now, until, lot.name()])?
            .map(job)
            .transpose()
    }

    /// It is done, whoever else has begun it again meanwhile.
    pub fn finish_job(&mut self, job: &Job) -> Result<(), Error> {
        self.execute("delete from jobs where id = $1", params![&job.id])?;
        Ok(())
    }

    /// It has done a part of what it is for: whoever begins it anew goes on from there. As with
    /// [`Tx::retry_job`], another run of it counts more; `false` if there is one, or it is gone.
    pub fn advance_job(&mut self, job: &Job, payload: &str) -> Result<bool, Error> {
        let advanced = self.execute(
            "update jobs set payload = $3 where id = $1 and tries = $2 and state = 'running'",
            params![&job.id, job.tries, payload],
        )?;
        Ok(advanced > 0)
    }

    /// It failed; it runs again at `run_at`. Nothing happens if its claim had run out and
    /// another run of it is under way: how that ends counts.
    pub fn retry_job(&mut self, job: &Job, run_at: Timestamp, error: &str) -> Result<(), Error> {
        self.execute(
            "update jobs set state = 'ready', run_at = $3, claimed_until = null, error = $4
             where id = $1 and tries = $2",
            params![&job.id, job.tries, run_at, error],
        )?;
        Ok(())
    }

    /// It was begun and is left: whoever claims it next begins it anew, and this run does not
    /// count. As with [`Tx::retry_job`], another run of it counts more.
    pub fn let_go_job(&mut self, job: &Job, now: Timestamp) -> Result<(), Error> {
        self.execute(
            "update jobs set state = 'ready', run_at = $3, claimed_until = null, tries = tries - 1
             where id = $1 and tries = $2 and state = 'running'",
            params![&job.id, job.tries, now],
        )?;
        self.ring_jobs();
        Ok(())
    }

    /// It failed for good; it stays on the list for someone to look at. As with
    /// [`Tx::retry_job`], another run of it counts more.
    pub fn give_up_job(&mut self, job: &Job, error: &str) -> Result<(), Error> {
        self.execute(
            "update jobs set state = 'given_up', claimed_until = null, error = $3
             where id = $1 and tries = $2",
            params![&job.id, job.tries, error],
        )?;
        Ok(())
    }

    /// Jobs that were given up, the latest first, with when they were due and what they said.
    pub fn given_up_jobs(&mut self, limit: i64) -> Result<Vec<(Job, Timestamp, String)>, Error> {
        self.rows(
            "select id, workspace_id, kind, job_key, payload, tries, run_at, coalesce(error, '') from jobs
             where state = 'given_up' order by run_at desc, id limit $1",
            params![limit],
        )?
        .into_iter()
        .map(|row| {
            let (at, error) = (row.at(6)?, row.text(7)?.to_string());
            Ok((job(row)?, at, error))
        })
        .collect()
    }

    /// Enters what was given up again, to be tried as often as at first; how many there were.
    pub fn retry_given_up(&mut self, now: Timestamp) -> Result<u64, Error> {
        let count = self.execute(
            "update jobs set state = 'ready', run_at = $1, claimed_until = null, tries = 0
             where state = 'given_up'",
            params![now],
        )?;
        self.ring_jobs();
        Ok(count)
    }

    /// When the next job becomes ready.
    pub fn next_job_at(&mut self) -> Result<Option<Timestamp>, Error> {
        let row = self.row("select min(run_at) from jobs where state = 'ready'", &[])?;
        Ok(row.and_then(|row| row.at_or_null(0)))
    }

    /// Whether a claim has run out: the node that had it is gone.
    pub fn has_stale_claim(&mut self, now: Timestamp) -> Result<bool, Error> {
        let row = self.row(
            "select 1 from jobs where state = 'running' and claimed_until <= $1 limit 1",
            params![now],
        )?;
        Ok(row.is_some())
    }

    /// How many jobs are in each state.
    pub fn count_jobs(&mut self) -> Result<Vec<(String, i64)>, Error> {
        self.rows("select state, count(*) from jobs group by state", &[])?
            .into_iter()
            .map(|row| Ok((row.text(0)?.to_string(), row.int(1)?)))
            .collect()
    }
}

fn job(row: Row) -> Result<Job, Error> {
    Ok(Job {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        kind: row.text(2)?.into(),
        key: row.text(3)?.into(),
        payload: row.text(4)?.into(),
        tries: row.int(5)?,
    })
}
