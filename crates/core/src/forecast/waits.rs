//! What the paths gave: of everybody who waits, each path's wait. Spans are in seconds.

use super::chance::Chance;
use super::learned::Learned;

/// The waits that the paths gave.
#[derive(Clone, Debug)]
pub struct Waits {
    paths: usize,
    /// For each waiter, each path's wait from now.
    waits: Vec<f32>,
}

impl Waits {
    /// Of each waiter in turn, each path's wait.
    pub(super) fn new(paths: usize, waits: Vec<f32>) -> Self {
        Self { paths, waits }
    }

    /// How many paths were walked.
    pub fn paths(&self) -> usize {
        self.paths
    }

    /// The wait from now that a share of the paths does not exceed, for the waiter at an
    /// index of the state's queue.
    pub fn quantile(&self, waiter: usize, share: f64) -> f64 {
        // Few are asked for of many who wait: each is put in order when it is.
        let mut waits = self.of(waiter).to_vec();
        waits.sort_unstable_by(f32::total_cmp);
        let place = (share * waits.len() as f64 - 0.5).clamp(0.0, (waits.len() - 1) as f64);
        let low = place as usize;
        let high = (low + 1).min(waits.len() - 1);
        let part = (place - low as f64) as f32;
        f64::from(waits[low] + part * (waits[high] - waits[low]))
    }

    /// The mean wait from now.
    pub fn mean(&self, waiter: usize) -> f64 {
        let waits = self.of(waiter);
        waits.iter().map(|wait| f64::from(*wait)).sum::<f64>() / waits.len() as f64
    }

    /// The same waits where nobody is asked for a waiter sooner than so many seconds from now.
    pub fn not_before(mut self, least_s: &[f64]) -> Self {
        let of_each = self.waits.chunks_mut(self.paths);
        for (waits, least_s) in of_each.zip(least_s).filter(|(_, least)| **least > 0.0) {
            for wait in waits {
                *wait = wait.max(*least_s as f32);
            }
        }
        self
    }

    /// The same waits until the first human message, which takes some time after the turn.
    pub fn until_reply(mut self, learned: &Learned, seed: u64) -> Self {
        let mut chance = Chance::new(seed, u64::MAX);
        for wait in &mut self.waits {
            *wait += learned.reply_curve.draw(&mut chance) as f32;
        }
        self
    }

    fn of(&self, waiter: usize) -> &[f32] {
        &self.waits[waiter * self.paths..(waiter + 1) * self.paths]
    }
}
