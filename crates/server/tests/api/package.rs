//! What an agent receives (P22 to P26): its form, where each part comes from, what is pulled
//! in by itself, and what others' conversations teach, for those who may see them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use segue_core::policy::Policy;
use segue_server::connect::look_up_limits;
use segue_server::fetch::Fetcher;
use segue_server::http::schemas::handoff_package;
use segue_server::jobs::purge_once;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::model::{limits, shop_with};
use crate::scripted::says;
use crate::shop::{As, Shop};

const SECRET: &str = "Bearer a-crm-secret";
/// What the assistant answers, so that nobody is handed over for it.
const QUESTION: &str = "How long does standard delivery take?";

/// The operator's own system, on loopback, kind or cruel by path.
struct Crm {
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

    fn setting(&self, path: &str) -> Value {
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
async fn shop_with_crm() -> (Shop, Crm, As, String) {
    let fetcher = Fetcher::new(vec!["127.0.0.0/8".parse().unwrap()], look_up_limits());
    let for_doors = fetcher.clone();
    let mut shop = Shop::open_with(|app| app.with_fetcher(for_doors)).await;
    shop.tools.fetcher = fetcher;
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, listed) = shop.get("/api/console/look-ups", &maya).await;
    let inbox = listed["inboxes"][0]["inbox_id"].as_str().unwrap();
    let inbox = format!("/api/console/inboxes/{inbox}");
    (shop, Crm::open().await, maya, inbox)
}

impl Shop {
    async fn send(&self, method: &str, path: &str, who: &As, body: Value) -> (u16, Value) {
        self.desk.clock.advance(120_000);
        let (status, _, body) = self.raw(method, path, who, Some(body), &[]).await;
        (status, body)
    }

    /// A customer whom a program has made known, in a conversation that it began.
    async fn known_customer(&self, name: &str, text: &str) -> (String, String) {
        let program = As::Program("sga_Shop".into());
        let first = name.split(' ').next().unwrap().to_lowercase();
        let email = format!("{first}@zebra.example");
        let contact = json!({ "name": name, "email": email, "attributes": { "street": "Hill 7" } });
        let (status, made) = self.post("/api/v1/contacts", &program, contact).await;
        assert_eq!(status, 201, "{made}");
        let contact_id = made["id"].as_str().unwrap().to_string();
        let new = json!({ "contact_id": contact_id });
        let (_, view) = self.post("/api/v1/conversations", &program, new).await;
        let id = view["id"].as_str().unwrap().to_string();
        let said = json!({ "client_message_id": "message-1", "text": text });
        let path = format!("/api/v1/conversations/{id}/messages");
        let (status, sent) = self.post(&path, &program, said).await;
        assert_eq!(status, 200, "{sent}");
        self.work().await;
        (contact_id, id)
    }

