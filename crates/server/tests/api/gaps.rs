//! The knowledge loop through the doors: a gap appears, is found, drafted, approved, and
//! measurably closed.

use serde_json::{Value, json};

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
