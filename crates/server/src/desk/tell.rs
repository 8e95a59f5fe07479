//! Other programs are told what happened, each conversation in the order of its events. The
//! events are read when they are sent, so nothing of them is kept beside them, and what was
//! erased meanwhile is told no more.

use segue_core::audit::{Action, By};
use segue_core::event::Event;
use segue_core::ids::{ContactId, ConversationId, InboxId, WebhookId, WorkspaceId};
use segue_core::time::{DAY_MS, MINUTE_MS, SECOND_MS, Timestamp};
use segue_core::webhook::Topic;
use segue_store::{Delivery, DeliveryOutcome, Job, Tx, Webhook, WebhookState};
use serde::{Deserialize, Serialize};

use super::audit::{Deed, write_down};
use super::{Desk, Error, Listener};
use crate::edge::Moment;

/// Events that are read at once.
const PAGE: i64 = 50;
/// Tries after which an event that the server refuses lets those behind it pass. One that
/// cannot be handed over at all holds up its conversation, until the webhook is paused.
const TRIES_REFUSED: i64 = 5;
/// How long a webhook may fail before it is paused.
const PAUSED_AFTER_MS: i64 = 3 * DAY_MS;
/// The longest that a failing webhook is let be.
const LONGEST_REST_MS: i64 = 15 * MINUTE_MS;

/// What a `webhook` job is to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TellOrder {
    /// Whom.
    pub webhook_id: WebhookId,
    /// Of which conversation.
    pub conversation_id: ConversationId,
    /// From the event after this on.
    pub after: u64,
    /// Only that one, because somebody wants it sent again.
    pub again: bool,
}

/// What is to be told.
pub struct ToTell {
    /// Whom, where and how much.
    pub webhook: Webhook,
    /// Where the conversation came in.
    pub inbox_id: InboxId,
    /// Whose it is.
    pub contact_id: ContactId,
    /// The events that it hears of, as it may hear them.
    pub events: Vec<(Topic, Event)>,
    /// Through which event that is.
    pub through: u64,
}

/// How sending an event went.
#[derive(Clone, Debug, PartialEq)]
pub struct Went {
    /// What the server answered, if it did.
    pub status: Option<u16>,
    /// Why it was not taken, as a word.
    pub fault: Option<&'static str>,
    /// How long it took.
    pub took_ms: i64,
}

/// Who of a workspace is told anything.
pub(super) fn listeners(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
) -> Result<Vec<Listener>, Error> {
    let webhooks = tx.webhooks(workspace_id)?.into_iter();
    let told = webhooks.filter(|it| it.state == WebhookState::On);
    Ok(told
        .map(|it| Listener {
            id: it.id,
            topics: it.topics,
        })
        .collect())
}

impl Desk {
    /// What an order is about; `None` where nobody is told any more.
    pub async fn to_tell(
        &self,
        workspace_id: WorkspaceId,
        order: TellOrder,
    ) -> Result<Option<ToTell>, Error> {
        let read = self.store.read(move |tx| {
            let Some(webhook) = tx.webhook(&workspace_id, &order.webhook_id)? else {
                return Ok::<_, Error>(None);
            };
            let conversation = tx.conversation(&workspace_id, &order.conversation_id)?;
            let Some(conversation) = conversation.filter(|_| {
                // Who asks for one event again gets it from a webhook that is off too.
                webhook.state == WebhookState::On || order.again
            }) else {
                return Ok(None);
            };
            let limit = if order.again { 1 } else { PAGE };
            let events = tx.events(&workspace_id, &order.conversation_id, order.after, limit)?;
            let through = events.last().map_or(order.after, |event| event.seq);
            let told = events.iter().filter_map(|event| webhook.shares.tell(event));
            let heard = told.filter(|(topic, _)| order.again || webhook.topics.contains(topic));
            Ok(Some(ToTell {
                events: heard.collect(),
                through,
                inbox_id: conversation.inbox_id,
                contact_id: conversation.contact_id,
                webhook,
            }))
        });
        read.await
    }

    /// Writes down how sending an event went; `true` if those behind it may follow.
    pub async fn told(
        &self,
        job: Job,
        order: TellOrder,
        (topic, seq): (Topic, u64),
        went: Went,
    ) -> Result<bool, Error> {
        self.verb(move |tx, moment| told(tx, moment, &job, &order, (topic, seq), &went))
            .await
    }

    /// Ends a job that has told everything; `false` if something was said meanwhile. Whoever
    /// records an event holds its conversation: either it is seen here, or its own job finds
    /// this one gone.
    pub async fn told_all(
        &self,
        workspace_id: WorkspaceId,
        job: Job,
        order: TellOrder,
        through: u64,
    ) -> Result<bool, Error> {
        self.verb(move |tx, _| {
            let held = tx.conversation_for_update(&workspace_id, &order.conversation_id)?;
            let is_behind = held.is_some_and(|it| it.seq > through);
            if is_behind && !order.again {
                advance(tx, &job, &order, through)?;
                return Ok(false);
            }
            tx.finish_job(&job)?;
            Ok(true)
        })
        .await
    }

