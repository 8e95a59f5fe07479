//! Conversations: the folded state with the columns that lists and the clock need.

use segue_core::conversation::{Conversation, Due, Owner};
use segue_core::event::Event;
use segue_core::ids::{AgentId, ContactId, ConversationId, WorkspaceId};
use segue_core::policy::Timings;
use segue_core::queue::Priority;
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::events::{SENT_AS, event};
use crate::sql::{Row, Value, json, params};
use crate::tx::Tx;

/// A conversation in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The conversation.
    pub conversation: Conversation,
    /// How urgent its wait is.
    pub priority: Priority,
    /// Its last event's time.
    pub touched_at: Timestamp,
}

/// Which conversations a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// Those that wait for a human.
    Queue,
    /// Those that an agent owns.
    Agent(AgentId),
    /// Those of one contact.
    Contact(ContactId),
    /// Those that are over.
    Done,
    /// All.
    All,
}

/// Which conversations that are not over a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// All of them.
    All,
    /// Those that the assistant answers.
    Assisted,
}

/// Where a list goes on that stands by the last word: behind this conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// When something was last said in it, as it stood in the list.
    pub touched_at: Timestamp,
    /// Which.
    pub id: ConversationId,
}

pub(crate) const SELECT_DUE: &str = "select id, due from conversations where workspace_id = $1 and due_at <= $2 order by due_at limit $3";

