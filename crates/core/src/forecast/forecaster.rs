//! A forecaster that is told what happens, in time order, and keeps the queue, the agents
//! and what was learned. It never knows more than it was told.

mod look;
mod notice;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use super::absences::{Leave, NEW_DAY_S};
use super::correct::{Correction, Outcome};
use super::happening::{Forecast, Happening};
use super::learned::{Learned, Skill};
use super::promise::spoken_minutes;

/// Agents away for longer than this are not expected.
const FORGOTTEN_S: f64 = 40.0 * 3600.0;
/// After so long without anything an agent has nothing left to write up.
const RESTED_S: f64 = 60.0;
/// Skills beyond this many share the last one.
const MOST_SKILLS: usize = 4096;

#[derive(Clone, Debug)]
struct Agent {
    skills: Vec<Skill>,
    serves_all: bool,
    capacity: usize,
    held: Vec<Work>,
    is_on: bool,
    /// Since when on, or off.
    since_s: f64,
    day_since_s: f64,
    until_s: Option<f64>,
    /// Whether many others went when they did.
    together: bool,
    /// When something of theirs last changed.
    touched_s: f64,
}

#[derive(Clone, Debug)]
struct Work {
    id: String,
    skill: Skill,
    started_s: f64,
    worked_s: f64,
    /// The number held, summed over time.
    crowd: f64,
}

#[derive(Clone, Debug)]
struct Wait {
    skill: Skill,
    priority: i64,
    since_s: f64,
    said: Option<Said>,
}

#[derive(Clone, Debug)]
struct Said {
    p50_s: f64,
    p90_s: f64,
    scored: [bool; 2],
}

impl Wait {
    /// What the customer heard.
    fn told_s(&self) -> Option<f64> {
        let minutes = |said: &Said| spoken_minutes((said.p90_s * 1000.0) as i64);
        self.said
            .as_ref()
            .map(|said| f64::from(minutes(said)) * 60.0)
    }
}

/// A place in the order of those who wait: falling priority, then arrival.
type Key = (i64, u64);
/// When a forecast passes, in milliseconds, whose it is, and of which level.
type Passing = (u64, Key, usize);

