//! Past days lived through again with other arrivals: the same agents at the same hours, and
//! everything else drawn from what was learned. Asked before and after, with the same chance
//! for the same customer, the difference is what the arrivals make. Spans are in seconds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::chance::Chance;
use super::learned::{Learned, Skill};
use super::shortage::LONG_WAIT_S;

/// Whoever waits longer is served another way: by mail, or the next morning.
const HORIZON_S: f64 = 3.0 * 3600.0;

/// Somebody who comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    /// What their chances are drawn by: the same before and after.
    pub key: u64,
    /// When.
    pub at_s: f64,
    /// Which agents can serve them.
    pub skill: Skill,
    /// By how much earlier they count as come.
    pub head_start_s: f64,
}

/// An agent who is there for a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// From when.
    pub from_s: f64,
    /// Until when they take something new.
    pub to_s: f64,
    /// Who, as their pace was learned.
    pub agent: usize,
    /// How many conversations they take at once.
    pub capacity: usize,
    /// What they serve.
    pub skills: Vec<Skill>,
}

/// How it went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Played {
    /// Customers of one run who came while somebody was there for them.
    pub n: u32,
    /// Half of them were taken within this.
    pub p50_s: f64,
    /// Nine in ten were.
    pub p90_s: f64,
    /// The share that waited longer than a quarter of an hour (P43).
    pub long: f64,
    /// The share that lost patience.
    pub left: f64,
}

/// Lives through the days some times. `None` where nobody came while somebody was there.
pub fn play(
    arrivals: &[Arrival],
    shifts: &[Shift],
    learned: &Learned,
    seed: u64,
    runs: usize,
) -> Option<Played> {
    let is_met = |arrival: &&Arrival| {
        shifts.iter().any(|shift| {
            (shift.from_s..shift.to_s).contains(&arrival.at_s)
                && shift.skills.contains(&arrival.skill)
        })
    };
    let mut met: Vec<Arrival> = arrivals.iter().filter(is_met).copied().collect();
    met.sort_by(|a, b| a.at_s.total_cmp(&b.at_s).then(a.key.cmp(&b.key)));
    if met.is_empty() {
        return None;
    }
    let mut waits = Vec::with_capacity(met.len() * runs);
    let mut left = 0_u32;
    for run in 0..runs.max(1) {
        left += one_run(&met, shifts, learned, seed ^ (run as u64) << 32, &mut waits);
    }
    waits.sort_by(f64::total_cmp);
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    let all = waits.len() as f64;
    let long = waits.iter().filter(|wait| **wait > LONG_WAIT_S).count();
    Some(Played {
        n: met.len() as u32,
        p50_s: at(0.5),
        p90_s: at(0.9),
        long: long as f64 / all,
        left: f64::from(left) / all,
    })
}

/// Somebody who waits, with what chance has in store for them.
#[derive(Clone, Copy)]
struct Waiter {
    arrival: Arrival,
    patience_s: f64,
    share: f64,
}

