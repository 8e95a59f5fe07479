//! Who does too much is told to wait, and nobody else is; the wish for a person has no
//! limit. Connections that are too many or too slow are cut.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use futures_util::stream;
use segue_server::http::{App, Proxies, Rate, Rates};
use segue_server::listen::{ConnectionLimits, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use crate::shop::{As, Shop};

fn with_rates(set: impl FnOnce(&mut Rates)) -> impl FnOnce(App) -> App {
    |app| {
        let mut rates = Rates::default();
        set(&mut rates);
        app.with_rates(rates)
    }
}

async fn send(shop: &Shop, visitor: &As, id: &str, n: u32, text: &str) -> (u16, Value) {
    let body = json!({ "client_message_id": format!("message-{n}"), "text": text });
    let path = format!("/api/widget/conversations/{id}/messages");
    shop.post(&path, visitor, body).await
}

/// Attack case 56: and P20, which no limit may stand against.
#[tokio::test]
async fn too_many_messages_wait_but_the_words_for_a_person_are_heard() {
    let shop = Shop::open().await;
    let (visitor, id) = shop.arrive().await;
    let mut n = 0;
    while send(&shop, &visitor, &id, n, "and another thing").await.0 == 200 {
        n += 1;
        assert!(n < 100, "there is no limit");
    }
    let path = format!("/api/widget/conversations/{id}/messages");
    let body = json!({ "client_message_id": "message-200", "text": "and another thing" });
    let (status, headers, problem) = shop.raw("POST", &path, &visitor, Some(body), &[]).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (429, Some("rate_limited"))
    );
    assert!(
        headers[header::RETRY_AFTER]
            .to_str()
            .unwrap()
            .parse::<u32>()
            .unwrap()
            >= 1
    );
    assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");

    let (status, _) = send(&shop, &visitor, &id, 201, "let me talk to a real person").await;
    assert_eq!(status, 200);
    assert_eq!(shop.view(&visitor, &id).await["state"], "queued");
    // Whoever has asked has been heard; from then on the limit counts again.
    let (status, _) = send(&shop, &visitor, &id, 202, "let me talk to a real person").await;
    assert_eq!(status, 429);
}

/// Attack case 56: one company's flood is its own; P19 passes all the same.
#[tokio::test]
async fn a_workspace_that_floods_is_limited_and_the_others_are_not() {
    let shop = Shop::open_with(with_rates(|rates| rates.workspace = Rate::new(40.0, 1.0))).await;
    shop.add_workspace("Other", &["eve"]).await;
    let (visitor, id) = shop.arrive().await;
    let program = As::Program("sga_Shop".into());
    let mut last = 200;
    for _ in 0..40 {
        last = shop.get("/api/v1/conversations", &program).await.0;
    }
    assert_eq!(last, 429);
    assert_eq!(shop.get("/api/widget/conversations", &visitor).await.0, 429);
    let path = format!("/api/widget/conversations/{id}/handoff");
    assert_eq!(shop.post(&path, &visitor, json!({})).await.0, 200);
    let path = format!("/api/v1/conversations/{id}/handoff");
    let (status, problem) = shop.post(&path, &program, json!({})).await;
    assert!(matches!(status, 200 | 201 | 409), "{status} {problem}");

    let other = As::Program("sga_Other".into());
    assert_eq!(shop.get("/api/v1/conversations", &other).await.0, 200);
    shop.desk.clock.advance(3_000);
    assert_eq!(shop.get("/api/v1/conversations", &program).await.0, 200);
}

/// Attack case 56: an agent's console and what a visitor reads have limits too.
#[tokio::test]
async fn reading_has_a_limit_for_each_reader() {
    let shop = Shop::open().await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let mut refused = [0, 0];
    for _ in 0..700 {
        let floor = shop.get("/api/console/floor", &maya).await.0;
        refused[0] += usize::from(floor == 429);
        if refused[1] == 0 {
            let path = format!("/api/widget/conversations/{id}");
            refused[1] += usize::from(shop.get(&path, &visitor).await.0 == 429);
        }
        if refused[0] > 0 && refused[1] > 0 {
            break;
        }
    }
    assert!(refused[0] > 0 && refused[1] > 0, "{refused:?}");
    let jonas = shop.sign_in("jonas@shop.example").await;
    assert_eq!(shop.get("/api/console/floor", &jonas).await.0, 200);
}

/// Attack case 61: nobody opens a thousand conversations.
#[tokio::test]
async fn a_customer_has_a_few_conversations_at_a_time() {
    let shop = Shop::open().await;
    let (visitor, first) = shop.arrive().await;
    let mut opened = 1;
    for _ in 0..1_000 {
        shop.desk.clock.advance(2_000);
        let path = "/api/widget/conversations";
        let (status, problem) = shop.post(path, &visitor, json!({ "language": "en" })).await;
        if status != 201 {
            assert_eq!(
                (status, problem["code"].as_str()),
                (409, Some("too_many_open"))
            );
            break;
        }
        opened += 1;
    }
    assert_eq!(opened, 10);
    // The ones that are there go on, and one that ends makes room.
    let path = format!("/api/widget/conversations/{first}/resolve");
    assert_eq!(shop.post(&path, &visitor, json!({})).await.0, 200);
    let path = "/api/widget/conversations";
    let (status, _) = shop.post(path, &visitor, json!({ "language": "en" })).await;
    assert_eq!(status, 201);
}

