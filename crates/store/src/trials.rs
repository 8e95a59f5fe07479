//! Policies that are tried: on past conversations, or beside the live one.

use segue_core::ids::{ConversationId, DecisionId, TrialId, WorkspaceId};
use segue_core::policy::Policy;
use segue_core::time::Timestamp;
use segue_core::trial::Flip;

use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// How a policy is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialKind {
    /// On past conversations.
    Replay,
    /// Beside the live policy.
    Shadow,
}

impl TrialKind {
    /// The name in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            TrialKind::Replay => "replay",
            TrialKind::Shadow => "shadow",
        }
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialState {
    /// It goes on.
    Runs,
    /// It is over.
    Done,
    /// Somebody ended it before its end.
    Cancelled,
    /// It could not be done.
    Failed,
}

impl TrialState {
    const ALL: [TrialState; 4] = [
        TrialState::Runs,
        TrialState::Done,
        TrialState::Cancelled,
        TrialState::Failed,
    ];

    /// The name in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            TrialState::Runs => "runs",
            TrialState::Done => "done",
            TrialState::Cancelled => "cancelled",
            TrialState::Failed => "failed",
        }
    }
}

/// A policy that is tried.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Its id.
    pub id: TrialId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// How it is tried.
    pub kind: TrialKind,
    /// Since when.
    pub at: Timestamp,
    /// `agent` or `operator`.
    pub by_kind: String,
    /// Who, where it is an agent.
    pub by_id: Option<String>,
    /// Their name then.
    pub by_name: Option<String>,
    /// Why, in their words.
    pub note: String,
    /// The candidate as it was written.
    pub text: String,
    /// What was read from that.
    pub policy: Policy,
    /// The version of the live policy that it is compared with.
    pub live_version: u32,
    /// How far it is.
    pub state: TrialState,
    /// Conversations that are done.
    pub done: i64,
    /// Of how many; 0 where that is open.
    pub total: i64,
    /// What came of it, JSON.
    pub report: Option<String>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
}

/// The candidate that runs beside a live policy.
#[derive(Clone, Debug)]
pub struct Shadow {
    /// The trial.
    pub trial_id: TrialId,
    /// The candidate.
    pub policy: Policy,
}

/// What a candidate beside the live policy decided.
#[derive(Clone, Debug)]
pub struct ShadowDecision {
    /// The trial.
    pub trial_id: TrialId,
    /// The decision that the live policy made of the same.
    pub decision_id: DecisionId,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// When.
    pub at: Timestamp,
    /// What the live policy decided, by its name.
    pub live_action: String,
    /// What the candidate decided, by its name.
    pub action: String,
    /// How they differ, where they do.
    pub flip: Option<Flip>,
}

