//! A contact centre that knows what the forecaster does not: how busy the day will be, who
//! is absent, when breaks come, whose handling times vary how, that agents prefer some
//! conversations, and how customers take what they are told. What happens in it comes out
//! as the events that `segue forecast` reads.

mod plan;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use segue_core::forecast::Happening;
use segue_core::forecast::chance::Chance;

use super::scenario::Settings;

const HOUR_S: f64 = 3600.0;
const DAY_S: f64 = 24.0 * HOUR_S;
/// The doors open and close.
const OPENS_S: f64 = 7.0 * HOUR_S;
const CLOSES_S: f64 = 21.0 * HOUR_S;
/// One customer in ten never loses patience; they show what the others would have waited.
const PROBES: f64 = 0.1;

/// A customer.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Which skill they need.
    pub skill: usize,
    /// When they came, in seconds from the first midnight.
    pub arrived_s: f64,
    /// Whether they wait for ever.
    pub is_probe: bool,
    /// 1 for those who go first.
    pub priority: i64,
    /// When they were served.
    pub started_s: Option<f64>,
    /// The work that they bring, in seconds of an undisturbed agent of usual pace.
    work_s: f64,
    patience_s: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Due {
    Arrive {
        customer: usize,
    },
    Impatient {
        customer: usize,
    },
    /// A conversation ends, if nothing changed for its agent since.
    Done {
        agent: usize,
        version: u32,
    },
    On {
        agent: usize,
    },
    Off {
        agent: usize,
        back_in_s: f64,
    },
    /// Says nothing and takes nothing for a while.
    Dallies {
        agent: usize,
        for_s: f64,
    },
    Looks {
        agent: usize,
    },
    HalfLeave,
    Close,
}

struct Agent {
    skills: Vec<usize>,
    capacity: usize,
    pace: f64,
    is_on: bool,
    /// Until when nothing is taken, though nobody was told.
    dallies_until_s: f64,
    held: Vec<(usize, f64)>,
    touched_s: f64,
    version: u32,
    free_since_s: f64,
    gone_today: bool,
}

/// The centre.
pub struct World {
    settings: Settings,
    chance: Chance,
    agents: Vec<Agent>,
    /// Everybody who came.
    pub customers: Vec<Customer>,
    queue: Vec<usize>,
    due: BinaryHeap<Reverse<(u64, u64)>>,
    dues: Vec<Due>,
    /// What happened and was not told yet.
    told: Vec<(f64, Happening)>,
}

/// A customer's id in the events.
pub fn id(customer: usize) -> String {
    format!("c{customer}")
}

impl World {
    /// Plays `days` days from a seed.
    pub fn new(settings: Settings, seed: u64, days: u32) -> Self {
        let mut chance = Chance::new(seed, 77);
        let mut agents = Vec::new();
        for (skills, count) in &settings.kinds {
            for _ in 0..*count {
                let (least, most) = settings.capacity;
                agents.push(Agent {
                    skills: skills.clone(),
                    capacity: least + chance.below(most - least + 1),
                    pace: (0.18 * chance.normal()).exp(),
                    is_on: false,
                    dallies_until_s: 0.0,
                    held: Vec::new(),
                    touched_s: 0.0,
                    version: 0,
                    free_since_s: 0.0,
                    gone_today: false,
                });
            }
        }
        let mut world = Self {
            settings,
            chance,
            agents,
            customers: Vec::new(),
            queue: Vec::new(),
            due: BinaryHeap::new(),
            dues: Vec::new(),
            told: Vec::new(),
        };
        for day in 0..days {
            world.plan_agents(day);
            world.plan_arrivals(day);
            world.plan(f64::from(day) * DAY_S + CLOSES_S, Due::Close);
        }
        if world.settings.shock {
            world.plan(f64::from(days - 1) * DAY_S + 12.0 * HOUR_S, Due::HalfLeave);
        }
        world
    }

    fn plan(&mut self, at_s: f64, due: Due) {
        self.dues.push(due);
        self.due.push(Reverse((
            (at_s * 1000.0) as u64,
            self.dues.len() as u64 - 1,
        )));
    }

    /// The next thing that happens, with its time; `None` after the last day.
    pub fn next(&mut self) -> Option<(f64, Happening)> {
        while self.told.is_empty() {
            let Reverse((at_ms, index)) = self.due.pop()?;
            self.happen(at_ms as f64 / 1000.0, self.dues[index as usize]);
            self.told.reverse();
        }
        self.told.pop()
    }

