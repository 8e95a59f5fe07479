//! W8: what a forecast of the wait costs, in one process without a server: one more customer
//! in a line, and everybody's wait in a long one.

use std::time::Duration;

use segue_core::forecast::chance::Chance;
use segue_core::forecast::rollout::{paths_for, roll};
use segue_core::forecast::{Forecaster, Happening};

use crate::{Failed, now, quantile};

/// How often each is measured.
const ROUNDS: usize = 200;
const SKILLS: usize = 4;

/// Measures both.
pub fn run(waiting: usize, agents: usize, long: usize, long_agents: usize) -> Result<(), Failed> {
    let mut forecaster = centre(waiting, agents);
    let mut spans = Vec::new();
    for n in 0..ROUNDS {
        let id = format!("new{n}");
        // The last in line has everybody before them.
        let arrives = arrive(&id, n % SKILLS);
        let begun = now();
        let forecast = forecaster.hear(NOW_S, arrives);
        spans.push(begun.elapsed());
        forecast.ok_or("nobody should be free")?;
        forecaster.hear(NOW_S, Happening::Abandon { id });
    }
    told(
        &format!("one forecast, {waiting} waiting, {agents} agents"),
        spans,
    );
    let forecaster = centre(waiting, long_agents);
    let mut state = forecaster.state();
    state.waiting = state.waiting.iter().copied().cycle().take(long).collect();
    let mut spans = Vec::new();
    for seed in 0..ROUNDS as u64 / 4 {
        let begun = now();
        let waits = roll(&state, forecaster.learned(), seed, paths_for(long));
        let sum: f64 = (0..long).map(|waiter| waits.quantile(waiter, 0.9)).sum();
        spans.push(begun.elapsed());
        if sum <= 0.0 {
            return Err("nobody waits".into());
        }
    }
    told(
        &format!("all of {long} waiting, {long_agents} agents"),
        spans,
    );
    Ok(())
}

/// When it is measured: after half a day in which everything was learned.
const NOW_S: f64 = 50_000.0;

/// A centre with a past of 3,000 conversations and a line.
fn centre(waiting: usize, agents: usize) -> Forecaster {
    let mut chance = Chance::new(8, 0);
    let mut forecaster = Forecaster::new(8);
    for agent in 0..agents {
        let skills = [agent % SKILLS, (agent + 1 + agent / SKILLS) % SKILLS];
        let on = Happening::AgentOn {
            agent: format!("a{agent}"),
            skills: skills.iter().map(|skill| format!("s{skill}")).collect(),
            capacity: 1,
            until_s: None,
        };
        forecaster.hear(0.0, on);
    }
    let past = 3_000;
    for n in 0..past {
        let at_s = NOW_S * 0.9 * n as f64 / past as f64;
        let (id, agent) = (format!("p{n}"), n % agents);
        let before = format!("p{}", n.saturating_sub(agents));
        if n >= agents {
            forecaster.hear(at_s, Happening::Finish { id: before });
        }
        forecaster.hear(at_s, arrive(&id, agent % SKILLS));
        let waited_s = 3.0 * chance.unit();
        if chance.unit() < 0.1 {
            forecaster.hear(at_s + waited_s, Happening::Abandon { id: id.clone() });
            forecaster.hear(at_s + waited_s, arrive(&id, agent % SKILLS));
        }
        let agent = Some(format!("a{agent}"));
        forecaster.hear(at_s + waited_s, Happening::Start { id, agent });
    }
    for n in 0..waiting {
        let at_s = NOW_S * (0.95 + 0.05 * n as f64 / waiting as f64);
        forecaster.hear(at_s, arrive(&format!("w{n}"), n % SKILLS));
    }
    forecaster
}

fn arrive(id: &str, skill: usize) -> Happening {
    Happening::Arrive {
        id: id.into(),
        skill: format!("s{skill}"),
        priority: 0,
    }
}

fn told(what: &str, mut spans: Vec<Duration>) {
    spans.sort_unstable();
    let (p50, p99) = (quantile(&spans, 0.5), quantile(&spans, 0.99));
    println!("W8  {what:45} p50 {p50:7.3} ms  p99 {p99:7.3} ms");
}
