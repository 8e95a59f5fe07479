//! The queue and the agents as they are now, and the forecast made of them.

use super::super::learned::Skill;
use super::super::rollout::{AgentNow, Held, Presence, State, Waiter, paths_for, roll};
use super::{Agent, FORGOTTEN_S, Forecast, Forecaster};

impl Forecaster {
    /// Since when the first of each skill waits.
    pub(super) fn oldest(&self) -> Vec<f64> {
        let mut oldest = vec![f64::INFINITY; self.skills.len()];
        for wait in self.waiting.values() {
            let oldest = &mut oldest[usize::from(wait.skill)];
            *oldest = oldest.min(wait.since_s);
        }
        oldest
    }

    /// For how long an agent has had a free place and somebody to serve.
    pub(super) fn dallies_s(&self, agent: &Agent, oldest: &[f64]) -> Option<f64> {
        if !agent.is_on || agent.held.len() >= agent.capacity {
            return None;
        }
        let skills = (0..oldest.len()).filter(|skill| agent.serves(*skill as Skill));
        let since_s = skills
            .map(|skill| oldest[skill])
            .fold(f64::INFINITY, f64::min);
        since_s
            .is_finite()
            .then(|| self.now_s - since_s.max(agent.touched_s))
    }

    pub(super) fn forecast(&mut self, key: (i64, u64)) -> Forecast {
        let state = self.state();
        self.refresh(&state);
        let index = self.waiting.range(..key).count();
        let skill = state.waiting[index].skill;
        let position = state.waiting[..=index]
            .iter()
            .filter(|wait| wait.skill == skill)
            .count();
        let mut ahead = state;
        ahead.waiting.truncate(index + 1);
        let seed = self.seed ^ self.arrivals;
        let waits = roll(&ahead, &self.learned, seed, paths_for(ahead.waiting.len()));
        // A forecast of nothing at all could not be stretched.
        let little_s = 0.025 * self.learned.handling_s(skill);
        let [p50_s, rolled_p90_s] = [0.5, 0.9].map(|share| waits.quantile(index, share));
        let p50_s = (p50_s + little_s) * self.corrections[0].factor(skill, self.now_s) - little_s;
        let p90_s = (rolled_p90_s + little_s) * self.corrections[1].factor(skill, self.now_s);
        Forecast {
            position,
            p50_s: p50_s.clamp(0.0, p90_s),
            p90_s,
            rolled_p90_s,
            n: self.learned.handled_n() as u32,
            seed,
        }
    }

    fn refresh(&mut self, state: &State) {
        let held = state.agents.iter().flat_map(|agent| &agent.held);
        let held: Vec<_> = held.map(|held| (held.skill, held.worked_s)).collect();
        let waiting: Vec<_> = state
            .waiting
            .iter()
            .map(|wait| (wait.skill, wait.told_s, wait.waited_s))
            .collect();
        let (mut present, mut absent) = (Vec::new(), Vec::new());
        for agent in &state.agents {
            match agent.presence {
                Presence::Here(for_s) => {
                    let here_s = self.now_s - self.agents[agent.number].since_s;
                    present.push(((for_s - here_s).max(0.0), for_s));
                }
                Presence::Away { leave, for_s } => absent.push((leave, for_s)),
            }
        }
        self.learned.refresh(&held, &waiting, &present, &absent);
    }

    /// The queue and the agents now.
    pub fn state(&self) -> State {
        let waiting = self.waiting.values().map(|wait| Waiter {
            skill: wait.skill,
            priority: wait.priority,
            waited_s: self.now_s - wait.since_s,
            told_s: wait.told_s(),
            units: 1,
            stays: false,
        });
        let is_expected = |agent: &Agent| agent.is_on || self.now_s - agent.since_s < FORGOTTEN_S;
        let expected = (0..self.agents.len()).filter(|number| is_expected(&self.agents[*number]));
        let oldest = self.oldest();
        let agents = expected.map(|number| {
            let agent = &self.agents[number];
            let slowed = self.learned.slowed(agent.held.len() as f64);
            let since_s = self.now_s - agent.touched_s;
            AgentNow {
                number,
                skills: if agent.serves_all {
                    (0..self.skills.len() as Skill).collect()
                } else {
                    agent.skills.clone()
                },
                capacity: agent.capacity,
                held: agent
                    .held
                    .iter()
                    .map(|work| Held {
                        skill: work.skill,
                        worked_s: work.worked_s + since_s / slowed,
                        units: 1,
                    })
                    .collect(),
                dallies_s: self.dallies_s(agent, &oldest).filter(|for_s| *for_s >= 1.0),
                presence: if agent.is_on {
                    Presence::Here(self.now_s - agent.day_since_s)
                } else {
                    Presence::Away {
                        leave: agent.leave(),
                        for_s: self.now_s - agent.since_s,
                    }
                },
                goes_in_s: agent.until_s.map(|until_s| (until_s - self.now_s).max(0.0)),
            }
        });
        State {
            now_s: self.now_s,
            days: (self.now_s - self.began_s.unwrap_or(self.now_s)) / 86_400.0,
            waiting: waiting.collect(),
            agents: agents.collect(),
            ..State::default()
        }
    }
}
