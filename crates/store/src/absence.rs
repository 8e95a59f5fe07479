//! Signs of life of customers who wait, from whichever node their page is connected to.

use segue_core::conversation::Conversation;
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

impl Tx<'_> {
    /// The page of a conversation's customer is there.
    pub fn see_customer(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "insert into customers_seen (conversation_id, workspace_id, seen_at) values ($1, $2, $3)
             on conflict (conversation_id) do update set seen_at = excluded.seen_at",
            params![id, workspace_id, now],
        )?;
        Ok(())
    }

    /// Live waits whose customer was seen once, but not since `seen_before`, and is not
    /// known to be away. With when they were seen last.
    pub fn customers_gone(
        &mut self,
        workspace_id: &WorkspaceId,
        seen_before: Timestamp,
    ) -> Result<Vec<(Conversation, Timestamp)>, Error> {
        let rows = self.rows(
            "select c.snapshot, s.seen_at from customers_seen s join conversations c on c.id = s.conversation_id
             where s.workspace_id = $1 and s.seen_at < $2 and c.state = 'queued' order by s.seen_at",
            params![workspace_id, seen_before],
        )?;
        let mut gone = Vec::new();
        for row in rows {
            let conversation: Conversation = row.json(0)?;
            if conversation.wait().is_some_and(|wait| wait.away.is_none()) {
                gone.push((conversation, row.at(1)?));
            }
        }
        Ok(gone)
    }

    /// Forgets signs of life older than `before`.
    pub fn purge_customers_seen(&mut self, before: Timestamp) -> Result<u64, Error> {
        self.execute(
            "delete from customers_seen where seen_at < $1",
            params![before],
        )
    }
}
