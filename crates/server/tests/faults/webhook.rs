//! The process dies while it tells another program what happened: before, or after the other
//! has taken it and nobody has noted that. In the end each conversation was told whole and in
//! order, and what was told twice came under one id.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use segue_core::audit::By;
use segue_core::webhook::{Shares, Topic};
use segue_server::desk::{Desk, WebhookChange};
use segue_server::edge::Clock;
use segue_store::{Store, View};
use serde_json::Value;

use crate::ground::{runtime, shop};
use crate::kill_points::POINTS_OF_WEBHOOKS;
use crate::left_behind;
use crate::post::Post;
use crate::process::{Manner, Process};
use crate::talk::{Dice, People};

/// What a program was told, in order: its id and its body.
type Told = Vec<(String, Value)>;

/// Attack case 72, for webhooks.
#[test]
fn whatever_point_it_dies_at_each_conversation_is_told_whole_and_in_order() {
    let ground = shop();
    for (n, point) in POINTS_OF_WEBHOOKS.iter().enumerate() {
        let (folder, (url, told)) = (ground.copy(), open_bot());
        runtime().block_on(set_webhook(&folder.0, url));
        let post = Post::open(|_| None);
        let kill_at = format!("{point}:{}", 4 + n);
        let manner = Manner {
            post: Some(post.url()),
            kill_at: Some(&kill_at),
            through: &["env", "SEGUE_ALLOW_FETCH=127.0.0.0/8"],
            ..Manner::default()
        };
        let mut process = Process::start(&folder.0, &manner).unwrap();
        let (mut people, mut dice) = (People::default(), Dice(7 + n as u64));
        for _ in 0..150 {
            if people.act(&process.host, &mut dice).is_none() {
                break;
            }
        }
        let end = process.end(Duration::from_secs(20));
        assert!(end.is_some(), "{kill_at}: nobody ever died there");
        left_behind::check(&folder.0).unwrap();
        left_behind::finish(&folder.0, &post).unwrap();
        let owed = runtime().block_on(owed(&folder.0));
        assert!(!owed.is_empty(), "nobody said anything");
        assert_eq!(heard(&told.lock().unwrap()), owed, "{kill_at}");
    }
}

/// A program that takes everything, and remembers it before it says so.
fn open_bot() -> (String, Arc<Mutex<Told>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let told = Arc::new(Mutex::new(Told::new()));
    let written = told.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever dies in the middle of a word has told nothing.
            let _ = take(stream, &written);
        }
    });
    (url, told)
}

fn take(stream: TcpStream, told: &Mutex<Told>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream);
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_lowercase().as_str() {
            "webhook-id" => id = value.trim().to_string(),
            "content-length" => length = value.trim().parse().unwrap_or_default(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    told.lock()
        .unwrap()
        .push((id, serde_json::from_slice(&body)?));
    let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    reader.get_mut().write_all(answer)
}

/// The messages that were told of each conversation, in order, each once. Told again, an event
/// comes under its own id and says the same.
fn heard(told: &Told) -> BTreeMap<String, Vec<u64>> {
    let mut known = BTreeMap::new();
    let mut heard: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (id, body) in told {
        if let Some(before) = known.insert(id, body) {
            assert_eq!(before, body, "{id} said something else");
            continue;
        }
        let of = body["data"]["conversation_id"].as_str().unwrap();
        let seq = body["data"]["event"]["seq"].as_u64().unwrap();
        heard.entry(of.to_string()).or_default().push(seq);
    }
    heard
}

async fn set_webhook(folder: &Path, url: String) {
    let store = Store::open_sqlite(folder).unwrap();
    let desk = Desk::new(store.clone(), Clock::System, true);
    let workspace = store.read(|tx| tx.first_workspace()).await.unwrap();
    let change = WebhookChange {
        name: "Bot".into(),
        url,
        topics: vec![Topic::Message],
        shares: Shares::Words,
        is_on: true,
    };
    desk.add_webhook(workspace.unwrap().id, change, By::Operator)
        .await
        .unwrap();
}

/// The messages of each conversation, in order.
async fn owed(folder: &Path) -> BTreeMap<String, Vec<u64>> {
    let store = Store::open_sqlite(folder).unwrap();
    let read = store.read(|tx| {
        let workspace_id = tx.first_workspace()?.unwrap().id;
        let mut owed = BTreeMap::new();
        for listed in tx.list_conversations(&workspace_id, &View::All, None, 10_000)? {
            let id = listed.conversation.id;
            let events = tx.events(&workspace_id, &id, 0, 10_000)?.into_iter();
            let said = events.filter(|it| Topic::of(&it.fact) == Some(Topic::Message));
            owed.insert(id.to_string(), said.map(|it| it.seq).collect::<Vec<_>>());
        }
        owed.retain(|_, said| !said.is_empty());
        Ok::<_, segue_store::Error>(owed)
    });
    read.await.unwrap()
}
