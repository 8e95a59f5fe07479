//! Who did what in a workspace. Rows are only ever added; the tables themselves refuse
//! anything else.

use std::collections::BTreeMap;

use segue_core::audit::{Action, By};
use segue_core::ids::{AuditId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// A row to be added.
#[derive(Clone, Debug)]
pub struct NewAuditEntry {
    /// Its id.
    pub id: AuditId,
    /// Where it was done.
    pub workspace_id: WorkspaceId,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: By,
    /// What.
    pub action: Action,
    /// The id of what it was done to, where there is one.
    pub subject: Option<String>,
    /// What else is to be known, in a few words each. No secrets, no customers' words.
    pub detail: BTreeMap<&'static str, String>,
}

/// A row as it reads back. Names that a newer version wrote are kept as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// Its id; ids sort by time.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// `agent`, `program`, `contact`, `operator`, `stranger` or `system`.
    pub actor_kind: String,
    /// Their id, where they have one.
    pub actor_id: Option<String>,
    /// Their name then, where they have one.
    pub actor_name: Option<String>,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: Option<String>,
    /// What else is known.
    pub detail: BTreeMap<String, String>,
}

/// Which rows; what is not said leaves none out.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only what this agent, program or contact did.
    pub actor_id: Option<String>,
    /// Only what those of this kind did: `agent`, `program`, `contact`, `operator`, `stranger`
    /// or `system`.
    pub actor_kind: Option<String>,
    /// Only this.
    pub action: Option<Action>,
    /// Only what was done to the thing with this id.
    pub subject: Option<String>,
    /// Only what was done then or later.
    pub since: Option<Timestamp>,
    /// Only what was done before then.
    pub until: Option<Timestamp>,
}

impl Tx<'_> {
    /// Adds a row.
    pub fn add_audit(&mut self, entry: &NewAuditEntry) -> Result<(), Error> {
        self.execute(
            "insert into audit (id, workspace_id, at, actor_kind, actor_id, actor_name, action, subject, detail)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            params![
                &entry.id,
                &entry.workspace_id,
                entry.at,
                entry.by.kind(),
                entry.by.id(),
                entry.by.name(),
                entry.action.name(),
                entry.subject.as_deref(),
                json(&entry.detail)?,
            ],
        )?;
        Ok(())
    }

    /// Rows that a filter lets through, newest first, older than `before` in the list.
    pub fn audit(
        &mut self,
        workspace_id: &WorkspaceId,
        only: &AuditFilter,
        before: Option<&AuditId>,
        limit: i64,
    ) -> Result<Vec<AuditEntry>, Error> {
        self.rows(
            "select id, at, actor_kind, actor_id, actor_name, action, subject, detail from audit
             where workspace_id = $1 and (cast($2 as text) is null or actor_id = $2)
               and (cast($3 as text) is null or actor_kind = $3)
               and (cast($4 as text) is null or action = $4)
               and (cast($5 as text) is null or subject = $5)
               and (cast($6 as bigint) is null or at >= $6)
               and (cast($7 as bigint) is null or at < $7)
               and (cast($8 as text) is null or id < $8)
             order by id desc limit $9",
            params![
                workspace_id,
                only.actor_id.as_deref(),
                only.actor_kind.as_deref(),
                only.action.map(Action::name),
                only.subject.as_deref(),
                only.since,
                only.until,
                before,
                limit
            ],
        )?
        .into_iter()
        .map(entry)
        .collect()
    }
}

fn entry(row: Row) -> Result<AuditEntry, Error> {
    Ok(AuditEntry {
        id: row.id(0)?,
        at: row.at(1)?,
        actor_kind: row.text(2)?.into(),
        actor_id: row.text_or_null(3).map(str::to_string),
        actor_name: row.text_or_null(4).map(str::to_string),
        action: row.text(5)?.into(),
        subject: row.text_or_null(6).map(str::to_string),
        detail: row.json(7)?,
    })
}
