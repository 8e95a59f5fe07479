//! Who else is told, and what became of it.

use segue_core::ids::WebhookId;
use segue_core::webhook::{Shares, Topic};
use segue_store::{Delivery, DeliveryOutcome, Error, Store, Webhook, WebhookSecret, WebhookState};

use crate::ground::{NOW, begin, dice, place};

on_both! {
    webhooks_and_their_deliveries_read_back
}

async fn webhooks_and_their_deliveries_read_back(store: Store) {
    let place = place(&store).await;
    let conversation_id = begin(&store, &place).await;
    let webhook = Webhook {
        id: WebhookId::new(NOW, dice()),
        workspace_id: place.workspace_id.clone(),
        name: "Bot".into(),
        url: "https://bot.example/".into(),
        topics: vec![Topic::Message],
        shares: Shares::Words,
        secret: WebhookSecret("whsec_new".into()),
        old_secret: Some((WebhookSecret("whsec_old".into()), NOW)),
        state: WebhookState::On,
        created_at: NOW,
        changed_at: NOW,
        delivered_at: None,
        failure: None,
        failures: 0,
        rest_until: None,
    };
    let failing = Webhook {
        failure: Some((NOW, "status".into())),
        failures: 1,
        rest_until: Some(NOW),
        ..webhook.clone()
    };
    let delivery = Delivery {
        conversation_id,
        seq: 1,
        topic: "conversation.started".into(),
        first_at: NOW,
        last_at: NOW,
        tries: 1,
        outcome: DeliveryOutcome::Failing,
        status: None,
        fault: Some("too_slow".into()),
        took_ms: 10_000,
    };
    let done: Result<(), Error> = store
        .write(move |tx| {
            let workspace_id = &place.workspace_id;
            tx.put_webhook(&webhook)?;
            assert_eq!(tx.webhooks(workspace_id)?, std::slice::from_ref(&webhook));
            tx.webhook_went(&failing)?;
            assert_eq!(
                tx.webhook(workspace_id, &webhook.id)?,
                Some(failing.clone())
            );
            tx.note_delivery(workspace_id, &webhook.id, &delivery)?;
            let taken = Delivery {
                tries: 2,
                outcome: DeliveryOutcome::Delivered,
                status: Some(204),
                fault: None,
                ..delivery.clone()
            };
            tx.note_delivery(workspace_id, &webhook.id, &taken)?;
            assert_eq!(tx.deliveries(workspace_id, &webhook.id, 9)?, [taken]);
            assert_eq!(tx.purge_deliveries(NOW.plus(1))?, 1);
            assert!(tx.drop_webhook(workspace_id, &webhook.id)?);
            Ok(())
        })
        .await;
    done.unwrap();
}
