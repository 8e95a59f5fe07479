//! What is read behind the measures: the messages of a repetition, what the product has to
//! settle, the load of what is asked for, days on each inbox's own wall; and who counts while
//! two versions run.

use segue_core::policy::Policy;
use segue_core::time::{DAY_MS, HOUR_MS, Hours, MINUTE_MS, SECOND_MS};
use segue_store::{Inbox, MeasureMark};
use serde_json::{Value, json};

use crate::measures::{cells, measures, served, workspace};
use crate::shop::{As, Shop};

const TOLD: &str = "The lamp from order 48213 arrived broken";
const SAID_AGAIN: &str = "As I already told the bot, the lamp from order 48213 is broken";

async fn behind(shop: &Shop, who: &As, query: &str) -> Vec<Value> {
    let path = format!("/api/console/measures/behind?{query}");
    let (status, page) = shop.get(&path, who).await;
    assert_eq!(status, 200, "{page}");
    page["conversations"].as_array().unwrap().clone()
}

/// An agent takes a conversation and says something.
async fn take(shop: &Shop, maya: &As, id: &str) {
    shop.work().await;
    let epoch = shop.detail(maya, id).await["view"]["epoch"].clone();
    let path = format!("/api/console/conversations/{id}/accept");
    let (status, taken) = shop.post(&path, maya, json!({ "epoch": epoch })).await;
    assert_eq!(status, 200, "{taken}");
}

async fn reply(shop: &Shop, maya: &As, id: &str, text: &str, warned: Value) {
    let epoch = shop.detail(maya, id).await["view"]["epoch"].clone();
    let path = format!("/api/console/conversations/{id}/reply");
    let words = json!({ "epoch": epoch, "client_message_id": "agent-words-1", "text": text, "warned": warned });
    let (status, sent) = shop.post(&path, maya, words).await;
    assert_eq!(status, 200, "{sent}");
}

#[tokio::test]
async fn a_repetition_is_read_in_both_messages() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let told = shop.say(&visitor, &id, 1, TOLD).await;
    shop.say(&visitor, &id, 2, "let me talk to a human").await;
    take(&shop, &maya, &id).await;
    shop.say(&visitor, &id, 3, SAID_AGAIN).await;
    let warned = json!([{ "guard": "asks_again", "of": told["message_id"] },
        { "guard": "asks_again", "of": null }]);
    reply(&shop, &maya, &id, "What is your order number?", warned).await;
    for _ in 0..2 {
        shop.desk.clock.advance(20 * SECOND_MS);
        shop.work().await;
    }

    let shown = measures(&shop, &maya, "days=7").await;
    let figures = &shown["now"]["repetition"];
    for (name, k) in [
        ("repeated", 1),
        ("said", 1),
        ("retold_facts", 0),
        ("agents", 1),
        ("asked_again", 1),
        ("tried_again", 0),
    ] {
        assert_eq!(figures[name]["k"], k, "{name}: {figures}");
        assert_eq!(figures[name]["n"], 1, "{name}: {figures}");
        assert!(figures[name]["high"].is_number(), "{name} has its interval");
    }

    let said = behind(&shop, &maya, "figure=said_again").await;
    let pair = &said[0]["evidence"][0];
    assert_eq!(pair["kind"], "said");
    assert_eq!(pair["again"]["text"], SAID_AGAIN);
    assert_eq!(pair["before"]["text"], TOLD);
    assert_eq!(pair["before"]["seq"], told["seq"]);
    assert_eq!(pair["before"]["role"], "customer");
    assert!(pair["again"]["at"].is_string());
    let asked = behind(&shop, &maya, "figure=asked_again").await;
    let pair = &asked[0]["evidence"][0];
    assert_eq!(pair["again"]["text"], "What is your order number?");
    assert_eq!(pair["again"]["name"], "maya");
    assert_eq!(pair["before"]["text"], TOLD);
    assert_eq!(behind(&shop, &maya, "figure=tried_again").await.len(), 0);
    let handoffs = behind(&shop, &maya, "figure=handoffs").await;
    assert_eq!(handoffs[0]["evidence"], json!([]), "no figure of messages");

    // Of an erased customer the place is known, and no word.
    let contact = shop.detail(&maya, &id).await["contact"]["id"].clone();
    let path = format!("/api/console/contacts/{}", contact.as_str().unwrap());
    let (status, _, erased) = shop.raw("DELETE", &path, &maya, None, &[]).await;
    assert!(status < 300, "{erased}");
    cells(&shop).await;
    for it in behind(&shop, &maya, "figure=said_again").await {
        assert_eq!(it["evidence"][0]["again"]["text"], Value::Null, "{it}");
        assert_eq!(it["evidence"][0]["before"]["text"], Value::Null, "{it}");
    }
}

