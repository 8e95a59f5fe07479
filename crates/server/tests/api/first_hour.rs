//! The operator's first hour (P47): articles from what people have, a question tried, hours,
//! mail, and a checklist that believes facts.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use base64::Engine;
use segue_core::access::Role;
use segue_server::http::hash_password;
use serde_json::{Value, json};

use crate::shop::{As, Shop};

async fn put(shop: &Shop, path: &str, who: &As, body: Value) -> (u16, Value) {
    let (status, _, body) = shop.raw("PUT", path, who, Some(body), &[]).await;
    (status, body)
}

async fn delete(shop: &Shop, path: &str, who: &As) -> u16 {
    shop.raw("DELETE", path, who, None, &[]).await.0
}

async fn sources(shop: &Shop, who: &As) -> Vec<String> {
    let (_, list) = shop.get("/api/console/articles", who).await;
    let articles = list["articles"].as_array().unwrap();
    let source = |article: &Value| article["source"].as_str().unwrap().to_string();
    articles.iter().map(source).collect()
}

const PAGE: &str = "<title>Gift cards | Shop</title><nav>Home</nav><main><h1>Gift cards</h1><p>Gift cards are valid for three years and can be used for everything in the shop.</p></main>";

#[tokio::test]
async fn articles_come_from_markdown_pages_and_tables_and_faults_are_named() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let latin = base64::engine::general_purpose::STANDARD
        .encode(b"Frage;Antwort\nGr\xf6\xdfe?;Sechsunddrei\xdfig.\nLeer?;\n");
    let files = json!({ "files": [
        { "name": "gifts.html", "text": PAGE },
        { "name": "faq.csv", "bytes": latin },
        { "name": "logo.png", "text": "x" },
        { "name": "a\nb.md", "text": "# A\n\nb" },
    ] });
    let (status, imported) = shop
        .post("/api/console/articles", &maya, files.clone())
        .await;
    assert_eq!(status, 200, "{imported}");
    assert_eq!(imported["added"], 2, "{imported}");
    let faults = imported["faults"].as_array().unwrap();
    let told: Vec<(&str, &str, Option<u64>)> = faults
        .iter()
        .map(|fault| {
            (
                fault["name"].as_str().unwrap(),
                fault["code"].as_str().unwrap(),
                fault["line"].as_u64(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("faq.csv", "no_answer", Some(3)),
            ("logo.png", "unknown_kind", None),
            ("ab.md", "bad_name", None),
        ]
    );
    let (_, again) = shop.post("/api/console/articles", &maya, files).await;
    assert_eq!(
        (&again["added"], &again["unchanged"]),
        (&json!(0), &json!(2))
    );
    assert!(
        sources(&shop, &maya)
            .await
            .contains(&"faq.csv#größe".into())
    );

    // What was imported answers.
    let case = json!({ "case": { "messages": [{ "role": "customer", "text": "How long are gift cards valid?" }] }, "language": "en" });
    let (status, tried) = shop.post("/api/console/try", &maya, case).await;
    assert_eq!(status, 200, "{tried}");
    assert!(
        tried["said"]["text"]
            .as_str()
            .unwrap()
            .contains("three years"),
        "{tried}"
    );
}

#[tokio::test]
async fn an_article_is_written_changed_deleted_and_brought_back() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let text = json!({ "title": "Parking", "text": "Park behind the shop." });
    let (status, article) = shop
        .post("/api/console/articles/written", &maya, text)
        .await;
    assert_eq!(status, 201, "{article}");
    let path = format!("/api/console/articles/{}", article["id"].as_str().unwrap());
    shop.desk.clock.advance(1_000);
    let change = |seen: &Value, text: &str| json!({ "seen": seen, "article": { "title": "Parking", "text": text, "tags": ["car"] } });
    let first = article["updated_at"].clone();
    let (status, changed) = put(&shop, &path, &maya, change(&first, "Park in front.")).await;
    assert_eq!((status, &changed["tags"]), (200, &json!(["car"])));
    // Whoever saw the older text overwrites nothing.
    let (status, problem) = put(&shop, &path, &maya, change(&first, "Park far away.")).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));
    assert_eq!(shop.get(&path, &maya).await.1["text"], "Park in front.");

    assert_eq!(delete(&shop, &path, &maya).await, 204);
    assert_eq!(shop.get(&path, &maya).await.0, 404);
    assert_eq!(delete(&shop, &path, &maya).await, 404);
    assert_eq!(sources(&shop, &maya).await.len(), 2);
    let restore = format!("{path}/restore");
    assert_eq!(shop.post(&restore, &maya, json!({})).await.0, 204);
    assert_eq!(shop.get(&path, &maya).await.1["text"], "Park in front.");

    // Thirty days later nothing is left to bring back.
    assert_eq!(delete(&shop, &path, &maya).await, 204);
    shop.desk.clock.advance(31 * 24 * 3_600_000);
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, list) = shop.get("/api/console/articles", &maya).await;
    let other = list["articles"][0]["id"].as_str().unwrap();
    let other = format!("/api/console/articles/{other}");
    assert_eq!(delete(&shop, &other, &maya).await, 204);
    assert_eq!(shop.post(&restore, &maya, json!({})).await.0, 404);
}

