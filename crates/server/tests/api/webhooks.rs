//! Attack case 42: what other programs are told is signed, in order, tried again, and without
//! anything that is not theirs; who fails for days is paused, and somebody is told.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use segue_core::access::Scope;
use segue_core::audit::By;
use segue_core::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use segue_server::channels::webhook::signature;
use segue_server::fetch::{FetchLimits, Fetcher};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::shop::{As, Shop};

/// Somebody's bot, on loopback.
#[derive(Clone)]
struct Bot {
    address: String,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    /// What it answers; 204 for 0.
    status: u16,
    /// What it took, with the headers.
    bodies: Vec<(HeaderMap, String)>,
}

impl Bot {
    async fn open() -> Self {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let take = |State(heard): State<Arc<Mutex<Heard>>>, headers: HeaderMap, body: String| async move {
            let mut heard = heard.lock().unwrap();
            heard.bodies.push((headers, body));
            StatusCode::from_u16(heard.status.max(204)).unwrap()
        };
        let router = Router::new()
            .route("/hook", post(take))
            .with_state(heard.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Bot { address, heard }
    }

    fn answer(&self, status: u16) {
        self.heard.lock().unwrap().status = status;
    }

    fn take(&self) -> Vec<(HeaderMap, String)> {
        std::mem::take(&mut self.heard.lock().unwrap().bodies)
    }

    /// What was told, as `type seq`.
    fn told(&self) -> Vec<String> {
        let told = self.take().into_iter().map(|(_, body)| {
            let body: Value = serde_json::from_str(&body).unwrap();
            format!(
                "{} {}",
                body["type"].as_str().unwrap(),
                body["data"]["event"]["seq"]
            )
        });
        told.collect()
    }
}

const ALL: [&str; 5] = [
    "conversation.started",
    "message.created",
    "handoff.requested",
    "handoff.accepted",
    "conversation.erased",
];

struct Scene {
    shop: Shop,
    bot: Bot,
    maya: As,
    path: String,
    secret: String,
}

impl Scene {
    /// A shop that may reach loopback, whose bot hears everything.
    async fn open(shares: &str) -> Self {
        let allowed = vec!["127.0.0.0/8".parse().unwrap()];
        let fetcher = Fetcher::new(allowed, FetchLimits::default());
        let for_doors = fetcher.clone();
        let mut shop = Shop::open_with(|app| app.with_fetcher(for_doors)).await;
        shop.tools.fetcher = fetcher;
        let (bot, maya) = (Bot::open().await, shop.sign_in("maya@shop.example").await);
        let new = json!({ "name": "Bot", "url": bot.address, "topics": ALL, "shares": shares });
        let (status, made) = shop.post("/api/console/webhooks", &maya, new).await;
        assert_eq!(status, 201, "{made}");
        let id = made["webhook"]["id"].as_str().unwrap();
        Scene {
            path: format!("/api/console/webhooks/{id}"),
            secret: made["secret"].as_str().unwrap().into(),
            shop,
            bot,
            maya,
        }
    }

    async fn deliveries(&self) -> Vec<Value> {
        let path = format!("{}/deliveries", self.path);
        let (status, shown) = self.shop.get(&path, &self.maya).await;
        assert_eq!(status, 200, "{shown}");
        shown["deliveries"].as_array().unwrap().clone()
    }

    /// What became of the first event of a conversation.
    async fn first_delivery(&self) -> Value {
        let deliveries = self.deliveries().await;
        let first = deliveries.iter().find(|delivery| delivery["seq"] == 1);
        first.unwrap().clone()
    }

