//! How the company and its assistant are shown to customers.

use segue_core::audit::{Action, By};
use segue_store::{Settings, Workspace};

use super::audit::{Deed, write_down};
use super::milestones::Milestone;
use super::{Actor, Desk, Error};

/// What customers see of the company.
#[derive(Clone, Debug)]
pub struct Company {
    /// Its name.
    pub name: String,
    /// The chat's colour, `#rrggbb`.
    pub brand_color: String,
    /// What the assistant is called; nothing for no name.
    pub assistant_name: String,
    /// What it says after it has said what it is; nothing for no more.
    pub greeting: String,
}

impl Desk {
    /// Keeps how the company is shown. The assistant bears no name of a person who works
    /// here: customers must always know whom they talk to (P44).
    pub async fn set_company(&self, actor: Actor, company: Company) -> Result<Workspace, Error> {
        let workspace_id = actor.workspace_id.clone();
        self.verb(move |tx, moment| {
            let workspace = tx.workspace(&workspace_id)?.ok_or(Error::NotFound)?;
            let wanted = company.assistant_name.to_lowercase();
            let is_taken = |name: &str| {
                let name = name.to_lowercase();
                name == wanted || name.split_whitespace().next() == Some(wanted.as_str())
            };
            let agents = tx.agents(&workspace_id)?;
            if !wanted.is_empty() && agents.iter().any(|agent| is_taken(&agent.name)) {
                return Err(Error::Invalid(
                    "one of your agents has that name; customers must be able to tell the assistant from people",
                ));
            }
            let changed = Workspace {
                id: workspace.id,
                name: company.name.clone(),
                settings: Settings {
                    brand_color: company.brand_color.clone(),
                    assistant_name: company.assistant_name.clone(),
                    greeting: company.greeting.clone(),
                    ..workspace.settings
                },
            };
            tx.update_workspace(&changed)?;
            tx.pass_milestone(&workspace_id, Milestone::Company.name(), moment.now)?;
            let deed = Deed::new(Action::SettingsChanged).with("company", &changed.name);
            write_down(tx, moment, &workspace_id, &By::from(&actor), deed)?;
            Ok(changed)
        })
        .await
    }
}
