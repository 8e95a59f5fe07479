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
#[cfg(test)]
mod simulator;
#[cfg(test)]
mod tests;

pub use floor::{Agent, Floor, Overflow, Reach, Routing, Team};

use std::collections::{HashMap, HashSet};

use crate::ids::{AgentId, ConversationId};
use crate::queue::Waiting;
use crate::time::{MINUTE_MS, Timestamp};

/// How long an agent who let an invitation pass is not asked again.
pub const ASK_AGAIN_MS: i64 = 2 * MINUTE_MS;

/// Waits that are alike in whom they need.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Kind<'q> {
    reach: Reach,
    skills: &'q [String],
    language: &'q str,
    is_relaxed: bool,
}

impl<'q> Kind<'q> {
    fn of(waiting: &'q Waiting, floor: &Floor, now: Timestamp) -> Self {
        Self {
            reach: floor.reach(waiting, now),
            skills: &waiting.needs.skills,
            language: &waiting.language,
            is_relaxed: now.since(waiting.queued_at) >= floor.routing.needs_for_ms,
        }
    }
}

/// Who may be asked for waits of one kind.
struct Asked {
    /// Numbers of agents, with how much of what is needed each lacks.
    agents: Vec<(usize, usize)>,
    /// Nobody of them has room left.
    is_full: bool,
}

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
    let mut asked: Vec<Asked> = Vec::new();
    let mut open = Vec::new();
    for waiting in queue.iter().filter(|it| it.invited.is_none() && !it.away) {
        let kind = Kind::of(waiting, floor, now);
        let number = *kinds.entry(kind).or_insert_with_key(|kind| {
            asked.push(Asked::of(kind, floor));
            asked.len() - 1
        });
        open.push((waiting, number));
    }
    // Whoever few others can stand in for is kept for those who need them.
    let breadth: Vec<usize> = (0..floor.agents.len())
        .map(|agent| {
            let takes = |kind: &&Asked| kind.agents.iter().any(|(other, _)| *other == agent);
            asked.iter().filter(takes).count()
        })
        .collect();

    let mut proposed = Vec::new();
    for (waiting, number) in open {
        let units = floor.routing.units(waiting.by_email);
        let dedicated = floor.reserved_for(waiting, now);
        let kind = &mut asked[number];
        let candidates: Vec<(usize, usize)> = match (dedicated, &waiting.needs.dedicated) {
            (Some(only), _) => floor
                .number(only)
                .map(|agent| (agent, 0))
                .into_iter()
                .collect(),
            (None, Some(id)) => {
                let theirs = floor.number(id).map(|agent| (agent, 0));
                theirs
                    .into_iter()
                    .chain(kind.agents.iter().copied())
                    .collect()
            }
            (None, None) if kind.is_full => continue,
            (None, None) => kind.agents.clone(),
        };
        let may = |agent: usize| room[agent] > 0 && !passed(waiting, &floor.agents[agent].id, now);
        let candidates: Vec<(usize, usize)> = candidates
            .into_iter()
            .filter(|(agent, _)| may(*agent))
            .collect();
        let fits = candidates.iter().filter(|(agent, _)| room[*agent] >= units);
        let best = fits.min_by_key(|(agent, lacks)| {
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
        if let Some((agent, _)) = best {
            room[*agent] -= units;
            proposed.push((
                waiting.conversation_id.clone(),
                floor.agents[*agent].id.clone(),
            ));
        } else if let Some((agent, _)) = candidates
            .iter()
            .max_by_key(|(agent, _)| (room[*agent], std::cmp::Reverse(&floor.agents[*agent].id)))
        {
            room[*agent] = 0;
        }
        kind.is_full = kind.agents.iter().all(|(agent, _)| room[*agent] <= 0);
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
    let asked = Asked::of(&Kind::of(waiting, floor, now), floor);
    asked.agents.iter().any(|(other, _)| *other == agent)
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

impl Asked {
    fn of(kind: &Kind<'_>, floor: &Floor) -> Self {
        let within: Vec<(usize, &Agent)> = floor
            .agents
            .iter()
            .enumerate()
            .filter(|(_, agent)| kind.reach.has(agent))
            .collect();
        // What nobody has need not be waited for.
        let has = |skill: &String| within.iter().any(|(_, agent)| agent.has_skill(skill));
        let skills: HashSet<&String> = kind.skills.iter().filter(|skill| has(skill)).collect();
        let is_spoken = within.iter().any(|(_, agent)| agent.speaks(kind.language));
        let lacks = |agent: &Agent| {
            let skills = skills.iter().filter(|skill| !agent.has_skill(skill));
            skills.count() + usize::from(is_spoken && !agent.speaks(kind.language))
        };
        let agents = within
            .iter()
            .filter(|(_, agent)| agent.takes_new)
            .map(|(number, agent)| (*number, lacks(agent)))
            .filter(|(_, lacks)| kind.is_relaxed || *lacks == 0)
            .collect();
        Self {
            agents,
            is_full: false,
        }
    }
}
