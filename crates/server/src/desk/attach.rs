//! Files come in, piece by piece, and are tied to the message that carries them (P46).
//! What their bytes say was looked at by the door; here it is decided who may send how
//! much.

use segue_core::event::Event;
use segue_core::file::{Attached, FILES_IN_MESSAGE, clean_name};
use segue_core::ids::{ContactId, ConversationId, FileId, WorkspaceId};
use segue_core::time::DAY_MS;
use segue_sense::personal::mask_cards;
use segue_store::{Sender, StoredFile, Tx};

use super::{Desk, Error};

/// The largest file, in bytes.
pub const FILE_BYTES: u64 = 10 * 1024 * 1024;
/// What the files of one conversation may take together, in bytes.
const CONVERSATION_BYTES: u64 = 100 * 1024 * 1024;
/// What all files of one customer may take together, in bytes.
const CONTACT_BYTES: u64 = 200 * 1024 * 1024;
/// How long a file waits for the message that carries it.
const UNSENT_MS: i64 = DAY_MS;
/// Files that are swept away at once.
const SWEPT: i64 = 100;

/// A file of which the first bytes are here.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Where.
    pub conversation_id: ConversationId,
    /// Whose conversation it must be; `None` for agents.
    pub contact_id: Option<ContactId>,
    /// Who sends it.
    pub sender: Sender,
    /// The sender's own id of it: sending again changes nothing.
    pub client_file_id: String,
    /// What the bytes say; its name as the sender gave it, its id not made yet.
    pub file: Unnamed,
}

/// What is known of a file before it has an id.
#[derive(Clone, Debug)]
pub struct Unnamed {
    /// The name that came with it.
    pub name: String,
    /// What the bytes say.
    pub kind: segue_core::file::FileKind,
    /// All of its bytes, as the sender announced them.
    pub bytes: u64,
    /// Width and height of an image.
    pub size: Option<(u32, u32)>,
}

/// What becomes of an upload.
#[derive(Clone, Debug, PartialEq)]
pub enum Begun {
    /// Its bytes are wanted.
    Wanted(Attached),
    /// It is here already, from an earlier try.
    Here(Attached),
}

impl Desk {
    /// Begins a file, or finds the one that came under the same id.
    pub async fn begin_file(
        &self,
        workspace_id: WorkspaceId,
        upload: Upload,
    ) -> Result<Begun, Error> {
        self.verb(move |tx, moment| {
            let id = moment.id();
            begin(tx, &workspace_id, &upload, id, moment.now)
        })
        .await
    }

    /// Keeps the next piece of a file that is coming.
    pub async fn add_piece(
        &self,
        workspace_id: WorkspaceId,
        file_id: FileId,
        number: u64,
        bytes: Vec<u8>,
    ) -> Result<(), Error> {
        self.verb(
            move |tx, _| match tx.add_piece(&workspace_id, &file_id, number, &bytes)? {
                true => Ok(()),
                false => Err(Error::NotFound),
            },
        )
        .await
    }

    /// All of it is here, and it is what it seemed to be.
    pub async fn finish_file(
        &self,
        workspace_id: WorkspaceId,
        file_id: FileId,
    ) -> Result<(), Error> {
        self.verb(
            move |tx, _| match tx.finish_file(&workspace_id, &file_id)? {
                true => Ok(()),
                false => Err(Error::NotFound),
            },
        )
        .await
    }

    /// Removes a file that no message carries; one that is gone already is fine.
    pub async fn remove_file(
        &self,
        workspace_id: WorkspaceId,
        conversation_id: ConversationId,
        sender: Sender,
        file_id: FileId,
    ) -> Result<(), Error> {
        self.verb(move |tx, _| {
            let Some(file) = tx.file(&workspace_id, &file_id)? else {
                return Ok(());
            };
            let is_own = file.sender == sender && file.conversation_id == conversation_id;
            if !is_own || file.seq.is_some() {
                return Err(Error::NotFound);
            }
            Ok(tx.remove_file(&workspace_id, &file_id)?)
        })
        .await
    }

