//! A candidate on past conversations: a job that goes through them piece by piece, so that it
//! can be watched, ended, and gone on with by another node. What takes long, reading and
//! deciding, happens outside any write transaction; a piece ends with one small write.

use segue_core::audit::By;
use segue_core::ids::{ConversationId, TrialId, WorkspaceId};
use segue_core::policy::Policy;
use segue_core::trial::{Report, Tally, judge};
use segue_store::{Job, Trial, TrialKind, TrialState};
use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::effects::{Effects, effects};
use super::set_policy::live_policy;
use super::{Desk, Error};
use crate::edge::patiently;

/// Conversations that are read at once; their decisions are a few megabytes.
const AT_ONCE: i64 = 250;
/// Readings of a piece: some seconds of work.
const READINGS: usize = 4;
/// The most conversations of one replay.
pub const MOST_REPLAYED: i64 = 100_000;

/// What the job of a piece is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReplayOrder {
    /// The trial.
    pub trial_id: TrialId,
    /// The conversation before which it goes on; `None` at the beginning.
    pub before: Option<ConversationId>,
    /// How many are done.
    pub done: i64,
}

/// What came of a replay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Replayed {
    /// Which decisions flip.
    pub report: Report,
    /// What that does to those who wait and to those who answer.
    pub effects: Effects,
}

impl Desk {
    /// Enters a replay of a candidate over the newest conversations.
    pub async fn begin_replay(
        &self,
        workspace_id: WorkspaceId,
        by: By,
        text: String,
        note: String,
        last: i64,
    ) -> Result<TrialId, Error> {
        let candidate = Candidate::read(text, note)?;
        let last = last.clamp(1, MOST_REPLAYED);
        self.verb(move |tx, moment| {
            let of = (TrialKind::Replay, tx.count_newest(&workspace_id, last)?);
            let id = candidate.begin(tx, moment, &workspace_id, &by, of)?;
            let order = ReplayOrder {
                trial_id: id.clone(),
                before: None,
                done: 0,
            };
            let job = job_of(moment.id(), &workspace_id, &order)?;
            tx.add_job(&job, moment.now)?;
            Ok(id)
        })
        .await
    }

    /// Does a piece of a replay and enters the next, or what came of it all. One that was
    /// ended meanwhile is left as it is.
    pub(crate) async fn replay_piece(
        &self,
        workspace_id: WorkspaceId,
        order: ReplayOrder,
    ) -> Result<(), Error> {
        let (id, trial_id) = (workspace_id.clone(), order.trial_id.clone());
        let read = self.store.read(move |tx| {
            let trial = tx.trial(&id, &trial_id)?.ok_or(Error::NotFound)?;
            let tally = tx.trial_tally(&id, &trial_id)?;
            let live = live_policy(tx, &id)?;
            let then = tx.policy_version(&id, trial.live_version)?;
            Ok::<_, Error>((trial, tally, then.unwrap_or(live).policy))
        });
        let (trial, tally, live) = read.await?;
        // Further than its order: this piece is done, and its job is run a second time.
        if trial.state != TrialState::Runs || trial.done > order.done {
            return Ok(());
        }
        let tally: Tally = tally
            .and_then(|json| serde_json::from_str(&json).ok())
            .filter(|_| order.done > 0)
            .unwrap_or_default();
        let mut walk = Walk {
            before: order.before.clone(),
            left: trial.total - order.done,
            tally,
        };
        let mut is_over = walk.left <= 0;
        for _ in 0..READINGS {
            if is_over {
                break;
            }
            is_over = self
                .walk_on(&workspace_id, &mut walk, &live, &trial.policy)
                .await?;
        }
        if is_over {
            return self
                .end_replay(workspace_id, &trial, &live, &walk.tally)
                .await;
        }
        let next = ReplayOrder {
            trial_id: order.trial_id,
            done: trial.total - walk.left,
            before: walk.before,
        };
        let tally = serde_json::to_string(&walk.tally)
            .map_err(|_| Error::Invalid("the tally of a replay is not JSON"))?;
        self.verb(move |tx, moment| {
            let id = &next.trial_id;
            if tx.trial_goes_on(&workspace_id, id, next.done, &tally)? {
                tx.add_job(&job_of(moment.id(), &workspace_id, &next)?, moment.now)?;
            }
            Ok(())
        })
        .await
    }

