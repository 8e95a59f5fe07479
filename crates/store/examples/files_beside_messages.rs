//! What files do to messages on the embedded database: the same messages with nothing
//! beside them, and while files are kept, in turns within one run.
//!
//! `cargo run --release --package segue-store --example files_beside_messages`

#![expect(clippy::unwrap_used, reason = "a benchmark may unwrap")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use segue_core::conversation::Conversation;
use segue_core::event::{Body, Message, Role};
use segue_core::file::{Attached, FileKind, HEAD_BYTES};
use segue_core::ids::*;
use segue_core::policy::{Policy, Timings};
use segue_core::time::{Hours, Timestamp};
use segue_store::{
    Contact, Error, Inbox, Person, Sender, Settings, Store, StoredFile, Tx, Workspace,
};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const MESSAGES_A_SECOND: u64 = 200;
const ROUND: Duration = Duration::from_secs(4);
const ROUNDS: usize = 5;
const SENDERS: usize = 2;
/// Pieces of a file of 10 MB.
const PIECES: u64 = 40;

static DICE: AtomicU64 = AtomicU64::new(1);

fn dice() -> u128 {
    u128::from(DICE.fetch_add(1, Ordering::Relaxed)) << 16
}

struct Desk {
    store: Store,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
}

#[tokio::main]
async fn main() {
    let folder = std::env::temp_dir().join(format!("segue-files-{}", std::process::id()));
    let desk = Arc::new(open(&folder).await);
    let (mut alone, mut beside, mut kept) = (vec![], vec![], 0);
    for _ in 0..ROUNDS {
        alone.push(messages(&desk).await);
        let stop = Arc::new(AtomicBool::new(false));
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| tokio::spawn(send_files(desk.clone(), stop.clone())))
            .collect();
        beside.push(messages(&desk).await);
        stop.store(true, Ordering::Relaxed);
        for sender in senders {
            kept += sender.await.unwrap();
        }
    }
    println!("{MESSAGES_A_SECOND} messages a second, medians of {ROUNDS} rounds of {ROUND:?}");
    for (name, rounds) in [("alone", &alone), ("beside files", &beside)] {
        let [p50, p99] = [0, 1].map(|which| {
            let mut all: Vec<Duration> = rounds.iter().map(|round| round[which]).collect();
            all.sort_unstable();
            all[all.len() / 2]
        });
        println!("{name:>12}: p50 {p50:.2?}, p99 {p99:.2?}");
    }
    let seconds = ROUND.as_secs() * ROUNDS as u64;
    let megabytes = kept * HEAD_BYTES as u64 / 1_000_000;
    println!("files kept: {} MB a second", megabytes / seconds);
    let _ = std::fs::remove_dir_all(folder);
}

/// Messages at a steady rate; p50 and p99 of the time from when each was due until it is
/// on disk.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
async fn messages(desk: &Arc<Desk>) -> [Duration; 2] {
    let pause = Duration::from_micros(1_000_000 / MESSAGES_A_SECOND);
    let begun = Instant::now();
    let mut waiting = Vec::new();
    let mut due = begun;
    while begun.elapsed() < ROUND {
        tokio::time::sleep(due.saturating_duration_since(Instant::now())).await;
        let (desk, due_at) = (desk.clone(), due);
        waiting.push(tokio::spawn(async move {
            let (workspace_id, id) = (desk.workspace_id.clone(), desk.conversation_id.clone());
            let heard: Result<(), Error> = desk
                .store
                .write(move |tx| hear(tx, &workspace_id, &id))
                .await;
            heard.unwrap();
            due_at.elapsed()
        }));
        due += pause;
    }
    let mut took = Vec::new();
    for one in waiting {
        took.push(one.await.unwrap());
    }
    took.sort_unstable();
    [took[took.len() / 2], took[took.len() * 99 / 100]]
}

fn hear(tx: &mut Tx<'_>, workspace_id: &WorkspaceId, id: &ConversationId) -> Result<(), Error> {
    let mut conversation = tx.conversation_for_update(workspace_id, id)?.unwrap();
    let message = Message {
        message_id: MessageId::new(NOW, dice()),
        role: Role::Customer,
        agent: None,
        private: false,
        template: None,
        client_message_id: None,
        attempt_id: None,
        offers_person: false,
        channel: Default::default(),
    };
    let fact = conversation.hear(message);
    let event = conversation.record(NOW, fact, Body::text("x".repeat(160)));
    tx.add_event(workspace_id, id, &event)?;
    tx.touch_conversation(&conversation, NOW)?;
    tx.ring(id, conversation.seq);
    Ok(())
}

/// Keeps one file after the other until told to stop; the pieces kept.
async fn send_files(desk: Arc<Desk>, stop: Arc<AtomicBool>) -> u64 {
    let mut kept = 0;
    while !stop.load(Ordering::Relaxed) {
        let file = StoredFile {
            attached: Attached {
                id: FileId::new(NOW, dice()),
                name: "photo.jpg".into(),
                kind: FileKind::Jpeg,
                bytes: PIECES * HEAD_BYTES as u64,
                width: None,
                height: None,
            },
            conversation_id: desk.conversation_id.clone(),
            sender: Sender::Customer,
            client_file_id: format!("upload-{}", dice()),
            is_ready: false,
            seq: None,
            private: false,
        };
        let id = file.attached.id.clone();
        let workspace_id = desk.workspace_id.clone();
        let added: Result<(), Error> = desk
            .store
            .write(move |tx| tx.add_file(&workspace_id, &file, NOW))
            .await;
        added.unwrap();
        for number in (0..PIECES).take_while(|_| !stop.load(Ordering::Relaxed)) {
            let (workspace_id, id) = (desk.workspace_id.clone(), id.clone());
            let piece = vec![number as u8; HEAD_BYTES];
            let added: Result<bool, Error> = desk
                .store
                .write(move |tx| tx.add_piece(&workspace_id, &id, number, &piece))
                .await;
            assert!(added.unwrap());
            kept += 1;
        }
    }
    kept
}

async fn open(folder: &Path) -> Desk {
    let desk = Desk {
        store: Store::open_sqlite(folder).unwrap(),
        workspace_id: WorkspaceId::new(NOW, dice()),
        conversation_id: ConversationId::new(NOW, dice()),
    };
    let inbox_id = InboxId::new(NOW, dice());
    let (workspace_id, contact_id) = (desk.workspace_id.clone(), ContactId::new(NOW, dice()));
    let (conversation, first) = Conversation::start(
        desk.conversation_id.clone(),
        workspace_id.clone(),
        inbox_id.clone(),
        contact_id.clone(),
        "en",
        NOW,
    );
    let made: Result<(), Error> = desk
        .store
        .write(move |tx| {
            let workspace = Workspace {
                id: workspace_id.clone(),
                name: "Shop".into(),
                settings: Settings::default(),
            };
            tx.add_workspace(&workspace, NOW)?;
            tx.add_inbox(&Inbox {
                id: inbox_id.clone(),
                workspace_id: workspace_id.clone(),
                name: "Site".into(),
                site_key: "site".into(),
                policy: Policy::default(),
                hours: Hours::always(),
                closed_at: None,
            })?;
            tx.add_contact(&Contact {
                id: contact_id.clone(),
                workspace_id: workspace_id.clone(),
                person: Person::default(),
                plan: String::new(),
                vip: false,
                signed_up_at: None,
                external_id: None,
                created_at: NOW,
            })?;
            tx.add_conversation(&conversation, &Timings::default(), NOW)?;
            tx.add_event(&workspace_id, &conversation.id, &first)
        })
        .await;
    made.unwrap();
    desk
}
