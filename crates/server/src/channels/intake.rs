//! The way of a mail that came in, from its bytes to the desk: the same whether it was
//! fetched or handed in. It may be walked again from the start at any point, as after a
//! crash: each step finds what was done before.

use segue_core::event::MailHead;
use segue_core::file::{FILES_IN_MESSAGE, HEAD_BYTES, sniff, sniff_end};
use segue_core::ids::{ContactId, ConversationId, FileId};
use segue_core::words::{LANGUAGES, Words};
use segue_store::{MailKey, MailOutcome, Mailbox, Sender, TakenMail, kill_point};
use sha2::{Digest, Sha256};

use super::incoming::{Incoming, IncomingFile, Unreadable, Writer, read};
use super::thread::{conversation_of, is_of_pattern};
use crate::desk::{
    Begun, ByMail, Desk, Error, FILE_BYTES, Inbound, MailHome, MailPlace, NewMail, Unnamed, Upload,
};
use crate::edge::hex;

/// Letters of a note about what a program wrote.
const NOTE_LETTERS: usize = 300;
/// Sentences of ours that come back with an answer. They speak of a person, so they must not
/// be taken for the customer's words.
const OWN_SENTENCES: [&str; 3] = ["email.footer", "email.footer_reply", "email.footer_person"];

/// Takes a mail in. `Err` says that it was not taken and may come again.
pub async fn take_in(
    desk: &Desk,
    mailbox: &Mailbox,
    sender: &str,
    raw: Vec<u8>,
) -> Result<TakenMail, Error> {
    let entry = TakenMail {
        workspace_id: mailbox.workspace_id.clone(),
        inbox_id: mailbox.inbox_id.clone(),
        fingerprint: fingerprint_of(&raw),
        at: desk.clock.now(),
        sender: String::new(),
        conversation_id: None,
        outcome: MailOutcome::SetAside,
        why: String::new(),
    };
    let taken = match read_apart(mailbox, sender, raw).await {
        Ok(mail) => {
            let entry = TakenMail {
                fingerprint: mail.fingerprint.clone(),
                sender: mail.from.clone(),
                ..entry
            };
            let taken = take(desk, mailbox, entry.clone(), mail).await;
            match taken {
                // The database will be back, and the owner stay the same for long enough to be
                // read for; whatever else is wrong is wrong with the mail.
                Err(error @ (Error::Store(_) | Error::NotKeeper | Error::Unread)) => {
                    return Err(error);
                }
                Err(error) => {
                    tracing::warn!(%error, inbox.id = %mailbox.inbox_id, "a mail was refused and set aside; it still lies on its server");
                    set_aside(desk, entry, "refused").await?
                }
                Ok(taken) => taken,
            }
        }
        Err(fault) => set_aside(desk, entry, fault.code()).await?,
    };
    metrics::counter!("segue_mails_received_total", "outcome" => taken.outcome.name()).increment(1);
    Ok(taken)
}

/// Notes a mail that is not even fetched.
pub async fn set_aside_unread(
    desk: &Desk,
    mailbox: &Mailbox,
    uid: u32,
    fault: Unreadable,
) -> Result<TakenMail, Error> {
    let named = format!(
        "{} {uid}",
        mailbox.progress.uid_validity.unwrap_or_default()
    );
    let entry = TakenMail {
        workspace_id: mailbox.workspace_id.clone(),
        inbox_id: mailbox.inbox_id.clone(),
        fingerprint: fingerprint_of(named.as_bytes()),
        at: desk.clock.now(),
        sender: String::new(),
        conversation_id: None,
        outcome: MailOutcome::SetAside,
        why: String::new(),
    };
    set_aside(desk, entry, fault.code()).await
}

async fn set_aside(desk: &Desk, entry: TakenMail, why: &str) -> Result<TakenMail, Error> {
    let entry = TakenMail {
        outcome: MailOutcome::SetAside,
        why: why.into(),
        ..entry
    };
    desk.leave_mail_out(entry).await
}

/// Reads a mail on a thread of its own: it takes a core for milliseconds, and what breaks
/// there breaks nothing else.
async fn read_apart(mailbox: &Mailbox, sender: &str, raw: Vec<u8>) -> Result<Incoming, Unreadable> {
    let (address, replies) = (mailbox.address.to_lowercase(), mailbox.replies.clone());
    let sender = sender.to_lowercase();
    let own = move |from: &str| from == address || from == sender || is_of_pattern(&replies, from);
    let reading = tokio::task::spawn_blocking(move || read(&raw, &own));
    reading.await.unwrap_or(Err(Unreadable::Broken))
}

