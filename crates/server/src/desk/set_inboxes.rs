//! Inboxes are made, named, closed and opened again. A closed one takes nothing new: its
//! snippet opens no chat, and a mail that would begin a conversation is set aside. What was
//! begun goes on to its end, and what was said stays.

use segue_core::audit::{Action, By};
use segue_core::ids::{InboxId, WorkspaceId};
use segue_store::{Inbox, Tx};

use super::audit::{Deed, write_down};
use super::set_policy::{live_policy, rename_in_policy};
use super::{Desk, Error};
use crate::edge::{Moment, secret};

/// The most inboxes of a workspace.
const MOST_INBOXES: usize = 50;
/// The longest name, in letters.
const LONGEST_NAME: usize = 60;

/// What is to be another of an inbox.
#[derive(Clone, Debug, Default)]
pub struct InboxChange {
    /// Its name.
    pub name: Option<String>,
    /// Whether it takes nothing new.
    pub is_closed: Option<bool>,
}

impl Desk {
    /// Makes an inbox. It has the policy of the workspace, and the hours of its first inbox
    /// until somebody says otherwise.
    pub async fn add_inbox(
        &self,
        workspace_id: WorkspaceId,
        name: String,
        by: By,
    ) -> Result<Inbox, Error> {
        let site_key = secret("site");
        self.verb(move |tx, moment| {
            // One at a time: two admins must not make one name twice.
            tx.hold_workspace(&workspace_id)?;
            let inboxes = tx.inboxes(&workspace_id)?;
            if inboxes.len() >= MOST_INBOXES {
                return Err(Error::Invalid(
                    "there are fifty inboxes; name a closed one anew",
                ));
            }
            let first = first_open(&inboxes).ok_or(Error::NotFound)?;
            let inbox = Inbox {
                id: moment.id(),
                workspace_id: workspace_id.clone(),
                name: checked(&inboxes, None, &name)?,
                site_key: site_key.clone(),
                policy: live_policy(tx, &workspace_id)?.policy,
                hours: first.hours.clone(),
                closed_at: None,
            };
            tx.add_inbox(&inbox)?;
            let deed = Deed::new(Action::InboxMade)
                .on(&inbox.id)
                .with("name", &inbox.name);
            done(tx, moment, &inbox, &by, deed)?;
            Ok(inbox)
        })
        .await
    }

    /// Names, closes or opens an inbox. What the policy says of it follows its name. The last
    /// open one stays open: customers must be able to write somewhere.
    pub async fn change_inbox(
        &self,
        workspace_id: WorkspaceId,
        id: InboxId,
        change: InboxChange,
        by: By,
    ) -> Result<Inbox, Error> {
        let changed = self.verb(move |tx, moment| {
            tx.hold_workspace(&workspace_id)?;
            let inboxes = tx.inboxes(&workspace_id)?;
            let found = inboxes.iter().find(|inbox| inbox.id == id);
            let mut inbox = found.ok_or(Error::NotFound)?.clone();
            if let Some(name) = &change.name {
                rename(tx, moment, &inboxes, &mut inbox, name, &by)?;
            }
            if let Some(is_closed) = change.is_closed {
                close(tx, moment, &inboxes, &mut inbox, is_closed, &by)?;
            }
            Ok(inbox)
        });
        let inbox = changed.await?;
        self.forget_places();
        Ok(inbox)
    }
}

/// Where something begins that names no inbox: the oldest that is open.
pub(crate) fn first_open(inboxes: &[Inbox]) -> Option<&Inbox> {
    inboxes.iter().find(|inbox| inbox.closed_at.is_none())
}

fn rename(
    tx: &mut Tx<'_>,
    moment: &Moment,
    inboxes: &[Inbox],
    inbox: &mut Inbox,
    name: &str,
    by: &By,
) -> Result<(), Error> {
    let name = checked(inboxes, Some(&inbox.id), name)?;
    if name == inbox.name {
        return Ok(());
    }
    let before = std::mem::replace(&mut inbox.name, name);
    tx.update_inbox(inbox)?;
    let deed = Deed::new(Action::InboxRenamed)
        .on(&inbox.id)
        .with("before", &before)
        .with("name", &inbox.name);
    done(tx, moment, inbox, by, deed)?;
    rename_in_policy(tx, moment, &inbox.workspace_id, by, &before, &inbox.name)
}

fn close(
    tx: &mut Tx<'_>,
    moment: &Moment,
    inboxes: &[Inbox],
    inbox: &mut Inbox,
    is_closed: bool,
    by: &By,
) -> Result<(), Error> {
    if inbox.closed_at.is_some() == is_closed {
        return Ok(());
    }
    let mut others = inboxes.iter().filter(|other| other.id != inbox.id);
    if is_closed && others.all(|other| other.closed_at.is_some()) {
        return Err(Error::LastInbox);
    }
    inbox.closed_at = is_closed.then_some(moment.now);
    tx.update_inbox(inbox)?;
    let action = if is_closed {
        Action::InboxClosed
    } else {
        Action::InboxReopened
    };
    let deed = Deed::new(action).on(&inbox.id).with("name", &inbox.name);
    done(tx, moment, inbox, by, deed)
}

/// A name that no other inbox of the workspace has.
fn checked(inboxes: &[Inbox], id: Option<&InboxId>, name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Error::Invalid("an inbox's name has 1 to 60 letters"));
    }
    let mut others = inboxes.iter().filter(|inbox| Some(&inbox.id) != id);
    if others.any(|inbox| inbox.name.to_lowercase() == name.to_lowercase()) {
        return Err(Error::Invalid("there is an inbox of that name already"));
    }
    Ok(name.into())
}

fn done(tx: &mut Tx<'_>, moment: &Moment, inbox: &Inbox, by: &By, deed: Deed) -> Result<(), Error> {
    write_down(tx, moment, &inbox.workspace_id, by, deed)?;
    tx.ring_floor(&inbox.workspace_id);
    Ok(())
}
