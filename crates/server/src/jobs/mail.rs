//! Sends what was said to a customer by e-mail. The Message-ID follows from the message's id, so
//! a mail that goes out twice after a crash is one mail to its reader.

use segue_core::conversation::Conversation;
use segue_core::event::{Body, Event, Fact, MailHead, Message, Role};
use segue_core::file::Attached;
use segue_core::ids::WorkspaceId;
use segue_core::words::Words;
use segue_store::{Contact, Job, Mailbox, Tx, Workspace, kill_point};

use super::{End, Tools};
use crate::channels::thread::address_of;
use crate::channels::{Mail, MailFile};
use crate::desk::{Error, MailOrder, link_back};

/// The bytes of files that go along with one mail; many servers take no larger ones.
const MAIL_BYTES: u64 = 12 * 1024 * 1024;

pub(super) async fn run(tools: &Tools, job: &Job) -> End {
    let order: MailOrder = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(error) => return End::GiveUp(format!("the order does not read back: {error}")),
    };
    let mailer = match tools.mailer_for(&job.workspace_id).await {
        Ok(Some(mailer)) => mailer,
        Ok(None) => return End::Retry("no mail server is set; see the console's settings".into()),
        Err(error) => return End::Retry(error),
    };
    let mail = match compose(tools, job, &order).await {
        Ok(Some(mail)) => mail,
        // Erased while the mail was on its way (P48): nothing follows that.
        Ok(None) if is_erased(tools, job, &order).await => return End::Done,
        Ok(None) => return End::GiveUp("there is no address or no text to send".into()),
        Err(error) => return End::Retry(error.to_string()),
    };
    kill_point("mail.before");
    let sent = tokio::task::spawn_blocking(move || mailer.send(&mail)).await;
    kill_point("mail.after");
    let outcome = if matches!(sent, Ok(Ok(()))) {
        "sent"
    } else {
        "failed"
    };
    metrics::counter!("segue_mails_total", "outcome" => outcome).increment(1);
    match sent {
        Ok(Ok(())) => End::Done,
        Ok(Err(fault)) if fault.is_final() => End::GiveUp(fault.to_string()),
        Ok(Err(fault)) => End::Retry(fault.to_string()),
        Err(_) => End::Retry("the mailer panicked".into()),
    }
}

/// Whether the words of a mail's conversation were removed.
async fn is_erased(tools: &Tools, job: &Job, order: &MailOrder) -> bool {
    let (workspace_id, id) = (job.workspace_id.clone(), order.conversation_id.clone());
    let read = tools.desk.store.read(move |tx| {
        let found = tx.conversation(&workspace_id, &id)?;
        Ok::<_, Error>(found.is_some_and(|found| found.erased))
    });
    read.await.unwrap_or(false)
}

/// A mail was given up. Where its conversation is gone, nobody need know.
pub(super) async fn give_up(tools: &Tools, job: &Job) {
    let Ok(order) = serde_json::from_str::<MailOrder>(&job.payload) else {
        return;
    };
    let noted = tools.desk.mail_failed(job.workspace_id.clone(), order);
    if let Err(error) = noted.await
        && !matches!(error, Error::NotFound)
    {
        tracing::error!(job.id = %job.id, %error, "a mail was given up, and its conversation could not be told");
    }
}

/// What a mail is made of.
struct Written {
    conversation: Conversation,
    contact: Contact,
    workspace: Workspace,
    /// The inbox's site key, which opens its chat.
    site_key: String,
    mailbox: Option<Mailbox>,
    /// The message, and what was said with it.
    said: Vec<(Message, Body)>,
    /// The customer's own mails: what they answer to, and under which subject.
    first: Option<MailHead>,
    last: Option<MailHead>,
}

/// The events in which a customer's mail is looked for.
const LOOKED_BACK: u64 = 200;

