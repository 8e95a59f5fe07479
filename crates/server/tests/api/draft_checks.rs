//! What an agent is told of a reply while they write it (P40, P42), and what is recorded when
//! it goes all the same.

use serde_json::{Value, json};

use crate::shop::{As, Shop};

struct Opened {
    shop: Shop,
    maya: As,
    visitor: As,
    id: String,
    told: Value,
    epoch: u64,
}

/// A conversation that Maya has: the assistant has suggested an article in vain.
async fn open() -> Opened {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let told = shop
        .say(
            &visitor,
            &id,
            1,
            "Can I return unused goods from order 48213?",
        )
        .await;
    shop.say(&visitor, &id, 2, "that did not help").await;
    shop.say(&visitor, &id, 3, "let me talk to a human").await;
    shop.work().await;
    let epoch = &shop.detail(&maya, &id).await["item"]["epoch"];
    let path = format!("/api/console/conversations/{id}/accept");
    let (status, detail) = shop.post(&path, &maya, json!({ "epoch": epoch })).await;
    assert_eq!(status, 200, "{detail}");
    let epoch = detail["item"]["epoch"].as_u64().unwrap();
    Opened {
        shop,
        maya,
        visitor,
        id,
        told,
        epoch,
    }
}

impl Opened {
    async fn check(&self, text: &str) -> Value {
        let path = format!("/api/console/conversations/{}/draft-checks", self.id);
        let (status, checked) = self
            .shop
            .post(&path, &self.maya, json!({ "text": text }))
            .await;
        assert_eq!(status, 200, "{checked}");
        checked
    }
}

#[tokio::test]
async fn a_draft_is_checked_against_all_that_was_said_and_tried() {
    let opened = open().await;
    let quiet = json!({ "is_cold": false, "repeats": null, "asks_again": null });
    for text in [
        "",
        "Hi, I have read your chat and send you a label for order 48213.",
    ] {
        assert_eq!(opened.check(text).await, quiet, "{text}");
    }
    let cold = opened.check("Hi! How can I help you today?").await;
    assert_eq!(cold["is_cold"], true, "{cold}");

    let tried = "You can return unused goods within 60 days, free of charge.";
    let repeats = opened.check(tried).await["repeats"].clone();
    assert!(
        repeats["suggestion"].as_str().unwrap().contains("60 days"),
        "{repeats}"
    );
    assert_eq!(repeats["outcome"], "did_not_help");
    let detail = opened.shop.detail(&opened.maya, &opened.id).await;
    assert_eq!(
        repeats["message_id"],
        detail["package"]["attempts"][0]["message_id"]
    );

    let asks = opened.check("Hello! What is your order number?").await["asks_again"].clone();
    assert_eq!(asks["question"], "What is your order number?");
    assert_eq!(asks["message_id"], opened.told["message_id"]);
    let answer = asks["answer"].as_str().unwrap();
    assert!(answer.contains("48213"));
    let instead = format!("You wrote “{answer}”, so I'll go by that.");
    assert_eq!(asks["instead"], instead);
}

#[tokio::test]
async fn what_is_sent_despite_a_warning_is_on_record_and_hidden_from_the_customer() {
    let opened = open().await;
    let Opened { shop, maya, id, .. } = &opened;
    let path = format!("/api/console/conversations/{id}/reply");
    let warned = json!([
        { "guard": "cold_greeting", "of": null },
        { "guard": "asks_again", "of": opened.told["message_id"] },
        { "guard": "asks_again", "of": null },
    ]);
    let reply = json!({
        "epoch": opened.epoch, "client_message_id": "message-9",
        "text": "How can I help? What is your order number?", "warned": warned,
    });
    for _ in 0..2 {
        let (status, sent) = shop.post(&path, maya, reply.clone()).await;
        assert_eq!(status, 200, "{sent}");
    }
    let detail = shop.detail(maya, id).await;
    let events = detail["events"].as_array().unwrap().iter();
    let despite: Vec<_> = events
        .filter(|event| event["kind"] == "sent_despite")
        .collect();
    let guards: Vec<_> = despite.iter().map(|event| &event["guard"]).collect();
    assert_eq!(guards, ["cold_greeting", "asks_again"]);
    assert_eq!(despite[1]["of"], opened.told["message_id"]);

    let path = format!("/api/widget/conversations/{id}/events");
    let (_, page) = shop.get(&path, &opened.visitor).await;
    assert!(!page.to_string().contains("sent_despite"));
    // Whoever has spoken cannot open coldly any more.
    assert_eq!(opened.check("How can I help you?").await["is_cold"], false);
}
