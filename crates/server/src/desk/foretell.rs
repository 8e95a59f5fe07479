//! The live queue as the forecast sees it: who waits, who answers, and what they hold.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use segue_core::forecast::learned::Skill;
use segue_core::forecast::rollout::{AgentNow, Held, Presence, State, Waiter, paths_for, roll};
use segue_core::forecast::{
    Basis, Promise, Question, Shortage, Usual, VERSION, shortage, spoken_minutes,
};
use segue_core::ids::{AgentId, ConversationId, TeamId};
use segue_core::queue::{EMAIL_BEHIND_MS, HEAD_START_MS, Needs, Waiting};
use segue_core::route::{Floor, Kind, Routing};
use segue_core::time::Timestamp;
use segue_store::HeldNow;

use super::Line;
use super::lore::{Lore, millis, seconds, span};

/// The queue of a line as paths begin from it, and the wait that each has before them.
#[derive(Debug)]
pub(crate) struct Outlook {
    /// The state, with a skill for each kind of wait.
    pub state: State,
    /// The kinds, by their numbers.
    pub kinds: Vec<Wanted>,
    /// Places in the state's queue.
    index: HashMap<ConversationId, usize>,
    /// How many seconds each in the state's queue waits at least, however many are free.
    idle_s: Vec<f64>,
    lore: Arc<Lore>,
    waits: OnceLock<HashMap<ConversationId, i64>>,
}

/// Whom a kind of wait needs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    /// The team that answers for it.
    pub team: Option<TeamId>,
    kind: Kind<'static>,
}

impl Wanted {
    /// Whom a wait needs, and after how many seconds they are asked at the soonest: where
    /// nobody who is there has what is insisted on for `left_ms` more, those are foreseen
    /// who are asked after that.
    fn of(team: Option<&TeamId>, kind: Kind<'_>, floor: &Floor, left_ms: i64) -> (Self, f64) {
        let is_idle = left_ms > 0 && kind.asked(floor, |agent| agent.is_there).is_empty();
        let (kind, idle_s) = if is_idle {
            (kind.relaxed(), span(left_ms))
        } else {
            (kind, 0.0)
        };
        let wanted = Self {
            team: team.cloned(),
            kind: kind.whoever(),
        };
        (wanted, idle_s)
    }

    fn of_waiting(waiting: &Waiting, floor: &Floor, now: Timestamp) -> (Self, f64) {
        let kind = Kind::of(waiting, floor, now);
        let waited_ms = now.since(waiting.asked_since);
        let left_ms = floor.routing.needs_for_ms - waited_ms;
        let (wanted, idle_s) = Self::of(waiting.needs.team.as_ref(), kind, floor, left_ms);
        let reserved_for = floor.reserved_for(waiting, now);
        let units = floor.routing.units(waiting.by_email);
        let alone_s = alone_s(reserved_for, units, waited_ms, floor);
        (wanted, idle_s.max(alone_s))
    }
}

/// For how many seconds more nobody but the dedicated agent is asked: none where they are
/// away, or have room and are asked at once.
fn alone_s(reserved_for: Option<&AgentId>, units: i64, waited_ms: i64, floor: &Floor) -> f64 {
    let agent = reserved_for.and_then(|id| floor.agent(id));
    let is_full = agent.is_some_and(|agent| !agent.takes_new || agent.free() < units);
    let left_ms = floor.routing.dedicated_for_ms - waited_ms;
    if is_full { span(left_ms.max(0)) } else { 0.0 }
}

impl Outlook {
    /// Of a line. Who is away is asked for by nobody and holds up nobody, but for those who
    /// will come back when their turn is near.
    pub fn of(line: &Line, lore: Arc<Lore>, now: Timestamp) -> Self {
        let mut kinds: Vec<Wanted> = Vec::new();
        let mut outlook = Self {
            state: State {
                now_s: seconds(now),
                days: lore.traffic.days as f64,
                head_start_s: Some(span(HEAD_START_MS)),
                ..State::default()
            },
            kinds: Vec::new(),
            index: HashMap::new(),
            idle_s: Vec::new(),
            waits: OnceLock::new(),
            lore,
        };
        for waiting in line.queue.iter().filter(|it| !it.away || it.kept) {
            let (wanted, idle_s) = Wanted::of_waiting(waiting, &line.floor, now);
            let kind = number(&mut kinds, wanted);
            outlook.idle_s.push(idle_s);
            let place = outlook.state.waiting.len();
            // As in `Waiting::counts_from`: an answer by e-mail lets chats go first.
            let behind_ms = if waiting.by_email { EMAIL_BEHIND_MS } else { 0 };
            outlook.index.insert(waiting.conversation_id.clone(), place);
            let promised = line.promised.get(&waiting.conversation_id);
            outlook.state.waiting.push(Waiter {
                skill: kind,
                priority: i64::from(waiting.needs.priority.level()),
                waited_s: span(now.since(waiting.queued_at).max(0) - behind_ms),
                told_s: promised.map(|minutes| f64::from(*minutes) * 60.0),
                units: units(&line.floor.routing, waiting.by_email),
                stays: waiting.by_email,
            });
        }
        outlook.kinds = kinds;
        outlook.man(&line.floor, &line.held, now);
        outlook
    }