    /// Sends an event again.
    pub async fn tell_again(
        &self,
        workspace_id: WorkspaceId,
        webhook_id: WebhookId,
        conversation_id: ConversationId,
        seq: u64,
    ) -> Result<(), Error> {
        self.verb(move |tx, moment| {
            let known = tx.delivery(&workspace_id, &webhook_id, &conversation_id, seq)?;
            known.ok_or(Error::NotFound)?;
            let order = TellOrder {
                webhook_id: webhook_id.clone(),
                conversation_id: conversation_id.clone(),
                after: seq - 1,
                again: true,
            };
            let job = Job {
                id: moment.id(),
                workspace_id: workspace_id.clone(),
                kind: "webhook".into(),
                key: format!("webhook {webhook_id} {conversation_id} {seq} again"),
                payload: payload(&order)?,
                tries: 0,
            };
            Ok(tx.add_job(&job, moment.now)?)
        })
        .await
    }
}

fn told(
    tx: &mut Tx<'_>,
    moment: &Moment,
    job: &Job,
    order: &TellOrder,
    (topic, seq): (Topic, u64),
    went: &Went,
) -> Result<bool, Error> {
    let workspace_id = &job.workspace_id;
    let id = &order.webhook_id;
    // Whoever was removed while it was told leaves nothing behind.
    let Some(webhook) = tx.webhook(workspace_id, id)? else {
        return Ok(false);
    };
    let before = tx.delivery(workspace_id, id, &order.conversation_id, seq)?;
    let tries = before.as_ref().map_or(0, |it| it.tries) + 1;
    let is_refused = went.status.is_some_and(is_refusal);
    let outcome = match went.fault {
        None => DeliveryOutcome::Delivered,
        Some(_) if order.again || is_refused && tries >= TRIES_REFUSED => DeliveryOutcome::GivenUp,
        Some(_) => DeliveryOutcome::Failing,
    };
    let delivery = Delivery {
        conversation_id: order.conversation_id.clone(),
        seq,
        topic: topic.name().into(),
        first_at: before.map_or(moment.now, |it| it.first_at),
        last_at: moment.now,
        tries,
        outcome,
        status: went.status.map(i64::from),
        fault: went.fault.map(str::to_string),
        took_ms: went.took_ms,
    };
    tx.note_delivery(workspace_id, id, &delivery)?;
    let after = after(webhook, went.fault, moment.now);
    tx.webhook_went(&after)?;
    if after.state == WebhookState::Paused {
        let deed = Deed::new(Action::WebhookPaused)
            .on(id)
            .with("name", &after.name)
            .with("why", went.fault.unwrap_or_default());
        write_down(tx, moment, workspace_id, &By::System, deed)?;
        tx.ring_floor(workspace_id);
        tracing::error!(webhook.id = %id, "a webhook has failed for days and is paused; look at it in the console's settings");
        metrics::counter!("segue_webhooks_paused_total").increment(1);
    }
    if outcome == DeliveryOutcome::Failing {
        return Ok(false);
    }
    Ok(order.again || advance(tx, job, order, seq)?)
}

/// Whether a server understood and does not want it: not that it is busy, or that its door is
/// shut for now.
fn is_refusal(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 401 | 403 | 404 | 408 | 409 | 425 | 429)
}

/// A webhook after it was told something.
fn after(webhook: Webhook, fault: Option<&str>, now: Timestamp) -> Webhook {
    let Some(fault) = fault else {
        return Webhook {
            delivered_at: Some(now),
            failure: None,
            failures: 0,
            rest_until: None,
            ..webhook
        };
    };
    let since = webhook.failure.as_ref().map_or(now, |(at, _)| *at);
    let is_given_up = webhook.state == WebhookState::On && now.since(since) >= PAUSED_AFTER_MS;
    let rest_ms = (SECOND_MS << webhook.failures.clamp(0, 20)).min(LONGEST_REST_MS);
    Webhook {
        failure: Some((since, fault.into())),
        failures: webhook.failures + 1,
        rest_until: Some(now.plus(rest_ms)),
        state: if is_given_up {
            WebhookState::Paused
        } else {
            webhook.state
        },
        ..webhook
    }
}

fn advance(tx: &mut Tx<'_>, job: &Job, order: &TellOrder, through: u64) -> Result<bool, Error> {
    let on = TellOrder {
        after: through,
        ..order.clone()
    };
    Ok(tx.advance_job(job, &payload(&on)?)?)
}

fn payload(order: &TellOrder) -> Result<String, Error> {
    serde_json::to_string(order).map_err(|_| Error::Invalid("the job's payload is not JSON"))
}
