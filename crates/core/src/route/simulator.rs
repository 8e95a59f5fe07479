//! A seeded simulator of a floor: customers come, leave, choose e-mail and are away; agents
//! come, go, take, pass and finish; teams, skills and capacities change in the middle. What
//! must hold is looked at after each step, by rules that are written down a second time.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::conversation::Pass;
use crate::ids::{ContactId, TeamId};
use crate::queue::{Needs, Priority, order};
use crate::time::SECOND_MS;

#[derive(Clone, Debug)]
enum Step {
    Comes {
        needs: u8,
        level: u8,
        by_email: bool,
        language: bool,
    },
    Leaves {
        who: usize,
    },
    ChoosesEmail {
        who: usize,
    },
    IsAway {
        who: usize,
        away: bool,
    },
    Accepts {
        who: usize,
    },
    Passes {
        who: usize,
    },
    Vanishes {
        agent: usize,
    },
    Presence {
        agent: usize,
        is_there: bool,
        takes_new: bool,
    },
    Finishes {
        agent: usize,
    },
    Capacity {
        agent: usize,
        chats: i64,
    },
    Skills {
        agent: usize,
        skills: u8,
    },
    Teams {
        agent: usize,
        teams: u8,
    },
    TimeGoesOn {
        seconds: i64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0usize..64;
    let agent = 0usize..4;
    let one = prop_oneof![
        8 => (0u8..16, 0u8..4, prop::bool::weighted(0.3), any::<bool>())
            .prop_map(|(needs, level, by_email, language)| Step::Comes { needs, level, by_email, language }),
        1 => who.clone().prop_map(|who| Step::Leaves { who }),
        1 => who.clone().prop_map(|who| Step::ChoosesEmail { who }),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, away)| Step::IsAway { who, away }),
        6 => who.clone().prop_map(|who| Step::Accepts { who }),
        2 => who.prop_map(|who| Step::Passes { who }),
        1 => agent.clone().prop_map(|agent| Step::Vanishes { agent }),
        2 => (agent.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(agent, is_there, takes_new)| Step::Presence { agent, is_there, takes_new }),
        5 => agent.clone().prop_map(|agent| Step::Finishes { agent }),
        1 => (agent.clone(), 0i64..4).prop_map(|(agent, chats)| Step::Capacity { agent, chats }),
        1 => (agent.clone(), 0u8..4).prop_map(|(agent, skills)| Step::Skills { agent, skills }),
        1 => (agent, 0u8..4).prop_map(|(agent, teams)| Step::Teams { agent, teams }),
        4 => (1i64..400).prop_map(|seconds| Step::TimeGoesOn { seconds }),
    ];
    prop::collection::vec(one, 1..150)
}

struct World {
    now: Timestamp,
    came: u128,
    queue: Vec<Waiting>,
    agents: Vec<Agent>,
    /// Who holds what, with its units and the wait it came from.
    held: Vec<(usize, i64, Waiting)>,
    done: usize,
    teams: Vec<Team>,
}

fn agent_id(n: usize) -> AgentId {
    AgentId::new(Timestamp::from_millis(0), n as u128)
}
fn team(n: u128) -> TeamId {
    TeamId::new(Timestamp::from_millis(0), n)
}
fn some_of<T: Clone>(all: [T; 2], bits: u8) -> Vec<T> {
    let chosen = |n: usize| bits >> n & 1 == 1;
    (0..2)
        .filter(|n| chosen(*n))
        .map(|n| all[n].clone())
        .collect()
}

impl World {
    fn new() -> Self {
        let agent = |n: usize| Agent {
            id: agent_id(n),
            is_there: n > 0,
            takes_new: n > 0,
            capacity: 4,
            busy: 0,
            last_accepted_at: None,
            teams: some_of([team(1), team(2)], n as u8),
            skills: some_of(["refunds".to_string(), "tax".to_string()], n as u8),
            languages: some_of(["en".to_string(), "es".to_string()], n as u8),
        };
        let team = |n: u128| Team {
            id: team(n),
            name: format!("Team {n}"),
            overflow: (n == 1).then(|| Overflow {
                to: team(2),
                after_ms: 3 * MINUTE_MS,
            }),
        };
        Self {
            now: Timestamp::from_millis(1_000_000),
            came: 0,
            queue: vec![],
            agents: (0..4).map(agent).collect(),
            held: vec![],
            done: 0,
            teams: vec![team(1), team(2)],
        }
    }

