//! The folder of a shop: a workspace with two agents and two articles, made without a
//! process, and copied for each that is to be broken.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use segue_core::access::Role;
use segue_core::policy::Policy;
use segue_core::time::Hours;
use segue_server::desk::Desk;
use segue_server::edge::Clock;
use segue_server::http::hash_password;
use segue_store::{Error, Inbox, NewAgent, Settings, Store, Workspace};

pub const SITE_KEY: &str = "site-shop";
pub const PASSWORD: &str = "correct horse";
pub const AGENTS: [&str; 2] = ["maya", "jonas"];
const ARTICLES: [(&str, &str); 2] = [
    (
        "delivery.md",
        "---\ntitle: Delivery times\n---\nStandard delivery takes 3 to 5 working days.\n",
    ),
    (
        "returns.md",
        "---\ntitle: Return something\n---\nYou can return unused goods within 60 days.\n",
    ),
];

/// A folder that goes with its test.
pub struct Folder(pub PathBuf);

impl Folder {
    /// An empty one. In memory where that is possible: a killed process loses nothing that
    /// the system has taken from it, so a disk would only be slower.
    pub fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let n = MADE.fetch_add(1, Ordering::Relaxed);
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() {
            memory.to_path_buf()
        } else {
            std::env::temp_dir()
        };
        let folder = base.join(format!("segue-faults-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// A copy of what is in it.
    pub fn copy(&self) -> Self {
        let copy = Self::new();
        for entry in std::fs::read_dir(&self.0).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), copy.0.join(entry.file_name())).unwrap();
        }
        copy
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// Founds a shop in a store.
pub async fn found(store: &Store, clock: Clock) {
    let (moment, hash) = (clock.moment(), hash_password(PASSWORD));
    let workspace_id: segue_core::ids::WorkspaceId = moment.id();
    let id = workspace_id.clone();
    let founded: Result<(), Error> = store
        .write(move |tx| {
            let workspace = Workspace {
                id: id.clone(),
                name: "Shop".into(),
                settings: Settings::default(),
            };
            tx.add_workspace(&workspace, moment.now)?;
            tx.add_inbox(&Inbox {
                id: moment.id(),
                workspace_id: id.clone(),
                name: "Site".into(),
                site_key: SITE_KEY.into(),
                policy: Policy::default(),
                hours: Hours::always(),
                closed_at: None,
            })?;
            for name in AGENTS {
                let agent = NewAgent {
                    id: moment.id(),
                    workspace_id: id.clone(),
                    email: format!("{name}@shop.example"),
                    name: name.into(),
                    role: Role::Admin,
                    password_hash: hash.clone(),
                    capacity: 2,
                };
                tx.add_agent(&agent, moment.now)?;
            }
            Ok(())
        })
        .await;
    founded.unwrap();
    let articles = ARTICLES.map(|(name, text)| (name.to_string(), text.as_bytes().to_vec()));
    let desk = Desk::new(store.clone(), clock, true);
    let imported = desk.import(&workspace_id, articles.into(), |_, _| {});
    imported.await.unwrap();
}

/// The folder of a shop that nobody has served yet.
pub fn shop() -> Folder {
    let folder = Folder::new();
    let store = Store::open_sqlite(&folder.0).unwrap();
    runtime().block_on(found(&store, Clock::System));
    folder
}
