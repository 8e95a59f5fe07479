//! What comes over a socket and is no frame of ours ends that socket with a code, and
//! nothing else. Spoken here by hand, because no client library would say such things.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use segue_server::http::{Proxies, Rate, Rates};
use segue_server::listen::{ConnectionLimits, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::shop::{As, Shop};

/// Longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(30);
const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const PING: u8 = 0x89;

struct Street {
    shop: Shop,
    address: SocketAddr,
}

impl Street {
    async fn open() -> Self {
        Self::with(Rates::default()).await
    }

    async fn with(rates: Rates) -> Self {
        let shop = Shop::open_with(|app| app.with_rates(rates)).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let hub = shop.tools.hub.clone();
        tokio::spawn(hub.serve(shop.desk.store.clone()));
        let (router, limits) = (shop.router.clone(), ConnectionLimits::default());
        let for_ever = std::future::pending();
        tokio::spawn(serve(
            listener,
            router,
            limits,
            Proxies::default(),
            for_ever,
        ));
        Self { shop, address }
    }

    /// A socket after its handshake.
    async fn dial(&self, path: &str, headers: &str) -> Raw {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        Raw(stream)
    }

    async fn is_alive(&self) -> bool {
        self.shop.get("/health/ready", &As::Nobody).await.0 == 200
    }
}

struct Raw(TcpStream);

/// A frame as a client masks it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = head(first, payload.len(), 0x80);
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

fn head(first: u8, length: usize, mask: u8) -> Vec<u8> {
    let mut head = vec![first];
    match length {
        0..=125 => head.push(mask | length as u8),
        126..=0xffff => {
            head.push(mask | 126);
            head.extend((length as u16).to_be_bytes());
        }
        _ => {
            head.push(mask | 127);
            head.extend((length as u64).to_be_bytes());
        }
    }
    head
}

impl Raw {
    async fn say(&mut self, bytes: &[u8]) {
        // Whoever was cut off meanwhile hears of it by reading.
        let _ = self.0.write_all(bytes).await;
    }

    /// The next frame of the server: its first byte and its payload.
    async fn hear(&mut self) -> Option<(u8, Vec<u8>)> {
        let first = self.0.read_u8().await.ok()?;
        let length = match self.0.read_u8().await.ok()? {
            126 => usize::from(self.0.read_u16().await.ok()?),
            127 => self.0.read_u64().await.ok()? as usize,
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).await.ok()?;
        Some((first, payload))
    }

    /// The code that the socket is closed with; 0 where it is cut without one.
    async fn code(&mut self) -> u16 {
        let closing = async {
            loop {
                match self.hear().await {
                    Some((0x88, payload)) if payload.len() >= 2 => {
                        return u16::from_be_bytes([payload[0], payload[1]]);
                    }
                    Some(_) => {}
                    None => return 0,
                }
            }
        };
        let closed = tokio::time::timeout(PATIENCE, closing).await;
        closed.expect("the socket stays open")
    }

    /// The next text frame of a type.
    async fn text(&mut self, kind: &str) -> Value {
        let heard = async {
            while let Some((first, payload)) = self.hear().await {
                if first == TEXT {
                    let value: Value = serde_json::from_slice(&payload).unwrap();
                    if value["type"] == kind {
                        return value;
                    }
                }
            }
            panic!("the socket ended");
        };
        let heard = tokio::time::timeout(PATIENCE, heard).await;
        heard.expect("nothing came over the socket")
    }
}

fn hello(visitor: &As, id: &str, after: u64) -> String {
    let As::Visitor(token) = visitor else {
        panic!("only visitors say hello")
    };
    json!({ "type": "hello", "token": token, "conversation": id, "after": after }).to_string()
}

/// What is no frame of ours, and the code that answers it.
fn nonsense() -> Vec<(&'static str, Vec<u8>, u16)> {
    let text = |text: &str| frame(TEXT, text.as_bytes());
    let deep = format!("{}1{}", r#"{"type":"#.repeat(1_500), "}".repeat(1_500));
    let mut unmasked = head(TEXT, 2, 0);
    unmasked.extend(b"{}");
    let mut split_ping = frame(0x09, b"half");
    split_ping.extend(frame(0x80, b"other half"));
    let mut halves = frame(0x01, &[b'x'; 12 * 1024]);
    halves.extend(frame(0x80, &[b'x'; 12 * 1024]));
    let mut cut_letter = frame(0x01, b"{\"type\":\"\xf0\x9f");
    cut_letter.extend(frame(0x80, b"typing\"}"));
    vec![
        ("an unknown type", text(r#"{"type":"resolve"}"#), 4400),
        ("a wrong type", text(r#"{"type":7}"#), 4400),
        (
            "a type twice",
            text(r#"{"type":"ping","type":"typing"}"#),
            4400,
        ),
        (
            "a missing field",
            text(r#"{"type":"hello","token":"sgv_1"}"#),
            4400,
        ),
        (
            "a field of another type",
            text(r#"{"type":"subscribe","conversation":[1]}"#),
            4400,
        ),
        (
            "a number without end",
            text(r#"{"type":"subscribe","conversation":"x","after":1e999}"#),
            4400,
        ),
        ("no object", text("[]"), 4400),
        ("no JSON", text("hello?"), 4400),
        ("nothing", text(""), 4400),
        ("depths", text(&deep), 4400),
        ("a NUL", text("{\"type\":\"\\u0000\"}"), 4400),
        ("binary", frame(BINARY, &[0; 8]), 4400),
        ("no UTF-8", frame(TEXT, b"{\"type\":\"\xff\xfe\"}"), 1007),
        ("half a letter", cut_letter, 1007),
        ("64 KiB and one", frame(TEXT, &[b'x'; 64 * 1024 + 1]), 1009),
        ("two halves of too much", halves, 1009),
        (
            "a length of 2^63",
            {
                let mut f = head(TEXT, usize::MAX >> 1, 0x80);
                f.extend([0; 8]);
                f
            },
            1009,
        ),
        ("no mask", unmasked, 1002),
        ("a reserved opcode", frame(0x83, b""), 1002),
        ("a reserved control", frame(0x8b, b""), 1002),
        ("reserved bits", frame(0xf1, b"{}"), 1002),
        ("a rest without a beginning", frame(0x80, b"{}"), 1002),
        ("a long ping", frame(PING, &[b'x'; 126]), 1002),
        ("a ping in pieces", split_ping, 1002),
    ]
}

/// Attack case 64, on a widget's socket before and after its hello, and on a console's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_frame_ends_its_socket_with_a_code() {
    let street = Street::open().await;
    let (visitor, id) = street.shop.arrive().await;
    let maya = street.shop.sign_in("maya@shop.example").await;
    let As::Agent { cookie, .. } = &maya else {
        unreachable!("sign_in makes agents")
    };
    for (name, bytes, expected) in nonsense() {
        let mut line = street.dial("/api/widget/socket", "").await;
        line.say(&bytes).await;
        assert_eq!(line.code().await, expected, "{name}, before hello");

        let mut line = street.dial("/api/widget/socket", "").await;
        line.say(&frame(TEXT, hello(&visitor, &id, 0).as_bytes()))
            .await;
        line.text("welcome").await;
        line.say(&bytes).await;
        assert_eq!(line.code().await, expected, "{name}, after hello");

        let cookie = format!("Cookie: {cookie}\r\n");
        let mut line = street.dial("/api/console/socket", &cookie).await;
        line.text("welcome").await;
        line.say(&bytes).await;
        assert_eq!(line.code().await, expected, "{name}, to the console");
    }
    assert!(street.is_alive().await);
}

/// Attack case 64: a hello in many pieces, with pings between them, is one hello.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_in_pieces_is_one_frame() {
    let street = Street::open().await;
    let (visitor, id) = street.shop.arrive().await;
    let said = hello(&visitor, &id, 0);
    let mut line = street.dial("/api/widget/socket", "").await;
    let pieces: Vec<&[u8]> = said.as_bytes().chunks(7).collect();
    for (n, piece) in pieces.iter().enumerate() {
        let first = match (n == 0, n + 1 == pieces.len()) {
            (true, _) => 0x01,
            (false, false) => 0x00,
            (false, true) => 0x80,
        };
        line.say(&frame(first, piece)).await;
        line.say(&frame(PING, b"")).await;
    }
    assert_eq!(
        line.text("welcome").await["conversation"]["id"],
        id.as_str()
    );
}

/// Attack cases 56 and 64: a flood of pings ends the socket that it comes over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_pings_is_cut_off() {
    let rates = Rates {
        frames: Rate::new(50.0, 0.1),
        sockets: 3,
        ..Rates::default()
    };
    let street = Street::with(rates).await;
    let (visitor, id) = street.shop.arrive().await;
    let said = frame(TEXT, hello(&visitor, &id, 0).as_bytes());
    let mut line = street.dial("/api/widget/socket", "").await;
    line.say(&said).await;
    line.text("welcome").await;
    line.say(&frame(PING, b"").repeat(200)).await;
    assert_eq!(line.code().await, 4429);

    // And nobody opens sockets without end; the one that was cut off may still count.
    let mut lines = Vec::new();
    let refused = loop {
        let mut line = street.dial("/api/widget/socket", "").await;
        line.say(&said).await;
        let first = line.hear().await.expect("it answers");
        if first.1.starts_with(b"{\"type\":\"welcome\"") {
            lines.push(line);
            assert!(lines.len() <= 3, "there is no cap");
        } else {
            break line.code().await;
        }
    };
    assert_eq!(refused, 4429);
}

/// Attack case 64: bytes at random, and frames of ours with some of their bytes changed.
/// Whatever they are, the socket answers or ends, and no task panics.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arbitrary_bytes_harm_nobody() {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let is_ours = |file: &str| !file.contains("tests/");
        if info.location().is_some_and(|place| is_ours(place.file())) {
            PANICS.fetch_add(1, Ordering::Relaxed);
        }
        before(info);
    }));
    let street = Street::with(Rates {
        connects: Rate::new(1e6, 1e6),
        ..Rates::default()
    })
    .await;
    let (visitor, id) = street.shop.arrive().await;
    // A small generator with a fixed seed: what is sent is the same each time.
    let mut dice = 11_u64;
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (dice >> 33) as usize % sides
    };
    for round in 0..250 {
        let mut bytes = match round % 3 {
            0 => Vec::new(),
            1 => frame(TEXT, hello(&visitor, &id, 0).as_bytes()),
            _ => nonsense().swap_remove(roll(24)).1,
        };
        bytes.truncate(20_000);
        if bytes.is_empty() {
            bytes = (0..=roll(300)).map(|_| roll(256) as u8).collect();
        } else {
            for _ in 0..=roll(6) {
                let place = roll(bytes.len());
                bytes[place] = roll(256) as u8;
            }
        }
        let mut line = street.dial("/api/widget/socket", "").await;
        line.say(&bytes).await;
        // A frame that is not whole may keep it waiting: our end closes it.
        let _ = line.0.shutdown().await;
        line.code().await;
    }
    assert!(street.is_alive().await);
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}

async fn queued(street: &Street) -> (As, String, u64) {
    let (visitor, id) = street.shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    let (_, view) = street.shop.post(&path, &visitor, json!({})).await;
    (visitor, id, view["seq"].as_u64().unwrap())
}

/// Attack cases 65 and 66: messages sent at once, late, twice and in any order get numbers
/// without a gap, each one, and a socket shows each once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_in_any_order_and_twice_are_numbered_once() {
    let street = Street::open().await;
    let (visitor, id, before) = queued(&street).await;
    let mut line = street.dial("/api/widget/socket", "").await;
    line.say(&frame(TEXT, hello(&visitor, &id, before).as_bytes()))
        .await;
    line.text("welcome").await;

    let path = format!("/api/widget/conversations/{id}/messages");
    let send = |n: u32| {
        let body =
            json!({ "client_message_id": format!("message-{n}"), "text": format!("line {n}") });
        street.shop.post(&path, &visitor, body)
    };
    // Seven messages, the later ones first, each three times, all at once.
    let sent = (0..21).rev().map(|n| send(n % 7));
    let answers = futures_util::future::join_all(sent).await;
    let mut seqs: Vec<(u32, u64)> = Vec::new();
    for (n, (status, answer)) in (0..21).rev().zip(answers) {
        assert!(matches!(status, 200 | 429), "{answer}");
        if status == 200 {
            seqs.push((n % 7, answer["seq"].as_u64().unwrap()));
        }
    }
    seqs.sort_unstable();
    seqs.dedup();
    let mut numbers: Vec<u64> = seqs.iter().map(|(_, seq)| *seq).collect();
    assert_eq!(seqs.len(), 7, "each message has one number: {seqs:?}");
    numbers.sort_unstable();
    let expected: Vec<u64> = (before + 1..=before + 7).collect();
    assert_eq!(numbers, expected, "without a gap");

    let mut seen = Vec::new();
    while seen.len() < 7 {
        let frame = line.text("events").await;
        let events = frame["events"].as_array().unwrap().clone();
        seen.extend(events.iter().map(|event| event["seq"].as_u64().unwrap()));
    }
    assert_eq!(seen, expected);
}

/// Attack case 67: what an old session sent opens nothing and changes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_of_an_old_session_are_refused() {
    let street = Street::open().await;
    let shop = &street.shop;
    let (visitor, id, _) = queued(&street).await;
    let maya = shop.sign_in("maya@shop.example").await;
    let As::Agent { cookie, .. } = &maya else {
        unreachable!("sign_in makes agents")
    };
    let epoch = shop.view(&visitor, &id).await["epoch"].clone();
    let accept = format!("/api/console/conversations/{id}/accept");
    let (status, detail) = shop.post(&accept, &maya, json!({ "epoch": epoch })).await;
    assert_eq!(status, 200, "{detail}");
    let reply = format!("/api/console/conversations/{id}/reply");
    let said = json!({ "client_message_id": "agent-0001", "text": "hello", "epoch": detail["item"]["epoch"] });
    assert_eq!(shop.post(&reply, &maya, said.clone()).await.0, 200);

    let (status, _, _) = shop
        .raw("DELETE", "/api/console/session", &maya, None, &[])
        .await;
    assert_eq!(status, 204);
    for (path, body) in [(&accept, json!({ "epoch": epoch })), (&reply, said.clone())] {
        assert_eq!(shop.post(path, &maya, body).await.0, 401);
    }
    let mut stream = TcpStream::connect(street.address).await.unwrap();
    let request = format!(
        "GET /api/console/socket HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCookie: {cookie}\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        street.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 401");

    // Signed in again: the same words under the same id are the same message, and words
    // of an epoch that is over are refused.
    let again = shop.sign_in("maya@shop.example").await;
    let before = shop.view(&visitor, &id).await["seq"].clone();
    assert_eq!(shop.post(&reply, &again, said).await.0, 200);
    let stale = json!({ "client_message_id": "agent-0002", "text": "hello again", "epoch": epoch });
    let (status, problem) = shop.post(&reply, &again, stale).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (409, Some("stale_epoch"))
    );
    assert_eq!(shop.view(&visitor, &id).await["seq"], before);
}
