//! Outgoing mail over SMTP.

use std::error::Error as StdError;
use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{Error as SmtpError, SmtpTransportBuilder};
use lettre::{Address, Message, SmtpTransport, Transport};
use segue_store::{MailSecurity, MailSettings};

use super::letter::compose;

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
    /// What is said.
    pub text: String,
    /// Who says it.
    pub signature: String,
    /// What stands below in small type; empty for nothing.
    pub footer: String,
    /// ISO 639-1 code of its words.
    pub language: String,
    /// Whether no human wrote it: other programs must not answer it.
    pub automatic: bool,
    /// What the Message-ID is made of: the same message never makes two.
    pub message_id: String,
    /// What threads the mails of one conversation.
    pub thread_id: String,
    /// The mail that this one answers, by its own id, where there is one.
    pub in_reply_to: Option<String>,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<String>,
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

/// Where a mail got stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailFaultKind {
    /// An address does not read, or the mail cannot be put together.
    Content,
    /// There is no such server name.
    NoSuchHost,
    /// Nobody listens there.
    Refused,
    /// Nobody answers in time.
    Slow,
    /// The encrypted line does not come about.
    Tls,
    /// User or password are wrong, or one is needed.
    SignIn,
    /// The server does not take the mail.
    Rejected,
    /// The server does not take it now.
    Later,
    /// The line broke, or something else speaks there.
    HungUp,
}

impl MailFaultKind {
    /// Its name, for words in other languages.
    pub const fn code(self) -> &'static str {
        match self {
            MailFaultKind::Content => "content",
            MailFaultKind::NoSuchHost => "no_such_host",
            MailFaultKind::Refused => "refused",
            MailFaultKind::Slow => "slow",
            MailFaultKind::Tls => "tls",
            MailFaultKind::SignIn => "sign_in",
            MailFaultKind::Rejected => "rejected",
            MailFaultKind::Later => "later",
            MailFaultKind::HungUp => "hung_up",
        }
    }
}

/// Why a mail was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFault {
    /// Where it got stuck.
    pub kind: MailFaultKind,
    /// What was said, by the server or by us.
    pub said: String,
}

impl fmt::Display for MailFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the mail was not sent ({}): {}",
            self.kind.code(),
            self.said
        )
    }
}

impl MailFault {
    /// Whether it would be the same the next time.
    pub fn is_final(&self) -> bool {
        matches!(self.kind, MailFaultKind::Content | MailFaultKind::Rejected)
    }
}

impl std::error::Error for MailFault {}

/// How long a mail server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail server to send through.
pub struct Mailer {
    transport: SmtpTransport,
    from: Address,
}

impl Mailer {
    /// From an URL, `smtp://user:password@host:587?tls=required` or, on a trusted
    /// network, `smtp://host:25`; and the address that mails come from.
    pub fn new(url: &str, from: &str) -> Result<Self, String> {
        let builder = SmtpTransport::from_url(url)
            .map_err(|error| format!("the SMTP URL does not read: {error}"))?;
        Self::build(builder, from)
    }

    /// As the console keeps it.
    pub fn of(settings: &MailSettings) -> Result<Self, String> {
        let parameters = || {
            TlsParameters::new(settings.host.clone())
                .map_err(|error| format!("the mail server's name cannot be encrypted to: {error}"))
        };
        let tls = match settings.security {
            MailSecurity::Tls => Tls::Wrapper(parameters()?),
            MailSecurity::StartTls => Tls::Required(parameters()?),
            MailSecurity::None => Tls::None,
        };
        let mut builder = SmtpTransport::builder_dangerous(settings.host.as_str())
            .port(settings.port)
            .tls(tls);
        if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Self::build(builder, &settings.from)
    }

    fn build(builder: SmtpTransportBuilder, from: &str) -> Result<Self, String> {
        let from = from
            .parse()
            .map_err(|_| format!("`{from}` is not an e-mail address"))?;
        let transport = builder.timeout(Some(PATIENCE)).build();
        Ok(Self { transport, from })
    }

