//! What the paths do not know is learned from what came of them: each queue's forecasts are
//! stretched or shrunk so that the share that was promised is the share that is kept. The
//! step after each case is the gradient of the pinball loss: adaptive conformal inference
//! (Gibbs and Candès, "Adaptive conformal inference under distribution shift", 2021), here
//! on the logarithm of the forecast, as in quantile tracking (Angelopoulos, Candès and
//! Tibshirani, "Conformal PID control", 2023). A miss stretches at once and far, a hit
//! shrinks a little: at 90 %, nine times less.
//!
//! Customers who leave before their turn hide how long they would have waited, and the long
//! waits are hidden most: leaving them out would cost 6 to 8 points. Each counts as kept
//! with the chance that a wait which has lasted so long would still have ended in time
//! (the redistribution of censored weight of Portnoy, "Censored regression quantiles",
//! 2003). Weighting those who were served by the inverse of the patience that it took is
//! unbiased as well, but a few of them then weigh as much as all others.

use super::learned::Skill;
use super::spans::normal_below;

/// How far one case moves the factor of all queues together, and of its own.
const STEP_ALL: f64 = 0.002;
const STEP_EACH: f64 = 0.003;
/// How much of what is peculiar to a queue, or to a part of the day, is kept at each case.
const KEPT: f64 = 0.999;
/// Parts of the day: three hours each.
const PARTS: usize = 8;
/// The logarithm of a factor stays within these.
const BOUND: f64 = 1.6;

/// How the wait of a forecast ended, as far as it can be known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// Served within the forecast.
    Within,
    /// The forecast passed.
    Beyond,
    /// Left before the forecast had passed; the chance that it would have been kept.
    Left(f64),
}

impl Outcome {
    /// Of somebody who left after `waited_s`, when `p50_s` and `p90_s` had been said: the
    /// chance that the wait would have ended within the forecast of a level (0 for half, 1
    /// for 90 %), if what was said is true and waits are log-normal.
    pub fn left(level: usize, p50_s: f64, p90_s: f64, waited_s: f64) -> Self {
        let spread = ((p90_s + 1.0) / (p50_s + 1.0)).ln() / 1.2816;
        let over = ((waited_s + 1.0) / (p50_s + 1.0)).ln();
        let over_by_now = normal_below(over / spread.max(0.05));
        let within = [0.5, 0.9][level.min(1)];
        Outcome::Left((within - over_by_now) / (1.0 - over_by_now).max(1e-6))
    }
}

/// The corrections of one level, such as 0.9.
#[derive(Clone, Debug)]
pub struct Correction {
    level: f64,
    all: f64,
    each: Vec<f64>,
    /// By the part of the day.
    parts: [f64; PARTS],
}

fn part(at_s: f64) -> usize {
    (at_s.rem_euclid(86_400.0) / 10_800.0) as usize % PARTS
}

impl Correction {
    /// None yet.
    pub fn new(level: f64) -> Self {
        Self {
            level,
            all: 0.0,
            each: Vec::new(),
            parts: [0.0; PARTS],
        }
    }

    /// By what a forecast for a skill at a time of the day is multiplied.
    pub fn factor(&self, skill: Skill, at_s: f64) -> f64 {
        let own = self.each.get(usize::from(skill)).copied().unwrap_or(0.0);
        (self.all + own + self.parts[part(at_s)])
            .clamp(-BOUND, BOUND)
            .exp()
    }

    /// Learns from a case.
    pub fn learn(&mut self, skill: Skill, at_s: f64, outcome: Outcome) {
        let hit = match outcome {
            Outcome::Within => 1.0,
            Outcome::Beyond => 0.0,
            Outcome::Left(chance) => chance.clamp(0.0, 1.0),
        };
        let pull = self.level - hit;
        let index = usize::from(skill);
        if self.each.len() <= index {
            self.each.resize(index + 1, 0.0);
        }
        self.all = (self.all + STEP_ALL * pull).clamp(-BOUND, BOUND);
        let part = &mut self.parts[part(at_s)];
        *part = (*part * KEPT + STEP_EACH * pull).clamp(-BOUND, BOUND);
        // What is peculiar to a queue is forgotten in favour of what all show.
        self.each[index] = (self.each[index] * KEPT + STEP_EACH * pull).clamp(-BOUND, BOUND);
    }
}
