//! How mail is sent: the server, and a test mail that shows whether it works. The password
//! goes in and never comes out.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use segue_core::time::Timestamp;
use segue_core::words::Words;
use segue_store::{MailSecurity, MailSettings};
use serde::{Deserialize, Serialize};

use crate::channels::{Mail, Mailer};
use crate::desk::MailServer;
use crate::http::App;
use crate::http::guard::Body;
use crate::http::problem::Problem;
use crate::http::session::SignedIn;

/// How mail is sent.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MailShown {
    /// The sender that the command line sets, which wins over what stands here.
    command_line_from: Option<String>,
    /// What the console keeps.
    server: Option<MailServerShown>,
}

/// A mail server, without its password.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MailServerShown {
    host: String,
    port: u16,
    /// `tls`, `starttls` or `none`.
    security: String,
    user: Option<String>,
    has_password: bool,
    from: String,
    /// When the server took a test mail with these settings; mail is promised to customers
    /// only then.
    tested_at: Option<Timestamp>,
}

fn shown(settings: MailSettings) -> MailServerShown {
    MailServerShown {
        host: settings.host,
        port: settings.port,
        security: settings.security.name().into(),
        user: settings.user,
        has_password: settings.password.is_some(),
        from: settings.from,
        tested_at: settings.tested_at,
    }
}

#[utoipa::path(get, path = "/api/console/mail", tag = "console", responses((status = 200, body = MailShown)))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<MailShown>, Problem> {
    let id = signed_in.agent.workspace_id;
    let settings = app.desk.store.read(move |tx| tx.mail_settings(&id)).await?;
    Ok(Json(MailShown {
        command_line_from: app.mailer.as_ref().map(|mailer| mailer.from()),
        server: settings.map(shown),
    }))
}

/// What an admin says of the mail server.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct MailChange {
    host: String,
    port: u16,
    /// `tls`, `starttls` or `none`.
    security: String,
    /// Nothing for a server that asks nobody.
    #[serde(default)]
    user: String,
    /// Absent or empty keeps the one that is there, if host, port and user stay the same.
    #[serde(default)]
    password: Option<String>,
    from: String,
}

#[utoipa::path(put, path = "/api/console/mail", tag = "console", request_body = MailChange,
    responses((status = 200, body = MailServerShown), (status = 422, body = crate::http::problem::ProblemDocument)))]
pub(in crate::http) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(change): Body<MailChange>,
) -> Result<Json<MailServerShown>, Problem> {
    let server = checked(change)?;
    let kept = app.desk.set_mail(signed_in.actor(), server).await?;
    Ok(Json(shown(kept)))
}

fn checked(change: MailChange) -> Result<MailServer, Problem> {
    let host = change.host.trim().to_ascii_lowercase();
    let is_host = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
    if host.is_empty() || host.len() > 253 || !host.chars().all(is_host) {
        return Err(Problem::bad_request(
            "a mail server's name is like smtp.shop.example, without a scheme or a path",
        ));
    }
    if change.port == 0 {
        return Err(Problem::bad_request("a port is a number from 1 to 65535"));
    }
    let security = MailSecurity::from_name(&change.security)
        .ok_or_else(|| Problem::bad_request("security is `tls`, `starttls` or `none`"))?;
    let from = change.from.trim().to_owned();
    if from.parse::<lettre::Address>().is_err() {
        return Err(Problem::bad_request("the sender is not an e-mail address"));
    }
    let is_short = |text: &str| text.len() <= 1_024 && !text.contains(['\r', '\n', '\0']);
    let user = change.user.trim();
    let password = change.password.filter(|it| !it.is_empty());
    if !is_short(user) || !password.as_deref().is_none_or(is_short) {
        return Err(Problem::bad_request(
            "user and password have at most 1,024 bytes on one line",
        ));
    }
    Ok(MailServer {
        host,
        port: change.port,
        security,
        user: (!user.is_empty()).then(|| user.to_owned()),
        password,
        from,
    })
}

#[utoipa::path(delete, path = "/api/console/mail", tag = "console", responses((status = 204)))]
pub(in crate::http) async fn forget(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<StatusCode, Problem> {
    app.desk.forget_mail(signed_in.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// In which language to write.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct MailTest {
    #[serde(default)]
    language: String,
}

/// What became of a test mail.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MailTested {
    /// The admin's own address.
    to: String,
    /// Absent where the server took it.
    fault: Option<MailFaultShown>,
}

/// Where it got stuck.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MailFaultShown {
    /// `no_such_host`, `refused`, `slow`, `tls`, `sign_in`, `rejected`, `later`, `hung_up`
    /// or `content`.
    code: String,
    /// What was said, by the server or by this machine.
    said: String,
}

#[utoipa::path(post, path = "/api/console/mail/test", tag = "console", request_body = MailTest,
    responses((status = 200, body = MailTested), (status = 409, body = crate::http::problem::ProblemDocument)))]
pub(in crate::http) async fn test(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(wish): Body<MailTest>,
) -> Result<Json<MailTested>, Problem> {
    let agent = signed_in.agent;
    let now = app.desk.clock.now();
    let key = format!("test mail {}", agent.id);
    app.limits.take(&key, app.rates.sign_in, now)?;
    let id = agent.workspace_id.clone();
    let read = app.desk.store.read(move |tx| {
        let workspace = tx.workspace(&id)?;
        Ok::<_, segue_store::Error>((workspace, tx.mail_settings(&id)?))
    });
    let (workspace, settings) = read.await?;
    let company = workspace.ok_or_else(Problem::not_found)?.name;
    let (mailer, changed_at) = match (&app.mailer, settings) {
        (Some(mailer), _) => (mailer.clone(), None),
        (None, Some(settings)) => {
            let mailer = Mailer::of(&settings).map_err(Problem::bad_request)?;
            (std::sync::Arc::new(mailer), Some(settings.changed_at))
        }
        (None, None) => return Err(crate::desk::Error::NoMail.into()),
    };
    let words = Words::of(&wish.language);
    let values = [("company", company.as_str())];
    let unique = crate::edge::secret("test");
    let mail = Mail {
        to: agent.email.clone(),
        to_name: Some(agent.name),
        from_name: company.clone(),
        subject: words.fill("email.test_subject", &values),
        text: words.fill("email.test_text", &values),
        signature: company.clone(),
        footer: String::new(),
        language: words.language.into(),
        automatic: true,
        message_id: unique.clone(),
        thread_id: unique,
        in_reply_to: None,
        reply_to: None,
        files: vec![],
    };
    let sent = tokio::task::spawn_blocking(move || mailer.send(&mail)).await;
    let sent = sent.map_err(|_| Problem::bad_request("the mail could not be put together"))?;
    if let (Ok(()), Some(changed_at)) = (&sent, changed_at) {
        app.desk.mail_works(agent.workspace_id, changed_at).await?;
    }
    Ok(Json(MailTested {
        to: agent.email,
        fault: sent.err().map(|fault| MailFaultShown {
            code: fault.kind.code().into(),
            said: fault.said,
        }),
    }))
}
