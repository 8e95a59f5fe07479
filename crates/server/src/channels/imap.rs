//! The line to a mailbox: signs in, says what is new since a number, fetches one mail at a
//! time. It only reads: nothing in the folder is marked, moved or deleted, so that people
//! may look into the same mailbox, and a mail that was not taken lies where it lay.

use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use async_imap::error::Error as ImapError;
use async_imap::types::Fetch;
use async_imap::{Client, Session};
use futures_util::TryStreamExt;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use segue_core::time::{DAY_MS, Timestamp};
use segue_store::{MailSecurity, MailboxServer, Progress};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::incoming::MAIL_BYTES;

/// How long a server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for a whole mail.
const MAIL_PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks, where the server does not say by itself that something came.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// How far back a folder is read whose numbers begin anew.
const READ_AGAIN_MS: i64 = 7 * DAY_MS;
/// New mails that are listed at once.
const LISTED: usize = 500;

/// Where a line got stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImapFaultKind {
    /// There is no such server name.
    NoSuchHost,
    /// Nobody listens there.
    Refused,
    /// Nobody answers in time.
    Slow,
    /// The encrypted line does not come about.
    Tls,
    /// User or password are wrong.
    SignIn,
    /// There is no such folder.
    Folder,
    /// The line broke, or something else speaks there.
    HungUp,
}

impl ImapFaultKind {
    /// Its name, for words in other languages.
    pub const fn code(self) -> &'static str {
        match self {
            ImapFaultKind::NoSuchHost => "no_such_host",
            ImapFaultKind::Refused => "refused",
            ImapFaultKind::Slow => "slow",
            ImapFaultKind::Tls => "tls",
            ImapFaultKind::SignIn => "sign_in",
            ImapFaultKind::Folder => "folder",
            ImapFaultKind::HungUp => "hung_up",
        }
    }
}

/// Why a mailbox cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImapFault {
    /// Where it got stuck.
    pub kind: ImapFaultKind,
    /// What was said, by the server or by this machine.
    pub said: String,
}

impl fmt::Display for ImapFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the mailbox cannot be read ({}): {}",
            self.kind.code(),
            self.said
        )
    }
}

impl std::error::Error for ImapFault {}

/// A mail as it lies in the folder.
#[derive(Debug)]
pub struct Slip {
    /// Its number.
    pub uid: u32,
    /// All of it; `None` where it is too large to be read, or gone.
    pub raw: Option<Vec<u8>>,
    /// Whether it is too large.
    pub is_too_large: bool,
}

/// A line that is signed in, with the folder open.
pub struct Line {
    session: Session<Box<dyn Stream>>,
    uid_validity: u32,
    uid_next: u32,
    has_idle: bool,
}

/// What a line runs over.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Stream for S {}

impl Line {
    /// Signs in and opens the folder.
    pub async fn open(server: &MailboxServer) -> Result<Self, ImapFault> {
        let opening = async {
            let client = connect(server).await?;
            let signed_in = client.login(&server.user, &server.password).await;
            let mut session = signed_in.map_err(|(error, _)| match error {
                ImapError::No(said) | ImapError::Bad(said) => fault(ImapFaultKind::SignIn, said),
                other => fault_of(other),
            })?;
            let abilities = session.capabilities().await.map_err(fault_of)?;
            let folder = session
                .examine(&server.folder)
                .await
                .map_err(|error| match error {
                    ImapError::No(said) | ImapError::Bad(said) => {
                        fault(ImapFaultKind::Folder, said)
                    }
                    other => fault_of(other),
                })?;
            let (Some(uid_validity), Some(uid_next)) = (folder.uid_validity, folder.uid_next)
            else {
                let said = "the server gives its mails no lasting numbers".to_string();
                return Err(fault(ImapFaultKind::Folder, said));
            };
            Ok(Self {
                session,
                uid_validity,
                uid_next,
                has_idle: abilities.has_str("IDLE"),
            })
        };
        within(PATIENCE, opening).await
    }

