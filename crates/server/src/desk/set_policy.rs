//! A policy takes effect in every inbox of its workspace, as a new version: from a file at
//! the start, from the console with a note, or a version of before taken up again.

use segue_core::audit::{Action, By};
use segue_core::ids::WorkspaceId;
use segue_core::policy::{Policy, read, rename_inbox, write};
use segue_store::{PolicyVersion, TrialState, Tx};

use super::audit::{Deed, write_down};
use super::{Actor, Desk, Error};
use crate::edge::Moment;

/// The longest policy, in letters.
pub const LONGEST_POLICY: usize = 60_000;
/// The longest note.
const LONGEST_NOTE: usize = 500;

/// A policy as somebody wants it.
#[derive(Clone, Debug)]
struct Wanted {
    policy: Policy,
    text: String,
    note: String,
    again: Option<u32>,
}

impl Desk {
    /// Gives every inbox of the first workspace the policy of a file, which was checked. Its
    /// version grows where something changed, so that each decision says which it was
    /// made under. A file that took effect before and has not changed since takes nothing back
    /// that the console switched meanwhile. Returns how many inboxes it changed.
    pub async fn set_policy(&self, policy: Policy) -> Result<usize, Error> {
        let changed = self.verb(move |tx, moment| {
            let Some(workspace) = tx.first_workspace()? else {
                return Err(Error::NotFound);
            };
            let wanted = Wanted {
                text: write(&policy),
                policy: policy.clone(),
                note: String::new(),
                again: None,
            };
            tx.hold_workspace(&workspace.id)?;
            let before = tx.policy_by_operator(&workspace.id)?;
            if before.is_some_and(|before| before.text == wanted.text) {
                return Ok(0);
            }
            let (_, changed) = take_effect(tx, moment, &workspace.id, &By::Operator, &wanted)?;
            Ok(changed)
        });
        let changed = changed.await?;
        self.forget_places();
        Ok(changed)
    }

    /// Switches to a policy as it is written. `seen` is the version that its writer has
    /// looked at: where it is another by now, nothing changes. Returns the new version.
    pub async fn switch_policy(
        &self,
        actor: Actor,
        text: String,
        note: String,
        seen: u32,
    ) -> Result<u32, Error> {
        if text.chars().count() > LONGEST_POLICY || note.chars().count() > LONGEST_NOTE {
            return Err(Error::Invalid("the policy or its note is too long"));
        }
        let Ok(policy) = read(&text) else {
            return Err(Error::Invalid("the policy has faults; mend them first"));
        };
        let wanted = Wanted {
            policy,
            text,
            note,
            again: None,
        };
        let switched = self.verb(move |tx, moment| switch(tx, moment, &actor, seen, &wanted));
        let version = switched.await?;
        self.forget_places();
        Ok(version)
    }

    /// Takes a version of before up again, as a new version.
    pub async fn roll_back_policy(
        &self,
        actor: Actor,
        to: u32,
        note: String,
        seen: u32,
    ) -> Result<u32, Error> {
        if note.chars().count() > LONGEST_NOTE {
            return Err(Error::Invalid("the note is too long"));
        }
        let rolled = self.verb(move |tx, moment| {
            let found = tx.policy_version(&actor.workspace_id, to)?;
            let found = found.ok_or(Error::NotFound)?;
            let wanted = Wanted {
                policy: found.policy,
                text: found.text,
                note: note.clone(),
                again: Some(to),
            };
            switch(tx, moment, &actor, seen, &wanted)
        });
        let version = rolled.await?;
        self.forget_places();
        Ok(version)
    }
}

/// The policy that holds in a workspace: the newest version, or what its inboxes came with.
pub fn live_policy(tx: &mut Tx<'_>, workspace_id: &WorkspaceId) -> Result<PolicyVersion, Error> {
    if let Some(newest) = tx.policy_versions(workspace_id, 1)?.pop() {
        return Ok(newest);
    }
    let first = tx.inboxes(workspace_id)?.into_iter().next();
    let policy = first.ok_or(Error::NotFound)?.policy;
    let version = PolicyVersion {
        version: policy.version,
        at: segue_core::time::Timestamp::default(),
        by_kind: String::new(),
        by_id: None,
        by_name: None,
        note: String::new(),
        text: write(&policy),
        policy,
        again: None,
    };
    Ok(version.by(&By::System))
}

