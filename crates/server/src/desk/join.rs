//! One-time links: one makes an agent of the address it is bound to, one gives an agent a
//! new password. Their secrets are shown once, and a link opens once.

use segue_core::access::Role;
use segue_core::audit::{Action, By};
use segue_core::ids::{AgentId, LinkId, WorkspaceId};
use segue_core::time::{DAY_MS, MINUTE_MS};
use segue_store::{Agent, Job, Link, LinkKind, NewAgent, Tx, Workspace};
use serde::{Deserialize, Serialize};

use super::audit::{Deed, write_down};
use super::{Desk, Error};
use crate::edge::{Moment, hash_of, secret};

/// How long somebody may take to join.
const JOIN_MS: i64 = 7 * DAY_MS;
/// How long a link to a new password opens.
const RESET_MS: i64 = 30 * MINUTE_MS;

/// A mail with a one-time link to be sent. It names no secret: the job makes the link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LinkOrder {
    /// To whom, in lower case.
    pub email: String,
    /// In which language.
    pub language: String,
}

/// A one-time link to be mailed.
pub struct LinkMade {
    /// What it opens.
    pub link: Link,
    /// Its secret, shown this once.
    pub key: String,
    /// Where it leads.
    pub workspace: Workspace,
}

impl Desk {
    /// A link by which somebody joins as an agent; with its secret, shown this once. It
    /// is mailed too where `mailed_in` names a language.
    pub async fn add_join_link(
        &self,
        workspace_id: WorkspaceId,
        email: String,
        role: Role,
        capacity: i64,
        mailed_in: Option<String>,
        by: By,
    ) -> Result<(Link, String), Error> {
        let key = secret("sgj");
        let hash = hash_of(&key);
        let link = self
            .verb(move |tx, moment| {
                if holds_address(tx, &workspace_id, &email)? {
                    return Err(Error::AddressTaken);
                }
                let link = Link {
                    id: moment.id(),
                    workspace_id: workspace_id.clone(),
                    kind: LinkKind::Join,
                    email: email.clone(),
                    role,
                    capacity,
                    agent_id: None,
                    created_at: moment.now,
                    expires_at: moment.now.plus(JOIN_MS),
                };
                tx.drop_links(&workspace_id, LinkKind::Join, &email)?;
                tx.add_link(&hash, &link)?;
                let deed = Deed::new(Action::AgentInvited)
                    .on(&link.id)
                    .with("email", &email)
                    .with("role", role.name());
                write_down(tx, moment, &workspace_id, &by, deed)?;
                if let Some(language) = &mailed_in {
                    order_mail(tx, moment, &workspace_id, "join_mail", &email, language)?;
                }
                Ok(link)
            })
            .await?;
        Ok((link, key))
    }

    /// Takes an open join link back, the mailed one too.
    pub async fn drop_join_link(&self, workspace_id: WorkspaceId, id: LinkId) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            let open = tx.open_join_links(&workspace_id, moment.now)?;
            let link = open
                .iter()
                .find(|link| link.id == id)
                .ok_or(Error::NotFound)?;
            Ok(tx.drop_links(&workspace_id, LinkKind::Join, &link.email)?)
        })
        .await
    }

    /// A link by which an agent gets a new password, made by an admin who passes it on.
    pub async fn add_reset_link(
        &self,
        workspace_id: WorkspaceId,
        agent_id: AgentId,
        by: By,
    ) -> Result<(Link, String), Error> {
        let key = secret("sgj");
        let hash = hash_of(&key);
        let link = self
            .verb(move |tx, moment| {
                let agent = tx.agent(&workspace_id, &agent_id)?.ok_or(Error::NotFound)?;
                if !agent.is_active() {
                    return Err(Error::Inactive);
                }
                tx.drop_links(&workspace_id, LinkKind::Reset, &agent.email)?;
                let link = reset_link(moment, &agent);
                tx.add_link(&hash, &link)?;
                let deed = Deed::new(Action::PasswordResetAsked).on(&agent_id);
                write_down(tx, moment, &workspace_id, &by, deed)?;
                Ok(link)
            })
            .await?;
        Ok((link, key))
    }

    /// Has a link to a new password mailed to this address if an agent has it. Does the
    /// same for every address, so that nobody learns which do.
    pub async fn order_reset_mail(&self, email: String, language: String) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            // The list of jobs asks whose a job is; whose the address is, the job finds out.
            let host = tx.first_workspace()?.ok_or(Error::NotFound)?;
            order_mail(tx, moment, &host.id, "reset_mail", &email, &language)
        })
        .await
    }

    /// The links that an ordered mail brings; none where the address is nobody's.
    pub async fn make_mailed_links(
        &self,
        kind: LinkKind,
        workspace_id: WorkspaceId,
        email: String,
    ) -> Result<Vec<LinkMade>, Error> {
        let keys: Vec<String> = (0..MOST_WORKSPACES).map(|_| secret("sgj")).collect();
        self.verb(move |tx, moment| {
            let links = match kind {
                LinkKind::Join => tx
                    .open_join_links(&workspace_id, moment.now)?
                    .into_iter()
                    .find(|link| link.email == email)
                    // Beside the one that the admin saw: that one still opens.
                    .map(|shown| Link {
                        id: moment.id(),
                        ..shown
                    })
                    .into_iter()
                    .collect(),
                LinkKind::Reset => {
                    let found = tx.agents_by_email(&email)?;
                    let active = found.iter().map(|(agent, _)| agent);
                    let active = active.filter(|agent| agent.is_active());
                    active
                        .map(|agent| reset_link(moment, agent))
                        .collect::<Vec<_>>()
                }
            };
            let mut made = Vec::new();
            for (link, key) in links.into_iter().zip(&keys) {
                if let Some(agent_id) = &link.agent_id {
                    tx.drop_links(&link.workspace_id, kind, &link.email)?;
                    let deed = Deed::new(Action::PasswordResetAsked).on(agent_id);
                    write_down(tx, moment, &link.workspace_id, &By::Stranger, deed)?;
                }
                tx.add_link(&hash_of(key), &link)?;
                let workspace = tx.workspace(&link.workspace_id)?.ok_or(Error::NotFound)?;
                made.push(LinkMade {
                    link,
                    key: key.clone(),
                    workspace,
                });
            }
            Ok(made)
        })
        .await
    }

    /// Joins by a link, under its address, role and capacity.
    pub async fn join(
        &self,
        hash: String,
        name: String,
        password_hash: String,
    ) -> Result<Agent, Error> {
        self.verb(move |tx, moment| {
            let link = take(tx, moment, &hash, LinkKind::Join)?;
            if holds_address(tx, &link.workspace_id, &link.email)? {
                return Err(Error::AddressTaken);
            }
            let agent = NewAgent {
                id: moment.id(),
                workspace_id: link.workspace_id.clone(),
                email: link.email.clone(),
                name: name.clone(),
                role: link.role,
                password_hash: password_hash.clone(),
                capacity: link.capacity,
            };
            tx.add_agent(&agent, moment.now)?;
            tx.drop_links(&link.workspace_id, LinkKind::Join, &link.email)?;
            tx.ring_floor(&link.workspace_id);
            let by = By::Agent {
                id: agent.id.clone(),
                name: name.clone(),
            };
            let deed = Deed::new(Action::AgentAdded)
                .on(&agent.id)
                .with("role", link.role.name());
            write_down(tx, moment, &link.workspace_id, &by, deed)?;
            tx.agent(&link.workspace_id, &agent.id)?
                .ok_or(Error::NotFound)
        })
        .await
    }

    /// Gives the agent of a link a new password and signs them out everywhere.
    pub async fn renew_password(
        &self,
        hash: String,
        password_hash: String,
    ) -> Result<Agent, Error> {
        self.verb(move |tx, moment| {
            let link = take(tx, moment, &hash, LinkKind::Reset)?;
            let agent_id = link.agent_id.as_ref().ok_or(Error::NotFound)?;
            let agent = tx.agent(&link.workspace_id, agent_id)?;
            let agent = agent.filter(Agent::is_active).ok_or(Error::NotFound)?;
            set_password(tx, moment, &agent, &password_hash, Action::PasswordReset)?;
            Ok(agent)
        })
        .await
    }

    /// Gives an agent the password that they chose and signs them out everywhere.
    pub async fn change_password(&self, agent: Agent, password_hash: String) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            set_password(tx, moment, &agent, &password_hash, Action::PasswordChanged)
        })
        .await
    }
}

