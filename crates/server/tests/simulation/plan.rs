//! What is to happen, made of a seed before anything happens. A step means something in
//! every situation, so any part of a plan is a plan too: that is how one that goes wrong is
//! made shorter.

use crate::dice::Dice;

/// A plan.
#[derive(Clone)]
pub struct Plan {
    pub seed: u64,
    pub steps: Vec<Step>,
}

/// One step: what begins, and how many turns those under way get after it.
#[derive(Clone)]
pub struct Step {
    pub what: What,
    /// Which customer, which agent, which words.
    pub chance: u64,
    pub turns: usize,
}

/// What begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    CustomerOpens,
    CustomerWrites,
    CustomerSendsAgain,
    CustomerWantsPerson,
    CustomerGoesBack,
    CustomerChoosesEmail,
    CustomerJudges,
    CustomerSolves,
    CustomerRates,
    AgentComes,
    AgentGoesAway,
    AgentLeaves,
    AgentVanishes,
    AgentAccepts,
    AgentPulls,
    AgentDeclines,
    AgentWrites,
    AgentSendsAgain,
    AgentNotes,
    AgentResolves,
    AgentWrapsUp,
    /// Skills, capacity or teams change in the middle.
    LeadChanges,
    JobRuns,
    Sweep,
    Assign,
    /// Eight seconds at a time, with everybody's signs of life.
    LifeGoesOn,
    /// Minutes or hours in which nobody was there: the machine slept, the clock was set.
    ClockJumps,
    ClockIsSetBack,
    DiskIsFull,
    Crash,
}

/// How often each begins, out of the sum.
const WEIGHTS: [(What, usize); 30] = [
    (What::CustomerOpens, 6),
    (What::CustomerWrites, 14),
    (What::CustomerSendsAgain, 6),
    (What::CustomerWantsPerson, 8),
    (What::CustomerGoesBack, 3),
    (What::CustomerChoosesEmail, 3),
    (What::CustomerJudges, 2),
    (What::CustomerSolves, 2),
    (What::CustomerRates, 2),
    (What::AgentComes, 6),
    (What::AgentGoesAway, 2),
    (What::AgentLeaves, 2),
    (What::AgentVanishes, 2),
    (What::AgentAccepts, 10),
    (What::AgentPulls, 4),
    (What::AgentDeclines, 2),
    (What::AgentWrites, 10),
    (What::AgentSendsAgain, 3),
    (What::AgentNotes, 2),
    (What::AgentResolves, 4),
    (What::AgentWrapsUp, 1),
    (What::LeadChanges, 4),
    (What::JobRuns, 12),
    (What::Sweep, 5),
    (What::Assign, 6),
    (What::LifeGoesOn, 3),
    (What::ClockJumps, 2),
    (What::ClockIsSetBack, 1),
    (What::DiskIsFull, 2),
    (What::Crash, 3),
];

/// Steps of a plan.
const STEPS: usize = 120;

impl Plan {
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let step = |_| Step {
            what: draw(&mut dice),
            chance: dice.roll(),
            turns: dice.below(4),
        };
        Self {
            seed,
            steps: (0..STEPS).map(step).collect(),
        }
    }

    /// The same plan with fewer steps that still goes wrong, after at most `tries` tries.
    pub fn shorter(&self, mut tries: usize, goes_wrong: impl Fn(&Plan) -> bool) -> Self {
        let mut plan = self.clone();
        let mut size = plan.steps.len() / 2;
        while size > 0 && tries > 0 {
            let mut at = 0;
            while at < plan.steps.len() && tries > 0 {
                let mut without = plan.clone();
                let end = (at + size).min(plan.steps.len());
                without.steps.drain(at..end);
                tries -= 1;
                if goes_wrong(&without) {
                    plan = without;
                } else {
                    at += size;
                }
            }
            size /= 2;
        }
        plan
    }
}

fn draw(dice: &mut Dice) -> What {
    let sum = WEIGHTS.iter().map(|(_, weight)| weight).sum();
    let mut left = dice.below(sum);
    for (what, weight) in WEIGHTS {
        if left < weight {
            return what;
        }
        left -= weight;
    }
    unreachable!("the weights sum up")
}
