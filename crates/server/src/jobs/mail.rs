//! Sends an agent's answer by e-mail. The Message-ID follows from the message's id, so
//! a mail that goes out twice after a crash is one mail to its reader.

use segue_core::event::{Event, Fact};
use segue_core::file::Attached;
use segue_core::words::Words;
use segue_store::{Job, kill_point};

use super::{End, Tools};
use crate::channels::{Mail, MailFile};
use crate::desk::{Error, MailOrder};

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

async fn compose(tools: &Tools, job: &Job, order: &MailOrder) -> Result<Option<Mail>, Error> {
    let (workspace_id, order) = (job.workspace_id.clone(), order.clone());
    let loaded = tools
        .desk
        .store
        .read(move |tx| {
            let id = &order.conversation_id;
            let conversation = tx.conversation(&workspace_id, id)?.ok_or(Error::NotFound)?;
            let contact = tx
                .contact(&workspace_id, &conversation.contact_id)?
                .ok_or(Error::NotFound)?;
            let workspace = tx.workspace(&workspace_id)?.ok_or(Error::NotFound)?;
            let event = tx.events(&workspace_id, id, order.seq - 1, 1)?.pop();
            Ok::<_, Error>((conversation, contact, workspace, event))
        })
        .await?;
    let (conversation, contact, workspace, Some(event)) = loaded else {
        return Ok(None);
    };
    let Event {
        fact: Fact::MessageAdded(message),
        body: Some(body),
        ..
    } = event
    else {
        return Ok(None);
    };
    let Some(to) = contact.person.email else {
        return Ok(None);
    };
    let mut text = body.text.unwrap_or_default();
    let (files, left_out) = files(tools, job, body.files).await?;
    if text.is_empty() && files.is_empty() && left_out.is_empty() {
        return Ok(None);
    }
    text.extend(left_out.iter().map(|name| format!("\n[{name}]")));
    let words = Words::of(&conversation.language);
    let company = workspace.name.as_str();
    let automatic = message.agent.is_none();
    let signature = match message.agent {
        Some(agent) => {
            let values = [("agent", &*agent.name), ("company", company)];
            words.fill("email.signature", &values)
        }
        None => company.to_string(),
    };
    Ok(Some(Mail {
        to,
        to_name: contact.person.name,
        from_name: company.to_string(),
        subject: words.fill("email.subject", &[("company", company)]),
        text,
        signature,
        footer: words.fill("email.footer", &[]),
        language: words.language.into(),
        automatic,
        message_id: message.message_id.to_string(),
        thread_id: conversation.id.to_string(),
        files,
    }))
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
