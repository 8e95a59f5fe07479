//! The queue: a row for each conversation that waits for a human, and the floor of those
//! who answer.

use std::collections::HashMap;

use segue_core::conversation::Conversation;
use segue_core::ids::{AgentId, ContactId, ConversationId, TeamId, WorkspaceId};
use segue_core::queue::Waiting;
use segue_core::route::{Agent, Floor, Overflow, Routing, Team};
use segue_core::time::Timestamp;

use crate::agents::Presence;
use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

const WAITING: &str =
    "select conversation_id, contact_id, queued_at, by_email, language, needs, invited_agent_id, passed_by, away, kept,
       asked_since
     from waits where workspace_id = $1 order by queued_at limit 20000";

impl Tx<'_> {
    /// Writes or removes the row of a conversation's wait.
    pub(crate) fn keep_wait(&mut self, conversation: &Conversation) -> Result<(), Error> {
        let Some(waiting) = Waiting::of(conversation) else {
            return self.execute_later(
                "delete from waits where conversation_id = $1 and workspace_id = $2",
                params![&conversation.id, &conversation.workspace_id],
            );
        };
        self.execute_later(
            "insert into waits (conversation_id, workspace_id, contact_id, queued_at, by_email, language, needs,
               invited_agent_id, passed_by, away, kept, asked_since)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             on conflict (conversation_id) do update set contact_id = excluded.contact_id,
               queued_at = excluded.queued_at, by_email = excluded.by_email, needs = excluded.needs,
               invited_agent_id = excluded.invited_agent_id, passed_by = excluded.passed_by, away = excluded.away,
               kept = excluded.kept, asked_since = excluded.asked_since",
            params![
                &waiting.conversation_id,
                &conversation.workspace_id,
                &waiting.contact_id,
                waiting.queued_at,
                waiting.by_email,
                waiting.language.as_str(),
                json(&waiting.needs)?,
                waiting.invited.as_ref(),
                json(&waiting.passed_by)?,
                waiting.away,
                waiting.kept,
                waiting.asked_since,
            ],
        )
    }

    /// Everybody who waits in a workspace; `core::queue::order` sorts them.
    pub fn waiting(&mut self, workspace_id: &WorkspaceId) -> Result<Vec<Waiting>, Error> {
        self.rows(WAITING, params![workspace_id])?
            .into_iter()
            .map(waiting)
            .collect()
    }

    /// What an agent is invited to.
    pub fn invited_to(
        &mut self,
        workspace_id: &WorkspaceId,
        agent_id: &AgentId,
    ) -> Result<Vec<ConversationId>, Error> {
        self.rows(
            "select conversation_id from waits where invited_agent_id = $2 and workspace_id = $1 order by queued_at",
            params![workspace_id, agent_id],
        )?
        .into_iter()
        .map(|row| row.id(0))
        .collect()
    }

    /// Units of what an agent is invited to, of a chat and an answer by e-mail.
    pub fn invited_units(
        &mut self,
        workspace_id: &WorkspaceId,
        agent_id: &AgentId,
        routing: &Routing,
    ) -> Result<i64, Error> {
        let rows = self.rows(
            "select by_email from waits where invited_agent_id = $2 and workspace_id = $1",
            params![workspace_id, agent_id],
        )?;
        let units = rows.iter().map(|row| Ok(routing.units(row.truth(0)?)));
        units.sum()
    }

    /// Teams and people of a workspace, and how its work is shared out. An agent is there
    /// who was seen since `seen_after`.
    pub fn floor(
        &mut self,
        workspace_id: &WorkspaceId,
        now: Timestamp,
        seen_after: Timestamp,
    ) -> Result<Floor, Error> {
        let workspace = self.workspace(workspace_id)?;
        let routing = workspace.map_or_else(Default::default, |it| it.settings.routing);
        let mut teams_of: HashMap<AgentId, Vec<TeamId>> = HashMap::new();
        for (team_id, agent_id) in self.team_members(workspace_id)? {
            teams_of.entry(agent_id).or_default().push(team_id);
        }
        let agents = self.agents(workspace_id)?;
        let on_floor = agents.into_iter().filter(|agent| agent.is_active());
        let on_floor = on_floor.map(|agent| {
            let is_seen = agent.seen_at >= seen_after;
            Agent {
                is_there: is_seen && matches!(agent.presence, Presence::Online | Presence::WrapUp),
                takes_new: is_seen && agent.takes_new(now),
                capacity: agent.capacity * routing.chat_units,
                busy: agent.busy_units,
                last_accepted_at: agent.last_accepted_at,
                teams: teams_of.remove(&agent.id).unwrap_or_default(),
                skills: agent.skills,
                languages: agent.languages,
                id: agent.id,
            }
        });
        let on_floor = on_floor.collect();
        let teams = self.teams(workspace_id)?.into_iter().map(|team| Team {
            id: team.id,
            name: team.name,
            overflow: team
                .overflow
                .map(|(to, after_ms)| Overflow { to, after_ms }),
        });
        Ok(Floor::new(teams.collect(), on_floor, routing))
    }

    /// The agent who looks after a customer (P11).
    pub fn dedicated_agent(
        &mut self,
        workspace_id: &WorkspaceId,
        contact_id: &ContactId,
    ) -> Result<Option<AgentId>, Error> {
        let row = self.row(
            "select dedicated_agent_id from contacts
             where workspace_id = $1 and id = $2 and dedicated_agent_id is not null",
            params![workspace_id, contact_id],
        )?;
        row.map(|row| row.id(0)).transpose()
    }

    /// Gives a customer an agent who looks after them, or nobody; `false` if there is no
    /// such customer.
    pub fn set_dedicated_agent(
        &mut self,
        workspace_id: &WorkspaceId,
        contact_id: &ContactId,
        agent_id: Option<&AgentId>,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update contacts set dedicated_agent_id = $3 where workspace_id = $1 and id = $2",
            params![workspace_id, contact_id, agent_id],
        )?;
        Ok(changed > 0)
    }

    /// The agent who served a customer last.
    pub fn last_agent(
        &mut self,
        workspace_id: &WorkspaceId,
        contact_id: &ContactId,
    ) -> Result<Option<AgentId>, Error> {
        let row = self.row(
            "select h.agent_id from conversations c join handoffs h on h.conversation_id = c.id
             where c.contact_id = $2 and c.workspace_id = $1 and h.agent_id is not null
             order by h.accepted_at desc limit 1",
            params![workspace_id, contact_id],
        )?;
        row.map(|row| row.id(0)).transpose()
    }
}

fn waiting(row: Row) -> Result<Waiting, Error> {
    Ok(Waiting {
        conversation_id: row.id(0)?,
        contact_id: row.id(1)?,
        queued_at: row.at(2)?,
        by_email: row.truth(3)?,
        language: row.text(4)?.into(),
        needs: row.json(5)?,
        invited: row.text_or_null(6).and_then(AgentId::parse),
        passed_by: row.json(7)?,
        away: row.truth(8)?,
        kept: row.truth(9)?,
        asked_since: row.at(10)?,
    })
}
