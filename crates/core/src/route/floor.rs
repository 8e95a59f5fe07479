//! The floor: teams, the people in them, and how much each can take.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::ids::{AgentId, TeamId};
use crate::queue::{Needs, Waiting};
use crate::time::{MINUTE_MS, Timestamp};

/// Agents who answer for the same matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// What policies and people call it; no two of a workspace have the same.
    pub name: String,
    /// Who helps out when it takes long.
    pub overflow: Option<Overflow>,
}

/// Another team takes what has waited too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overflow {
    /// Which. Its own overflow does not count here: one step, so that one knows where a
    /// conversation can end up.
    pub to: TeamId,
    /// After how long a wait, in milliseconds.
    pub after_ms: i64,
}

/// An agent as routing sees them. Only those whose account is open are on the floor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Who.
    pub id: AgentId,
    /// Whether they work now: online or in wrap-up, and their console shows signs of life.
    pub is_there: bool,
    /// Whether they can be asked now: there, and not in wrap-up.
    pub takes_new: bool,
    /// Units they can hold.
    pub capacity: i64,
    /// Units they hold; above the capacity after that was lowered.
    pub busy: i64,
    /// When they last took a conversation; the longest idle is asked first.
    pub last_accepted_at: Option<Timestamp>,
    /// The teams they are in.
    pub teams: Vec<TeamId>,
    /// What they know.
    pub skills: Vec<String>,
    /// ISO 639-1 codes of what they speak; empty where nobody said, which counts as all.
    pub languages: Vec<String>,
}

impl Agent {
    /// Units they can still take; below 0 after their capacity was lowered.
    pub fn free(&self) -> i64 {
        self.capacity - self.busy
    }

    /// Whether they know something.
    pub fn has_skill(&self, skill: &str) -> bool {
        self.skills.iter().any(|own| own == skill)
    }

    /// Whether they speak a language.
    pub fn speaks(&self, language: &str) -> bool {
        self.languages.is_empty() || self.languages.iter().any(|own| own == language)
    }
}

/// How a workspace shares out its work.
///
/// A unit is what an answer by e-mail takes, and a chat takes two: somebody waits at the
/// other end of a chat, while e-mails can be answered one after the other. So an agent who
/// can hold three chats can hold six e-mails, or two chats and two e-mails. (In the field:
/// Salesforce weighs each item in units of one capacity, Genesys and Amazon Connect count
/// each channel apart; one number for each agent is what a lead can set by feel.)
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Routing {
    /// Units of a chat.
    pub chat_units: i64,
    /// Units of an answer by e-mail.
    pub email_units: i64,
    /// How long an agent is asked for nothing new after they resolve a conversation, in
    /// milliseconds; 0 for no wrap-up.
    pub wrap_up_ms: i64,
    /// How long only the dedicated agent is asked, in milliseconds.
    pub dedicated_for_ms: i64,
    /// How long skill and language are insisted on, in milliseconds.
    pub needs_for_ms: i64,
}

impl Default for Routing {
    fn default() -> Self {
        Self {
            chat_units: 2,
            email_units: 1,
            wrap_up_ms: 0,
            dedicated_for_ms: 2 * MINUTE_MS,
            needs_for_ms: 10 * MINUTE_MS,
        }
    }
}

impl Routing {
    /// The units of a conversation.
    pub fn units(&self, by_email: bool) -> i64 {
        if by_email {
            self.email_units
        } else {
            self.chat_units
        }
    }
}

/// Teams and people of a workspace, and how its work is shared out.
#[derive(Clone, Debug, Default)]
pub struct Floor {
    /// Every team.
    pub teams: Vec<Team>,
    /// Every agent whose account is open.
    pub agents: Vec<Agent>,
    /// How work is shared out.
    pub routing: Routing,
    /// Teams by their ids: place in `teams`.
    team_numbers: HashMap<TeamId, usize>,
    agent_numbers: HashMap<AgentId, usize>,
    /// Teams that have people.
    manned: HashSet<TeamId>,
}

/// Whose people answer for a wait.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Everybody's.
    Everybody,
    /// A team's, and of the one that helps it out.
    Teams(TeamId, Option<TeamId>),
}

impl Reach {
    /// Whether an agent is among them.
    pub fn has(&self, agent: &Agent) -> bool {
        let is_in = |team: &TeamId| agent.teams.contains(team);
        match self {
            Reach::Everybody => true,
            Reach::Teams(own, help) => is_in(own) || help.as_ref().is_some_and(is_in),
        }
    }

    /// Whether two waits are answered by people of the same team.
    pub fn meets(&self, other: &Reach) -> bool {
        let (Reach::Teams(a, a_help), Reach::Teams(b, b_help)) = (self, other) else {
            return true;
        };
        let theirs = |team: &TeamId| team == b || Some(team) == b_help.as_ref();
        theirs(a) || a_help.as_ref().is_some_and(theirs)
    }
}

