//! When work comes and who takes it: to see where help is needed. Nobody is ranked, and no
//! rating stands beside a name.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Query, State};
use segue_core::ids::AgentId;
use segue_core::time::{HOUR_MS, Timestamp};
use segue_store::{Taken, TakenAsked};
use serde::Serialize;

use super::period::{MeasuresQuery, Period};
use crate::desk::Error;
use crate::http::App;
use crate::http::problem::{Problem, ProblemDocument};
use crate::http::session::SignedIn;

/// Handoffs that are looked at; the oldest are left out where they are more.
const MOST: i64 = 100_000;
/// What goes on for longer was not worked on all the time.
const LONGEST_MS: i64 = 4 * HOUR_MS;

/// When work comes and who takes it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Load {
    /// The time zone of the hours.
    zone: String,
    /// Handoffs looked at.
    n: usize,
    /// By weekday (Monday first) and hour.
    hours: Vec<HourLoad>,
    /// Agents by their name.
    agents: Vec<AgentLoad>,
}

/// An hour of the week.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HourLoad {
    /// 0 for Monday.
    weekday: i64,
    hour: i64,
    /// Handoffs in such an hour, on average.
    handoffs: f64,
    /// Agents who took one in such an hour, on average.
    agents: f64,
}

/// An agent.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AgentLoad {
    name: String,
    /// Handoffs taken.
    taken: u32,
    /// Days on which they took one.
    days: u32,
    /// The most that they had at once.
    most_at_once: u32,
    /// Conversations at once while they had any, on average.
    at_once: f64,
}

#[utoipa::path(get, path = "/api/console/measures/load", tag = "console", params(MeasuresQuery),
    responses((status = 200, body = Load), (status = 403, body = ProblemDocument)))]
pub(in crate::http) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(query): Query<MeasuresQuery>,
) -> Result<Json<Load>, Problem> {
    let workspace_id = signed_in.agent.workspace_id;
    let period = Period::read(&app, &workspace_id, query).await?;
    let (from, until) = period.instants();
    let MeasuresQuery {
        inbox,
        plan,
        language,
        topic,
        ..
    } = period.query.clone();
    let asked = TakenAsked {
        from,
        until,
        inbox_id: inbox,
        plan,
        language,
        topic,
        trigger: period.trigger,
    };
    let read = app.desk.store.read(move |tx| {
        let names: BTreeMap<AgentId, String> = tx
            .agents(&workspace_id)?
            .into_iter()
            .map(|agent| (agent.id, agent.name))
            .collect();
        Ok::<_, Error>((tx.taken(&workspace_id, &asked, MOST)?, names))
    });
    let (mut taken, names) = read.await?;
    taken.retain(|it| {
        let day = period.hours_of(&it.inbox_id).day(it.at);
        period.days.contains(&day)
    });
    let now = app.desk.clock.now();
    let work = move || load(&period, &taken, &names, now);
    let shown = tokio::task::spawn_blocking(work).await;
    shown
        .map(Json)
        .map_err(|_| Error::Invalid("the measures could not be added up").into())
}

fn load(
    period: &Period,
    taken: &[Taken],
    names: &BTreeMap<AgentId, String>,
    now: Timestamp,
) -> Load {
    Load {
        zone: period.hours.zone.clone(),
        n: taken.len(),
        hours: by_hour(period, taken, now),
        agents: by_agent(period, taken, names, now),
    }
}

/// The day and the hour on the wall of the inbox, when it entered the queue.
fn on_the_wall(period: &Period, taken: &Taken) -> (i64, i64) {
    let hours = period.hours_of(&taken.inbox_id);
    let day = hours.day(taken.at);
    let hour = taken.at.since(hours.day_begins(day)) / HOUR_MS;
    (day, hour.clamp(0, 23))
}

/// What an hour brought: conversations, and the days and agents that served.
type InHour<'a> = (u32, BTreeSet<(i64, &'a AgentId)>);

