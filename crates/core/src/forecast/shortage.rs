//! When a queue is too long (P43): how many agents are missing, and whether that is because
//! fewer are there than usual or because more customers come. The number comes from rolling
//! the same queue forward with more agents; what it rests on is kept as figures.

use serde::{Deserialize, Serialize};

use super::learned::{Learned, Skill};
use super::rollout::{AgentNow, Presence, State, paths_for, roll};

/// A forecast beyond this in business hours alarms the lead.
pub const LONG_WAIT_S: f64 = 15.0 * 60.0;
/// More than this is not asked for at once.
const MOST_MISSING: usize = 64;

/// Why a queue is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Fewer agents are there than usual at this time.
    FewerAgents,
    /// More conversations are handed over than usual at this time.
    MoreHandoffs,
    /// Both.
    Both,
    /// Everything is as usual: the plan has too few agents.
    PlanTooSmall,
}

/// What is usual at this time of the day, where it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usual {
    /// Arrivals an hour.
    pub arrivals_per_hour: Option<f64>,
    /// Agents that are there.
    pub agents: Option<f64>,
}

/// A queue that is too long, with the reasoning in figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Shortage {
    /// What somebody who comes now would be promised, in seconds.
    pub p90_s: f64,
    /// Arrivals an hour now.
    pub arrivals_per_hour: f64,
    /// What is usual at this time.
    pub usual: Usual,
    /// The usual handling time, in seconds.
    pub handling_s: f64,
    /// Agents there who serve this queue.
    pub agents: usize,
    /// How many more it takes until the wait is below [`LONG_WAIT_S`] again.
    pub missing: usize,
    /// Why.
    pub cause: Cause,
    /// Whether the doors close before the last in line has their turn.
    pub closes_first: bool,
}

/// What is asked of a queue.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Whose queue.
    pub skill: Skill,
    /// Arrivals an hour now.
    pub arrivals_per_hour: f64,
    /// What is usual at this time.
    pub usual: Usual,
    /// Seconds until the doors close, if they do.
    pub closes_in_s: Option<f64>,
    /// The correction of this queue's forecasts.
    pub correction: f64,
    /// For the paths.
    pub seed: u64,
}

/// Whether the queue of a skill is too long for its last in line, and how much is missing.
pub fn shortage(state: &State, learned: &Learned, question: &Question) -> Option<Shortage> {
    let skill = question.skill;
    let last = state
        .waiting
        .iter()
        .rposition(|waiter| waiter.skill == skill)?;
    let serves = |agent: &&AgentNow| {
        matches!(agent.presence, Presence::Here(_)) && agent.skills.contains(&skill)
    };
    let wait_s = |more: usize| {
        let mut with_more = state.clone();
        with_more.agents.extend((0..more).map(|index| AgentNow {
            number: usize::MAX - index,
            skills: vec![skill],
            capacity: usual_capacity(state),
            held: Vec::new(),
            dallies_s: None,
            presence: Presence::Here(0.0),
            goes_in_s: None,
        }));
        let paths = paths_for(state.waiting.len()).min(64);
        roll(&with_more, learned, question.seed, paths).quantile(last, 0.9) * question.correction
    };
    let p90_s = wait_s(0);
    let closes_first = question
        .closes_in_s
        .is_some_and(|closes_in_s| p90_s > closes_in_s);
    if p90_s <= LONG_WAIT_S && !closes_first {
        return None;
    }
    let bearable_s = question
        .closes_in_s
        .unwrap_or(f64::INFINITY)
        .min(LONG_WAIT_S);
    // The wait shrinks with each agent, so that halving finds the least number.
    let (mut too_few, mut enough) = (0, MOST_MISSING);
    while enough - too_few > 1 {
        let middle = (too_few + enough) / 2;
        if wait_s(middle) > bearable_s {
            too_few = middle;
        } else {
            enough = middle;
        }
    }
    let agents = state.agents.iter().filter(serves).count();
    Some(Shortage {
        p90_s,
        arrivals_per_hour: question.arrivals_per_hour,
        usual: question.usual,
        handling_s: learned.handling_s(skill),
        agents,
        missing: enough,
        cause: cause(question, agents as f64),
        closes_first,
    })
}

