//! The events of conversations: appended, numbered, read in order.

use segue_core::event::{Event, Fact};
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, Value, json, params};
use crate::tx::Tx;

/// A place in the list of a workspace's events; the default is before the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPlace {
    /// When.
    pub at: Timestamp,
    /// In which conversation, or empty.
    pub conversation_id: String,
    /// Its number.
    pub seq: u64,
}

const AFTER: &str = "select seq, at, epoch, fact, body from events
    where conversation_id = $1 and seq > $2 and workspace_id = $3 order by seq limit $4";
pub(crate) const SENT_AS: &str = "select seq, at, epoch, fact, body from events
    where conversation_id = $1 and client_message_id = $2 and workspace_id = $3";

impl Tx<'_> {
    /// Appends an event that `Conversation::record` numbered.
    pub fn add_event(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
        event: &Event,
    ) -> Result<(), Error> {
        let (kind, client_message_id) = match &event.fact {
            Fact::MessageAdded(message) => ("message_added", message.client_message_id.as_deref()),
            other => (kind_of(other), None),
        };
        let body = event.body.as_ref().map_or(Ok(Value::Null), json)?;
        self.execute_later(
            "insert into events (conversation_id, seq, workspace_id, at, epoch, kind, fact, body, client_message_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            params![
                conversation_id,
                event.seq as i64,
                workspace_id,
                event.at,
                event.epoch as i64,
                kind,
                json(&event.fact)?,
                body,
                client_message_id,
            ],
        )?;
        Ok(())
    }

    /// Events after `after`, in order, at most `limit`.
    pub fn events(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
        after: u64,
        limit: i64,
    ) -> Result<Vec<Event>, Error> {
        self.rows(
            AFTER,
            params![
                conversation_id,
                i64::try_from(after).unwrap_or(i64::MAX),
                workspace_id,
                limit
            ],
        )?
        .into_iter()
        .map(event)
        .collect()
    }

    /// The same of several conversations, on PostgreSQL in one round trip.
    pub fn events_of_each(
        &mut self,
        asked: &[(WorkspaceId, ConversationId, u64)],
        limit: i64,
    ) -> Result<Vec<Vec<Event>>, Error> {
        let values: Vec<[Value; 4]> = asked
            .iter()
            .map(|(workspace_id, conversation_id, after)| {
                let after = i64::try_from(*after).unwrap_or(i64::MAX);
                [
                    Value::from(conversation_id),
                    after.into(),
                    workspace_id.into(),
                    limit.into(),
                ]
            })
            .collect();
        let queries: Vec<(&'static str, &[Value])> = values
            .iter()
            .map(|values| (AFTER, values.as_slice()))
            .collect();
        self.rows_of_each(&queries)?
            .into_iter()
            .map(|rows| rows.into_iter().map(event).collect())
            .collect()
    }

    /// The event of a message that its sender has sent before under the same id.
    pub fn event_sent_as(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
        client_message_id: &str,
    ) -> Result<Option<Event>, Error> {
        self.row(
            SENT_AS,
            params![conversation_id, client_message_id, workspace_id],
        )?
        .map(event)
        .transpose()
    }

    /// The first thing the customer said, for lists; the name of a file where they only sent
    /// one.
    pub fn first_customer_text(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
    ) -> Result<Option<String>, Error> {
        let rows = self.rows(
            "select seq, at, epoch, fact, body from events
             where conversation_id = $1 and kind = 'message_added' and workspace_id = $2 order by seq limit 6",
            params![conversation_id, workspace_id],
        )?;
        for row in rows {
            let event = event(row)?;
            if let Fact::MessageAdded(message) = &event.fact
                && message.role == segue_core::event::Role::Customer
            {
                let said = event.body.and_then(|body| {
                    let first = body.files.into_iter().next();
                    body.text.or(first.map(|file| file.name))
                });
                return Ok(said);
            }
        }
        Ok(None)
    }

    /// When something last happened in a workspace.
    pub fn last_event_at(
        &mut self,
        workspace_id: &WorkspaceId,
    ) -> Result<Option<Timestamp>, Error> {
        let row = self.row(
            "select max(at) from events where workspace_id = $1",
            params![workspace_id],
        )?;
        Ok(row.and_then(|row| row.at_or_null(0)))
    }

    /// Events of a whole workspace after a place in its list and not younger than
    /// `until`, in the order of time.
    pub fn workspace_events(
        &mut self,
        workspace_id: &WorkspaceId,
        after: &EventPlace,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<(ConversationId, Event)>, Error> {
        self.rows(
            "select seq, at, epoch, fact, body, conversation_id from events
             where workspace_id = $1 and at <= $2
               and (at > $3 or (at = $3 and (conversation_id > $4 or (conversation_id = $4 and seq > $5))))
             order by at, conversation_id, seq limit $6",
            params![
                workspace_id,
                until,
                after.at,
                after.conversation_id.as_str(),
                after.seq as i64,
                limit
            ],
        )?
        .into_iter()
        .map(|row| Ok((row.id(5)?, event(row)?)))
        .collect()
    }
}

pub(crate) fn event(row: Row) -> Result<Event, Error> {
    let body = match row.text_or_null(4) {
        Some(_) => Some(row.json(4)?),
        None => None,
    };
    Ok(Event {
        seq: row.int(0)? as u64,
        at: row.at(1)?,
        epoch: row.int(2)? as u64,
        fact: row.json(3)?,
        body,
    })
}

/// The `kind` of a fact as in its JSON.
fn kind_of(fact: &Fact) -> &'static str {
    match fact {
        Fact::Started { .. } => "started",
        Fact::MessageAdded(_) => "message_added",
        Fact::Decided { .. } => "decided",
        Fact::AttemptMade { .. } => "attempt_made",
        Fact::AttemptJudged { .. } => "attempt_judged",
        Fact::AnswerMissed => "answer_missed",
        Fact::HandedOff { .. } => "handed_off",
        Fact::WaitReviewed => "wait_reviewed",
        Fact::Invited { .. } => "invited",
        Fact::InvitationEnded { .. } => "invitation_ended",
        Fact::Accepted { .. } => "accepted",
        Fact::Dropped { .. } => "dropped",
        Fact::Transferred { .. } => "transferred",
        Fact::TakenOver { .. } => "taken_over",
        Fact::HandedBack { .. } => "handed_back",
        Fact::HandoffCancelled => "handoff_cancelled",
        Fact::EmailChosen { .. } => "email_chosen",
        Fact::ReplyOverdue => "reply_overdue",
        Fact::CustomerLeft { .. } => "customer_left",
        Fact::CustomerReturned => "customer_returned",
        Fact::PlaceKept => "place_kept",
        Fact::TurnNear { .. } => "turn_near",
        Fact::HoursEnded => "hours_ended",
        Fact::DetailAsked { .. } => "detail_asked",
        Fact::DetailTold { .. } => "detail_told",
        Fact::PackageFilled { .. } => "package_filled",
        Fact::Reminded => "reminded",
        Fact::Resolved { .. } => "resolved",
        Fact::Reopened { .. } => "reopened",
        Fact::Rated { .. } => "rated",
        Fact::CustomerRepeated { .. } => "customer_repeated",
        Fact::SentDespite { .. } => "sent_despite",
        Fact::Identified { .. } => "identified",
        Fact::Erased => "erased",
    }
}
