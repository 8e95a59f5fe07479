//! What other programs are told of, and what became of it. A webhook's secret signs what is
//! sent, so it is kept as it is.

use segue_core::ids::{ConversationId, WebhookId, WorkspaceId};
use segue_core::time::Timestamp;
use segue_core::webhook::{Shares, Topic};

use crate::error::Error;
use crate::sql::{Row, json, params};
use crate::tx::Tx;

/// What a webhook signs with. Its `Debug` does not show it, so that no log can.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(pub String);

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret")
    }
}

/// Whether a webhook is told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookState {
    /// It is.
    On,
    /// Somebody switched it off.
    Off,
    /// It failed for days.
    Paused,
}

impl WebhookState {
    /// The name in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            WebhookState::On => "on",
            WebhookState::Off => "off",
            WebhookState::Paused => "paused",
        }
    }

    fn from_name(name: &str) -> Result<Self, Error> {
        [WebhookState::On, WebhookState::Off, WebhookState::Paused]
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or_else(|| Error::Damaged(format!("no webhook is `{name}`")))
    }
}

/// An address that is told what happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// What it is for.
    pub name: String,
    /// Where it is told.
    pub url: String,
    /// What it hears of.
    pub topics: Vec<Topic>,
    /// How much of it.
    pub shares: Shares,
    /// What it signs with.
    pub secret: WebhookSecret,
    /// What it signed with before, and until when it still does.
    pub old_secret: Option<(WebhookSecret, Timestamp)>,
    /// Whether it is told anything.
    pub state: WebhookState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When what is said above was last changed.
    pub changed_at: Timestamp,
    /// When it last took something.
    pub delivered_at: Option<Timestamp>,
    /// Since when it does not, and why.
    pub failure: Option<(Timestamp, String)>,
    /// Failures since then.
    pub failures: i64,
    /// Until when it is let be.
    pub rest_until: Option<Timestamp>,
}

/// How the delivery of an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// It was taken.
    Delivered,
    /// It will be tried again.
    Failing,
    /// It is not tried any more.
    GivenUp,
}

impl DeliveryOutcome {
    /// The name in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            DeliveryOutcome::Delivered => "delivered",
            DeliveryOutcome::Failing => "failing",
            DeliveryOutcome::GivenUp => "given_up",
        }
    }

    fn from_name(name: &str) -> Result<Self, Error> {
        use DeliveryOutcome::{Delivered, Failing, GivenUp};
        [Delivered, Failing, GivenUp]
            .into_iter()
            .find(|outcome| outcome.name() == name)
            .ok_or_else(|| Error::Damaged(format!("no delivery is `{name}`")))
    }
}

/// What became of an event that a webhook was to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Whose conversation it is.
    pub conversation_id: ConversationId,
    /// The event's number there.
    pub seq: u64,
    /// What it was told as.
    pub topic: String,
    /// When it was first sent.
    pub first_at: Timestamp,
    /// When it was last sent.
    pub last_at: Timestamp,
    /// How often.
    pub tries: i64,
    /// How it stands.
    pub outcome: DeliveryOutcome,
    /// What the server answered, if it did.
    pub status: Option<i64>,
    /// Why it was not taken, as a word.
    pub fault: Option<String>,
    /// How long it took.
    pub took_ms: i64,
}