#[tokio::test]
async fn a_tried_question_is_answered_and_decided_as_for_a_customer_and_nothing_is_stored() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let ask = |contact: Value, lines: &[(&str, &str)]| {
        let messages: Vec<Value> = lines
            .iter()
            .map(|(role, text)| json!({ "role": role, "text": text }))
            .collect();
        json!({ "case": { "contact": contact, "messages": messages }, "language": "en" })
    };
    let question = "How long does delivery take?";
    let (status, tried) = shop
        .post(
            "/api/console/try",
            &maya,
            ask(json!({}), &[("customer", question)]),
        )
        .await;
    assert_eq!(status, 200, "{tried}");
    assert_eq!(tried["decision"]["action"], "answer");
    assert_eq!(tried["said"]["citations"][0]["title"], "Delivery times");

    // The same words as in the widget.
    let (visitor, id) = shop.arrive().await;
    shop.say(&visitor, &id, 1, question).await;
    let said = shop.texts(&visitor, &id).await;
    assert_eq!(
        said.last().unwrap(),
        tried["said"]["text"].as_str().unwrap()
    );

    let (_, tried) = shop
        .post(
            "/api/console/try",
            &maya,
            ask(json!({ "vip": true }), &[("customer", question)]),
        )
        .await;
    assert_eq!(tried["decision"]["action"], "escalate");
    assert_eq!(tried["decision"]["reasons"][0]["trigger"], "customer.vip");
    assert_eq!(tried["said"]["is_handoff"], true);
    let (_, tried) = shop
        .post(
            "/api/console/try",
            &maya,
            ask(json!({}), &[("customer", "hello")]),
        )
        .await;
    assert_eq!(tried["decision"], Value::Null, "{tried}");
    let (status, problem) = shop
        .post(
            "/api/console/try",
            &maya,
            ask(json!({}), &[("assistant", "hello")]),
        )
        .await;
    assert_eq!((status, &problem["code"]), (422, &json!("invalid")));

    let (_, all) = shop.get("/api/console/conversations?view=all", &maya).await;
    assert_eq!(
        all["items"].as_array().unwrap().len(),
        1,
        "only the widget's"
    );
}

