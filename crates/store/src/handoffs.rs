//! The record of each handoff: why, what was promised, what the agent received, and
//! when things happened. Also the customers' ratings.

use segue_core::forecast::Promise;
use segue_core::ids::{AgentId, ConversationId, HandoffId, InboxId, TeamId, WorkspaceId};
use segue_core::package::Package;
use segue_core::queue::Priority;
use segue_core::signal::Trigger;
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// One act of handing over.
#[derive(Clone, Debug)]
pub struct Handoff {
    /// Its id.
    pub id: HandoffId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// Of which conversation.
    pub conversation_id: ConversationId,
    /// Where it came in.
    pub inbox_id: InboxId,
    /// When it entered the queue.
    pub at: Timestamp,
    /// Why.
    pub reasons: Vec<Trigger>,
    /// What the agent receives.
    pub package: Option<Package>,
    /// The wait that was announced.
    pub promise: Option<Promise>,
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
    /// The team that answers for it.
    pub team_id: Option<TeamId>,
    /// How urgent it is.
    pub priority: Priority,
    /// Until when the customer was last told to wait, where that was told anew.
    pub told_until: Option<Timestamp>,
}

/// How a handoff ended without an agent's disposition.
pub struct HandoffEnd;

impl HandoffEnd {
    /// The customer went back to the assistant.
    pub const CANCELLED: &'static str = "cancelled";
    /// Its agent gave it back to the assistant.
    pub const HANDED_BACK: &'static str = "handed_back";
    /// The customer said that it is solved.
    pub const BY_CUSTOMER: &'static str = "by_customer";
    /// Nobody came for as long as the policy lets a customer wait.
    pub const WAIT_LIMIT: &'static str = "wait_limit";
    /// The customer left the queue without a word and did not return in time.
    pub const VANISHED: &'static str = "vanished";
    /// The customer's personal data was removed while it went on.
    pub const ERASED: &'static str = "erased";
}

const SELECT_ONE: &str = "select id, workspace_id, conversation_id, inbox_id, at, reasons, package, promise, accepted_at,
    agent_id, first_reply_at, ended_at, outcome, team_id, priority, told_until from handoffs where workspace_id = $1 and id = $2";
const SELECT_LIST: &str = "select id, workspace_id, conversation_id, inbox_id, at, reasons, package, promise, accepted_at,
    agent_id, first_reply_at, ended_at, outcome, team_id, priority, told_until from handoffs
    where workspace_id = $1 and (cast($2 as text) is null or id < $2)
    order by id desc limit $3";

pub(crate) const SELECT_OF: &str = "select id, workspace_id, conversation_id, inbox_id, at, reasons, package, promise, accepted_at,
    agent_id, first_reply_at, ended_at, outcome, team_id, priority, told_until from handoffs
    where workspace_id = $1 and conversation_id = $2 and (cast($3 as text) is null or id < $3)
    order by id desc limit $4";

