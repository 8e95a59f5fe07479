//! Replies that agents have ready are written, changed and removed: one's own by oneself,
//! those of others by leads.

use segue_core::access::{Permission, may};
use segue_core::audit::{Action, By};
use segue_core::ids::{AgentId, CannedReplyId, TeamId, WorkspaceId};
use segue_store::{Agent, CannedReply, SharedWith, Tx};

use super::audit::{Deed, write_down};
use super::{Actor, Desk, Error};
use crate::edge::Moment;

/// A reply as somebody wants it.
#[derive(Clone, Debug)]
pub struct CannedWanted {
    /// What it is found by.
    pub name: String,
    /// The words, with holes such as `{customer.name}`.
    pub text: String,
    /// For whom it is.
    pub shared_with: SharedWith,
}

/// The most replies of a workspace; more than that nobody finds anything in.
const MOST: usize = 1_000;
/// The longest name, in letters.
const LONGEST_NAME: usize = 60;
/// The longest text, in letters.
const LONGEST_TEXT: usize = 4_000;

/// Whether an agent has a reply ready: it is for everybody, for a team of theirs, or theirs.
pub fn has_ready(agent: &Agent, members: &[(TeamId, AgentId)], reply: &CannedReply) -> bool {
    match &reply.shared_with {
        SharedWith::All => true,
        SharedWith::Agent(id) => *id == agent.id,
        SharedWith::Team(id) => {
            let is_in = |(team, member): &(TeamId, AgentId)| team == id && *member == agent.id;
            may(agent.role, Permission::EditKnowledge) || members.iter().any(is_in)
        }
    }
}

/// Whether an agent may write for these.
pub fn may_write_for(agent: &Agent, shared_with: &SharedWith) -> bool {
    match shared_with {
        SharedWith::Agent(id) => *id == agent.id,
        SharedWith::All | SharedWith::Team(_) => may(agent.role, Permission::EditKnowledge),
    }
}

impl Desk {
    /// Writes a reply.
    pub async fn add_canned_reply(
        &self,
        agent: Agent,
        actor: Actor,
        wanted: CannedWanted,
    ) -> Result<CannedReplyId, Error> {
        self.verb(move |tx, moment| {
            let workspace_id = &agent.workspace_id;
            if !may_write_for(&agent, &wanted.shared_with) {
                return Err(Error::NotFound);
            }
            tx.hold_workspace(workspace_id)?;
            if tx.canned_replies(workspace_id)?.len() >= MOST {
                return Err(Error::Invalid(
                    "there are a thousand replies; remove some first",
                ));
            }
            put(tx, moment, &actor, moment.id(), &wanted)
        })
        .await
    }

    /// Changes a reply, and for whom it is.
    pub async fn change_canned_reply(
        &self,
        agent: Agent,
        actor: Actor,
        id: CannedReplyId,
        wanted: CannedWanted,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            own(tx, &agent, &id)?;
            if !may_write_for(&agent, &wanted.shared_with) {
                return Err(Error::NotFound);
            }
            put(tx, moment, &actor, id.clone(), &wanted).map(|_| ())
        })
        .await
    }

    /// Removes a reply.
    pub async fn drop_canned_reply(
        &self,
        agent: Agent,
        actor: Actor,
        id: CannedReplyId,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            let reply = own(tx, &agent, &id)?;
            tx.drop_canned_reply(&agent.workspace_id, &id)?;
            done(tx, moment, &actor, &reply)
        })
        .await
    }
}

/// A reply that the agent may change; what they may not is not there for them.
fn own(tx: &mut Tx<'_>, agent: &Agent, id: &CannedReplyId) -> Result<CannedReply, Error> {
    let found = tx.canned_reply(&agent.workspace_id, id)?;
    let found = found.filter(|reply| may_write_for(agent, &reply.shared_with));
    found.ok_or(Error::NotFound)
}

fn put(
    tx: &mut Tx<'_>,
    moment: &Moment,
    actor: &Actor,
    id: CannedReplyId,
    wanted: &CannedWanted,
) -> Result<CannedReplyId, Error> {
    let (name, text) = (wanted.name.trim(), wanted.text.trim());
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Error::Invalid("a reply's name has 1 to 60 letters"));
    }
    if text.is_empty() || text.chars().count() > LONGEST_TEXT {
        return Err(Error::Invalid("a reply has 1 to 4,000 letters"));
    }
    if let SharedWith::Team(team) = &wanted.shared_with {
        known(tx, &actor.workspace_id, team)?;
    }
    let reply = CannedReply {
        id,
        workspace_id: actor.workspace_id.clone(),
        name: name.into(),
        text: text.into(),
        shared_with: wanted.shared_with.clone(),
        updated_at: moment.now,
    };
    tx.put_canned_reply(&reply)?;
    done(tx, moment, actor, &reply)?;
    Ok(reply.id)
}

fn known(tx: &mut Tx<'_>, workspace_id: &WorkspaceId, team: &TeamId) -> Result<(), Error> {
    if tx.teams(workspace_id)?.iter().any(|one| one.id == *team) {
        return Ok(());
    }
    Err(Error::Invalid(
        "that team is not there any more; choose another",
    ))
}

/// What others have ready stands in the audit log; what is one's own is nobody's business.
fn done(tx: &mut Tx<'_>, moment: &Moment, actor: &Actor, reply: &CannedReply) -> Result<(), Error> {
    if matches!(reply.shared_with, SharedWith::Agent(_)) {
        return Ok(());
    }
    let deed = Deed::new(Action::CannedRepliesChanged)
        .on(&reply.id)
        .with("name", &reply.name);
    write_down(tx, moment, &actor.workspace_id, &By::from(actor), deed)
}