    /// Sweeps away what was never sent.
    pub async fn sweep_files(&self) -> Result<(), Error> {
        let before = self.clock.now().plus(-UNSENT_MS);
        let unsent = self
            .store
            .read(move |tx| tx.unsent_files(before, SWEPT).map_err(Error::from))
            .await?;
        for (workspace_id, file_id) in unsent {
            // Each by itself: megabytes in one transaction would hold up messages.
            self.verb(move |tx, _| {
                let is_unsent = |file: &StoredFile| file.seq.is_none();
                if tx
                    .file(&workspace_id, &file_id)?
                    .as_ref()
                    .is_some_and(is_unsent)
                {
                    tx.remove_file(&workspace_id, &file_id)?;
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

fn begin(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    upload: &Upload,
    id: FileId,
    now: segue_core::time::Timestamp,
) -> Result<Begun, Error> {
    let conversation = tx
        .conversation_for_update(workspace_id, &upload.conversation_id)?
        .filter(|conversation| !conversation.erased)
        .ok_or(Error::NotFound)?;
    let is_theirs = |id: &ContactId| *id == conversation.contact_id;
    if !upload.contact_id.as_ref().is_none_or(is_theirs) {
        return Err(Error::NotFound);
    }
    let Unnamed {
        name,
        kind,
        bytes,
        size,
    } = &upload.file;
    let known = tx.file_sent_as(
        workspace_id,
        &upload.conversation_id,
        &upload.client_file_id,
    )?;
    if let Some(known) = known {
        let is_same = known.sender == upload.sender
            && known.attached.bytes == *bytes
            && known.attached.kind == *kind;
        if !is_same {
            return Err(Error::Invalid("that id was used for something else"));
        }
        if known.is_ready {
            return Ok(Begun::Here(known.attached));
        }
        // An earlier try was cut off; this one starts over.
        tx.remove_file(workspace_id, &known.attached.id)?;
    }
    if upload.sender == Sender::Customer {
        let contact_id = &conversation.contact_id;
        let (here, all) = tx.file_bytes(workspace_id, &upload.conversation_id, contact_id)?;
        if here + bytes > CONVERSATION_BYTES || all + bytes > CONTACT_BYTES {
            return Err(Error::FilesFull);
        }
    }
    let name = mask_cards(name).unwrap_or_else(|| name.clone());
    let attached = Attached {
        id,
        name: clean_name(&name, *kind),
        kind: *kind,
        bytes: *bytes,
        width: size.map(|(width, _)| width),
        height: size.map(|(_, height)| height),
    };
    let file = StoredFile {
        attached: attached.clone(),
        conversation_id: upload.conversation_id.clone(),
        sender: upload.sender.clone(),
        client_file_id: upload.client_file_id.clone(),
        is_ready: false,
        seq: None,
        private: false,
    };
    tx.add_file(workspace_id, &file, now)?;
    Ok(Begun::Wanted(attached))
}

/// The files that a message names: each whole, the sender's own, and not sent yet.
pub(super) fn files_to_send(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    conversation_id: &ConversationId,
    sender: &Sender,
    ids: &[FileId],
) -> Result<Vec<Attached>, Error> {
    if ids.len() > FILES_IN_MESSAGE {
        return Err(Error::Invalid("a message carries at most 5 files"));
    }
    let mut files: Vec<Attached> = Vec::with_capacity(ids.len());
    for id in ids {
        let found = tx.file(workspace_id, id)?.filter(|file| {
            file.conversation_id == *conversation_id
                && file.sender == *sender
                && file.is_ready
                && file.seq.is_none()
        });
        let Some(file) = found.filter(|_| files.iter().all(|other| other.id != *id)) else {
            return Err(Error::FileGone);
        };
        files.push(file.attached);
    }
    Ok(files)
}

/// Whether a message that was sent before carried the same words and files.
pub(super) fn is_same(event: &Event, text: &str, files: &[FileId]) -> bool {
    let Some(body) = &event.body else {
        return false;
    };
    body.text.as_deref().unwrap_or_default() == text
        && body.files.iter().map(|file| &file.id).eq(files)
}