fn by_hour(period: &Period, taken: &[Taken], now: Timestamp) -> Vec<HourLoad> {
    // 1970-01-01 was a Thursday.
    let weekday = |day: i64| (day + 3).rem_euclid(7);
    let mut days_of = [0_i64; 7];
    let today = period.hours.day(now);
    for day in period.days.clone().filter(|day| *day <= today) {
        days_of[weekday(day) as usize] += 1;
    }
    let mut hours: BTreeMap<(i64, i64), InHour> = BTreeMap::new();
    for it in taken {
        let (day, hour) = on_the_wall(period, it);
        let (handoffs, agents) = hours.entry((weekday(day), hour)).or_default();
        *handoffs += 1;
        if let Some(agent_id) = &it.agent_id {
            agents.insert((day, agent_id));
        }
    }
    let averaged = hours
        .into_iter()
        .map(|((weekday, hour), (handoffs, agents))| {
            let days = days_of[weekday as usize].max(1) as f64;
            HourLoad {
                weekday,
                hour,
                handoffs: f64::from(handoffs) / days,
                agents: agents.len() as f64 / days,
            }
        });
    averaged.collect()
}

fn by_agent(
    period: &Period,
    taken: &[Taken],
    names: &BTreeMap<AgentId, String>,
    now: Timestamp,
) -> Vec<AgentLoad> {
    type Had = (Vec<(Timestamp, Timestamp)>, BTreeSet<i64>);
    let mut had: BTreeMap<&AgentId, Had> = BTreeMap::new();
    for it in taken {
        if let (Some(agent_id), Some(accepted_at)) = (&it.agent_id, it.accepted_at) {
            let ended_at = it.ended_at.unwrap_or(now).min(accepted_at.plus(LONGEST_MS));
            let (spans, days) = had.entry(agent_id).or_default();
            spans.push((accepted_at, ended_at));
            days.insert(period.hours_of(&it.inbox_id).day(accepted_at));
        }
    }
    let mut agents: Vec<AgentLoad> = had
        .into_iter()
        .map(|(agent_id, (spans, days))| {
            let (most_at_once, at_once) = at_once(&spans);
            AgentLoad {
                name: names.get(agent_id).cloned().unwrap_or_default(),
                taken: spans.len() as u32,
                days: days.len() as u32,
                most_at_once,
                at_once,
            }
        })
        .collect();
    agents.sort_by(|a, b| a.name.cmp(&b.name));
    agents
}

/// How many spans lay over each other at most, and on average while there was one.
fn at_once(spans: &[(Timestamp, Timestamp)]) -> (u32, f64) {
    let begins = spans.iter().map(|(at, _)| (*at, 1_i64));
    let ends = spans.iter().map(|(_, at)| (*at, -1_i64));
    let mut turns: Vec<(Timestamp, i64)> = begins.chain(ends).collect();
    turns.sort_unstable();
    let (mut now, mut most, mut busy_ms, mut sum_ms) = (0, 0, 0, 0);
    let mut since = turns.first().map_or(Timestamp::default(), |(at, _)| *at);
    for (at, change) in turns {
        let span_ms = at.since(since);
        if now > 0 {
            busy_ms += span_ms;
            sum_ms += span_ms * now;
        }
        now += change;
        most = most.max(now);
        since = at;
    }
    let mean = if busy_ms > 0 {
        sum_ms as f64 / busy_ms as f64
    } else {
        0.0
    };
    (most as u32, mean)
}

#[cfg(test)]
mod tests {
    use segue_core::time::DAY_MS;

    use super::*;

    #[test]
    fn spans_that_touch_are_not_at_once() {
        let at = |hour: i64| Timestamp::from_millis(DAY_MS + hour * HOUR_MS);
        assert_eq!(at_once(&[(at(0), at(1)), (at(1), at(2))]), (1, 1.0));
        assert_eq!(at_once(&[(at(0), at(2)), (at(1), at(3))]).0, 2);
        let (_, mean) = at_once(&[(at(0), at(2)), (at(1), at(3))]);
        assert!((mean - 4.0 / 3.0).abs() < 1e-9, "{mean}");
        assert_eq!(at_once(&[]), (0, 0.0));
    }
}
