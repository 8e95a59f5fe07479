//! Answers to writes that carried an Idempotency-Key, so that sending again gives the
//! same answer and does nothing twice.

use segue_core::ids::WorkspaceId;
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

/// An answer that was given.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAnswer {
    /// What the request said, as a hash; another text under the same key is refused.
    pub request_hash: String,
    /// The HTTP status.
    pub status: i64,
    /// The body.
    pub body: String,
}

impl Tx<'_> {
    /// The answer given under a key.
    pub fn answer(
        &mut self,
        workspace_id: &WorkspaceId,
        key: &str,
    ) -> Result<Option<StoredAnswer>, Error> {
        self.row(
            "select request_hash, status, body from answers where workspace_id = $1 and idempotency_key = $2",
            params![workspace_id, key],
        )?
        .map(|row| {
            Ok(StoredAnswer { request_hash: row.text(0)?.into(), status: row.int(1)?, body: row.text(2)?.into() })
        })
        .transpose()
    }

    /// Enters an answer, or reserves its place until `complete_answer` in the same
    /// transaction. `Some` is what stands under the key already; on PostgreSQL a request
    /// that runs at the same time is waited for.
    pub fn reserve_answer(
        &mut self,
        workspace_id: &WorkspaceId,
        key: &str,
        answer: &StoredAnswer,
        now: Timestamp,
    ) -> Result<Option<StoredAnswer>, Error> {
        let added = self.execute(
            "insert into answers (workspace_id, idempotency_key, request_hash, status, body, created_at)
             values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
            params![workspace_id, key, answer.request_hash.as_str(), answer.status, answer.body.as_str(), now],
        )?;
        if added > 0 {
            Ok(None)
        } else {
            self.answer(workspace_id, key)
        }
    }

    /// Puts the answer into its reserved place.
    pub fn complete_answer(
        &mut self,
        workspace_id: &WorkspaceId,
        key: &str,
        answer: &StoredAnswer,
    ) -> Result<(), Error> {
        self.execute_later(
            "update answers set status = $3, body = $4 where workspace_id = $1 and idempotency_key = $2",
            params![workspace_id, key, answer.status, answer.body.as_str()],
        )?;
        Ok(())
    }

    /// Forgets answers older than `before`.
    pub fn purge_answers(&mut self, before: Timestamp) -> Result<u64, Error> {
        self.execute("delete from answers where created_at < $1", params![before])
    }
}
