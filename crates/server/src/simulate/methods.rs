//! How the field estimates a wait, as far as it says so, to be measured beside ours. Each
//! is told what happens and may use only that. Where a vendor gives one figure it serves as
//! both the 50 % and the 90 % forecast.

use std::collections::{HashMap, VecDeque};

use segue_core::forecast::Happening;

/// A method's name and its forecasts for 50 and 90 %, in seconds.
pub type Told = (&'static str, f64, f64);

#[derive(Default)]
struct Skill {
    /// The last handling times.
    handled: VecDeque<f64>,
    /// The last waits of those who were served, with the position they began at.
    waits: VecDeque<(usize, f64)>,
    last_wait_s: f64,
    queue: Vec<(String, f64, i64)>,
    arrived: f64,
    abandoned: f64,
}

/// Keeps what all the formulas need.
#[derive(Default)]
pub struct Methods {
    skills: HashMap<String, Skill>,
    skill_of: HashMap<String, String>,
    position_of: HashMap<String, usize>,
    started_s: HashMap<String, (f64, String)>,
    agents: HashMap<String, (Vec<String>, usize, bool, usize)>,
}

fn remember<T>(queue: &mut VecDeque<T>, value: T, most: usize) {
    queue.push_back(value);
    if queue.len() > most {
        queue.pop_front();
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    (n > 0.0).then(|| sum / n)
}

fn quantile(mut values: Vec<f64>, share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let place = (share * values.len() as f64).ceil() as usize;
    values.get(place.saturating_sub(1)).copied()
}

impl Methods {
    /// What the methods say at an arrival, heard just before.
    pub fn say(&self, id: &str, now_s: f64) -> Vec<Told> {
        let name = &self.skill_of[id];
        let skill = &self.skills[name];
        let position = self.position_of[id];
        let place = position as f64;
        let handling_s = mean(skill.handled.iter().copied()).unwrap_or(360.0);
        let on: Vec<_> = self
            .agents
            .values()
            .filter(|agent| agent.2 && agent.0.contains(name))
            .collect();
        let agents = (on.len() as f64).max(1.0);
        let places: f64 = on.iter().map(|agent| agent.1 as f64).sum::<f64>().max(1.0);
        // An agent in several queues counts for each in part.
        let shared = on
            .iter()
            .map(|agent| agent.1 as f64 / agent.0.len() as f64)
            .sum::<f64>()
            .max(0.2);
        let busy = on.iter().filter(|agent| agent.3 > 0).count().max(1) as f64;
        let leaving = skill.abandoned / skill.arrived.max(1.0);
        let at_place = |share: Option<f64>| {
            let mut near = 0;
            loop {
                let waits = skill
                    .waits
                    .iter()
                    .filter(|(at, _)| at.abs_diff(position) <= near)
                    .map(|(_, wait)| *wait);
                let waits: Vec<f64> = waits.collect();
                if waits.len() >= 10 || near > 20 {
                    let recent = waits[waits.len().saturating_sub(60)..].to_vec();
                    return match share {
                        None => mean(recent.into_iter()),
                        Some(share) => quantile(recent, share),
                    };
                }
                near += 1;
            }
        };
        let plain = place * handling_s / places;
        let google = handling_s / shared * (place - 1.0).max(0.0) + 10.0;
        let comm100 = (((place - 1.0) / busy).floor() + 1.0) * handling_s;
        let rocket = place / busy * handling_s + handling_s * (1.0 - 1.0 / busy);
        let head_s = skill
            .queue
            .iter()
            .map(|(_, since_s, _)| now_s - since_s)
            .fold(0.0, f64::max);
        let both = |name, span_s: f64| (name, span_s, span_s);
        vec![
            both("position x handling / agents", plain),
            both(
                "Genesys (x 1 - abandoned)",
                handling_s * place / agents * (1.0 - leaving),
            ),
            both("Google-like (agents shared)", google),
            both("Rocket.Chat", rocket),
            both("Comm100", comm100),
            both("Zendesk mean at position", at_place(None).unwrap_or(plain)),
            (
                "quantile at position",
                at_place(Some(0.5)).unwrap_or(plain),
                at_place(Some(0.9)).unwrap_or(plain),
            ),
            both("last to enter service", skill.last_wait_s),
            both("head of line", head_s),
        ]
    }

    /// Hears what happened.
    pub fn hear(&mut self, now_s: f64, happening: &Happening) {
        match happening {
            Happening::AgentOn {
                agent,
                skills,
                capacity,
                ..
            } => {
                let held = self.agents.get(agent).map_or(0, |agent| agent.3);
                self.agents
                    .insert(agent.clone(), (skills.clone(), *capacity, true, held));
            }
            Happening::AgentOff { agent } => {
                if let Some(agent) = self.agents.get_mut(agent) {
                    agent.2 = false;
                }
            }
            Happening::Arrive {
                id,
                skill,
                priority,
            } => {
                let it = self.skills.entry(skill.clone()).or_default();
                let ahead = it
                    .queue
                    .iter()
                    .filter(|(.., other)| other >= priority)
                    .count();
                it.queue.push((id.clone(), now_s, *priority));
                it.arrived = it.arrived * 0.999 + 1.0;
                self.skill_of.insert(id.clone(), skill.clone());
                self.position_of.insert(id.clone(), ahead + 1);
            }
            Happening::Abandon { id } => {
                if let Some(skill) = self
                    .skill_of
                    .get(id)
                    .and_then(|name| self.skills.get_mut(name))
                {
                    skill.queue.retain(|(other, ..)| other != id);
                    skill.abandoned = skill.abandoned * 0.999 + 1.0;
                }
            }
            Happening::Start { id, agent } => {
                let Some(skill) = self
                    .skill_of
                    .get(id)
                    .and_then(|name| self.skills.get_mut(name))
                else {
                    return;
                };
                if let Some(place) = skill.queue.iter().position(|(other, ..)| other == id) {
                    let (_, since_s, _) = skill.queue.remove(place);
                    skill.last_wait_s = now_s - since_s;
                    if now_s > since_s {
                        remember(
                            &mut skill.waits,
                            (self.position_of[id], now_s - since_s),
                            2000,
                        );
                    }
                }
                let agent = agent.clone().unwrap_or_default();
                if let Some(agent) = self.agents.get_mut(&agent) {
                    agent.3 += 1;
                }
                self.started_s.insert(id.clone(), (now_s, agent));
            }
            Happening::Finish { id } => {
                if let Some((since_s, agent)) = self.started_s.remove(id) {
                    if let Some(agent) = self.agents.get_mut(&agent) {
                        agent.3 = agent.3.saturating_sub(1);
                    }
                    if let Some(skill) = self
                        .skill_of
                        .get(id)
                        .and_then(|name| self.skills.get_mut(name))
                    {
                        remember(&mut skill.handled, now_s - since_s, 100);
                    }
                }
            }
        }
    }
}
