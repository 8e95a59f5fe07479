//! A candidate for the policy, read and ready to be tried.

use segue_core::audit::By;
use segue_core::ids::{TrialId, WorkspaceId};
use segue_core::policy::{Policy, read};
use segue_store::{Trial, TrialKind, TrialState, Tx};

use super::Error;
use super::set_policy::{LONGEST_POLICY, live_policy};
use crate::edge::Moment;

pub(super) struct Candidate {
    text: String,
    policy: Policy,
    /// Why it is tried.
    note: String,
}

impl Candidate {
    /// Refuses what could not become the policy.
    pub fn read(text: String, note: String) -> Result<Self, Error> {
        if text.chars().count() > LONGEST_POLICY {
            return Err(Error::Invalid("the policy is too long"));
        }
        let Ok(policy) = read(&text) else {
            return Err(Error::Invalid("the policy has faults; mend them first"));
        };
        Ok(Self { text, policy, note })
    }

    /// Enters its trial, which begins now. `total`: of how many conversations, 0 where that is
    /// open.
    pub fn begin(
        &self,
        tx: &mut Tx<'_>,
        moment: &Moment,
        workspace_id: &WorkspaceId,
        by: &By,
        (kind, total): (TrialKind, i64),
    ) -> Result<TrialId, Error> {
        let id: TrialId = moment.id();
        let live_version = live_policy(tx, workspace_id)?.version;
        tx.add_trial(&Trial {
            id: id.clone(),
            workspace_id: workspace_id.clone(),
            kind,
            at: moment.now,
            by_kind: by.kind().into(),
            by_id: by.id().map(Into::into),
            by_name: by.name().map(Into::into),
            note: self.note.clone(),
            text: self.text.clone(),
            policy: self.policy.clone(),
            live_version,
            state: TrialState::Runs,
            done: 0,
            total,
            report: None,
            ended_at: None,
        })?;
        Ok(id)
    }
}
