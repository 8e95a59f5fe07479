//! Agents: who they are, whether they are there, how much they hold.

use segue_core::access::Role;
use segue_core::ids::{AgentId, WorkspaceId};
use segue_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// A human who answers.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Their id.
    pub id: AgentId,
    /// Where they work.
    pub workspace_id: WorkspaceId,
    /// What they sign in with.
    pub email: String,
    /// What customers see.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Chats they can hold at once.
    pub capacity: i64,
    /// Conversations they hold.
    pub busy: i64,
    /// Units of those.
    pub busy_units: i64,
    /// What they know.
    pub skills: Vec<String>,
    /// ISO 639-1 codes of what they speak; empty where nobody said.
    pub languages: Vec<String>,
    /// What they say of themselves.
    pub presence: Presence,
    /// When their console last showed a sign of life.
    pub seen_at: Timestamp,
    /// Until when they are in wrap-up.
    pub wrap_up_until: Option<Timestamp>,
    /// When they last took a conversation.
    pub last_accepted_at: Option<Timestamp>,
    /// When their account was closed; such an agent cannot sign in.
    pub deactivated_at: Option<Timestamp>,
}

impl Agent {
    /// Whether they may work here.
    pub fn is_active(&self) -> bool {
        self.deactivated_at.is_none()
    }

    /// Whether they say that they take new conversations.
    pub fn takes_new(&self, now: Timestamp) -> bool {
        match self.presence {
            Presence::Online => true,
            Presence::WrapUp => self.wrap_up_until.is_some_and(|until| until <= now),
            Presence::Away | Presence::Offline => false,
        }
    }
}

/// An agent to be added.
#[derive(Clone, Debug)]
pub struct NewAgent {
    /// Their id.
    pub id: AgentId,
    /// Where they work.
    pub workspace_id: WorkspaceId,
    /// What they sign in with.
    pub email: String,
    /// What customers see.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The argon2id hash of their password.
    pub password_hash: String,
    /// Chats they can hold at once.
    pub capacity: i64,
}

/// Whether an agent takes conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Takes new ones.
    Online,
    /// Answers their own, takes no new ones.
    Away,
    /// Writes up what they have just resolved, takes no new ones for a moment; then online.
    WrapUp,
    /// Gone.
    Offline,
}

impl Presence {
    /// The name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Presence::Online => "online",
            Presence::Away => "away",
            Presence::WrapUp => "wrap_up",
            Presence::Offline => "offline",
        }
    }
}

