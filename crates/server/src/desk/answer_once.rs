//! A request that carries a key happens once: the key is reserved before it runs and
//! keeps what was answered.

use segue_core::ids::WorkspaceId;
use segue_core::time::{DAY_MS, HOUR_MS};
use segue_store::StoredAnswer;

use super::{Desk, Error};

impl Desk {
    /// Reserves a key for a request that begins, so that of two at once only one runs.
    /// `Some` is what stands under the key already; status 0 means that it still runs.
    pub async fn reserve_answer(
        &self,
        workspace_id: WorkspaceId,
        key: String,
        request_hash: String,
    ) -> Result<Option<StoredAnswer>, Error> {
        let reserved = StoredAnswer {
            request_hash,
            status: 0,
            body: String::new(),
        };
        self.verb(move |tx, moment| {
            Ok(tx.reserve_answer(&workspace_id, &key, &reserved, moment.now)?)
        })
        .await
    }

    /// Forgets answers of last week and sessions that have expired.
    pub async fn purge(&self) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            tx.purge_answers(moment.now.plus(-7 * DAY_MS))?;
            tx.purge_sessions(moment.now)?;
            tx.purge_links(moment.now)?;
            tx.purge_visitor_tokens(moment.now)?;
            tx.purge_receipts(moment.now.plus(-HOUR_MS))?;
            Ok(())
        })
        .await
    }

    /// Keeps what was answered under a reserved key; without an answer the key is free
    /// again.
    pub async fn keep_answer(
        &self,
        workspace_id: WorkspaceId,
        key: String,
        answer: Option<StoredAnswer>,
    ) -> Result<(), Error> {
        self.verb(move |tx, _| match &answer {
            Some(answer) => Ok(tx.complete_answer(&workspace_id, &key, answer)?),
            None => Ok(tx.drop_answer(&workspace_id, &key)?),
        })
        .await
    }
}