#[tokio::test]
async fn hours_are_checked_previewed_and_kept() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, shown) = shop.get("/api/console/hours", &maya).await;
    let inbox = &shown["inboxes"][0];
    assert_eq!(inbox["now"], json!({ "is_open": true, "until": null }));
    let path = format!(
        "/api/console/inboxes/{}/hours",
        inbox["id"].as_str().unwrap()
    );
    let day = json!([{ "opens_min": 540, "closes_min": 1020 }]);
    // NOW is a Friday, 08:00 in UTC.
    let hours = json!({ "zone": "Europe/Berlin", "week": [day, day, day, day, day, [], []],
        "holidays": [{ "date": "2027-01-18", "name": "A holiday" }] });
    let (status, now) = shop
        .post("/api/console/hours/preview", &maya, hours.clone())
        .await;
    assert_eq!(
        (status, now),
        (
            200,
            json!({ "is_open": true, "until": "2027-01-15T16:00:00.000Z" })
        )
    );
    assert_eq!(put(&shop, &path, &maya, hours.clone()).await.0, 204);
    let (_, shown) = shop.get("/api/console/hours", &maya).await;
    assert_eq!(shown["inboxes"][0]["hours"], hours);
    for (bad, status) in [
        (
            json!({ "zone": "Mars/Olympus", "week": [[], [], [], [], [], [], []] }),
            422,
        ),
        (
            json!({ "zone": "UTC", "week": [[{ "opens_min": 9, "closes_min": 3 }], [], [], [], [], [], []] }),
            422,
        ),
        (json!({ "zone": "UTC", "week": [[]] }), 400),
        (
            json!({ "zone": "UTC", "week": [[], [], [], [], [], [], []], "holidays": ["31.12."] }),
            400,
        ),
    ] {
        assert_eq!(
            put(&shop, &path, &maya, bad.clone()).await.0,
            status,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn the_assistant_says_what_it_is_whatever_it_is_called() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let company = |name: &str| json!({ "name": "Shop & Sons", "brand_color": "#AA3300", "assistant_name": name, "greeting": "We answer in a minute." });
    let (status, problem) = put(&shop, "/api/console/company", &maya, company("Jonas")).await;
    assert_eq!(status, 422, "an agent's name is refused: {problem}");
    let bad = json!({ "name": "Shop", "brand_color": "red" });
    assert_eq!(put(&shop, "/api/console/company", &maya, bad).await.0, 400);
    let (status, _) = put(&shop, "/api/console/company", &maya, company("Parcel")).await;
    assert_eq!(status, 204);
    let (_, shown) = shop.get("/api/console/company?language=de", &maya).await;
    assert_eq!(shown["brand_color"], "#aa3300");
    assert!(
        shown["disclosure"]["named"]
            .as_str()
            .unwrap()
            .contains("{name}")
    );
    // What the widget is told is remembered for two seconds.
    shop.desk.clock.advance(3_000);
    let (visitor, id) = shop.arrive().await;
    let said = shop.texts(&visitor, &id).await;
    assert_eq!(
        said,
        [
            "Welcome to Shop & Sons! I'm Parcel, an automated assistant, not a person. Ask me anything, and you can talk to a person whenever you like.\n\nWe answer in a minute."
        ]
    );
}

/// A mail server that keeps what it is sent; it answers a line that begins with `refuses`
/// with 550.
fn mail_server(refuses: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let kept: Arc<Mutex<Vec<String>>> = Arc::default();
    let lines_kept = kept.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut in_body = false;
            let _ = stream.write_all(b"220 mail.test\r\n");
            for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                let Ok(line) = line else { break };
                lines_kept.lock().unwrap().push(line.clone());
                let answer = match (in_body, line.as_str()) {
                    (true, ".") => "250 kept",
                    (true, _) => continue,
                    (false, "DATA") => "354 go on",
                    (false, line) if !refuses.is_empty() && line.starts_with(refuses) => {
                        "550 not you"
                    }
                    (false, _) => "250 fine",
                };
                in_body = answer.starts_with("354");
                let _ = stream.write_all(format!("{answer}\r\n").as_bytes());
            }
        }
    });
    (port, kept)
}

/// A shop whose command line says nothing of mail.
async fn shop_without_mail() -> Shop {
    let mut shop = Shop::open().await;
    shop.desk.mail = false;
    shop.open_doors();
    shop
}

