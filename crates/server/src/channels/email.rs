//! Outgoing mail over SMTP.

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, SmtpTransport, Transport};

/// A mail to a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The address.
    pub to: String,
    /// The name, where known.
    pub to_name: Option<String>,
    /// The company.
    pub from_name: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// What the Message-ID is made of: the same message never makes two.
    pub message_id: String,
    /// What threads the mails of one conversation.
    pub thread_id: String,
    /// Files that go along.
    pub files: Vec<MailFile>,
}

/// A file that a mail carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFile {
    /// A cleaned name.
    pub name: String,
    /// Its media type.
    pub content_type: &'static str,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// A mail server to send through.
pub struct Mailer {
    transport: SmtpTransport,
    from: Address,
}

impl Mailer {
    /// From an URL, `smtp://user:password@host:587?tls=required` or, on a trusted
    /// network, `smtp://host:25`; and the address that mails come from.
    pub fn new(url: &str, from: &str) -> Result<Self, String> {
        let from = from
            .parse()
            .map_err(|_| format!("`{from}` is not an e-mail address"))?;
        let transport = SmtpTransport::from_url(url)
            .map_err(|error| format!("the SMTP URL does not read: {error}"))?
            .timeout(Some(std::time::Duration::from_secs(20)))
            .build();
        Ok(Self { transport, from })
    }

    /// Sends one mail; blocks until the server has taken it.
    pub fn send(&self, mail: &Mail) -> Result<(), String> {
        let domain = self.from.domain();
        let to: Address = mail
            .to
            .parse()
            .map_err(|_| "the customer's address does not read".to_string())?;
        let builder = MessageBuilder::new()
            .from(Mailbox::new(
                Some(mail.from_name.clone()),
                self.from.clone(),
            ))
            .to(Mailbox::new(mail.to_name.clone(), to))
            .subject(mail.subject.clone())
            .message_id(Some(format!("<{}@{domain}>", mail.message_id)))
            .references(format!("<{}@{domain}>", mail.thread_id));
        let message = match mail.files.as_slice() {
            [] => builder
                .header(ContentType::TEXT_PLAIN)
                .body(mail.text.clone()),
            files => builder.multipart(with_files(&mail.text, files)?),
        };
        let message =
            message.map_err(|error| format!("the mail could not be put together: {error}"))?;
        self.transport
            .send(&message)
            .map_err(|error| format!("the mail server refused: {error}"))?;
        Ok(())
    }
}

/// The text first, as plain text, then each file as an attachment.
fn with_files(text: &str, files: &[MailFile]) -> Result<MultiPart, String> {
    let text = MultiPart::mixed().singlepart(SinglePart::plain(text.to_string()));
    files.iter().try_fold(text, |mail, file| {
        let content_type = ContentType::parse(file.content_type)
            .map_err(|error| format!("`{}` is no media type: {error}", file.content_type))?;
        let part = Attachment::new(file.name.clone()).body(file.bytes.clone(), content_type);
        Ok(mail.singlepart(part))
    })
}
