//! The first numbers of P34, P36 and P37, each with its n.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use segue_core::ids::WorkspaceId;
use segue_core::measure::{Csat, FIRST_RESPONSE_TARGET_MS, Spans, csat, spans};
use segue_core::time::{DAY_MS, MINUTE_MS, Timestamp};
use segue_store::{HandoffFacts, RatingFacts};
use serde::{Deserialize, Serialize};

use super::App;
use super::problem::Problem;
use super::session::SignedIn;

/// How far back.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct DaysQuery {
    /// Days, 1 to 366.
    #[serde(default = "thirty")]
    days: i64,
}

impl DaysQuery {
    /// Days that a period may have.
    pub(super) fn days(&self) -> i64 {
        self.days.clamp(1, 366)
    }
}

fn thirty() -> i64 {
    30
}

/// The first numbers.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Measures {
    days: i64,
    csat: CsatByKind,
    repeated: Share,
    first_response: Spans,
    target_ms: i64,
    escalation: Escalation,
    outcomes: Vec<OutcomeCount>,
    promises: Promises,
}

/// Satisfaction by who served the customer (P34).
#[derive(Serialize, utoipa::ToSchema)]
pub struct CsatByKind {
    assistant: Csat,
    handoff: Csat,
    human: Csat,
}

/// A share with its n.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Share {
    n: u32,
    /// 0..1; `null` without cases.
    share: Option<f64>,
}

/// How often conversations are handed over (P37).
#[derive(Serialize, utoipa::ToSchema)]
pub struct Escalation {
    conversations: i64,
    handed_off: i64,
    rate: Option<f64>,
    by_day: Vec<Day>,
    by_trigger: Vec<TriggerCount>,
}

/// One day, UTC.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Day {
    day: String,
    conversations: i64,
    handed_off: i64,
}

/// A trigger and its handoffs.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TriggerCount {
    trigger: String,
    n: u32,
}

/// An outcome and its handoffs (P38).
#[derive(Serialize, utoipa::ToSchema)]
pub struct OutcomeCount {
    outcome: String,
    n: u32,
}

/// Announced waits, and how many were kept (P28).
#[derive(Serialize, utoipa::ToSchema)]
pub struct Promises {
    n: u32,
    kept: u32,
}

#[utoipa::path(get, path = "/api/console/measures", tag = "console", params(DaysQuery),
    responses((status = 200, body = Measures), (status = 403, body = super::problem::ProblemDocument)))]
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<DaysQuery>,
) -> Result<Json<Measures>, Problem> {
    measure(&app, signed_in.agent.workspace_id, query)
        .await
        .map(Json)
}

/// The numbers of a workspace.
pub(super) async fn measure(
    app: &App,
    workspace_id: WorkspaceId,
    query: DaysQuery,
) -> Result<Measures, Problem> {
    let days = query.days();
    let since = app.desk.clock.now().plus(-days * DAY_MS);
    let (handoffs, ratings, by_day) = app
        .desk
        .store
        .read(move |tx| {
            let handoffs = tx.handoff_facts(&workspace_id, since)?;
            let ratings = tx.rating_facts(&workspace_id, since)?;
            Ok::<_, segue_store::Error>((handoffs, ratings, tx.day_counts(&workspace_id, since)?))
        })
        .await?;
    let conversations = by_day.iter().map(|day| day.conversations).sum();
    let handed_off = by_day.iter().map(|day| day.handed_off).sum();
    let waits: Vec<i64> = handoffs.iter().filter_map(wait_ms).collect();
    Ok(Measures {
        days,
        csat: CsatByKind {
            assistant: csat(&scores(&ratings, "assistant")),
            handoff: csat(&scores(&ratings, "handoff")),
            human: csat(&scores(&ratings, "human")),
        },
        repeated: repeated(&ratings),
        first_response: spans(&waits, FIRST_RESPONSE_TARGET_MS),
        target_ms: FIRST_RESPONSE_TARGET_MS,
        escalation: Escalation {
            conversations,
            handed_off,
            rate: (conversations > 0).then(|| handed_off as f64 / conversations as f64),
            by_day: by_day
                .into_iter()
                .map(|day| Day {
                    day: Timestamp::from_millis(day.day * DAY_MS).date("UTC"),
                    conversations: day.conversations,
                    handed_off: day.handed_off,
                })
                .collect(),
            by_trigger: counted(
                handoffs
                    .iter()
                    .flat_map(|handoff| &handoff.reasons)
                    .map(ToString::to_string),
            )
            .map(|(trigger, n)| TriggerCount { trigger, n })
            .collect(),
        },
        outcomes: counted(
            handoffs
                .iter()
                .map(|handoff| handoff.outcome.clone().unwrap_or_else(|| "open".into())),
        )
        .map(|(outcome, n)| OutcomeCount { outcome, n })
        .collect(),
        promises: promises(&handoffs),
    })
}

fn wait_ms(handoff: &HandoffFacts) -> Option<i64> {
    handoff
        .first_reply_at
        .map(|replied_at| replied_at.since(handoff.at))
}

fn scores(ratings: &[RatingFacts], served_by: &str) -> Vec<u8> {
    ratings
        .iter()
        .filter(|rating| rating.served_by == served_by)
        .map(|rating| rating.score)
        .collect()
}

fn repeated(ratings: &[RatingFacts]) -> Share {
    let answers: Vec<bool> = ratings
        .iter()
        .filter_map(|rating| rating.repeated)
        .collect();
    let yes = answers.iter().filter(|answer| **answer).count();
    let n = answers.len();
    Share {
        n: n as u32,
        share: (n > 0).then(|| yes as f64 / n as f64),
    }
}

fn promises(handoffs: &[HandoffFacts]) -> Promises {
    let mut promises = Promises { n: 0, kept: 0 };
    for handoff in handoffs {
        if let (Some(minutes), Some(waited_ms)) = (handoff.promised_minutes, wait_ms(handoff)) {
            promises.n += 1;
            promises.kept += u32::from(waited_ms <= minutes * MINUTE_MS);
        }
    }
    promises
}

/// Counts, the most frequent first.
fn counted(names: impl Iterator<Item = String>) -> impl Iterator<Item = (String, u32)> {
    let mut counts = BTreeMap::<String, u32>::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    sorted.into_iter()
}