async fn compose(tools: &Tools, job: &Job, order: &MailOrder) -> Result<Option<Mail>, Error> {
    let (workspace_id, asked) = (job.workspace_id.clone(), order.clone());
    let read = move |tx: &mut Tx<'_>| read(tx, &workspace_id, &asked);
    let Written {
        conversation,
        contact,
        workspace,
        site_key,
        mailbox,
        said,
        first,
        last,
    } = tools.desk.store.read(read).await?;
    let Some(to) = contact.person.email else {
        return Ok(None);
    };
    let Some((message, _)) = said.first().cloned() else {
        return Ok(None);
    };
    let texts = said.iter().filter_map(|(_, body)| body.text.as_deref());
    let mut text = texts.collect::<Vec<_>>().join("\n\n");
    let attached = said.into_iter().flat_map(|(_, body)| body.files);
    let (files, left_out) = files(tools, job, attached.collect()).await?;
    if text.is_empty() && files.is_empty() && left_out.is_empty() {
        return Ok(None);
    }
    text.extend(left_out.iter().map(|name| format!("\n[{name}]")));
    let words = Words::of(&conversation.language);
    let company = workspace.name.as_str();
    let reply_to = match &mailbox {
        Some(mailbox) => {
            let keys = tools.desk.mail_keys(&workspace.id).await?;
            let key = keys.first().ok_or(Error::NotFound)?;
            Some(address_of(
                &mailbox.replies,
                &workspace.id,
                &conversation.id,
                key,
            ))
        }
        None => None,
    };
    let by_assistant = message.role == Role::Assistant;
    if by_assistant && reply_to.is_some() {
        // Nobody takes a program's mail for a person's (P44).
        text = format!(
            "{}\n\n{text}",
            words.fill("email.by_assistant", &[("company", company)])
        );
    }
    if order.back {
        let keys = tools.desk.mail_keys(&workspace.id).await?;
        let link = keys.first().and_then(|key| link_back(&conversation, key));
        let way = match (&tools.desk.public_url, link) {
            (Some(home), Some(link)) => {
                let link = format!("{home}/widget/?inbox={site_key}#back={link}");
                words.fill("email.back_link", &[("link", &link)])
            }
            _ => words.fill("email.back_page", &[]),
        };
        text = format!("{text}\n\n{way}");
        if reply_to.is_some() {
            text = format!("{text}\n\n{}", words.fill("email.back_reply", &[]));
        }
    }
    let automatic = message.agent.is_none();
    let signature = match message.agent {
        Some(agent) => {
            let values = [("agent", &*agent.name), ("company", company)];
            words.fill("email.signature", &values)
        }
        None => company.to_string(),
    };
    // With a mailbox an answer to the mail is enough; a person is one word away (P19).
    let footer = match (&reply_to, by_assistant) {
        _ if order.back => String::new(),
        (None, _) => words.fill("email.footer", &[]),
        (Some(_), false) => words.fill("email.footer_reply", &[]),
        (Some(_), true) => words.fill("email.footer_person", &[]),
    };
    let subject = match first.map(|head| head.subject) {
        _ if order.back => words.fill("email.near_subject", &[("company", company)]),
        Some(subject) if !subject.is_empty() => answered(&subject),
        _ => words.fill("email.subject", &[("company", company)]),
    };
    Ok(Some(Mail {
        to,
        to_name: contact.person.name,
        from_name: company.to_string(),
        subject,
        text,
        signature,
        footer,
        language: words.language.into(),
        automatic,
        message_id: message.message_id.to_string(),
        thread_id: conversation.id.to_string(),
        in_reply_to: last.and_then(|head| head.message_id),
        reply_to,
        files,
    }))
}

fn read(tx: &mut Tx<'_>, workspace_id: &WorkspaceId, order: &MailOrder) -> Result<Written, Error> {
    let id = &order.conversation_id;
    let conversation = tx.conversation(workspace_id, id)?.ok_or(Error::NotFound)?;
    let contact = tx
        .contact(workspace_id, &conversation.contact_id)?
        .ok_or(Error::NotFound)?;
    let workspace = tx.workspace(workspace_id)?.ok_or(Error::NotFound)?;
    let inbox = tx.inbox(workspace_id, &conversation.inbox_id)?;
    let site_key = inbox.ok_or(Error::NotFound)?.site_key;
    let mailbox = tx.mailbox(workspace_id, &conversation.inbox_id)?;
    // Only where an answer would be read is one asked for.
    let mailbox = mailbox.filter(|it| it.tested_at.is_some() || it.hook_secret.is_some());
    let mut said = Vec::new();
    for seq in std::iter::once(&order.seq).chain(&order.also) {
        let event = tx.events(workspace_id, id, seq - 1, 1)?.pop();
        let Some(Event {
            fact: Fact::MessageAdded(message),
            body: Some(body),
            ..
        }) = event
        else {
            continue;
        };
        // A note among agents is in no mail, whatever ordered it (attack case 20).
        if !message.private && message.role != Role::Customer {
            said.push((message, body));
        }
    }
    let begin = tx.events(workspace_id, id, 0, 10)?;
    let before = order.seq.saturating_sub(LOOKED_BACK);
    let lately = tx.events(workspace_id, id, before, LOOKED_BACK as i64)?;
    let head = |event: &Event| event.body.as_ref()?.mail.as_deref().cloned();
    Ok(Written {
        first: begin.iter().find_map(head),
        last: lately.iter().rev().find_map(head),
        conversation,
        contact,
        workspace,
        site_key,
        mailbox,
        said,
    })
}

/// The subject of an answer.
fn answered(subject: &str) -> String {
    let begins = |with: &str| subject.to_lowercase().starts_with(with);
    if ["re:", "aw:", "sv:", "rv:", "antw:", "回复:", "回复："]
        .into_iter()
        .any(begins)
    {
        subject.to_string()
    } else {
        format!("Re: {subject}")
    }
}

/// The files of a message that fit into a mail, and the names of those that do not: they
/// are there in the chat.
async fn files(
    tools: &Tools,
    job: &Job,
    attached: Vec<Attached>,
) -> Result<(Vec<MailFile>, Vec<String>), Error> {
    let (mut files, mut left_out, mut room) = (vec![], vec![], MAIL_BYTES);
    for file in attached {
        if file.bytes > room {
            left_out.push(file.name);
            continue;
        }
        room -= file.bytes;
        let (workspace_id, id) = (job.workspace_id.clone(), file.id);
        let bytes = tools
            .desk
            .store
            .read(move |tx| {
                let mut bytes = Vec::new();
                let mut number = 0;
                while let Some(piece) = tx.piece(&workspace_id, &id, number)? {
                    bytes.extend(piece);
                    number += 1;
                }
                Ok::<_, Error>(bytes)
            })
            .await?;
        files.push(MailFile {
            name: file.name,
            content_type: file.kind.content_type(),
            bytes,
        });
    }
    Ok((files, left_out))
}
