//! What every case stands on: a database of its own, a workspace in it, and a conversation.

use std::sync::atomic::{AtomicU64, Ordering};

use segue_core::conversation::Conversation;
use segue_core::event::{Body, Message, Role};
use segue_core::ids::{ContactId, ConversationId, InboxId, MessageId, WorkspaceId};
use segue_core::policy::{Policy, Timings};
use segue_core::time::{Hours, Timestamp};
use segue_store::{Contact, Error, Inbox, Person, Settings, Store, Tx, Workspace};

pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
static DICE: AtomicU64 = AtomicU64::new(1);

pub fn dice() -> u128 {
    u128::from(DICE.fetch_add(1, Ordering::Relaxed)) << 16 | u128::from(std::process::id()) << 80
}

/// A database of its own for one test.
pub struct Fresh {
    pub store: Store,
    pub url: Option<String>,
    pub folder: Option<Folder>,
}

pub struct Folder(pub std::path::PathBuf);
impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn sqlite() -> Fresh {
    let folder =
        std::env::temp_dir().join(format!("segue-test-{}-{:x}", std::process::id(), dice()));
    let store = Store::open_sqlite(&folder).unwrap();
    Fresh {
        store,
        url: None,
        folder: Some(Folder(folder)),
    }
}

pub fn postgres() -> Fresh {
    let server = std::env::var("SEGUE_TEST_POSTGRES")
        .expect("SEGUE_TEST_POSTGRES is not set; run this through scripts/with-postgres");
    let name = format!("segue_test_{}_{:x}", std::process::id(), dice());
    let (admin, make) = (server.clone(), format!("create database {name}"));
    let made = std::thread::spawn(move || {
        let mut client = postgres::Client::connect(&admin, postgres::NoTls).unwrap();
        client.batch_execute(&make).unwrap();
    });
    made.join().unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    let url = format!("{base}/{name}");
    Fresh {
        store: Store::open_postgres(&url).unwrap(),
        url: Some(url),
        folder: None,
    }
}

/// Makes each case two tests, one for each database.
macro_rules! on_both {
    ($($case:ident)*) => {
        mod on_sqlite { $( #[test] fn $case() { crate::ground::run(crate::ground::sqlite(), super::$case); } )* }
        mod on_postgres { $( #[test] fn $case() { crate::ground::run(crate::ground::postgres(), super::$case); } )* }
    };
}

pub fn run<F: Future<Output = ()>>(fresh: Fresh, case: impl FnOnce(Store) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(case(fresh.store.clone()));
}

pub struct Place {
    pub workspace_id: WorkspaceId,
    pub inbox_id: InboxId,
    pub contact_id: ContactId,
}

pub async fn place(store: &Store) -> Place {
    let place = Place {
        workspace_id: WorkspaceId::new(NOW, dice()),
        inbox_id: InboxId::new(NOW, dice()),
        contact_id: ContactId::new(NOW, dice()),
    };
    let (workspace_id, inbox_id, contact_id) = (
        place.workspace_id.clone(),
        place.inbox_id.clone(),
        place.contact_id.clone(),
    );
    let done: Result<(), Error> = store
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
                site_key: format!("key-{}", inbox_id),
                policy: Policy::default(),
                hours: Hours::always(),
                closed_at: None,
            })?;
            tx.add_contact(&Contact {
                id: contact_id.clone(),
                workspace_id: workspace_id.clone(),
                person: Person {
                    name: Some("Ada".into()),
                    ..Person::default()
                },
                plan: "team".into(),
                vip: true,
                signed_up_at: Some(NOW),
                created_at: NOW,
                external_id: None,
            })
        })
        .await;
    done.unwrap();
    place
}

pub async fn begin(store: &Store, place: &Place) -> ConversationId {
    let id = ConversationId::new(NOW, dice());
    let (conversation, first) = Conversation::start(
        id.clone(),
        place.workspace_id.clone(),
        place.inbox_id.clone(),
        place.contact_id.clone(),
        "en",
        NOW,
    );
    let done: Result<(), Error> = store
        .write(move |tx| {
            tx.add_conversation(&conversation, &Timings::default(), NOW)?;
            tx.add_event(&conversation.workspace_id, &conversation.id, &first)
        })
        .await;
    done.unwrap();
    id
}

/// A small `receive`: load, decide, record, ring.
pub fn hear(
    tx: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    id: &ConversationId,
    text: &str,
    client_message_id: &str,
) -> Result<u64, Error> {
    let mut conversation = tx
        .conversation_for_update(workspace_id, id)?
        .expect("the conversation was begun");
    let message = Message {
        message_id: MessageId::new(NOW, dice()),
        role: Role::Customer,
        agent: None,
        private: false,
        template: None,
        client_message_id: Some(client_message_id.into()),
        attempt_id: None,
        offers_person: false,
        channel: Default::default(),
    };
    let fact = conversation.hear(message);
    let event = conversation.record(NOW, fact, Body::text(text));
    tx.add_event(workspace_id, id, &event)?;
    tx.update_conversation(&conversation, &Timings::default(), NOW)?;
    tx.ring(id, conversation.seq);
    Ok(conversation.seq)
}