impl Floor {
    /// A floor with these teams and people.
    pub fn new(teams: Vec<Team>, agents: Vec<Agent>, routing: Routing) -> Self {
        let team_ids = teams.iter().map(|team| team.id.clone());
        let agent_ids = agents.iter().map(|agent| agent.id.clone());
        Self {
            team_numbers: team_ids.zip(0..).collect(),
            agent_numbers: agent_ids.zip(0..).collect(),
            manned: agents.iter().flat_map(|it| it.teams.clone()).collect(),
            teams,
            agents,
            routing,
        }
    }

    /// An agent's place in `agents`.
    pub(super) fn number(&self, id: &AgentId) -> Option<usize> {
        self.agent_numbers.get(id).copied()
    }

    /// An agent.
    pub fn agent(&self, id: &AgentId) -> Option<&Agent> {
        self.number(id).map(|number| &self.agents[number])
    }

    /// A team that answers for something: one that is there and has people.
    fn answering(&self, id: &TeamId) -> Option<&Team> {
        let number = self.team_numbers.get(id)?;
        self.manned.contains(id).then(|| &self.teams[*number])
    }

    /// Whose people answer for a wait now.
    pub fn reach(&self, waiting: &Waiting, now: Timestamp) -> Reach {
        let waited_ms = now.since(waiting.asked_since);
        self.reach_after(waiting.needs.team.as_ref(), waited_ms)
    }

    /// Whose people answer at first for what a team answers for.
    pub fn reach_of(&self, team: Option<&TeamId>) -> Reach {
        self.reach_after(team, 0)
    }

    fn reach_after(&self, team: Option<&TeamId>, waited_ms: i64) -> Reach {
        let Some(team) = team.and_then(|id| self.answering(id)) else {
            return Reach::Everybody;
        };
        let helps = |overflow: &&Overflow| {
            waited_ms >= overflow.after_ms && self.answering(&overflow.to).is_some()
        };
        let help = team.overflow.as_ref().filter(helps);
        Reach::Teams(team.id.clone(), help.map(|overflow| overflow.to.clone()))
    }

    /// The dedicated agent, while nobody else is asked: they are there, they have not let
    /// it pass, and the customer has not waited for them too long.
    pub fn reserved_for<'w>(&self, waiting: &'w Waiting, now: Timestamp) -> Option<&'w AgentId> {
        let dedicated = waiting.needs.dedicated.as_ref()?;
        let is_there = self.agent(dedicated).is_some_and(|agent| agent.is_there);
        let has_passed = waiting
            .passed_by
            .iter()
            .any(|pass| pass.agent_id == *dedicated);
        let is_early = now.since(waiting.asked_since) < self.routing.dedicated_for_ms;
        (is_there && is_early && !has_passed).then_some(dedicated)
    }

    /// Whether an agent may be asked for a wait and hold it: it is theirs by name, or by
    /// their team. Skill and language say who is asked, not who may.
    pub fn may_take(&self, agent_id: &AgentId, waiting: &Waiting, now: Timestamp) -> bool {
        let is_theirs = |other: &Option<AgentId>| other.as_ref() == Some(agent_id);
        is_theirs(&waiting.needs.dedicated)
            || is_theirs(&waiting.invited)
            || self
                .agent(agent_id)
                .is_some_and(|agent| self.reach(waiting, now).has(agent))
    }

    /// Whether an agent may see a conversation that a team answers for and nobody waits in:
    /// it is of their team, or of one that theirs helps out.
    pub fn may_see(&self, agent_id: &AgentId, team: Option<&TeamId>) -> bool {
        let reach = self.reach_after(team, i64::MAX);
        self.agent(agent_id).is_some_and(|agent| reach.has(agent))
    }

    /// Whether an agent is in a team; whoever is in none is where no team answers.
    pub fn is_in_team(&self, agent_id: &AgentId, team: Option<&TeamId>) -> bool {
        self.agent(agent_id).is_some_and(|agent| match team {
            Some(team) => agent.teams.contains(team),
            None => agent.teams.is_empty(),
        })
    }

    /// Whether somebody works now who answers, or will, for what needs this.
    pub fn is_staffed_for(&self, needs: &Needs) -> bool {
        let reach = self.reach_after(needs.team.as_ref(), i64::MAX);
        let answers =
            |agent: &&Agent| reach.has(agent) || needs.dedicated.as_ref() == Some(&agent.id);
        let mut there = self.agents.iter().filter(|agent| agent.is_there);
        there.any(|agent| answers(&agent))
    }
}
