//! Conversations that agents have solved, to learn from for the next of their kind (P26).

use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::package::Package;
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

/// A conversation that ended well with an agent.
#[derive(Clone, Debug)]
pub struct SolvedCase {
    /// Which.
    pub conversation_id: ConversationId,
    /// What the agent received.
    pub package: Package,
    /// How it ended: a disposition.
    pub outcome: String,
    /// When.
    pub ended_at: Timestamp,
}

impl Tx<'_> {
    /// The latest that were solved, newest first; erased ones are none.
    pub fn solved_cases(
        &mut self,
        workspace_id: &WorkspaceId,
        limit: i64,
    ) -> Result<Vec<SolvedCase>, Error> {
        self.rows(
            "select conversation_id, package, outcome, ended_at from handoffs
             where workspace_id = $1 and ended_at is not null and package is not null
               and outcome in ('solved', 'workaround', 'refunded', 'bug_filed', 'product_problem')
             order by ended_at desc limit $2",
            params![workspace_id, limit],
        )?
        .into_iter()
        .map(|row| {
            Ok(SolvedCase {
                conversation_id: row.id(0)?,
                package: row.json(1)?,
                outcome: row.text(2)?.into(),
                ended_at: row.at(3)?,
            })
        })
        .collect()
    }
}
