//! What an agent receives (P22 to P26): its form, where each part comes from, what is pulled
//! in by itself, and what others' conversations teach, for those who may see them.

mod look_ups;

use segue_core::policy::Policy;
use segue_server::http::schemas::handoff_package;
use serde_json::{Map, Value, json};

use crate::model::{limits, shop_with};
use crate::scripted::says;
use crate::shop::{As, Shop};
use look_ups::shop_with_crm;

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
