//! The measures of a period (P34 to P38): figures, the same of the period before, the course
//! of the days, and what the period is made of. What each counts: docs/measures.md.

pub(in crate::http) mod behind;
mod evidence;
pub(in crate::http) mod load;
mod period;
pub(in crate::http) mod product;
pub(in crate::http) mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use axum::Json;
use axum::extract::{Query, State};
use segue_core::ids::WorkspaceId;
use segue_core::measure::{
    CellKey, Compared, Count, CsatByKind, FIRST_RESPONSE_TARGET_MS, Figures, Part, ProductMatter,
    Promises, RateChange, Settled, Share, Side, Spans, Tally, by_day, by_topic, change, parts,
    product, sum,
};
use segue_core::signal::Trigger;
use segue_core::time::Timestamp;
use serde::Serialize;

use super::App;
use super::problem::{Problem, ProblemDocument};
use super::session::SignedIn;
use crate::desk::Error;
pub(in crate::http) use period::{MeasuresQuery, Period};

/// Conversations that are counted before a view is shown; the rest follow by themselves.
pub(in crate::http) const COUNTED_FIRST: usize = 200;

/// The measures of a period.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Measures {
    /// Days of the period.
    days: i64,
    /// Its first day, `2026-11-01`, on the wall of the inbox that is asked for, else of the first.
    from: String,
    /// Its last day.
    to: String,
    /// The time zone of the days: of the inbox that is asked for, else of the first. Each inbox
    /// counts by its own.
    zone: String,
    /// Until when things are counted.
    as_of: Timestamp,
    /// Whether everything is counted that happened; after an upgrade it takes a while.
    is_whole: bool,
    /// Satisfaction by who served (P34).
    csat: CsatByKind,
    /// "Did you have to repeat yourself?" (P35).
    repeated: Share,
    /// From the queue to the first human word, counting every hour (P36).
    first_response: Spans,
    /// The target for that.
    target_ms: i64,
    /// How often conversations are handed over (P37).
    escalation: Escalation,
    /// How handoffs ended (P38).
    outcomes: Vec<OutcomeCount>,
    /// What was promised (P28).
    promises: Promises,
    /// All figures of the period.
    now: Figures,
    /// The same of as many days before.
    before: Figures,
    /// The main ones beside those before, each with the interval of the difference.
    compared: Headlines,
    /// The course of the days, quiet ones among them.
    course: Vec<DayFigures>,
    /// The period by reason, by topic, by inbox, by language, by plan.
    triggers: Vec<Part>,
    topics: Vec<Part>,
    inboxes: Vec<Part>,
    languages: Vec<Part>,
    plans: Vec<Part>,
    /// What agents leave unsettled, in all and by topic (P38).
    settled: Settled,
    product: Vec<ProductMatter>,
    /// What can be chosen from.
    choices: Choices,
}

/// How often conversations are handed over.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Escalation {
    conversations: i64,
    handed_off: i64,
    rate: Option<f64>,
    by_day: Vec<Day>,
    by_trigger: Vec<TriggerCount>,
    /// The most likely change of the rate, days counted from the period's first.
    change: Option<RateChange>,
}

/// One day on the wall.
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

/// An outcome and its handoffs.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OutcomeCount {
    outcome: String,
    n: u32,
}

/// The main figures beside those of the period before.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Headlines {
    /// Satisfied after a handoff.
    satisfied: Compared,
    /// Had to repeat themselves, as they say.
    repeated: Compared,
    /// Had to repeat themselves, as was noticed.
    noticed: Compared,
    /// First human word within the target, counting open hours only.
    in_target: Compared,
    /// Left before a human wrote.
    abandoned: Compared,
    /// Promises kept.
    kept: Compared,
    /// Handed over.
    escalated: Compared,
    /// Solved.
    solved: Compared,
    /// Held for a week.
    durable: Compared,
    /// Late.
    late: Compared,
    /// Needless.
    needless: Compared,
    /// Stuck.
    stuck: Compared,
}

