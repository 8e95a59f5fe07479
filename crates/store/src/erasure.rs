//! Removing a contact's words and personal data from every table (P48). What remains are
//! facts without words: the history still replays, and the measures still count. A new
//! table that holds words of customers gets its line here; a test reads all tables
//! afterwards (`tests/api/personal_data.rs`).

use segue_core::ids::{ContactId, ConversationId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

impl Tx<'_> {
    /// Empties everything that was said in a conversation or written about it.
    pub fn erase_words(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<(), Error> {
        self.execute(
            "update events set body = null where conversation_id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        self.execute(
            "update attempts set suggestion = '', outcome_words = null
             where conversation_id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        // What a decision was made of are the customer's words; that it was made stands in
        // the history.
        self.execute(
            "delete from decisions where conversation_id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        self.execute(
            "update handoffs set package = null where conversation_id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        self.execute(
            "delete from file_pieces where workspace_id = $2
               and file_id in (select id from files where conversation_id = $1)",
            params![id, workspace_id],
        )?;
        self.execute(
            "delete from files where conversation_id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        self.execute(
            "delete from customers_seen where conversation_id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        self.execute(
            "update mails set sender = '' where conversation_id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        self.execute(
            "update conversations set erased = 1 where id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        self.forget_words(workspace_id, id)?;
        // A draft that nobody has approved may hold their words.
        self.execute(
            "delete from gaps where workspace_id = $1 and closed = 0
               and (draft like $2 or questions like $2)",
            params![workspace_id, format!("%{id}%")],
        )?;
        self.forget_copies(workspace_id, id.as_str())?;
        // Not even in pages of the database file that are free now.
        self.begin_log_anew();
        Ok(())
    }

    /// Empties what is known of a contact, and ends their keys.
    pub fn erase_person(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ContactId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "update mails set sender = '' where workspace_id = $2 and sender in (
               select lower(email) from contacts where id = $1 and workspace_id = $2 and email is not null
               union select mail_address from contacts where id = $1 and workspace_id = $2
                 and mail_address is not null
               union select address from mail_addresses where contact_id = $1 and workspace_id = $2)",
            params![id, workspace_id],
        )?;
        self.execute(
            "delete from mail_addresses where contact_id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        self.execute(
            "delete from contact_events where contact_id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        self.execute(
            "delete from look_up_answers where contact_id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        self.execute(
            "update contacts set person = '{}', email = null, mail_address = null, plan = '', vip = 0, signed_up_at = null,
               external_id = null, dedicated_agent_id = null, found_by = '', erased_at = $3
             where workspace_id = $1 and id = $2",
            params![workspace_id, id, now],
        )?;
        self.execute(
            "delete from visitor_tokens where contact_id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        self.forget_copies(workspace_id, id.as_str())?;
        // Not even in pages of the database file that are free now.
        self.begin_log_anew();
        Ok(())
    }

    /// When a contact's personal data was removed; `None` while it stands.
    pub fn erased_at(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ContactId,
    ) -> Result<Option<Timestamp>, Error> {
        let row = self.row(
            "select erased_at from contacts where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?;
        Ok(row.and_then(|row| row.at_or_null(0)))
    }

    /// Whether a contact's personal data was removed.
    pub fn is_erased(&mut self, workspace_id: &WorkspaceId, id: &ContactId) -> Result<bool, Error> {
        Ok(self.erased_at(workspace_id, id)?.is_some())
    }

    /// Answers kept for repeated requests, and jobs, that speak of an id. What tells other
    /// programs holds no words, and has to tell them of the erasure.
    fn forget_copies(&mut self, workspace_id: &WorkspaceId, id: &str) -> Result<(), Error> {
        let speaks_of_it = format!("%{id}%");
        self.execute(
            "delete from answers where workspace_id = $1 and body like $2",
            params![workspace_id, speaks_of_it.as_str()],
        )?;
        self.execute(
            "delete from jobs where workspace_id = $1 and payload like $2 and kind <> 'webhook'",
            params![workspace_id, speaks_of_it.as_str()],
        )?;
        Ok(())
    }
}
