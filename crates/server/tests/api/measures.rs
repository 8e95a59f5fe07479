//! The measures through the doors: what happened is counted, found behind its figure, and
//! the same when everything is counted anew.

use segue_core::ids::WorkspaceId;
use segue_core::measure::{CellKey, Tally};
use segue_core::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use serde_json::{Value, json};

use crate::shop::{As, Shop};

pub async fn workspace(shop: &Shop) -> WorkspaceId {
    let found = shop.desk.store.read(|tx| tx.first_workspace()).await;
    found.unwrap().unwrap().id
}

pub async fn cells(shop: &Shop) -> Vec<(CellKey, Tally)> {
    let id = workspace(shop).await;
    while !shop.desk.roll_up(&id, 500, None).await.unwrap().is_whole {}
    let read = shop
        .desk
        .store
        .read(move |tx| tx.measure_cells(&id, 0..1_000_000));
    read.await.unwrap()
}

/// A customer who asks for a person, is answered after a while, and rates it.
pub async fn served(
    shop: &Shop,
    maya: &As,
    wait_ms: i64,
    score: u8,
    repeated: bool,
) -> (As, String) {
    // Without a socket an agent is taken for gone after a while.
    let online = json!({ "presence": "online" });
    shop.post("/api/console/presence", maya, online).await;
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, "How long does standard delivery take?")
        .await;
    let wish = format!("/api/widget/conversations/{id}/handoff");
    let (status, view) = shop.post(&wish, &visitor, json!({})).await;
    assert_eq!(status, 200, "{view}");
    shop.work().await;
    let detail = shop.detail(maya, &id).await;
    let epoch = detail["view"]["epoch"].clone();
    let path = format!("/api/console/conversations/{id}");
    let (status, taken) = shop
        .post(&format!("{path}/accept"), maya, json!({ "epoch": epoch }))
        .await;
    assert_eq!(status, 200, "{taken}");
    let epoch = shop.detail(maya, &id).await["view"]["epoch"].clone();
    shop.desk.clock.advance(wait_ms);
    let words = json!({ "epoch": epoch, "client_message_id": "agent-words-1",
        "text": "Hello! I looked at your order, it arrives on Friday." });
    let (status, sent) = shop.post(&format!("{path}/reply"), maya, words).await;
    assert_eq!(status, 200, "{sent}");
    let epoch = shop.detail(maya, &id).await["view"]["epoch"].clone();
    let done = json!({ "epoch": epoch, "disposition": "solved" });
    let (status, done) = shop.post(&format!("{path}/resolve"), maya, done).await;
    assert_eq!(status, 200, "{done}");
    let rating = json!({ "score": score, "repeated": repeated });
    let (status, rated) = shop
        .post(
            &format!("/api/widget/conversations/{id}/rating"),
            &visitor,
            rating,
        )
        .await;
    assert_eq!(status, 200, "{rated}");
    (visitor, id)
}

pub async fn measures(shop: &Shop, who: &As, query: &str) -> Value {
    let (status, shown) = shop
        .get(&format!("/api/console/measures?{query}"), who)
        .await;
    assert_eq!(status, 200, "{shown}");
    shown
}

async fn behind(shop: &Shop, who: &As, figure: &str) -> Vec<String> {
    let path = format!("/api/console/measures/behind?figure={figure}&days=30");
    let (status, page) = shop.get(&path, who).await;
    assert_eq!(status, 200, "{page}");
    let found = page["conversations"].as_array().unwrap().iter();
    found
        .map(|it| it["conversation_id"].as_str().unwrap().into())
        .collect()
}

