//! What was decided in past conversations, in pieces, to try another policy on it.

use std::collections::BTreeMap;

use segue_core::ids::{ConversationId, InboxId, WorkspaceId};
use segue_core::signal::Trigger;
use segue_core::time::Timestamp;
use segue_core::trial::{Course, Decided};

use crate::error::Error;
use crate::sql::params;
use crate::tx::Tx;

/// A past conversation, as far as policies care.
#[derive(Clone, Debug)]
pub struct PastCourse {
    /// Where it came in.
    pub inbox_id: InboxId,
    /// What was decided in it.
    pub course: Course,
}

/// A past handoff with its reasons.
#[derive(Clone, Debug)]
pub struct PastHandoff {
    /// Of which conversation.
    pub conversation_id: ConversationId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reasons: Vec<Trigger>,
    /// When an agent took it.
    pub accepted_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<String>,
}

impl Tx<'_> {
    /// How many of the newest conversations there are, up to a number.
    pub fn count_newest(&mut self, workspace_id: &WorkspaceId, most: i64) -> Result<i64, Error> {
        let row = self.row(
            "select count(*) from (select id from conversations where workspace_id = $1
               order by id desc limit $2) newest",
            params![workspace_id, most],
        )?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// Past conversations before one of them, newest first, with all that was decided in
    /// each.
    pub fn past_courses(
        &mut self,
        workspace_id: &WorkspaceId,
        before: Option<&ConversationId>,
        limit: i64,
    ) -> Result<Vec<PastCourse>, Error> {
        let found = self.rows(
            "select id, inbox_id from conversations
             where workspace_id = $1 and (cast($2 as text) is null or id < $2)
             order by id desc limit $3",
            params![workspace_id, before, limit],
        )?;
        let mut courses = Vec::with_capacity(found.len());
        for row in found {
            let course = Course {
                id: row.id(0)?,
                decided: vec![],
                handoffs: vec![],
            };
            let inbox_id = row.id(1)?;
            courses.push(PastCourse { inbox_id, course });
        }
        let (Some(newest), Some(oldest)) = (courses.first(), courses.last()) else {
            return Ok(courses);
        };
        let (newest, oldest) = (newest.course.id.clone(), oldest.course.id.clone());
        let places: BTreeMap<ConversationId, usize> = courses
            .iter()
            .enumerate()
            .map(|(place, one)| (one.course.id.clone(), place))
            .collect();
        let decided = self.rows(
            "select conversation_id, id, at, inputs, decision from decisions
             where workspace_id = $1 and conversation_id >= $2 and conversation_id <= $3
             order by conversation_id, at, id",
            params![workspace_id, &oldest, &newest],
        )?;
        for row in decided {
            if let Some(place) = places.get(&row.id(0)?) {
                courses[*place].course.decided.push(Decided {
                    id: row.id(1)?,
                    at: row.at(2)?,
                    view: row.json(3)?,
                    decision: row.json(4)?,
                });
            }
        }
        let handed = self.rows(
            "select conversation_id, at from handoffs
             where workspace_id = $1 and conversation_id >= $2 and conversation_id <= $3
             order by conversation_id, at",
            params![workspace_id, &oldest, &newest],
        )?;
        for row in handed {
            if let Some(place) = places.get(&row.id(0)?) {
                courses[*place].course.handoffs.push(row.at(1)?);
            }
        }
        Ok(courses)
    }

    /// One conversation with all that was decided in it.
    pub fn past_course(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &ConversationId,
    ) -> Result<Vec<Decided>, Error> {
        let rows = self.rows(
            "select id, at, inputs, decision from decisions
             where workspace_id = $1 and conversation_id = $2 order by at, id",
            params![workspace_id, id],
        )?;
        let decided = rows.into_iter().map(|row| {
            Ok(Decided {
                id: row.id(0)?,
                at: row.at(1)?,
                view: row.json(2)?,
                decision: row.json(3)?,
            })
        });
        decided.collect()
    }

    /// Handoffs since an instant, the newest where they are more, oldest first.
    pub fn past_handoffs(
        &mut self,
        workspace_id: &WorkspaceId,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<PastHandoff>, Error> {
        let rows = self.rows(
            "select conversation_id, at, reasons, accepted_at, ended_at, outcome from handoffs
             where workspace_id = $1 and at >= $2 order by at desc limit $3",
            params![workspace_id, since, limit],
        )?;
        let handoffs = rows.into_iter().rev().map(|row| {
            Ok(PastHandoff {
                conversation_id: row.id(0)?,
                at: row.at(1)?,
                reasons: row.json(2)?,
                accepted_at: row.at_or_null(3),
                ended_at: row.at_or_null(4),
                outcome: row.text_or_null(5).map(Into::into),
            })
        });
        handoffs.collect()
    }
}
