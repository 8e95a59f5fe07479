//! The sockets over loopback: they resume, show nobody what is not theirs, and are cut
//! off with a code when they are too slow.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use segue_server::live::Hub;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::shop::{As, Shop};

/// Longer than anything takes here; what has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A shop that listens on loopback.
struct Street {
    shop: Shop,
    address: SocketAddr,
}

type Line = WebSocketStream<TcpStream>;

impl Street {
    async fn open() -> Self {
        let shop = Shop::open().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let hub: Hub = shop.tools.hub.clone();
        tokio::spawn(hub.serve(shop.desk.store.clone()));
        let service = shop.router.clone();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { shop, address }
    }

    /// Connects with little room for what is not read, so that a reader who does not read is
    /// soon known for one.
    async fn dial(&self, path: &str, headers: &[(&'static str, &str)]) -> Result<Line, u16> {
        let mut request = format!("ws://{}{path}", self.address)
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(8 << 10).unwrap();
        let stream = socket.connect(self.address).await.unwrap();
        match client_async(request, stream).await {
            Ok((line, _)) => Ok(line),
            Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => {
                Err(answer.status().as_u16())
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// A widget's socket after its hello.
    async fn widget(&self, visitor: &As, id: &str, after: u64) -> Line {
        let As::Visitor(token) = visitor else {
            panic!("only visitors have widgets")
        };
        let mut line = self.dial("/api/widget/socket", &[]).await.unwrap();
        let hello = json!({ "type": "hello", "token": token, "conversation": id, "after": after });
        say(&mut line, &hello).await;
        line
    }

    /// A console's socket that listens to a conversation.
    async fn console(&self, agent: &As, id: &str) -> Line {
        let As::Agent { cookie, .. } = agent else {
            panic!("only agents have consoles")
        };
        let mut line = self
            .dial("/api/console/socket", &[("cookie", cookie)])
            .await
            .unwrap();
        let frame = json!({ "type": "subscribe", "conversation": id, "after": 0 });
        say(&mut line, &frame).await;
        line
    }
}

async fn say(line: &mut Line, frame: &Value) {
    line.send(Message::text(frame.to_string())).await.unwrap();
}

/// What came over a socket: a frame, or the code that it was closed with.
enum Heard {
    Frame(Value),
    Closed(u16),
}

async fn hear(line: &mut Line) -> Heard {
    loop {
        let message = tokio::time::timeout(PATIENCE, line.next()).await;
        match message.expect("nothing came over the socket") {
            Some(Ok(Message::Text(text))) => {
                return Heard::Frame(serde_json::from_str(&text).unwrap());
            }
            Some(Ok(Message::Close(frame))) => {
                return Heard::Closed(frame.map_or(0, |frame| frame.code.into()));
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Heard::Closed(0),
        }
    }
}

/// The next events frame.
async fn events(line: &mut Line) -> Value {
    loop {
        match hear(line).await {
            Heard::Frame(frame) if frame["type"] == "events" => return frame,
            Heard::Frame(_) => {}
            Heard::Closed(code) => panic!("closed with {code}"),
        }
    }
}

async fn code(line: &mut Line) -> u16 {
    loop {
        if let Heard::Closed(code) = hear(line).await {
            return code;
        }
    }
}

async fn send(shop: &Shop, visitor: &As, id: &str, n: u64, text: &str) {
    let body = json!({ "client_message_id": format!("message-{n}"), "text": text });
    let path = format!("/api/widget/conversations/{id}/messages");
    let (status, problem) = shop.post(&path, visitor, body).await;
    assert_eq!(status, 200, "{problem}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_breaks_again_and_again_gets_every_event_once_and_in_order() {
    const MESSAGES: u64 = 300;
    let street = Street::open().await;
    let (visitor, id) = street.shop.arrive().await;
    // A human waits, so the assistant does not answer in between.
    let path = format!("/api/widget/conversations/{id}/handoff");
    street.shop.post(&path, &visitor, json!({})).await;
    let before = street.shop.view(&visitor, &id).await["seq"]
        .as_u64()
        .unwrap();

    let talking = async {
        for n in 0..MESSAGES {
            // The fake clock gives every message its turn at the rate limit.
            street.shop.desk.clock.advance(2_000);
            send(&street.shop, &visitor, &id, n, &format!("line {n}")).await;
        }
    };
    let listening = async {
        // A small generator with a fixed seed: where the line breaks is the same each time.
        let mut dice = 7_u64;
        let (mut seen, mut after) = (Vec::new(), 0);
        while after < before + MESSAGES {
            let mut line = street.widget(&visitor, &id, after).await;
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            for _ in 0..(dice >> 33) % 5 + 1 {
                if after >= before + MESSAGES {
                    break;
                }
                let frame = events(&mut line).await;
                let new = frame["events"].as_array().unwrap().iter();
                seen.extend(new.map(|event| event["seq"].as_u64().unwrap()));
                after = frame["through_seq"].as_u64().unwrap();
            }
        }
        seen
    };
    let (seen, ()) = tokio::join!(listening, talking);
    assert!(
        seen.is_sorted_by(|a, b| a < b),
        "each event once and in order: {seen:?}"
    );
    let said = seen.iter().filter(|seq| **seq > before).count() as u64;
    assert_eq!(said, MESSAGES, "no line is lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_is_covered_by_the_cursor_but_never_shown_to_the_customer() {
    let street = Street::open().await;
    let shop = &street.shop;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    let (_, view) = shop.post(&path, &visitor, json!({})).await;
    let path = format!("/api/console/conversations/{id}/accept");
    let (status, detail) = shop
        .post(&path, &maya, json!({ "epoch": view["epoch"] }))
        .await;
    assert_eq!(status, 200, "{detail}");

    let mut widget = street.widget(&visitor, &id, 0).await;
    let mut console = street.console(&maya, &id).await;
    let through = events(&mut widget).await["through_seq"].as_u64().unwrap();
    events(&mut console).await;

    let note = json!({ "client_message_id": "agent-note-1", "text": "between us" });
    let path = format!("/api/console/conversations/{id}/note");
    assert_eq!(shop.post(&path, &maya, note).await.0, 200);
    let shown = events(&mut widget).await;
    assert_eq!(shown["through_seq"], through + 1, "no gap is seen");
    assert_eq!(shown["events"], json!([]));
    assert_eq!(
        events(&mut console).await["events"][0]["body"]["text"],
        "between us"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_refused_with_a_code() {
    let street = Street::open().await;
    let (visitor, id) = street.shop.arrive().await;
    let (stranger, _) = street.shop.arrive().await;
    assert_eq!(
        code(&mut street.widget(&stranger, &id, 0).await).await,
        4404
    );
    let nobody = As::Visitor("sgv_guessed".into());
    assert_eq!(code(&mut street.widget(&nobody, &id, 0).await).await, 4401);

    let frames = [
        Message::text("{}"),
        Message::text(r#"{"type":"typing"}"#),
        Message::text("not json"),
        Message::binary(vec![0; 8]),
    ];
    for frame in frames {
        let mut line = street.dial("/api/widget/socket", &[]).await.unwrap();
        line.send(frame.clone()).await.unwrap();
        assert_eq!(code(&mut line).await, 4400, "{frame:?}");
    }
    let mut line = street.widget(&visitor, &id, 0).await;
    events(&mut line).await;
    // What is far too large ends the line at once, whichever side notices first.
    let _ = line.send(Message::text("x".repeat(1 << 20))).await;
    assert_ne!(code(&mut line).await, 1000);

    let maya = street.shop.sign_in("maya@shop.example").await;
    let As::Agent { cookie, .. } = &maya else {
        unreachable!("sign_in makes agents")
    };
    let from_elsewhere = [
        ("cookie", cookie.as_str()),
        ("origin", "https://evil.example"),
    ];
    assert_eq!(
        street
            .dial("/api/console/socket", &from_elsewhere)
            .await
            .err(),
        Some(403)
    );
    assert_eq!(
        street.dial("/api/console/socket", &[]).await.err(),
        Some(401)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_too_slow_is_cut_off_with_a_code_and_resumes() {
    let street = Street::open().await;
    let (visitor, id) = street.shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    street.shop.post(&path, &visitor, json!({})).await;
    let mut slow = street.widget(&visitor, &id, 0).await;
    let mut after = events(&mut slow).await["through_seq"].as_u64().unwrap();

    // Nobody reads: the buffers between us fill, then the backlog.
    let long = "x".repeat(4_000);
    let mut n = 0;
    while street.shop.tools.hub.sockets() > 0 {
        street.shop.desk.clock.advance(2_000);
        send(&street.shop, &visitor, &id, n, &long).await;
        n += 1;
        assert!(n < 20_000, "the socket was never cut off");
    }
    loop {
        match hear(&mut slow).await {
            Heard::Frame(frame) if frame["type"] == "events" => {
                after = frame["through_seq"].as_u64().unwrap();
            }
            Heard::Frame(_) => {}
            Heard::Closed(code) => break assert_eq!(code, 4408),
        }
    }
    let mut again = street.widget(&visitor, &id, after).await;
    let next = events(&mut again).await;
    assert_eq!(next["events"][0]["seq"], after + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_typing_signs_takes_no_message_and_no_line_away() {
    let street = Street::open().await;
    let shop = &street.shop;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    shop.post(&path, &visitor, json!({})).await;
    let mut widget = street.widget(&visitor, &id, 0).await;
    let mut console = street.console(&maya, &id).await;
    events(&mut console).await;
    for n in 0..10 {
        for _ in 0..200 {
            say(&mut widget, &json!({ "type": "typing" })).await;
        }
        shop.desk.clock.advance(2_000);
        send(shop, &visitor, &id, n, "a line").await;
    }
    let mut heard = 0;
    while heard < 10 {
        heard += events(&mut console).await["events"]
            .as_array()
            .unwrap()
            .len();
    }
}

/// Attack cases 2 and 5: whoever is out is out on open sockets too, at once and not at the
/// next look at the clock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_takes_its_sockets_along_at_once() {
    let street = Street::open().await;
    let shop = &street.shop;
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, id) = shop.arrive().await;
    let (_, people) = shop.get("/api/console/agents", &maya).await;
    let agents = people["agents"].as_array().unwrap();
    let jonas_id = agents
        .iter()
        .find(|agent| agent["name"] == "jonas")
        .unwrap()["id"]
        .as_str()
        .unwrap();
    let agent = format!("/api/console/agents/{jonas_id}");
    let password = json!({ "current": "correct horse", "password": "correct horse" });
    let own = ("DELETE", "/api/console/session", None);
    let everywhere = ("DELETE", "/api/console/sessions", None);
    let renewed = ("PUT", "/api/console/password", Some(password));
    let demoted = ("PATCH", agent.as_str(), Some(json!({ "role": "lead" })));
    let closed = ("PATCH", agent.as_str(), Some(json!({ "active": false })));
    for (by_admin, (method, path, body)) in [
        (false, own),
        (false, everywhere),
        (false, renewed),
        (true, demoted),
        (true, closed),
    ] {
        shop.desk.clock.advance(600_000);
        let jonas = shop.sign_in("jonas@shop.example").await;
        let mut his = street.console(&jonas, &id).await;
        events(&mut his).await;
        let mut hers = street.console(&maya, &id).await;
        events(&mut hers).await;
        let who = if by_admin { &maya } else { &jonas };
        let (status, _, answer) = shop.raw(method, path, who, body, &[]).await;
        assert!(status < 300, "{method} {path}: {answer}");
        // The next look at the clock would come after fifteen seconds.
        let heard = tokio::time::timeout(Duration::from_secs(10), code(&mut his)).await;
        assert_eq!(heard, Ok(4401), "{method} {path}");
        say(&mut hers, &json!({ "type": "ping" })).await;
        loop {
            match hear(&mut hers).await {
                Heard::Frame(frame) if frame["type"] == "pong" => break,
                Heard::Frame(_) => {}
                Heard::Closed(code) => panic!("a colleague's line was closed with {code}"),
            }
        }
    }
}

/// Attack case 16.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_console_hears_nothing_of_another_workspace() {
    let street = Street::open().await;
    let shop = &street.shop;
    shop.add_workspace("Other", &["eve"]).await;
    let eve = shop.sign_in("eve@other.example").await;
    let (visitor, id) = shop.arrive().await;
    let mut hers = street.console(&eve, &id).await;
    loop {
        match hear(&mut hers).await {
            Heard::Frame(frame) if frame["type"] == "error" => {
                assert_eq!(frame["code"], "not_found");
                break;
            }
            Heard::Frame(frame) => assert_eq!(frame["type"], "welcome"),
            Heard::Closed(code) => panic!("closed with {code}"),
        }
    }
    say(&mut hers, &json!({ "type": "typing", "conversation": id })).await;
    send(shop, &visitor, &id, 1, "between us and the shop").await;
    say(&mut hers, &json!({ "type": "ping" })).await;
    // What it hears next is the answer to that, and nothing before it.
    match hear(&mut hers).await {
        Heard::Frame(frame) => assert_eq!(frame["type"], "pong"),
        Heard::Closed(code) => panic!("closed with {code}"),
    }
}

/// Attack case 21: the sockets of a deleted company end with it, those of others do not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sockets_of_a_deleted_company_end_at_once() {
    let street = Street::open().await;
    let shop = &street.shop;
    shop.add_workspace("Other", &["eve"]).await;
    let eve = shop.sign_in("eve@other.example").await;
    let maya = shop.sign_in("maya@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let As::Agent { cookie, .. } = &eve else {
        unreachable!()
    };
    let own = [("cookie", cookie.as_str())];
    let mut theirs = street.dial("/api/console/socket", &own).await.unwrap();
    let mut hers = street.console(&maya, &id).await;
    events(&mut hers).await;
    let mut widget = street.widget(&visitor, &id, 0).await;
    events(&mut widget).await;
    let workspaces = shop.desk.store.read(|tx| tx.workspaces()).await.unwrap();
    let ours = workspaces.into_iter().find(|it| it.name == "Shop");
    shop.desk.delete_workspace(ours.unwrap().id).await.unwrap();
    // The next pulses would come after ten and fifteen seconds.
    let soon = Duration::from_secs(8);
    for line in [&mut hers, &mut widget] {
        let ended = tokio::time::timeout(soon, code(line)).await;
        assert!(ended.is_ok(), "a socket goes on");
    }
    let mut again = street.widget(&visitor, &id, 0).await;
    assert!([4401, 4404].contains(&code(&mut again).await));
    let As::Agent { cookie, .. } = &maya else {
        unreachable!()
    };
    let refused = street
        .dial("/api/console/socket", &[("cookie", cookie)])
        .await;
    match refused {
        Err(status) => assert_eq!(status, 401),
        Ok(mut line) => assert_eq!(code(&mut line).await, 4401),
    }
    say(&mut theirs, &json!({ "type": "ping" })).await;
    loop {
        match hear(&mut theirs).await {
            Heard::Frame(frame) if frame["type"] == "pong" => break,
            Heard::Frame(_) => {}
            Heard::Closed(code) => panic!("the other company's line was closed with {code}"),
        }
    }
}

/// Attack case 19: whoever listened while the assistant answered hears nothing of what
/// another team has taken over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_hears_nothing_more_once_another_team_answers() {
    let street = Street::open().await;
    let shop = &street.shop;
    let maya = shop.sign_in("maya@shop.example").await;
    let (_, ann_id) = shop.hire("ann").await;
    let (bea, _) = shop.hire("bea").await;
    shop.add_team(&maya, "Billing", &[&ann_id]).await;
    shop.send_wishes_to_billing().await;
    let (visitor, id) = shop.arrive().await;
    let mut line = street.console(&bea, &id).await;
    events(&mut line).await;
    let path = format!("/api/widget/conversations/{id}/handoff");
    assert_eq!(shop.post(&path, &visitor, json!({})).await.0, 200);
    send(shop, &visitor, &id, 1, "my card was charged twice").await;
    loop {
        match hear(&mut line).await {
            Heard::Frame(frame) if frame["type"] == "error" => {
                assert_eq!(frame["code"], "not_found");
                break;
            }
            Heard::Frame(frame) => assert_ne!(frame["type"], "events", "{frame}"),
            Heard::Closed(code) => panic!("closed with {code}"),
        }
    }
}

/// Nobody answers twice: an agent who writes is seen by whoever looks at the conversation,
/// and of a note the customer sees nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn colleagues_see_who_writes_and_the_customer_nothing_of_a_note() {
    let street = Street::open().await;
    let shop = &street.shop;
    let maya = shop.sign_in("maya@shop.example").await;
    let jonas = shop.sign_in("jonas@shop.example").await;
    let (visitor, id) = shop.arrive().await;
    let mut hers = street.console(&maya, &id).await;
    events(&mut hers).await;
    let mut his = street.console(&jonas, &id).await;
    events(&mut his).await;
    let mut widget = street.widget(&visitor, &id, 0).await;
    events(&mut widget).await;
    let types = json!({ "type": "typing", "conversation": id });
    let notes = json!({ "type": "typing", "conversation": id, "note": true });
    say(&mut his, &notes).await;
    assert_eq!(typing(&mut hers).await, json!(["agent", "jonas", true]));
    // The next sign within two seconds is one too many.
    shop.desk.clock.advance(3_000);
    say(&mut his, &types).await;
    assert_eq!(typing(&mut hers).await, json!(["agent", "jonas", false]));
    // The first that the customer sees is the second.
    assert_eq!(typing(&mut widget).await, json!(["agent", "jonas", null]));
    // He himself hears nothing of it.
    say(&mut his, &json!({ "type": "ping" })).await;
    loop {
        match hear(&mut his).await {
            Heard::Frame(frame) if frame["type"] == "pong" => break,
            Heard::Frame(frame) => assert_ne!(frame["type"], "typing"),
            Heard::Closed(code) => panic!("closed with {code}"),
        }
    }
}

/// Who is typing, by the next sign of it.
async fn typing(line: &mut Line) -> Value {
    loop {
        match hear(line).await {
            Heard::Frame(frame) if frame["type"] == "typing" => {
                return json!([frame["who"], frame["name"], frame["note"]]);
            }
            Heard::Frame(_) => {}
            Heard::Closed(code) => panic!("closed with {code}"),
        }
    }
}