async fn take(
    desk: &Desk,
    mailbox: &Mailbox,
    entry: TakenMail,
    mail: Incoming,
) -> Result<TakenMail, Error> {
    if let Some(before) = desk.mail_before(mailbox, &mail.fingerprint).await? {
        return Ok(before);
    }
    let keys = desk.mail_keys(&mailbox.workspace_id).await?;
    match &mail.writer {
        Writer::Person => by_person(desk, mailbox, entry, mail, &keys).await,
        Writer::Program(sign) => {
            let conversation_id = addressed(mailbox, &mail.recipients, &keys);
            let entry = TakenMail {
                conversation_id,
                outcome: MailOutcome::Ignored,
                why: (*sign).into(),
                ..entry
            };
            // A mail of our own that came back tells nobody anything.
            if entry.conversation_id.is_none() || *sign == "own_address" {
                return desk.leave_mail_out(entry).await;
            }
            let said = if mail.said.is_empty() {
                &mail.subject
            } else {
                &mail.said
            };
            let text = said.chars().take(NOTE_LETTERS).collect();
            or_ignored(
                desk,
                entry.clone(),
                desk.note_program(entry, "email.by_program", text).await,
            )
            .await
        }
        Writer::MailServer(bounce) => {
            let conversation_id = addressed(mailbox, &bounce.addresses, &keys);
            let entry = TakenMail {
                conversation_id,
                outcome: MailOutcome::Ignored,
                why: if bounce.is_final {
                    "not_ours"
                } else {
                    "delayed"
                }
                .into(),
                ..entry
            };
            if entry.conversation_id.is_none() || !bounce.is_final {
                return desk.leave_mail_out(entry).await;
            }
            let bounced = desk.mail_bounced(entry.clone(), bounce.to.clone(), bounce.said.clone());
            or_ignored(desk, entry, bounced.await).await
        }
    }
}

/// Where the conversation is gone, nobody need know.
async fn or_ignored(
    desk: &Desk,
    entry: TakenMail,
    noted: Result<TakenMail, Error>,
) -> Result<TakenMail, Error> {
    match noted {
        Err(Error::NotFound) => {
            let entry = TakenMail {
                conversation_id: None,
                ..entry
            };
            desk.leave_mail_out(entry).await
        }
        noted => noted,
    }
}

fn addressed(mailbox: &Mailbox, addresses: &[String], keys: &[MailKey]) -> Option<ConversationId> {
    let addresses = addresses.iter().map(String::as_str);
    conversation_of(&mailbox.replies, &mailbox.workspace_id, addresses, keys)
}

async fn by_person(
    desk: &Desk,
    mailbox: &Mailbox,
    entry: TakenMail,
    mail: Incoming,
    keys: &[MailKey],
) -> Result<TakenMail, Error> {
    let place = desk.place_of_mailbox(mailbox).await?;
    let said = without_own(&mail.said);
    let new = NewMail {
        fingerprint: mail.fingerprint.clone(),
        from: mail.from.clone(),
        name: mail.name.clone(),
        said: said.clone(),
        to_conversation: addressed(mailbox, &mail.recipients, keys),
    };
    let home = match desk.place_mail(place.clone(), new).await? {
        MailPlace::Done(taken) => return Ok(taken),
        MailPlace::Here(home) => home,
    };
    kill_point("mail_in.placed");
    let (files, files_left_out) = keep_files(desk, mailbox, &home, &mail).await?;
    let text = words_of(&mail, said, &home, !files.is_empty());
    let inbound = Inbound {
        conversation_id: home.conversation_id.clone(),
        contact_id: home.contact_id.clone(),
        client_message_id: mail.fingerprint.clone(),
        text,
        files,
    };
    let head = MailHead {
        from: mail.from,
        name: mail.name,
        subject: mail.subject,
        message_id: mail.message_id,
        by_other: home.by_other,
        is_proof: home.is_answer,
        files_left_out,
        rest: mail.rest,
    };
    let by_mail = ByMail {
        head,
        needs_person: home.needs_person,
    };
    // Another inbox's conversation may be answered to this one's address.
    let own = desk.place_of(&mailbox.workspace_id, &home.conversation_id);
    let place = own.await?.unwrap_or(place);
    desk.receive_mail(place, inbound, by_mail).await?;
    kill_point("mail_in.received");
    desk.mail_kept(mailbox, mail.fingerprint).await?;
    Ok(TakenMail {
        conversation_id: Some(home.conversation_id),
        outcome: MailOutcome::Kept,
        ..entry
    })
}

