//! A request that carries a key happens once: its answer is written in the transaction
//! of the verb that it asked for, so that either both are there or neither, whatever dies
//! in between. Of two requests at once the second waits for the first one's answer.

use segue_core::ids::WorkspaceId;
use segue_core::time::{DAY_MS, HOUR_MS, Timestamp};
use segue_store::{StoredAnswer, Tx};

use super::{Desk, Error};
use crate::edge::Moment;

/// Under which key a request is answered, and what it said.
#[derive(Clone, Debug)]
pub struct AnswerKey {
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// The key.
    pub key: String,
    /// What the request said, as a hash.
    pub request_hash: String,
}

/// What becomes of a verb's outcome while its transaction is still open.
pub trait Telling<T>: Clone + Send + 'static {
    /// What the caller gets.
    type Given: Send + 'static;

    /// Runs the verb.
    fn of(
        &self,
        tx: &mut Tx<'_>,
        moment: &Moment,
        verb: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>,
    ) -> Result<Self::Given, Error>;
}

/// The outcome itself.
#[derive(Clone)]
pub struct Plain;

impl<T: Send + 'static> Telling<T> for Plain {
    type Given = T;

    fn of(
        &self,
        tx: &mut Tx<'_>,
        _: &Moment,
        verb: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        verb(tx)
    }
}

/// The answer to a request, written down by `write` as status and body; under a key it is
/// kept, and what stands under the key already is given instead.
#[derive(Clone)]
pub struct Answered<W> {
    /// The key, if the request carried one.
    pub key: Option<AnswerKey>,
    /// Writes the answer.
    pub write: W,
}

impl<T, W> Telling<T> for Answered<W>
where
    W: Fn(&mut Tx<'_>, Timestamp, &T) -> Result<(u16, String), Error> + Clone + Send + 'static,
{
    type Given = StoredAnswer;

    fn of(
        &self,
        tx: &mut Tx<'_>,
        moment: &Moment,
        verb: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>,
    ) -> Result<StoredAnswer, Error> {
        let AnswerKey {
            workspace_id,
            key,
            request_hash,
        } = match &self.key {
            Some(key) => key,
            None => {
                let done = verb(tx)?;
                let (status, body) = (self.write)(tx, moment.now, &done)?;
                return Ok(answer(String::new(), status, body));
            }
        };
        let reserved = answer(request_hash.clone(), 0, String::new());
        if let Some(earlier) = tx.reserve_answer(workspace_id, key, &reserved, moment.now)? {
            return Ok(earlier);
        }
        let done = verb(tx)?;
        let (status, body) = (self.write)(tx, moment.now, &done)?;
        let given = answer(request_hash.clone(), status, body);
        tx.complete_answer(workspace_id, key, &given)?;
        Ok(given)
    }
}

fn answer(request_hash: String, status: u16, body: String) -> StoredAnswer {
    StoredAnswer {
        request_hash,
        status: i64::from(status),
        body,
    }
}

impl Desk {
    /// What was answered under a key.
    pub async fn answered(&self, key: &AnswerKey) -> Result<Option<StoredAnswer>, Error> {
        let (workspace_id, key) = (key.workspace_id.clone(), key.key.clone());
        let found = self
            .store
            .glance(move |tx| tx.answer(&workspace_id, &key))
            .await?;
        Ok(found)
    }

    /// Keeps an answer to a request that changed nothing: a refusal, or a question. What
    /// stands under the key already stays.
    pub async fn keep_answer(&self, key: AnswerKey, given: StoredAnswer) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            tx.reserve_answer(&key.workspace_id, &key.key, &given, moment.now)?;
            Ok(())
        })
        .await
    }

    /// Forgets answers of last week, and what has expired: sessions, what look-ups found.
    pub async fn purge(&self) -> Result<(), Error> {
        let mails_since = self.mails_kept_since();
        self.verb(move |tx, moment| {
            tx.purge_mails(mails_since)?;
            tx.purge_answers(moment.now.plus(-7 * DAY_MS))?;
            tx.purge_sessions(moment.now)?;
            tx.purge_links(moment.now)?;
            tx.purge_visitor_tokens(moment.now)?;
            tx.purge_customers_seen(moment.now.plus(-7 * DAY_MS))?;
            tx.purge_look_up_answers(moment.now)?;
            tx.purge_deliveries(moment.now.plus(-30 * DAY_MS))?;
            tx.purge_receipts(moment.now.plus(-HOUR_MS))?;
            tx.purge_presences(moment.now.plus(-90 * DAY_MS))?;
            tx.purge_shadow_decisions(moment.now.plus(-180 * DAY_MS))?;
            Ok(())
        })
        .await
    }
}