#[tokio::test]
async fn mail_is_promised_once_a_test_mail_has_gone_out() {
    let shop = shop_without_mail().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let promised = async || {
        shop.desk.clock.advance(3_000);
        let config = format!("/api/widget/config?inbox={}", shop.site_key);
        shop.get(&config, &As::Nobody).await.1["email_enabled"] == true
    };
    let (_, shown) = shop.get("/api/console/mail", &maya).await;
    assert_eq!(shown, json!({ "command_line_from": null, "server": null }));
    let (status, problem) = shop.post("/api/console/mail/test", &maya, json!({})).await;
    assert_eq!((status, &problem["code"]), (409, &json!("no_mail")));

    let server = |port: u16| json!({ "host": "127.0.0.1", "port": port, "security": "none", "from": "help@shop.example" });
    let (refusing, _) = mail_server("RCPT");
    let (status, kept) = put(&shop, "/api/console/mail", &maya, server(refusing)).await;
    assert_eq!((status, &kept["tested_at"]), (200, &Value::Null));
    assert!(!promised().await, "nothing has shown that it works");
    let (status, tested) = shop.post("/api/console/mail/test", &maya, json!({})).await;
    assert_eq!(
        (status, &tested["fault"]["code"]),
        (200, &json!("rejected"))
    );
    assert!(!promised().await);

    let (port, lines) = mail_server("");
    put(&shop, "/api/console/mail", &maya, server(port)).await;
    let wish = json!({ "language": "de" });
    let (status, tested) = shop.post("/api/console/mail/test", &maya, wish).await;
    assert_eq!((status, &tested["fault"]), (200, &Value::Null), "{tested}");
    assert_eq!(tested["to"], "maya@shop.example");
    assert!(
        lines
            .lock()
            .unwrap()
            .iter()
            .any(|line| line.contains("Testmail"))
    );
    assert!(promised().await);
    // Saved again unchanged it is as well tested as before.
    let (_, kept) = put(&shop, "/api/console/mail", &maya, server(port)).await;
    assert_ne!(kept["tested_at"], Value::Null);

    // An answer goes out through it, with no restart.
    let (visitor, id) = shop.arrive().await;
    let ask = json!({ "email": "ada@customer.example" });
    shop.post(
        &format!("/api/widget/conversations/{id}/handoff"),
        &visitor,
        json!({}),
    )
    .await;
    let (status, chosen) = shop
        .post(
            &format!("/api/widget/conversations/{id}/email"),
            &visitor,
            ask,
        )
        .await;
    assert_eq!(status, 200, "{chosen}");
    shop.work().await;
    let epoch = shop.detail(&maya, &id).await["item"]["epoch"].clone();
    let accept = format!("/api/console/conversations/{id}/accept");
    let (status, detail) = shop.post(&accept, &maya, json!({ "epoch": epoch })).await;
    assert_eq!(status, 200, "{detail}");
    let reply = json!({ "epoch": detail["item"]["epoch"], "client_message_id": "reply-000001", "text": "It arrives on Friday." });
    let (status, sent) = shop
        .post(
            &format!("/api/console/conversations/{id}/reply"),
            &maya,
            reply,
        )
        .await;
    assert_eq!(status, 200, "{sent}");
    shop.work().await;
    let is_sent = |line: &String| line.contains("It arrives on Friday.");
    assert!(lines.lock().unwrap().iter().any(is_sent));

    assert_eq!(delete(&shop, "/api/console/mail", &maya).await, 204);
    assert!(!promised().await);
}