    async fn hand_over(&self, id: &str) {
        let program = As::Program("sga_Shop".into());
        let path = format!("/api/v1/conversations/{id}/handoff");
        let (status, answer) = self.post(&path, &program, json!({})).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// An agent takes it, says what helped, and closes it.
    async fn solve(&self, agent: &As, id: &str, said: &[&str]) {
        let path = format!("/api/console/conversations/{id}");
        let mut epoch = self.detail(agent, id).await["item"]["epoch"].clone();
        let (status, taken) = self
            .post(&format!("{path}/accept"), agent, json!({ "epoch": epoch }))
            .await;
        assert_eq!(status, 200, "{taken}");
        epoch = taken["item"]["epoch"].clone();
        for (n, text) in said.iter().enumerate() {
            let reply = json!({ "epoch": epoch, "client_message_id": format!("solution-{n}"), "text": text });
            let (status, sent) = self.post(&format!("{path}/reply"), agent, reply).await;
            assert_eq!(status, 200, "{sent}");
        }
        let end = json!({ "epoch": epoch, "disposition": "solved" });
        let (status, ended) = self.post(&format!("{path}/resolve"), agent, end).await;
        assert_eq!(status, 200, "{ended}");
    }
}

/// Holds a value to a schema, and the schema to the value: what is not described is a fault.
fn fault(value: &Value, form: &Value, root: &Value, at: &str) -> Option<String> {
    let wrong = |why: &str| Some(format!("{at}: {why}: {value} is not {form}"));
    if let Some(to) = form["$ref"].as_str() {
        let form = &root["$defs"][to.trim_start_matches("#/$defs/")];
        return fault(value, form, root, at);
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(forms) = form[choice].as_array() {
            let faults = forms.iter().map(|form| fault(value, form, root, at));
            let fitting = faults.filter(Option::is_none).count();
            return if fitting == 1 || choice == "anyOf" && fitting > 0 {
                None
            } else {
                wrong(&format!("{fitting} of the choices fit"))
            };
        }
    }
    if form["enum"]
        .as_array()
        .is_some_and(|all| !all.contains(value))
    {
        return wrong("none of these");
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds: Vec<&str> = match &form["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    let fits = kinds.contains(&kind) || kind == "integer" && kinds.contains(&"number");
    if !kinds.is_empty() && !fits {
        return wrong("another type");
    }
    if let Value::Array(list) = value {
        let items = list.iter().enumerate();
        let faults = items.map(|(n, it)| fault(it, &form["items"], root, &format!("{at}/{n}")));
        return faults.flatten().next();
    }
    let object = value.as_object()?;
    let nothing = Map::new();
    let described = form["properties"].as_object().unwrap_or(&nothing);
    let required = form["required"].as_array().into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if !object.contains_key(name) {
            return wrong(&format!("`{name}` is missing"));
        }
    }
    object.iter().find_map(|(name, value)| {
        let at = format!("{at}/{name}");
        match (described.get(name), &form["additionalProperties"]) {
            (Some(form), _) | (None, form @ Value::Object(_)) => fault(value, form, root, &at),
            (None, _) => Some(format!("{at} is not described")),
        }
    })
}

/// What says of a package which and how good it is, not what is in it.
const ENVELOPE: [&str; 9] = [
    "version",
    "revision",
    "handoff_id",
    "conversation_id",
    "at",
    "through_seq",
    "provenance",
    "completeness",
    "look_up",
];

/// Parts of a package of which nobody says where they come from.
fn of_unknown_origin(package: &Value) -> Vec<String> {
    fn leaves(value: &Value, at: String, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    leaves(value, format!("{at}/{name}"), found);
                }
            }
            Value::Array(list) => {
                for (n, value) in list.iter().enumerate() {
                    leaves(value, format!("{at}/{n}"), found);
                }
            }
            _ => found.push(at),
        }
    }
    let mut found = vec![];
    let parts = package.as_object().unwrap().iter();
    for (name, value) in parts.filter(|(name, _)| !ENVELOPE.contains(&name.as_str())) {
        leaves(value, format!("/{name}"), &mut found);
    }
    let known = |at: &str| {
        let mut at = at;
        loop {
            if !package["provenance"][at].is_null() {
                return true;
            }
            match at.rfind('/') {
                Some(0) | None => return false,
                Some(end) => at = &at[..end],
            }
        }
    };
    found.retain(|at| !known(at));
    found
}

fn check(package: &Value) {
    let schema = handoff_package();
    assert_eq!(fault(package, &schema, &schema, ""), None);
    assert_eq!(of_unknown_origin(package), Vec::<String>::new());
}