/// Workspaces of one host in which an address is looked for.
const MOST_WORKSPACES: usize = 20;

fn set_password(
    tx: &mut Tx<'_>,
    moment: &Moment,
    agent: &Agent,
    password_hash: &str,
    action: Action,
) -> Result<(), Error> {
    tx.set_password(&agent.workspace_id, &agent.id, password_hash)?;
    tx.end_sessions(&agent.workspace_id, &agent.id)?;
    tx.drop_links(&agent.workspace_id, LinkKind::Reset, &agent.email)?;
    let by = By::Agent {
        id: agent.id.clone(),
        name: agent.name.clone(),
    };
    write_down(
        tx,
        moment,
        &agent.workspace_id,
        &by,
        Deed::new(action).on(&agent.id),
    )
}

fn holds_address(tx: &mut Tx<'_>, workspace_id: &WorkspaceId, email: &str) -> Result<bool, Error> {
    let holders = tx.agents_by_email(email)?;
    Ok(holders
        .iter()
        .any(|(agent, _)| agent.workspace_id == *workspace_id))
}

fn reset_link(moment: &Moment, agent: &Agent) -> Link {
    Link {
        id: moment.id(),
        workspace_id: agent.workspace_id.clone(),
        kind: LinkKind::Reset,
        email: agent.email.clone(),
        role: agent.role,
        capacity: agent.capacity,
        agent_id: Some(agent.id.clone()),
        created_at: moment.now,
        expires_at: moment.now.plus(RESET_MS),
    }
}

fn order_mail(
    tx: &mut Tx<'_>,
    moment: &Moment,
    workspace_id: &WorkspaceId,
    kind: &str,
    email: &str,
    language: &str,
) -> Result<(), Error> {
    let order = LinkOrder {
        email: email.to_string(),
        language: language.to_string(),
    };
    let job = Job {
        id: moment.id(),
        workspace_id: workspace_id.clone(),
        kind: kind.into(),
        // A burst of clicks is one mail.
        key: format!(
            "{kind} {} {}",
            hash_of(email),
            moment.now.as_millis() / MINUTE_MS
        ),
        payload: serde_json::to_string(&order)
            .map_err(|_| Error::Invalid("the job's payload is not JSON"))?,
        tries: 0,
    };
    Ok(tx.add_job(&job, moment.now)?)
}

/// Uses a link up. Whoever else holds it comes too late.
fn take(tx: &mut Tx<'_>, moment: &Moment, hash: &str, kind: LinkKind) -> Result<Link, Error> {
    let link = tx.link(hash, moment.now)?.filter(|link| link.kind == kind);
    let link = link.ok_or(Error::NotFound)?;
    if !tx.use_link(hash, moment.now)? {
        return Err(Error::NotFound);
    }
    Ok(link)
}
