//! Files by pieces.

use segue_core::file::{Attached, FileKind};
use segue_core::ids::FileId;
use segue_store::{Error, Sender, Store, StoredFile, Tx};

use crate::ground::{NOW, begin, dice, place};

on_both! {
    a_files_bytes_come_back_piece_by_piece
}

async fn a_files_bytes_come_back_piece_by_piece(store: Store) {
    let (place, other) = (place(&store).await, place(&store).await);
    let id = begin(&store, &place).await;
    let file = StoredFile {
        attached: Attached {
            id: FileId::new(NOW, dice()),
            name: "crack.png".into(),
            kind: FileKind::Png,
            bytes: 5,
            width: Some(2),
            height: None,
        },
        conversation_id: id.clone(),
        sender: Sender::Customer,
        client_file_id: "upload-1".into(),
        is_ready: false,
        seq: None,
        private: false,
    };
    let (ours, theirs, file_id) = (
        place.workspace_id.clone(),
        other.workspace_id.clone(),
        file.attached.id.clone(),
    );
    let (kept, expected, contact_id) = (file.clone(), file.clone(), place.contact_id.clone());
    let written: Result<_, Error> = store
        .write(move |tx| {
            tx.add_file(&ours, &kept, NOW)?;
            let pieces = [&b"\0\xff\x01"[..], b"ab"];
            for (number, piece) in (0..).zip(pieces) {
                assert!(tx.add_piece(&ours, &file_id, number, piece)?);
                assert!(!tx.add_piece(&theirs, &file_id, number, piece)?);
            }
            assert_eq!(tx.file(&ours, &file_id)?, Some(expected.clone()));
            assert!(tx.finish_file(&ours, &file_id)?);
            assert!(!tx.add_piece(&ours, &file_id, 2, b"late")?, "it is whole");
            let bytes = tx.file_bytes(&ours, &kept.conversation_id, &contact_id)?;
            assert_eq!(bytes, (5, 5));
            assert_eq!(
                tx.files_of(&ours, &kept.conversation_id)?,
                vec![],
                "not sent"
            );
            let unsent = tx.unsent_files(NOW.plus(1), 10)?;
            assert!(unsent.contains(&(ours.clone(), file_id.clone())));
            tx.send_file(&ours, &file_id, (2, 0), false)?;
            let sent = tx.files_of(&ours, &kept.conversation_id)?;
            assert_eq!(sent.as_slice(), std::slice::from_ref(&kept.attached));
            let found = tx.file_sent_as(&ours, &kept.conversation_id, "upload-1")?;
            assert_eq!(found.and_then(|file| file.seq), Some(2));
            Ok(())
        })
        .await;
    written.unwrap();
    let (ours, theirs, file_id) = (place.workspace_id, other.workspace_id, file.attached.id);
    let removed: Result<_, Error> = store
        .write(move |tx| {
            let read = |tx: &mut Tx<'_>, number| tx.piece(&ours, &file_id, number);
            assert_eq!(read(tx, 0)?.unwrap(), b"\0\xff\x01");
            assert_eq!(read(tx, 1)?.unwrap(), b"ab");
            assert_eq!(read(tx, 2)?, None);
            assert_eq!(tx.piece(&theirs, &file_id, 0)?, None);
            assert_eq!(tx.file(&theirs, &file_id)?, None);
            tx.remove_file(&theirs, &file_id)?;
            assert!(tx.file(&ours, &file_id)?.is_some());
            tx.remove_file(&ours, &file_id)?;
            assert_eq!(tx.file(&ours, &file_id)?, None);
            assert_eq!(tx.piece(&ours, &file_id, 0)?, None);
            Ok(())
        })
        .await;
    removed.unwrap();
}
