//! Contacts found by what is known of them, and how much is kept of one.

use segue_core::ids::{ContactId, WorkspaceId};

use crate::contacts::{Contact, contact};
use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

/// Words that are looked for at once; more narrow nothing down any further.
const WORDS: usize = 4;

/// How much is kept of a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Conversations whose words are still there.
    pub conversations: i64,
    /// Those of them that are not over.
    pub open_conversations: i64,
    /// Messages of these, notes among them.
    pub messages: i64,
    /// Files that were sent in them.
    pub files: i64,
    /// The bytes of these.
    pub file_bytes: i64,
    /// What site and programs told that happened to them.
    pub events: i64,
    /// What look-ups found of them.
    pub look_ups: i64,
}

impl Contact {
    /// What they are found by: address, the site's id of them and name, in small letters.
    pub(crate) fn found_by(&self) -> String {
        let known = [&self.person.email, &self.external_id, &self.person.name];
        let known: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
        known.join(" ").to_lowercase()
    }
}

impl Tx<'_> {
    /// Contacts of whom a name, an address or an id is known, newest first, older than `before`
    /// in the list. Each word of `text` must stand somewhere in what they are found by.
    pub fn find_contacts(
        &mut self,
        workspace_id: &WorkspaceId,
        text: &str,
        before: Option<&ContactId>,
        limit: i64,
    ) -> Result<Vec<Contact>, Error> {
        let text = text.to_lowercase();
        let mut words = text.split_whitespace().map(contained);
        let [one, two, three, four]: [String; WORDS] =
            std::array::from_fn(|_| words.next().unwrap_or_else(|| "%".into()));
        self.rows(
            "select id, workspace_id, person, plan, vip, signed_up_at, created_at, external_id from contacts
             where workspace_id = $1 and found_by <> '' and (cast($2 as text) is null or id < $2)
               and found_by like $3 escape '\\' and found_by like $4 escape '\\'
               and found_by like $5 escape '\\' and found_by like $6 escape '\\'
             order by id desc limit $7",
            params![workspace_id, before, one, two, three, four, limit],
        )?
        .into_iter()
        .map(contact)
        .collect()
    }

    /// How much is kept of a contact.
    pub fn kept_of(&mut self, workspace_id: &WorkspaceId, id: &ContactId) -> Result<Kept, Error> {
        let theirs = self.row(
            "select count(*), cast(coalesce(sum(case when state in ('with_assistant', 'queued', 'by_email', 'with_agent') then 1 else 0 end), 0) as bigint) from conversations
             where workspace_id = $1 and contact_id = $2 and erased = 0",
            params![workspace_id, id],
        )?;
        let said = self.row(
            "select count(*) from events e join conversations c on c.id = e.conversation_id
             where c.workspace_id = $1 and c.contact_id = $2 and e.kind = 'message_added' and e.body is not null",
            params![workspace_id, id],
        )?;
        let files = self.row(
            "select count(*), cast(coalesce(sum(f.bytes), 0) as bigint) from files f join conversations c on c.id = f.conversation_id
             where c.workspace_id = $1 and c.contact_id = $2",
            params![workspace_id, id],
        )?;
        let told = self.row(
            "select (select count(*) from contact_events where workspace_id = $1 and contact_id = $2),
                    (select count(*) from look_up_answers where workspace_id = $1 and contact_id = $2)",
            params![workspace_id, id],
        )?;
        let count = |row: &Option<crate::sql::Row>, column: usize| match row {
            Some(row) => row.int(column),
            None => Ok(0),
        };
        Ok(Kept {
            conversations: count(&theirs, 0)?,
            open_conversations: count(&theirs, 1)?,
            messages: count(&said, 0)?,
            files: count(&files, 0)?,
            file_bytes: count(&files, 1)?,
            events: count(&told, 0)?,
            look_ups: count(&told, 1)?,
        })
    }
}

/// The pattern of what holds a word.
fn contained(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\");
    let escaped = escaped.replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}
