//! Where an inbox looks a customer up, and what was found for a while (P25).

use std::collections::BTreeMap;
use std::fmt;

use segue_core::ids::{ContactId, InboxId, WorkspaceId};
use segue_core::look_up::Field;
use segue_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// A look-up over HTTP.
#[derive(Clone, PartialEq)]
pub struct LookUp {
    /// The inbox whose customers are looked up.
    pub inbox_id: InboxId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// What agents call the system that is asked.
    pub name: String,
    /// Its address, with `{email}` or `{external_id}` in path or query.
    pub url: String,
    /// What is sent along; the values may be secret.
    pub headers: Vec<LookUpHeader>,
    /// What is taken from the answer.
    pub fields: Vec<Field>,
    /// How long an answer may take.
    pub timeout_ms: i64,
    /// How long it is taken for true; 0 for not at all.
    pub kept_ms: i64,
    /// When this was last changed.
    pub changed_at: Timestamp,
    /// When it last answered.
    pub answered_at: Option<Timestamp>,
    /// Since when it does not, and why.
    pub failure: Option<(Timestamp, String)>,
}

/// A header.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookUpHeader {
    /// Its name.
    pub name: String,
    /// What it says; secret.
    pub value: String,
}

/// What was found of a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct LookUpAnswer {
    /// With which settings and which address or id.
    pub asked: String,
    /// When.
    pub at: Timestamp,
    /// Field by field; empty where nobody is known there.
    pub fields: BTreeMap<String, String>,
}

/// Without the secrets, which may end up in a log.
impl fmt::Debug for LookUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookUp")
            .field("inbox_id", &self.inbox_id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for LookUpHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookUpHeader")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Tx<'_> {
    /// An inbox's look-up.
    pub fn look_up(
        &mut self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
    ) -> Result<Option<LookUp>, Error> {
        self.row(
            "select inbox_id, workspace_id, name, url, headers, fields, timeout_ms, kept_ms, changed_at,
               answered_at, failed_at, failure
             from look_ups where workspace_id = $1 and inbox_id = $2",
            params![workspace_id, inbox_id],
        )?
        .map(look_up)
        .transpose()
    }

    /// Sets an inbox's look-up. What was found before counts no more.
    pub fn set_look_up(&mut self, look_up: &LookUp) -> Result<(), Error> {
        self.forget_look_up(&look_up.workspace_id, &look_up.inbox_id)?;
        self.execute(
            "insert into look_ups (inbox_id, workspace_id, name, url, headers, fields, timeout_ms, kept_ms, changed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            params![
                &look_up.inbox_id,
                &look_up.workspace_id,
                look_up.name.as_str(),
                look_up.url.as_str(),
                json(&look_up.headers)?,
                json(&look_up.fields)?,
                look_up.timeout_ms,
                look_up.kept_ms,
                look_up.changed_at,
            ],
        )?;
        Ok(())
    }

    /// Forgets an inbox's look-up, its secrets and what was found by it.
    pub fn forget_look_up(
        &mut self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
    ) -> Result<(), Error> {
        self.execute(
            "delete from look_up_answers where workspace_id = $1 and inbox_id = $2",
            params![workspace_id, inbox_id],
        )?;
        self.execute(
            "delete from look_ups where workspace_id = $1 and inbox_id = $2",
            params![workspace_id, inbox_id],
        )?;
        Ok(())
    }

    /// Notes how asking went, unless the settings were changed meanwhile. A failure counts
    /// from its beginning.
    pub fn look_up_went(
        &mut self,
        look_up: &LookUp,
        failure: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "update look_ups set answered_at = case when cast($5 as text) is null then $4 else answered_at end,
               failed_at = case when cast($5 as text) is null then null else coalesce(failed_at, $4) end,
               failure = $5
             where workspace_id = $1 and inbox_id = $2 and changed_at = $3",
            params![
                &look_up.workspace_id,
                &look_up.inbox_id,
                look_up.changed_at,
                now,
                failure
            ],
        )?;
        Ok(())
    }

    /// What was found of a customer.
    pub fn look_up_answer(
        &mut self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
        contact_id: &ContactId,
    ) -> Result<Option<LookUpAnswer>, Error> {
        self.row(
            "select asked, at, fields from look_up_answers
             where workspace_id = $1 and inbox_id = $2 and contact_id = $3",
            params![workspace_id, inbox_id, contact_id],
        )?
        .map(answer)
        .transpose()
    }

    /// Everything that look-ups found of a customer, for their export.
    pub fn look_up_answers_of(
        &mut self,
        workspace_id: &WorkspaceId,
        contact_id: &ContactId,
    ) -> Result<Vec<LookUpAnswer>, Error> {
        self.rows(
            "select asked, at, fields from look_up_answers
             where workspace_id = $1 and contact_id = $2 order by at",
            params![workspace_id, contact_id],
        )?
        .into_iter()
        .map(answer)
        .collect()
    }

    /// Keeps what was found of a customer.
    pub fn keep_look_up_answer(
        &mut self,
        look_up: &LookUp,
        contact_id: &ContactId,
        found: &LookUpAnswer,
    ) -> Result<(), Error> {
        self.execute(
            "insert into look_up_answers (inbox_id, contact_id, workspace_id, asked, at, fields)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (inbox_id, contact_id) do update
             set asked = excluded.asked, at = excluded.at, fields = excluded.fields",
            params![
                &look_up.inbox_id,
                contact_id,
                &look_up.workspace_id,
                found.asked.as_str(),
                found.at,
                json(&found.fields)?,
            ],
        )?;
        Ok(())
    }

    /// Forgets what is taken for true no more, and what was found by a look-up that is gone.
    pub fn purge_look_up_answers(&mut self, now: Timestamp) -> Result<u64, Error> {
        self.execute(
            "delete from look_up_answers where not exists (
               select 1 from look_ups where look_ups.inbox_id = look_up_answers.inbox_id
                 and look_up_answers.at + look_ups.kept_ms > $1)",
            params![now],
        )
    }
}

fn look_up(row: Row) -> Result<LookUp, Error> {
    let failure = row.at_or_null(10).map(|at| {
        let why = row.text_or_null(11).unwrap_or_default();
        (at, why.to_string())
    });
    Ok(LookUp {
        inbox_id: row.id(0)?,
        workspace_id: row.id(1)?,
        name: row.text(2)?.into(),
        url: row.text(3)?.into(),
        headers: row.json(4)?,
        fields: row.json(5)?,
        timeout_ms: row.int(6)?,
        kept_ms: row.int(7)?,
        changed_at: row.at(8)?,
        answered_at: row.at_or_null(9),
        failure,
    })
}

fn answer(row: Row) -> Result<LookUpAnswer, Error> {
    Ok(LookUpAnswer {
        asked: row.text(0)?.into(),
        at: row.at(1)?,
        fields: row.json(2)?,
    })
}
