//! A workspace goes, with every row that is its own. A new table gets its line here; a
//! test fills every table there is and reads all of them afterwards (`tests/leaving.rs`).

use segue_core::ids::WorkspaceId;
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

/// What is deleted, in this order: what refers to a row goes before the row.
const ROWS: &[(&str, &str)] = &[
    ("answers", "delete from answers where workspace_id = $1"),
    ("jobs", "delete from jobs where workspace_id = $1"),
    ("leases", "delete from leases where workspace_id = $1"),
    (
        "milestones",
        "delete from milestones where workspace_id = $1",
    ),
    ("sightings", "delete from sightings where workspace_id = $1"),
    (
        "mail_settings",
        "delete from mail_settings where workspace_id = $1",
    ),
    (
        "contact_events",
        "delete from contact_events where workspace_id = $1",
    ),
    (
        "look_up_answers",
        "delete from look_up_answers where workspace_id = $1",
    ),
    ("look_ups", "delete from look_ups where workspace_id = $1"),
    (
        "webhook_deliveries",
        "delete from webhook_deliveries where workspace_id = $1",
    ),
    ("webhooks", "delete from webhooks where workspace_id = $1"),
    ("mails", "delete from mails where workspace_id = $1"),
    (
        "mail_addresses",
        "delete from mail_addresses where workspace_id = $1",
    ),
    ("mail_keys", "delete from mail_keys where workspace_id = $1"),
    ("mailboxes", "delete from mailboxes where workspace_id = $1"),
    ("audit", "delete from audit where workspace_id = $1"),
    (
        "shadow_decisions",
        "delete from shadow_decisions where workspace_id = $1",
    ),
    ("trials", "delete from trials where workspace_id = $1"),
    ("policies", "delete from policies where workspace_id = $1"),
    (
        "customers_seen",
        "delete from customers_seen where workspace_id = $1",
    ),
    (
        "file_pieces",
        "delete from file_pieces where workspace_id = $1",
    ),
    ("files", "delete from files where workspace_id = $1"),
    (
        "measure_cases",
        "delete from measure_cases where workspace_id = $1",
    ),
    (
        "measure_cells",
        "delete from measure_cells where workspace_id = $1",
    ),
    (
        "measure_marks",
        "delete from measure_marks where workspace_id = $1",
    ),
    (
        "retentions",
        "delete from retentions where workspace_id = $1",
    ),
    ("ratings", "delete from ratings where workspace_id = $1"),
    ("handoffs", "delete from handoffs where workspace_id = $1"),
    ("decisions", "delete from decisions where workspace_id = $1"),
    ("presences", "delete from presences where workspace_id = $1"),
    ("waits", "delete from waits where workspace_id = $1"),
    ("searched", "delete from searched where workspace_id = $1"),
    (
        "search_progress",
        "delete from search_progress where workspace_id = $1",
    ),
    ("attempts", "delete from attempts where workspace_id = $1"),
    ("events", "delete from events where workspace_id = $1"),
    (
        "canned_replies",
        "delete from canned_replies where workspace_id = $1",
    ),
    ("gaps", "delete from gaps where workspace_id = $1"),
    ("articles", "delete from articles where workspace_id = $1"),
    (
        "identity_keys",
        "delete from identity_keys where workspace_id = $1",
    ),
    ("links", "delete from links where workspace_id = $1"),
    ("tokens", "delete from tokens where workspace_id = $1"),
    ("sessions", "delete from sessions where workspace_id = $1"),
    (
        "visitor_tokens",
        "delete from visitor_tokens where workspace_id = $1",
    ),
    (
        "conversations",
        "delete from conversations where workspace_id = $1",
    ),
    (
        "team_members",
        "delete from team_members where workspace_id = $1",
    ),
    ("teams", "delete from teams where workspace_id = $1"),
    ("agents", "delete from agents where workspace_id = $1"),
    ("contacts", "delete from contacts where workspace_id = $1"),
    ("inboxes", "delete from inboxes where workspace_id = $1"),
    ("workspaces", "delete from workspaces where id = $1"),
];

impl Tx<'_> {
    /// Deletes a workspace with everything that is its own; how many rows of each table.
    /// Empty if there is none.
    pub fn delete_workspace(
        &mut self,
        id: &WorkspaceId,
        now: Timestamp,
    ) -> Result<Vec<(&'static str, u64)>, Error> {
        // Only that of a workspace that goes may leave the audit log.
        let marked = self.execute(
            "update workspaces set deleted_at = $2 where id = $1",
            params![id, now],
        )?;
        if marked == 0 {
            return Ok(vec![]);
        }
        // Rows of numbers alone, that only `searched` knows the owner of.
        self.forget_all_words(id)?;
        let mut gone = Vec::with_capacity(ROWS.len());
        for &(table, sql) in ROWS {
            gone.push((table, self.execute(sql, params![id])?));
        }
        // Not even in pages of the database file that are free now.
        self.begin_log_anew();
        self.ring_gone(id);
        Ok(gone)
    }
}