/// Attack case 59: bodies that are deep, large or wide.
#[tokio::test]
async fn a_body_that_nobody_writes_is_refused() {
    let shop = Shop::open().await;
    let (visitor, id) = shop.arrive().await;
    let As::Visitor(token) = &visitor else {
        unreachable!("arriving makes a visitor")
    };
    let deep = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    let arrays = format!(r#"{{"text":{}"#, "[".repeat(50_000));
    let large = format!(r#"{{"text":"{}"}}"#, "x".repeat(10 << 20));
    let fields: String = (0..1_000_000).map(|n| format!(r#""f{n}":1,"#)).collect();
    let wide = format!("{{{fields}\"text\":\"hi\"}}");
    for (name, body, expected) in [
        ("deep", deep, 400),
        ("arrays", arrays, 400),
        ("large", large, 413),
        ("wide", wide, 413),
    ] {
        let request = Request::post(format!("/api/widget/conversations/{id}/messages"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::from(body));
        let response = shop.router.clone().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), expected, "{name}");
        let kind = &response.headers()[header::CONTENT_TYPE];
        assert_eq!(kind, "application/problem+json", "{name}");
    }
}

/// Attack case 59: a body that comes drop by drop.
#[tokio::test]
async fn a_body_that_never_ends_is_cut_off() {
    let soon = Duration::from_millis(50);
    let shop = Shop::open_with(with_rates(|rates| rates.body_within = soon)).await;
    let drops = stream::iter([Ok::<_, std::io::Error>("{")]);
    let endless = futures_util::StreamExt::chain(drops, stream::pending());
    let request = Request::post("/api/widget/visitors")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from_stream(endless))
        .unwrap();
    let response = shop.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 408);
}

/// A shop that listens on loopback with limits of its own.
async fn street(router: Router, limits: ConnectionLimits, proxies: Proxies) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(
        listener,
        router,
        limits,
        proxies,
        std::future::pending(),
    ));
    address
}

