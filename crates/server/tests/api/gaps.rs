//! The knowledge loop through the doors: a gap appears, is found, drafted, approved, and
//! measurably closed.

use serde_json::{Value, json};

use crate::model::{limits, shop_with};
use crate::scripted::says;
use crate::shop::{As, Shop};

const ASKED: [&str; 3] = [
    "Do I pay customs duties when you ship to Switzerland?",
    "Are there customs duties on an order to Switzerland?",
    "Who pays the customs duties for Switzerland?",
];

/// A customer asks what no article answers, and an agent answers it.
async fn asked(shop: &Shop, maya: &As, question: &str) -> (As, String) {
    // Without a socket an agent is taken for gone after a while.
    let online = json!({ "presence": "online" });
    shop.post("/api/console/presence", maya, online).await;
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, question).await;
    let wish = format!("/api/widget/conversations/{id}/handoff");
    shop.post(&wish, &visitor, json!({})).await;
    shop.work().await;
    let path = format!("/api/console/conversations/{id}");
    let epoch = shop.detail(maya, &id).await["view"]["epoch"].clone();
    let (status, taken) = shop
        .post(&format!("{path}/accept"), maya, json!({ "epoch": epoch }))
        .await;
    assert_eq!(status, 200, "{taken}");
    let epoch = shop.detail(maya, &id).await["view"]["epoch"].clone();
    shop.desk.clock.advance(90_000);
    let words = json!({ "epoch": epoch, "client_message_id": "agent-words-1",
        "text": "Hello! I have read what you asked. For orders to Switzerland we pay the customs duties, you pay nothing on delivery. Is there anything else?" });
    let (status, sent) = shop.post(&format!("{path}/reply"), maya, words).await;
    assert_eq!(status, 200, "{sent}");
    let epoch = shop.detail(maya, &id).await["view"]["epoch"].clone();
    let done = json!({ "epoch": epoch, "disposition": "solved" });
    let (status, done) = shop.post(&format!("{path}/resolve"), maya, done).await;
    assert_eq!(status, 200, "{done}");
    (visitor, id)
}

async fn gaps(shop: &Shop, who: &As) -> Value {
    let (status, found) = shop.get("/api/console/gaps?days=30", who).await;
    assert_eq!(status, 200, "{found}");
    found
}

#[tokio::test]
async fn a_gap_is_found_drafted_approved_and_closed() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    for question in ASKED {
        asked(&shop, &maya, question).await;
    }
    let found = gaps(&shop, &maya).await;
    let gap = &found["gaps"][0];
    assert_eq!(gap["asked"], 3, "{found}");
    assert_eq!(gap["answered"], 3);
    assert!(gap["agent_minutes"].as_f64().unwrap() > 1.0, "{gap}");

    let wanted = json!({ "question": gap["question"], "questions": gap["questions"] });
    let (status, drafted) = shop.post("/api/console/gaps/drafts", &maya, wanted).await;
    assert_eq!(status, 201, "{drafted}");
    let draft = drafted["gap"]["draft"].clone();
    let text = draft["text"].as_str().unwrap();
    assert!(text.contains("we pay the customs duties"), "{draft}");
    assert!(!text.contains("Hello") && !text.contains('?'), "{text}");
    assert_eq!(draft["sources"].as_array().unwrap().len(), 3);
    assert!(
        drafted["asked"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["before"] == false)
    );
    assert_eq!(
        gaps(&shop, &maya).await["gaps"].as_array().unwrap().len(),
        0,
        "somebody is at it"
    );

    let article =
        json!({ "title": "Customs duties for Switzerland", "tags": ["delivery"], "text": text });
    let approved = json!({ "id": drafted["gap"]["id"], "article": article });
    let (status, closed) = shop
        .post("/api/console/gaps/drafts/approve", &maya, approved.clone())
        .await;
    assert_eq!(status, 200, "{closed}");
    assert_eq!(
        closed["gap"]["result"],
        json!({ "of": 3, "before": 0, "answered": 3 }),
        "{closed}"
    );
    let (status, _) = shop
        .post("/api/console/gaps/drafts/approve", &maya, approved)
        .await;
    assert_eq!(status, 409, "it is an article already");

    // And so the next customer has an answer.
    let (visitor, id) = shop.arrive().await;
    shop.say(
        &visitor,
        &id,
        1,
        "Do I have to pay customs duties for Switzerland?",
    )
    .await;
    let texts = shop.texts(&visitor, &id).await;
    assert!(
        texts
            .iter()
            .any(|it| it.contains("we pay the customs duties")),
        "{texts:?}"
    );
}

