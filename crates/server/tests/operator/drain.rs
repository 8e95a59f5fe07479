//! Attack case 80: a stop by signal lets open requests end, tells sockets to go elsewhere,
//! lets jobs go, and is over in time; a second signal ends it at once.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::process::{Folder, Server, answer, ask, request};

#[test]
fn a_request_that_was_begun_is_answered_after_the_signal() {
    let folder = Folder::new("drain-request");
    let data = folder.at("data");
    let server = Server::start(&["--data", &data]);
    let (token, conversation) = server.customer(Path::new(&data));
    let path = format!("/api/widget/conversations/{conversation}/messages");
    let line = json!({ "client_message_id": "message-1", "text": "line 1" });
    let whole = request(&server.host, "POST", &path, &token, &line);
    let (first, rest) = whole.split_at(whole.len() - 8);
    let mut begun = server.connect();
    begun.write_all(first.as_bytes()).unwrap();
    // It stands in the server's hands once another, later one was answered.
    assert_eq!(server.say(&token, &conversation, 2, "line 2"), 200);
    server.signal("-TERM");
    refused(&server);
    begun.write_all(rest.as_bytes()).unwrap();
    let (status, _) = answer(begun);
    assert_eq!(status, 200);
    let (is_well, said) = server.ended();
    assert!(
        is_well && said.contains("a second signal ends it at once"),
        "{said}"
    );
    let again = Server::start(&["--data", &data]);
    assert_eq!(again.lines(&token, &conversation), ["line 2", "line 1"]);
}

/// A request whose rest will never come, in the server's hands.
fn half_a_request(server: &Server) -> TcpStream {
    let body = json!({ "inbox": "a key that is not there" });
    let whole = request(&server.host, "POST", "/api/widget/visitors", "", &body);
    let mut begun = server.connect();
    begun
        .write_all(&whole.as_bytes()[..whole.len() - 4])
        .unwrap();
    // Another, later one was answered.
    let (status, _) = server.call("GET", "/health/ready", "", &Value::Null);
    assert_eq!(status, 200);
    begun
}

/// Waits until nobody new is let in.
fn refused(server: &Server) {
    while TcpStream::connect(&server.host).is_ok() {
        std::thread::yield_now();
    }
}

#[test]
fn sockets_are_told_to_go_elsewhere_and_an_unfinished_request_holds_nobody_up() {
    let folder = Folder::new("drain-socket");
    let data = folder.at("data");
    let server = Server::start(&["--data", &data]);
    let (token, conversation) = server.customer(Path::new(&data));
    let _never_ends = half_a_request(&server);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let code = runtime.block_on(async {
        let url = format!("ws://{}/api/widget/socket", server.host);
        let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let hello =
            json!({ "type": "hello", "token": token, "conversation": conversation, "after": 0 });
        socket.send(Message::text(hello.to_string())).await.unwrap();
        let welcome = socket.next().await.unwrap().unwrap();
        assert!(welcome.to_text().unwrap().contains("welcome"));
        server.signal("-TERM");
        loop {
            match socket.next().await.expect("it says why it ends").unwrap() {
                Message::Close(frame) => break frame.unwrap().code,
                _ => continue,
            }
        }
    });
    assert_eq!(u16::from(code), 1001);
    let (is_well, said) = server.ended();
    assert!(is_well, "{said}");
    // Everything was carried over into the file.
    assert_eq!(
        segue_store::examine_log(Path::new(&data)).unwrap(),
        segue_store::LogState::Empty
    );
}

#[test]
fn a_job_that_waits_for_a_model_is_let_go_at_once_and_does_not_count() {
    let model = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", model.local_addr().unwrap());
    let folder = Folder::new("drain-job");
    let data = folder.at("data");
    let articles = folder.0.join("kb");
    std::fs::create_dir(&articles).unwrap();
    let text =
        "# Return something\n\nYou can return unused goods within 60 days, free of charge.\n";
    std::fs::write(articles.join("returns.md"), text).unwrap();
    let server = Server::start(&["--data", &data, "--model-url", &url, "--model-name", "slow"]);
    let imported =
        crate::process::segue(&["kb", "import", articles.to_str().unwrap(), "--data", &data]);
    assert!(imported.status.success());
    let (token, conversation) = server.customer(Path::new(&data));
    server.say(&token, &conversation, 1, "Can I return unused goods?");
    // The model is asked and never answers.
    let (mut asked, _) = model.accept().unwrap();
    let mut head = [0; 16];
    asked.read_exact(&mut head).unwrap();
    server.signal("-TERM");
    let (is_well, said) = server.ended();
    assert!(is_well, "{said}");
    let jobs = ask(Path::new(&data), |tx| tx.count_jobs());
    assert_eq!(jobs, [("ready".to_string(), 1)]);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = Folder::new("drain-second");
    let data = folder.at("data");
    let server = Server::start(&["--data", &data]);
    let _never_ends = half_a_request(&server);
    server.signal("-TERM");
    refused(&server);
    server.signal("-TERM");
    let (is_well, said) = server.ended();
    assert!(!is_well && said.contains("ended at once"), "{said}");
}
