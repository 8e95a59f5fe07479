//! Every write of the public API under an Idempotency-Key: the same answer again, and
//! nothing done twice.

use serde_json::{Value, json};

use crate::shop::{As, Shop};

/// Sends a write twice under a key; what it was answered.
async fn twice(shop: &Shop, path: &str, key: &str, body: Value) -> (u16, Value) {
    let program = As::Program("sga_Shop".into());
    let key = [("idempotency-key", key)];
    let send = || shop.raw("POST", path, &program, Some(body.clone()), &key);
    let (first, headers, answer) = send().await;
    assert!(!headers.contains_key("idempotent-replay"));
    // What happens in between does not change what was answered.
    shop.work().await;
    let (again, headers, same) = send().await;
    assert_eq!((first, &answer), (again, &same));
    assert_eq!(headers["idempotent-replay"], "true");
    (first, answer)
}

/// Attack case 71.
#[tokio::test]
async fn each_write_under_a_key_is_answered_as_the_first_time_and_done_once() {
    let shop = Shop::open().await;
    let ada = json!({ "name": "Ada" });
    let (status, contact) = twice(&shop, "/api/v1/contacts", "key-1", ada).await;
    assert_eq!(status, 201);
    let new = json!({ "contact_id": contact["id"], "language": "en" });
    let (status, conversation) = twice(&shop, "/api/v1/conversations", "key-2", new).await;
    assert_eq!(status, 201);

    let path = format!(
        "/api/v1/conversations/{}",
        conversation["id"].as_str().unwrap()
    );
    let line = json!({ "client_message_id": "message-1", "text": "How long does delivery take?" });
    let (status, sent) = twice(&shop, &format!("{path}/messages"), "key-3", line).await;
    assert_eq!(status, 200, "{sent}");
    let (status, waiting) = twice(&shop, &format!("{path}/handoff"), "key-4", json!({})).await;
    assert_eq!((status, &waiting["state"]), (200, &json!("queued")));
    // A person is on the way: asking again under another key changes nothing.
    let (status, again) = twice(&shop, &format!("{path}/handoff"), "key-5", json!({})).await;
    assert_eq!((status, &again["epoch"]), (200, &waiting["epoch"]));

    let program = As::Program("sga_Shop".into());
    let (_, whole) = shop.get(&path, &program).await;
    let said = |event: &&Value| event["role"] == "customer";
    let events = whole["events"].as_array().unwrap();
    assert_eq!(events.iter().filter(said).count(), 1);
    let (_, listed) = shop.get("/api/v1/conversations", &program).await;
    assert_eq!(listed["conversations"].as_array().unwrap().len(), 1);
}

/// Attack case 71: a refusal changed nothing and stands all the same.
#[tokio::test]
async fn a_refusal_under_a_key_stands() {
    let shop = Shop::open().await;
    let nobody = json!({ "contact_id": "cont_01m8heezg8z586jvqb9v5fynra" });
    let (status, problem) = twice(&shop, "/api/v1/conversations", "key-1", nobody).await;
    assert!((400..500).contains(&status), "{problem}");
}
