//! The conversations behind a figure.

use axum::Json;
use axum::extract::{Query, State};
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::measure::{Behind, Tally};
use segue_core::time::Timestamp;
use segue_store::{CasesAsked, KeptCase, Tx};
use serde::{Deserialize, Serialize};

use super::evidence::{RepetitionShown, evidence, repetitions};
use super::period::{MeasuresQuery, Period};
use crate::desk::Error;
use crate::http::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;
use crate::http::show::{Item, item};

/// Conversations on a page, and read at once to find them.
const PAGE: usize = 50;
const READ: i64 = 200;
/// Reads before a page is shown that is not full.
const READS: usize = 20;

/// A figure, and where the last page ended.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BehindQuery {
    /// The figure.
    figure: Behind,
    /// `next` of the page before.
    after: Option<String>,
}

/// Conversations, those that began last first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct BehindPage {
    conversations: Vec<BehindItem>,
    /// Where the next page begins; `null` after the last.
    next: Option<String>,
}

/// A conversation behind a figure.
#[derive(Serialize, utoipa::ToSchema)]
pub struct BehindItem {
    #[serde(flatten)]
    item: Item,
    /// When it began.
    opened_at: Timestamp,
    /// What it is about.
    topic: String,
    /// How its last handoff ended; `null` while it goes on or without one.
    outcome: Option<String>,
    /// Seconds until a human first wrote.
    first_reply_s: Option<i64>,
    /// Of a figure of what came again (P35): the messages that show it, the first few.
    evidence: Vec<RepetitionShown>,
}

#[utoipa::path(get, path = "/api/console/measures/behind", tag = "console", params(MeasuresQuery, BehindQuery),
    responses((status = 200, body = BehindPage), (status = 403, body = ProblemDocument)))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<MeasuresQuery>,
    Query(behind): Query<BehindQuery>,
) -> Result<Json<BehindPage>, Problem> {
    let workspace_id = signed_in.agent.workspace_id.clone();
    let period = Period::read(&app, &workspace_id, query).await?;
    let before = behind.after.as_deref().map(place).transpose()?;
    let (from, until) = period.instants();
    let mut asked = CasesAsked {
        behind: Some(behind.figure),
        from,
        until,
        inbox_id: period.query.inbox.clone(),
        plan: period.query.plan.clone(),
        language: period.query.language.clone(),
        topic: period.query.topic.clone(),
        before,
    };
    let (now, figure) = (app.desk.clock.now(), behind.figure);
    let page = app.desk.store.read(move |tx| {
        let (mut found, mut is_last) = (Vec::new(), false);
        for _ in 0..READS {
            let cases = tx.measure_cases(&workspace_id, &asked, READ)?;
            is_last = cases.len() < READ as usize;
            for kept in cases {
                let case = &kept.case;
                asked.before = Some((case.opened_at, case.conversation_id.to_string()));
                if stands_behind(&period, figure, &kept)
                    && let Some(listed) = tx.listed(&workspace_id, &case.conversation_id)?
                {
                    found.push((item(tx, &listed, now)?, kept));
                    if found.len() == PAGE {
                        let next = asked.before.clone();
                        return Ok::<_, Error>((
                            shown(tx, &workspace_id, figure, &period, found)?,
                            next,
                        ));
                    }
                }
            }
            if is_last {
                break;
            }
        }
        let next = asked.before.clone().filter(|_| !is_last);
        Ok((shown(tx, &workspace_id, figure, &period, found)?, next))
    });
    let (conversations, next) = page.await?;
    Ok(Json(BehindPage {
        conversations,
        next: next.map(|(at, id)| format!("{}.{id}", at.as_millis())),
    }))
}

/// The period's own counts tell; the marks of a case are of all its days.
pub(super) fn stands_behind(period: &Period, figure: Behind, kept: &KeptCase) -> bool {
    let mut total = Tally::default();
    let hours = period.hours_of(&kept.case.inbox_id);
    let counts = kept.case.counts(hours, kept.standing.counted_at);
    for (key, tally) in &counts {
        let is_asked = period.trigger.is_none() || key.trigger == period.trigger;
        if period.days.contains(&key.day) && is_asked {
            total.merge(tally, 1);
        }
    }
    figure.is_in(&total)
}

/// A page's conversations, each with what shows the figure.
fn shown(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    figure: Behind,
    period: &Period,
    found: Vec<(Item, KeptCase)>,
) -> Result<Vec<BehindItem>, Error> {
    let repetitions: Vec<_> = found
        .iter()
        .map(|(_, kept)| {
            let its = repetitions(period, figure, kept);
            (&kept.case.conversation_id, its)
        })
        .collect();
    let shown_by = evidence(tx, workspace_id, &repetitions)?;
    let items = found.iter().zip(shown_by);
    Ok(items
        .map(|((item, kept), evidence)| {
            let last = kept.case.handoffs.last();
            BehindItem {
                item: item.clone(),
                opened_at: kept.case.opened_at,
                topic: kept.case.topic.clone(),
                outcome: last
                    .and_then(|it| it.ended)
                    .map(|(_, end)| end.name().into()),
                first_reply_s: last.and_then(|it| {
                    let replied_at = it.first_reply_at?;
                    Some(replied_at.since(it.at) / 1_000)
                }),
                evidence,
            }
        })
        .collect())
}

fn place(text: &str) -> Result<(Timestamp, String), Problem> {
    let read = || {
        let (at, id) = text.split_once('.')?;
        let at = Timestamp::from_millis(at.parse().ok()?);
        Some((at, ConversationId::parse(id)?.to_string()))
    };
    read().ok_or_else(|| Problem::bad_request("`after` is `next` of the page before"))
}
