//! Which agent is asked for which conversation, and who may see it. Pure: the queue, the
//! floor and an instant in; invitations out.
//!
//! The first in the queue is asked for first, and gets the best of those who may take it.
//! Whom that may be widens with time, so that nobody waits for somebody who never comes:
//!
//! 1. The customer's dedicated agent alone, while they are there and have not let it pass,
//!    for [`Routing::dedicated_for_ms`] (P11).
//! 2. The team, of it those who have the skills and speak the language. What nobody in the
//!    team has is not asked for.
//! 3. The team that helps out too, after the minutes that the team's [`Overflow`] names.
//! 4. After [`Routing::needs_for_ms`] skill and language only say who is asked first.
//!
//! A conversation that names no team, or one without people, is for everybody. So an
//! operator who makes no teams never notices them.

mod floor;
mod kind;
#[cfg(test)]
mod simulator;
#[cfg(test)]
mod tests;

pub use floor::{Agent, Floor, Overflow, Reach, Routing, Team};
pub use kind::{Asked, Kind};

use std::collections::HashMap;

use crate::ids::{AgentId, ConversationId};
use crate::queue::Waiting;
use crate::time::{MINUTE_MS, Timestamp};

/// How long an agent who let an invitation pass is not asked again.
pub const ASK_AGAIN_MS: i64 = 2 * MINUTE_MS;

/// Which agents to ask for which conversations of a queue that is in order. Nobody is
/// asked for more than they can take. Where somebody has room, but too little for the
/// first who needs them, that room is saved: small work does not overtake large for ever.
pub fn invitations(
    queue: &[Waiting],
    floor: &Floor,
    now: Timestamp,
) -> Vec<(ConversationId, AgentId)> {
    let mut room = room(queue, floor);
    if room.iter().all(|free| *free <= 0) {
        return vec![];
    }
    let mut kinds: HashMap<Kind<'_>, usize> = HashMap::new();
    let mut asked: Vec<Asking> = Vec::new();
    let mut open = Vec::new();
    for waiting in queue.iter().filter(|it| it.invited.is_none() && !it.away) {
        let kind = Kind::of(waiting, floor, now);
        let number = *kinds.entry(kind).or_insert_with_key(|kind| {
            asked.push(Asking {
                agents: takes_new(kind, floor),
                is_full: false,
            });
            asked.len() - 1
        });
        open.push((waiting, number));
    }
    // Whoever few others can stand in for is kept for those who need them.
    let breadth: Vec<usize> = (0..floor.agents.len())
        .map(|agent| {
            let takes = |kind: &&Asking| kind.agents.iter().any(|it| it.agent == agent);
            asked.iter().filter(takes).count()
        })
        .collect();

    let mut proposed = Vec::new();
    for (waiting, number) in open {
        let units = floor.routing.units(waiting.by_email);
        let dedicated = floor.reserved_for(waiting, now);
        let kind = &mut asked[number];
        let candidates: Vec<Asked> = match (dedicated, &waiting.needs.dedicated) {
            (Some(only), _) => floor.number(only).map(by_name).into_iter().collect(),
            (None, Some(id)) => {
                let theirs = floor.number(id).map(by_name);
                theirs
                    .into_iter()
                    .chain(kind.agents.iter().copied())
                    .collect()
            }
            (None, None) if kind.is_full => continue,
            (None, None) => kind.agents.clone(),
        };
        let may = |agent: usize| room[agent] > 0 && !passed(waiting, &floor.agents[agent].id, now);
        let candidates: Vec<Asked> = candidates.into_iter().filter(|it| may(it.agent)).collect();
        let fits = candidates.iter().filter(|it| room[it.agent] >= units);
        let best = fits.min_by_key(|Asked { agent, lacks }| {
            let it = &floor.agents[*agent];
            let is = |other: &Option<AgentId>| other.as_ref() == Some(&it.id);
            (
                !is(&waiting.needs.dedicated),
                !is(&waiting.needs.last_agent),
                *lacks,
                breadth[*agent],
                -room[*agent],
                it.last_accepted_at,
                &it.id,
            )
        });
        if let Some(Asked { agent, .. }) = best {
            room[*agent] -= units;
            proposed.push((
                waiting.conversation_id.clone(),
                floor.agents[*agent].id.clone(),
            ));
        } else if let Some(Asked { agent, .. }) = candidates.iter().max_by_key(|it| {
            (
                room[it.agent],
                std::cmp::Reverse(&floor.agents[it.agent].id),
            )
        }) {
            room[*agent] = 0;
        }
        kind.is_full = kind.agents.iter().all(|it| room[it.agent] <= 0);
    }
    proposed
}

/// Whether an agent could be asked for a wait, had they room: what is proposed to them stays
/// theirs only while this holds.
pub fn may_be_asked(waiting: &Waiting, agent_id: &AgentId, floor: &Floor, now: Timestamp) -> bool {
    let Some(agent) = floor.number(agent_id) else {
        return false;
    };
    if let Some(dedicated) = &waiting.needs.dedicated
        && (dedicated == agent_id || floor.reserved_for(waiting, now).is_some())
    {
        return dedicated == agent_id;
    }
    let asked = takes_new(&Kind::of(waiting, floor, now), floor);
    asked.iter().any(|it| it.agent == agent)
}

/// Who may be asked for waits of one kind.
struct Asking {
    agents: Vec<Asked>,
    /// Nobody of them has room left.
    is_full: bool,
}

fn takes_new(kind: &Kind<'_>, floor: &Floor) -> Vec<Asked> {
    kind.asked(floor, |agent| agent.takes_new)
}

/// Somebody who is wanted by name lacks nothing.
fn by_name(agent: usize) -> Asked {
    Asked { agent, lacks: 0 }
}

/// The units that each agent can be asked for: what is free, less the invitations out.
fn room(queue: &[Waiting], floor: &Floor) -> Vec<i64> {
    let mut out: HashMap<&AgentId, i64> = HashMap::new();
    for waiting in queue {
        if let Some(agent_id) = &waiting.invited {
            *out.entry(agent_id).or_default() += floor.routing.units(waiting.by_email);
        }
    }
    let room = |agent: &Agent| {
        if agent.takes_new {
            agent.free() - out.get(&agent.id).copied().unwrap_or(0)
        } else {
            0
        }
    };
    floor.agents.iter().map(room).collect()
}

/// Whether an agent has let it pass just now.
fn passed(waiting: &Waiting, agent_id: &AgentId, now: Timestamp) -> bool {
    let just_now = |at: Timestamp| now.since(at) < ASK_AGAIN_MS;
    let mut passes = waiting.passed_by.iter();
    passes.any(|pass| pass.agent_id == *agent_id && just_now(pass.at))
}