#[tokio::test]
async fn the_mail_password_goes_in_and_never_comes_out_nor_to_another_server() {
    let shop = shop_without_mail().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let server = |host: &str, security: &str, password: Value| json!({ "host": host, "port": 587, "security": security, "user": "help", "password": password, "from": "help@shop.example" });
    let given = server("smtp.shop.example", "starttls", json!("hunter2-hunter2"));
    let (status, kept) = put(&shop, "/api/console/mail", &maya, given).await;
    assert_eq!((status, &kept["has_password"]), (200, &json!(true)));
    let (_, shown) = shop.get("/api/console/mail", &maya).await;
    assert!(!shown.to_string().contains("hunter2"), "{shown}");
    let same = server("smtp.shop.example", "tls", Value::Null);
    assert_eq!(put(&shop, "/api/console/mail", &maya, same).await.0, 200);
    for (host, security) in [("smtp.evil.example", "tls"), ("smtp.shop.example", "none")] {
        let (status, problem) = put(
            &shop,
            "/api/console/mail",
            &maya,
            server(host, security, Value::Null),
        )
        .await;
        assert_eq!(
            (status, &problem["code"]),
            (422, &json!("invalid")),
            "{host}"
        );
    }
    for bad in [
        json!({ "host": "http://x", "port": 25, "security": "none", "from": "a@b.example" }),
        json!({ "host": "x", "port": 0, "security": "none", "from": "a@b.example" }),
        json!({ "host": "x", "port": 25, "security": "maybe", "from": "a@b.example" }),
        json!({ "host": "x", "port": 25, "security": "none", "from": "nobody" }),
    ] {
        assert_eq!(
            put(&shop, "/api/console/mail", &maya, bad.clone()).await.0,
            400,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn the_checklist_believes_facts_and_the_chat_is_seen_where_it_is_opened() {
    let shop = shop_without_mail().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let steps = async || {
        let (_, shown) = shop.get("/api/console/first-steps", &maya).await;
        let done = shown["steps"].as_array().unwrap().iter();
        let done = done.filter(|step| step["is_done"] == true);
        let names: Vec<String> = done
            .map(|step| step["name"].as_str().unwrap().into())
            .collect();
        (names.join(" "), shown)
    };
    assert_eq!(steps().await.0, "articles people");
    let (status, _) = shop
        .post("/api/console/first-steps/live", &maya, json!({}))
        .await;
    assert_eq!(status, 422, "customers would meet what is missing");

    let company = json!({ "name": "Shop", "brand_color": "#2456d6" });
    put(&shop, "/api/console/company", &maya, company).await;
    let question = json!({ "case": { "messages": [{ "role": "customer", "text": "How long does delivery take?" }] } });
    shop.post("/api/console/try", &maya, question).await;
    assert_eq!(steps().await.0, "company articles try people");

    // Neither a wrong key nor something that is no site counts.
    for (key, host) in [
        ("site-none", "https://shop.example"),
        (shop.site_key.as_str(), "javascript:alert(1)"),
    ] {
        shop.desk.sight(key.into(), host.into()).await.unwrap();
    }
    assert_eq!(steps().await.1["sightings"], json!([]));
    let framed = format!(
        "/widget/?inbox={}&host=https%3A%2F%2Fshop.example",
        shop.site_key
    );
    shop.get(&framed, &As::Nobody).await;
    shop.desk
        .sight(shop.site_key.clone(), "https://shop.example".into())
        .await
        .unwrap();
    let (done, shown) = steps().await;
    assert_eq!(done, "company articles try snippet people");
    assert_eq!(shown["sightings"][0]["origin"], "https://shop.example");
    assert_eq!(shown["may_go_live"], true);
    let (status, _) = shop
        .post("/api/console/first-steps/live", &maya, json!({}))
        .await;
    assert_eq!(status, 204);
    assert_ne!(steps().await.1["live_at"], Value::Null);

    for wish in [true, false] {
        let body = json!({ "is_dismissed": wish });
        assert_eq!(
            put(&shop, "/api/console/first-steps", &maya, body).await.0,
            204
        );
        assert_eq!(steps().await.1["is_dismissed"], wish);
    }
}

#[tokio::test]
async fn sites_that_browsers_make_up_are_kept_within_bounds() {
    let shop = Shop::open().await;
    for n in 0..80 {
        let host = format!("https://site-{n}.example");
        shop.desk.sight(shop.site_key.clone(), host).await.unwrap();
    }
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, shown) = shop.get("/api/console/first-steps", &maya).await;
    assert_eq!(shown["sightings"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn setting_up_is_for_admins_and_articles_are_for_leads() {
    let shop = Shop::open().await;
    let workspace = shop.desk.store.read(|tx| tx.first_workspace()).await;
    let id = workspace.unwrap().unwrap().id;
    for (name, role) in [("lea", Role::Lead), ("ada", Role::Agent)] {
        let hash = hash_password("correct horse");
        let email = format!("{name}@shop.example");
        shop.desk
            .add_agent(id.clone(), email, name.into(), role, 2, hash)
            .await
            .unwrap();
    }
    let article = json!({ "title": "A", "text": "b" });
    let question = json!({ "case": { "messages": [{ "role": "customer", "text": "hello" }] } });
    for (name, may_edit) in [("lea", true), ("ada", false)] {
        let who = shop.sign_in(&format!("{name}@shop.example")).await;
        for path in ["first-steps", "company", "hours", "mail"] {
            let (status, _) = shop.get(&format!("/api/console/{path}"), &who).await;
            assert_eq!(status, 403, "{name} {path}");
        }
        for (path, body) in [("articles/written", &article), ("try", &question)] {
            let (status, _) = shop
                .post(&format!("/api/console/{path}"), &who, body.clone())
                .await;
            assert_eq!(status < 300, may_edit, "{name} {path}");
        }
    }
}