/// What is heard of a mail. A first mail's subject is often the question itself.
fn words_of(mail: &Incoming, said: String, home: &MailHome, has_files: bool) -> String {
    let is_first = !home.is_answer;
    match (said.is_empty(), is_first && !mail.subject.is_empty()) {
        (false, true) if !said.contains(&mail.subject) => format!("{}\n\n{said}", mail.subject),
        (false, _) => said,
        (true, true) => mail.subject.clone(),
        (true, false) if has_files => String::new(),
        // Nothing but a quote: better repeated than lost.
        (true, false) if !mail.rest.is_empty() => mail.rest.clone(),
        (true, false) => "…".into(),
    }
}

fn without_own(said: &str) -> String {
    let is_own = |line: &str| {
        let line = line.trim_start_matches(['>', ' ']).trim();
        let sentences = LANGUAGES.iter().flat_map(|language| {
            let words = Words::of(language);
            OWN_SENTENCES.map(|key| words.get(key))
        });
        !line.is_empty() && sentences.into_iter().any(|own| own == line)
    };
    let lines = said.lines().filter(|line| !is_own(line));
    lines.collect::<Vec<_>>().join("\n").trim().to_string()
}

/// Keeps the files of a mail as those of any message; with the names of those that are not
/// taken, for whoever reads it.
async fn keep_files(
    desk: &Desk,
    mailbox: &Mailbox,
    home: &MailHome,
    mail: &Incoming,
) -> Result<(Vec<FileId>, Vec<String>), Error> {
    let (mut kept, mut left_out) = (vec![], vec![]);
    for (number, file) in mail.files.iter().enumerate() {
        let id = match kept.len() < FILES_IN_MESSAGE {
            true => {
                let client_file_id = format!("{}-{number}", mail.fingerprint);
                keep_file(
                    desk,
                    mailbox,
                    &home.conversation_id,
                    &home.contact_id,
                    client_file_id,
                    file,
                )
                .await?
            }
            false => None,
        };
        match id {
            Some(id) => kept.push(id),
            None => left_out.push(file.name.chars().take(100).collect()),
        }
    }
    left_out.truncate(20);
    Ok((kept, left_out))
}

/// Keeps a file; `None` where it may not be kept.
async fn keep_file(
    desk: &Desk,
    mailbox: &Mailbox,
    conversation_id: &ConversationId,
    contact_id: &ContactId,
    client_file_id: String,
    file: &IncomingFile,
) -> Result<Option<FileId>, Error> {
    let size = file.bytes.len() as u64;
    let head = &file.bytes[..file.bytes.len().min(HEAD_BYTES)];
    let tail = &file.bytes[file.bytes.len().saturating_sub(HEAD_BYTES)..];
    let Ok(seen) = sniff(head) else {
        return Ok(None);
    };
    if size > FILE_BYTES || sniff_end(seen.kind, tail, size).is_err() {
        return Ok(None);
    }
    let upload = Upload {
        conversation_id: conversation_id.clone(),
        contact_id: Some(contact_id.clone()),
        sender: Sender::Customer,
        client_file_id,
        file: Unnamed {
            name: file.name.clone(),
            kind: seen.kind,
            bytes: size,
            size: seen.size,
        },
    };
    let workspace_id = &mailbox.workspace_id;
    let attached = match desk.begin_file(workspace_id.clone(), upload).await {
        Ok(Begun::Here(attached)) => return Ok(Some(attached.id)),
        Ok(Begun::Wanted(attached)) => attached,
        Err(Error::FilesFull) => return Ok(None),
        Err(error) => return Err(error),
    };
    for (number, piece) in (0..).zip(file.bytes.chunks(HEAD_BYTES)) {
        let id = attached.id.clone();
        desk.add_piece(workspace_id.clone(), id, number, piece.to_vec())
            .await?;
    }
    desk.finish_file(workspace_id.clone(), attached.id.clone())
        .await?;
    metrics::counter!("segue_files_received_total").increment(1);
    Ok(Some(attached.id))
}

/// A name for bytes that cannot be read as a mail.
fn fingerprint_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..20])
}
