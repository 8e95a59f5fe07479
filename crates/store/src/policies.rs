//! A workspace's policy with all its versions: who made each, when and why.

use segue_core::audit::By;
use segue_core::ids::WorkspaceId;
use segue_core::policy::Policy;
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// A version of a workspace's policy.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyVersion {
    /// Its number; decisions name it.
    pub version: u32,
    /// Since when.
    pub at: Timestamp,
    /// `agent`, `operator` or `system`.
    pub by_kind: String,
    /// Who, where it was an agent.
    pub by_id: Option<String>,
    /// Their name then.
    pub by_name: Option<String>,
    /// Why, in their words.
    pub note: String,
    /// As it was written.
    pub text: String,
    /// What was read from that.
    pub policy: Policy,
    /// The version of before that it takes up again.
    pub again: Option<u32>,
}

const COLUMNS: &str =
    "select version, at, by_kind, by_id, by_name, note, text, policy, again from policies
     where workspace_id = $1 order by version desc limit $2";

impl Tx<'_> {
    /// Keeps a version.
    pub fn add_policy_version(
        &mut self,
        workspace_id: &WorkspaceId,
        version: &PolicyVersion,
    ) -> Result<(), Error> {
        self.execute(
            "insert into policies (workspace_id, version, at, by_kind, by_id, by_name, note, text, policy, again)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            params![
                workspace_id,
                i64::from(version.version),
                version.at,
                version.by_kind.as_str(),
                version.by_id.as_deref(),
                version.by_name.as_deref(),
                version.note.as_str(),
                version.text.as_str(),
                json(&version.policy)?,
                version.again.map(i64::from),
            ],
        )?;
        Ok(())
    }

    /// The versions of a policy, newest first.
    pub fn policy_versions(
        &mut self,
        workspace_id: &WorkspaceId,
        limit: i64,
    ) -> Result<Vec<PolicyVersion>, Error> {
        let rows = self.rows(COLUMNS, params![workspace_id, limit])?;
        rows.into_iter().map(version).collect()
    }

    /// The newest version that nobody switched to in the console: from the operator's file, or
    /// what held at first.
    pub fn policy_by_operator(
        &mut self,
        workspace_id: &WorkspaceId,
    ) -> Result<Option<PolicyVersion>, Error> {
        self.row(
            "select version, at, by_kind, by_id, by_name, note, text, policy, again from policies
             where workspace_id = $1 and by_kind in ('operator', 'system') order by version desc limit 1",
            params![workspace_id],
        )?
        .map(version)
        .transpose()
    }

    /// One version of a policy.
    pub fn policy_version(
        &mut self,
        workspace_id: &WorkspaceId,
        number: u32,
    ) -> Result<Option<PolicyVersion>, Error> {
        self.row(
            "select version, at, by_kind, by_id, by_name, note, text, policy, again from policies
             where workspace_id = $1 and version = $2",
            params![workspace_id, i64::from(number)],
        )?
        .map(version)
        .transpose()
    }
}

impl PolicyVersion {
    /// The same as made by somebody.
    pub fn by(self, by: &By) -> Self {
        Self {
            by_kind: by.kind().into(),
            by_id: by.id().map(Into::into),
            by_name: by.name().map(Into::into),
            ..self
        }
    }
}

fn version(row: Row) -> Result<PolicyVersion, Error> {
    Ok(PolicyVersion {
        version: u32::try_from(row.int(0)?).unwrap_or(0),
        at: row.at(1)?,
        by_kind: row.text(2)?.into(),
        by_id: row.text_or_null(3).map(Into::into),
        by_name: row.text_or_null(4).map(Into::into),
        note: row.text(5)?.into(),
        text: row.text(6)?.into(),
        policy: row.policy(7)?,
        again: row
            .int_or_null(8)
            .and_then(|number| u32::try_from(number).ok()),
    })
}
