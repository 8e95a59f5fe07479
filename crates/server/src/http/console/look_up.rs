//! Where an inbox looks its customers up (P25), and how it speaks in the agent's first
//! message (P29). What is sent along may be secret: it goes in and never comes out.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use segue_core::ids::InboxId;
use segue_core::ids::kind::{Conversation as ConversationKind, Inbox as InboxKind};
use segue_core::introduction::Tone;
use segue_core::look_up::{Field, MOST_FIELDS, TemplateFault, check_template};
use segue_core::package::shorten;
use segue_core::time::Timestamp;
use segue_store::LookUp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::connect::{ask, check_header, is_guarded};
use crate::desk::{Error, LookUpChange};
use crate::http::App;
use crate::http::guard::{Body, PathId, clean_text};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;

/// The longest address, header and path, in characters.
const LONGEST: usize = 2_000;
/// The longest name of a system or a field, in characters.
const LONGEST_NAME: usize = 60;
/// Headers that are sent along.
const MOST_HEADERS: usize = 10;
/// How long an answer may take: agents read the package by then.
const TIMEOUT_MS: std::ops::RangeInclusive<i64> = 200..=15_000;
/// The longest that an answer is taken for true: a week.
const LONGEST_KEPT_S: i64 = 7 * 24 * 3_600;
/// Characters of an answer that are shown to who tries it.
const SHOWN: usize = 4_000;

/// Where each inbox looks customers up, and how it speaks.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LookUps {
    inboxes: Vec<InboxLookUp>,
}

/// Where an inbox looks customers up, and how it speaks.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InboxLookUp {
    #[schema(value_type = String)]
    id: InboxId,
    /// Its name.
    name: String,
    /// Whether it takes nothing new.
    is_closed: bool,
    /// How it speaks in the agent's first message.
    tone: Tone,
    /// Absent where it looks nobody up.
    look_up: Option<LookUpShown>,
}

/// A look-up, without its secrets.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LookUpShown {
    /// What agents call the system that is asked.
    name: String,
    /// Its address, with `{email}` or `{external_id}` in path or query.
    url: String,
    /// The names of the headers that are sent along.
    headers: Vec<String>,
    fields: Vec<Field>,
    timeout_ms: i64,
    /// How long an answer is taken for true, in seconds.
    kept_s: i64,
    /// When it last answered.
    answered_at: Option<Timestamp>,
    /// Since when it does not.
    failed_at: Option<Timestamp>,
    /// Why, as a word.
    failure: Option<String>,
}

fn shown(look_up: LookUp) -> LookUpShown {
    let (failed_at, failure) = look_up.failure.unzip();
    LookUpShown {
        name: look_up.name,
        url: look_up.url,
        headers: look_up.headers.into_iter().map(|it| it.name).collect(),
        fields: look_up.fields,
        timeout_ms: look_up.timeout_ms,
        kept_s: look_up.kept_ms / 1_000,
        answered_at: look_up.answered_at,
        failed_at,
        failure,
    }
}

#[utoipa::path(get, path = "/api/console/look-ups", tag = "console", responses((status = 200, body = LookUps)))]
pub(in crate::http) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<LookUps>, Problem> {
    let workspace_id = signed_in.agent.workspace_id;
    let read = app.desk.store.read(move |tx| {
        let workspace = tx.workspace(&workspace_id)?.ok_or(Error::NotFound)?;
        let mut inboxes = Vec::new();
        for inbox in tx.inboxes(&workspace_id)? {
            inboxes.push(InboxLookUp {
                tone: workspace.settings.tone(&inbox.id),
                look_up: tx.look_up(&workspace_id, &inbox.id)?.map(shown),
                id: inbox.id,
                name: inbox.name,
                is_closed: inbox.closed_at.is_some(),
            });
        }
        Ok::<_, Error>(inboxes)
    });
    Ok(Json(LookUps {
        inboxes: read.await?,
    }))
}

