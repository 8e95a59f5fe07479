//! A folder with a talk in it, whose every line is an event, and what is read back of it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use segue_core::conversation::Conversation;
use segue_core::event::{Body, Message, Role};
use segue_core::ids::*;
use segue_core::policy::{Policy, Timings};
use segue_core::time::{Hours, Timestamp};
use segue_store::{Contact, Error, Inbox, Person, Settings, Store, Tx, Workspace};

pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
static DICE: AtomicU64 = AtomicU64::new(1);

pub fn dice() -> u128 {
    u128::from(DICE.fetch_add(1, Ordering::Relaxed)) << 16 | u128::from(std::process::id()) << 80
}

/// A folder that goes at the test's end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let name = format!("segue-{name}-{}-{:x}", std::process::id(), dice());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Another folder with what this one holds now.
    pub fn copy(&self) -> Self {
        Self::copy_of(&self.0)
    }

    pub fn copy_of(path: &Path) -> Self {
        let copy = Self::new("copy");
        copy_all(path, &copy.0);
        copy
    }
}

fn copy_all(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let place = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir_all(&place).unwrap();
            copy_all(&path, &place);
        } else {
            std::fs::copy(&path, &place).unwrap();
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Chance that comes out the same for the same seed.
pub struct Seeded(pub u64);

impl Seeded {
    pub fn below(&mut self, end: u64) -> u64 {
        // Knuth's constants; the high bits are good enough for places in a file.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

pub fn on_a_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.unwrap().block_on(work)
}

/// A conversation that is talked in.
#[derive(Clone)]
pub struct Talk {
    pub workspace_id: WorkspaceId,
    pub id: ConversationId,
}

/// A company with one conversation that has begun.
pub async fn begin(store: &Store) -> Talk {
    let talk = Talk {
        workspace_id: WorkspaceId::new(NOW, dice()),
        id: ConversationId::new(NOW, dice()),
    };
    let (inbox_id, contact_id) = (InboxId::new(NOW, dice()), ContactId::new(NOW, dice()));
    let (conversation, first) = Conversation::start(
        talk.id.clone(),
        talk.workspace_id.clone(),
        inbox_id.clone(),
        contact_id.clone(),
        "en",
        NOW,
    );
    let workspace_id = talk.workspace_id.clone();
    let done: Result<(), Error> = store
        .write(move |tx| {
            tx.add_workspace(
                &Workspace {
                    id: workspace_id.clone(),
                    name: "Shop".into(),
                    settings: Settings::default(),
                },
                NOW,
            )?;
            tx.add_inbox(&Inbox {
                id: inbox_id.clone(),
                workspace_id: workspace_id.clone(),
                name: "Site".into(),
                site_key: format!("key-{inbox_id}"),
                policy: Policy::default(),
                hours: Hours::always(),
                closed_at: None,
            })?;
            tx.add_contact(&Contact {
                id: contact_id.clone(),
                workspace_id: workspace_id.clone(),
                person: Person::default(),
                plan: "team".into(),
                vip: false,
                signed_up_at: None,
                external_id: None,
                created_at: NOW,
            })?;
            tx.add_conversation(&conversation, &Timings::default(), NOW)?;
            tx.add_event(&conversation.workspace_id, &conversation.id, &first)
        })
        .await;
    done.unwrap();
    talk
}

/// The customer says one more line, in a commit of its own.
pub async fn say(store: &Store, talk: &Talk, text: String) -> Result<u64, Error> {
    let talk = talk.clone();
    store.write(move |tx| say_in(tx, &talk, &text)).await
}

fn say_in(tx: &mut Tx<'_>, talk: &Talk, text: &str) -> Result<u64, Error> {
    let mut conversation = tx
        .conversation_for_update(&talk.workspace_id, &talk.id)?
        .expect("the conversation was begun");
    let message = Message {
        message_id: MessageId::new(NOW, dice()),
        role: Role::Customer,
        agent: None,
        private: false,
        template: None,
        client_message_id: Some(format!("message-{}", conversation.seq)),
        attempt_id: None,
        offers_person: false,
        channel: Default::default(),
    };
    let fact = conversation.hear(message);
    let event = conversation.record(NOW, fact, Body::text(text));
    tx.add_event(&talk.workspace_id, &talk.id, &event)?;
    tx.update_conversation(&conversation, &Timings::default(), NOW)?;
    Ok(conversation.seq)
}

/// The last event's number, once it is certain that the events stand without a gap and fold
/// to what is stored.
pub async fn read_through(store: &Store, talk: &Talk) -> Result<u64, Error> {
    let talk = talk.clone();
    store
        .read(move |tx| {
            let stored = tx
                .conversation(&talk.workspace_id, &talk.id)?
                .expect("the conversation was begun");
            let events = tx.events(&talk.workspace_id, &talk.id, 0, 1_000_000)?;
            for (event, seq) in events.iter().zip(1..) {
                assert_eq!(event.seq, seq, "a gap");
            }
            let folded = Conversation::replay(talk.id.clone(), talk.workspace_id.clone(), &events);
            assert_eq!(folded.as_ref(), Some(&stored));
            Ok(stored.seq)
        })
        .await
}
