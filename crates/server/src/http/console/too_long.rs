//! Queues that are too long (P43): how many agents are missing, and why, for leads.

use segue_core::forecast::{Cause, Shortage, spoken_minutes};
use segue_core::ids::{TeamId, WorkspaceId};
use segue_core::time::Timestamp;
use segue_store::Tx;
use serde::Serialize;

use crate::desk::{Error, Line};

/// A queue that is too long (P43), with the reasoning in figures.
#[derive(Serialize, utoipa::ToSchema)]
pub struct QueueTooLong {
    /// The team; `None` where everybody answers.
    team: Option<String>,
    /// What somebody who comes now would be promised, in minutes.
    minutes: u32,
    /// Agents there who are asked for it.
    agents: usize,
    /// How many more it takes.
    missing: usize,
    /// Why.
    cause: Cause,
    /// Whether the doors close before the last in line has their turn.
    closes_first: bool,
    /// Handoffs of the last hour.
    arrivals_per_hour: f64,
    /// Handoffs in the same hour of other days, where known.
    usual_arrivals_per_hour: Option<f64>,
    /// Agents at work in the same hour of other days, where known.
    usual_agents: Option<f64>,
    /// The usual handling time, in minutes.
    handling_minutes: f64,
}

impl QueueTooLong {
    fn of(team: Option<String>, found: &Shortage) -> Self {
        let tenths = |value: f64| (value * 10.0).round() / 10.0;
        Self {
            team,
            minutes: spoken_minutes((found.p90_s * 1000.0) as i64),
            agents: found.agents,
            missing: found.missing,
            cause: found.cause,
            closes_first: found.closes_first,
            arrivals_per_hour: tenths(found.arrivals_per_hour),
            usual_arrivals_per_hour: found.usual.arrivals_per_hour.map(tenths),
            usual_agents: found.usual.agents.map(tenths),
            handling_minutes: tenths(found.handling_s / 60.0),
        }
    }
}

/// Queues that are too long while the doors are open.
pub(super) fn too_long(
    tx: &mut Tx<'_>,
    line: &Line,
    workspace_id: &WorkspaceId,
    now: Timestamp,
) -> Result<Vec<QueueTooLong>, Error> {
    let inboxes = tx.inboxes(workspace_id)?;
    let mut open = inboxes
        .iter()
        .filter(|inbox| inbox.hours.is_open(now))
        .peekable();
    if open.peek().is_none() {
        return Ok(vec![]);
    }
    // Where one inbox never closes, its agents stay.
    let closes: Option<Vec<Timestamp>> = open.map(|inbox| inbox.hours.next_closing(now)).collect();
    let closes_in_ms = closes
        .and_then(|all| all.into_iter().max())
        .map(|at| at.since(now));
    let name = |id: &TeamId| line.floor.teams.iter().find(|team| team.id == *id);
    let told = line.shortages(closes_in_ms).iter().map(|(team, found)| {
        let team = team.as_ref().and_then(name).map(|team| team.name.clone());
        QueueTooLong::of(team, found)
    });
    Ok(told.collect())
}
