//! Many random futures of the true state: each path draws how long the conversations in
//! progress still take, who leaves and returns, who loses patience and who arrives and goes
//! first, and serves the queue in its order. One walk gives everybody's wait: whoever loses
//! patience in it keeps the place without taking an agent, and the moment at which that
//! place is reached is the wait that they would have had. Spans are in seconds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::absences::{Leave, NEW_DAY_S};
use super::chance::Chance;
use super::learned::{Learned, Skill, Stream};
use super::spans::Curve;
pub use super::state::{AgentNow, Held, Presence, State, Waiter};
pub use super::waits::Waits;

/// Waits beyond this are not told apart.
pub const HORIZON_S: f64 = 8.0 * 3600.0;

/// Paths that are worth their time: as many as serve some thousands of customers together.
/// The longer the queue, the more of a path's chance evens out within it.
pub fn paths_for(waiting: usize) -> usize {
    (10_000 / waiting.max(1)).clamp(16, 128)
}

/// Walks the paths for all who wait.
pub fn roll(state: &State, learned: &Learned, seed: u64, paths: usize) -> Waits {
    let prepared = Prepared::new(state, learned);
    let paths = paths.max(1);
    let n = state.waiting.len();
    let mut walk = Walk::default();
    let mut waits = vec![0.0_f32; n * paths];
    for path in 0..paths {
        prepared.walk(&mut walk, Chance::new(seed, path as u64));
        for (waiter, wait) in walk.waits.iter().enumerate() {
            waits[waiter * paths + path] = *wait;
        }
    }
    Waits::new(paths, waits)
}

/// However much was seen, the next hour differs from the usual by about so much.
const DRIFT: f64 = 0.07;
/// For so long after many agents went at once it differs by more: what was learned under
/// another load tells less of this one.
const UPHEAVAL_S: f64 = 3600.0;
const UPHEAVAL_DRIFT: f64 = 0.2;

fn drift(state: &State) -> f64 {
    let just_went_together = |agent: &AgentNow| matches!(agent.presence, Presence::Away { leave, for_s } if leave.together && for_s < UPHEAVAL_S);
    if state.agents.iter().any(just_went_together) {
        UPHEAVAL_DRIFT
    } else {
        DRIFT
    }
}

/// What all paths share.
struct Prepared<'a> {
    state: &'a State,
    learned: &'a Learned,
    /// For each skill, who waits, in order.
    queues: Vec<Vec<u32>>,
    patience: Vec<(&'a Curve, f64)>,
    agents: Vec<PreparedAgent<'a>>,
    /// Streams that can go before somebody who waits: rate and the place in the queue.
    streams: Vec<(f64, Skill, u32)>,
    /// Which streams bring each skill, those that go first before the others.
    streams_of: Vec<Vec<u32>>,
    slowed: Vec<f64>,
    /// Units of a usual conversation: the most that anybody here takes.
    units: usize,
    /// How little is known of handling times, as the deviation of a factor.
    doubt: f64,
    /// How often agents take what they prefer, whoever waits longer.
    prefers: f64,
    picks_up_at_once: bool,
}

struct PreparedAgent<'a> {
    now: &'a AgentNow,
    pace: f64,
    held: Vec<(&'a Curve, f64, f64, usize)>,
    dallied_below: f64,
}

/// What one path changes; kept from one to the next for its memory.
#[derive(Default)]
struct Walk {
    waits: Vec<f32>,
    heads: Vec<usize>,
    heap: BinaryHeap<Reverse<u64>>,
    held: Vec<usize>,
    /// Units that each agent has free; below 0 where they hold more than they should.
    room: Vec<i64>,
    goes: Vec<f64>,
    /// When their days began.
    days: Vec<f64>,
    /// When who went comes back, once that was drawn.
    back: Vec<Option<f64>>,
    idle: Vec<u32>,
    /// How many of each stream arrived in this path and wait.
    arrived: Vec<u32>,
    next: Vec<f64>,
}

/// Units of an agent that come free: milliseconds, agent, how many, whether they held
/// something. In one number, so that the heap is quick.
fn ticket(at_s: f64, agent: usize, units: usize, held: bool) -> Reverse<u64> {
    let at_ms = (at_s.clamp(0.0, 4e7) * 1000.0) as u64;
    let agent = (agent as u64 & 0xF_FFFF) << 8;
    Reverse(at_ms << 28 | agent | (units.min(MOST_UNITS) as u64) << 1 | u64::from(held))
}