/// What the policy says of an inbox follows its name, as a new version. Nothing changes where
/// it does not speak of it.
pub(super) fn rename_in_policy(
    tx: &mut Tx<'_>,
    moment: &Moment,
    workspace_id: &WorkspaceId,
    by: &By,
    from: &str,
    to: &str,
) -> Result<(), Error> {
    let live = live_policy(tx, workspace_id)?;
    let Some((policy, text)) = rename_inbox(&live.policy, &live.text, from, to) else {
        return Ok(());
    };
    if !policy.check().is_empty() {
        return Err(Error::Invalid(
            "the policy names this inbox and cannot take that name; change the policy first",
        ));
    }
    let wanted = Wanted {
        policy,
        text,
        note: format!("{from} → {to}"),
        again: None,
    };
    take_effect(tx, moment, workspace_id, by, &wanted).map(|_| ())
}

fn switch(
    tx: &mut Tx<'_>,
    moment: &Moment,
    actor: &Actor,
    seen: u32,
    wanted: &Wanted,
) -> Result<u32, Error> {
    let workspace_id = &actor.workspace_id;
    tx.hold_workspace(workspace_id)?;
    if live_policy(tx, workspace_id)?.version != seen {
        return Err(Error::PolicyMoved);
    }
    let (version, _) = take_effect(tx, moment, workspace_id, &By::from(actor), wanted)?;
    Ok(version)
}

/// Keeps a policy as the next version and gives it to every inbox; the version that holds
/// now, and how many inboxes changed.
fn take_effect(
    tx: &mut Tx<'_>,
    moment: &Moment,
    workspace_id: &WorkspaceId,
    by: &By,
    wanted: &Wanted,
) -> Result<(u32, usize), Error> {
    let inboxes = tx.inboxes(workspace_id)?;
    let live = live_policy(tx, workspace_id)?;
    let is_same = |policy: &Policy| {
        let same = Policy {
            version: policy.version,
            ..wanted.policy.clone()
        };
        same == *policy
    };
    if inboxes.iter().all(|inbox| is_same(&inbox.policy)) && wanted.text == live.text {
        return Ok((live.version, 0));
    }
    // What held before versions were kept is the first to go back to.
    if tx.policy_versions(workspace_id, 1)?.is_empty() {
        tx.add_policy_version(workspace_id, &live)?;
    }
    let newest = inboxes.iter().map(|inbox| inbox.policy.version).max();
    let version = newest.unwrap_or(0).max(live.version).saturating_add(1);
    let next = Policy {
        version,
        ..wanted.policy.clone()
    };
    let kept = PolicyVersion {
        version,
        at: moment.now,
        by_kind: String::new(),
        by_id: None,
        by_name: None,
        note: wanted.note.clone(),
        text: wanted.text.clone(),
        policy: next.clone(),
        again: wanted.again,
    };
    tx.add_policy_version(workspace_id, &kept.by(by))?;
    for inbox in &inboxes {
        tx.set_policy(workspace_id, &inbox.id, &next)?;
        let mut deed = Deed::new(Action::PolicyChanged)
            .on(&inbox.id)
            .with("version", version);
        if let Some(again) = wanted.again {
            deed = deed.with("again", again);
        }
        write_down(tx, moment, workspace_id, by, deed)?;
    }
    // What ran beside the policy of before was compared with that.
    if let Some(shadow) = tx.shadow(workspace_id)? {
        tx.end_trial(
            workspace_id,
            &shadow.trial_id,
            TrialState::Done,
            None,
            moment.now,
        )?;
    }
    Ok((version, inboxes.len()))
}
