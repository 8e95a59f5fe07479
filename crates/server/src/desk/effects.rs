//! What more or fewer handovers do to those who wait and to those who answer: the days of the
//! replay lived through again, once as they were and once with what the candidate changes,
//! by what was learned of handling times, patience and agents.

use std::collections::{BTreeMap, BTreeSet};

use segue_core::forecast::learned::Skill;
use segue_core::forecast::{Arrival, Played, Shift, play};
use segue_core::ids::{AgentId, WorkspaceId};
use segue_core::queue::HEAD_START_MS;
use segue_core::time::{DAY_MS, HOUR_MS, Timestamp};
use segue_core::trial::{Report, Tally};
use segue_store::{Course, Stay};
use serde::{Deserialize, Serialize};

use super::lore::{Lore, seconds, span};
use super::{Desk, Error};

/// How far back days are lived through again; what is older was manned otherwise.
const LIVED_MS: i64 = 28 * DAY_MS;
/// The most handoffs of it.
const MOST: i64 = 5_000;
/// How often each is lived through.
const RUNS: usize = 12;
/// Longer ones were left open over night, and say nothing of the work.
const LONGEST_HANDLING_MS: i64 = 4 * HOUR_MS;
/// With fewer the picture would be made up.
const ENOUGH: usize = 20;

/// What a candidate does to those who wait and to those who answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Effects {
    /// What a handover costs, in minutes of an agent, on average.
    pub handling_minutes: Option<f64>,
    /// Measured on so many.
    pub handled: u32,
    /// Hours of agents a day more, or fewer below 0.
    pub hours_per_day: Option<f64>,
    /// The least that is likely, if every handover that falls away never comes.
    pub hours_low: Option<f64>,
    /// The most, if each of them comes later after all.
    pub hours_high: Option<f64>,
    /// Waits before and after; `None` where too little is known.
    pub queue: Option<QueueEffect>,
}

/// Waits before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct QueueEffect {
    /// Waits that are on record on these days.
    pub recorded: WaitsShown,
    /// As the forecast lives through them.
    pub before: WaitsShown,
    /// With what the candidate changes.
    pub after: WaitsShown,
}

/// Waits from handover to an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WaitsShown {
    /// Of how many customers.
    pub n: u32,
    /// Half of them waited less, in seconds.
    pub p50_s: f64,
    /// Nine in ten did.
    pub p90_s: f64,
    /// The share that waited more than a quarter of an hour (P43).
    pub long: f64,
    /// The share that gave up; `None` where it is counted elsewhere.
    pub left: Option<f64>,
}

impl From<Played> for WaitsShown {
    fn from(played: Played) -> Self {
        Self {
            n: played.n,
            p50_s: played.p50_s,
            p90_s: played.p90_s,
            long: played.long,
            left: Some(played.left),
        }
    }
}

/// What a tally does to waits and hours.
pub(super) async fn effects(
    desk: &Desk,
    workspace_id: &WorkspaceId,
    tally: &Tally,
    report: &Report,
) -> Result<Effects, Error> {
    let now = desk.clock.now();
    let earliest = now.plus(-LIVED_MS);
    let since = tally.since().map_or(earliest, |since| since.max(earliest));
    let id = workspace_id.clone();
    let read = desk.store.read(move |tx| {
        let courses = tx.courses(&id, since, MOST)?;
        let capacities = tx.agents(&id)?.into_iter();
        let capacities = capacities.map(|agent| (agent.id, agent.capacity.max(1) as usize));
        let known_since = tx.stays_known_since(&id)?;
        let stays = match known_since.filter(|known_since| *known_since <= since) {
            Some(_) => Some(tx.stays(&id, since)?),
            None => None,
        };
        Ok::<_, Error>((courses, capacities.collect::<BTreeMap<_, _>>(), stays))
    });
    let (courses, capacities, stays) = read.await?;
    let moves = tally.moves();
    let report = report.clone();
    let lived = tokio::task::spawn_blocking(move || {
        let come: Vec<Timestamp> = moves.come.into_iter().filter(|at| *at >= since).collect();
        let go: Vec<Timestamp> = moves
            .go
            .into_iter()
            .map(|(_, at)| at)
            .filter(|at| *at >= since)
            .collect();
        Effects {
            queue: queue(&courses, (&capacities, stays.as_deref()), &come, &go, now),
            ..hours(&courses, &report)
        }
    });
    lived
        .await
        .map_err(|_| Error::Invalid("the waits could not be foretold"))
}

