//! The conversations of a period as a table for a spreadsheet.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use segue_core::audit::{Action, By};
use segue_core::ids::ConversationId;
use segue_core::time::Timestamp;
use segue_store::{Listed, Tx, View};

use crate::desk::Error;
use crate::desk::audit::Deed;
use crate::http::App;
use crate::http::measures::{COUNTED_FIRST, MeasuresQuery, Period};
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;
use crate::http::sheet::Sheet;
use crate::http::show::{Item, item};

/// The most lines of a table; the newest stand in it.
const MOST: usize = 10_000;
/// Conversations that are read at once.
const PAGE: i64 = 200;

const COLUMNS: [&str; 13] = [
    "conversation",
    "opened_at",
    "last_at",
    "state",
    "language",
    "subject",
    "reasons",
    "promised_minutes",
    "agent",
    "customer",
    "email",
    "plan",
    "vip",
];

#[utoipa::path(get, path = "/api/console/measures/conversations", tag = "console", params(MeasuresQuery),
    responses((status = 200, body = String, content_type = "text/csv"), (status = 403, body = ProblemDocument)))]
pub(in crate::http) async fn download(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<MeasuresQuery>,
) -> Result<Response, Problem> {
    let now = app.desk.clock.now();
    let days = query.days();
    let workspace_id = signed_in.agent.workspace_id.clone();
    let period = Period::read(&app, &workspace_id, query).await?;
    // What a conversation is of stands in its case: without one it would be left out unsaid.
    if period.is_filtered()
        && !app
            .desk
            .roll_up(&workspace_id, COUNTED_FIRST, None)
            .await?
            .is_whole
    {
        let detail = "what happened is still being counted; try again in a minute";
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "counting",
            detail,
        ));
    }
    let (from, until) = period.instants();
    let mut sheet = Sheet::new(&COLUMNS);
    let mut lines = 0;
    let mut before: Option<ConversationId> = None;
    // Page by page, so that other readers come in between.
    loop {
        let (asked, after, period) = (workspace_id.clone(), before.clone(), period.clone());
        let read = app.desk.store.read(move |tx| {
            let page = tx.list_conversations(&asked, &View::All, after.as_ref(), PAGE)?;
            let is_last = page.len() < PAGE as usize
                || page
                    .last()
                    .is_some_and(|it| it.conversation.opened_at < from);
            let mut shown = Vec::new();
            for it in page.iter().filter(|it| it.conversation.opened_at < until) {
                if is_asked(tx, &period, it)? {
                    shown.push(cells(&item(tx, it, now)?, it.conversation.opened_at));
                }
            }
            Ok::<_, Error>((
                shown,
                page.last().map(|it| it.conversation.id.clone()),
                is_last,
            ))
        });
        let (shown, last, is_last) = read.await?;
        for line in shown.iter().take(MOST - lines) {
            sheet.line(line);
            lines += 1;
        }
        before = last;
        if is_last || lines == MOST {
            break;
        }
    }
    let by = By::from(&signed_in.actor());
    let deed = Deed::new(Action::ConversationsExported)
        .with("days", days)
        .with("conversations", lines);
    app.desk.write_down(workspace_id, by, deed).await?;
    Ok(sheet.into_file("conversations.csv"))
}

/// Whether a conversation began in the period and is of what is asked for.
fn is_asked(tx: &mut Tx<'_>, period: &Period, listed: &Listed) -> Result<bool, Error> {
    let it = &listed.conversation;
    let day = period.hours_of(&it.inbox_id).day(it.opened_at);
    if !period.days.contains(&day) {
        return Ok(false);
    }
    if !period.is_filtered() {
        return Ok(true);
    }
    let kept = tx.measure_case(&it.workspace_id, &it.id)?;
    Ok(kept.is_some_and(|kept| period.holds_case(&kept.case)))
}

fn cells(item: &Item, opened_at: Timestamp) -> [String; COLUMNS.len()] {
    let reasons: Vec<String> = item.reasons.iter().map(ToString::to_string).collect();
    let text = |words: &Option<String>| words.clone().unwrap_or_default();
    [
        item.conversation_id.to_string(),
        opened_at.to_string(),
        item.touched_at.to_string(),
        item.state.name().into(),
        item.language.clone(),
        item.subject.clone(),
        reasons.join(" "),
        item.promised_minutes
            .map_or_else(String::new, |minutes| minutes.to_string()),
        item.agent
            .as_ref()
            .map_or_else(String::new, |agent| agent.name.clone()),
        text(&item.contact.name),
        text(&item.contact.email),
        item.contact.plan.clone(),
        if item.contact.vip { "yes" } else { "no" }.into(),
    ]
}