/// Units that one conversation can take.
const MOST_UNITS: usize = 127;

impl<'a> Prepared<'a> {
    fn new(state: &'a State, learned: &'a Learned) -> Self {
        let prefers = learned.prefers();
        let lowest = state.waiting.iter().map(|waiter| waiter.priority).min();
        // Who comes later goes first only by priority, or where agents choose.
        let goes_first = |stream: &&Stream| {
            prefers > 0.0 || lowest.is_some_and(|lowest| stream.priority > lowest)
        };
        let streams = learned.urgent.iter().filter(goes_first);
        let streams = streams.filter_map(|stream| {
            let rate = stream.rate(state.now_s, state.days);
            let place = state.place_of(stream.priority) as u32;
            let skill = state.here(stream.skill)?;
            (rate > 1e-7).then_some((rate, skill, place))
        });
        let streams: Vec<_> = streams.collect();
        let skills = state.waiting.iter().map(|waiter| waiter.skill);
        let skills = skills.chain(streams.iter().map(|(_, skill, _)| *skill));
        let mut queues = vec![Vec::new(); skills.max().map_or(0, |most| usize::from(most) + 1)];
        for (index, waiter) in state.waiting.iter().enumerate() {
            queues[usize::from(waiter.skill)].push(index as u32);
        }
        let mut streams_of = vec![Vec::new(); queues.len()];
        for (index, (_, skill, _)) in streams.iter().enumerate() {
            streams_of[usize::from(*skill)].push(index as u32);
        }
        for of_skill in &mut streams_of {
            of_skill.sort_by_key(|stream| streams[*stream as usize].2);
        }
        let agents = state
            .agents
            .iter()
            .take(1 << 20)
            .map(|agent| PreparedAgent {
                now: agent,
                pace: learned.pace(agent.number),
                held: agent
                    .held
                    .iter()
                    .map(|held| {
                        let curve = learned.handling(state.learned_as(held.skill));
                        let below = curve.below(held.worked_s);
                        (curve, held.worked_s, below, held.units.min(MOST_UNITS))
                    })
                    .collect(),
                dallied_below: agent
                    .dallies_s
                    .map_or(0.0, |for_s| learned.pickup_curve.below(for_s)),
            });
        let waiting_units = state.waiting.iter().map(|waiter| waiter.units);
        let most = state
            .agents
            .iter()
            .map(|agent| agent.capacity.max(agent.held.len()).min(64))
            .max()
            .unwrap_or(1);
        Self {
            state,
            learned,
            patience: state
                .waiting
                .iter()
                .map(|waiter| {
                    let curve = learned.patience(state.learned_as(waiter.skill), waiter.told_s);
                    (curve, curve.below(waiter.waited_s))
                })
                .collect(),
            agents: agents.collect(),
            streams,
            streams_of,
            slowed: (0..=most + 1)
                .map(|held| learned.slowed(held as f64))
                .collect(),
            prefers,
            doubt: drift(state).hypot(0.9 / (learned.handled_n() + 6.0).sqrt()),
            units: waiting_units.max().unwrap_or(1).clamp(1, MOST_UNITS),
            picks_up_at_once: learned.pickup_curve.below(1.0) > 0.985,
            queues,
        }
    }

    fn place(&self, stream: u32) -> u32 {
        self.streams[stream as usize].2
    }

    fn slowed(&self, held: usize) -> f64 {
        self.slowed[held.min(self.slowed.len() - 1)]
    }

    fn walk(&self, walk: &mut Walk, mut chance: Chance) {
        let n = self.state.waiting.len();
        walk.waits.clear();
        walk.waits.resize(n, HORIZON_S as f32);
        walk.heads.clear();
        walk.heads.resize(self.queues.len(), 0);
        walk.arrived.clear();
        walk.arrived.resize(self.streams.len(), 0);
        walk.idle.clear();
        let pace = (self.doubt * chance.normal()).exp();
        self.begin(walk, pace, &mut chance);
        let mut left = n;
        while left > 0 {
            let Some(Reverse(ticket_bits)) = walk.heap.pop() else {
                return;
            };
            let now = (ticket_bits >> 28) as f64 / 1000.0;
            let agent = (ticket_bits >> 8 & 0xF_FFFF) as usize;
            let units = (ticket_bits >> 1) as usize & MOST_UNITS;
            if now > HORIZON_S {
                return;
            }
            walk.held[agent] -= (ticket_bits & 1) as usize;
            self.arrivals_until(walk, now, pace, &mut chance);
            if let Some(back) = self.away_until(walk, agent, now, &mut chance) {
                // Each of the places comes back with its agent, if they do.
                if back < HORIZON_S {
                    walk.heap.push(ticket(back, agent, units, false));
                }
                continue;
            }
            walk.room[agent] += units as i64;
            while walk.room[agent] > 0 {
                let (known, took) = self.serve(walk, agent, now, pace, &mut chance);
                left -= known;
                if !took {
                    break;
                }
            }
        }
    }