impl Tx<'_> {
    /// Keeps a webhook as it is said; what became of its deliveries stays as it is.
    pub fn put_webhook(&mut self, webhook: &Webhook) -> Result<(), Error> {
        let (old_secret, old_secret_until) = webhook.old_secret.clone().unzip();
        let (failed_at, failure) = webhook.failure.clone().unzip();
        self.execute(
            "insert into webhooks (id, workspace_id, name, url, topics, shares, secret, old_secret,
               old_secret_until, state, created_at, changed_at, delivered_at, failed_at, failure, failures, rest_until)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
             on conflict (id) do update set name = excluded.name, url = excluded.url,
               topics = excluded.topics, shares = excluded.shares, secret = excluded.secret,
               old_secret = excluded.old_secret, old_secret_until = excluded.old_secret_until,
               state = excluded.state, changed_at = excluded.changed_at, delivered_at = excluded.delivered_at,
               failed_at = excluded.failed_at, failure = excluded.failure,
               failures = excluded.failures, rest_until = excluded.rest_until
             where webhooks.workspace_id = excluded.workspace_id",
            params![
                &webhook.id,
                &webhook.workspace_id,
                webhook.name.as_str(),
                webhook.url.as_str(),
                json(&webhook.topics)?,
                webhook.shares.name(),
                webhook.secret.0.as_str(),
                old_secret.as_ref().map(|secret| secret.0.as_str()),
                old_secret_until,
                webhook.state.name(),
                webhook.created_at,
                webhook.changed_at,
                webhook.delivered_at,
                failed_at,
                failure.as_deref(),
                webhook.failures,
                webhook.rest_until,
            ],
        )?;
        Ok(())
    }

    /// The webhooks of a workspace, the oldest first.
    pub fn webhooks(&mut self, workspace_id: &WorkspaceId) -> Result<Vec<Webhook>, Error> {
        self.rows(
            "select id, workspace_id, name, url, topics, shares, secret, old_secret, old_secret_until,
               state, created_at, changed_at, delivered_at, failed_at, failure, failures, rest_until
             from webhooks where workspace_id = $1 order by id",
            params![workspace_id],
        )?
        .into_iter()
        .map(webhook)
        .collect()
    }

    /// A webhook.
    pub fn webhook(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &WebhookId,
    ) -> Result<Option<Webhook>, Error> {
        self.row(
            "select id, workspace_id, name, url, topics, shares, secret, old_secret, old_secret_until,
               state, created_at, changed_at, delivered_at, failed_at, failure, failures, rest_until
             from webhooks where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?
        .map(webhook)
        .transpose()
    }

    /// Forgets a webhook, its secrets and its log; `false` if there is none.
    pub fn drop_webhook(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &WebhookId,
    ) -> Result<bool, Error> {
        self.execute(
            "delete from webhook_deliveries where workspace_id = $1 and webhook_id = $2",
            params![workspace_id, id],
        )?;
        let dropped = self.execute(
            "delete from webhooks where workspace_id = $1 and id = $2",
            params![workspace_id, id],
        )?;
        Ok(dropped > 0)
    }

    /// Notes how a webhook does, unless it was changed meanwhile.
    pub fn webhook_went(&mut self, webhook: &Webhook) -> Result<(), Error> {
        let (failed_at, failure) = webhook.failure.clone().unzip();
        self.execute(
            "update webhooks set state = $4, delivered_at = $5, failed_at = $6, failure = $7,
               failures = $8, rest_until = $9
             where workspace_id = $1 and id = $2 and changed_at = $3",
            params![
                &webhook.workspace_id,
                &webhook.id,
                webhook.changed_at,
                webhook.state.name(),
                webhook.delivered_at,
                failed_at,
                failure.as_deref(),
                webhook.failures,
                webhook.rest_until,
            ],
        )?;
        Ok(())
    }

    /// Writes down what became of an event; the first time stays.
    pub fn note_delivery(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &WebhookId,
        it: &Delivery,
    ) -> Result<(), Error> {
        self.execute(
            "insert into webhook_deliveries (webhook_id, conversation_id, seq, workspace_id, topic,
               first_at, last_at, tries, outcome, status, fault, took_ms)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             on conflict (webhook_id, conversation_id, seq) do update set last_at = excluded.last_at,
               tries = excluded.tries, outcome = excluded.outcome, status = excluded.status,
               fault = excluded.fault, took_ms = excluded.took_ms
             where webhook_deliveries.workspace_id = excluded.workspace_id",
            params![
                id,
                &it.conversation_id,
                it.seq as i64,
                workspace_id,
                it.topic.as_str(),
                it.first_at,
                it.last_at,
                it.tries,
                it.outcome.name(),
                it.status,
                it.fault.as_deref(),
                it.took_ms,
            ],
        )?;
        Ok(())
    }

    /// What became of one event.
    pub fn delivery(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &WebhookId,
        conversation_id: &ConversationId,
        seq: u64,
    ) -> Result<Option<Delivery>, Error> {
        self.row(
            "select conversation_id, seq, topic, first_at, last_at, tries, outcome, status, fault, took_ms
             from webhook_deliveries
             where workspace_id = $1 and webhook_id = $2 and conversation_id = $3 and seq = $4",
            params![workspace_id, id, conversation_id, seq as i64],
        )?
        .map(delivery)
        .transpose()
    }

    /// What a webhook was last sent, the latest first.
    pub fn deliveries(
        &mut self,
        workspace_id: &WorkspaceId,
        id: &WebhookId,
        limit: i64,
    ) -> Result<Vec<Delivery>, Error> {
        self.rows(
            "select conversation_id, seq, topic, first_at, last_at, tries, outcome, status, fault, took_ms
             from webhook_deliveries where workspace_id = $1 and webhook_id = $2
             order by last_at desc, conversation_id, seq desc limit $3",
            params![workspace_id, id, limit],
        )?
        .into_iter()
        .map(delivery)
        .collect()
    }

    /// Forgets what became of what was last sent before then.
    pub fn purge_deliveries(&mut self, before: Timestamp) -> Result<u64, Error> {
        self.execute(
            "delete from webhook_deliveries where last_at < $1",
            params![before],
        )
    }
}

fn webhook(row: Row) -> Result<Webhook, Error> {
    let why = row.text_or_null(14).unwrap_or_default().to_string();
    let old_secret = row.text_or_null(7).map(|it| WebhookSecret(it.into()));
    let shares = Shares::from_name(row.text(5)?);
    Ok(Webhook {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        name: row.text(2)?.into(),
        url: row.text(3)?.into(),
        topics: row.json(4)?,
        shares: shares.ok_or_else(|| Error::Damaged("a webhook shares nothing known".into()))?,
        secret: WebhookSecret(row.text(6)?.into()),
        old_secret: old_secret.zip(row.at_or_null(8)),
        state: WebhookState::from_name(row.text(9)?)?,
        created_at: row.at(10)?,
        changed_at: row.at(11)?,
        delivered_at: row.at_or_null(12),
        failure: row.at_or_null(13).map(|at| (at, why)),
        failures: row.int(15)?,
        rest_until: row.at_or_null(16),
    })
}

fn delivery(row: Row) -> Result<Delivery, Error> {
    Ok(Delivery {
        conversation_id: row.id(0)?,
        seq: row.int(1)? as u64,
        topic: row.text(2)?.into(),
        first_at: row.at(3)?,
        last_at: row.at(4)?,
        tries: row.int(5)?,
        outcome: DeliveryOutcome::from_name(row.text(6)?)?,
        status: row.int_or_null(7),
        fault: row.text_or_null(8).map(str::to_string),
        took_ms: row.int(9)?,
    })
}