#[tokio::test]
async fn what_happened_is_counted_and_found_behind_its_figure() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, quick) = served(&shop, &maya, MINUTE_MS, 5, false).await;
    let (_, slow) = served(&shop, &maya, 9 * MINUTE_MS, 2, true).await;
    let shown = measures(&shop, &maya, "days=7").await;
    assert_eq!(shown["is_whole"], true);
    assert_eq!(shown["escalation"]["conversations"], 2);
    assert_eq!(shown["escalation"]["handed_off"], 2);
    assert_eq!(shown["csat"]["handoff"]["n"], 2, "{}", shown["csat"]);
    assert_eq!(shown["csat"]["handoff"]["satisfied"], 0.5);
    assert_eq!(shown["repeated"]["k"], 1);
    assert_eq!(shown["now"]["responses"]["open"]["target"]["k"], 1);
    assert_eq!(shown["now"]["resolution"]["solved"]["n"], 2);
    assert!(shown["compared"]["in_target"]["now"]["low"].is_number());
    assert_eq!(shown["course"].as_array().unwrap().len(), 7);
    assert_eq!(shown["triggers"][0]["name"], "request.human");

    assert_eq!(
        behind(&shop, &maya, "target_missed").await,
        std::slice::from_ref(&slow)
    );
    assert_eq!(behind(&shop, &maya, "satisfied").await, [quick]);
    assert_eq!(behind(&shop, &maya, "had_to_repeat").await, [slow]);
    assert_eq!(behind(&shop, &maya, "stuck").await, Vec::<String>::new());
    assert_eq!(behind(&shop, &maya, "handoffs").await.len(), 2);

    let other = measures(&shop, &maya, "days=7&language=fr").await;
    assert_eq!(other["escalation"]["conversations"], 0);
    let program = As::Program("sga_Shop".into());
    let (status, public) = shop.get("/api/v1/metrics?days=7", &program).await;
    assert_eq!(status, 200);
    assert_eq!(
        public["now"], shown["now"],
        "programs read the same figures"
    );
}

#[tokio::test]
async fn time_alone_moves_what_is_counted_and_a_recount_finds_the_same() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = served(&shop, &maya, MINUTE_MS, 5, false).await;
    // One that waits, one whose customer comes back.
    let (waits, waiting) = shop.arrive().await;
    shop.say(&waits, &waiting, 1, "I want to talk to a human please")
        .await;
    let early = cells(&shop).await;
    let ripe = |shown: &Value| shown["now"]["resolution"]["durable"]["n"].clone();
    assert_eq!(ripe(&measures(&shop, &maya, "days=30").await), 0);
    shop.desk.clock.advance(2 * HOUR_MS);
    shop.say(&visitor, &id, 2, "It broke again!").await;
    shop.desk.clock.advance(8 * DAY_MS);
    let shown = measures(&shop, &maya, "days=30").await;
    assert_eq!(ripe(&shown), 1, "its week is over");
    assert_eq!(
        shown["now"]["resolution"]["durable"]["k"], 0,
        "it came back"
    );
    assert_eq!(behind(&shop, &maya, "not_durable").await, [id]);
    let late = cells(&shop).await;
    assert_ne!(early, late);
    let workspace_id = workspace(&shop).await;
    shop.desk.recount(&workspace_id).await.unwrap();
    assert_eq!(
        cells(&shop).await,
        late,
        "a full rebuild gives the same rows"
    );
    shop.desk.recount(&workspace_id).await.unwrap();
    assert_eq!(cells(&shop).await, late);
}

#[tokio::test]
async fn an_erased_customer_still_counts_but_nothing_of_them_is_kept() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, id) = served(&shop, &maya, MINUTE_MS, 5, false).await;
    cells(&shop).await;
    let contact = shop.detail(&maya, &id).await["contact"]["id"].clone();
    let contact = contact.as_str().unwrap_or_default().to_string();
    assert!(!contact.is_empty(), "{}", shop.detail(&maya, &id).await);
    let path = format!("/api/console/contacts/{contact}");
    let (status, _, erased) = shop.raw("DELETE", &path, &maya, None, &[]).await;
    assert!(status < 300, "{erased}");
    let after = cells(&shop).await;
    let shown = measures(&shop, &maya, "days=7").await;
    assert_eq!(shown["csat"]["handoff"]["n"], 1);
    assert!(after.iter().all(|(key, _)| key.plan.is_empty()));
    let workspace_id = workspace(&shop).await;
    shop.desk.recount(&workspace_id).await.unwrap();
    assert_eq!(cells(&shop).await, after);
}

#[tokio::test]
async fn load_says_when_work_comes_and_ranks_nobody() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    served(&shop, &maya, MINUTE_MS, 5, false).await;
    let (status, load) = shop.get("/api/console/measures/load?days=7", &maya).await;
    assert_eq!(status, 200, "{load}");
    assert_eq!(load["n"], 1);
    assert_eq!(load["agents"][0]["taken"], 1);
    assert_eq!(load["hours"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_question_that_cannot_be_asked_is_refused() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    for query in ["to=yesterday", "trigger=topic.nothing"] {
        let (status, _) = shop
            .get(&format!("/api/console/measures?{query}"), &maya)
            .await;
        assert_eq!(status, 400, "{query}");
    }
    let path = "/api/console/measures/behind?figure=satisfied&after=x";
    assert_eq!(shop.get(path, &maya).await.0, 400);
}
