//! How long the words of what is over are kept (P48): an admin sees what would go, says
//! the company's name, and it goes in small steps; the rest and the figures stay.

use segue_core::conversation::Conversation;
use segue_core::ids::{ConversationId, WorkspaceId};
use segue_core::time::{DAY_MS, HOUR_MS};
use segue_server::jobs::retain_once;
use serde_json::{Value, json};

use crate::shop::{As, Shop};

const DOOR: &str = "/api/console/retention";

async fn workspace(shop: &Shop) -> WorkspaceId {
    let found = shop.desk.store.read(|tx| tx.first_workspace()).await;
    found.unwrap().unwrap().id
}

/// A conversation that its customer ends.
async fn over(shop: &Shop, text: &str) -> String {
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, text).await;
    let path = format!("/api/widget/conversations/{id}/resolve");
    let (status, view) = shop.post(&path, &visitor, json!({})).await;
    assert_eq!(status, 200, "{view}");
    id
}

async fn set(shop: &Shop, who: &As, days: Value, confirmed: &str) -> (u16, Value) {
    let change = json!({ "days": days, "confirmed": confirmed });
    let (status, _, said) = shop.raw("PUT", DOOR, who, Some(change), &[]).await;
    (status, said)
}

/// The events of a conversation, and whether they replay to how it stands.
async fn history(shop: &Shop, id: &str) -> (usize, bool) {
    let (workspace_id, id) = (workspace(shop).await, ConversationId::parse(id).unwrap());
    let read = shop.desk.store.read(move |tx| {
        let stored = tx.conversation(&workspace_id, &id)?.unwrap();
        let events = tx.events(&workspace_id, &id, 0, 500)?;
        let bodies = events.iter().filter(|event| event.body.is_some()).count();
        let replayed = Conversation::replay(id.clone(), workspace_id.clone(), &events);
        Ok::<_, segue_store::Error>((bodies, replayed.as_ref() == Some(&stored)))
    });
    read.await.unwrap()
}

async fn figures(shop: &Shop) -> Value {
    let id = workspace(shop).await;
    while !shop.desk.roll_up(&id, 500, None).await.unwrap().is_whole {}
    let read = shop
        .desk
        .store
        .read(move |tx| tx.measure_cells(&id, 0..1_000_000));
    json!(format!("{:?}", read.await.unwrap()))
}

/// How often words stand in the files of the database, its log included.
fn stands(shop: &Shop, word: &str) -> bool {
    let files = std::fs::read_dir(&shop.folder).unwrap();
    files
        .filter_map(|entry| std::fs::read(entry.unwrap().path()).ok())
        .any(|bytes| {
            bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes())
        })
}

#[tokio::test]
async fn what_is_over_and_old_loses_its_words_and_nothing_else_does() {
    let shop = Shop::open().await;
    let old = over(&shop, "my parrot ate the label").await;
    let (visitor, open) = shop.arrive().await;
    shop.say(&visitor, &open, 1, "I still wait for the kimono")
        .await;
    shop.desk.clock.advance(31 * DAY_MS);
    let recent = over(&shop, "where is my quetzal").await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (before, words) = (figures(&shop).await, history(&shop, &recent).await);

    // Off until somebody says so; what would go is known before.
    retain_once(&shop.desk).await.unwrap();
    let (status, shown) = shop.get(&format!("{DOOR}?days=30"), &maya).await;
    assert_eq!(
        (status, &shown["days"], &shown["would_erase"]),
        (200, &json!(null), &json!(1))
    );
    let (_, shown) = shop.get(&format!("{DOOR}?days=60"), &maya).await;
    assert_eq!(shown["would_erase"], 0);
    for (days, confirmed) in [(29, "Shop"), (3_651, "Shop"), (30, ""), (30, "shop")] {
        let (status, said) = set(&shop, &maya, json!(days), confirmed).await;
        assert_eq!(status, 422, "{said}");
    }
    assert!(history(&shop, &old).await.0 > 0 && stands(&shop, "my parrot ate"));

    assert_eq!(set(&shop, &maya, json!(30), "Shop").await.0, 204);
    retain_once(&shop.desk).await.unwrap();
    assert_eq!(
        history(&shop, &old).await,
        (0, true),
        "it replays without words"
    );
    assert!(!stands(&shop, "my parrot ate"), "it stands in no file");
    assert!(history(&shop, &open).await.0 > 0 && stands(&shop, "for the kimono"));
    assert_eq!(history(&shop, &recent).await, words);
    assert_eq!(shop.detail(&maya, &open).await["item"]["erased"], false);
    assert_eq!(figures(&shop).await, before, "the figures stay right");

    let (_, shown) = shop.get(DOOR, &maya).await;
    assert_eq!(
        (&shown["days"], &shown["conversations"], &shown["contacts"]),
        (&json!(30), &json!(1), &json!(1))
    );
    assert!(shown["ended_at"].is_string(), "{shown}");
    let (_, log) = shop.get("/api/console/audit", &maya).await;
    let of = |action: &str| {
        let entries = log["entries"].as_array().unwrap().iter();
        let found: Vec<Value> = entries
            .filter(|it| it["action"] == action)
            .map(|it| it["detail"].clone())
            .collect();
        found
    };
    assert_eq!(of("retention_changed"), [json!({ "days": "30" })]);
    assert_eq!(
        of("aged_erased"),
        [json!({ "days": "30", "conversations": "1", "contacts": "1" })]
    );
}

