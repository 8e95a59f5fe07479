//! Conversations are found again: by words in any form, by what is known of them, by those
//! who may see them, and by nobody once they were erased.

use serde_json::{Value, json};

use crate::shop::{As, Shop};

impl Shop {
    /// What a search finds: conversation ids, the newest first.
    async fn found(&self, who: &As, query: &str) -> Vec<String> {
        let (status, page) = self.get(&format!("/api/console/search?{query}"), who).await;
        assert_eq!(status, 200, "{query}: {page}");
        let items = page["items"].as_array().unwrap();
        let id = |found: &Value| {
            found["item"]["conversation_id"]
                .as_str()
                .unwrap()
                .to_string()
        };
        items.iter().map(id).collect()
    }

    async fn find_all(&self) {
        self.desk.clock.advance(1_000);
        self.desk.make_findable().await.unwrap();
    }

    async fn ask(&self, text: &str) -> (As, String) {
        let (visitor, id) = self.arrive().await;
        self.say(&visitor, &id, 1, text).await;
        (visitor, id)
    }
}

#[tokio::test]
async fn a_conversation_is_found_by_words_and_by_what_is_known_of_it() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, parcel) = shop.ask("My parcel 4471 never came").await;
    let (visitor, refund) = shop.ask("I want refunds for two parcels").await;
    let path = format!("/api/widget/conversations/{refund}/handoff");
    assert_eq!(shop.post(&path, &visitor, json!({})).await.0, 200);
    assert_eq!(shop.found(&maya, "q=parcel").await, [""; 0], "not read yet");
    shop.find_all().await;

    assert_eq!(
        shop.found(&maya, "q=Parcel").await,
        [refund.clone(), parcel.clone()]
    );
    assert_eq!(
        shop.found(&maya, "q=refund").await,
        std::slice::from_ref(&refund)
    );
    assert_eq!(
        shop.found(&maya, "q=refund%20parcel").await,
        std::slice::from_ref(&refund)
    );
    assert_eq!(
        shop.found(&maya, "q=4471").await,
        std::slice::from_ref(&parcel)
    );
    assert_eq!(shop.found(&maya, "q=zebra").await, [""; 0]);
    assert_eq!(
        shop.found(&maya, "q=%3F%3F").await,
        [""; 0],
        "words that are none"
    );
    assert_eq!(
        shop.found(&maya, "").await,
        [refund.clone(), parcel.clone()]
    );
    assert_eq!(
        shop.found(&maya, "state=queued").await,
        std::slice::from_ref(&refund)
    );
    assert_eq!(
        shop.found(&maya, "state=with_assistant&q=parcel").await,
        std::slice::from_ref(&parcel)
    );
    assert_eq!(
        shop.found(&maya, "trigger=request.human").await,
        std::slice::from_ref(&refund)
    );
    assert_eq!(shop.found(&maya, "trigger=topic.complaint").await, [""; 0]);
    assert_eq!(shop.found(&maya, "language=en&team=none").await.len(), 2);
    assert_eq!(shop.found(&maya, "language=de").await, [""; 0]);
    assert_eq!(
        shop.found(&maya, "until=2027-01-01T00:00:00Z").await,
        [""; 0]
    );
    assert_eq!(
        shop.found(&maya, "from=2027-01-01T00:00:00Z").await.len(),
        2
    );

    // Who takes it is found by it; where it stood before is not true any more.
    let detail = shop.detail(&maya, &refund).await;
    let epoch = json!({ "epoch": detail["item"]["epoch"] });
    let path = format!("/api/console/conversations/{refund}/accept");
    let (status, taken) = shop.post(&path, &maya, epoch).await;
    assert_eq!(status, 200, "{taken}");
    assert_eq!(shop.found(&maya, "state=queued").await, [""; 0]);
    shop.find_all().await;
    assert_eq!(
        shop.found(&maya, "state=with_agent").await,
        std::slice::from_ref(&refund)
    );
    let me = taken["item"]["agent"]["id"].as_str().unwrap();
    assert_eq!(
        shop.found(&maya, &format!("agent={me}")).await,
        std::slice::from_ref(&refund)
    );

    // It shows where the words stand, in the console and to programs.
    let (_, page) = shop.get("/api/console/search?q=refund", &maya).await;
    let shown = json!([{ "text": "I want ", "is_match": false }, { "text": "refunds", "is_match": true },
        { "text": " for two parcels", "is_match": false }]);
    assert_eq!(page["items"][0]["excerpt"], shown);
    assert!(page["items"][0]["message_id"].is_string(), "{page}");
    let program = As::Program("sga_Shop".into());
    let (status, page) = shop
        .get("/api/v1/search?q=refund&state=with_agent", &program)
        .await;
    assert_eq!(status, 200, "{page}");
    assert_eq!(page["conversations"][0]["id"], json!(refund));
    assert_eq!(page["conversations"][0]["excerpt"], shown);
    assert_eq!(page["next"], Value::Null);
    for wrong in ["state=lost", "team=x", "before=x", "from=today"] {
        let (status, _) = shop.get(&format!("/api/v1/search?{wrong}"), &program).await;
        assert_eq!(status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_or_a_double() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let mut all = Vec::new();
    for n in 0..28 {
        shop.desk.clock.advance(60_000);
        all.push(shop.ask(&format!("parcel number {n}")).await.1);
    }
    shop.find_all().await;
    all.reverse();
    let (_, first) = shop.get("/api/console/search?q=parcel", &maya).await;
    let next = first["next"].as_str().unwrap().to_string();
    let mut seen = shop.found(&maya, "q=parcel").await;
    assert_eq!(seen.len(), 25);
    seen.extend(shop.found(&maya, &format!("q=parcel&before={next}")).await);
    assert_eq!(seen, all);
}

/// Attack case 19.
#[tokio::test]
async fn a_search_shows_nothing_of_what_another_team_answers_for() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let ((ann, ann_id), (bea, bea_id)) = (shop.hire("ann").await, shop.hire("bea").await);
    let billing = shop.add_team(&maya, "Billing", &[&ann_id]).await;
    shop.add_team(&maya, "Support", &[&bea_id]).await;
    shop.send_wishes_to_billing().await;
    let (visitor, id) = shop.ask("my parcel is late").await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    assert_eq!(shop.post(&path, &visitor, json!({})).await.0, 200);
    shop.find_all().await;
    for (who, found) in [(&maya, 1), (&ann, 1), (&bea, 0)] {
        assert_eq!(shop.found(who, "q=parcel").await.len(), found);
    }
    let team = billing["id"].as_str().unwrap();
    assert_eq!(
        shop.found(&ann, &format!("team={team}")).await,
        std::slice::from_ref(&id)
    );
    assert_eq!(shop.found(&bea, &format!("team={team}")).await, [""; 0]);
    // The lists are narrowed in the same way.
    let listed = async |who: &As, view: &str| {
        let (status, page) = shop
            .get(&format!("/api/console/conversations?view={view}"), who)
            .await;
        assert_eq!(status, 200, "{page}");
        page["items"].as_array().unwrap().len()
    };
    assert_eq!(
        (listed(&ann, "team").await, listed(&bea, "team").await),
        (1, 0)
    );
    assert_eq!(
        (listed(&maya, "open").await, listed(&bea, "open").await),
        (1, 0)
    );
    assert_eq!(
        (
            listed(&maya, "assistant").await,
            listed(&maya, "done").await
        ),
        (0, 0)
    );
}

#[tokio::test]
async fn what_was_erased_is_found_by_nobody_even_if_it_was_on_its_way() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, id) = shop.ask("my quetzal is late").await;
    shop.find_all().await;
    assert_eq!(
        shop.found(&maya, "q=quetzal").await,
        std::slice::from_ref(&id)
    );
    let detail = shop.detail(&maya, &id).await;
    let contact = detail["contact"]["id"].as_str().unwrap();
    let path = format!("/api/console/contacts/{contact}");
    assert_eq!(shop.raw("DELETE", &path, &maya, None, &[]).await.0, 200);
    assert_eq!(shop.found(&maya, "q=quetzal").await, [""; 0]);
    shop.find_all().await;
    assert_eq!(shop.found(&maya, "q=quetzal").await, [""; 0]);
    assert_eq!(shop.found(&maya, "state=resolved").await, [id]);
}