    /// A customer is told of a wait. Who knows waits longer, up to what was said; after it,
    /// patience is soon over; of those who hear of a long wait some leave at once.
    pub fn told_wait(&mut self, customer: usize, now_s: f64, told_s: f64) {
        if self.customers[customer].is_probe || self.customers[customer].started_s.is_some() {
            return;
        }
        let unwilling = (told_s / HOUR_S).min(1.0) * 0.25;
        let leaves = self.chance.unit() < unwilling;
        let patience = &mut self.customers[customer].patience_s;
        *patience = if leaves {
            30.0
        } else if *patience < told_s {
            *patience + 0.3 * (told_s - *patience)
        } else {
            told_s + 0.6 * (*patience - told_s)
        };
        let leaves_s = now_s + *patience;
        self.plan(leaves_s, Due::Impatient { customer });
    }

    fn happen(&mut self, now_s: f64, due: Due) {
        match due {
            Due::Arrive { customer } => self.arrive(now_s, customer),
            Due::Impatient { customer } => self.leave(now_s, customer),
            Due::Done { agent, version } if self.agents[agent].version == version => {
                self.finish(now_s, agent)
            }
            Due::Done { .. } => {}
            Due::On { agent } => self.come(now_s, agent),
            Due::Off { agent, back_in_s } => self.go(now_s, agent, back_in_s),
            Due::Dallies { agent, for_s } => {
                self.agents[agent].dallies_until_s = now_s + for_s;
                self.plan(now_s + for_s, Due::Looks { agent });
            }
            Due::Looks { agent } => self.look(now_s, agent),
            Due::HalfLeave => {
                let on: Vec<usize> = (0..self.agents.len())
                    .filter(|agent| self.agents[*agent].is_on)
                    .collect();
                for agent in on.into_iter().step_by(2) {
                    self.go(now_s, agent, f64::INFINITY);
                    self.agents[agent].gone_today = true;
                }
            }
            Due::Close => {
                for customer in std::mem::take(&mut self.queue) {
                    self.told
                        .push((now_s, Happening::Abandon { id: id(customer) }));
                }
                self.agents
                    .iter_mut()
                    .for_each(|agent| agent.gone_today = false);
            }
        }
    }

    fn name(agent: usize) -> String {
        format!("a{agent}")
    }

    fn come(&mut self, now_s: f64, agent: usize) {
        let it = &mut self.agents[agent];
        if it.is_on || it.gone_today {
            return;
        }
        it.is_on = true;
        it.free_since_s = now_s;
        let skills = it
            .skills
            .iter()
            .map(|skill| self.settings.skills[*skill].0.to_owned());
        let happening = Happening::AgentOn {
            agent: Self::name(agent),
            skills: skills.collect(),
            capacity: it.capacity,
            until_s: None,
        };
        self.told.push((now_s, happening));
        self.look(now_s, agent);
    }

    fn go(&mut self, now_s: f64, agent: usize, back_in_s: f64) {
        if !self.agents[agent].is_on {
            return;
        }
        self.agents[agent].is_on = false;
        self.told.push((
            now_s,
            Happening::AgentOff {
                agent: Self::name(agent),
            },
        ));
        if back_in_s.is_finite() {
            self.plan(now_s + back_in_s.max(60.0), Due::On { agent });
        } else {
            self.agents[agent].gone_today = true;
        }
    }

    fn arrive(&mut self, now_s: f64, customer: usize) {
        let it = &self.customers[customer];
        let happening = Happening::Arrive {
            id: id(customer),
            skill: self.settings.skills[it.skill].0.to_owned(),
            priority: it.priority,
        };
        let (skill, patience_s, is_probe) = (it.skill, it.patience_s, it.is_probe);
        self.told.push((now_s, happening));
        self.queue.push(customer);
        let can = |agent: &usize| {
            let it = &self.agents[*agent];
            it.skills.contains(&skill) && self.is_free(now_s, *agent)
        };
        let free = (0..self.agents.len()).filter(can);
        let longest_free = free.min_by(|a, b| {
            let (a, b) = (&self.agents[*a], &self.agents[*b]);
            a.held
                .len()
                .cmp(&b.held.len())
                .then(a.free_since_s.total_cmp(&b.free_since_s))
        });
        match longest_free {
            Some(agent) => self.look(now_s, agent),
            None if !is_probe => self.plan(now_s + patience_s, Due::Impatient { customer }),
            None => {}
        }
    }