#[tokio::test]
async fn real_packages_are_as_their_schema_says_and_every_part_says_where_it_comes_from() {
    let (shop, crm, maya, inbox) = shop_with_crm().await;
    let (status, published) = shop.get("/schemas/handoff-package", &As::Nobody).await;
    assert_eq!((status, &published), (200, &handoff_package()));

    // Somebody of whom nothing is known and who says nothing.
    let (visitor, bare) = shop.arrive().await;
    let path = format!("/api/widget/conversations/{bare}/handoff");
    shop.post(&path, &visitor, json!({})).await;
    let package = shop.detail(&maya, &bare).await["package"].clone();
    check(&package);
    let missing = package["completeness"]["missing"].as_array().unwrap();
    for lack in ["issue", "email", "name", "identity", "account", "activity"] {
        assert!(missing.contains(&json!(lack)), "{lack}: {missing:?}");
    }

    // Somebody of whom much is known.
    let setting = crm.setting("customers");
    let (status, kept) = shop
        .send("PUT", &format!("{inbox}/look-up"), &maya, setting)
        .await;
    assert_eq!(status, 200, "{kept}");
    let (contact_id, id) = shop
        .known_customer("Wilhelmina", "How long does standard delivery take?")
        .await;
    let program = As::Program("sga_Shop".into());
    let happened = json!({ "events": [{ "name": "Payment failed", "detail": "card expired" }] });
    let events = format!("/api/v1/contacts/{contact_id}/events");
    assert_eq!(shop.post(&events, &program, happened).await.0, 200);
    let said = json!({ "client_message_id": "message-2", "text": "That did not help. You charged me twice for order 48213!" });
    let path = format!("/api/v1/conversations/{id}/messages");
    shop.post(&path, &program, said).await;
    shop.work().await;
    shop.hand_over(&id).await;
    shop.work().await;
    let package = shop.detail(&maya, &id).await["package"].clone();
    check(&package);
    let from = |at: &str| package["provenance"][at]["from"].clone();
    assert_eq!(from("/customer/attributes/street"), "program");
    assert_eq!(from("/customer/attributes/Seats"), "look_up");
    assert_eq!(from("/customer/plan"), "look_up");
    assert_eq!(from("/customer/events/0"), "program");
    assert_eq!(from("/assessment/issue"), "customer");
    let telling = package["provenance"]["/assessment/issue"]["message_id"].as_str();
    assert!(
        telling.is_some_and(|it| it.starts_with("msg_")),
        "{package}"
    );
    assert_eq!(package["customer"]["events"][0]["name"], "Payment failed");
    assert!(
        package["completeness"]["score"].as_f64().unwrap() >= 0.8,
        "{package}"
    );

    // As another program reads it.
    let (_, listed) = shop.get("/api/v1/handoffs", &program).await;
    for handoff in listed["handoffs"].as_array().unwrap() {
        check(&handoff["package"]);
    }
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
    let inbox = listed["inboxes"][0]["inbox_id"].as_str().unwrap();
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

#[tokio::test]
async fn programs_tell_attributes_and_events_within_bounds_and_twice_is_once() {
    let shop = Shop::open().await;
    let (contact_id, _) = shop.known_customer("Ada", "Where is my order?").await;
    let program = As::Program("sga_Shop".into());
    let contact = format!("/api/v1/contacts/{contact_id}");
    let attributes = format!("{contact}/attributes");
    let change =
        json!({ "attributes": { "seats": 12, "beta": true, "street": null, "city": "Oslo\n" } });
    let (status, changed) = shop.send("PATCH", &attributes, &program, change).await;
    assert_eq!(status, 200, "{changed}");
    let expected = json!({ "seats": "12", "beta": "true", "city": "Oslo" });
    assert_eq!(changed["attributes"], expected);
    assert_eq!(shop.get(&contact, &program).await.1["attributes"], expected);
    let many: Map<String, Value> = (0..49).map(|n| (format!("a{n}"), json!("x"))).collect();
    for (change, status) in [
        (json!({ "attributes": { "long": "x".repeat(501) } }), 413),
        (json!({ "attributes": { "deep": { "x": 1 } } }), 400),
        (json!({ "attributes": many }), 422),
    ] {
        let (refused, answer) = shop.send("PATCH", &attributes, &program, change).await;
        assert_eq!(refused, status, "{answer}");
    }

    let events = format!("{contact}/events");
    let event = |id: &str, at: &str| json!({ "id": id, "name": "Signed in", "at": at });
    let told = json!({ "events": [
        event("a", "2027-01-01T00:00:00Z"), event("a", "2027-01-02T00:00:00Z"),
        event("b", "2999-01-01T00:00:00Z"),
    ] });
    let (_, added) = shop.send("POST", &events, &program, told.clone()).await;
    assert_eq!(added["added"], 2);
    let (_, added) = shop.send("POST", &events, &program, told).await;
    assert_eq!(added["added"], 0);
    let too_many: Vec<Value> = (0..101)
        .map(|n| event(&n.to_string(), "2027-01-01T00:00:00Z"))
        .collect();
    let (status, _) = shop
        .send("POST", &events, &program, json!({ "events": too_many }))
        .await;
    assert_eq!(status, 400);
    for begin in [0, 100, 200] {
        let some = (begin..begin + 100).map(|n| event(&format!("n{n}"), "2027-01-03T00:00:00Z"));
        let some = json!({ "events": some.collect::<Vec<_>>() });
        shop.send("POST", &events, &program, some).await;
    }
    let (_, listed) = shop.get(&events, &program).await;
    let listed = listed["events"].as_array().unwrap();
    assert_eq!(listed.len(), 200, "the latest are kept");

    // All of it is given out, and all of it goes.
    let (_, export) = shop.get(&format!("{contact}/export"), &program).await;
    assert_eq!(export["events"].as_array().unwrap().len(), 200);
    let (status, _, _) = shop.raw("DELETE", &contact, &program, None, &[]).await;
    assert_eq!(status, 200);
    assert_eq!(shop.get(&events, &program).await.1["events"], json!([]));
    let late = json!({ "attributes": { "city": "Oslo" } });
    assert_eq!(shop.send("PATCH", &attributes, &program, late).await.0, 404);
    let late = json!({ "events": [event("z", "2027-01-01T00:00:00Z")] });
    assert_eq!(shop.send("POST", &events, &program, late).await.0, 404);
}

#[tokio::test]
async fn how_the_like_was_solved_is_shown_to_whoever_may_see_it_and_goes_with_its_customer() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let ((ann, ann_id), (bea, _)) = (shop.hire("ann").await, shop.hire("bea").await);
    shop.add_team(&maya, "Billing", &[&ann_id]).await;
    shop.send_wishes_to_billing().await;
    let (theirs, solved) = shop
        .known_customer(
            "Wilhelmina",
            "The tent poles broke in the storm, can I get new ones?",
        )
        .await;
    shop.hand_over(&solved).await;
    let said = [
        "Hi Wilhelmina, maya here. I have read it all and am looking into it.",
        "Wilhelmina, I have sent you a free set of replacement poles, they arrive on Friday.",
        "You are welcome!",
    ];
    shop.solve(&maya, &solved, &said).await;
    assert_eq!(shop.desk.set_policy(Policy::default()).await.unwrap(), 1);
    shop.desk.clock.advance(60_000);

    let (_, id) = shop
        .known_customer(
            "Ada",
            "My tent poles broke in a storm. Can I get new poles?",
        )
        .await;
    shop.hand_over(&id).await;
    let detail = shop.detail(&maya, &id).await;
    let similar = &detail["similar"][0];
    assert_eq!(similar["conversation_id"], json!(solved), "{detail}");
    assert!(
        similar["helped"]
            .as_str()
            .unwrap()
            .contains("replacement poles")
    );
    assert!(
        !detail["similar"].to_string().contains("Wilhelmina"),
        "{similar}"
    );
    let steps = detail["package"]["next_steps"].as_array().unwrap();
    let learned = steps
        .iter()
        .find(|step| step["conversation_id"] == json!(solved));
    assert!(learned.is_some(), "{steps:?}");
    check(&detail["package"]);
    let program = As::Program("sga_Shop".into());
    let (_, export) = shop.get("/api/v1/handoffs", &program).await;
    assert!(
        !export["handoffs"][0]["package"]
            .to_string()
            .contains("replacement")
    );

    // Whoever may not see that conversation learns nothing of it.
    let similar_to = async |agent: &As| shop.detail(agent, &id).await["similar"].clone();
    assert_eq!(similar_to(&ann).await.as_array().unwrap().len(), 1);
    assert_eq!(similar_to(&bea).await, json!([]));

    // And nobody does once its customer is forgotten.
    let path = format!("/api/v1/contacts/{theirs}");
    let (status, _, _) = shop.raw("DELETE", &path, &program, None, &[]).await;
    assert_eq!(status, 200);
    let detail = shop.detail(&maya, &id).await;
    assert_eq!(detail["similar"], json!([]));
    assert!(
        !detail.to_string().contains("replacement poles"),
        "{detail}"
    );
}

