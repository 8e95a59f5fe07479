//! A customer asks for their data, and to be forgotten (P48): all of it is given out, and
//! nothing of it is left anywhere, whatever was on its way.

use segue_store::Lot;
use serde_json::{Value, json};

use crate::shop::{As, Shop};

/// What nobody else in the shop is called or says.
const PERSONAL: [&str; 10] = [
    "Wilhelmina",
    "wilhelmina@zebra.example",
    "Xylophone Street",
    "quetzal",
    "my parrot ate",
    "yesterday at the opera",
    "vacuum bag",
    "passport-scan",
    "insulted",
    "a torn kimono",
];

/// A customer with everything that can be known of one, in the middle of a chat.
async fn wilhelmina(shop: &Shop) -> (String, String, As, As) {
    let program = As::Program("sga_Shop".into());
    let contact = json!({ "name": "Wilhelmina", "email": "wilhelmina@zebra.example", "plan": "team",
        "attributes": { "street": "Xylophone Street 7" } });
    let key = [("idempotency-key", "contact-1")];
    let (status, _, made) = shop
        .raw("POST", "/api/v1/contacts", &program, Some(contact), &key)
        .await;
    assert_eq!(status, 201, "{made}");
    let contact_id = made["id"].as_str().unwrap().to_string();
    let events = json!({ "events": [{ "name": "Returned a parcel", "detail": "a torn kimono" }] });
    let path = format!("/api/v1/contacts/{contact_id}/events");
    assert_eq!(shop.post(&path, &program, events).await.0, 200);
    let (status, view) = shop
        .post(
            "/api/v1/conversations",
            &program,
            json!({ "contact_id": contact_id }),
        )
        .await;
    assert_eq!(status, 201, "{view}");
    let id = view["id"].as_str().unwrap().to_string();
    let path = format!("/api/v1/conversations/{id}");
    for (n, text) in [
        "How long does standard delivery of the quetzal take?",
        "That did not help, my parrot ate the label",
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({ "client_message_id": format!("message-{n}"), "text": text });
        let key = format!("message-{n}");
        let (status, _, sent) = shop
            .raw(
                "POST",
                &format!("{path}/messages"),
                &program,
                Some(body),
                &[("idempotency-key", &key)],
            )
            .await;
        assert_eq!(status, 200, "{sent}");
        shop.work().await;
    }
    let (status, file) = shop
        .upload(
            &format!("{path}/files"),
            &program,
            1,
            "passport-scan.txt",
            b"a quetzal in the vacuum bag",
        )
        .await;
    assert_eq!(status, 201, "{file}");
    let body = json!({ "client_message_id": "message-f", "text": "here", "files": [file["id"]] });
    let (status, sent) = shop.post(&format!("{path}/messages"), &program, body).await;
    assert_eq!(status, 200, "{sent}");
    shop.work().await;
    let (status, _) = shop
        .post(&format!("{path}/handoff"), &program, json!({}))
        .await;
    assert_eq!(status, 200);
    let agent = shop.sign_in("maya@shop.example").await;
    shop.work().await;
    let console = format!("/api/console/conversations/{id}");
    let detail = shop.detail(&agent, &id).await;
    let epoch = detail["item"]["epoch"].as_u64().unwrap();
    let (status, taken) = shop
        .post(
            &format!("{console}/accept"),
            &agent,
            json!({ "epoch": epoch }),
        )
        .await;
    assert_eq!(status, 200, "{taken}");
    let epoch = taken["item"]["epoch"].as_u64().unwrap();
    let reply = json!({ "epoch": epoch, "client_message_id": "reply-001", "text": "Dear Wilhelmina, use a vacuum bag" });
    let (status, sent) = shop.post(&format!("{console}/reply"), &agent, reply).await;
    assert_eq!(status, 200, "{sent}");
    let note = json!({ "client_message_id": "note-0001", "text": "she insulted me yesterday at the opera" });
    let (status, sent) = shop.post(&format!("{console}/note"), &agent, note).await;
    assert_eq!(status, 200, "{sent}");
    (contact_id, id, program, agent)
}

/// Which of the personal words stand in the files of the database, its log included.
fn left_in(shop: &Shop) -> Vec<String> {
    let mut left = vec![];
    for entry in std::fs::read_dir(&shop.folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        for word in PERSONAL {
            if bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes())
            {
                left.push(format!("{word} in {}", path.display()));
            }
        }
    }
    left
}

