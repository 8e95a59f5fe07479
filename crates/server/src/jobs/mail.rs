//! Sends an agent's answer by e-mail. The Message-ID follows from the message's id, so
//! a mail that goes out twice after a crash is one mail to its reader.

use segue_core::event::{Event, Fact};
use segue_core::words::Words;
use segue_store::Job;

use super::{End, Tools};
use crate::channels::Mail;
use crate::desk::{Error, MailOrder};

pub(super) async fn run(tools: &Tools, job: &Job) -> End {
    let order: MailOrder = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(error) => return End::GiveUp(format!("the order does not read back: {error}")),
    };
    let Some(mailer) = tools.mailer.clone() else {
        return End::Retry("no mail server is configured; start segue with --smtp".into());
    };
    let mail = match compose(tools, job, &order).await {
        Ok(Some(mail)) => mail,
        Ok(None) => return End::GiveUp("there is no address or no text to send".into()),
        Err(error) => return End::Retry(error.to_string()),
    };
    let sent = tokio::task::spawn_blocking(move || mailer.send(&mail)).await;
    match sent {
        Ok(Ok(())) => End::Done,
        Ok(Err(error)) => End::Retry(error),
        Err(_) => End::Retry("the mailer panicked".into()),
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
    let (Some(to), Some(text)) = (contact.person.email, body.text) else {
        return Ok(None);
    };
    let words = Words::of(&conversation.language);
    let agent = message.agent.map_or_else(String::new, |agent| agent.name);
    let company = workspace.name.as_str();
    let signature = words.fill(
        "email.signature",
        &[("agent", &agent), ("company", company)],
    );
    Ok(Some(Mail {
        to,
        to_name: contact.person.name,
        from_name: company.to_string(),
        subject: words.fill("email.subject", &[("company", company)]),
        text: format!(
            "{text}\n\n{signature}\n\n-- \n{}\n",
            words.fill("email.footer", &[])
        ),
        message_id: message.message_id.to_string(),
        thread_id: conversation.id.to_string(),
    }))
}
