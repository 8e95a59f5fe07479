//! A customer looked up in the operator's own system, kind or cruel.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use segue_server::connect::look_up_limits;
use segue_server::fetch::Fetcher;
use segue_server::jobs::purge_once;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::shop::{As, Shop};

const SECRET: &str = "Bearer a-crm-secret";
/// What the assistant answers, so that nobody is handed over for it.
const QUESTION: &str = "How long does standard delivery take?";

/// The operator's own system, on loopback, kind or cruel by path.
pub struct Crm {
    address: String,
    asked: Arc<AtomicUsize>,
}

impl Crm {
    async fn open() -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let customer = move |headers: HeaderMap| {
            let counted = counted.clone();
            async move {
                counted.fetch_add(1, Ordering::SeqCst);
                if headers
                    .get(header::AUTHORIZATION)
                    .is_none_or(|it| it != SECRET)
                {
                    return StatusCode::UNAUTHORIZED.into_response();
                }
                let seats = json!({ "customer": { "plan": "business", "seats": 12, "owner": "Ola",
                    "invoices": [{ "number": "R-20419" }], "notes": { "not": "a word" } } });
                axum::Json(seats).into_response()
            }
        };
        let kind = |kind: &'static str, body: String| ([(header::CONTENT_TYPE, kind)], body);
        let router = Router::new()
            .route("/customers/{email}", get(customer))
            .route("/nobody/{email}", get(|| async { StatusCode::NOT_FOUND }))
            .route("/empty/{email}", get(|| async { axum::Json(json!([])) }))
            .route("/broken/{email}", get(|| async { StatusCode::BAD_GATEWAY }))
            .route("/silent/{email}", get(std::future::pending::<()>))
            .route(
                "/away/{email}",
                get(|| async {
                    let to = [(header::LOCATION, "http://127.0.0.1:9/customers/x")];
                    (StatusCode::FOUND, to)
                }),
            )
            .route(
                "/huge/{email}",
                get(move || async move {
                    kind("application/json", format!("\"{}\"", "x".repeat(1 << 20)))
                }),
            )
            .route(
                "/half/{email}",
                get(move || async move { kind("application/json", "{\"customer\":".into()) }),
            )
            .route(
                "/page/{email}",
                get(move || async move { kind("text/html", "<h1>Sign in</h1>".into()) }),
            );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Crm { address, asked }
    }

    pub fn setting(&self, path: &str) -> Value {
        json!({
            "name": "CRM",
            "url": format!("{}/{path}/{{email}}", self.address),
            "headers": [{ "name": "Authorization", "value": SECRET }],
            "fields": [
                { "field": "plan", "path": "customer.plan" },
                { "field": "Seats", "path": "customer.seats" },
                { "field": "Last invoice", "path": "customer.invoices.0.number" },
                { "field": "Nothing", "path": "customer.nothing" },
            ],
            "timeout_ms": 300,
        })
    }
}

/// A shop that may ask systems on loopback, as an operator allows it.
pub async fn shop_with_crm() -> (Shop, Crm, As, String) {
    let fetcher = Fetcher::new(vec!["127.0.0.0/8".parse().unwrap()], look_up_limits());
    let for_doors = fetcher.clone();
    let mut shop = Shop::open_with(|app| app.with_fetcher(for_doors)).await;
    shop.tools.fetcher = fetcher;
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, listed) = shop.get("/api/console/look-ups", &maya).await;
    let inbox = listed["inboxes"][0]["id"].as_str().unwrap();
    let inbox = format!("/api/console/inboxes/{inbox}");
    (shop, Crm::open().await, maya, inbox)
}