    /// Where reading begins in a folder that nobody has read: what lies there stays.
    pub fn beginning(&self) -> Progress {
        Progress {
            uid_validity: Some(self.uid_validity),
            last_uid: self.uid_next.saturating_sub(1),
            ..Progress::default()
        }
    }

    /// The numbers that are new, in order, and the progress that they are counted from. A
    /// folder whose numbers begin anew is read again for some days; who takes its mails
    /// knows which of them came before.
    pub async fn news(
        &mut self,
        progress: &Progress,
        now: Timestamp,
    ) -> Result<(Progress, Vec<u32>), ImapFault> {
        let mut progress = progress.clone();
        let is_same = progress.uid_validity == Some(self.uid_validity);
        let query = if is_same {
            format!("UID {}:*", progress.last_uid.saturating_add(1))
        } else {
            format!("SINCE {}", imap_date(now.plus(-READ_AGAIN_MS)))
        };
        let asked = async { self.session.uid_search(&query).await.map_err(fault_of) };
        let found = within(PATIENCE, asked).await?;
        if !is_same {
            progress.uid_validity = Some(self.uid_validity);
            let first = found.iter().min().copied().unwrap_or(self.uid_next);
            progress.last_uid = first.saturating_sub(1);
        }
        // `n:*` names the last mail even where its number is below `n`.
        let mut found: Vec<u32> = found
            .into_iter()
            .filter(|uid| *uid > progress.last_uid)
            .collect();
        found.sort_unstable();
        found.truncate(LISTED);
        Ok((progress, found))
    }

    /// Fetches one mail; one that is too large stays where it is.
    pub async fn fetch(&mut self, uid: u32) -> Result<Slip, ImapFault> {
        let size = self
            .ask(uid, "(UID RFC822.SIZE)")
            .await?
            .and_then(|it| it.size);
        let is_too_large = size.is_some_and(|size| size as usize > MAIL_BYTES);
        if is_too_large || size.is_none() {
            return Ok(Slip {
                uid,
                raw: None,
                is_too_large,
            });
        }
        let found = self.ask(uid, "(UID BODY.PEEK[])").await?;
        Ok(Slip {
            uid,
            raw: found.and_then(|it| it.body().map(<[u8]>::to_vec)),
            is_too_large: false,
        })
    }

    async fn ask(&mut self, uid: u32, what: &str) -> Result<Option<Fetch>, ImapFault> {
        let asking = async {
            let found = self.session.uid_fetch(uid.to_string(), what).await;
            let found: Vec<Fetch> = found
                .map_err(fault_of)?
                .try_collect()
                .await
                .map_err(fault_of)?;
            Ok(found.into_iter().find(|it| it.uid == Some(uid)))
        };
        within(MAIL_PATIENCE, asking).await
    }

    /// Waits until something came, or for a while.
    pub async fn wait(mut self, most: Duration) -> Result<Self, ImapFault> {
        if !self.has_idle {
            tokio::time::sleep(most.min(LOOK_EVERY)).await;
            let asked = async { self.session.noop().await.map_err(fault_of) };
            within(PATIENCE, asked).await?;
            return Ok(self);
        }
        let (uid_validity, uid_next) = (self.uid_validity, self.uid_next);
        let mut idle = self.session.idle();
        within(PATIENCE, async { idle.init().await.map_err(fault_of) }).await?;
        let (waiting, _stop) = idle.wait_with_timeout(most);
        // A server that keeps saying that it is there is asked for news all the same.
        if let Ok(heard) = tokio::time::timeout(most, waiting).await {
            heard.map_err(fault_of)?;
        }
        let session = within(PATIENCE, async { idle.done().await.map_err(fault_of) }).await?;
        Ok(Self {
            session,
            uid_validity,
            uid_next,
            has_idle: true,
        })
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        let _ = tokio::time::timeout(PATIENCE, self.session.logout()).await;
    }
}

/// Signs in as for fetching and fetches nothing; where reading would begin.
pub async fn try_mailbox(server: &MailboxServer) -> Result<Progress, ImapFault> {
    let line = Line::open(server).await?;
    let beginning = line.beginning();
    line.close().await;
    Ok(beginning)
}

