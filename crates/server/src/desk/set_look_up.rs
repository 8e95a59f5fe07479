//! Where an inbox looks its customers up, as an admin says it in the console (P25).

use segue_core::audit::{Action, By};
use segue_core::ids::InboxId;
use segue_core::look_up::Field;
use segue_store::{LookUp, LookUpHeader};

use super::audit::{Deed, write_down};
use super::{Actor, Desk, Error};

/// What an admin says of a look-up.
#[derive(Clone)]
pub struct LookUpChange {
    /// What agents call the system that is asked.
    pub name: String,
    /// Its address, with `{email}` or `{external_id}` in path or query.
    pub url: String,
    /// What is sent along. A header without a value keeps the one that is there.
    pub headers: Vec<(String, Option<String>)>,
    /// What is taken from the answer.
    pub fields: Vec<Field>,
    /// How long an answer may take.
    pub timeout_ms: i64,
    /// How long it is taken for true.
    pub kept_ms: i64,
}

impl Desk {
    /// Keeps where an inbox looks customers up. What was found before counts no more. A
    /// secret that is kept stays with its server: who names another must know it.
    pub async fn set_look_up(
        &self,
        actor: Actor,
        inbox_id: InboxId,
        change: LookUpChange,
    ) -> Result<LookUp, Error> {
        let workspace_id = actor.workspace_id.clone();
        self.verb(move |tx, moment| {
            tx.inbox(&workspace_id, &inbox_id)?.ok_or(Error::NotFound)?;
            let known = tx.look_up(&workspace_id, &inbox_id)?;
            let known = known.filter(|known| origin(&known.url) == origin(&change.url));
            let kept = |name: &str| {
                let headers = known.iter().flat_map(|known| &known.headers);
                let mut same = headers.filter(|header| header.name.eq_ignore_ascii_case(name));
                same.next().map(|header| header.value.clone())
            };
            let headers: Option<Vec<LookUpHeader>> = change
                .headers
                .iter()
                .map(|(name, value)| {
                    let value = value.clone().or_else(|| kept(name))?;
                    Some(LookUpHeader {
                        name: name.clone(),
                        value,
                    })
                })
                .collect();
            let look_up = LookUp {
                inbox_id: inbox_id.clone(),
                workspace_id: workspace_id.clone(),
                name: change.name.clone(),
                url: change.url.clone(),
                headers: headers.ok_or(Error::Invalid("a header's value is missing"))?,
                fields: change.fields.clone(),
                timeout_ms: change.timeout_ms,
                kept_ms: change.kept_ms,
                changed_at: moment.now,
                answered_at: None,
                failure: None,
            };
            tx.set_look_up(&look_up)?;
            let deed = Deed::new(Action::LookUpChanged)
                .on(&inbox_id)
                .with("name", &look_up.name)
                .with("address", origin(&look_up.url));
            write_down(tx, moment, &workspace_id, &By::from(&actor), deed)?;
            Ok(look_up)
        })
        .await
    }

    /// Forgets where an inbox looks customers up, its secrets and what was found.
    pub async fn forget_look_up(&self, actor: Actor, inbox_id: InboxId) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            let workspace_id = &actor.workspace_id;
            tx.inbox(workspace_id, &inbox_id)?.ok_or(Error::NotFound)?;
            tx.forget_look_up(workspace_id, &inbox_id)?;
            let deed = Deed::new(Action::LookUpChanged)
                .on(&inbox_id)
                .with("address", "");
            write_down(tx, moment, workspace_id, &By::from(&actor), deed)
        })
        .await
    }
}

/// Scheme, host and port: who gets to see what is sent along.
pub(super) fn origin(url: &str) -> &str {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let rest = &url[begin..];
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    &url[..begin + end]
}