    fn leave(&mut self, now_s: f64, customer: usize) {
        // What was told since may have moved the moment.
        let it = &self.customers[customer];
        let is_due = now_s + 0.5 >= it.arrived_s + it.patience_s;
        if let Some(place) = self
            .queue
            .iter()
            .position(|other| *other == customer)
            .filter(|_| is_due)
        {
            self.queue.remove(place);
            self.told
                .push((now_s, Happening::Abandon { id: id(customer) }));
        }
    }

    fn is_free(&self, now_s: f64, agent: usize) -> bool {
        let it = &self.agents[agent];
        it.is_on && it.held.len() < it.capacity && now_s >= it.dallies_until_s
    }

    /// An agent looks at the queue and takes what they can.
    fn look(&mut self, now_s: f64, agent: usize) {
        while self.is_free(now_s, agent) {
            let skills = self.agents[agent].skills.clone();
            let prefers = skills.len() > 1 && self.chance.unit() < self.settings.prefers;
            let mine = self
                .queue
                .iter()
                .enumerate()
                .filter(|(_, customer)| skills.contains(&self.customers[**customer].skill));
            let first = mine.min_by(|(_, a), (_, b)| {
                let (a, b) = (&self.customers[**a], &self.customers[**b]);
                let by_wait = b
                    .priority
                    .cmp(&a.priority)
                    .then(a.arrived_s.total_cmp(&b.arrived_s));
                if prefers {
                    (a.skill != skills[0])
                        .cmp(&(b.skill != skills[0]))
                        .then(by_wait)
                } else {
                    by_wait
                }
            });
            let Some((place, customer)) = first.map(|(place, customer)| (place, *customer)) else {
                return;
            };
            self.queue.remove(place);
            self.customers[customer].started_s = Some(now_s);
            self.settle(now_s, agent);
            let work_s = self.customers[customer].work_s;
            self.agents[agent].held.push((customer, work_s));
            self.told.push((
                now_s,
                Happening::Start {
                    id: id(customer),
                    agent: Some(Self::name(agent)),
                },
            ));
            self.plan_done(now_s, agent);
        }
    }

    fn speed(&self, agent: usize) -> f64 {
        let it = &self.agents[agent];
        1.0 / it.pace / (it.held.len().max(1) as f64).powf(self.settings.crowding)
    }

    fn settle(&mut self, now_s: f64, agent: usize) {
        let speed = self.speed(agent);
        let it = &mut self.agents[agent];
        let done_s = (now_s - it.touched_s) * speed;
        it.held.iter_mut().for_each(|(_, left_s)| *left_s -= done_s);
        it.touched_s = now_s;
    }

    fn plan_done(&mut self, now_s: f64, agent: usize) {
        self.agents[agent].version += 1;
        let least = self.agents[agent]
            .held
            .iter()
            .map(|(_, left_s)| *left_s)
            .reduce(f64::min);
        if let Some(least) = least {
            let version = self.agents[agent].version;
            let at_s = now_s + (least / self.speed(agent)).max(0.001);
            self.plan(at_s, Due::Done { agent, version });
        }
    }

    fn finish(&mut self, now_s: f64, agent: usize) {
        self.settle(now_s, agent);
        let it = &mut self.agents[agent];
        let least = (0..it.held.len()).min_by(|a, b| it.held[*a].1.total_cmp(&it.held[*b].1));
        if let Some(index) = least {
            let (customer, _) = it.held.remove(index);
            it.free_since_s = now_s;
            self.told
                .push((now_s, Happening::Finish { id: id(customer) }));
        }
        self.plan_done(now_s, agent);
        // After some, a note is written.
        if self.chance.unit() < 0.3 {
            let for_s = 15.0 + 25.0 * self.chance.unit();
            self.agents[agent].dallies_until_s =
                self.agents[agent].dallies_until_s.max(now_s + for_s);
            self.plan(now_s + for_s, Due::Looks { agent });
        } else {
            self.look(now_s, agent);
        }
    }
}