impl Tx<'_> {
    /// Adds a trial.
    pub fn add_trial(&mut self, trial: &Trial) -> Result<(), Error> {
        self.execute(
            "insert into trials (id, workspace_id, kind, at, by_kind, by_id, by_name, note, text, policy,
               live_version, state, done, total)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            params![
                &trial.id,
                &trial.workspace_id,
                trial.kind.name(),
                trial.at,
                trial.by_kind.as_str(),
                trial.by_id.as_deref(),
                trial.by_name.as_deref(),
                trial.note.as_str(),
                trial.text.as_str(),
                json(&trial.policy)?,
                i64::from(trial.live_version),
                trial.state.name(),
                trial.done,
                trial.total,
            ],
        )?;
        Ok(())
    }

    /// A trial.
    pub fn trial(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &TrialId,
    ) -> Result<Option<Trial>, Error> {
        self.row(
            "select id, workspace_id, kind, at, by_kind, by_id, by_name, note, text, policy, live_version, state,
               done, total, report, ended_at from trials where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?
        .map(trial)
        .transpose()
    }

    /// The newest trials, newest first, without their reports.
    pub fn trials(&mut self, workspace_id: &WorkspaceId, limit: i64) -> Result<Vec<Trial>, Error> {
        self.rows(
            "select id, workspace_id, kind, at, by_kind, by_id, by_name, note, text, policy, live_version, state,
               done, total, cast(null as text), ended_at from trials
             where workspace_id = $1 order by at desc, id desc limit $2",
            params![workspace_id, limit],
        )?
        .into_iter()
        .map(trial)
        .collect()
    }

    /// The candidate that runs beside the live policy, if one does.
    pub fn shadow(&mut self, workspace_id: &WorkspaceId) -> Result<Option<Shadow>, Error> {
        self.row(
            "select id, policy from trials where workspace_id = $1 and kind = 'shadow' and state = 'runs'
             order by at desc, id desc limit 1",
            params![workspace_id],
        )?
        .map(|row| {
            Ok(Shadow {
                trial_id: row.id(0)?,
                policy: row.policy(1)?,
            })
        })
        .transpose()
    }

    /// How far a trial came, JSON, and how many conversations are done.
    pub fn trial_tally(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &TrialId,
    ) -> Result<Option<String>, Error> {
        let row = self.row(
            "select tally from trials where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?;
        Ok(row.and_then(|row| row.text_or_null(0).map(Into::into)))
    }

    /// Writes down how far a trial has come. `false` where it no longer runs, or is as far
    /// already: a piece that is begun anew after its end counts once.
    pub fn trial_goes_on(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &TrialId,
        done: i64,
        tally: &str,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update trials set done = $3, tally = $4
             where workspace_id = $1 and id = $2 and state = 'runs' and done < $3",
            params![workspace_id, id, done, tally],
        )?;
        Ok(changed > 0)
    }

    /// Ends a trial. `false` where it no longer runs.
    pub fn end_trial(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &TrialId,
        state: TrialState,
        report: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let changed = self.execute(
            "update trials set state = $3, report = $4, ended_at = $5, tally = null,
               done = case when $3 = 'done' and total > 0 then total else done end
             where workspace_id = $1 and id = $2 and state = 'runs'",
            params![workspace_id, id, state.name(), report, now],
        )?;
        Ok(changed > 0)
    }

    /// Keeps what a candidate decided beside the live policy.
    pub fn add_shadow_decision(
        &mut self,
        workspace_id: &WorkspaceId,
        decision: &ShadowDecision,
    ) -> Result<(), Error> {
        self.execute_later(
            "insert into shadow_decisions (trial_id, decision_id, workspace_id, conversation_id, at, live_action,
               action, flip) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            params![
                &decision.trial_id,
                &decision.decision_id,
                workspace_id,
                &decision.conversation_id,
                decision.at,
                decision.live_action.as_str(),
                decision.action.as_str(),
                decision.flip.as_ref().map(json).transpose()?,
            ],
        )
    }

    /// What a candidate decided beside the live policy, conversation by conversation, the
    /// newest of them first, in each the oldest decision first.
    pub fn shadow_decisions(
        &mut self,
        workspace_id: &WorkspaceId,
        trial_id: &TrialId,
        limit: i64,
    ) -> Result<Vec<ShadowDecision>, Error> {
        let rows = self.rows(
            "select trial_id, decision_id, conversation_id, at, live_action, action, flip from shadow_decisions
             where trial_id = $2 and workspace_id = $1 order by conversation_id desc, at, decision_id limit $3",
            params![workspace_id, trial_id, limit],
        )?;
        let decided = rows.into_iter().map(|row| {
            Ok(ShadowDecision {
                trial_id: row.id(0)?,
                decision_id: row.id(1)?,
                conversation_id: row.id(2)?,
                at: row.at(3)?,
                live_action: row.text(4)?.into(),
                action: row.text(5)?.into(),
                flip: row.text_or_null(6).map(|_| row.json(6)).transpose()?,
            })
        });
        decided.collect()
    }

    /// Forgets what candidates decided before an instant.
    pub fn purge_shadow_decisions(&mut self, before: Timestamp) -> Result<(), Error> {
        self.execute(
            "delete from shadow_decisions where at < $1",
            params![before],
        )?;
        Ok(())
    }

    /// When conversations of a trial were handed over since it began.
    pub fn shadow_handoffs(
        &mut self,
        workspace_id: &WorkspaceId,
        since: Timestamp,
    ) -> Result<Vec<(ConversationId, Timestamp)>, Error> {
        let rows = self.rows(
            "select conversation_id, at from handoffs where workspace_id = $1 and at >= $2 order by at",
            params![workspace_id, since],
        )?;
        rows.into_iter()
            .map(|row| Ok((row.id(0)?, row.at(1)?)))
            .collect()
    }
}

fn trial(row: Row) -> Result<Trial, Error> {
    let kind = match row.text(2)? {
        "shadow" => TrialKind::Shadow,
        _ => TrialKind::Replay,
    };
    let state = row.text(11)?;
    let state = TrialState::ALL.into_iter().find(|one| one.name() == state);
    Ok(Trial {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        kind,
        at: row.at(3)?,
        by_kind: row.text(4)?.into(),
        by_id: row.text_or_null(5).map(Into::into),
        by_name: row.text_or_null(6).map(Into::into),
        note: row.text(7)?.into(),
        text: row.text(8)?.into(),
        policy: row.policy(9)?,
        live_version: u32::try_from(row.int(10)?).unwrap_or(0),
        state: state.unwrap_or(TrialState::Failed),
        done: row.int(12)?,
        total: row.int(13)?,
        report: row.text_or_null(14).map(Into::into),
        ended_at: row.at_or_null(15),
    })
}