#[tokio::test]
async fn a_look_up_fills_the_package_after_the_handoff_and_its_secret_is_never_shown() {
    let (shop, crm, maya, inbox) = shop_with_crm().await;
    let path = format!("{inbox}/look-up");
    let (status, kept) = shop
        .send("PUT", &path, &maya, crm.setting("customers"))
        .await;
    assert_eq!(status, 200, "{kept}");
    let (_, listed) = shop.get("/api/console/look-ups", &maya).await;
    let (_, log) = shop.get("/api/console/audit", &maya).await;
    assert_eq!(kept["headers"], json!(["Authorization"]));
    for answer in [&kept, &listed, &log] {
        assert!(!answer.to_string().contains("a-crm-secret"), "{answer}");
    }

    let (contact_id, id) = shop.known_customer("Ada", QUESTION).await;
    shop.hand_over(&id).await;
    let before = shop.detail(&maya, &id).await;
    assert_eq!(before["package"]["look_up"]["state"], "pending");
    assert_eq!(crm.asked.load(Ordering::SeqCst), 0, "nothing waited for it");
    shop.work().await;
    let after = shop.detail(&maya, &id).await;
    let package = &after["package"];
    assert_eq!(package["look_up"]["state"], "found", "{package}");
    assert_eq!(package["look_up"]["is_vouched"], true);
    assert_eq!(package["customer"]["plan"], "business");
    let known = &package["customer"]["attributes"];
    assert_eq!(
        (&known["Seats"], &known["Last invoice"]),
        (&json!("12"), &json!("R-20419"))
    );
    assert!(package["revision"].as_u64() > before["package"]["revision"].as_u64());
    let events = after["events"].as_array().unwrap();
    assert_eq!(
        events.last().unwrap()["kind"],
        "package_filled",
        "the sockets hear of it"
    );

    // Asked again in a while it need not be; asked again by an agent it is.
    shop.hand_over(&id).await;
    let path_again = format!("/api/console/conversations/{id}/look-up");
    let (status, again) = shop.send("POST", &path_again, &maya, json!({})).await;
    assert_eq!(status, 202, "{again}");
    let meanwhile = shop.detail(&maya, &id).await["package"].clone();
    assert_eq!(meanwhile["look_up"]["state"], "pending");
    assert_eq!(
        meanwhile["customer"]["plan"], "business",
        "what was found stands while it is asked again"
    );
    shop.work().await;
    assert_eq!(crm.asked.load(Ordering::SeqCst), 2);
    assert_eq!(
        shop.detail(&maya, &id).await["package"]["look_up"]["state"],
        "found"
    );

    // The trial shows all of it to the admin, and stores nothing.
    let trial = json!({ "email": "ada@zebra.example" });
    let (status, tried) = shop
        .send("POST", &format!("{path}/test"), &maya, trial)
        .await;
    assert_eq!((status, &tried["fault"]), (200, &Value::Null), "{tried}");
    assert_eq!(tried["fields"]["Seats"], "12");
    assert_eq!(tried["not_found"], json!(["Nothing"]));
    assert!(tried["answer"].as_str().unwrap().contains("Ola"), "{tried}");

    // What is taken for true no more is forgotten.
    let program = As::Program("sga_Shop".into());
    let path = format!("/api/v1/contacts/{contact_id}/export");
    let kept = async || shop.get(&path, &program).await.1["look_ups"].clone();
    assert_eq!(kept().await.as_array().unwrap().len(), 1);
    shop.desk.clock.advance(300_001);
    purge_once(&shop.desk).await.unwrap();
    assert_eq!(kept().await, json!([]));
}

/// Attack cases 40 and 41.
#[tokio::test]
async fn a_look_up_that_redirects_lies_or_hangs_is_an_answer_and_delays_nobody() {
    let (shop, crm, maya, inbox) = shop_with_crm().await;
    for (path, fault) in [
        ("nobody", "unknown"),
        ("empty", "unknown"),
        ("broken", "status"),
        ("silent", "too_slow"),
        ("away", "redirected"),
        ("huge", "too_large"),
        ("half", "not_json"),
        ("page", "not_json"),
    ] {
        let at = format!("{inbox}/look-up");
        let (status, kept) = shop.send("PUT", &at, &maya, crm.setting(path)).await;
        assert_eq!(status, 200, "{kept}");
        let trial = json!({ "email": "ada@zebra.example" });
        let (_, tried) = shop.send("POST", &format!("{at}/test"), &maya, trial).await;
        assert_eq!(tried["fault"], fault, "{path}: {tried}");
        let (_, tried) = shop
            .send("POST", &format!("{at}/test"), &maya, json!({}))
            .await;
        assert_eq!(tried["fault"], "nothing_to_ask_by", "{path}");
    }
    // The last one is set; and a dead one.
    let silent = crm.setting("silent");
    shop.send("PUT", &format!("{inbox}/look-up"), &maya, silent)
        .await;
    let (_, id) = shop.known_customer("Ada", QUESTION).await;
    shop.hand_over(&id).await;
    let detail = shop.detail(&maya, &id).await;
    assert_eq!(
        detail["item"]["state"], "queued",
        "the handoff is there before any answer"
    );
    shop.work().await;
    let package = shop.detail(&maya, &id).await["package"].clone();
    assert_eq!(package["look_up"]["state"], "failed", "{package}");
    assert_eq!(package["look_up"]["fault"], "too_slow");
    assert!(
        package["completeness"]["missing"]
            .to_string()
            .contains("look_up")
    );
    let (_, listed) = shop.get("/api/console/look-ups", &maya).await;
    assert_eq!(
        listed["inboxes"][0]["look_up"]["failure"], "too_slow",
        "{listed}"
    );
}

