//! Why the assistant did what it did, through the console's door; and a policy that
//! takes effect.

use segue_core::decide::decide;
use segue_core::policy::{Policy, read};
use serde_json::json;

use crate::shop::{As, Shop};

#[tokio::test]
async fn each_decision_is_shown_with_its_message_reasons_and_facts() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, "How long does standard delivery take?")
        .await;
    shop.say(
        &visitor,
        &id,
        2,
        "You charged me twice, this is fraud, I want my money back",
    )
    .await;
    let path = format!("/api/console/conversations/{id}/decisions");
    let (status, shown) = shop.get(&path, &maya).await;
    assert_eq!(status, 200, "{shown}");
    let decisions = shown["decisions"].as_array().unwrap();
    assert_eq!(decisions.len(), 2, "{shown}");
    // The clock stands still here, so their order is open.
    let question = "How long does standard delivery take?";
    let is_first = decisions[0]["text"] == question;
    let (answered, escalated) = match is_first {
        true => (&decisions[0], &decisions[1]),
        false => (&decisions[1], &decisions[0]),
    };
    assert_eq!(answered["text"], question);
    assert_eq!(answered["decision"]["action"], "answer");
    assert!(answered["facts"]["answerable"].as_f64().unwrap() > 0.5);
    assert_eq!(escalated["decision"]["action"], "escalate");
    assert_eq!(escalated["facts"]["answers"], 1);
    assert_eq!(escalated["facts"]["inbox"], "Site");
    let reason = &escalated["decision"]["reasons"][0];
    assert_eq!(reason["trigger"], "topic.billing_dispute", "{shown}");
    assert!(reason["evidence"][0]["text"].is_string());
    let change = &escalated["decision"]["would_change"][0];
    assert_eq!(change["change"]["kind"], "without", "{shown}");
    assert_ne!(change["action"], "escalate");
}

#[tokio::test]
async fn decisions_are_for_agents_of_the_workspace_only() {
    let shop = Shop::open().await;
    let (visitor, id) = shop.arrive().await;
    let path = format!("/api/console/conversations/{id}/decisions");
    assert_eq!(shop.get(&path, &As::Nobody).await.0, 401);
    assert_eq!(shop.get(&path, &visitor).await.0, 401);
    shop.add_workspace("Other", &["noor"]).await;
    let noor = shop.sign_in("noor@other.example").await;
    assert_eq!(shop.get(&path, &noor).await.0, 404);
}

#[tokio::test]
async fn a_stored_decision_is_made_again_from_its_inputs() {
    let shop = Shop::open().await;
    let (visitor, id) = shop.arrive().await;
    shop.say(
        &visitor,
        &id,
        1,
        "this is ridiculous, my blender is broken, you lied to me!!",
    )
    .await;
    let workspace = shop
        .desk
        .store
        .read(|tx| tx.first_workspace())
        .await
        .unwrap()
        .unwrap();
    let conversation_id = segue_core::ids::ConversationId::parse(&id).unwrap();
    let stored = shop
        .desk
        .store
        .read(move |tx| tx.decisions(&workspace.id, &conversation_id, 10))
        .await
        .unwrap();
    assert!(!stored.is_empty());
    for one in stored {
        assert_eq!(decide(&Policy::default(), &one.view, one.at), one.decision);
    }
}

#[tokio::test]
async fn an_operators_policy_holds_from_the_moment_it_is_set() {
    let shop = Shop::open().await;
    let policy = read(
        r#"
        off = ["topic.complaint"]
        [[rule]]
        name = "Delivery goes to logistics"
        when = 'answer.known && conversation.inbox == "Site"'
        do = "escalate"
        team = "Logistics"
        because = "we test this"
        "#,
    )
    .unwrap();
    assert_eq!(shop.desk.set_policy(policy.clone()).await.unwrap(), 1);
    assert_eq!(shop.desk.set_policy(policy).await.unwrap(), 0);
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, "How long does standard delivery take?")
        .await;
    let view = shop.view(&visitor, &id).await;
    assert_eq!(view["state"], "queued");
    let path = format!("/api/console/conversations/{id}/decisions");
    let (_, shown) = shop.get(&path, &maya).await;
    let decision = &shown["decisions"][0]["decision"];
    assert_eq!(decision["policy_version"], 2, "{shown}");
    assert_eq!(
        decision["target"],
        json!({ "team": "Logistics", "dedicated_agent": false, "skills": [] })
    );
    assert_eq!(decision["reasons"][0]["rule"], "Delivery goes to logistics");
}