/// A handoff that ends as an agent says.
async fn ended(shop: &Shop, maya: &As, question: &str, disposition: &str) -> String {
    let online = json!({ "presence": "online" });
    shop.post("/api/console/presence", maya, online).await;
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, question).await;
    let wish = format!("/api/widget/conversations/{id}/handoff");
    shop.post(&wish, &visitor, json!({})).await;
    take(shop, maya, &id).await;
    reply(shop, maya, &id, "I have looked at it.", json!([])).await;
    let epoch = shop.detail(maya, &id).await["view"]["epoch"].clone();
    let path = format!("/api/console/conversations/{id}/resolve");
    let done = json!({ "epoch": epoch, "disposition": disposition });
    let (status, done) = shop.post(&path, maya, done).await;
    assert_eq!(status, 200, "{done}");
    id
}

#[tokio::test]
async fn what_agents_could_not_settle_is_listed_by_topic_with_examples() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let delivery = "How long does standard delivery take?";
    let filed = ended(&shop, &maya, delivery, "product_problem").await;
    let around = ended(&shop, &maya, delivery, "workaround").await;
    ended(&shop, &maya, delivery, "solved").await;
    let (status, shown) = shop
        .get("/api/console/measures/product?days=7", &maya)
        .await;
    assert_eq!(status, 200, "{shown}");
    let all = &shown["all"]["unsettled"];
    assert_eq!((&all["k"], &all["n"]), (&json!(2), &json!(3)), "{shown}");
    let topic = &shown["topics"][0];
    assert_eq!(topic["settled"]["unsettled"]["k"], 2);
    assert!(topic["settled"]["unsettled"]["low"].is_number());
    let examples: Vec<(&str, &Value)> = topic["examples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["conversation_id"].as_str().unwrap(), &it["signs"]))
        .collect();
    assert_eq!(
        examples,
        [
            (around.as_str(), &json!(["workaround"])),
            (filed.as_str(), &json!(["product_problem"]))
        ]
    );
    assert_eq!(topic["examples"][0]["subject"], delivery);
    let query = format!(
        "figure=unsettled&topic={}",
        topic["topic"].as_str().unwrap()
    );
    assert_eq!(behind(&shop, &maya, &query).await.len(), 2);
    let (_, elsewhere) = shop
        .get("/api/console/measures/product?days=7&language=fr", &maya)
        .await;
    assert_eq!(elsewhere["topics"], json!([]));
}

#[tokio::test]
async fn the_load_is_of_what_is_asked_for() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    served(&shop, &maya, MINUTE_MS, 5, false).await;
    let shown = measures(&shop, &maya, "days=7").await;
    let inbox = shown["choices"]["inboxes"][0]["id"].as_str().unwrap();
    let check = async |query: &str, n: usize| {
        let path = format!("/api/console/measures/load?days=7&{query}");
        let (status, load) = shop.get(&path, &maya).await;
        assert_eq!(status, 200, "{load}");
        assert_eq!(load["n"], n, "{query}");
        assert_eq!(load["agents"].as_array().unwrap().len(), n, "{query}");
    };
    check("", 1).await;
    check(&format!("inbox={inbox}"), 1).await;
    check("inbox=inbox_other", 0).await;
    check("language=en", 1).await;
    check("language=fr", 0).await;
    check("plan=enterprise", 0).await;
    check("topic=nothing", 0).await;
    check("trigger=request.human", 1).await;
    check("trigger=topic.complaint", 0).await;
}

