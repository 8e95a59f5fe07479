//! Contacts are found by who may see every team's, and seen with all that is kept of them.

use serde_json::{Value, json};

use crate::shop::{As, Shop};

const CONTACTS: &str = "/api/console/contacts";

impl Shop {
    async fn contacts_found(&self, who: &As, query: &str) -> Vec<Value> {
        let (status, page) = self.get(&format!("{CONTACTS}?{query}"), who).await;
        assert_eq!(status, 200, "{page}");
        page["contacts"].as_array().unwrap().clone()
    }

    async fn known(&self, contact: Value) -> String {
        let program = As::Program("sga_Shop".into());
        let (status, made) = self.post("/api/v1/contacts", &program, contact).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().unwrap().to_string()
    }
}

#[tokio::test]
async fn a_contact_is_found_page_by_page() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    shop.add_workspace("Other", &["mallory"]).await;
    let (ann, _) = shop.hire("ann").await;
    let (status, _) = shop.get(CONTACTS, &ann).await;
    assert_eq!(status, 403, "an agent sees what their teams answer for");
    for n in 0..60 {
        let email = format!("guest{n:02}@customer.example");
        shop.known(json!({ "name": format!("Guest {n}"), "email": email }))
            .await;
        shop.desk.clock.advance(1);
    }
    shop.arrive().await;
    let (_, first) = shop.get(CONTACTS, &maya).await;
    let next = first["next"].as_str().unwrap();
    let rest = shop.contacts_found(&maya, &format!("before={next}")).await;
    let all = first["contacts"].as_array().unwrap().len() + rest.len();
    assert_eq!(
        all, 60,
        "the visitor of whom nothing is known is in no list"
    );
    let found = shop.contacts_found(&maya, "q=GUEST05%40").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["name"], "Guest 5");
    assert!(shop.contacts_found(&maya, "q=guest_5").await.is_empty());
    let mallory = shop.sign_in("mallory@other.example").await;
    assert!(shop.contacts_found(&mallory, "q=guest").await.is_empty());
    for bad in ["before=x".into(), format!("q={}", "x".repeat(201))] {
        let (status, _) = shop.get(&format!("{CONTACTS}?{bad}"), &maya).await;
        assert_eq!(status, 400, "{bad}");
    }
}

#[tokio::test]
async fn what_is_kept_is_counted_before_it_is_erased_and_gone_after() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let program = As::Program("sga_Shop".into());
    let attributes = json!({ "street": "Xylophone Street" });
    let id = shop
        .known(json!({ "name": "Ida", "email": "ida@x.example", "attributes": attributes }))
        .await;
    let events = json!({ "events": [{ "name": "Returned a parcel" }] });
    let path = format!("/api/v1/contacts/{id}/events");
    assert_eq!(shop.post(&path, &program, events).await.0, 200);
    let opening = json!({ "contact_id": id });
    let (_, view) = shop.post("/api/v1/conversations", &program, opening).await;
    let conversation = view["id"].as_str().unwrap();
    let path = format!("/api/v1/conversations/{conversation}");
    let (status, file) = shop
        .upload(&format!("{path}/files"), &program, 1, "scan.txt", b"words")
        .await;
    assert_eq!(status, 201, "{file}");
    let said = json!({ "client_message_id": "message-1", "text": "hello", "files": [file["id"]] });
    let (status, sent) = shop.post(&format!("{path}/messages"), &program, said).await;
    assert_eq!(status, 200, "{sent}");
    shop.work().await;

    let path = format!("{CONTACTS}/{id}");
    let (status, shown) = shop.get(&path, &maya).await;
    assert_eq!(status, 200, "{shown}");
    assert_eq!(shown["attributes"]["street"]["value"], "Xylophone Street");
    assert_eq!(shown["attributes"]["street"]["told_by"], "program");
    assert_eq!(shown["events"][0]["name"], "Returned a parcel");
    assert_eq!(
        shown["conversations"][0]["conversation_id"],
        json!(conversation)
    );
    let kept = &shown["kept"];
    let messages = kept["messages"].as_i64().unwrap();
    assert!(messages >= 3, "the greeting, hers and the answer: {kept}");
    for (what, count) in [
        ("conversations", 1),
        ("open_conversations", 1),
        ("files", 1),
        ("file_bytes", 5),
        ("events", 1),
        ("look_ups", 0),
    ] {
        assert_eq!(kept[what], count, "{what}");
    }

    let (status, _, erased) = shop.raw("DELETE", &path, &maya, None, &[]).await;
    assert_eq!((status, &erased), (200, &json!({ "conversations": 1 })));
    let (_, shown) = shop.get(&path, &maya).await;
    assert!(shown["erased_at"].is_string(), "{shown}");
    assert!(!shown.to_string().contains("Xylophone") && !shown.to_string().contains("ida@"));
    let counts = shown["kept"].as_object().unwrap().values();
    assert!(counts.into_iter().all(|count| count == 0), "{shown}");
    assert!(shop.contacts_found(&maya, "q=ida").await.is_empty());
}