#[derive(Clone, Debug)]
enum Whereabouts {
    Waits(Key),
    With(Option<usize>),
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Forecaster {
    seed: u64,
    now_s: f64,
    began_s: Option<f64>,
    skills: HashMap<String, Skill>,
    agent_numbers: HashMap<String, usize>,
    agents: Vec<Agent>,
    conversations: HashMap<String, Whereabouts>,
    /// By falling priority, then by arrival.
    waiting: BTreeMap<Key, Wait>,
    arrivals: u64,
    passing: BinaryHeap<Reverse<Passing>>,
    learned: Learned,
    corrections: [Correction; 2],
}

impl Forecaster {
    /// Knows nothing yet.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            now_s: 0.0,
            began_s: None,
            skills: HashMap::new(),
            agent_numbers: HashMap::new(),
            agents: Vec::new(),
            conversations: HashMap::new(),
            waiting: BTreeMap::new(),
            arrivals: 0,
            passing: BinaryHeap::new(),
            learned: Learned::default(),
            corrections: [Correction::new(0.5), Correction::new(0.9)],
        }
    }

    /// What was learned so far.
    pub fn learned(&self) -> &Learned {
        &self.learned
    }

    /// Hears what happened at `at_s`; for an arrival that has to wait the forecast comes
    /// back. Times that go backwards count as the latest one.
    pub fn hear(&mut self, at_s: f64, happening: Happening) -> Option<Forecast> {
        self.now_s = if self.began_s.is_some() {
            self.now_s.max(at_s)
        } else {
            at_s
        };
        self.began_s.get_or_insert(self.now_s);
        self.let_forecasts_pass();
        match happening {
            Happening::AgentOn {
                agent,
                skills,
                capacity,
                until_s,
            } => {
                self.agent_on(agent, &skills, capacity, until_s);
            }
            Happening::AgentOff { agent } => self.agent_off(agent),
            Happening::Arrive {
                id,
                skill,
                priority,
            } => return self.arrive(id, skill, priority),
            Happening::Abandon { id } => self.abandon(&id),
            Happening::Start { id, agent } => self.start(id, agent),
            Happening::Finish { id } => self.finish(&id),
        }
        None
    }

    fn skill(&mut self, name: String) -> Skill {
        let next = self.skills.len().min(MOST_SKILLS) as Skill;
        *self.skills.entry(name).or_insert(next)
    }

    fn agent(&mut self, name: String) -> usize {
        if let Some(number) = self.agent_numbers.get(&name) {
            return *number;
        }
        self.agents.push(Agent {
            skills: Vec::new(),
            serves_all: false,
            capacity: 1,
            held: Vec::new(),
            is_on: false,
            since_s: f64::NEG_INFINITY,
            day_since_s: self.now_s,
            until_s: None,
            together: false,
            touched_s: self.now_s,
        });
        self.agent_numbers.insert(name, self.agents.len() - 1);
        self.agents.len() - 1
    }

    fn agent_on(&mut self, name: String, skills: &[String], capacity: usize, until_s: Option<f64>) {
        let skills: Vec<Skill> = skills
            .iter()
            .map(|skill| self.skill(skill.clone()))
            .collect();
        let number = self.agent(name);
        self.settle(number);
        let now_s = self.now_s;
        let agent = &mut self.agents[number];
        if !agent.is_on {
            let away_s = now_s - agent.since_s;
            if away_s.is_finite() {
                self.learned.came_back(agent.leave(), away_s);
            }
            if away_s > NEW_DAY_S {
                agent.day_since_s = now_s;
            }
            agent.is_on = true;
            agent.since_s = now_s;
        }
        agent.serves_all = skills.is_empty();
        agent.skills = skills;
        agent.capacity = capacity.clamp(1, 1000);
        agent.until_s = until_s;
        agent.touched_s = now_s;
    }

    fn agent_off(&mut self, name: String) {
        let number = self.agent(name);
        self.cut_dallying(number);
        self.settle(number);
        let now_s = self.now_s;
        let agent = &mut self.agents[number];
        if agent.is_on {
            let from_s = (agent.since_s - agent.day_since_s).max(0.0);
            self.learned.went(from_s, now_s - agent.day_since_s);
            agent.is_on = false;
            agent.since_s = now_s;
            agent.together = false;
            self.see_who_went_together();
        }
        self.agents[number].touched_s = now_s;
    }

    fn arrive(&mut self, id: String, skill: String, priority: i64) -> Option<Forecast> {
        self.leave_where_it_is(&id);
        let skill = self.skill(skill);
        self.learned.arrived(skill, priority, self.now_s);
        let is_taken_at_once = self.somebody_is_free(skill);
        let key = (priority.saturating_neg(), self.arrivals);
        self.arrivals += 1;
        self.conversations
            .insert(id.clone(), Whereabouts::Waits(key));
        self.waiting.insert(
            key,
            Wait {
                skill,
                priority,
                since_s: self.now_s,
                said: None,
            },
        );
        if is_taken_at_once {
            return None;
        }
        let forecast = self.forecast(key);
        if let Some(wait) = self.waiting.get_mut(&key) {
            wait.said = Some(Said {
                p50_s: forecast.p50_s,
                p90_s: forecast.p90_s,
                scored: [false; 2],
            });
            for (level, span_s) in [forecast.p50_s, forecast.p90_s].into_iter().enumerate() {
                let passes_ms = ((self.now_s + span_s).max(0.0) * 1000.0) as u64;
                self.passing.push(Reverse((passes_ms, key, level)));
            }
        }
        Some(forecast)
    }

    /// Whether an agent would take a new arrival at once. One who lets others wait is not
    /// free, whatever they say, and where agents write notes after a conversation, neither
    /// is who has just ended one.
    fn somebody_is_free(&self, skill: Skill) -> bool {
        if !self.learned.picks_up_at_once(true) {
            return false;
        }
        let rested_s = if self.learned.picks_up_at_once(false) {
            0.0
        } else {
            RESTED_S
        };
        let oldest = self.oldest();
        self.agents.iter().any(|agent| {
            agent.serves(skill)
                && self.now_s - agent.touched_s >= rested_s
                && agent.is_on
                && agent.held.len() < agent.capacity
                && self
                    .dallies_s(agent, &oldest)
                    .is_none_or(|for_s| for_s < 1.0)
        })
    }

    fn cut_dallying(&mut self, number: usize) {
        let agent = &self.agents[number];
        if agent.held.len() >= agent.capacity {
            return;
        }
        if let Some(for_s) = self
            .dallies_s(agent, &self.oldest())
            .filter(|for_s| *for_s > 0.0)
        {
            self.learned.not_picked_up(for_s);
        }
    }

    fn abandon(&mut self, id: &str) {
        let Some(Whereabouts::Waits(key)) = self.conversations.get(id).cloned() else {
            return;
        };
        self.conversations.remove(id);
        if let Some(wait) = self.waiting.remove(&key) {
            let waited_s = self.now_s - wait.since_s;
            self.learned.left(wait.skill, wait.told_s(), waited_s);
            self.score(&wait, waited_s, true);
        }
    }

    fn start(&mut self, id: String, agent: Option<String>) {
        let number = agent.map(|name| self.agent(name));
        let mut skill = None;
        match self.conversations.remove(&id) {
            Some(Whereabouts::Waits(key)) => {
                if let Some(wait) = self.waiting.remove(&key) {
                    let waited_s = self.now_s - wait.since_s;
                    self.learned.served(wait.skill, wait.told_s(), waited_s);
                    self.score(&wait, waited_s, false);
                    if let Some(number) = number {
                        self.see_choice(number, key, &wait);
                        let touched_s = self.agents[number].touched_s;
                        let rested = wait.since_s - touched_s >= RESTED_S;
                        self.learned
                            .picked_up(self.now_s - touched_s.max(wait.since_s), rested);
                    }
                    skill = Some(wait.skill);
                }
            }
            Some(Whereabouts::With(Some(other))) => {
                self.settle(other);
                let held = &mut self.agents[other].held;
                skill = held
                    .iter()
                    .find(|work| work.id == id)
                    .map(|work| work.skill);
                held.retain(|work| work.id != id);
                self.agents[other].touched_s = self.now_s;
            }
            Some(Whereabouts::With(None)) | None => {}
        }
        let Some(number) = number else {
            self.conversations.insert(id, Whereabouts::With(None));
            return;
        };
        self.settle(number);
        let agent = &mut self.agents[number];
        let skill = skill.or_else(|| agent.skills.first().copied());
        let skill = skill.unwrap_or_else(|| self.skill(String::new()));
        let agent = &mut self.agents[number];
        if !agent.is_on {
            // Nobody said that they are there, but they are.
            agent.is_on = true;
            agent.since_s = self.now_s;
        }
        if !agent.serves(skill) {
            agent.skills.push(skill);
        }
        agent.held.push(Work {
            id: id.clone(),
            skill,
            started_s: self.now_s,
            worked_s: 0.0,
            crowd: 0.0,
        });
        agent.capacity = agent.capacity.max(agent.held.len());
        agent.touched_s = self.now_s;
        self.conversations
            .insert(id, Whereabouts::With(Some(number)));
    }

    fn finish(&mut self, id: &str) {
        match self.conversations.remove(id) {
            Some(Whereabouts::With(Some(number))) => {
                self.cut_dallying(number);
                self.settle(number);
                let agent = &mut self.agents[number];
                agent.touched_s = self.now_s;
                let Some(index) = agent.held.iter().position(|work| work.id == id) else {
                    return;
                };
                let work = agent.held.remove(index);
                let span_s = self.now_s - work.started_s;
                let held = if span_s > 0.0 {
                    work.crowd / span_s
                } else {
                    1.0
                };
                self.learned.handled(work.skill, number, span_s, held);
            }
            Some(Whereabouts::Waits(key)) => {
                // Settled without anybody: it shows only that they waited so long.
                if let Some(wait) = self.waiting.remove(&key) {
                    let waited_s = self.now_s - wait.since_s;
                    self.learned.served(wait.skill, wait.told_s(), waited_s);
                }
            }
            Some(Whereabouts::With(None)) | None => {}
        }
    }

    /// An id that comes again starts anew.
    fn leave_where_it_is(&mut self, id: &str) {
        match self.conversations.remove(id) {
            Some(Whereabouts::Waits(key)) => {
                self.waiting.remove(&key);
            }
            Some(Whereabouts::With(Some(number))) => {
                self.settle(number);
                self.agents[number].held.retain(|work| work.id != id);
                self.agents[number].touched_s = self.now_s;
            }
            Some(Whereabouts::With(None)) | None => {}
        }
    }

    /// Counts the work that an agent did since something of theirs last changed.
    fn settle(&mut self, number: usize) {
        let held = self.agents[number].held.len();
        let slowed = self.learned.slowed(held as f64);
        let agent = &mut self.agents[number];
        let passed_s = self.now_s - agent.touched_s;
        for work in &mut agent.held {
            work.worked_s += passed_s / slowed;
            work.crowd += passed_s * held as f64;
        }
        agent.touched_s = self.now_s;
    }

    fn let_forecasts_pass(&mut self) {
        let now_ms = (self.now_s.max(0.0) * 1000.0) as u64;
        while let Some(Reverse((passes_ms, key, level))) = self.passing.peek().copied() {
            if passes_ms >= now_ms {
                return;
            }
            self.passing.pop();
            if let Some(wait) = self.waiting.get_mut(&key)
                && let Some(said) = &mut wait.said
            {
                said.scored[level] = true;
                self.corrections[level].learn(wait.skill, wait.since_s, Outcome::Beyond);
            }
        }
    }

    fn score(&mut self, wait: &Wait, waited_s: f64, left: bool) {
        let Some(said) = &wait.said else {
            return;
        };
        for (level, span_s) in [said.p50_s, said.p90_s].into_iter().enumerate() {
            if said.scored[level] {
                continue;
            }
            let outcome = if left {
                Outcome::left(level, said.p50_s, said.p90_s, waited_s)
            } else if waited_s <= span_s {
                Outcome::Within
            } else {
                Outcome::Beyond
            };
            self.corrections[level].learn(wait.skill, wait.since_s, outcome);
        }
    }
}

impl Agent {
    fn leave(&self) -> Leave {
        Leave {
            after_s: self.since_s - self.day_since_s,
            together: self.together,
        }
    }

    fn serves(&self, skill: Skill) -> bool {
        self.serves_all || self.skills.contains(&skill)
    }
}

#[cfg(test)]
#[path = "forecaster_tests.rs"]
mod tests;