async fn ask(address: SocketAddr, head: &str, body: &str) -> String {
    let mut line = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nHost: segue.test\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    );
    line.write_all(format!("{request}\r\n{body}").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Attack case 56: behind a proxy each customer has limits of their own, and a header that
/// anybody can write gives nobody new ones.
#[tokio::test]
async fn customers_behind_a_proxy_are_told_apart() {
    let few = || with_rates(|rates| rates.arrivals = Rate::new(2.0, 0.01));
    let trusted: Vec<ipnet::IpNet> = vec!["127.0.0.0/8".parse().unwrap()];
    for is_trusted in [true, false] {
        let proxies = Proxies::new(if is_trusted { trusted.clone() } else { vec![] });
        let set = {
            let proxies = proxies.clone();
            move |app: App| few()(app).with_proxies(proxies)
        };
        let shop = Shop::open_with(set).await;
        let body = json!({ "inbox": shop.site_key }).to_string();
        let address = street(shop.router.clone(), ConnectionLimits::default(), proxies).await;
        let mut statuses = Vec::new();
        for customer in [
            "198.51.100.1",
            "198.51.100.1",
            "198.51.100.1",
            "198.51.100.2",
        ] {
            let mut line = TcpStream::connect(address).await.unwrap();
            let request = format!(
                "POST /api/widget/visitors HTTP/1.1\r\nHost: segue.test\r\nConnection: close\r\nX-Forwarded-For: 1.1.1.1, {customer}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            line.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            line.read_to_string(&mut answer).await.unwrap();
            statuses.push(answer[9..12].to_string());
        }
        let last = if is_trusted { "201" } else { "429" };
        assert_eq!(statuses, ["201", "201", "429", last]);
    }
}

/// Attack case 62: whoever makes up customers fills no queue from one address, and a
/// customer from elsewhere comes in behind a bounded number of them.
#[tokio::test]
async fn made_up_customers_of_one_address_fill_no_queue() {
    let proxies = Proxies::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let set = {
        let proxies = proxies.clone();
        move |app: App| app.with_proxies(proxies)
    };
    let shop = Shop::open_with(set).await;
    let address = street(shop.router.clone(), ConnectionLimits::default(), proxies).await;
    let arrive = async |from: &str| {
        let body = json!({ "inbox": shop.site_key }).to_string();
        let head = format!(
            "X-Forwarded-For: {from}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        let mut line = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "POST /api/widget/visitors HTTP/1.1\r\nHost: segue.test\r\nConnection: close\r\n{head}\r\n{body}"
        );
        line.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let arrived: Value = serde_json::from_str(body).unwrap();
        head.starts_with("HTTP/1.1 201")
            .then(|| As::Visitor(arrived["token"].as_str().unwrap().into()))
    };
    let wish = async |visitor: &As| {
        let opening = json!({ "language": "en" });
        let (status, view) = shop
            .post("/api/widget/conversations", visitor, opening)
            .await;
        assert_eq!(status, 201, "{view}");
        let id = view["id"].as_str().unwrap().to_string();
        let path = format!("/api/widget/conversations/{id}/handoff");
        assert_eq!(shop.post(&path, visitor, json!({})).await.0, 200);
        id
    };
    let mut spam = 0;
    for _ in 0..100 {
        if let Some(visitor) = arrive("198.51.100.1").await {
            // Each asks twice; the second waits behind everybody's first.
            wish(&visitor).await;
            wish(&visitor).await;
            shop.desk.clock.advance(1);
            spam += 1;
        }
    }
    let burst = Rates::default().arrivals.burst as usize;
    assert_eq!(
        spam, burst,
        "one address makes no more customers than that at once"
    );
    let honest = arrive("203.0.113.9").await.expect("somebody else comes in");
    let id = wish(&honest).await;
    let order = shop.desk.store.read(|tx| {
        let workspace = tx.first_workspace()?.expect("the shop");
        let mut waiting = tx.waiting(&workspace.id)?;
        segue_core::queue::order(&mut waiting);
        Ok::<_, segue_store::Error>(waiting)
    });
    let order = order.await.unwrap();
    assert_eq!(order.len(), 2 * burst + 1);
    let place = order
        .iter()
        .position(|it| it.conversation_id.as_str() == id);
    assert_eq!(
        place,
        Some(burst),
        "behind one of each, before their second ones"
    );
}

/// Attack cases 41 and 57: a head that comes slowly, an idle line, a head without end.
#[tokio::test]
async fn slow_and_endless_heads_are_cut_off() {
    let shop = Shop::open().await;
    let limits = ConnectionLimits {
        head: Duration::from_millis(150),
        ..ConnectionLimits::default()
    };
    let address = street(shop.router.clone(), limits, Proxies::default()).await;
    for begun in [
        "",
        "GET /health/live HTTP/1.1\r\n",
        "GET /health/live HTTP/1.1\r\nHost: a\r\nX-",
    ] {
        let mut line = TcpStream::connect(address).await.unwrap();
        line.write_all(begun.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(20), line.read_to_end(&mut rest));
        ended.await.expect("the line was not cut").unwrap();
    }
    // A head that never ends is refused before it has filled anything.
    let mut line = TcpStream::connect(address).await.unwrap();
    line.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let mut written = 0;
    while line.write_all(&[b'x'; 4096]).await.is_ok() {
        written += 4096;
        assert!(written < 64 << 20, "the line was never cut");
        tokio::task::yield_now().await;
    }
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    let mut line = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /health/live HTTP/1.1\r\nHost: a\r\n{many}\r\n");
    line.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

/// Attack case 57: one address cannot take every connection, and a full house does not
/// fall over.
#[tokio::test]
async fn connections_have_a_cap_for_each_address_and_for_all() {
    let shop = Shop::open().await;
    let limits = ConnectionLimits {
        of_one_address: 3,
        ..ConnectionLimits::default()
    };
    let address = street(shop.router.clone(), limits, Proxies::default()).await;
    let mut lines = Vec::new();
    for _ in 0..3 {
        let mut line = TcpStream::connect(address).await.unwrap();
        line.write_all(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        let mut first = [0; 12];
        line.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        lines.push(line);
    }
    let mut fourth = TcpStream::connect(address).await.unwrap();
    let mut nothing = Vec::new();
    // Hung up on, in whichever way the system says so.
    let _ = fourth.read_to_end(&mut nothing).await;
    assert!(nothing.is_empty());
    drop(lines);
    loop {
        let answer = tokio::time::timeout(Duration::from_secs(20), async {
            let mut line = TcpStream::connect(address).await.ok()?;
            line.write_all(b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                .await
                .ok()?;
            let mut answer = String::new();
            line.read_to_string(&mut answer).await.ok()?;
            answer.starts_with("HTTP/1.1 200").then_some(())
        });
        if answer.await.expect("nobody was let in again").is_some() {
            break;
        }
        tokio::task::yield_now().await;
    }

    let limits = ConnectionLimits {
        all: 2,
        ..ConnectionLimits::default()
    };
    let address = street(shop.router.clone(), limits, Proxies::default()).await;
    let held = [
        TcpStream::connect(address).await.unwrap(),
        TcpStream::connect(address).await.unwrap(),
    ];
    // The third waits in the system's line until a place is free.
    let third = ask(address, "GET /health/live", "");
    let mut third = std::pin::pin!(third);
    let early = tokio::time::timeout(Duration::from_millis(200), &mut third).await;
    assert!(early.is_err());
    drop(held);
    let late = tokio::time::timeout(Duration::from_secs(20), third).await;
    assert!(late.unwrap().starts_with("HTTP/1.1 200"));
}
