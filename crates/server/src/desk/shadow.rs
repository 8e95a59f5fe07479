//! A candidate beside the live policy: it decides the same messages, what it decides is kept
//! and acted on by nobody, until it is turned off or switched to.

use std::collections::HashMap;

use segue_core::audit::{Action, By};
use segue_core::decide::{Decision, View};
use segue_core::ids::{ConversationId, DecisionId, TrialId, WorkspaceId};
use segue_core::time::Timestamp;
use segue_core::trial::{Change, Course, Decided, Judged, Report, Tally, beside};
use segue_store::{ShadowDecision, Trial, TrialKind, TrialState, Tx};

use super::audit::{Deed, write_down};
use super::candidate::Candidate;
use super::scene::Scene;
use super::set_policy::live_policy;
use super::{Actor, Desk, Error};

/// Decisions of a candidate that are added up; the newest conversations count first.
const COMPARED: i64 = 100_000;

impl Desk {
    /// Runs a candidate beside the live policy. One that ran before ends with it.
    pub async fn begin_shadow(
        &self,
        actor: Actor,
        text: String,
        note: String,
    ) -> Result<TrialId, Error> {
        let candidate = Candidate::read(text, note)?;
        let begun = self.verb(move |tx, moment| {
            let workspace_id = &actor.workspace_id;
            tx.hold_workspace(workspace_id)?;
            if let Some(before) = tx.shadow(workspace_id)? {
                let (id, over) = (&before.trial_id, TrialState::Done);
                tx.end_trial(workspace_id, id, over, None, moment.now)?;
            }
            let by = By::from(&actor);
            let id = candidate.begin(tx, moment, workspace_id, &by, (TrialKind::Shadow, 0))?;
            let deed = Deed::new(Action::ShadowBegun).on(&id);
            write_down(tx, moment, workspace_id, &by, deed)?;
            Ok(id)
        });
        let id = begun.await?;
        self.forget_places();
        Ok(id)
    }

    /// Ends a trial, whichever kind: a candidate no longer runs beside, a replay goes no
    /// further. Nothing happens to one that is over.
    pub async fn end_trial(&self, actor: Actor, id: TrialId) -> Result<(), Error> {
        let ended = self.verb(move |tx, moment| {
            let workspace_id = &actor.workspace_id;
            let trial = tx.trial(workspace_id, &id)?.ok_or(Error::NotFound)?;
            let state = match trial.kind {
                TrialKind::Shadow => TrialState::Done,
                TrialKind::Replay => TrialState::Cancelled,
            };
            let was_running = tx.end_trial(workspace_id, &id, state, None, moment.now)?;
            if was_running && trial.kind == TrialKind::Shadow {
                let deed = Deed::new(Action::ShadowEnded).on(&id);
                write_down(tx, moment, workspace_id, &By::from(&actor), deed)?;
            }
            Ok(())
        });
        ended.await?;
        self.forget_places();
        Ok(())
    }
}

/// What a candidate beside the live policy makes of a decision that was just made.
pub(super) fn note_beside(
    scene: &mut Scene<'_, '_>,
    decision_id: &DecisionId,
    view: &View,
    decision: &Decision,
) -> Result<(), Error> {
    let place = scene.place;
    let Some(shadow) = &place.shadow else {
        return Ok(());
    };
    let (id, at) = (scene.conversation.id.clone(), scene.moment.now);
    let made = Decided {
        id: decision_id.clone(),
        at,
        view: view.clone(),
        decision: decision.clone(),
    };
    let (action, flip) = beside(&place.inbox.policy, &shadow.policy, &id, &made);
    scene.tx.add_shadow_decision(
        &place.workspace.id,
        &ShadowDecision {
            trial_id: shadow.trial_id.clone(),
            decision_id: decision_id.clone(),
            conversation_id: id,
            at,
            live_action: decision.action.name().into(),
            action: action.name().into(),
            flip,
        },
    )?;
    Ok(())
}

/// What a candidate beside the live policy has come to so far: each conversation up to its
/// first flip, as in a replay.
pub fn shadow_report(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    trial: &Trial,
) -> Result<Report, Error> {
    let decisions = tx.shadow_decisions(workspace_id, &trial.id, COMPARED)?;
    let mut handoffs: HashMap<ConversationId, Vec<Timestamp>> = HashMap::new();
    for (id, at) in tx.shadow_handoffs(workspace_id, trial.at)? {
        handoffs.entry(id).or_default().push(at);
    }
    let mut tally = Tally::default();
    for of_one in decisions.chunk_by(|a, b| a.conversation_id == b.conversation_id) {
        let id = &of_one[0].conversation_id;
        let mut judged = Judged::default();
        for decision in of_one {
            tally.saw(decision.at);
            judged.decisions += 1;
            if let Some(mut flip) = decision.flip.clone() {
                let its = handoffs.get(id).into_iter().flatten().copied();
                let later = its.filter(|at| *at > flip.at).min();
                if let (Change::More, Some(at)) = (flip.change, later) {
                    flip.change = Change::Earlier;
                    flip.handed_off_at = Some(at);
                }
                judged.flip = Some(flip);
                break;
            }
            judged.kept_handoffs += u32::from(decision.live_action == "escalate");
        }
        let course = Course {
            id: id.clone(),
            decided: vec![],
            handoffs: vec![],
        };
        tally.add(&course, judged);
    }
    // The policy that it ran beside, which may be another than the one of now.
    let live = live_policy(tx, workspace_id)?;
    let then = tx.policy_version(workspace_id, trial.live_version)?;
    let beside = then.unwrap_or(live).policy;
    Ok(tally.report(&beside, &trial.policy))
}
