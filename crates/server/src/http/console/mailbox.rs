//! Where an inbox's mail comes in: a mailbox that is fetched from, or a secret for a program
//! that hands mails in. Passwords go in and never come out.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use segue_core::ids::kind::Inbox as InboxKind;
use segue_core::ids::{InboxId, WorkspaceId};
use segue_core::time::Timestamp;
use segue_store::{MailSecurity, Mailbox, MailboxServer, TakenMail};
use serde::{Deserialize, Serialize};

use crate::channels::thread::{is_pattern, plus_pattern};
use crate::channels::try_mailbox;
use crate::desk::{Error, MailboxChange};
use crate::http::App;
use crate::http::guard::{Body, PathId, email_address};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;

/// Mails that are shown of those that became no conversation.
const LEFT_OUT: i64 = 50;

/// Where an inbox's mail comes in, and what became of it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MailboxPage {
    /// Absent where no mail comes in.
    mailbox: Option<MailboxShown>,
    /// Mails that became no conversation, the latest first.
    left_out: Vec<MailLeftOut>,
}

/// A mailbox, without its secrets.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MailboxShown {
    /// What customers write to.
    address: String,
    /// How the address of one conversation is made: a token for the `*`.
    replies: String,
    /// Absent where mails are only handed in.
    server: Option<MailboxServerShown>,
    /// Whether a program may hand mails in.
    has_hook: bool,
    /// When it was signed in to with these settings; mails are fetched only then.
    tested_at: Option<Timestamp>,
    /// When it was last looked into.
    read_at: Option<Timestamp>,
    /// Since when it cannot be read.
    failed_at: Option<Timestamp>,
    /// Why, as the server or this machine says.
    failure: Option<String>,
}

/// An IMAP server, without its password.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MailboxServerShown {
    host: String,
    port: u16,
    /// `tls`, `starttls` or `none`.
    security: String,
    user: String,
    folder: String,
}

/// A mail that became no conversation.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MailLeftOut {
    at: Timestamp,
    /// The address that it says it is from; empty where it says none.
    sender: String,
    /// `ignored` or `set_aside`.
    outcome: String,
    /// Why: `too_large`, `no_mail`, `no_sender`, `broken`, `refused`, `too_many`,
    /// `repeated`, or the sign by which a program was known.
    why: String,
}

fn shown(mailbox: Mailbox) -> MailboxShown {
    let (failed_at, failure) = mailbox.progress.failure.unzip();
    MailboxShown {
        address: mailbox.address,
        replies: mailbox.replies,
        server: mailbox.server.map(|server| MailboxServerShown {
            host: server.host,
            port: server.port,
            security: server.security.name().into(),
            user: server.user,
            folder: server.folder,
        }),
        has_hook: mailbox.hook_secret.is_some(),
        tested_at: mailbox.tested_at,
        read_at: mailbox.progress.read_at,
        failed_at,
        failure,
    }
}

fn left_out(mail: TakenMail) -> MailLeftOut {
    MailLeftOut {
        at: mail.at,
        sender: mail.sender,
        outcome: mail.outcome.name().into(),
        why: mail.why,
    }
}

impl App {
    async fn mailbox_of(
        &self,
        workspace_id: &WorkspaceId,
        inbox_id: &InboxId,
    ) -> Result<Option<Mailbox>, Problem> {
        let (workspace_id, inbox_id) = (workspace_id.clone(), inbox_id.clone());
        let read = self.desk.store.read(move |tx| {
            tx.inbox(&workspace_id, &inbox_id)?.ok_or(Error::NotFound)?;
            Ok::<_, Error>(tx.mailbox(&workspace_id, &inbox_id)?)
        });
        Ok(read.await?)
    }
}

#[utoipa::path(get, path = "/api/console/inboxes/{id}/mailbox", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = MailboxPage), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(inbox_id): PathId<InboxKind>,
) -> Result<Json<MailboxPage>, Problem> {
    let workspace_id = signed_in.agent.workspace_id;
    let mailbox = app.mailbox_of(&workspace_id, &inbox_id).await?;
    let read = app
        .desk
        .store
        .read(move |tx| tx.mails_left_out(&workspace_id, &inbox_id, LEFT_OUT));
    let mails = read.await?;
    Ok(Json(MailboxPage {
        mailbox: mailbox.map(shown),
        left_out: mails.into_iter().map(left_out).collect(),
    }))
}

/// What an admin says of a mailbox.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct MailboxSetting {
    /// What customers write to.
    address: String,
    /// How the address of one conversation is made, with a `*` for its token; empty for
    /// `name+*@domain`.
    #[serde(default)]
    replies: String,
    /// Absent where mails are only handed in.
    #[serde(default)]
    server: Option<MailboxServerSetting>,
}

/// What an admin says of an IMAP server.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct MailboxServerSetting {
    host: String,
    port: u16,
    /// `tls`, `starttls` or `none`.
    security: String,
    user: String,
    /// Absent or empty keeps the one that is there, if host, port and user stay the same.
    #[serde(default)]
    password: Option<String>,
    /// Empty for `INBOX`.
    #[serde(default)]
    folder: String,
}