/// Agents' hours, by handling times as they were measured.
fn hours(courses: &[Course], report: &Report) -> Effects {
    let handled = |course: &Course| {
        let handling_ms = course.ended_at?.since(course.accepted_at?);
        (0..LONGEST_HANDLING_MS)
            .contains(&handling_ms)
            .then_some(handling_ms)
    };
    let all: Vec<i64> = courses.iter().filter_map(handled).collect();
    if all.is_empty() {
        return Effects::default();
    }
    let mean_ms = all.iter().sum::<i64>() as f64 / all.len() as f64;
    let of = |handovers: f64| handovers * mean_ms / HOUR_MS as f64;
    Effects {
        handling_minutes: Some(mean_ms / 60_000.0),
        handled: all.len() as u32,
        hours_per_day: Some(of(report.more.per_day - report.fewer.per_day)),
        hours_low: Some(of(report.more.low - report.fewer.high)),
        hours_high: Some(of(report.more.high)),
        queue: None,
    }
}

fn queue(
    courses: &[Course],
    floor: (&BTreeMap<AgentId, usize>, Option<&[Stay]>),
    come: &[Timestamp],
    go: &[Timestamp],
    now: Timestamp,
) -> Option<QueueEffect> {
    let waited: Vec<&Course> = courses
        .iter()
        .filter(|course| waited_s(course).is_some())
        .collect();
    if waited.len() < ENOUGH {
        return None;
    }
    let lore = Lore::of(courses, now);
    let arrival = |course: &&Course| Arrival {
        key: course.at.as_millis() as u64,
        at_s: seconds(course.at),
        skill: lore.skill(course.team_id.as_ref()),
        head_start_s: span(i64::from(course.priority.level()) * HEAD_START_MS),
    };
    let before: Vec<Arrival> = waited.iter().map(arrival).collect();
    let mut gone: BTreeSet<u64> = go.iter().map(|at| at.as_millis() as u64).collect();
    let mut after: Vec<Arrival> = before
        .iter()
        .filter(|arrival| !gone.remove(&arrival.key))
        .copied()
        .collect();
    // Where a new handover goes nobody knows yet: to where most go.
    let skill = commonest(&before)?;
    after.extend(come.iter().map(|at| Arrival {
        key: at.as_millis() as u64 | 1 << 62,
        at_s: seconds(*at),
        skill,
        head_start_s: 0.0,
    }));
    let shifts = shifts(courses, floor, &lore, now);
    let seed = 0x5E60E;
    let lived = |arrivals: &[Arrival]| play(arrivals, &shifts, &lore.learned, seed, RUNS);
    Some(QueueEffect {
        recorded: recorded(&waited),
        before: lived(&before)?.into(),
        after: lived(&after)?.into(),
    })
}

/// The wait that a handoff is on record with, where somebody waited live for it.
fn waited_s(course: &Course) -> Option<f64> {
    let until = course.accepted_at.or(course.ended_at)?;
    let waited_ms = until.since(course.at);
    (0..3 * HOUR_MS)
        .contains(&waited_ms)
        .then(|| span(waited_ms))
}

fn recorded(waited: &[&Course]) -> WaitsShown {
    let taken = waited.iter().filter(|course| course.accepted_at.is_some());
    let mut waits: Vec<f64> = taken.filter_map(|course| waited_s(course)).collect();
    waits.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (waits.len().saturating_sub(1)) as f64 * share;
        waits.get(place as usize).copied().unwrap_or(0.0)
    };
    let long = waits
        .iter()
        .filter(|wait| **wait > segue_core::forecast::LONG_WAIT_S);
    WaitsShown {
        n: waits.len() as u32,
        p50_s: at(0.5),
        p90_s: at(0.9),
        long: long.count() as f64 / waits.len().max(1) as f64,
        left: Some(1.0 - waits.len() as f64 / waited.len().max(1) as f64),
    }
}

fn commonest(arrivals: &[Arrival]) -> Option<Skill> {
    let mut counts: BTreeMap<Skill, usize> = BTreeMap::new();
    for arrival in arrivals {
        *counts.entry(arrival.skill).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(skill, _)| skill)
}

/// Who was there when; where that is not known for the whole time, whoever held something in an
/// hour was there in it.
fn shifts(
    courses: &[Course],
    (capacities, stays): (&BTreeMap<AgentId, usize>, Option<&[Stay]>),
    lore: &Lore,
    now: Timestamp,
) -> Vec<Shift> {
    let mut hours: BTreeMap<&AgentId, BTreeSet<i64>> = BTreeMap::new();
    let mut served: BTreeMap<&AgentId, BTreeSet<Skill>> = BTreeMap::new();
    for course in courses {
        let (Some(agent_id), Some(accepted_at)) = (&course.agent_id, course.accepted_at) else {
            continue;
        };
        let ended_at = course
            .ended_at
            .unwrap_or(now)
            .min(accepted_at.plus(LONGEST_HANDLING_MS));
        let hour = |at: Timestamp| at.as_millis().div_euclid(HOUR_MS);
        let there = hours.entry(agent_id).or_default();
        there.extend(hour(accepted_at)..=hour(ended_at));
        served
            .entry(agent_id)
            .or_default()
            .insert(lore.skill(course.team_id.as_ref()));
    }
    let mut shifts = Vec::new();
    for (number, (agent_id, there)) in hours.into_iter().enumerate() {
        let skills: Vec<Skill> = served
            .remove(agent_id)
            .unwrap_or_default()
            .into_iter()
            .collect();
        let agent = lore
            .agents
            .get(agent_id)
            .copied()
            .unwrap_or(1_000_000 + number);
        let capacity = capacities.get(agent_id).copied().unwrap_or(1);
        let there: Vec<(f64, f64)> = match stays {
            Some(stays) => {
                let theirs = stays.iter().filter(|stay| stay.agent_id == *agent_id);
                let span = |stay: &Stay| (seconds(stay.from), seconds(stay.until.unwrap_or(now)));
                theirs.map(span).collect()
            }
            None => stretches(&there.into_iter().collect::<Vec<_>>()),
        };
        shifts.extend(there.into_iter().map(|(from_s, to_s)| Shift {
            from_s,
            to_s,
            agent,
            capacity,
            skills: skills.clone(),
        }));
    }
    shifts
}