    /// Sets the agents who are there beside the kinds that they are asked for.
    fn man(&mut self, floor: &Floor, held: &[HeldNow], now: Timestamp) {
        let lore = &self.lore;
        self.state.learned_as = self
            .kinds
            .iter()
            .map(|kind| lore.skill(kind.team.as_ref()))
            .collect();
        let mut skills: HashMap<&AgentId, Vec<Skill>> = HashMap::new();
        for (kind, wanted) in self.kinds.iter().enumerate() {
            for asked in wanted.kind.asked(floor, |agent| agent.is_there) {
                let agent_id = &floor.agents[asked.agent].id;
                skills.entry(agent_id).or_default().push(kind as Skill);
            }
        }
        let mut of_agent: HashMap<&AgentId, Vec<&HeldNow>> = HashMap::new();
        for held in held {
            of_agent.entry(&held.agent_id).or_default().push(held);
        }
        let agents = floor
            .agents
            .iter()
            .filter(|agent| agent.is_there)
            .map(|agent| {
                let mut holds = of_agent.remove(&agent.id).unwrap_or_default();
                holds.sort_by_key(|held| held.since);
                let letters = letters(holds.len(), agent.busy, &floor.routing);
                let slowed = lore.learned.slowed(holds.len() as f64);
                let team_kind = |team: &Option<TeamId>| {
                    let kind = self.kinds.iter().position(|kind| kind.team == *team);
                    kind.map_or(Skill::MAX, |kind| kind as Skill)
                };
                AgentNow {
                    number: lore.agents.get(&agent.id).copied().unwrap_or(usize::MAX),
                    skills: skills.remove(&agent.id).unwrap_or_default(),
                    capacity: usize::try_from(agent.capacity).unwrap_or(0),
                    held: holds
                        .iter()
                        .enumerate()
                        .map(|(index, held)| Held {
                            skill: team_kind(&held.team_id),
                            worked_s: span(now.since(held.since).max(0)) / slowed,
                            units: units(&floor.routing, index < letters),
                        })
                        .collect(),
                    dallies_s: None,
                    presence: Presence::Here(0.0),
                    goes_in_s: None,
                }
            });
        self.state.agents = agents.collect();
    }

    /// Nine tenths of the waits that somebody who waits has before them from now, to the
    /// first human message, are shorter: in milliseconds. One walk tells everybody's.
    pub fn wait(&self, id: &ConversationId, seed: u64) -> Option<i64> {
        if self.lore.is_thin() {
            return None;
        }
        let waits = self.waits.get_or_init(|| {
            let waits = roll(
                &self.state,
                &self.lore.learned,
                seed,
                paths_for(self.state.waiting.len()),
            );
            let waits = waits.not_before(&self.idle_s);
            let waits = waits.until_reply(&self.lore.learned, seed);
            let of_one = |(id, place): (&ConversationId, &usize)| {
                let kind = usize::from(self.state.waiting[*place].skill);
                let factor = self.lore.factor(
                    self.kinds[kind].team.as_ref(),
                    Timestamp::from_millis((self.state.now_s * 1000.0) as i64),
                );
                (id.clone(), millis(waits.quantile(*place, 0.9) * factor))
            };
            self.index.iter().map(of_one).collect()
        });
        waits.get(id).copied()
    }

