//! Mails a one-time link. The job names no secret: the link is made here, and made anew
//! if the mail has to be sent again.

use segue_core::words::Words;
use segue_store::{Job, LinkKind};

use super::{End, Tools};
use crate::channels::Mail;
use crate::desk::{LinkMade, LinkOrder};

pub(super) async fn run(tools: &Tools, job: &Job, kind: LinkKind) -> End {
    let order: LinkOrder = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(error) => return End::GiveUp(format!("the order does not read back: {error}")),
    };
    let Some(home) = tools.desk.public_url.clone() else {
        return End::GiveUp("links are mailed where --public-url says where they lead".into());
    };
    let made = tools
        .desk
        .make_mailed_links(kind, job.workspace_id.clone(), order.email.clone());
    let made = match made.await {
        Ok(made) => made,
        Err(error) => return End::Retry(error.to_string()),
    };
    let words = Words::of(&order.language);
    for made in made {
        let mailer = match tools.mailer_for(&made.link.workspace_id).await {
            Ok(Some(mailer)) => mailer,
            Ok(None) => return End::GiveUp("the mail server is set no more".into()),
            Err(error) => return End::Retry(error),
        };
        let mail = compose(words, &home, made);
        match tokio::task::spawn_blocking(move || mailer.send(&mail)).await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => return End::Retry(fault.to_string()),
            Err(_) => return End::Retry("the mailer panicked".into()),
        }
    }
    End::Done
}

fn compose(words: &Words, home: &str, made: LinkMade) -> Mail {
    let company = made.workspace.name.as_str();
    let link = format!("{home}/console/#/link/{}", made.key);
    let (subject, text) = match made.link.kind {
        LinkKind::Join => ("email.join_subject", "email.join_text"),
        LinkKind::Reset => ("email.reset_subject", "email.reset_text"),
    };
    Mail {
        to: made.link.email.clone(),
        to_name: None,
        from_name: company.to_string(),
        subject: words.fill(subject, &[("company", company)]),
        text: words.fill(text, &[("company", company), ("link", &link)]),
        message_id: made.link.id.to_string(),
        signature: company.to_string(),
        footer: String::new(),
        language: words.language.into(),
        automatic: true,
        thread_id: made.link.id.to_string(),
        in_reply_to: None,
        reply_to: None,
        files: vec![],
    }
}