#[tokio::test]
async fn all_that_is_known_of_a_contact_is_given_out() {
    let shop = Shop::open().await;
    let (contact_id, id, program, agent) = wilhelmina(&shop).await;
    for (path, who) in [
        (format!("/api/v1/contacts/{contact_id}/export"), &program),
        (format!("/api/console/contacts/{contact_id}/export"), &agent),
    ] {
        let (status, export) = shop.get(&path, who).await;
        assert_eq!(status, 200, "{export}");
        let text = export.to_string();
        for word in PERSONAL.iter().filter(|word| **word != "vacuum bag") {
            assert!(text.contains(word), "{word} is missing in {text}");
        }
        assert_eq!(export["conversations"][0]["id"], json!(id));
        let events = export["conversations"][0]["events"].as_array().unwrap();
        let seqs: Vec<u64> = events
            .iter()
            .map(|it| it["seq"].as_u64().unwrap())
            .collect();
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "no gap");
    }
    let other = "contact_00000000000000000000000000";
    let path = format!("/api/v1/contacts/{other}/export");
    assert_eq!(shop.get(&path, &program).await.0, 404);
}

/// Attack case 92, at rest: the files of the database are read byte by byte.
#[tokio::test]
async fn nothing_is_left_of_an_erased_contact_in_any_table_or_free_page() {
    let shop = Shop::open().await;
    let (contact_id, id, program, agent) = wilhelmina(&shop).await;
    assert!(
        left_in(&shop).len() >= PERSONAL.len(),
        "it was there before"
    );
    let path = format!("/api/v1/contacts/{contact_id}");
    let (status, _, erased) = shop.raw("DELETE", &path, &program, None, &[]).await;
    assert_eq!((status, &erased), (200, &json!({ "conversations": 1 })));
    // Another write, in case a reader kept the log from being emptied.
    shop.arrive().await;
    assert_eq!(left_in(&shop), Vec::<String>::new());

    // What happened still stands there, without words, and replays to the state.
    let (_, _, again) = shop.raw("DELETE", &path, &program, None, &[]).await;
    assert_eq!(
        again,
        json!({ "conversations": 0 }),
        "a second time changes nothing"
    );
    let detail = shop.detail(&agent, &id).await;
    assert_eq!(detail["item"]["state"], "resolved");
    assert_eq!(detail["item"]["erased"], true);
    let events = detail["events"].as_array().unwrap();
    assert!(
        events.iter().all(|event| event["body"].is_null()),
        "{events:?}"
    );
    assert_eq!(events.last().unwrap()["kind"], "erased");
    let store = &shop.desk.store;
    let workspace = store
        .read(|tx| tx.first_workspace())
        .await
        .unwrap()
        .unwrap();
    let id = segue_core::ids::ConversationId::parse(&id).unwrap();
    let (stored, events) = store
        .read(move |tx| {
            let stored = tx.conversation(&workspace.id, &id)?;
            Ok::<_, segue_store::Error>((stored.unwrap(), tx.events(&workspace.id, &id, 0, 500)?))
        })
        .await
        .unwrap();
    let replayed = segue_core::conversation::Conversation::replay(
        stored.id.clone(),
        stored.workspace_id.clone(),
        &events,
    );
    assert_eq!(replayed.as_ref(), Some(&stored));
    // The agent has the place back.
    let (_, floor) = shop.get("/api/console/floor", &agent).await;
    assert_eq!(floor["me"]["busy"], 0);
    assert_eq!(floor["mine"], json!([]));
    let (_, log) = shop.get("/api/console/audit", &agent).await;
    assert!(log.to_string().contains("contact_erased"), "{log}");
}

/// Attack case 92, in flight: whatever comes after the erasure is refused.
#[tokio::test]
async fn nothing_follows_an_erasure() {
    let shop = Shop::open().await;
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, "my parrot ate the label").await;
    let agent = shop.sign_in("maya@shop.example").await;
    let detail = shop.detail(&agent, &id).await;
    let contact_id = detail["contact"]["id"].as_str().unwrap().to_string();
    // A question whose answer is on its way: its job runs after the erasure.
    let body = json!({ "client_message_id": "message-2", "text": "How long does delivery take?" });
    let path = format!("/api/widget/conversations/{id}/messages");
    assert_eq!(shop.post(&path, &visitor, body).await.0, 200);
    let erase = format!("/api/console/contacts/{contact_id}");
    let (status, _, erased) = shop.raw("DELETE", &erase, &agent, None, &[]).await;
    assert_eq!((status, &erased), (200, &json!({ "conversations": 1 })));
    shop.work().await;

    let conversation = format!("/api/widget/conversations/{id}");
    let late = json!({ "client_message_id": "message-3", "text": "are you there, quetzal?" });
    let (status, _) = shop.post(&path, &visitor, late).await;
    assert!([401, 404].contains(&status), "{status}");
    for (door, body) in [
        ("handoff", json!({})),
        ("resolve", json!({})),
        ("email", json!({ "email": "wilhelmina@zebra.example" })),
        ("rating", json!({ "score": 5 })),
    ] {
        let (status, answer) = shop
            .post(&format!("{conversation}/{door}"), &visitor, body)
            .await;
        assert!([401, 404].contains(&status), "{door}: {status} {answer}");
    }
    let file = format!("{conversation}/files");
    let (status, _) = shop
        .upload(&file, &visitor, 1, "passport-scan.txt", b"text")
        .await;
    assert!([401, 404].contains(&status), "a file: {status}");
    let opening = json!({ "language": "en" });
    let (status, answer) = shop
        .post("/api/widget/conversations", &visitor, opening)
        .await;
    assert_eq!(status, 401, "the widget starts anew: {answer}");
    let note = json!({ "client_message_id": "note-0001", "text": "she insulted me" });
    let console = format!("/api/console/conversations/{id}");
    let (status, _) = shop.post(&format!("{console}/note"), &agent, note).await;
    assert_eq!(status, 404);
    let events: Value = shop.detail(&agent, &id).await["events"].clone();
    assert_eq!(events.as_array().unwrap().last().unwrap()["kind"], "erased");
    shop.arrive().await;
    assert_eq!(left_in(&shop), Vec::<String>::new());
}