impl Tx<'_> {
    /// Enters a handoff.
    pub fn add_handoff(&mut self, handoff: &Handoff) -> Result<(), Error> {
        let package = handoff.package.as_ref().map(json).transpose()?;
        let promise = handoff.promise.as_ref().map(json).transpose()?;
        self.execute(
            "insert into handoffs (id, workspace_id, conversation_id, inbox_id, at, reasons, package, promised_minutes,
               promise, accepted_at, agent_id, first_reply_at, ended_at, outcome, team_id, priority, told_until)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
            params![
                &handoff.id,
                &handoff.workspace_id,
                &handoff.conversation_id,
                &handoff.inbox_id,
                handoff.at,
                json(&handoff.reasons)?,
                package,
                handoff.promise.as_ref().map(|promise| i64::from(promise.minutes)),
                promise,
                handoff.accepted_at,
                handoff.agent_id.as_ref(),
                handoff.first_reply_at,
                handoff.ended_at,
                handoff.outcome.as_deref(),
                handoff.team_id.as_ref(),
                i64::from(handoff.priority.level()),
                handoff.told_until,
            ],
        )?;
        Ok(())
    }

    /// A handoff of a workspace.
    pub fn handoff(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &HandoffId,
    ) -> Result<Option<Handoff>, Error> {
        self.row(SELECT_ONE, params![workspace_id, id])?
            .map(handoff)
            .transpose()
    }

    /// Handoffs, newest first; of one conversation if named.
    pub fn handoffs(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: Option<&ConversationId>,
        before: Option<&HandoffId>,
        limit: i64,
    ) -> Result<Vec<Handoff>, Error> {
        let rows = match conversation_id {
            Some(id) => self.rows(SELECT_OF, params![workspace_id, id, before, limit])?,
            None => self.rows(SELECT_LIST, params![workspace_id, before, limit])?,
        };
        rows.into_iter().map(handoff).collect()
    }

    /// Replaces the package: the customer has told more while they wait.
    pub fn set_package(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &HandoffId,
        package: &Package,
    ) -> Result<(), Error> {
        let package = json(package)?;
        self.execute(
            "update handoffs set package = $3 where id = $1 and workspace_id = $2",
            params![id, workspace_id, package],
        )?;
        Ok(())
    }

    /// An agent took it. As with all that follows a handoff, it is not on record as having
    /// happened before it: clocks differ, and are set back.
    pub fn handoff_accepted(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &HandoffId,
        agent_id: &AgentId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "update handoffs set agent_id = $3,
               accepted_at = coalesce(accepted_at, case when $4 < at then at else $4 end)
             where id = $1 and workspace_id = $2",
            params![id, workspace_id, agent_id, now],
        )?;
        Ok(())
    }

    /// A human wrote; only the first time counts.
    pub fn handoff_replied(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &HandoffId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "update handoffs set first_reply_at = case when $3 < at then at else $3 end
             where id = $1 and workspace_id = $2 and first_reply_at is null",
            params![id, workspace_id, now],
        )?;
        Ok(())
    }

    /// It is over.
    pub fn handoff_ended(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &HandoffId,
        outcome: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "update handoffs set ended_at = case when $3 < at then at else $3 end, outcome = $4
             where id = $1 and workspace_id = $2 and ended_at is null",
            params![id, workspace_id, now, outcome],
        )?;
        Ok(())
    }

    /// It goes on after its end: the customer came back to its agent, or an agent opened it
    /// again.
    pub fn handoff_resumed(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &HandoffId,
    ) -> Result<(), Error> {
        self.execute(
            "update handoffs set ended_at = null, outcome = null
             where id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?;
        Ok(())
    }

    /// Another team answers for it from here on; `None` for everybody.
    pub fn handoff_passed(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &HandoffId,
        team_id: Option<&TeamId>,
        package: &Package,
    ) -> Result<(), Error> {
        let package = json(package)?;
        self.execute(
            "update handoffs set team_id = $3, package = $4 where id = $1 and workspace_id = $2",
            params![id, workspace_id, team_id, package],
        )?;
        Ok(())
    }

    /// Enters a rating. `served_by` is `assistant`, `handoff` or `human`.
    pub fn add_rating(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
        score: u8,
        repeated: Option<bool>,
        served_by: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "insert into ratings (conversation_id, workspace_id, at, score, repeated, served_by)
             values ($1, $2, $3, $4, $5, $6)",
            params![
                conversation_id,
                workspace_id,
                now,
                i64::from(score),
                repeated,
                served_by
            ],
        )?;
        Ok(())
    }

    /// The ratings of a conversation, oldest first: when, the score, whether something had
    /// to be repeated.
    pub fn ratings(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
    ) -> Result<Vec<(Timestamp, i64, Option<bool>)>, Error> {
        self.rows(
            "select at, score, repeated from ratings
             where conversation_id = $1 and workspace_id = $2 order by at",
            params![conversation_id, workspace_id],
        )?
        .into_iter()
        .map(|row| {
            let repeated = row.int_or_null(2).map(|repeated| repeated != 0);
            Ok((row.at(0)?, row.int(1)?, repeated))
        })
        .collect()
    }
}

fn handoff(row: Row) -> Result<Handoff, Error> {
    Ok(Handoff {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        conversation_id: row.id(2)?,
        inbox_id: row.id(3)?,
        at: row.at(4)?,
        reasons: row.json(5)?,
        package: row.text_or_null(6).map(|_| row.json(6)).transpose()?,
        promise: row.text_or_null(7).map(|_| row.json(7)).transpose()?,
        accepted_at: row.at_or_null(8),
        agent_id: row.id_or_null(9),
        first_reply_at: row.at_or_null(10),
        ended_at: row.at_or_null(11),
        outcome: row.text_or_null(12).map(Into::into),
        team_id: row.id_or_null(13),
        priority: Priority::new(row.int(14)?.clamp(0, 255) as u8),
        told_until: row.at_or_null(15),
    })
}