#[tokio::test]
async fn each_inbox_counts_the_days_on_its_own_wall() {
    // 2027-01-15T08:00Z: in Auckland it is the evening of that day, in Honolulu of the one before.
    let mut shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let workspace_id = workspace(&shop).await;
    let moment = shop.desk.clock.moment();
    let made: Result<(), segue_store::Error> = shop
        .desk
        .store
        .write(move |tx| {
            tx.add_inbox(&Inbox {
                id: moment.id(),
                workspace_id: workspace_id.clone(),
                name: "Honolulu".into(),
                site_key: "site-honolulu".into(),
                policy: Policy::default(),
                hours: Hours {
                    zone: "Pacific/Honolulu".into(),
                    ..Hours::always()
                },
                closed_at: None,
            })
        })
        .await;
    made.unwrap();
    shop.site_key = "site-honolulu".into();
    let (_, id) = served(&shop, &maya, MINUTE_MS, 5, false).await;
    cells(&shop).await;
    let all = measures(&shop, &maya, "days=7").await;
    let inboxes = all["choices"]["inboxes"].as_array().unwrap();
    let there = inboxes.iter().find(|it| it["name"] == "Honolulu").unwrap();
    let there = there["id"].as_str().unwrap();
    let own = measures(&shop, &maya, &format!("days=1&inbox={there}")).await;
    assert_eq!(own["zone"], "Pacific/Honolulu");
    assert_eq!(own["to"], "2027-01-14", "its own today");
    assert_eq!(own["escalation"]["conversations"], 1);
    let found = behind(&shop, &maya, "figure=handoffs&days=1&to=2027-01-14").await;
    assert_eq!(found.len(), 1, "the figure counts it on that day");
    assert_eq!(found[0]["conversation_id"], id.as_str());
    let found = behind(&shop, &maya, "figure=handoffs&days=1&to=2027-01-15").await;
    assert_eq!(found.len(), 0);
    let path = format!("/api/console/measures/load?days=1&inbox={there}");
    let (_, load) = shop.get(&path, &maya).await;
    assert_eq!(load["hours"][0]["hour"], 22, "{load}");
}

async fn mark(shop: &Shop) -> MeasureMark {
    let id = workspace(shop).await;
    let read = shop
        .desk
        .store
        .read(move |tx| tx.measure_mark(&id, false))
        .await;
    read.unwrap().unwrap()
}

#[tokio::test]
async fn a_newer_node_s_counts_are_left_alone_while_somebody_keeps_them() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    served(&shop, &maya, MINUTE_MS, 5, false).await;
    let counted = cells(&shop).await;
    let own = mark(&shop).await;
    // A node of the next version has counted a minute ago.
    let newer = MeasureMark {
        basis: "99.99 of-its-hours".into(),
        generation: own.generation + 1,
        ..own.clone()
    };
    let (id, kept) = (workspace(&shop).await, newer.clone());
    let set = shop
        .desk
        .store
        .write(move |tx| tx.set_measure_mark(&id, &kept))
        .await;
    set.unwrap();
    served(&shop, &maya, MINUTE_MS, 5, false).await;
    assert_eq!(cells(&shop).await, counted, "they are the other's");
    assert_eq!(mark(&shop).await, newer, "and nothing begins anew");
    let shown = measures(&shop, &maya, "days=7").await;
    assert_eq!(shown["is_whole"], true, "there is nothing to wait for");

    shop.desk.clock.advance(DAY_MS + HOUR_MS);
    let after = cells(&shop).await;
    assert_ne!(
        after, counted,
        "the newer one is gone: somebody has to count"
    );
    assert_eq!(mark(&shop).await.generation, newer.generation + 1);
}