#[tokio::test]
async fn a_run_that_was_cut_off_goes_on_and_the_next_is_a_day_later() {
    let shop = Shop::open().await;
    let id = workspace(&shop).await;
    for n in 0..13 {
        over(&shop, &format!("question {n}")).await;
    }
    shop.desk.clock.advance(40 * DAY_MS);
    let maya = shop.sign_in("maya@shop.example").await;
    assert_eq!(set(&shop, &maya, json!(30), "Shop").await.0, 204);
    let keep = shop.desk.keep(&id).await.unwrap().unwrap();
    assert!(
        !shop.desk.retain(keep, vec![]).await.unwrap(),
        "not all at once"
    );
    let (_, shown) = shop.get(&format!("{DOOR}?days=30"), &maya).await;
    assert_eq!(
        (&shown["conversations"], &shown["would_erase"]),
        (&json!(10), &json!(3))
    );
    assert_eq!(shown["ended_at"], json!(null));

    // As whoever keeps the workspace next finds it.
    shop.desk.clock.advance(HOUR_MS);
    retain_once(&shop.desk).await.unwrap();
    let (_, shown) = shop.get(&format!("{DOOR}?days=30"), &maya).await;
    assert_eq!(
        (&shown["conversations"], &shown["would_erase"]),
        (&json!(13), &json!(0))
    );
    let (_, log) = shop
        .get("/api/console/audit?action=aged_erased", &maya)
        .await;
    assert_eq!(
        log["entries"].as_array().unwrap().len(),
        1,
        "one run, one line"
    );

    retain_once(&shop.desk).await.unwrap();
    let (_, same) = shop.get(&format!("{DOOR}?days=30"), &maya).await;
    assert_eq!(same, shown, "once a day");
    shop.desk.clock.advance(DAY_MS);
    retain_once(&shop.desk).await.unwrap();
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, next) = shop.get(DOOR, &maya).await;
    assert_ne!(next["began_at"], shown["began_at"]);
    assert_eq!(next["conversations"], 0);
    // Never again.
    assert_eq!(set(&shop, &maya, json!(null), "").await.0, 204);
    let (_, off) = shop.get(DOOR, &maya).await;
    assert_eq!((&off["days"], &off["due_at"]), (&json!(null), &json!(null)));
}

#[tokio::test]
async fn a_conversation_that_cannot_be_erased_holds_up_no_other() {
    let shop = Shop::open().await;
    let torn = over(&shop, "my parrot ate the label").await;
    let fine = over(&shop, "where is my quetzal").await;
    let maya = shop.sign_in("maya@shop.example").await;
    assert_eq!(set(&shop, &maya, json!(30), "Shop").await.0, 204);
    let database = rusqlite::Connection::open(shop.folder.join("segue.db")).unwrap();
    let tear = "update conversations set snapshot = '{' where id = ?1";
    assert_eq!(database.execute(tear, [&torn]).unwrap(), 1);
    shop.desk.clock.advance(31 * DAY_MS);
    retain_once(&shop.desk).await.unwrap();
    assert_eq!(history(&shop, &fine).await, (0, true));
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, log) = shop
        .get("/api/console/audit?action=aged_erased", &maya)
        .await;
    assert_eq!(log["entries"][0]["detail"]["not_erased"], "1", "{log}");
}
