//! Files in conversations: a row that says what each is, and its bytes in pieces beside
//! it, so that no query on the way of a message touches them.

use segue_core::file::{Attached, FileKind};
use segue_core::ids::{AgentId, ContactId, ConversationId, FileId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// Who sent a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The customer.
    Customer,
    /// An agent.
    Agent(AgentId),
}

/// A file's row.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFile {
    /// What a message says of it.
    pub attached: Attached,
    /// Where it was sent.
    pub conversation_id: ConversationId,
    /// Who sent it.
    pub sender: Sender,
    /// The sender's own id of it.
    pub client_file_id: String,
    /// Whether all of it is here and was looked at.
    pub is_ready: bool,
    /// The message that carries it, once that was sent.
    pub seq: Option<u64>,
    /// Whether that message is a note among agents.
    pub private: bool,
}

impl Tx<'_> {
    /// Adds a file of which no byte has come yet.
    pub fn add_file(
        &mut self,
        workspace_id: &WorkspaceId,
        file: &StoredFile,
        now: Timestamp,
    ) -> Result<(), Error> {
        let agent_id = match &file.sender {
            Sender::Customer => None,
            Sender::Agent(id) => Some(id),
        };
        let Attached {
            id,
            name,
            kind,
            bytes,
            width,
            height,
        } = &file.attached;
        self.execute(
            "insert into files (id, workspace_id, conversation_id, agent_id, client_file_id,
               name, kind, bytes, width, height, state, seq, private, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'coming', null, 0, $11)",
            params![
                id,
                workspace_id,
                &file.conversation_id,
                agent_id,
                file.client_file_id.as_str(),
                name.as_str(),
                kind.name(),
                *bytes as i64,
                width.map(i64::from),
                height.map(i64::from),
                now,
            ],
        )?;
        Ok(())
    }

    /// Adds the next piece of a file that is coming; `false` if it is not any more.
    pub fn add_piece(
        &mut self,
        workspace_id: &WorkspaceId,
        file_id: &FileId,
        number: u64,
        bytes: &[u8],
    ) -> Result<bool, Error> {
        let coming = self.row(
            "select 1 from files where workspace_id = $1 and id = $2 and state = 'coming'",
            params![workspace_id, file_id],
        )?;
        if coming.is_none() {
            return Ok(false);
        }
        self.execute(
            "insert into file_pieces (file_id, number, workspace_id, bytes) values ($1, $2, $3, $4)",
            params![file_id, number as i64, workspace_id, bytes.to_vec()],
        )?;
        Ok(true)
    }

    /// All of a file is here and was looked at; `false` if it is not coming any more.
    pub fn finish_file(
        &mut self,
        workspace_id: &WorkspaceId,
        file_id: &FileId,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update files set state = 'ready' where workspace_id = $1 and id = $2 and state = 'coming'",
            params![workspace_id, file_id],
        )?;
        Ok(changed > 0)
    }

    /// Ties a file to the message that carries it, as its file number `place`.
    pub fn send_file(
        &mut self,
        workspace_id: &WorkspaceId,
        file_id: &FileId,
        (seq, place): (u64, usize),
        private: bool,
    ) -> Result<(), Error> {
        self.execute(
            "update files set seq = $3, place = $4, private = $5 where workspace_id = $1 and id = $2",
            params![workspace_id, file_id, seq as i64, place as i64, private],
        )?;
        Ok(())
    }

    /// A file's row.
    pub fn file(
        &mut self,
        workspace_id: &WorkspaceId,
        file_id: &FileId,
    ) -> Result<Option<StoredFile>, Error> {
        self.row(
            "select id, name, kind, bytes, width, height, conversation_id, agent_id,
               client_file_id, state, seq, private
             from files where workspace_id = $1 and id = $2",
            params![workspace_id, file_id],
        )?
        .map(file)
        .transpose()
    }

    /// The file that its sender has sent before under the same id.
    pub fn file_sent_as(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
        client_file_id: &str,
    ) -> Result<Option<StoredFile>, Error> {
        self.row(
            "select id, name, kind, bytes, width, height, conversation_id, agent_id,
               client_file_id, state, seq, private
             from files where workspace_id = $1 and conversation_id = $2 and client_file_id = $3",
            params![workspace_id, conversation_id, client_file_id],
        )?
        .map(file)
        .transpose()
    }

    /// The files that messages to and from the customer carry, in their order.
    pub fn files_of(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
    ) -> Result<Vec<Attached>, Error> {
        let rows = self.rows(
            "select id, name, kind, bytes, width, height, conversation_id, agent_id,
               client_file_id, state, seq, private
             from files where workspace_id = $1 and conversation_id = $2 and seq is not null and private = 0
             order by seq, place",
            params![workspace_id, conversation_id],
        )?;
        rows.into_iter()
            .map(|row| Ok(file(row)?.attached))
            .collect()
    }

    /// Bytes of the files that a contact has sent: in one conversation, and in all of theirs.
    pub fn file_bytes(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
        contact_id: &ContactId,
    ) -> Result<(u64, u64), Error> {
        let row = self.row(
            "select cast(coalesce(sum(case when f.conversation_id = $2 then f.bytes else 0 end), 0) as bigint),
               cast(coalesce(sum(f.bytes), 0) as bigint)
             from conversations c join files f on f.conversation_id = c.id
             where c.workspace_id = $1 and c.contact_id = $3 and f.agent_id is null",
            params![workspace_id, conversation_id, contact_id],
        )?;
        let Some(row) = row else { return Ok((0, 0)) };
        Ok((row.int(0)? as u64, row.int(1)? as u64))
    }

    /// One piece of a file; `None` after the last.
    pub fn piece(
        &mut self,
        workspace_id: &WorkspaceId,
        file_id: &FileId,
        number: u64,
    ) -> Result<Option<Vec<u8>>, Error> {
        self.row(
            "select bytes from file_pieces where workspace_id = $1 and file_id = $2 and number = $3",
            params![workspace_id, file_id, number as i64],
        )?
        .map(|row| Ok(row.bytes(0)?.to_vec()))
        .transpose()
    }

    /// Removes a file with its bytes.
    pub fn remove_file(
        &mut self,
        workspace_id: &WorkspaceId,
        file_id: &FileId,
    ) -> Result<(), Error> {
        self.execute(
            "delete from file_pieces where workspace_id = $1 and file_id = $2",
            params![workspace_id, file_id],
        )?;
        self.execute(
            "delete from files where workspace_id = $1 and id = $2",
            params![workspace_id, file_id],
        )?;
        Ok(())
    }

    /// Files of whatever workspace that were begun before `before` and never sent, at most
    /// `limit`.
    pub fn unsent_files(
        &mut self,
        before: Timestamp,
        limit: i64,
    ) -> Result<Vec<(WorkspaceId, FileId)>, Error> {
        self.rows(
            "select workspace_id, id from files where seq is null and created_at < $1
             order by created_at limit $2",
            params![before, limit],
        )?
        .into_iter()
        .map(|row| Ok((row.id(0)?, row.id(1)?)))
        .collect()
    }
}

fn file(row: Row) -> Result<StoredFile, Error> {
    let kind = row.text(2)?;
    let kind = FileKind::from_name(kind)
        .ok_or_else(|| Error::corrupt(format!("`{kind}` is not a kind of file")))?;
    let points = |column| {
        row.int_or_null(column)
            .and_then(|number| u32::try_from(number).ok())
    };
    Ok(StoredFile {
        attached: Attached {
            id: row.id(0)?,
            name: row.text(1)?.into(),
            kind,
            bytes: row.int(3)? as u64,
            width: points(4),
            height: points(5),
        },
        conversation_id: row.id(6)?,
        sender: row.id_or_null(7).map_or(Sender::Customer, Sender::Agent),
        client_file_id: row.text(8)?.into(),
        is_ready: row.text(9)? == "ready",
        seq: row.int_or_null(10).map(|seq| seq as u64),
        private: row.truth(11)?,
    })
}