fn usual_capacity(state: &State) -> usize {
    let mut capacities: Vec<usize> = state.agents.iter().map(|agent| agent.capacity).collect();
    capacities.sort_unstable();
    capacities.get(capacities.len() / 2).copied().unwrap_or(1)
}

fn cause(question: &Question, agents: f64) -> Cause {
    let usual = question.usual;
    let more = usual
        .arrivals_per_hour
        .is_some_and(|usual| question.arrivals_per_hour > 1.25 * usual);
    let fewer = usual.agents.is_some_and(|usual| agents < 0.85 * usual);
    match (fewer, more) {
        (true, true) => Cause::Both,
        (true, false) => Cause::FewerAgents,
        (false, true) => Cause::MoreHandoffs,
        (false, false) => Cause::PlanTooSmall,
    }
}

#[cfg(test)]
mod tests {
    use super::super::rollout::{Held, Waiter};
    use super::*;

    fn busy(waiting: usize, agents: usize) -> State {
        let waiter = Waiter {
            skill: 0,
            priority: 0,
            waited_s: 0.0,
            told_s: None,
            units: 1,
            stays: false,
        };
        let agent = |number| AgentNow {
            number,
            skills: vec![0],
            capacity: 1,
            held: vec![Held {
                skill: 0,
                worked_s: 60.0,
                units: 1,
            }],
            dallies_s: None,
            presence: Presence::Here(3600.0),
            goes_in_s: None,
        };
        State {
            waiting: vec![waiter; waiting],
            agents: (0..agents).map(agent).collect(),
            ..State::default()
        }
    }

    fn ask(usual: Usual, closes_in_s: Option<f64>) -> Question {
        Question {
            skill: 0,
            arrivals_per_hour: 60.0,
            usual,
            closes_in_s,
            correction: 1.0,
            seed: 5,
        }
    }

    #[test]
    fn a_long_queue_says_how_many_are_missing_and_why() {
        let learned = Learned::default();
        let state = busy(30, 4);
        let usual = Usual {
            arrivals_per_hour: Some(55.0),
            agents: Some(8.0),
        };
        let found = shortage(&state, &learned, &ask(usual, None)).unwrap();
        assert_eq!((found.agents, found.cause), (4, Cause::FewerAgents));
        assert!((3..20).contains(&found.missing), "{found:?}");
        let calm = ask(Usual::default(), None);
        assert_eq!(shortage(&busy(2, 8), &learned, &calm), None);
        let longer = shortage(&busy(60, 4), &learned, &ask(usual, None)).unwrap();
        assert!(longer.missing > found.missing);
    }

    #[test]
    fn more_customers_than_usual_are_told_from_fewer_agents() {
        let at = |arrivals, agents| {
            let usual = Usual {
                arrivals_per_hour: Some(arrivals),
                agents: Some(agents),
            };
            cause(&ask(usual, None), 4.0)
        };
        assert_eq!(at(30.0, 4.0), Cause::MoreHandoffs);
        assert_eq!(at(30.0, 8.0), Cause::Both);
        assert_eq!(at(60.0, 4.0), Cause::PlanTooSmall);
    }

    #[test]
    fn a_queue_that_outlasts_the_day_is_told_though_it_is_short() {
        let learned = Learned::default();
        let state = busy(4, 4);
        assert!(shortage(&state, &learned, &ask(Usual::default(), Some(3600.0))).is_none());
        let found = shortage(&state, &learned, &ask(Usual::default(), Some(120.0))).unwrap();
        assert!(found.closes_first && found.missing > 0, "{found:?}");
    }
}