async fn connect(server: &MailboxServer) -> Result<Client<Box<dyn Stream>>, ImapFault> {
    let address = (server.host.as_str(), server.port);
    let stream = TcpStream::connect(address)
        .await
        .map_err(|error| fault_of_io(&error))?;
    let _ = stream.set_nodelay(true);
    match server.security {
        MailSecurity::None => greeted(Client::new(Box::new(stream) as Box<dyn Stream>)).await,
        MailSecurity::Tls => greeted(Client::new(encrypted(server, stream).await?)).await,
        MailSecurity::StartTls => {
            let mut plain = Client::new(stream);
            greeting(&mut plain).await?;
            let asked = plain.run_command_and_check_ok("STARTTLS", None).await;
            asked.map_err(|error| fault(ImapFaultKind::Tls, error.to_string()))?;
            Ok(Client::new(encrypted(server, plain.into_inner()).await?))
        }
    }
}

async fn greeted(
    mut client: Client<Box<dyn Stream>>,
) -> Result<Client<Box<dyn Stream>>, ImapFault> {
    greeting(&mut client).await?;
    Ok(client)
}

async fn greeting<S: Stream>(client: &mut Client<S>) -> Result<(), ImapFault> {
    match client.read_response().await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(fault(
            ImapFaultKind::HungUp,
            "it hung up without a word".into(),
        )),
        Err(error) => Err(fault_of_io(&error)),
    }
}

async fn encrypted(
    server: &MailboxServer,
    stream: TcpStream,
) -> Result<Box<dyn Stream>, ImapFault> {
    let name = ServerName::try_from(server.host.clone())
        .map_err(|error| fault(ImapFaultKind::Tls, error.to_string()))?;
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(ImapFaultKind::Tls, error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await;
    let stream = stream.map_err(|error| fault(ImapFaultKind::Tls, error.to_string()))?;
    Ok(Box::new(stream))
}

async fn within<T>(
    most: Duration,
    what: impl Future<Output = Result<T, ImapFault>>,
) -> Result<T, ImapFault> {
    let slow = || {
        fault(
            ImapFaultKind::Slow,
            format!("no answer within {} seconds", most.as_secs()),
        )
    };
    tokio::time::timeout(most, what)
        .await
        .unwrap_or_else(|_| Err(slow()))
}

fn fault(kind: ImapFaultKind, said: String) -> ImapFault {
    let said = said.chars().filter(|c| !c.is_control()).take(300).collect();
    ImapFault { kind, said }
}

fn fault_of(error: ImapError) -> ImapFault {
    match error {
        ImapError::Io(error) => fault_of_io(&error),
        // What a server said that nobody understands may be part of a mail.
        ImapError::Parse(_) => fault(ImapFaultKind::HungUp, "an answer that does not read".into()),
        other => fault(ImapFaultKind::HungUp, other.to_string()),
    }
}

fn fault_of_io(error: &std::io::Error) -> ImapFault {
    let said = error.to_string();
    let kind = match error.kind() {
        ErrorKind::ConnectionRefused => ImapFaultKind::Refused,
        ErrorKind::TimedOut | ErrorKind::WouldBlock => ImapFaultKind::Slow,
        _ if said.contains("lookup") || said.contains("resolve") => ImapFaultKind::NoSuchHost,
        _ => ImapFaultKind::HungUp,
    };
    fault(kind, said)
}

/// `5-Mar-2026`, as IMAP writes a day.
fn imap_date(at: Timestamp) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let date = at.date("UTC");
    let mut parts = date.split('-');
    let year = parts.next().unwrap_or_default();
    let month: usize = parts.next().and_then(|it| it.parse().ok()).unwrap_or(1);
    let day: u32 = parts.next().and_then(|it| it.parse().ok()).unwrap_or(1);
    format!("{day}-{}-{year}", MONTHS[month.clamp(1, 12) - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_imap_does() {
        let at = Timestamp::parse("2026-03-05T23:59:59Z").unwrap();
        assert_eq!(imap_date(at), "5-Mar-2026");
    }
}
