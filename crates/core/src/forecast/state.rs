//! A queue and its agents at one moment, as the paths begin from them.

use super::absences::Leave;
use super::learned::Skill;

/// A queue and its agents at one moment.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Seconds since some midnight.
    pub now_s: f64,
    /// Full days that were seen before.
    pub days: f64,
    /// Who waits, in the order in which they are served.
    pub waiting: Vec<Waiter>,
    /// Who serves or may come to serve.
    pub agents: Vec<AgentNow>,
    /// By how much earlier a wait counts as come for each step of its priority, in seconds;
    /// `None` where higher priority always goes first.
    pub head_start_s: Option<f64>,
    /// What each skill here is called in what was learned; empty where it is the same.
    pub learned_as: Vec<Skill>,
}

impl State {
    pub(super) fn learned_as(&self, skill: Skill) -> Skill {
        let learned_as = self.learned_as.get(usize::from(skill));
        learned_as.copied().unwrap_or(skill)
    }

    /// The skill here that something learned is about.
    pub(super) fn here(&self, learned: Skill) -> Option<Skill> {
        if self.learned_as.is_empty() {
            return Some(learned);
        }
        let found = self.learned_as.iter().position(|other| *other == learned);
        found.map(|index| index as Skill)
    }

    /// How many of those who wait somebody of a priority who comes now leaves before them.
    pub fn place_of(&self, priority: i64) -> usize {
        let goes_before = |waiter: &&Waiter| match self.head_start_s {
            None => waiter.priority >= priority,
            Some(step_s) => {
                waiter.waited_s + step_s * waiter.priority as f64 >= step_s * priority as f64
            }
        };
        self.waiting.iter().filter(goes_before).count()
    }
}

/// A customer who waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiter {
    /// Which agents can serve them: those with this skill.
    pub skill: Skill,
    /// Higher goes first.
    pub priority: i64,
    /// How long they have waited.
    pub waited_s: f64,
    /// The wait that they were told at first, if that is known.
    pub told_s: Option<f64>,
    /// What serving them takes of an agent's capacity.
    pub units: usize,
    /// Whether they wait for as long as it takes, as who is answered by e-mail does.
    pub stays: bool,
}

/// An agent at one moment.
#[derive(Clone, Debug)]
pub struct AgentNow {
    /// A number that stays the same, for their pace.
    pub number: usize,
    /// What they can serve.
    pub skills: Vec<Skill>,
    /// How many units they take at once.
    pub capacity: usize,
    /// What they hold.
    pub held: Vec<Held>,
    /// For how long they have had a free place and somebody to serve; `None` when they
    /// would begin at once.
    pub dallies_s: Option<f64>,
    /// Whether they are there.
    pub presence: Presence,
    /// When they are known to go, seconds from now.
    pub goes_in_s: Option<f64>,
}

/// Whether an agent is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Presence {
    /// There, so long after the beginning of their day.
    Here(f64),
    /// Away.
    Away {
        /// How they went.
        leave: Leave,
        /// How long ago that was.
        for_s: f64,
    },
}

/// A conversation that an agent holds.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Of which skill.
    pub skill: Skill,
    /// Work done on it: its time so far, less what other conversations took of it.
    pub worked_s: f64,
    /// What it takes of the agent's capacity.
    pub units: usize,
}