/// The figures of a day.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DayFigures {
    /// The day on the wall.
    day: String,
    conversations: i64,
    handed_off: i64,
    handoffs: i64,
    /// Satisfied after a handoff.
    satisfied: Share,
    /// First human word within the target, counting open hours only.
    in_target: Share,
    abandoned: Share,
    kept: Share,
    solved: Share,
    repeated: Share,
    unanswered: i64,
    agent_minutes: i64,
}

/// What can be chosen from.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Choices {
    inboxes: Vec<InboxName>,
    plans: Vec<String>,
    languages: Vec<String>,
    topics: Vec<String>,
    triggers: Vec<String>,
}

/// An inbox by its name.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InboxName {
    id: String,
    name: String,
}

#[utoipa::path(get, path = "/api/console/measures", tag = "console", params(MeasuresQuery),
    responses((status = 200, body = Measures), (status = 403, body = ProblemDocument)))]
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<MeasuresQuery>,
) -> Result<Json<Measures>, Problem> {
    measure(&app, signed_in.agent.workspace_id, query)
        .await
        .map(Json)
}

/// The measures of a workspace.
pub(super) async fn measure(
    app: &App,
    workspace_id: WorkspaceId,
    query: MeasuresQuery,
) -> Result<Measures, Problem> {
    // What happened a moment ago counts; where that cannot be written, what is counted is shown.
    let is_whole = match app.desk.roll_up(&workspace_id, COUNTED_FIRST, None).await {
        Ok(done) => done.is_whole,
        Err(error) => {
            tracing::warn!(%error, "the measures are shown as they were counted last");
            false
        }
    };
    let period = Period::read(app, &workspace_id, query).await?;
    let days = period.before().start..period.days.end;
    let cells = app
        .desk
        .store
        .read(move |tx| tx.measure_cells(&workspace_id, days.clone()))
        .await?;
    let as_of = app.desk.clock.now();
    // Adding up takes some tens of milliseconds of a core; sockets must not wait for it.
    let work = move || report(&period, &cells, as_of, is_whole);
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::Invalid("the measures could not be added up").into())
}

fn report(
    period: &Period,
    cells: &[(CellKey, Tally)],
    as_of: Timestamp,
    is_whole: bool,
) -> Measures {
    let choices = choices(period, cells);
    let now_cells = chosen(period, cells, &period.days);
    let before_cells = chosen(period, cells, &period.before());
    let (now, before) = (figures(&now_cells), figures(&before_cells));
    let daily = by_day(&now_cells);
    let rates: Vec<(i64, i64)> = period
        .days
        .clone()
        .map(|day| {
            let get = |count| daily.get(&day).map_or(0, |tally| tally.get(count));
            (get(Count::Escalated), get(Count::Conversations))
        })
        .collect();
    let part = |side| parts(&now_cells, side, period.days.clone());
    let triggers = part(Side::Trigger);
    let (settled, matters) = product(&now_cells);
    Measures {
        days: period.days.end - period.days.start,
        from: period.date(period.days.start),
        to: period.date(period.days.end - 1),
        zone: period.hours.zone.clone(),
        as_of,
        is_whole,
        csat: now.csat.clone(),
        repeated: now.repeated,
        first_response: now.responses.all.clone(),
        target_ms: FIRST_RESPONSE_TARGET_MS,
        escalation: Escalation {
            conversations: now.escalated.n.into(),
            handed_off: now.escalated.k.into(),
            rate: now.escalated.share,
            by_day: period
                .days
                .clone()
                .zip(&rates)
                .filter(|(_, (_, n))| *n > 0)
                .map(|(day, (handed_off, conversations))| Day {
                    day: period.date(day),
                    conversations: *conversations,
                    handed_off: *handed_off,
                })
                .collect(),
            by_trigger: triggers
                .iter()
                .map(|part| TriggerCount {
                    trigger: part.name.clone(),
                    n: part.handoffs,
                })
                .collect(),
            change: change(&rates, 1),
        },
        outcomes: now
            .outcomes
            .iter()
            .map(|it| OutcomeCount {
                outcome: it.name.clone(),
                n: it.n,
            })
            .collect(),
        promises: now.promises.clone(),
        compared: headlines(&now, &before),
        course: course(period, &daily),
        triggers,
        topics: part(Side::Topic),
        inboxes: part(Side::Inbox),
        languages: part(Side::Language),
        plans: part(Side::Plan),
        settled,
        product: matters,
        choices,
        now,
        before,
    }
}