impl Tx<'_> {
    /// Adds an agent. `Conflict` if the address is taken.
    pub fn add_agent(&mut self, agent: &NewAgent, now: Timestamp) -> Result<(), Error> {
        self.execute(
            "insert into agents (id, workspace_id, email, name, role, password_hash, capacity, presence, seen_at, busy, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, 'offline', 0, 0, $8)",
            params![
                &agent.id,
                &agent.workspace_id,
                agent.email.to_lowercase(),
                agent.name.as_str(),
                agent.role.name(),
                agent.password_hash.as_str(),
                agent.capacity,
                now,
            ],
        )?;
        Ok(())
    }

    /// An agent of a workspace.
    pub fn agent(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &AgentId,
    ) -> Result<Option<Agent>, Error> {
        self.row(
            "select id, workspace_id, email, name, role, capacity, busy, presence, seen_at, deactivated_at,
               skills, languages, busy_units, wrap_up_until, last_accepted_at from agents where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?
        .map(agent)
        .transpose()
    }

    /// Every agent of a workspace.
    pub fn agents(&mut self, workspace_id: &WorkspaceId) -> Result<Vec<Agent>, Error> {
        self.rows(
            "select id, workspace_id, email, name, role, capacity, busy, presence, seen_at, deactivated_at,
               skills, languages, busy_units, wrap_up_until, last_accepted_at from agents where workspace_id = $1 order by name, id",
            params![workspace_id],
        )?
        .into_iter()
        .map(agent)
        .collect()
    }

    /// The agents with an address, with the hash of each one's password; addresses are
    /// unique in a workspace only.
    pub fn agents_by_email(&mut self, email: &str) -> Result<Vec<(Agent, String)>, Error> {
        self.rows(
            "select id, workspace_id, email, name, role, capacity, busy, presence, seen_at, deactivated_at,
               skills, languages, busy_units, wrap_up_until, last_accepted_at, password_hash from agents where email = $1 order by created_at",
            params![email.to_lowercase()],
        )?
        .into_iter()
        .map(|row| {
            let hash = row.text(15)?.to_string();
            Ok((agent(row)?, hash))
        })
        .collect()
    }

    /// Changes what an agent may and can do, and whether they work here at all.
    pub fn update_agent(&mut self, agent: &Agent) -> Result<(), Error> {
        self.execute(
            "update agents set name = $3, role = $4, capacity = $5, deactivated_at = $6,
               skills = $7, languages = $8
             where workspace_id = $1 and id = $2",
            params![
                &agent.workspace_id,
                &agent.id,
                agent.name.as_str(),
                agent.role.name(),
                agent.capacity,
                agent.deactivated_at,
                json(&agent.skills)?,
                json(&agent.languages)?,
            ],
        )?;
        Ok(())
    }

    /// Gives an agent another password.
    pub fn set_password(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &AgentId,
        password_hash: &str,
    ) -> Result<(), Error> {
        self.execute(
            "update agents set password_hash = $3 where workspace_id = $1 and id = $2",
            params![workspace_id, id, password_hash],
        )?;
        Ok(())
    }

    /// Sets what an agent says of themselves, and until when where that is wrap-up; a sign of
    /// life too.
    pub fn set_presence(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &AgentId,
        presence: Presence,
        wrap_up_until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.note_presence(workspace_id, id, presence, now)?;
        self.execute(
            "update agents set presence = $3, seen_at = $4, wrap_up_until = $5 where id = $1 and workspace_id = $2",
            params![id, workspace_id, presence.name(), now, wrap_up_until],
        )?;
        Ok(())
    }

    /// Agents who were in wrap-up long enough are online again. Returns how many.
    pub fn end_wrap_ups(
        &mut self,
        workspace_id: &WorkspaceId,
        now: Timestamp,
    ) -> Result<u64, Error> {
        self.note_ended_wrap_ups(workspace_id, now)?;
        self.execute(
            "update agents set presence = 'online', wrap_up_until = null
             where workspace_id = $1 and presence = 'wrap_up' and wrap_up_until <= $2",
            params![workspace_id, now],
        )
    }

    /// A sign of life from an agent's console.
    pub fn see_agent(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &AgentId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "update agents set seen_at = $3 where id = $1 and workspace_id = $2",
            params![id, workspace_id, now],
        )?;
        Ok(())
    }

    /// Takes units for one more conversation if so many are free of `capacity` chats of
    /// `chat_units` each; `false` if the agent is full.
    pub fn take_units(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &AgentId,
        (units, chat_units): (i64, i64),
        now: Timestamp,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update agents set busy = busy + 1, busy_units = busy_units + $3, last_accepted_at = $5
             where id = $1 and workspace_id = $2 and busy_units + $3 <= capacity * $4",
            params![id, workspace_id, units, chat_units, now],
        )?;
        Ok(changed > 0)
    }

    /// Gives back the units of one conversation.
    pub fn give_units(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &AgentId,
        units: i64,
    ) -> Result<(), Error> {
        self.execute(
            "update agents set busy = busy - 1, busy_units = busy_units - $3
             where id = $1 and workspace_id = $2 and busy > 0",
            params![id, workspace_id, units],
        )?;
        Ok(())
    }

    /// Agents of a workspace who say that they are there and hold conversations or could
    /// be asked, but showed no sign of life since `seen_before`.
    pub fn vanished_agents(
        &mut self,
        workspace_id: &WorkspaceId,
        seen_before: Timestamp,
    ) -> Result<Vec<Agent>, Error> {
        self.rows(
            "select id, workspace_id, email, name, role, capacity, busy, presence, seen_at, deactivated_at,
               skills, languages, busy_units, wrap_up_until, last_accepted_at from agents where workspace_id = $1 and seen_at < $2 and (presence <> 'offline' or busy > 0)",
            params![workspace_id, seen_before],
        )?
        .into_iter()
        .map(agent)
        .collect()
    }
}

fn agent(row: Row) -> Result<Agent, Error> {
    let role = Role::from_name(row.text(4)?).ok_or_else(|| Error::corrupt("unknown role"))?;
    let presence = match row.text(7)? {
        "online" => Presence::Online,
        "away" => Presence::Away,
        "wrap_up" => Presence::WrapUp,
        _ => Presence::Offline,
    };
    Ok(Agent {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        email: row.text(2)?.into(),
        name: row.text(3)?.into(),
        role,
        capacity: row.int(5)?,
        busy: row.int(6)?,
        presence,
        seen_at: row.at(8)?,
        deactivated_at: row.at_or_null(9),
        skills: row.json(10)?,
        languages: row.json(11)?,
        busy_units: row.int(12)?,
        wrap_up_until: row.at_or_null(13),
        last_accepted_at: row.at_or_null(14),
    })
}
