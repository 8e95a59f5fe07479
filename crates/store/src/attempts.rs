//! The ledger of attempts, and the decisions with their inputs.

use segue_core::attempt::{Attempt, Outcome};
use segue_core::decide::{Decision, View};
use segue_core::ids::{AttemptId, ConversationId, DecisionId, WorkspaceId};
use segue_core::time::Timestamp;

use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// A decision with what it was made of: enough to make it again.
#[derive(Clone, Debug)]
pub struct StoredDecision {
    /// Its id; the event in the history has the same.
    pub id: DecisionId,
    /// When it was made.
    pub at: Timestamp,
    /// What it was made of.
    pub view: View,
    /// What was decided.
    pub decision: Decision,
}

impl Tx<'_> {
    /// Enters a suggestion in the ledger.
    pub fn add_attempt(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
        attempt: &Attempt,
    ) -> Result<(), Error> {
        self.execute(
            "insert into attempts (id, workspace_id, conversation_id, message_id, at, suggestion, article_id,
               article_title, outcome, outcome_words)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            params![
                &attempt.id,
                workspace_id,
                conversation_id,
                &attempt.message_id,
                attempt.at,
                attempt.suggestion.as_str(),
                attempt.article_id.as_ref(),
                attempt.article_title.as_deref(),
                attempt.outcome.name(),
                attempt.outcome_words.as_deref(),
            ],
        )?;
        Ok(())
    }

    /// The ledger of a conversation, oldest first.
    pub fn attempts(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
    ) -> Result<Vec<Attempt>, Error> {
        self.rows(
            "select id, message_id, at, suggestion, article_id, article_title, outcome, outcome_words
             from attempts where conversation_id = $1 and workspace_id = $2 order by at, id",
            params![conversation_id, workspace_id],
        )?
        .into_iter()
        .map(attempt)
        .collect()
    }

    /// Writes down how a suggestion went. `false` if there is no such row here.
    pub fn judge_attempt(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
        id: &AttemptId,
        outcome: Outcome,
        words: Option<&str>,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update attempts set outcome = $4, outcome_words = coalesce($5, outcome_words)
             where conversation_id = $1 and id = $2 and workspace_id = $3",
            params![conversation_id, id, workspace_id, outcome.name(), words],
        )?;
        Ok(changed > 0)
    }

    /// Stores a decision with its inputs.
    pub fn add_decision(
        &mut self,
        id: &DecisionId,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
        view: &View,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute(
            "insert into decisions (id, workspace_id, conversation_id, at, action, inputs, decision)
             values ($1, $2, $3, $4, $5, $6, $7)",
            params![id, workspace_id, conversation_id, now, decision.action.name(), json(view)?, json(decision)?],
        )?;
        Ok(())
    }

    /// The newest decisions of a conversation with what each was made of, oldest first.
    pub fn decisions(
        &mut self,
        workspace_id: &WorkspaceId,
        conversation_id: &ConversationId,
        limit: i64,
    ) -> Result<Vec<StoredDecision>, Error> {
        let rows = self.rows(
            "select id, at, inputs, decision from decisions
             where conversation_id = $1 and workspace_id = $2 order by at desc, id desc limit $3",
            params![conversation_id, workspace_id, limit],
        )?;
        let stored = |row: Row| {
            Ok(StoredDecision {
                id: row.id(0)?,
                at: row.at(1)?,
                view: row.json(2)?,
                decision: row.json(3)?,
            })
        };
        rows.into_iter().rev().map(stored).collect()
    }
}

fn attempt(row: Row) -> Result<Attempt, Error> {
    let outcome = match row.text(6)? {
        "helped" => Outcome::Helped,
        "did_not_help" => Outcome::DidNotHelp,
        "asked_again" => Outcome::AskedAgain,
        _ => Outcome::Unknown,
    };
    Ok(Attempt {
        id: row.id(0)?,
        message_id: row.id(1)?,
        at: row.at(2)?,
        suggestion: row.text(3)?.into(),
        article_id: row.id_or_null(4),
        article_title: row.text_or_null(5).map(Into::into),
        outcome,
        outcome_words: row.text_or_null(7).map(Into::into),
    })
}