fn figures(cells: &[(CellKey, Tally)]) -> Figures {
    Figures::of(&sum(cells), &by_topic(cells))
}

/// The cells of some days that the filters leave. With a reason chosen all conversations
/// stay what its handoffs are compared with.
fn chosen(period: &Period, cells: &[(CellKey, Tally)], days: &Range<i64>) -> Vec<(CellKey, Tally)> {
    let its = cells
        .iter()
        .filter(|(key, _)| days.contains(&key.day) && period.holds(key));
    let for_reason = |(key, tally): &(CellKey, Tally)| match period.trigger {
        Some(trigger) if key.trigger != Some(trigger) => {
            let mut begun = Tally::default();
            begun.add(Count::Conversations, tally.get(Count::Conversations));
            (key.clone(), begun)
        }
        _ => (key.clone(), tally.clone()),
    };
    its.map(for_reason).collect()
}

fn choices(period: &Period, cells: &[(CellKey, Tally)]) -> Choices {
    let distinct = |of: fn(&CellKey) -> &str| {
        let all: BTreeSet<&str> = cells.iter().map(|(key, _)| of(key)).collect();
        let known = all.into_iter().filter(|name| !name.is_empty());
        known.map(str::to_string).collect()
    };
    let triggers: BTreeSet<Trigger> = cells.iter().filter_map(|(key, _)| key.trigger).collect();
    Choices {
        inboxes: period
            .inboxes
            .iter()
            .map(|(id, name)| InboxName {
                id: id.clone(),
                name: name.clone(),
            })
            .collect(),
        plans: distinct(|key| &key.plan),
        languages: distinct(|key| &key.language),
        topics: distinct(|key| &key.topic),
        triggers: triggers.into_iter().map(|it| it.name().into()).collect(),
    }
}

fn headlines(now: &Figures, before: &Figures) -> Headlines {
    let both = |of: fn(&Figures) -> Share| Compared::of(of(now), of(before));
    Headlines {
        satisfied: both(|it| {
            let scores = it.csat.handoff.scores.map(i64::from);
            Share::of(scores[3] + scores[4], scores.iter().sum())
        }),
        repeated: both(|it| it.repeated),
        noticed: both(|it| it.repetition.repeated),
        in_target: both(|it| it.responses.open.target),
        abandoned: both(|it| it.responses.abandoned),
        kept: both(|it| it.promises.share),
        escalated: both(|it| it.escalated),
        solved: both(|it| it.resolution.solved),
        durable: both(|it| it.resolution.durable),
        late: both(|it| it.late),
        needless: both(|it| it.needless),
        stuck: both(|it| it.resolution.stuck),
    }
}

fn course(period: &Period, daily: &BTreeMap<i64, Tally>) -> Vec<DayFigures> {
    let none = Tally::default();
    let day_figures = |day: i64| {
        let tally = daily.get(&day).unwrap_or(&none);
        let share = |k: Count, n: Count| Share::of(tally.get(k), tally.get(n));
        let figures = Figures::of(tally, &BTreeMap::new());
        let scores = figures.csat.handoff.scores.map(i64::from);
        DayFigures {
            day: period.date(day),
            conversations: tally.get(Count::Conversations),
            handed_off: tally.get(Count::Escalated),
            handoffs: tally.get(Count::Handoffs),
            satisfied: Share::of(scores[3] + scores[4], scores.iter().sum()),
            in_target: share(Count::OpenTargetMet, Count::OpenTargetKnown),
            abandoned: share(Count::Abandoned, Count::WaitsEnded),
            kept: figures.promises.share,
            solved: figures.resolution.solved,
            repeated: figures.repeated,
            unanswered: tally.get(Count::Unanswered),
            agent_minutes: tally.get(Count::WorkSeconds) / 60,
        }
    };
    period.days.clone().map(day_figures).collect()
}