    fn floor(&self) -> Floor {
        Floor::new(self.teams.clone(), self.agents.clone(), Routing::default())
    }

    fn step(&mut self, step: &Step) {
        let waiting =
            |who: usize, queue: &[Waiting]| (!queue.is_empty()).then(|| who % queue.len());
        match step {
            Step::Comes {
                needs,
                level,
                by_email,
                language,
            } => self.comes(*needs, *level, *by_email, *language),
            Step::Leaves { who } => {
                if let Some(n) = waiting(*who, &self.queue) {
                    self.queue.remove(n);
                    self.done += 1;
                }
            }
            Step::ChoosesEmail { who } => {
                if let Some(n) = waiting(*who, &self.queue) {
                    self.queue[n].by_email = true;
                }
            }
            Step::IsAway { who, away } => {
                if let Some(n) = waiting(*who, &self.queue) {
                    self.queue[n].away = *away;
                }
            }
            Step::Accepts { who } => {
                if let Some(n) = waiting(*who, &self.queue) {
                    self.accept(n);
                }
            }
            Step::Passes { who } => {
                if let Some(n) = waiting(*who, &self.queue) {
                    self.pass(n);
                }
            }
            Step::Vanishes { agent } => self.vanish(*agent),
            Step::Presence {
                agent,
                is_there,
                takes_new,
            } => {
                self.agents[*agent].is_there = *is_there;
                self.agents[*agent].takes_new = *is_there && *takes_new;
                self.withdraw(*agent);
            }
            Step::Finishes { agent } => {
                if let Some(n) = self.held.iter().position(|(owner, ..)| owner == agent) {
                    let (_, units, _) = self.held.remove(n);
                    self.agents[*agent].busy -= units;
                    self.done += 1;
                }
            }
            Step::Capacity { agent, chats } => self.agents[*agent].capacity = 2 * chats,
            Step::Skills { agent, skills } => {
                self.agents[*agent].skills = some_of(["refunds".into(), "tax".into()], *skills);
                self.withdraw(*agent);
            }
            Step::Teams { agent, teams } => {
                self.agents[*agent].teams = some_of([team(1), team(2)], *teams);
                self.withdraw(*agent);
            }
            Step::TimeGoesOn { seconds } => self.now = self.now.plus(seconds * SECOND_MS),
        }
    }

    fn comes(&mut self, needs: u8, level: u8, by_email: bool, spanish: bool) {
        self.came += 1;
        let needs = Needs {
            priority: Priority::new(level),
            team: [None, Some(team(1)), Some(team(2)), None][usize::from(needs % 4)].clone(),
            skills: some_of(["refunds".into(), "tax".into()], needs / 4),
            dedicated: (needs == 7).then(|| agent_id(2)),
            last_agent: (needs == 3).then(|| agent_id(3)),
        };
        self.queue.push(Waiting {
            conversation_id: ConversationId::new(self.now, self.came),
            contact_id: ContactId::new(self.now, self.came),
            queued_at: self.now,
            asked_since: self.now,
            by_email,
            language: if spanish { "es" } else { "en" }.into(),
            needs,
            invited: None,
            passed_by: vec![],
            away: false,
            kept: false,
        });
    }

    fn accept(&mut self, n: usize) {
        let Some(agent) = self.queue[n].invited.clone() else {
            return;
        };
        let number = self.agents.iter().position(|it| it.id == agent).unwrap();
        let units = Routing::default().units(self.queue[n].by_email);
        if self.agents[number].free() < units {
            return;
        }
        let waiting = self.queue.remove(n);
        self.agents[number].busy += units;
        self.agents[number].last_accepted_at = Some(self.now);
        self.held.push((number, units, waiting));
    }