/// One run: notes each wait, and says how many lost patience. Who does keeps the place
/// without taking an agent, so that everybody has a wait.
fn one_run(
    arrivals: &[Arrival],
    shifts: &[Shift],
    learned: &Learned,
    seed: u64,
    waits: &mut Vec<f64>,
) -> u32 {
    // Instants at which a place may come free, in milliseconds, with whose.
    let mut moments: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let millis = |at_s: f64| (at_s.max(0.0) * 1000.0) as u64;
    for shift in shifts {
        moments.push(Reverse((millis(shift.from_s), usize::MAX)));
    }
    let mut agents: Vec<usize> = shifts.iter().map(|shift| shift.agent).collect();
    agents.sort_unstable();
    agents.dedup();
    let mut held = vec![0_usize; agents.len()];
    let place_of = |agent: usize| agents.binary_search(&agent).unwrap_or(0);
    let mut queue: Vec<Waiter> = Vec::new();
    let (mut next, mut left) = (0, 0);
    loop {
        let comes = arrivals.get(next).map(|arrival| millis(arrival.at_s));
        let frees = moments.peek().map(|Reverse((at, _))| *at);
        let now_ms = match (comes, frees) {
            (Some(comes), Some(frees)) if frees <= comes => frees,
            (None, Some(frees)) => frees,
            (Some(comes), _) => comes,
            (None, None) => break,
        };
        if frees == Some(now_ms) {
            if let Some(Reverse((_, agent))) = moments.pop()
                && let Some(count) = held.get_mut(agent)
            {
                *count = count.saturating_sub(1);
            }
        } else {
            let arrival = arrivals[next];
            next += 1;
            let mut chance = Chance::new(seed, arrival.key);
            queue.push(Waiter {
                arrival,
                patience_s: learned.patience(arrival.skill, None).draw(&mut chance),
                share: chance.unit(),
            });
            queue.sort_by(|a, b| {
                let counts = |one: &Waiter| one.arrival.at_s - one.arrival.head_start_s;
                counts(a).total_cmp(&counts(b))
            });
        }
        let now_s = now_ms as f64 / 1000.0;
        let mut at = 0;
        while at < queue.len() {
            let waiter = queue[at];
            let waited_s = now_s - waiter.arrival.at_s;
            if waited_s > HORIZON_S {
                queue.remove(at);
                waits.push(HORIZON_S);
                continue;
            }
            let serves = |shift: &&Shift| {
                (shift.from_s..shift.to_s).contains(&now_s)
                    && shift.skills.contains(&waiter.arrival.skill)
                    && held[place_of(shift.agent)] < shift.capacity
            };
            let free = shifts
                .iter()
                .filter(serves)
                .min_by_key(|shift| held[place_of(shift.agent)]);
            let Some(shift) = free else {
                at += 1;
                continue;
            };
            queue.remove(at);
            waits.push(waited_s.max(0.0));
            if waited_s > waiter.patience_s {
                left += 1;
                continue;
            }
            let place = place_of(shift.agent);
            held[place] += 1;
            let usual_s = learned.handling(waiter.arrival.skill).at(waiter.share);
            let takes_s = usual_s * learned.pace(shift.agent) * learned.slowed(held[place] as f64);
            moments.push(Reverse((millis(now_s + takes_s), place)));
        }
    }
    // Nobody came for them any more on these days.
    waits.extend(queue.iter().map(|_| HORIZON_S));
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(per_hour: usize) -> Vec<Arrival> {
        (0..per_hour * 8)
            .map(|n| Arrival {
                key: n as u64,
                at_s: n as f64 * 3600.0 / per_hour as f64,
                skill: 0,
                head_start_s: 0.0,
            })
            .collect()
    }

    fn agents(count: usize) -> Vec<Shift> {
        (0..count)
            .map(|agent| Shift {
                from_s: 0.0,
                to_s: 8.0 * 3600.0,
                agent,
                capacity: 1,
                skills: vec![0],
            })
            .collect()
    }

    #[test]
    fn more_customers_wait_longer_and_more_agents_shorten_it() {
        let learned = Learned::default();
        let run = |per_hour, count| play(&day(per_hour), &agents(count), &learned, 7, 20).unwrap();
        let (calm, busy, manned) = (run(10, 3), run(24, 3), run(24, 8));
        assert!(
            calm.p90_s < busy.p90_s && manned.p90_s < busy.p90_s,
            "{calm:?} {busy:?} {manned:?}"
        );
        assert!(busy.left > calm.left && busy.long > calm.long);
        assert_eq!((calm.n, busy.n), (80, 192));
        assert_eq!(run(24, 3), busy, "a seed gives the same days again");
    }

    #[test]
    fn who_is_not_changed_has_the_same_chances() {
        let learned = Learned::default();
        let all = day(12);
        // Without the last customer nobody before them waits otherwise.
        let fewer = &all[..all.len() - 1];
        let (before, after) = (
            play(&all, &agents(2), &learned, 3, 1).unwrap(),
            play(fewer, &agents(2), &learned, 3, 1).unwrap(),
        );
        assert!((before.p50_s - after.p50_s).abs() < 60.0);
        assert_eq!(after.n + 1, before.n);
    }

    #[test]
    fn nobody_is_there_at_night() {
        let night = [Arrival {
            key: 1,
            at_s: 20.0 * 3600.0,
            skill: 0,
            head_start_s: 0.0,
        }];
        assert_eq!(play(&night, &agents(2), &Learned::default(), 1, 5), None);
        assert_eq!(play(&[], &agents(2), &Learned::default(), 1, 5), None);
    }
}