    /// Draws who comes free when, and who goes.
    fn begin(&self, walk: &mut Walk, pace: f64, chance: &mut Chance) {
        walk.heap.clear();
        walk.held.clear();
        walk.room.clear();
        walk.room.resize(self.agents.len(), 0);
        walk.goes.clear();
        walk.days.clear();
        walk.back.clear();
        walk.back.resize(self.agents.len(), None);
        for (index, agent) in self.agents.iter().enumerate() {
            walk.held.push(agent.now.held.len());
            let stay = &self.learned.stay_curve;
            let (goes, from, day) = match agent.now.presence {
                Presence::Here(for_s) => {
                    let stays = stay.draw_rest_finely(for_s, chance);
                    let known_s = agent.now.goes_in_s.unwrap_or(f64::INFINITY);
                    (known_s.min(stays), 0.0, -for_s)
                }
                Presence::Away { leave, for_s } => {
                    let back = self.learned.away(leave).draw_rest_finely(for_s, chance);
                    if back >= HORIZON_S {
                        walk.goes.push(f64::INFINITY);
                        walk.days.push(back);
                        continue;
                    }
                    let day = if for_s + back > NEW_DAY_S {
                        back
                    } else {
                        -for_s - leave.after_s
                    };
                    let stays = stay.draw_rest_finely(back - day, chance);
                    (back + stays, back, day)
                }
            };
            walk.goes.push(goes);
            walk.days.push(day);
            let slowed = self.slowed(agent.now.held.len()) * agent.pace * pace;
            for (curve, worked_s, below, units) in &agent.held {
                let rest = curve.draw_rest(*worked_s, *below, chance) * slowed;
                let rest = rest + self.pickup(chance);
                walk.heap.push(ticket(rest.max(from), index, *units, true));
            }
            let busy: usize = agent.held.iter().map(|(.., units)| units).sum();
            let mut free = agent.now.capacity.saturating_sub(busy);
            walk.room[index] = -(busy.saturating_sub(agent.now.capacity) as i64);
            // What is free comes in pieces, each taken up in its own time.
            while free > 0 {
                let units = free.min(self.units);
                free -= units;
                let begins = match agent.now.dallies_s {
                    Some(for_s) => {
                        self.learned
                            .pickup_curve
                            .draw_rest(for_s, agent.dallied_below, chance)
                    }
                    None => self.pickup(chance),
                };
                walk.heap
                    .push(ticket(begins.max(from), index, units, false));
            }
        }
        walk.next.clear();
        walk.next.extend(
            self.streams
                .iter()
                .map(|(rate, ..)| chance.exponential() / rate),
        );
    }

    /// Until when an agent is away who has gone by now; each going and coming is drawn once
    /// in a path.
    fn away_until(
        &self,
        walk: &mut Walk,
        agent: usize,
        now: f64,
        chance: &mut Chance,
    ) -> Option<f64> {
        while now >= walk.goes[agent] {
            let goes = walk.goes[agent];
            let leave = Leave {
                after_s: goes - walk.days[agent],
                together: false,
            };
            let away = self.learned.away(leave);
            let back = *walk.back[agent]
                .get_or_insert_with(|| goes + away.draw_rest_finely(0.0, chance).max(1.0));
            // A ticket's time was cut to milliseconds.
            if now + 0.001 < back {
                return Some(back);
            }
            walk.back[agent] = None;
            if back - goes > NEW_DAY_S {
                walk.days[agent] = back;
            }
            let stay = &self.learned.stay_curve;
            walk.goes[agent] = back + stay.draw_rest_finely(back - walk.days[agent], chance);
        }
        None
    }