    fn pass(&mut self, n: usize) {
        if let Some(agent_id) = self.queue[n].invited.take() {
            let at = self.now;
            self.queue[n].passed_by.push(Pass { agent_id, at });
        }
    }

    /// What an agent holds goes back to its old place.
    fn vanish(&mut self, agent: usize) {
        self.agents[agent].is_there = false;
        self.agents[agent].takes_new = false;
        self.agents[agent].busy = 0;
        self.withdraw(agent);
        let (gone, kept): (Vec<_>, Vec<_>) =
            self.held.drain(..).partition(|(owner, ..)| *owner == agent);
        self.held = kept;
        self.queue
            .extend(gone.into_iter().map(|(_, _, waiting)| Waiting {
                invited: None,
                ..waiting
            }));
    }

    fn withdraw(&mut self, agent: usize) {
        let id = agent_id(agent);
        for waiting in &mut self.queue {
            if waiting.invited.as_ref() == Some(&id) {
                waiting.invited = None;
            }
        }
    }

    /// Whether an agent can be asked for a wait, said once more in other words.
    fn can_be_asked(&self, agent: &Agent, waiting: &Waiting) -> bool {
        let waited_ms = self.now.since(waiting.asked_since);
        let routing = Routing::default();
        let passed = |within_ms: i64| {
            waiting
                .passed_by
                .iter()
                .any(|it| it.agent_id == agent.id && self.now.since(it.at) < within_ms)
        };
        if !agent.takes_new || passed(ASK_AGAIN_MS) {
            return false;
        }
        if let Some(dedicated) = &waiting.needs.dedicated {
            let theirs = self.agents.iter().find(|it| it.id == *dedicated).unwrap();
            let let_pass = waiting.passed_by.iter().any(|it| it.agent_id == *dedicated);
            let is_theirs_alone =
                theirs.is_there && !let_pass && waited_ms < routing.dedicated_for_ms;
            if agent.id == *dedicated || is_theirs_alone {
                return agent.id == *dedicated;
            }
        }
        let has_people = |id: &TeamId| self.agents.iter().any(|it| it.teams.contains(id));
        let in_reach = |it: &Agent| match &waiting.needs.team {
            Some(own) if has_people(own) => {
                let helps =
                    *own == team(1) && waited_ms >= 3 * MINUTE_MS && it.teams.contains(&team(2));
                it.teams.contains(own) || helps
            }
            _ => true,
        };
        let within: Vec<&Agent> = self.agents.iter().filter(|it| in_reach(it)).collect();
        let knows =
            waiting.needs.skills.iter().all(|skill| {
                agent.has_skill(skill) || !within.iter().any(|it| it.has_skill(skill))
            });
        let speaks = agent.speaks(&waiting.language)
            || !within.iter().any(|it| it.speaks(&waiting.language));
        in_reach(agent) && (waited_ms >= routing.needs_for_ms || knows && speaks)
    }

    fn room(&self, agent: &Agent) -> i64 {
        let invited = self
            .queue
            .iter()
            .filter(|it| it.invited.as_ref() == Some(&agent.id));
        let out: i64 = invited
            .map(|it| Routing::default().units(it.by_email))
            .sum();
        agent.free() - out
    }