impl App {
    /// An inbox's look-up; not found where there is no such inbox.
    async fn look_up_of(
        &self,
        signed_in: &SignedIn,
        inbox_id: &InboxId,
    ) -> Result<Option<LookUp>, Problem> {
        let (workspace_id, id) = (signed_in.agent.workspace_id.clone(), inbox_id.clone());
        let read = self.desk.store.read(move |tx| {
            tx.inbox(&workspace_id, &id)?.ok_or(Error::NotFound)?;
            Ok::<_, Error>(tx.look_up(&workspace_id, &id)?)
        });
        Ok(read.await?)
    }
}

/// What an admin says of a look-up.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct LookUpSetting {
    /// What agents call the system that is asked.
    name: String,
    /// Its address, with `{email}` or `{external_id}` in path or query.
    url: String,
    #[serde(default)]
    headers: Vec<HeaderSetting>,
    #[serde(default)]
    fields: Vec<Field>,
    /// 200 to 15,000; absent for 3,000.
    #[serde(default)]
    timeout_ms: Option<i64>,
    /// How long an answer is taken for true, in seconds; absent for five minutes.
    #[serde(default)]
    kept_s: Option<i64>,
}

/// A header.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct HeaderSetting {
    name: String,
    /// Absent or empty keeps the one that is there, if scheme, host and port stay the same.
    #[serde(default)]
    value: Option<String>,
}

