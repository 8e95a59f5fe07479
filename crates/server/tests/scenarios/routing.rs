//! Teams, skills, languages and how work is shared out, as scenarios give them, and what
//! changes of them in the middle.

use std::collections::BTreeMap;

use segue_core::audit::By;
use segue_core::ids::TeamId;
use segue_core::policy::Policy;
use segue_core::queue::Waiting;
use segue_core::route::Routing;
use segue_core::signal::Trigger;
use segue_core::time::{MINUTE_MS, SECOND_MS};
use segue_server::desk::{AgentChange, Error, TeamWanted};

use super::given::{LANGUAGES, number};
use super::script::Fault;
use super::stage::Stage;

/// Who answers for what.
#[derive(Debug, Default)]
pub struct RoutingGiven {
    pub teams: Vec<TeamGiven>,
    pub skills: BTreeMap<String, Vec<String>>,
    pub languages: BTreeMap<String, Vec<String>>,
    /// Customers with the agents who look after them.
    pub dedicated: BTreeMap<String, String>,
    team_of: BTreeMap<Trigger, String>,
    skill_of: BTreeMap<Trigger, String>,
    priority_of: BTreeMap<Trigger, u8>,
    wrap_up_s: i64,
}

#[derive(Debug)]
pub struct TeamGiven {
    pub name: String,
    pub members: Vec<String>,
    pub overflow: Option<(String, i64)>,
}