#[tokio::test]
async fn only_an_admin_and_a_program_that_may_write_can_erase() {
    let shop = Shop::open().await;
    let (contact_id, _, _, _) = wilhelmina(&shop).await;
    let path = format!("/api/v1/contacts/{contact_id}");
    for who in [As::Nobody, As::Program("sga_other".into())] {
        let (status, _, _) = shop.raw("DELETE", &path, &who, None, &[]).await;
        assert_eq!(status, 401);
    }
    shop.add_workspace("Other", &["mallory"]).await;
    let stranger = As::Program("sga_Other".into());
    let (status, _, _) = shop.raw("DELETE", &path, &stranger, None, &[]).await;
    assert_eq!(status, 404);
    assert!(!left_in(&shop).is_empty());
}

#[tokio::test]
async fn an_answer_that_an_erasure_overtakes_ends_quietly() {
    let shop = Shop::open().await;
    let (visitor, id) = shop.arrive().await;
    let agent = shop.sign_in("maya@shop.example").await;
    let detail = shop.detail(&agent, &id).await;
    let contact_id = detail["contact"]["id"].as_str().unwrap().to_string();
    let body = json!({ "client_message_id": "message-1", "text": "How long does delivery take?" });
    let path = format!("/api/widget/conversations/{id}/messages");
    assert_eq!(shop.post(&path, &visitor, body).await.0, 200);
    let (store, now) = (&shop.desk.store, shop.desk.clock.now());
    let claimed = store.write(move |tx| tx.claim_job(Lot::Any, now, now.plus(1)));
    let job = claimed.await.unwrap().unwrap();
    assert_eq!(job.kind, "answer");
    let erase = format!("/api/console/contacts/{contact_id}");
    let (status, _, _) = shop.raw("DELETE", &erase, &agent, None, &[]).await;
    assert_eq!(status, 200);
    // Whoever had claimed it goes on with it all the same.
    store.write(move |tx| tx.add_job(&job, now)).await.unwrap();
    shop.work().await;
    let jobs = store.read(|tx| tx.count_jobs()).await.unwrap();
    let unfinished = jobs.iter().find(|(state, _)| state != "done");
    assert_eq!(unfinished, None, "{jobs:?}");
}

/// Attack case 92, at the same instant: messages and an erasure race, again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_messages_that_race_with_an_erasure_none_stays() {
    let shop = std::sync::Arc::new(Shop::open().await);
    let agent = shop.sign_in("maya@shop.example").await;
    for round in 0..6 {
        let (visitor, id) = shop.arrive().await;
        let detail = shop.detail(&agent, &id).await;
        let contact_id = detail["contact"]["id"].as_str().unwrap().to_string();
        let said = (0..8).map(|n| {
            let (shop, visitor, id) = (shop.clone(), visitor.clone(), id.clone());
            tokio::spawn(async move {
                let body = json!({ "client_message_id": format!("race-{round}-{n}"), "text": "my parrot ate a quetzal" });
                let path = format!("/api/widget/conversations/{id}/messages");
                shop.post(&path, &visitor, body).await.0
            })
        });
        let said: Vec<_> = said.collect();
        let path = format!("/api/console/contacts/{contact_id}");
        let (status, _, _) = shop.raw("DELETE", &path, &agent, None, &[]).await;
        assert_eq!(status, 200);
        for sent in said {
            let status = sent.await.unwrap();
            assert!([200, 401, 404].contains(&status), "{status}");
        }
        shop.work().await;
        let events = shop.detail(&agent, &id).await["events"].clone();
        let events = events.as_array().unwrap();
        assert!(
            events.iter().all(|event| event["body"].is_null()),
            "{events:?}"
        );
        assert_eq!(events.last().unwrap()["kind"], "erased");
    }
    shop.arrive().await;
    assert_eq!(left_in(&shop), Vec::<String>::new());
}
