//! What exists before anybody can work: the workspace with its inbox, the first admin by
//! a one-time link, agents.

use segue_core::access::Role;
use segue_core::audit::{Action, By};
use segue_core::ids::WorkspaceId;
use segue_core::policy::Policy;
use segue_core::time::{DAY_MS, Hours};
use segue_store::{Agent, Inbox, NewAgent, Settings, Workspace};

use super::audit::{Deed, write_down};
use super::{Desk, Error};
use crate::edge::{hash_of, secret};

/// The kind of the first start's one-time link.
pub(crate) const SETUP: &str = "setup";
/// How long the first start's link opens.
const LINK_MS: i64 = DAY_MS;
/// Conversations that the first admin can hold.
const FIRST_CAPACITY: i64 = 5;

/// What whoever opens the one-time link says.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// The hash of the link's secret.
    pub hash: String,
    /// The company's name.
    pub company: String,
    /// The first admin's name.
    pub name: String,
    /// Their address, in lower case.
    pub email: String,
    /// Their password's argon2id hash.
    pub password_hash: String,
}

impl Desk {
    /// A host that was never started has one workspace with one inbox afterwards.
    pub async fn make_workspace(&self) -> Result<(), Error> {
        let site_key = secret("site");
        self.verb(move |tx, moment| {
            // Nodes that start together make one between them.
            tx.alone()?;
            if tx.first_workspace()?.is_some() {
                return Ok(());
            }
            let workspace = Workspace {
                id: moment.id(),
                name: "Your company".into(),
                settings: Settings::default(),
            };
            tx.add_workspace(&workspace, moment.now)?;
            Ok(tx.add_inbox(&Inbox {
                id: moment.id(),
                workspace_id: workspace.id.clone(),
                name: "Website".into(),
                site_key: site_key.clone(),
                policy: Policy::default(),
                hours: Hours::always(),
                closed_at: None,
            })?)
        })
        .await
    }

    /// A new one-time link's secret for the first admin; those printed before are void.
    /// `None` once there is an agent.
    pub async fn setup_link(&self) -> Result<Option<String>, Error> {
        let key = secret("setup");
        let hash = hash_of(&key);
        let made = self.verb(move |tx, moment| {
            let Some(workspace) = tx.first_workspace()? else {
                return Ok(false);
            };
            if !tx.agents(&workspace.id)?.is_empty() {
                return Ok(false);
            }
            tx.drop_tokens(&workspace.id, SETUP)?;
            tx.add_token(
                &hash,
                &moment.id(),
                &workspace.id,
                SETUP,
                "first start",
                moment.now,
                Some(moment.now.plus(LINK_MS)),
            )?;
            Ok(true)
        });
        Ok(made.await?.then_some(key))
    }

    /// Names the company and makes the first admin. The link opens once.
    pub async fn set_up(&self, set_up: SetUp) -> Result<Agent, Error> {
        self.verb(move |tx, moment| {
            let workspace_id = tx
                .token(&set_up.hash, SETUP, moment.now)?
                .ok_or(Error::NotFound)?;
            // The link is for the first admin; somebody may have been added meanwhile.
            let is_first = tx.agents(&workspace_id)?.is_empty();
            if !is_first || !tx.use_token(&set_up.hash, SETUP, moment.now)? {
                return Err(Error::NotFound);
            }
            let workspace = tx.workspace(&workspace_id)?.ok_or(Error::NotFound)?;
            tx.update_workspace(&Workspace {
                name: set_up.company.clone(),
                ..workspace
            })?;
            let admin = NewAgent {
                id: moment.id(),
                workspace_id: workspace_id.clone(),
                email: set_up.email.clone(),
                name: set_up.name.clone(),
                role: Role::Admin,
                password_hash: set_up.password_hash.clone(),
                capacity: FIRST_CAPACITY,
            };
            tx.add_agent(&admin, moment.now)?;
            let by = By::Agent {
                id: admin.id.clone(),
                name: admin.name.clone(),
            };
            let deed = Deed::new(Action::WorkspaceSetUp).with("company", &set_up.company);
            write_down(tx, moment, &workspace_id, &by, deed)?;
            tx.agent(&workspace_id, &admin.id)?.ok_or(Error::NotFound)
        })
        .await
    }

    /// The operator adds an agent. [`segue_store::Error::Conflict`] if their address is taken.
    pub async fn add_agent(
        &self,
        workspace_id: WorkspaceId,
        email: String,
        name: String,
        role: Role,
        capacity: i64,
        password_hash: String,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            let agent = NewAgent {
                id: moment.id(),
                workspace_id: workspace_id.clone(),
                email: email.clone(),
                name: name.clone(),
                role,
                password_hash: password_hash.clone(),
                capacity,
            };
            tx.add_agent(&agent, moment.now)?;
            let deed = Deed::new(Action::AgentAdded)
                .on(&agent.id)
                .with("name", &agent.name)
                .with("role", role.name());
            write_down(tx, moment, &workspace_id, &By::Operator, deed)
        })
        .await
    }
}