/// Attack cases 38 and 43.
#[tokio::test]
async fn a_look_up_reaches_no_private_address_and_hands_no_secret_to_another_server() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, listed) = shop.get("/api/console/look-ups", &maya).await;
    let inbox = listed["inboxes"][0]["id"].as_str().unwrap();
    let path = format!("/api/console/inboxes/{inbox}/look-up");
    for host in [
        "127.0.0.1:9999",
        "10.0.0.7",
        "169.254.169.254",
        "[::1]",
        "0x7f.1",
    ] {
        let url = format!("http://{host}/{{email}}");
        let setting = json!({ "name": "CRM", "url": url });
        let (status, kept) = shop.send("PUT", &path, &maya, setting).await;
        assert_eq!(status, 200, "{kept}");
        let trial = json!({ "email": "ada@zebra.example" });
        let (_, tried) = shop
            .send("POST", &format!("{path}/test"), &maya, trial)
            .await;
        assert_eq!(tried["fault"], "not_public", "{host}: {tried}");
    }
    let with = |url: &str, value: Option<&str>| json!({ "name": "CRM", "url": url, "headers": [{ "name": "X-Key", "value": value }] });
    for (url, value, expected) in [
        ("https://crm.example/{email}", Some("secret"), 200),
        ("https://crm.example/v2/{email}", None, 200),
        ("https://evil.example/{email}", None, 422),
        ("https://crm.example:8443/{email}", None, 422),
        ("https://crm.example.evil.example/{email}", None, 422),
        ("http://crm.example/{email}", Some("secret"), 400),
        ("https://{email}/x", Some("secret"), 400),
        ("https://crm.example/x", Some("secret"), 400),
    ] {
        let (status, kept) = shop.send("PUT", &path, &maya, with(url, value)).await;
        assert_eq!(status, expected, "{url}: {kept}");
    }
    let (status, _, _) = shop.raw("DELETE", &path, &maya, None, &[]).await;
    assert_eq!(status, 204);
    let (_, listed) = shop.get("/api/console/look-ups", &maya).await;
    assert_eq!(listed["inboxes"][0]["look_up"], Value::Null);
}

#[tokio::test]
async fn a_look_up_that_is_removed_before_it_answers_leaves_no_package_waiting() {
    let (shop, crm, maya, inbox) = shop_with_crm().await;
    let path = format!("{inbox}/look-up");
    shop.send("PUT", &path, &maya, crm.setting("customers"))
        .await;
    let (visitor, id) = shop.arrive().await;
    let conversation = format!("/api/widget/conversations/{id}");
    let body = json!({ "client_message_id": "message-1", "text": "Where is my order?" });
    shop.post(&format!("{conversation}/messages"), &visitor, body)
        .await;
    shop.work().await;
    let handoff = format!("{conversation}/handoff");
    shop.post(&handoff, &visitor, json!({})).await;
    let body = json!({ "email": "ceo@zebra.example" });
    let email = format!("{conversation}/email");
    assert_eq!(shop.post(&email, &visitor, body).await.0, 200);
    let again = format!("/api/console/conversations/{id}/look-up");
    assert_eq!(shop.send("POST", &again, &maya, json!({})).await.0, 202);
    let package = shop.detail(&maya, &id).await["package"].clone();
    assert_eq!(package["look_up"]["state"], "pending", "{package}");
    let (status, _, _) = shop.raw("DELETE", &path, &maya, None, &[]).await;
    assert_eq!(status, 204);
    shop.work().await;
    let package = shop.detail(&maya, &id).await["package"].clone();
    assert_eq!(package["look_up"]["state"], "removed");
    let missing = package["completeness"]["missing"].as_array().unwrap();
    assert!(!missing.contains(&json!("look_up")), "{missing:?}");
}

#[tokio::test]
async fn an_address_that_nobody_proved_is_said_to_be_a_claim() {
    let (shop, crm, maya, inbox) = shop_with_crm().await;
    let path = format!("{inbox}/look-up");
    shop.send("PUT", &path, &maya, crm.setting("customers"))
        .await;
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, "Where is my order?").await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    shop.post(&path, &visitor, json!({})).await;
    let package = shop.detail(&maya, &id).await["package"].clone();
    assert_eq!(
        package["look_up"]["state"], "not_asked",
        "nothing is known to ask by"
    );
    let path = format!("/api/widget/conversations/{id}/email");
    let body = json!({ "email": "ceo@zebra.example" });
    let (status, answer) = shop.post(&path, &visitor, body).await;
    assert_eq!(status, 200, "{answer}");
    let again = format!("/api/console/conversations/{id}/look-up");
    assert_eq!(shop.send("POST", &again, &maya, json!({})).await.0, 202);
    shop.work().await;
    let package = shop.detail(&maya, &id).await["package"].clone();
    assert_eq!(package["look_up"]["state"], "found", "{package}");
    assert_eq!(package["look_up"]["is_vouched"], false);
}