    /// Reads some conversations and judges them; whether those were the last.
    async fn walk_on(
        &self,
        workspace_id: &WorkspaceId,
        walk: &mut Walk,
        live: &Policy,
        candidate: &Policy,
    ) -> Result<bool, Error> {
        let (id, before) = (workspace_id.clone(), walk.before.clone());
        let wanted = walk.left.min(AT_ONCE);
        let read = self
            .store
            .read(move |tx| tx.past_courses(&id, before.as_ref(), wanted));
        let courses: Vec<_> = read.await.map_err(Error::Store)?;
        let Some(last) = courses.last() else {
            return Ok(true);
        };
        walk.before = Some(last.course.id.clone());
        walk.left -= courses.len() as i64;
        let (live, candidate) = (live.clone(), candidate.clone());
        let mut tally = std::mem::take(&mut walk.tally);
        // Hundreds of decisions take a core for milliseconds; sockets must not wait for that.
        let judged = patiently(move || {
            for past in &courses {
                tally.add(&past.course, judge(&live, &candidate, &past.course));
            }
            (tally, (courses.len() as i64) < wanted)
        });
        let judged = judged.await;
        let (tally, was_last) =
            judged.map_err(|_| Error::Invalid("past conversations could not be judged"))?;
        walk.tally = tally;
        Ok(was_last || walk.left <= 0)
    }

    async fn end_replay(
        &self,
        workspace_id: WorkspaceId,
        trial: &Trial,
        live: &Policy,
        tally: &Tally,
    ) -> Result<(), Error> {
        let report = tally.report(live, &trial.policy);
        let effects = effects(self, &workspace_id, tally, &report).await?;
        let replayed = serde_json::to_string(&Replayed { report, effects })
            .map_err(|_| Error::Invalid("the report of a replay is not JSON"))?;
        let trial_id = trial.id.clone();
        self.verb(move |tx, moment| {
            let (over, report) = (TrialState::Done, Some(replayed.as_str()));
            tx.end_trial(&workspace_id, &trial_id, over, report, moment.now)?;
            Ok(())
        })
        .await
    }

    /// Ends a replay that cannot be done. Nothing happens to one that is over.
    pub(crate) async fn replay_failed(
        &self,
        workspace_id: WorkspaceId,
        trial_id: TrialId,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            let failed = TrialState::Failed;
            tx.end_trial(&workspace_id, &trial_id, failed, None, moment.now)?;
            Ok(())
        })
        .await
    }

    /// The whole of a replay at once, by whoever waits for it: nothing is kept.
    pub async fn replay(
        &self,
        workspace_id: &WorkspaceId,
        candidate: &Policy,
        last: i64,
        mut tell: impl FnMut(u32),
    ) -> Result<Replayed, Error> {
        let id = workspace_id.clone();
        let live = self
            .store
            .read(move |tx| live_policy(tx, &id))
            .await?
            .policy;
        let mut walk = Walk {
            before: None,
            left: last.clamp(1, MOST_REPLAYED),
            tally: Tally::default(),
        };
        while !self
            .walk_on(workspace_id, &mut walk, &live, candidate)
            .await?
        {
            tell(walk.tally.conversations());
        }
        let report = walk.tally.report(&live, candidate);
        let effects = effects(self, workspace_id, &walk.tally, &report).await?;
        Ok(Replayed { report, effects })
    }
}

/// How far a replay has come.
struct Walk {
    before: Option<ConversationId>,
    left: i64,
    tally: Tally,
}

fn job_of(
    id: segue_core::ids::JobId,
    workspace_id: &WorkspaceId,
    order: &ReplayOrder,
) -> Result<Job, Error> {
    Ok(Job {
        id,
        workspace_id: workspace_id.clone(),
        kind: "replay".into(),
        key: format!("replay {} {}", order.trial_id, order.done),
        payload: serde_json::to_string(order)
            .map_err(|_| Error::Invalid("the order of a replay is not JSON"))?,
        tries: 0,
    })
}