impl RoutingGiven {
    /// Takes in a line, if it is about this.
    pub fn add(&mut self, line: &str) -> Result<bool, Fault> {
        if let Some(rest) = line.strip_prefix("the team ") {
            let Some((name, rest)) = rest.split_once(" is ") else {
                return Ok(false);
            };
            self.teams.push(team(name, rest)?);
            return Ok(true);
        }
        if let Some(rest) = line.strip_prefix("agents wrap up for ") {
            let seconds = rest.strip_suffix(" seconds");
            self.wrap_up_s = number(seconds)?;
            return Ok(true);
        }
        let Some((who, rest)) = line.split_once(' ') else {
            return Ok(false);
        };
        if let Some(trigger) = Trigger::from_name(who) {
            return self.rule(trigger, rest);
        }
        if let Some(skills) = rest.strip_prefix("knows ") {
            self.skills.insert(who.into(), list(skills));
        } else if let Some(names) = rest.strip_prefix("speaks ") {
            let code = |name: &String| {
                let known = LANGUAGES.iter().find(|(language, _)| language == name);
                let known = known.ok_or_else(|| Fault(format!("nobody here speaks {name}")))?;
                Ok(known.1.to_string())
            };
            let codes = list(names).iter().map(code).collect::<Result<_, Fault>>()?;
            self.languages.insert(who.into(), codes);
        } else if let Some(customer) = rest.strip_prefix("looks after ") {
            self.dedicated.insert(customer.into(), who.into());
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn rule(&mut self, trigger: Trigger, rest: &str) -> Result<bool, Fault> {
        if let Some(team) = rest.strip_prefix("goes to ") {
            self.team_of.insert(trigger, team.into());
        } else if let Some(skill) = rest.strip_prefix("needs ") {
            self.skill_of.insert(trigger, skill.into());
        } else if let Some(level) = rest.strip_prefix("has priority ") {
            self.priority_of.insert(trigger, number(Some(level))?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    pub fn policy(&self) -> Policy {
        let mut policy = Policy::default();
        policy.teams.extend(self.team_of.clone());
        policy.skills.extend(self.skill_of.clone());
        policy.priorities.extend(self.priority_of.clone());
        policy
    }

    pub fn routing(&self) -> Routing {
        Routing {
            wrap_up_ms: self.wrap_up_s * SECOND_MS,
            ..Routing::default()
        }
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(", ").map(str::to_string).collect()
}

/// `Maya, Jonas`, then `, helped by Support after 5 minutes`.
fn team(name: &str, rest: &str) -> Result<TeamGiven, Fault> {
    let (members, overflow) = match rest.split_once(", helped by ") {
        None => (rest, None),
        Some((members, helper)) => {
            let (helper, minutes) = helper
                .split_once(" after ")
                .ok_or_else(|| Fault("say after how many minutes they help".into()))?;
            let minutes = minutes.trim_end_matches('s').strip_suffix(" minute");
            (members, Some((helper.to_string(), number(minutes)?)))
        }
    };
    Ok(TeamGiven {
        name: name.into(),
        members: list(members),
        overflow,
    })
}

impl Stage {
    /// Teams are made once everybody is there.
    pub async fn share_out(&mut self, given: &RoutingGiven) {
        for (name, skills) in &given.skills {
            let skills = Some(skills.clone());
            self.changes(
                name,
                AgentChange {
                    skills,
                    ..AgentChange::default()
                },
            )
            .await
            .unwrap();
        }
        for (name, languages) in &given.languages {
            let languages = Some(languages.clone());
            self.changes(
                name,
                AgentChange {
                    languages,
                    ..AgentChange::default()
                },
            )
            .await
            .unwrap();
        }
        for (customer, agent) in &given.dedicated {
            let contact_id = self.customers[customer].contact_id.clone();
            let actor = self.agents[agent].actor.clone();
            let (id, by) = (Some(actor.id.clone()), By::from(&actor));
            self.desk
                .set_dedicated_agent(actor.workspace_id, contact_id, id, by)
                .await
                .unwrap();
        }
        for team in &given.teams {
            let overflow = team.overflow.as_ref();
            let overflow =
                overflow.map(|(to, minutes)| (self.teams[to].clone(), minutes * MINUTE_MS));
            let wanted = self.wanted(&team.name, &team.members, overflow);
            let actor = self.agents[&team.members[0]].actor.clone();
            let id = self.desk.add_team(actor, wanted).await.unwrap();
            self.teams.insert(team.name.clone(), id);
        }
    }

    fn wanted(
        &self,
        name: &str,
        members: &[String],
        overflow: Option<(TeamId, i64)>,
    ) -> TeamWanted {
        let id = |name: &String| self.agents[name].actor.id.clone();
        TeamWanted {
            name: name.into(),
            members: members.iter().map(id).collect(),
            overflow,
        }
    }

    async fn changes(&self, name: &str, change: AgentChange) -> Result<(), Error> {
        let actor = &self.agents[name].actor;
        let (workspace_id, id) = (self.workspace_id.clone(), actor.id.clone());
        let changed = self
            .desk
            .change_agent(workspace_id, id, change, By::Operator);
        changed.await.map(|_| ())
    }

    /// An agent can no longer do something.
    pub async fn forgets(&self, name: &str, skill: &str) -> Result<(), Error> {
        let row = self.row(name).await;
        let skills = row.skills.into_iter().filter(|own| own != skill).collect();
        let change = AgentChange {
            skills: Some(skills),
            ..AgentChange::default()
        };
        self.changes(name, change).await
    }

    /// An agent can hold so many chats from now on.
    pub async fn takes(&self, name: &str, capacity: i64) -> Result<(), Error> {
        let change = AgentChange {
            capacity: Some(capacity),
            ..AgentChange::default()
        };
        self.changes(name, change).await
    }

    /// A team that the scenario has made.
    pub fn team_id(&self, name: &str) -> TeamId {
        self.teams[name].clone()
    }

    /// An agent is in a team no more.
    pub async fn leaves_team(&self, name: &str, team: &str) -> Result<(), Error> {
        let actor = self.agents[name].actor.clone();
        let id = self.teams.get(team).ok_or(Error::NotFound)?.clone();
        let workspace_id = self.workspace_id.clone();
        let store = &self.desk.store;
        let read = store.read(move |tx| {
            Ok::<_, Error>((tx.teams(&workspace_id)?, tx.team_members(&workspace_id)?))
        });
        let (teams, members) = read.await?;
        let row = teams
            .into_iter()
            .find(|row| row.id == id)
            .ok_or(Error::NotFound)?;
        let left = members
            .into_iter()
            .filter(|(of, who)| *of == id && *who != actor.id);
        let wanted = TeamWanted {
            name: row.name,
            members: left.map(|(_, who)| who).collect(),
            overflow: row.overflow,
        };
        self.desk.change_team(actor, id, wanted).await
    }

    async fn row(&self, name: &str) -> segue_store::Agent {
        let (workspace_id, id) = (
            self.workspace_id.clone(),
            self.agents[name].actor.id.clone(),
        );
        let store = &self.desk.store;
        let found: Result<_, Error> = store
            .read(move |tx| Ok(tx.agent(&workspace_id, &id)?))
            .await;
        found.unwrap().unwrap()
    }

    /// Whether an agent has a customer's wait in their list.
    pub async fn sees_wait(&self, agent: &str, customer: &str) -> bool {
        let conversation = self.conversation_with(customer).await;
        let Some(waiting) = conversation.as_ref().and_then(Waiting::of) else {
            return false;
        };
        let line = self.desk.line(&self.workspace_id, None).await.unwrap();
        let id = &self.agents[agent].actor.id;
        line.floor.may_take(id, &waiting, self.desk.clock.now())
    }

    /// What an agent says of themselves, in a word.
    pub async fn presence_of(&self, agent: &str) -> &'static str {
        self.row(agent).await.presence.name()
    }
}