    /// Asks, and looks at what must hold of who was asked.
    fn ask(&mut self) -> Result<(), TestCaseError> {
        order(&mut self.queue);
        let rooms: Vec<i64> = self.agents.iter().map(|agent| self.room(agent)).collect();
        let asked = invitations(&self.queue, &self.floor(), self.now);
        for (conversation_id, agent_id) in &asked {
            let waiting = self
                .queue
                .iter_mut()
                .find(|it| it.conversation_id == *conversation_id)
                .unwrap();
            prop_assert!(waiting.invited.is_none() && !waiting.away);
            waiting.invited = Some(agent_id.clone());
        }
        for (agent, before) in self.agents.iter().zip(rooms.clone()) {
            let room = self.room(agent);
            prop_assert!(
                room >= 0 || room == before,
                "{} is asked for too much",
                agent.id
            );
        }
        let units = |it: &Waiting| Routing::default().units(it.by_email);
        let is_open = |it: &&Waiting| it.invited.is_none() && !it.away;
        for (conversation_id, agent_id) in &asked {
            let at = self
                .queue
                .iter()
                .position(|it| it.conversation_id == *conversation_id)
                .unwrap();
            let agent = self.agents.iter().find(|it| it.id == *agent_id).unwrap();
            prop_assert!(
                self.can_be_asked(agent, &self.queue[at]),
                "asked who may not be"
            );
            for earlier in self.queue[..at].iter().filter(is_open) {
                let fits =
                    units(earlier) <= units(&self.queue[at]) && self.can_be_asked(agent, earlier);
                prop_assert!(
                    !fits,
                    "{conversation_id} overtook {}",
                    earlier.conversation_id
                );
            }
        }
        for waiting in self.queue.iter().filter(is_open).filter(|it| !it.by_email) {
            let idle = self.agents.iter().find(|agent| {
                self.room(agent) >= units(waiting) && self.can_be_asked(agent, waiting)
            });
            prop_assert!(idle.is_none(), "a free place was left to nobody");
        }
        // Room that is too small for who waits first is not given away to those behind.
        for (at, waiting) in self.queue.iter().enumerate().filter(|(_, it)| is_open(it)) {
            let number = |id: &ConversationId| {
                self.queue
                    .iter()
                    .position(|it| it.conversation_id == *id)
                    .unwrap()
            };
            let room_then = |n: usize| {
                let mine = asked
                    .iter()
                    .filter(|(_, agent_id)| *agent_id == self.agents[n].id);
                let before = mine.map(|(id, _)| number(id)).filter(|it| *it < at);
                rooms[n] - before.map(|it| units(&self.queue[it])).sum::<i64>()
            };
            let mut near = (0..self.agents.len())
                .filter(|n| room_then(*n) > 0 && self.can_be_asked(&self.agents[*n], waiting))
                .map(|n| &self.agents[n])
                .peekable();
            let later: HashSet<&AgentId> = asked
                .iter()
                .filter(|(id, _)| self.queue[at..].iter().any(|it| it.conversation_id == *id))
                .map(|(_, agent_id)| agent_id)
                .collect();
            let is_saved = near.peek().is_none() || near.any(|agent| !later.contains(&agent.id));
            prop_assert!(is_saved, "{} is starved of room", waiting.conversation_id);
        }
        let everybody = self.queue.len() + self.held.len() + self.done;
        prop_assert_eq!(
            everybody as u128,
            self.came,
            "somebody was lost, or is twice"
        );
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Attack case 83, and the promise that a freed place goes to who waited.
    #[test]
    fn whatever_changes_in_the_middle_the_first_who_can_be_served_is(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
            world.ask()?;
        }
        // Everybody is there and works: nobody waits for ever.
        for agent in &mut world.agents {
            (agent.is_there, agent.takes_new, agent.capacity) = (true, true, 4);
        }
        for waiting in &mut world.queue {
            waiting.away = false;
        }
        for round in 0.. {
            if world.queue.is_empty() && world.held.is_empty() {
                break;
            }
            prop_assert!(round < 2_000, "{} wait for ever", world.queue.len());
            world.now = world.now.plus(MINUTE_MS);
            world.ask()?;
            while let Some(n) = world.queue.iter().position(|it| {
                it.invited.as_ref().is_some_and(|id| {
                    world.agents.iter().any(|agent| agent.id == *id && agent.free() >= Routing::default().units(it.by_email))
                })
            }) {
                world.accept(n);
            }
            for agent in 0..world.agents.len() {
                world.step(&Step::Finishes { agent });
            }
        }
    }
}