#[tokio::test]
async fn a_draft_that_is_dropped_leaves_its_questions_open() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    asked(&shop, &maya, ASKED[0]).await;
    let gap = gaps(&shop, &maya).await["gaps"][0].clone();
    let wanted = json!({ "question": gap["question"], "questions": gap["questions"] });
    let (_, drafted) = shop.post("/api/console/gaps/drafts", &maya, wanted).await;
    let named = json!({ "id": drafted["gap"]["id"] });
    let (status, _) = shop
        .post("/api/console/gaps/drafts/drop", &maya, named.clone())
        .await;
    assert_eq!(status, 204);
    assert_eq!(
        gaps(&shop, &maya).await["gaps"].as_array().unwrap().len(),
        1
    );
    assert_eq!(
        shop.post("/api/console/gaps/drafts/drop", &maya, named)
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn an_erased_customers_words_are_in_no_gap_and_no_draft() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, id) = asked(&shop, &maya, ASKED[0]).await;
    let gap = gaps(&shop, &maya).await["gaps"][0].clone();
    let wanted = json!({ "question": gap["question"], "questions": gap["questions"] });
    let (status, _) = shop.post("/api/console/gaps/drafts", &maya, wanted).await;
    assert_eq!(status, 201);
    let contact = shop.detail(&maya, &id).await["contact"]["id"].clone();
    let path = format!("/api/console/contacts/{}", contact.as_str().unwrap());
    let (status, _, erased) = shop.raw("DELETE", &path, &maya, None, &[]).await;
    assert!(status < 300, "{erased}");
    let left = gaps(&shop, &maya).await;
    assert_eq!(left["gaps"], json!([]), "{left}");
    assert_eq!(left["drafts"], json!([]), "{left}");
}

#[tokio::test]
async fn an_article_is_drafted_from_one_conversation() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, id) = asked(
        &shop,
        &maya,
        "I am Ada, ada@mail.example: do I pay customs duties for order 48213-A to Switzerland?",
    )
    .await;
    let path = format!("/api/console/conversations/{id}/article-draft");
    let (status, begun) = shop.post(&path, &maya, json!({})).await;
    assert_eq!(status, 201, "{begun}");
    let title = begun["title"].as_str().unwrap();
    assert!(title.contains("customs duties"), "{title}");
    assert!(!title.contains('@') && !title.contains("48213"), "{title}");
    let known = gaps(&shop, &maya).await;
    let draft = &known["drafts"][0];
    assert_eq!(draft["id"], begun["id"]);
    let text = draft["draft"]["text"].as_str().unwrap();
    assert!(text.contains("we pay the customs duties"), "{text}");
    assert!(!text.contains("Hello") && !text.contains('?'), "{text}");
    assert_eq!(draft["draft"]["sources"], json!([id]));

    let (_, again) = shop.post(&path, &maya, json!({})).await;
    assert_eq!(again["id"], begun["id"], "there is one already");
    // It is tried and approved like every other.
    let article =
        json!({ "title": "Who pays customs duties for Switzerland?", "tags": [], "text": text });
    let written = json!({ "id": begun["id"], "article": article });
    let (status, closed) = shop
        .post("/api/console/gaps/drafts/approve", &maya, written)
        .await;
    assert_eq!(status, 200, "{closed}");
    assert_eq!(closed["gap"]["result"]["of"], 1, "{closed}");
    assert_eq!(closed["gap"]["is_closed"], true);
    let (_, there) = shop.post(&path, &maya, json!({})).await;
    assert_eq!(there["is_closed"], true);
}

#[tokio::test]
async fn where_no_agent_said_anything_that_stays_true_nothing_is_drafted() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, ASKED[0]).await;
    let path = format!("/api/console/conversations/{id}/article-draft");
    let (status, problem) = shop.post(&path, &maya, json!({})).await;
    assert_eq!(status, 422, "{problem}");
    assert_eq!(gaps(&shop, &maya).await["drafts"], json!([]));
    let (status, _) = shop.post(&path, &visitor, json!({})).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn a_model_words_a_draft_and_only_what_agents_said_is_kept() {
    let (mut shop, script) = shop_with(limits(), vec![says("NO ANSWER")]).await;
    shop.desk.has_model = true;
    shop.open_doors();
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, id) = asked(&shop, &maya, ASKED[0]).await;
    let better =
        "For orders to Switzerland we pay the customs duties, and you pay nothing on delivery.";
    *script.article.lock().unwrap() = format!("{better} Our horses deliver in two hours.");
    let path = format!("/api/console/conversations/{id}/article-draft");
    let (status, begun) = shop.post(&path, &maya, json!({})).await;
    assert_eq!(status, 201, "{begun}");
    let said = gaps(&shop, &maya).await["drafts"][0]["draft"].clone();
    assert_eq!(said["better"], Value::Null, "nobody waits for the model");
    shop.work().await;
    let draft = gaps(&shop, &maya).await["drafts"][0]["draft"].clone();
    let text = draft["better"]["text"].as_str().unwrap();
    assert!(text.starts_with(better), "{draft}");
    assert!(!text.contains("horses"), "{text}");
    assert_eq!(draft["better"]["model"], "scripted");
    assert_eq!(draft["text"], said["text"], "agents' own words stay");

    *script.article.lock().unwrap() = "Everything is free for everybody. Write to us.".into();
    let (_, other) = asked(&shop, &maya, ASKED[1]).await;
    let path = format!("/api/console/conversations/{other}/article-draft");
    shop.post(&path, &maya, json!({})).await;
    shop.work().await;
    let draft = gaps(&shop, &maya).await["drafts"][0]["draft"].clone();
    assert_eq!(draft["better"], Value::Null, "{draft}");
}