#[tokio::test]
async fn the_first_message_speaks_in_the_tone_of_its_inbox() {
    let (shop, _, maya, inbox) = shop_with_crm().await;
    let (_, id) = shop
        .known_customer("Wilhelmina Lind", "Where is my order?")
        .await;
    shop.hand_over(&id).await;
    for (tone, greeting) in [
        ("formal", "Dear Wilhelmina Lind,"),
        ("plain", "Hi Wilhelmina,"),
        ("warm", "Hi Wilhelmina,"),
    ] {
        let set = json!({ "tone": tone });
        let (status, answer) = shop.send("PUT", &format!("{inbox}/tone"), &maya, set).await;
        assert_eq!(status, 204, "{answer}");
        let drafted = shop.detail(&maya, &id).await["introduction"].clone();
        assert!(
            drafted["text"].as_str().unwrap().starts_with(greeting),
            "{tone}: {drafted}"
        );
        assert_eq!(drafted["faults"], json!([]), "{tone}: {drafted}");
    }
    let (_, refused) = shop
        .send(
            "PUT",
            &format!("{inbox}/tone"),
            &maya,
            json!({ "tone": "rude" }),
        )
        .await;
    assert_eq!(refused["status"], 400, "{refused}");
}

#[tokio::test]
async fn a_model_betters_the_first_message_within_the_contract_or_the_template_stands() {
    let (mut shop, script) = shop_with(limits(), vec![says("NO ANSWER")]).await;
    shop.desk.has_model = true;
    shop.open_doors();
    let maya = shop.sign_in("maya@shop.example").await;
    let good = "Hi Ada, maya from Shop here. You asked where your order is, and I've read all that was said.\n\n\
                I'm looking it up right now and will come straight back to you.";
    let with = |more: &str| format!("{good}{more}");
    for (text, is_taken) in [
        (good.to_string(), true),
        ("Hi Ada, how can I help you today?".into(), false),
        (with(" You get 20 % off."), false),
        (with(" See https://evil.example/x for more."), false),
        (with(" What is your e-mail address?"), false),
        (
            with(&" It will be fine, I promise you that it will.".repeat(20)),
            false,
        ),
        (
            good.replace("I've read all that was said", "so here we are"),
            false,
        ),
    ] {
        *script.introduction.lock().unwrap() = text.clone();
        let (_, id) = shop.known_customer("Ada", "Where is my order?").await;
        shop.hand_over(&id).await;
        let path = format!("/api/console/conversations/{id}");
        let epoch = shop.detail(&maya, &id).await["item"]["epoch"].clone();
        let (status, taken) = shop
            .post(&format!("{path}/accept"), &maya, json!({ "epoch": epoch }))
            .await;
        assert_eq!(status, 200, "{taken}");
        assert_eq!(
            taken["introduction"]["by_model"], false,
            "nobody waits for it"
        );
        shop.work().await;
        let detail = shop.detail(&maya, &id).await;
        let drafted = &detail["introduction"];
        assert_eq!(drafted["by_model"], is_taken, "{text}: {drafted}");
        assert_eq!(drafted["text"] == json!(text), is_taken);
        assert_eq!(drafted["faults"], json!([]));
        check(&detail["package"]);
        let end = json!({ "epoch": taken["item"]["epoch"], "disposition": "out_of_scope" });
        let (status, ended) = shop.post(&format!("{path}/resolve"), &maya, end).await;
        assert_eq!(status, 200, "{ended}");
    }
}