#[utoipa::path(put, path = "/api/console/inboxes/{id}/mailbox", tag = "console", params(("id" = String, Path)),
    request_body = MailboxSetting,
    responses((status = 200, body = MailboxShown), (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(inbox_id): PathId<InboxKind>,
    Body(setting): Body<MailboxSetting>,
) -> Result<Json<MailboxShown>, Problem> {
    app.mailbox_of(&signed_in.agent.workspace_id, &inbox_id)
        .await?;
    let change = checked(setting)?;
    let kept = app
        .desk
        .set_mailbox(signed_in.actor(), inbox_id, change)
        .await?;
    Ok(Json(shown(kept)))
}

fn checked(setting: MailboxSetting) -> Result<MailboxChange, Problem> {
    let address = email_address(&setting.address)?;
    let replies = setting.replies.trim().to_ascii_lowercase();
    let replies = if replies.is_empty() {
        plus_pattern(&address).unwrap_or_default()
    } else {
        replies
    };
    if !is_pattern(&replies) {
        return Err(Problem::bad_request(
            "addresses for answers are made of a pattern with one * before the @ and at most 16 letters beside it, such as help+*@shop.example",
        ));
    }
    let server = setting.server.map(checked_server).transpose()?;
    Ok(MailboxChange {
        address,
        replies,
        server,
    })
}

fn checked_server(setting: MailboxServerSetting) -> Result<MailboxServer, Problem> {
    let host = setting.host.trim().to_ascii_lowercase();
    let is_host = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
    if host.is_empty() || host.len() > 253 || !host.chars().all(is_host) {
        return Err(Problem::bad_request(
            "a mail server's name is like imap.shop.example, without a scheme or a path",
        ));
    }
    if setting.port == 0 {
        return Err(Problem::bad_request("a port is a number from 1 to 65535"));
    }
    let security = MailSecurity::from_name(&setting.security)
        .ok_or_else(|| Problem::bad_request("security is `tls`, `starttls` or `none`"))?;
    let password = setting.password.unwrap_or_default();
    let folder = match setting.folder.trim() {
        "" => "INBOX",
        folder => folder,
    };
    let is_line = |text: &str| text.len() <= 1_024 && !text.contains(['\r', '\n', '\0']);
    let user = setting.user.trim();
    if user.is_empty() || ![user, password.as_str(), folder].into_iter().all(is_line) {
        return Err(Problem::bad_request(
            "user, password and folder have at most 1,024 bytes on one line, and a user is needed",
        ));
    }
    Ok(MailboxServer {
        host,
        port: setting.port,
        security,
        user: user.into(),
        folder: folder.into(),
        password,
    })
}

#[utoipa::path(delete, path = "/api/console/inboxes/{id}/mailbox", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn forget(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(inbox_id): PathId<InboxKind>,
) -> Result<StatusCode, Problem> {
    app.mailbox_of(&signed_in.agent.workspace_id, &inbox_id)
        .await?;
    app.desk.forget_mailbox(signed_in.actor(), inbox_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a mailbox can be read.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MailboxTested {
    /// Absent where it can.
    fault: Option<MailboxFault>,
}

/// Where it got stuck.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MailboxFault {
    /// `no_such_host`, `refused`, `slow`, `tls`, `sign_in`, `folder` or `hung_up`.
    code: String,
    /// What was said, by the server or by this machine.
    said: String,
}

#[utoipa::path(post, path = "/api/console/inboxes/{id}/mailbox/test", tag = "console", params(("id" = String, Path)),
    responses((status = 200, body = MailboxTested), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn test(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(inbox_id): PathId<InboxKind>,
) -> Result<Json<MailboxTested>, Problem> {
    let agent = signed_in.agent;
    let now = app.desk.clock.now();
    let key = format!("test mailbox {}", agent.id);
    app.limits.take(&key, app.rates.sign_in, now)?;
    let mailbox = app.mailbox_of(&agent.workspace_id, &inbox_id).await?;
    let mailbox = mailbox.ok_or(Error::NoMailbox)?;
    let server = mailbox.server.as_ref().ok_or(Error::NoMailbox)?;
    let fault = match try_mailbox(server).await {
        Ok(beginning) => {
            let (workspace_id, changed_at) = (agent.workspace_id, mailbox.changed_at);
            let works = app
                .desk
                .mailbox_works(workspace_id, inbox_id, changed_at, beginning);
            works.await?;
            None
        }
        Err(fault) => Some(MailboxFault {
            code: fault.kind.code().into(),
            said: fault.said,
        }),
    };
    Ok(Json(MailboxTested { fault }))
}

/// A secret, shown this once.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HookSecret {
    secret: String,
}

#[utoipa::path(post, path = "/api/console/inboxes/{id}/mailbox/hook", tag = "console", params(("id" = String, Path)),
    responses((status = 201, body = HookSecret), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn make_hook(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(inbox_id): PathId<InboxKind>,
) -> Result<(StatusCode, Json<HookSecret>), Problem> {
    app.mailbox_of(&signed_in.agent.workspace_id, &inbox_id)
        .await?;
    let made = app.desk.make_hook_secret(signed_in.actor(), inbox_id);
    let secret = made.await?;
    Ok((StatusCode::CREATED, Json(HookSecret { secret })))
}
