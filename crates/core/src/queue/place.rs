//! Which place in line a customer is told (P30).
//!
//! "You are #n" means: n − 1 conversations stand before yours that the same people answer.
//! The same people are a team, with the team that helps it out once it does, or everybody
//! where no team answers; a conversation for everybody counts before and behind all others.
//! Somebody who works in two teams may be taken by the other one meanwhile: that is no
//! place lost. The place grows only when somebody with a higher priority came after
//! ([`Place::urgent_ahead`]), or when somebody who came before is in line again: their
//! agent had to leave, or this team began to help theirs.

use std::collections::HashMap;

use super::Waiting;
use crate::route::{Floor, Reach};
use crate::time::Timestamp;

/// A place in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// 1 for the next.
    pub position: u32,
    /// Of those before, how many came later and are more urgent.
    pub urgent_ahead: u32,
}

/// The places of a queue that is in order, one for each wait. One walk for all of them:
/// those of one reach and priority stand by when they came, so that few numbers say what
/// stands before any of them.
pub fn places(queue: &[Waiting], floor: &Floor, now: Timestamp) -> Vec<Place> {
    let mut classes: Vec<(Reach, Ahead)> = Vec::new();
    let mut numbers: HashMap<Reach, usize> = HashMap::new();
    let mut places = Vec::with_capacity(queue.len());
    for waiting in queue {
        let reach = floor.reach(waiting, now);
        let number = *numbers.entry(reach.clone()).or_insert_with(|| {
            classes.push((reach.clone(), Ahead::default()));
            classes.len() - 1
        });
        let (mut before, mut urgent) = (0, 0);
        let rivals = classes.iter().filter(|(other, _)| other.meets(&reach));
        for (_, ahead) in rivals {
            before += ahead.count;
            urgent += ahead.more_urgent_than(waiting);
        }
        places.push(Place {
            position: before + 1,
            urgent_ahead: urgent,
        });
        classes[number].1.add(waiting);
    }
    places
}

/// The place that a wait takes in a queue that was read before it came.
pub fn place_of(waiting: &Waiting, queue: &[Waiting], floor: &Floor, now: Timestamp) -> Place {
    let reach = floor.reach(waiting, now);
    let turn = |it: &Waiting| (it.counts_from(), it.conversation_id.clone());
    let stands_before = |other: &&Waiting| {
        other.conversation_id != waiting.conversation_id
            && turn(other) < turn(waiting)
            && floor.reach(other, now).meets(&reach)
    };
    let is_urgent = |other: &&Waiting| {
        !other.by_email
            && other.queued_at > waiting.queued_at
            && other.needs.priority > waiting.needs.priority
    };
    let before = || queue.iter().filter(stands_before);
    Place {
        position: before().count() as u32 + 1,
        urgent_ahead: before().filter(is_urgent).count() as u32,
    }
}

/// Those of one reach that stand before whom the walk has come to.
#[derive(Default)]
struct Ahead {
    count: u32,
    /// When those who wait in person came, by their priority; each list grows in time, but
    /// for second conversations of one customer, which come last.
    came: Vec<(u8, Vec<Timestamp>)>,
}

impl Ahead {
    fn add(&mut self, waiting: &Waiting) {
        self.count += 1;
        if waiting.by_email {
            return;
        }
        let level = waiting.needs.priority.level();
        let came = match self.came.iter_mut().find(|(other, _)| *other == level) {
            Some((_, came)) => came,
            None => {
                self.came.push((level, Vec::new()));
                &mut self.came.last_mut().expect("it was just pushed").1
            }
        };
        if came.last().is_none_or(|last| *last <= waiting.queued_at) {
            came.push(waiting.queued_at);
        }
    }

    fn more_urgent_than(&self, waiting: &Waiting) -> u32 {
        let level = waiting.needs.priority.level();
        let urgent = self.came.iter().filter(|(other, _)| *other > level);
        urgent
            .map(|(_, came)| {
                let earlier = came.partition_point(|at| *at <= waiting.queued_at);
                (came.len() - earlier) as u32
            })
            .sum()
    }
}
