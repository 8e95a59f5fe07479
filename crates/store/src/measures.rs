//! The facts that the measures are computed from (P34 to P38).

use segue_core::ids::WorkspaceId;
use segue_core::signal::Trigger;
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

/// What the measures need of a handoff.
#[derive(Clone, Debug)]
pub struct HandoffFacts {
    /// When it entered the queue.
    pub at: Timestamp,
    /// Why.
    pub reasons: Vec<Trigger>,
    /// Minutes that were announced.
    pub promised_minutes: Option<i64>,
    /// When a human first wrote.
    pub first_reply_at: Option<Timestamp>,
    /// How it ended, if it has.
    pub outcome: Option<String>,
}

/// What the measures need of a rating.
#[derive(Clone, Debug)]
pub struct RatingFacts {
    /// 1..5.
    pub score: u8,
    /// Whether the customer had to repeat themselves.
    pub repeated: Option<bool>,
    /// `assistant`, `handoff` or `human`.
    pub served_by: String,
}

/// Conversations and handoffs of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// Days since 1970, UTC.
    pub day: i64,
    /// Conversations that began.
    pub conversations: i64,
    /// Conversations of that day that were handed off at least once.
    pub handed_off: i64,
}

impl Tx<'_> {
    /// Handoffs since an instant.
    pub fn handoff_facts(
        &mut self,
        workspace_id: &WorkspaceId,
        since: Timestamp,
    ) -> Result<Vec<HandoffFacts>, Error> {
        self.rows(
            "select at, reasons, promised_minutes, first_reply_at, outcome from handoffs
             where workspace_id = $1 and at >= $2 order by at",
            params![workspace_id, since],
        )?
        .into_iter()
        .map(|row| {
            Ok(HandoffFacts {
                at: row.at(0)?,
                reasons: row.json(1)?,
                promised_minutes: row.int_or_null(2),
                first_reply_at: row.at_or_null(3),
                outcome: row.text_or_null(4).map(Into::into),
            })
        })
        .collect()
    }

    /// Ratings since an instant.
    pub fn rating_facts(
        &mut self,
        workspace_id: &WorkspaceId,
        since: Timestamp,
    ) -> Result<Vec<RatingFacts>, Error> {
        self.rows(
            "select score, repeated, served_by from ratings where workspace_id = $1 and at >= $2",
            params![workspace_id, since],
        )?
        .into_iter()
        .map(|row| {
            Ok(RatingFacts {
                score: row.int(0)? as u8,
                repeated: row.int_or_null(1).map(|repeated| repeated != 0),
                served_by: row.text(2)?.into(),
            })
        })
        .collect()
    }

    /// Conversations by the day they began.
    pub fn day_counts(
        &mut self,
        workspace_id: &WorkspaceId,
        since: Timestamp,
    ) -> Result<Vec<DayCount>, Error> {
        self.rows(
            "select c.opened_at / 86400000, count(distinct c.id),
                    count(distinct h.conversation_id)
             from conversations c left join handoffs h on h.conversation_id = c.id
             where c.workspace_id = $1 and c.opened_at >= $2 group by 1 order by 1",
            params![workspace_id, since],
        )?
        .into_iter()
        .map(|row| {
            Ok(DayCount {
                day: row.int(0)?,
                conversations: row.int(1)?,
                handed_off: row.int(2)?,
            })
        })
        .collect()
    }
}