    /// The address that mails come from.
    pub fn from(&self) -> String {
        self.from.to_string()
    }

    /// Connects and signs in as for a mail, and sends none; blocks as long as that takes.
    pub fn try_server(&self) -> Result<(), String> {
        match self.transport.test_connection() {
            Ok(true) => Ok(()),
            Ok(false) => Err("the mail server did not answer a NOOP".into()),
            Err(error) => Err(format!("the mail server refused: {error}")),
        }
    }

    /// Sends one mail; blocks until the server has taken it. One that was sent twice, because
    /// nobody knows what became of it, has the same Message-ID, so that its reader sees one.
    pub fn send(&self, mail: &Mail) -> Result<(), MailFault> {
        let message = self.put_together(mail)?;
        let sent = self.transport.send(&message);
        sent.map(|_| ()).map_err(|error| fault_of(&error))
    }

    fn put_together(&self, mail: &Mail) -> Result<Message, MailFault> {
        compose(mail, &self.from).map_err(|said| MailFault {
            kind: MailFaultKind::Content,
            said,
        })
    }
}

fn fault_of(error: &SmtpError) -> MailFault {
    let (kind, cause) = (kind_of(error), deepest(error));
    MailFault {
        kind,
        said: cause.chars().take(300).collect(),
    }
}

fn kind_of(error: &SmtpError) -> MailFaultKind {
    if let Some(code) = error.status() {
        return match u16::from(code) {
            530 | 534 | 535 | 538 | 454 => MailFaultKind::SignIn,
            code if code < 500 => MailFaultKind::Later,
            _ => MailFaultKind::Rejected,
        };
    }
    let said = format!("{error:?}").to_lowercase();
    if error.is_tls() || said.contains("starttls") || said.contains("certificate") {
        return MailFaultKind::Tls;
    }
    if said.contains("authentication") {
        return MailFaultKind::SignIn;
    }
    if error.is_timeout() {
        return MailFaultKind::Slow;
    }
    match io_kind(error) {
        Some(ErrorKind::ConnectionRefused) => MailFaultKind::Refused,
        Some(ErrorKind::TimedOut | ErrorKind::WouldBlock) => MailFaultKind::Slow,
        _ if said.contains("lookup") || said.contains("resolve") => MailFaultKind::NoSuchHost,
        // A server that speaks TLS hears a greeting, or the other way round.
        Some(ErrorKind::InvalidData) => MailFaultKind::Tls,
        _ => MailFaultKind::HungUp,
    }
}

fn io_kind(error: &SmtpError) -> Option<ErrorKind> {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(next) = cause {
        if let Some(io) = next.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        cause = next.source();
    }
    None
}

