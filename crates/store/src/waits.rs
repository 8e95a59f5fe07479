//! What waits are forecast from: how handoffs went, and what agents hold.

use std::collections::HashMap;

use segue_core::forecast::Promise;
use segue_core::ids::{AgentId, ConversationId, HandoffId, InboxId, TeamId, WorkspaceId};
use segue_core::queue::Priority;
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, params};
use crate::tx::Tx;

/// How one handoff went.
#[derive(Clone, Debug)]
pub struct Course {
    /// When it entered the queue.
    pub at: Timestamp,
    /// The team that answers for it.
    pub team_id: Option<TeamId>,
    /// How urgent it is.
    pub priority: Priority,
    /// When an agent took it.
    pub accepted_at: Option<Timestamp>,
    /// Who.
    pub agent_id: Option<AgentId>,
    /// When a human first wrote.
    pub first_reply_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<String>,
    /// The wait that was announced.
    pub promise: Option<Promise>,
}

/// A conversation that an agent holds.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldNow {
    /// Who.
    pub agent_id: AgentId,
    /// The team that answers for it.
    pub team_id: Option<TeamId>,
    /// Since when.
    pub since: Timestamp,
}

/// What somebody who waits live was told.
#[derive(Clone, Debug)]
pub struct ToldWait {
    /// Who.
    pub conversation_id: ConversationId,
    /// Where they came in.
    pub inbox_id: InboxId,
    /// What was promised first.
    pub promise: Promise,
    /// Until when they were told to wait, where that was told anew.
    pub told_until: Option<Timestamp>,
    /// When they were last told that it takes longer.
    pub told_at: Option<Timestamp>,
    /// Whether an agent had them already, and had to leave.
    pub was_served: bool,
}

const COURSES: &str = "select at, team_id, priority, accepted_at, agent_id, first_reply_at, ended_at, outcome, promise
     from handoffs where workspace_id = $1 and at >= $2 order by at desc limit $3";
const HELD: &str = "select c.agent_id, h.team_id, coalesce(h.accepted_at, h.at)
     from conversations c join handoffs h on h.conversation_id = c.id and h.ended_at is null
     where c.workspace_id = $1 and c.state = 'with_agent' and c.agent_id is not null limit 10000";

impl Tx<'_> {
    /// How handoffs since an instant went, oldest first; the newest where they are more.
    pub fn courses(
        &mut self,
        workspace_id: &WorkspaceId,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<Course>, Error> {
        let rows = self.rows(COURSES, params![workspace_id, since, limit])?;
        rows.into_iter().rev().map(course).collect()
    }

    /// What the agents of a workspace hold.
    pub fn held_now(&mut self, workspace_id: &WorkspaceId) -> Result<Vec<HeldNow>, Error> {
        let rows = self.rows(HELD, params![workspace_id])?.into_iter();
        let held = rows.map(|row| {
            Ok(HeldNow {
                agent_id: row.id(0)?,
                team_id: row.id_or_null(1),
                since: row.at(2)?,
            })
        });
        held.collect()
    }

    /// How many minutes those were promised at first who wait in person.
    pub fn promised_minutes(
        &mut self,
        workspace_id: &WorkspaceId,
    ) -> Result<HashMap<ConversationId, u32>, Error> {
        let rows = self.rows(
            "select w.conversation_id, h.promised_minutes
             from waits w join handoffs h on h.conversation_id = w.conversation_id and h.ended_at is null
             where w.workspace_id = $1 and w.by_email = $2 and h.promised_minutes is not null limit 20000",
            params![workspace_id, false],
        )?;
        let promised = rows.into_iter().map(|row| {
            let minutes = row.int(1)?.clamp(0, i64::from(u32::MAX)) as u32;
            Ok((row.id(0)?, minutes))
        });
        promised.collect()
    }

    /// The customer of a handoff is shown a wait until then; `told_at` where words said so.
    pub fn handoff_told(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &HandoffId,
        until: Timestamp,
        told_at: Option<Timestamp>,
    ) -> Result<(), Error> {
        self.execute(
            "update handoffs set told_until = $3, told_at = coalesce($4, told_at)
             where id = $2 and workspace_id = $1",
            params![workspace_id, id, until, told_at],
        )?;
        Ok(())
    }

    /// What those were told who wait with a promise.
    pub fn told_waits(&mut self, workspace_id: &WorkspaceId) -> Result<Vec<ToldWait>, Error> {
        let rows = self.rows(
            "select w.conversation_id, h.inbox_id, h.promise, h.told_until, h.told_at, h.accepted_at
             from waits w join handoffs h on h.conversation_id = w.conversation_id and h.ended_at is null
             where w.workspace_id = $1 and w.by_email = $2 and h.promise is not null limit 20000",
            params![workspace_id, false],
        )?;
        let told = rows.into_iter().map(|row| {
            Ok(ToldWait {
                conversation_id: row.id(0)?,
                inbox_id: row.id(1)?,
                promise: row.json(2)?,
                told_until: row.at_or_null(3),
                told_at: row.at_or_null(4),
                was_served: row.at_or_null(5).is_some(),
            })
        });
        told.collect()
    }
}

fn course(row: Row) -> Result<Course, Error> {
    Ok(Course {
        at: row.at(0)?,
        team_id: row.id_or_null(1),
        priority: Priority::new(row.int(2)?.clamp(0, 255) as u8),
        accepted_at: row.at_or_null(3),
        agent_id: row.id_or_null(4),
        first_reply_at: row.at_or_null(5),
        ended_at: row.at_or_null(6),
        outcome: row.text_or_null(7).map(Into::into),
        promise: row.text_or_null(8).map(|_| row.json(8)).transpose()?,
    })
}