/// Hours that follow each other as one stretch, in seconds.
fn stretches(hours: &[i64]) -> Vec<(f64, f64)> {
    let stretch = |hours: &[i64]| {
        let (first, last) = (hours[0], hours[hours.len() - 1]);
        let at_s = |hour: i64| (hour * HOUR_MS) as f64 / 1000.0;
        (at_s(first), at_s(last + 1))
    };
    hours.chunk_by(|a, b| a + 1 == *b).map(stretch).collect()
}

#[cfg(test)]
mod tests {
    use segue_core::queue::Priority;
    use segue_core::time::MINUTE_MS;
    use segue_core::trial::Rate;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(20_000 * DAY_MS);

    /// Ten hours a day for four days, six an hour, two agents, ten minutes each.
    fn courses() -> Vec<Course> {
        let course = |n: i64| {
            let (day, slot) = (n / 60, n % 60);
            let at = NOW.plus(-4 * DAY_MS + day * DAY_MS + 8 * HOUR_MS + slot * 10 * MINUTE_MS);
            Course {
                at,
                team_id: None,
                priority: Priority::NORMAL,
                accepted_at: Some(at.plus(MINUTE_MS)),
                agent_id: Some(AgentId::new(NOW, (n % 2) as u128)),
                first_reply_at: Some(at.plus(2 * MINUTE_MS)),
                ended_at: Some(at.plus(11 * MINUTE_MS)),
                outcome: Some("solved".into()),
                promise: None,
            }
        };
        (0..240).map(course).collect()
    }

    #[test]
    fn fewer_handovers_shorten_waits_and_more_lengthen_them() {
        let courses = courses();
        let capacities = BTreeMap::from([(AgentId::new(NOW, 0), 1), (AgentId::new(NOW, 1), 1)]);
        let times: Vec<Timestamp> = courses.iter().map(|course| course.at).collect();
        let run = |come: &[Timestamp], go: &[Timestamp]| {
            queue(&courses, (&capacities, None), come, go, NOW).unwrap()
        };
        let same = run(&[], &[]);
        assert_eq!(same.before, same.after);
        assert_eq!((same.recorded.n, same.recorded.p50_s), (240, 60.0));
        let more: Vec<Timestamp> = times.iter().map(|at| at.plus(MINUTE_MS)).collect();
        let (more, fewer) = (run(&more, &[]), run(&[], &times[..120]));
        assert!(more.after.p90_s > same.after.p90_s, "{more:?}");
        assert!(
            fewer.after.n == 120 && fewer.after.p90_s <= same.after.p90_s,
            "{fewer:?}"
        );
        assert_eq!(
            queue(&courses[..10], (&capacities, None), &[], &[], NOW),
            None
        );
        // The second one was there for the first two days alone: it takes longer then.
        let stay = |n: u128, days: i64| Stay {
            agent_id: AgentId::new(NOW, n),
            from: NOW.plus(-4 * DAY_MS),
            until: Some(NOW.plus((days - 4) * DAY_MS)),
        };
        let stays = [stay(0, 4), stay(1, 2)];
        let manned = queue(&courses, (&capacities, Some(&stays)), &[], &[], NOW).unwrap();
        assert!(
            manned.before.p90_s > same.before.p90_s,
            "{manned:?} {same:?}"
        );
    }

    #[test]
    fn hours_follow_from_measured_handling_times() {
        let report = Report {
            more: Rate::of(0, 4.0),
            fewer: Rate::of(24, 4.0),
            ..Report::default()
        };
        let found = hours(&courses(), &report);
        assert_eq!((found.handling_minutes, found.handled), (Some(10.0), 240));
        // Six a day fewer at ten minutes each.
        assert_eq!(found.hours_per_day, Some(-1.0));
        assert!(found.hours_low.unwrap() < -1.0 && found.hours_high.unwrap() >= 0.0);
        assert_eq!(hours(&[], &report), Effects::default());
    }
}