/// The last cause, which says most.
fn deepest(error: &SmtpError) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        said = next.to_string();
        cause = next.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use segue_core::time::Timestamp;

    use super::*;

    fn settings(host: &str, port: u16, security: MailSecurity) -> MailSettings {
        MailSettings {
            host: host.into(),
            port,
            security,
            user: None,
            password: None,
            from: "help@shop.example".into(),
            changed_at: Timestamp::from_millis(0),
            tested_at: None,
        }
    }

    fn mail() -> Mail {
        Mail {
            to: "ida@shop.example".into(),
            to_name: None,
            from_name: "Shop".into(),
            subject: "Test".into(),
            text: "Hello".into(),
            signature: "Shop".into(),
            footer: String::new(),
            language: "en".into(),
            automatic: true,
            message_id: "m".into(),
            thread_id: "t".into(),
            in_reply_to: None,
            reply_to: None,
            files: vec![],
        }
    }

    /// A mail server that answers each line by the table, the first match.
    fn server(answers: &'static [(&'static str, &'static str)]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let Ok((mut stream, _)) = listener.accept() else {
                return;
            };
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let _ = stream.write_all(b"220 shop.example\r\n");
            while let Some(Ok(line)) = lines.next() {
                let found = answers.iter().find(|(begin, _)| line.starts_with(begin));
                let answer = found.map_or("250 fine", |(_, answer)| *answer);
                let _ = stream.write_all(format!("{answer}\r\n").as_bytes());
            }
        });
        port
    }

    #[track_caller]
    fn check(settings: &MailSettings, expected: MailFaultKind) {
        let sent = Mailer::of(settings).unwrap().send(&mail());
        let fault = sent.expect_err("it should not be sent");
        assert_eq!(fault.kind, expected, "{fault}");
    }

    #[test]
    fn where_a_mail_got_stuck_is_told() {
        let none = MailSecurity::None;
        let unused = TcpListener::bind("127.0.0.1:0").unwrap();
        let free = unused.local_addr().unwrap().port();
        drop(unused);
        check(&settings("127.0.0.1", free, none), MailFaultKind::Refused);
        check(
            &settings("mail.nowhere.invalid", 25, none),
            MailFaultKind::NoSuchHost,
        );
        let rejecting = server(&[("MAIL", "550 who are you?")]);
        check(
            &settings("127.0.0.1", rejecting, none),
            MailFaultKind::Rejected,
        );
        let busy = server(&[("RCPT", "451 come back later")]);
        check(&settings("127.0.0.1", busy, none), MailFaultKind::Later);
        let plain = server(&[]);
        check(
            &settings("127.0.0.1", plain, MailSecurity::StartTls),
            MailFaultKind::Tls,
        );
        let plain = server(&[]);
        check(
            &settings("127.0.0.1", plain, MailSecurity::Tls),
            MailFaultKind::Tls,
        );
        let strict = server(&[
            ("EHLO", "250-shop.example\r\n250 AUTH PLAIN LOGIN"),
            ("AUTH", "535 wrong password"),
        ]);
        let wrong = MailSettings {
            user: Some("help".into()),
            password: Some("guess".into()),
            ..settings("127.0.0.1", strict, none)
        };
        check(&wrong, MailFaultKind::SignIn);
        let open = server(&[]);
        let without = MailSettings {
            port: open,
            ..wrong
        };
        check(&without, MailFaultKind::SignIn);
    }

    /// Attack cases 31 and 35: in a mail, too, what people wrote stays words, and a name
    /// stands in one header.
    #[test]
    fn a_mail_keeps_words_as_words_and_its_files_are_attachments() {
        let payload = "<script>alert(1)</script><img src=x onerror=alert(1)> javascript:alert(1)";
        let mailer = Mailer::of(&settings("127.0.0.1", 25, MailSecurity::None)).unwrap();
        let mail = Mail {
            to_name: Some(format!("Eve {payload}")),
            text: payload.into(),
            files: vec![MailFile {
                name: "logo\r\nBcc: all@shop.example\".svg.txt".into(),
                content_type: "application/octet-stream",
                bytes: b"<svg onload=alert(1)>".to_vec(),
            }],
            ..mail()
        };
        let bare = Mail {
            files: vec![],
            ..mail.clone()
        };
        for (mail, parts) in [(mail, 1), (bare, 0)] {
            let sent = mailer.put_together(&mail).unwrap().formatted();
            let sent = String::from_utf8(sent).unwrap();
            let types: Vec<&str> = sent
                .lines()
                .filter_map(|line| line.strip_prefix("Content-Type: "))
                .map(|value| value.split(';').next().unwrap_or_default())
                .collect();
            assert!(types.contains(&"text/plain"), "{types:?}");
            let (_, html) = sent.split_once("text/html").unwrap();
            let markup = ["<script", "<img", "onerror=alert(1)>"];
            assert!(!markup.iter().any(|it| html.contains(it)), "{html}");
            assert_eq!(
                sent.matches("Content-Disposition: attachment").count(),
                parts
            );
            assert!(!sent.lines().any(|line| line.starts_with("Bcc:")), "{sent}");
            assert!(!sent.contains("<svg"), "a file travels encoded");
        }
    }

    #[test]
    fn a_password_is_in_no_log() {
        let secret = MailSettings {
            password: Some("hunter2-hunter2".into()),
            ..settings("mail.shop.example", 465, MailSecurity::Tls)
        };
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}