    async fn webhook(&self) -> Value {
        let (_, shown) = self.shop.get("/api/console/webhooks", &self.maya).await;
        shown["webhooks"][0].clone()
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers[name].to_str().unwrap()
}

#[tokio::test]
async fn what_happens_is_told_in_order_and_signed() {
    let it = Scene::open("words").await;
    let (visitor, id) = it.shop.arrive().await;
    it.shop
        .say(&visitor, &id, 1, "How long does standard delivery take?")
        .await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    it.shop.post(&path, &visitor, json!({})).await;
    it.shop.work().await;
    let told = it.bot.take();
    let mut seqs = vec![];
    for (headers, body) in &told {
        let (id_sent, at) = (
            header(headers, "webhook-id"),
            header(headers, "webhook-timestamp"),
        );
        let expected = signature(&it.secret, id_sent, at.parse().unwrap(), body);
        assert_eq!(
            header(headers, "webhook-signature"),
            format!("v1,{expected}")
        );
        let body: Value = serde_json::from_str(body).unwrap();
        let seq = body["data"]["event"]["seq"].as_u64().unwrap();
        assert_eq!(id_sent, format!("{id}.{seq}"));
        assert_eq!(body["data"]["conversation_id"], id);
        seqs.push(seq);
    }
    assert!(seqs.is_sorted(), "{seqs:?}");
    let all: String = told.iter().map(|(_, body)| body.as_str()).collect();
    for word in [
        "conversation.started",
        "How long does standard",
        "3 to 5 working days",
        "handoff.requested",
    ] {
        assert!(all.contains(word), "{word}: {all}");
    }
    let As::Visitor(token) = &visitor else {
        unreachable!()
    };
    assert!(
        !all.contains(token.as_str()) && !all.contains("whsec_"),
        "{all}"
    );
    let outcomes = it.deliveries().await;
    assert_eq!(outcomes.len(), told.len());
    assert!(
        outcomes
            .iter()
            .all(|it| it["outcome"] == "delivered" && it["status"] == 204)
    );
}

#[tokio::test]
async fn a_webhook_that_shares_facts_is_told_no_word_and_no_note() {
    for shares in ["facts", "words"] {
        let it = Scene::open(shares).await;
        let (visitor, id) = it.shop.arrive().await;
        let (_, view) = it
            .shop
            .post(
                &format!("/api/widget/conversations/{id}/handoff"),
                &visitor,
                json!({}),
            )
            .await;
        it.shop.say(&visitor, &id, 1, "My parcel is wet").await;
        let path = format!("/api/console/conversations/{id}");
        let taken = json!({ "epoch": view["epoch"] });
        let (status, detail) = it
            .shop
            .post(&format!("{path}/accept"), &it.maya, taken)
            .await;
        assert_eq!(status, 200, "{detail}");
        let note = json!({ "client_message_id": "a-note-1", "text": "He is rude", "epoch": detail["item"]["epoch"] });
        let (status, noted) = it.shop.post(&format!("{path}/note"), &it.maya, note).await;
        assert!(status < 300, "{noted}");
        it.shop.work().await;
        let all: String = it.bot.take().into_iter().map(|(_, body)| body).collect();
        assert!(all.contains("handoff.accepted"), "{all}");
        assert!(!all.contains("rude"), "{all}");
        assert_eq!(all.contains("parcel is wet"), shares == "words", "{all}");
    }
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_in_order_and_with_growing_pauses() {
    let it = Scene::open("facts").await;
    it.bot.answer(503);
    let (visitor, id) = it.shop.arrive().await;
    it.shop.work().await;
    assert_eq!(it.bot.told(), ["conversation.started 1"]);
    it.shop
        .say(&visitor, &id, 1, "How long does standard delivery take?")
        .await;
    assert_eq!(
        it.bot.told(),
        Vec::<String>::new(),
        "it is let be for a while"
    );
    let mut tries = 0;
    for _ in 0..60 {
        it.shop.desk.clock.advance(1_000);
        it.shop.work().await;
        tries += it.bot.told().len();
    }
    assert!((4..=7).contains(&tries), "{tries} in a minute");
    let failing = &it.deliveries().await[0];
    assert_eq!(
        (&failing["outcome"], &failing["fault"]),
        (&json!("failing"), &json!("status"))
    );
    assert_eq!(it.webhook().await["failure"], "status");
    it.bot.answer(204);
    for _ in 0..2 {
        it.shop.desk.clock.advance(16 * MINUTE_MS);
        it.shop.work().await;
    }
    let told = it.bot.told();
    assert_eq!(
        told[..2],
        ["conversation.started 1", "message.created 2"],
        "{told:?}"
    );
    assert_eq!(it.webhook().await["failure"], Value::Null);
}

#[tokio::test]
async fn an_event_that_is_refused_lets_those_behind_it_pass_in_the_end() {
    let it = Scene::open("facts").await;
    it.bot.answer(422);
    it.shop.arrive().await;
    for _ in 0..40 {
        it.shop.desk.clock.advance(MINUTE_MS);
        it.shop.work().await;
    }
    let given_up = it.first_delivery().await;
    assert_eq!(
        (&given_up["outcome"], &given_up["tries"]),
        (&json!("given_up"), &json!(5))
    );
    it.bot.take();
    it.bot.answer(204);
    let again = json!({ "conversation_id": given_up["conversation_id"], "seq": given_up["seq"] });
    let path = format!("{}/deliveries/again", it.path);
    let (status, said) = it.shop.post(&path, &it.maya, again).await;
    assert_eq!(status, 202, "{said}");
    it.shop.work().await;
    assert_eq!(it.bot.told(), ["conversation.started 1"]);
    assert_eq!(it.first_delivery().await["outcome"], "delivered");
}

#[tokio::test]
async fn who_fails_for_days_is_paused_and_somebody_hears_of_it() {
    let it = Scene::open("facts").await;
    it.bot.answer(500);
    it.shop.arrive().await;
    for _ in 0..80 {
        it.shop.desk.clock.advance(HOUR_MS);
        it.shop.work().await;
    }
    assert_eq!(it.webhook().await["state"], "paused");
    let maya = it.shop.sign_in("maya@shop.example").await;
    let (_, floor) = it.shop.get("/api/console/floor", &maya).await;
    assert_eq!(floor["webhooks_paused"], json!(["Bot"]));
    let (_, audit) = it
        .shop
        .get("/api/console/audit?action=webhook_paused", &maya)
        .await;
    assert_eq!(audit["entries"].as_array().unwrap().len(), 1, "{audit}");
    it.bot.take();
    it.shop.desk.clock.advance(DAY_MS);
    it.shop.arrive().await;
    it.shop.work().await;
    assert!(it.bot.told().is_empty(), "a paused webhook is told nothing");
    it.bot.answer(204);
    let on = json!({ "name": "Bot", "url": it.bot.address, "topics": ALL });
    let (status, _, shown) = it.shop.raw("PUT", &it.path, &maya, Some(on), &[]).await;
    assert_eq!((status, &shown["state"]), (200, &json!("on")));
    it.shop.arrive().await;
    it.shop.work().await;
    assert_eq!(it.bot.told()[0], "conversation.started 1");
}

#[tokio::test]
async fn an_erasure_is_told_and_what_was_on_its_way_loses_its_words() {
    let it = Scene::open("words").await;
    it.bot.answer(503);
    let (visitor, id) = it.shop.arrive().await;
    it.shop.say(&visitor, &id, 1, "My parcel is wet").await;
    it.bot.take();
    let detail = it.shop.detail(&it.maya, &id).await;
    let contact = detail["item"]["contact"]["id"].as_str().unwrap();
    let path = format!("/api/console/contacts/{contact}");
    let (status, _, said) = it
        .shop
        .raw("DELETE", &path, &it.maya, Some(json!({})), &[])
        .await;
    assert!(status < 300, "{said}");
    it.bot.answer(204);
    it.shop.desk.clock.advance(16 * MINUTE_MS);
    it.shop.work().await;
    let all: String = it.bot.take().into_iter().map(|(_, body)| body).collect();
    assert!(all.contains("conversation.erased"), "{all}");
    assert!(
        all.contains("message.created") && !all.contains("parcel"),
        "{all}"
    );
}

#[tokio::test]
async fn a_secret_changes_with_an_overlap_and_is_shown_once() {
    let it = Scene::open("facts").await;
    let path = format!("{}/secret", it.path);
    let (status, renewed) = it.shop.post(&path, &it.maya, json!({})).await;
    assert_eq!(status, 200, "{renewed}");
    let new = renewed["secret"].as_str().unwrap().to_string();
    assert!(!it.webhook().await.to_string().contains("whsec_"));
    for (later_ms, expected) in [(0, vec![&new, &it.secret]), (25 * HOUR_MS, vec![&new])] {
        it.shop.desk.clock.advance(later_ms);
        it.shop.arrive().await;
        it.shop.work().await;
        let (headers, body) = it.bot.take().remove(0);
        let (id, at) = (
            header(&headers, "webhook-id"),
            header(&headers, "webhook-timestamp"),
        );
        let signed = |secret: &&String| {
            let at = at.parse().unwrap();
            format!("v1,{}", signature(secret, id, at, &body))
        };
        let expected: Vec<String> = expected.iter().map(signed).collect();
        assert_eq!(header(&headers, "webhook-signature"), expected.join(" "));
    }
}

#[tokio::test]
async fn no_webhook_leads_into_the_house_and_none_is_told_in_the_open() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    for url in [
        "http://bot.example/",
        "ftp://bot.example/",
        "bot",
        "https://me:secret@bot.example/",
    ] {
        let new = json!({ "name": "Bot", "url": url, "topics": ALL });
        let (status, said) = shop.post("/api/console/webhooks", &maya, new).await;
        assert_eq!(status, 400, "{url}: {said}");
    }
    let bot = Bot::open().await;
    let new = json!({ "name": "Bot", "url": bot.address, "topics": ALL });
    let (_, made) = shop.post("/api/console/webhooks", &maya, new).await;
    let path = format!(
        "/api/console/webhooks/{}",
        made["webhook"]["id"].as_str().unwrap()
    );
    let (_, tried) = shop.post(&format!("{path}/test"), &maya, json!({})).await;
    assert_eq!(tried["fault"], "not_public", "{tried}");
    shop.arrive().await;
    shop.work().await;
    let (_, shown) = shop.get(&format!("{path}/deliveries"), &maya).await;
    assert_eq!(shown["deliveries"][0]["fault"], "not_public", "{shown}");
    assert!(bot.take().is_empty());
}

#[tokio::test]
async fn a_program_that_may_not_read_words_gets_no_webhook_that_is_told_them() {
    let shop = Shop::open().await;
    let workspace = shop
        .desk
        .store
        .read(|tx| tx.first_workspace())
        .await
        .unwrap()
        .unwrap();
    let made = shop.desk.add_token(
        workspace.id,
        "bot".into(),
        vec![Scope::ManageWebhooks],
        By::Operator,
    );
    let program = As::Program(made.await.unwrap().1);
    for (shares, expected) in [("facts", 201), ("words", 403)] {
        let new = json!({ "name": "Bot", "url": "https://bot.example/", "topics": ALL, "shares": shares });
        let (status, said) = shop.post("/api/v1/webhooks", &program, new).await;
        assert_eq!(status, expected, "{said}");
    }
}