#[utoipa::path(put, path = "/api/console/inboxes/{id}/look-up", tag = "console", params(("id" = String, Path)),
    request_body = LookUpSetting,
    responses((status = 200, body = LookUpShown), (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
pub(in crate::http) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(inbox_id): PathId<InboxKind>,
    Body(setting): Body<LookUpSetting>,
) -> Result<Json<LookUpShown>, Problem> {
    app.look_up_of(&signed_in, &inbox_id).await?;
    let change = checked(setting)?;
    let kept = app
        .desk
        .set_look_up(signed_in.actor(), inbox_id, change)
        .await?;
    Ok(Json(shown(kept)))
}

fn checked(setting: LookUpSetting) -> Result<LookUpChange, Problem> {
    let url = setting.url.trim().to_string();
    if url.chars().count() > LONGEST {
        return Err(Problem::bad_request("that address is too long"));
    }
    let fault = |fault| match fault {
        TemplateFault::NoAddress => "an address begins with https:// and names a host",
        TemplateFault::NoHole => "say in the address whom to look up: {email} or {external_id}",
        TemplateFault::UnknownHole => {
            "an address may hold {email} and {external_id}, no other braces"
        }
        TemplateFault::HoleInHost => "whom to look up may stand in path or query, not in the host",
    };
    check_template(&url).map_err(|it| Problem::bad_request(fault(it)))?;
    if setting.headers.len() > MOST_HEADERS {
        return Err(Problem::bad_request("a look-up sends at most 10 headers"));
    }
    let mut headers = Vec::with_capacity(setting.headers.len());
    for header in setting.headers {
        let value = header.value.map(|value| value.trim().to_string());
        let value = value.filter(|value| !value.is_empty());
        let tried = value.as_deref().unwrap_or("x");
        if tried.len() > LONGEST || !check_header(&header.name, tried) {
            return Err(Problem::bad_request(
                "a header is a name such as Authorization with one line of text, and not one that HTTP itself needs",
            ));
        }
        headers.push((header.name.trim().to_string(), value));
    }
    if !headers.is_empty() && !is_guarded(&url) {
        return Err(Problem::bad_request(
            "headers are sent over an encrypted line only; begin the address with https://",
        ));
    }
    if setting.fields.len() > MOST_FIELDS {
        return Err(Problem::bad_request("a look-up takes at most 30 fields"));
    }
    let field = |field: Field| {
        Ok(Field {
            field: clean_text(&field.field, LONGEST_NAME)?.replace(['\n', '\t'], " "),
            path: clean_text(&field.path, 200)?,
        })
    };
    let fields: Result<Vec<Field>, Problem> = setting.fields.into_iter().map(field).collect();
    let timeout_ms = setting.timeout_ms.unwrap_or(3_000);
    let kept_s = setting.kept_s.unwrap_or(300);
    if !TIMEOUT_MS.contains(&timeout_ms) || !(0..=LONGEST_KEPT_S).contains(&kept_s) {
        return Err(Problem::bad_request(
            "an answer may take 200 ms to 15 s, and is kept for a week at most",
        ));
    }
    Ok(LookUpChange {
        name: clean_text(&setting.name, LONGEST_NAME)?.replace(['\n', '\t'], " "),
        url,
        headers,
        fields: fields?,
        timeout_ms,
        kept_ms: kept_s * 1_000,
    })
}

#[utoipa::path(delete, path = "/api/console/inboxes/{id}/look-up", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn forget(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(inbox_id): PathId<InboxKind>,
) -> Result<StatusCode, Problem> {
    app.desk.forget_look_up(signed_in.actor(), inbox_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whom to look up, to see what comes back.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct LookUpTrial {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    external_id: Option<String>,
}

/// What came back.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LookUpTried {
    /// How long it took.
    took_ms: i64,
    /// Absent where an answer came: `nothing_to_ask_by`, `unknown`, `address`, `not_public`,
    /// `redirected`, `refused`, `status`, `not_json`, `too_large`, `too_slow` or
    /// `unreachable`.
    fault: Option<String>,
    /// The same in a sentence.
    said: Option<String>,
    /// What agents would read.
    fields: BTreeMap<String, String>,
    /// Fields whose path leads nowhere in this answer.
    not_found: Vec<String>,
    /// The answer itself, its beginning.
    answer: Option<String>,
}

#[utoipa::path(post, path = "/api/console/inboxes/{id}/look-up/test", tag = "console", params(("id" = String, Path)),
    request_body = LookUpTrial,
    responses((status = 200, body = LookUpTried), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn test(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(inbox_id): PathId<InboxKind>,
    Body(trial): Body<LookUpTrial>,
) -> Result<Json<LookUpTried>, Problem> {
    let key = format!("test look-up {}", signed_in.agent.id);
    app.limits
        .take(&key, app.rates.sign_in, app.desk.clock.now())?;
    let look_up = app.look_up_of(&signed_in, &inbox_id).await?;
    let look_up = look_up.ok_or(Error::NoLookUp)?;
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let (email, external_id) = (given(trial.email), given(trial.external_id));
    let begun = Instant::now();
    let answer = ask(
        &app.fetcher,
        &look_up,
        email.as_deref(),
        external_id.as_deref(),
    )
    .await;
    let took_ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    Ok(Json(match answer {
        Ok(answer) => {
            let wanted = look_up.fields.iter().map(|field| &field.field);
            let not_found = wanted.filter(|field| !answer.fields.contains_key(*field));
            let whole = serde_json::to_string_pretty(&answer.whole).unwrap_or_default();
            LookUpTried {
                took_ms,
                fault: None,
                said: None,
                not_found: not_found.cloned().collect(),
                fields: answer.fields,
                answer: Some(beginning(&whole)),
            }
        }
        Err(fault) => LookUpTried {
            took_ms,
            fault: Some(fault.code().into()),
            said: Some(shorten(&fault.to_string(), 300)),
            fields: BTreeMap::new(),
            not_found: vec![],
            answer: None,
        },
    }))
}

fn beginning(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

/// How an inbox is to speak.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct ToneSetting {
    tone: Tone,
}

#[utoipa::path(put, path = "/api/console/inboxes/{id}/tone", tag = "console", params(("id" = String, Path)),
    request_body = ToneSetting, responses((status = 204), (status = 404, body = ProblemDocument)))]
pub(in crate::http) async fn set_tone(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(inbox_id): PathId<InboxKind>,
    Body(setting): Body<ToneSetting>,
) -> Result<StatusCode, Problem> {
    app.desk
        .set_tone(signed_in.actor(), inbox_id, setting.tone)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/api/console/conversations/{id}/look-up", tag = "console", params(("id" = String, Path)),
    responses((status = 202), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument)))]
pub(in crate::http) async fn again(
    State(app): State<App>,
    signed_in: SignedIn,
    PathId(id): PathId<ConversationKind>,
) -> Result<StatusCode, Problem> {
    app.conversation_seen(&signed_in, &id).await?;
    let key = format!("look-up {}", signed_in.agent.id);
    app.limits
        .take(&key, app.rates.sign_in, app.desk.clock.now())?;
    app.desk.look_up_again(signed_in.actor(), id).await?;
    Ok(StatusCode::ACCEPTED)
}
