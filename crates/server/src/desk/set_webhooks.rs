//! Who else is told what happens, as an admin or a program of theirs says it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use segue_core::audit::{Action, By};
use segue_core::ids::{WebhookId, WorkspaceId};
use segue_core::time::DAY_MS;
use segue_core::webhook::{Shares, Topic};
use segue_store::{Tx, Webhook, WebhookSecret, WebhookState};

use super::audit::{Deed, write_down};
use super::set_look_up::origin;
use super::{Desk, Error};
use crate::edge::{Moment, random_bytes};

/// The most webhooks of a workspace: each is told everything that it wants to hear.
const MOST: usize = 20;
/// How long the secret before still signs: whoever checks has so long to take the new one.
const OVERLAP_MS: i64 = DAY_MS;

/// What somebody says of a webhook.
#[derive(Clone, Debug)]
pub struct WebhookChange {
    /// What it is for.
    pub name: String,
    /// Where it is told.
    pub url: String,
    /// What it hears of.
    pub topics: Vec<Topic>,
    /// How much of it.
    pub shares: Shares,
    /// Whether it is told anything.
    pub is_on: bool,
}

impl Desk {
    /// Makes a webhook; it holds its secret, which is shown this once.
    pub async fn add_webhook(
        &self,
        workspace_id: WorkspaceId,
        change: WebhookChange,
        by: By,
    ) -> Result<Webhook, Error> {
        let secret = new_secret();
        let made = self.verb(move |tx, moment| {
            tx.hold_workspace(&workspace_id)?;
            if tx.webhooks(&workspace_id)?.len() >= MOST {
                return Err(Error::Invalid("there are 20 webhooks; remove one first"));
            }
            let webhook = Webhook {
                id: moment.id(),
                workspace_id: workspace_id.clone(),
                name: change.name.clone(),
                url: change.url.clone(),
                topics: change.topics.clone(),
                shares: change.shares,
                secret: secret.clone(),
                old_secret: None,
                state: state(change.is_on),
                created_at: moment.now,
                changed_at: moment.now,
                delivered_at: None,
                failure: None,
                failures: 0,
                rest_until: None,
            };
            tx.put_webhook(&webhook)?;
            note(tx, moment, &by, &webhook, "made")?;
            Ok(webhook)
        });
        let made = made.await?;
        self.forget_places();
        Ok(made)
    }

    /// Changes a webhook. It begins with a clean slate: what failed before is forgotten.
    pub async fn change_webhook(
        &self,
        workspace_id: WorkspaceId,
        id: WebhookId,
        change: WebhookChange,
        by: By,
    ) -> Result<Webhook, Error> {
        let changed = self.verb(move |tx, moment| {
            let known = tx.webhook(&workspace_id, &id)?.ok_or(Error::NotFound)?;
            let webhook = Webhook {
                name: change.name.clone(),
                url: change.url.clone(),
                topics: change.topics.clone(),
                shares: change.shares,
                state: state(change.is_on),
                changed_at: moment.now,
                failure: None,
                failures: 0,
                rest_until: None,
                ..known
            };
            tx.put_webhook(&webhook)?;
            note(tx, moment, &by, &webhook, "changed")?;
            tx.ring_floor(&workspace_id);
            Ok(webhook)
        });
        let changed = changed.await?;
        self.forget_places();
        Ok(changed)
    }

    /// Gives a webhook another secret, shown this once; the one before signs beside it for a
    /// day.
    pub async fn renew_webhook_secret(
        &self,
        workspace_id: WorkspaceId,
        id: WebhookId,
        by: By,
    ) -> Result<Webhook, Error> {
        let secret = new_secret();
        self.verb(move |tx, moment| {
            let known = tx.webhook(&workspace_id, &id)?.ok_or(Error::NotFound)?;
            let webhook = Webhook {
                old_secret: Some((known.secret.clone(), moment.now.plus(OVERLAP_MS))),
                secret: secret.clone(),
                changed_at: moment.now,
                ..known
            };
            tx.put_webhook(&webhook)?;
            note(tx, moment, &by, &webhook, "secret renewed")?;
            Ok(webhook)
        })
        .await
    }

    /// Removes a webhook with its secrets and its log.
    pub async fn remove_webhook(
        &self,
        workspace_id: WorkspaceId,
        id: WebhookId,
        by: By,
    ) -> Result<(), Error> {
        let removed = self.verb(move |tx, moment| {
            let known = tx.webhook(&workspace_id, &id)?.ok_or(Error::NotFound)?;
            tx.drop_webhook(&workspace_id, &id)?;
            tx.ring_floor(&workspace_id);
            note(tx, moment, &by, &known, "removed")
        });
        removed.await?;
        self.forget_places();
        Ok(())
    }
}

/// As Standard Webhooks want it: 32 bytes in base64 after `whsec_`.
fn new_secret() -> WebhookSecret {
    WebhookSecret(format!("whsec_{}", STANDARD.encode(random_bytes::<32>())))
}

const fn state(is_on: bool) -> WebhookState {
    if is_on {
        WebhookState::On
    } else {
        WebhookState::Off
    }
}

/// The line of the audit log; of the address only where it leads, since the rest may be secret.
fn note(
    tx: &mut Tx<'_>,
    moment: &Moment,
    by: &By,
    webhook: &Webhook,
    what: &str,
) -> Result<(), Error> {
    let deed = Deed::new(Action::WebhooksChanged)
        .on(&webhook.id)
        .with("what", what)
        .with("name", &webhook.name)
        .with("address", origin(&webhook.url))
        .with("shares", webhook.shares.name())
        .with("state", webhook.state.name());
    write_down(tx, moment, &webhook.workspace_id, by, deed)
}