impl Tx<'_> {
    /// Adds a conversation.
    pub fn add_conversation(
        &mut self,
        conversation: &Conversation,
        timings: &Timings,
        now: Timestamp,
    ) -> Result<(), Error> {
        let due = conversation.due(timings);
        self.execute_later(
            "insert into conversations (id, workspace_id, inbox_id, contact_id, seq, epoch, state, agent_id, priority,
               queued_at, opened_at, touched_at, due_at, due, snapshot)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            params![
                &conversation.id,
                &conversation.workspace_id,
                &conversation.inbox_id,
                &conversation.contact_id,
                conversation.seq as i64,
                conversation.epoch as i64,
                conversation.state().name(),
                agent_of(conversation),
                priority_of(conversation).unwrap_or(0),
                conversation.wait().map(|wait| wait.queued_at),
                conversation.opened_at,
                now,
                due.map(|(at, _)| at),
                due_text(due)?,
                json(conversation)?,
            ],
        )?;
        match conversation.wait() {
            Some(_) => self.keep_wait(conversation),
            None => Ok(()),
        }
    }

    /// Loads a conversation and keeps it from changing until the commit.
    pub fn conversation_for_update(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<Option<Conversation>, Error> {
        let sql = self.select_for_update();
        self.row(sql, params![id, workspace_id])?
            .map(|row| row.json(0))
            .transpose()
    }

    /// The same, with the event of a message that its sender has sent before under an id.
    /// On PostgreSQL the second query sees what was committed while the first waited for
    /// its lock.
    pub fn conversation_for_message(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
        client_message_id: &str,
    ) -> Result<Option<(Conversation, Option<Event>)>, Error> {
        let sql = self.select_for_update();
        let mut found = self.rows_of_each(&[
            (sql, params![id, workspace_id]),
            (SENT_AS, params![id, client_message_id, workspace_id]),
        ])?;
        let sent = found.pop().and_then(|mut rows| rows.pop()).map(event);
        let Some(row) = found.pop().and_then(|mut rows| rows.pop()) else {
            return Ok(None);
        };
        Ok(Some((row.json(0)?, sent.transpose()?)))
    }

    fn select_for_update(&self) -> &'static str {
        if self.is_postgres() {
            "select snapshot from conversations where id = $1 and workspace_id = $2 for update"
        } else {
            "select snapshot from conversations where id = $1 and workspace_id = $2"
        }
    }

    /// A conversation, to look at.
    pub fn conversation(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<Option<Conversation>, Error> {
        self.row(
            "select snapshot from conversations where id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?
        .map(|row| row.json(0))
        .transpose()
    }

    /// Stores a conversation in which nothing but words changed: state, owner and due
    /// time are as before, so no list and no index is touched.
    pub fn touch_conversation(
        &mut self,
        conversation: &Conversation,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute_later(
            "update conversations set seq = $3, touched_at = $4, snapshot = $5
             where id = $1 and workspace_id = $2",
            params![
                &conversation.id,
                &conversation.workspace_id,
                conversation.seq as i64,
                now,
                json(conversation)?,
            ],
        )?;
        Ok(())
    }

    /// Stores what the recorded events made of it.
    pub fn update_conversation(
        &mut self,
        conversation: &Conversation,
        timings: &Timings,
        now: Timestamp,
    ) -> Result<(), Error> {
        let due = conversation.due(timings);
        self.execute_later(
            "update conversations set seq = $3, epoch = $4, state = $5, agent_id = $6, queued_at = $7,
               touched_at = $8, due_at = $9, due = $10, snapshot = $11, contact_id = $12, priority = coalesce(cast($13 as bigint), priority)
             where id = $1 and workspace_id = $2",
            params![
                &conversation.id,
                &conversation.workspace_id,
                conversation.seq as i64,
                conversation.epoch as i64,
                conversation.state().name(),
                agent_of(conversation),
                conversation.wait().map(|wait| wait.queued_at),
                now,
                due.map(|(at, _)| at),
                due_text(due)?,
                json(conversation)?,
                &conversation.contact_id,
                priority_of(conversation),
            ],
        )?;
        self.keep_wait(conversation)
    }

    /// Conversations of a workspace whose due time has come, the longest overdue first.
    pub fn conversations_due(
        &mut self,
        workspace_id: &WorkspaceId,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<(ConversationId, Due)>, Error> {
        let rows = self.rows(SELECT_DUE, params![workspace_id, now, limit])?;
        rows.into_iter()
            .map(|row| Ok((row.id(0)?, row.json(1)?)))
            .collect()
    }

    /// A conversation as in a list.
    pub fn listed(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<Option<Listed>, Error> {
        self.row(
            "select snapshot, priority, touched_at from conversations where id = $1 and workspace_id = $2",
            params![id, workspace_id],
        )?
        .map(listed)
        .transpose()
    }

    /// A list of conversations: the queue by its longest wait, an agent's by their last
    /// word, others the newest first and those older than `before`.
    pub fn list_conversations(
        &mut self,
        workspace_id: &WorkspaceId,
        view: &View,
        before: Option<&ConversationId>,
        limit: i64,
    ) -> Result<Vec<Listed>, Error> {
        let rows = match view {
            View::Queue => self.rows(
                "select snapshot, priority, touched_at from conversations
                 where workspace_id = $1 and state in ('queued', 'by_email') order by queued_at limit $2",
                params![workspace_id, limit],
            ),
            View::Agent(agent_id) => self.rows(
                "select snapshot, priority, touched_at from conversations
                 where agent_id = $1 and state = 'with_agent' and workspace_id = $2 order by touched_at desc limit $3",
                params![agent_id, workspace_id, limit],
            ),
            View::Contact(contact_id) => self.rows(
                "select snapshot, priority, touched_at from conversations
                 where contact_id = $1 and workspace_id = $2 and (cast($3 as text) is null or id < $3)
                 order by id desc limit $4",
                params![contact_id, workspace_id, before, limit],
            ),
            View::Done => self.rows(
                "select snapshot, priority, touched_at from conversations
                 where workspace_id = $1 and state = 'resolved' and (cast($2 as text) is null or id < $2)
                 order by id desc limit $3",
                params![workspace_id, before, limit],
            ),
            View::All => self.rows(
                "select snapshot, priority, touched_at from conversations
                 where workspace_id = $1 and (cast($2 as text) is null or id < $2) order by id desc limit $3",
                params![workspace_id, before, limit],
            ),
        }?;
        rows.into_iter().map(listed).collect()
    }

    /// Conversations that are not over, the last touched first; those behind one where the list
    /// goes on.
    pub fn list_open(
        &mut self,
        workspace_id: &WorkspaceId,
        which: Open,
        behind: Option<&Behind>,
        limit: i64,
    ) -> Result<Vec<Listed>, Error> {
        let (touched_at, id) = match behind {
            Some(behind) => (behind.touched_at, behind.id.as_str()),
            None => (Timestamp::from_millis(i64::MAX), ""),
        };
        let sql = match which {
            Open::All => OPEN,
            Open::Assisted => ASSISTED,
        };
        let rows = self.rows(sql, params![workspace_id, touched_at, id, limit])?;
        rows.into_iter().map(listed).collect()
    }
}

const OPEN: &str = "select snapshot, priority, touched_at from conversations
     where workspace_id = $1 and state in ('with_assistant', 'queued', 'by_email', 'with_agent')
       and (touched_at < $2 or (touched_at = $2 and id < $3))
     order by touched_at desc, id desc limit $4";
const ASSISTED: &str = "select snapshot, priority, touched_at from conversations
     where workspace_id = $1 and state = 'with_assistant'
       and (touched_at < $2 or (touched_at = $2 and id < $3))
     order by touched_at desc, id desc limit $4";

pub(crate) fn listed(row: Row) -> Result<Listed, Error> {
    Ok(Listed {
        conversation: row.json(0)?,
        priority: Priority::new(row.int(1)?.clamp(0, 255) as u8),
        touched_at: row.at(2)?,
    })
}

/// How urgent the present handoff is.
fn priority_of(conversation: &Conversation) -> Option<i64> {
    conversation
        .wait()
        .map(|wait| i64::from(wait.needs.priority.level()))
}

fn agent_of(conversation: &Conversation) -> Option<String> {
    match conversation.owner() {
        Owner::Agent(id) => Some(id.as_str().to_string()),
        Owner::Assistant | Owner::Queue | Owner::Nobody => None,
    }
}

fn due_text(due: Option<(Timestamp, Due)>) -> Result<Value, Error> {
    due.map_or(Ok(Value::Null), |(_, due)| json(&due))
}