    fn pickup(&self, chance: &mut Chance) -> f64 {
        if self.picks_up_at_once {
            0.0
        } else {
            let drawn = self.learned.pickup_curve.draw(chance);
            if drawn < 1.0 { 0.0 } else { drawn }
        }
    }

    /// Lets those arrive who go first; an idle agent takes them at once.
    fn arrivals_until(&self, walk: &mut Walk, now: f64, pace: f64, chance: &mut Chance) {
        for (stream, (rate, skill, _)) in self.streams.iter().enumerate() {
            while walk.next[stream] <= now {
                let at = walk.next[stream];
                walk.next[stream] += chance.exponential() / rate;
                let can = |agent: &u32| {
                    let agent = *agent as usize;
                    self.agents[agent].now.skills.contains(skill)
                        && at < walk.goes[agent]
                        && walk.room[agent] >= self.units as i64
                };
                if let Some(found) = walk.idle.iter().position(can) {
                    let agent = walk.idle.swap_remove(found) as usize;
                    self.take(walk, agent, (*skill, self.units), at, pace, chance);
                } else {
                    walk.arrived[stream] += 1;
                }
            }
        }
    }

    fn take(
        &self,
        walk: &mut Walk,
        agent: usize,
        (skill, units): (Skill, usize),
        now: f64,
        pace: f64,
        chance: &mut Chance,
    ) {
        walk.held[agent] += 1;
        walk.room[agent] -= units as i64;
        let factor = self.slowed(walk.held[agent]) * self.agents[agent].pace * pace;
        let lasts = self
            .learned
            .handling(self.state.learned_as(skill))
            .draw(chance)
            * factor
            + self.pickup(chance);
        walk.heap.push(ticket(now + lasts, agent, units, true));
    }

    /// An agent has room: they take the first in order, if it fits; else the room is saved
    /// for it. Returns how many waits became known, and whether something was taken.
    fn serve(
        &self,
        walk: &mut Walk,
        agent: usize,
        now: f64,
        pace: f64,
        chance: &mut Chance,
    ) -> (usize, bool) {
        let mut known = 0;
        let by_list = self.prefers > 0.0 && chance.unit() < self.prefers;
        loop {
            let mut best: Option<(u32, Option<u32>, Skill)> = None;
            for skill in &self.agents[agent].now.skills {
                let Some(queue) = self.queues.get(usize::from(*skill)) else {
                    continue;
                };
                let head = queue.get(walk.heads[usize::from(*skill)]);
                // Who arrived stands before the first of lower priority.
                let streams = &self.streams_of[usize::from(*skill)];
                let arrived = streams
                    .iter()
                    .find(|stream| walk.arrived[**stream as usize] > 0);
                let candidate = match (head, arrived) {
                    (Some(head), Some(stream)) if self.place(*stream) > *head => (*head, None),
                    (_, Some(stream)) => (self.place(*stream), Some(*stream)),
                    (Some(head), None) => (*head, None),
                    (None, None) => continue,
                };
                // Of two in the same place the one who arrived in the path goes first.
                let order = |(place, stream): (u32, Option<u32>)| (place, stream.is_none());
                if best.is_none_or(|best| order(candidate) < order((best.0, best.1))) {
                    best = Some((candidate.0, candidate.1, *skill));
                }
                if by_list {
                    break;
                }
            }
            let Some((place, stream, skill)) = best else {
                walk.idle.push(agent as u32);
                return (known, false);
            };
            if let Some(stream) = stream {
                if walk.room[agent] < self.units as i64 {
                    return (known, false);
                }
                walk.arrived[stream as usize] -= 1;
                self.take(walk, agent, (skill, self.units), now, pace, chance);
                return (known, true);
            }
            let units = self.state.waiting[place as usize].units.min(MOST_UNITS);
            if walk.room[agent] < units as i64 {
                return (known, false);
            }
            walk.heads[usize::from(skill)] += 1;
            let waiter = place as usize;
            walk.waits[waiter] = now as f32;
            known += 1;
            let (curve, below) = self.patience[waiter];
            let patience = if self.state.waiting[waiter].stays {
                f64::INFINITY
            } else {
                curve.draw_rest(self.state.waiting[waiter].waited_s, below, chance)
            };
            if patience >= now {
                self.take(walk, agent, (skill, units), now, pace, chance);
                return (known, true);
            }
        }
    }
}

#[cfg(test)]
#[path = "rollout_tests.rs"]
mod tests;