    /// What can be promised to somebody who comes now.
    pub fn promise(
        &self,
        line: &Line,
        needs: &Needs,
        language: &str,
        seed: u64,
        now: Timestamp,
    ) -> Option<Promise> {
        if self.lore.is_thin() {
            return None;
        }
        let mut with = Self {
            state: self.state.clone(),
            kinds: self.kinds.clone(),
            index: HashMap::new(),
            idle_s: self.idle_s.clone(),
            lore: self.lore.clone(),
            waits: OnceLock::new(),
        };
        let floor = &line.floor;
        let kind = Kind::at_first(needs, language, floor);
        let left_ms = floor.routing.needs_for_ms;
        let (wanted, idle_s) = Wanted::of(needs.team.as_ref(), kind, floor, left_ms);
        let dedicated = needs.dedicated.as_ref();
        let is_there = |id: &&AgentId| floor.agent(id).is_some_and(|agent| agent.is_there);
        let chat_units = floor.routing.chat_units;
        let idle_s = idle_s.max(alone_s(dedicated.filter(is_there), chat_units, 0, floor));
        let kind = number(&mut with.kinds, wanted);
        with.man(&line.floor, &line.held, now);
        let priority = i64::from(needs.priority.level());
        let place = with.state.place_of(priority);
        with.state.waiting.insert(
            place,
            Waiter {
                skill: kind,
                priority,
                waited_s: 0.0,
                told_s: None,
                units: units(&floor.routing, false),
                stays: false,
            },
        );
        with.state.waiting.truncate(place + 1);
        with.idle_s.truncate(place);
        with.idle_s.push(idle_s);
        let learned = &self.lore.learned;
        let waits = roll(&with.state, learned, seed, paths_for(place + 1));
        let waits = waits.not_before(&with.idle_s).until_reply(learned, seed);
        let correction = self.lore.factor(needs.team.as_ref(), now);
        let p90_ms = millis(waits.quantile(place, 0.9) * correction);
        let serves = |agent: &&AgentNow| agent.skills.contains(&kind);
        let ahead = with
            .state
            .waiting
            .iter()
            .filter(|waiter| waiter.skill == kind);
        Some(Promise {
            at: now,
            minutes: spoken_minutes(p90_ms),
            p90_ms,
            n: self.lore.waits,
            basis: Some(Basis {
                p50_ms: millis(waits.quantile(place, 0.5)).min(p90_ms),
                correction_milli: (correction * 1000.0).round() as u32,
                seed,
                version: VERSION,
                position: ahead.count() as u32,
                agents: with.state.agents.iter().filter(serves).count() as u32,
            }),
        })
    }

    /// Agents there who are asked for a wait.
    pub fn agents_for(&self, id: &ConversationId) -> Option<u32> {
        let place = *self.index.get(id)?;
        let kind = self.state.waiting[place].skill;
        let agents = self
            .state
            .agents
            .iter()
            .filter(|agent| agent.skills.contains(&kind));
        Some(agents.count() as u32)
    }

    /// Queues that are too long (P43), each with its team; `closes_in_ms` until the doors
    /// close, if they do.
    pub fn shortages(
        &self,
        closes_in_ms: Option<i64>,
        seed: u64,
    ) -> Vec<(Option<TeamId>, Shortage)> {
        if self.lore.is_thin() {
            return vec![];
        }
        let mut teams: Vec<&Option<TeamId>> = self.kinds.iter().map(|kind| &kind.team).collect();
        teams.sort_unstable();
        teams.dedup();
        let found = teams.into_iter().filter_map(|team| {
            let is_of = |waiter: &&Waiter| self.kinds[usize::from(waiter.skill)].team == *team;
            let last = self.state.waiting.iter().rfind(is_of)?;
            let (arrivals_per_hour, usual) = self.lore.traffic.of_team(team.as_ref());
            let now = Timestamp::from_millis((self.state.now_s * 1000.0) as i64);
            let question = Question {
                skill: last.skill,
                arrivals_per_hour,
                usual: Usual {
                    arrivals_per_hour: usual.map(|(arrivals, _)| arrivals),
                    agents: usual.map(|(_, agents)| agents),
                },
                closes_in_s: closes_in_ms.map(span),
                correction: self.lore.factor(team.as_ref(), now),
                seed,
            };
            let found = shortage(&self.state, &self.lore.learned, &question)?;
            Some((team.clone(), found))
        });
        found.collect()
    }

    /// What was learned.
    pub fn lore(&self) -> &Lore {
        &self.lore
    }
}

fn number(kinds: &mut Vec<Wanted>, wanted: Wanted) -> Skill {
    let found = kinds.iter().position(|kind| *kind == wanted);
    let index = found.unwrap_or_else(|| {
        kinds.push(wanted);
        kinds.len() - 1
    });
    index as Skill
}

fn units(routing: &Routing, by_email: bool) -> usize {
    usize::try_from(routing.units(by_email)).unwrap_or(0)
}

/// How many of an agent's conversations are answered by e-mail, told from the units that
/// they take together; taken to be those held longest.
fn letters(held: usize, busy: i64, routing: &Routing) -> usize {
    let spared = held as i64 * routing.chat_units - busy;
    let for_each = routing.chat_units - routing.email_units;
    let letters = spared.checked_div(for_each).unwrap_or(0);
    usize::try_from(letters).unwrap_or(0).min(held)
}

#[cfg(test)]
#[path = "foretell_tests.rs"]
mod tests;
