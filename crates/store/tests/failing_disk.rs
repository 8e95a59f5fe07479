//! The embedded database on a disk that fails, and beside somebody who holds it.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use segue_core::ids::WorkspaceId;
use segue_core::time::Timestamp;
use segue_store::{Error, Ring, Settings, Store, Workspace};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let n = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("segue-disk-{}-{n}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn workspace_id(n: u128) -> WorkspaceId {
    WorkspaceId::new(NOW, n)
}

/// A write that can be seen afterwards and rings.
async fn add(store: &Store, n: u128) -> Result<(), Error> {
    let add = move |tx: &mut segue_store::Tx<'_>| {
        let workspace = Workspace {
            id: workspace_id(n),
            name: format!("Shop {n}"),
            settings: Settings::default(),
        };
        tx.add_workspace(&workspace, NOW)?;
        tx.ring_floor(&workspace.id);
        Ok(())
    };
    store.write(add).await
}

async fn found(store: &Store) -> Vec<String> {
    let all = store.read(|tx| tx.workspaces()).await.unwrap();
    all.into_iter().map(|it| it.name).collect()
}

/// A group's verbs share their fate: none is kept, none rings, each caller is told; and the
/// next group goes on as if nothing had been.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_fails_as_a_whole_and_the_next_is_fine() {
    let folder = Folder::new();
    let store = Store::open_sqlite(&folder.0).unwrap();
    add(&store, 1).await.unwrap();
    let mut bell = store.listen();
    // The first verb holds the writer until the others stand in line: they are one group.
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let (begins, begun) = std::sync::mpsc::channel::<()>();
    let first = {
        let store = store.clone();
        tokio::spawn(async move {
            let verb = move |tx: &mut segue_store::Tx<'_>| {
                tx.ring_floor(&workspace_id(2));
                let _ = begins.send(());
                let _ = wait.recv();
                Ok::<_, Error>(())
            };
            store.write(verb).await
        })
    };
    // Only then it is the first; the runtime has a thread beside this one for it.
    begun.recv().unwrap();
    let mut others = Vec::new();
    for n in 3..40 {
        let mut asked = Box::pin({
            let store = store.clone();
            async move { add(&store, n).await }
        });
        // One poll sends it.
        let now =
            std::future::poll_fn(|cx| std::task::Poll::Ready(asked.as_mut().poll(cx).is_pending()));
        assert!(now.await);
        others.push(asked);
    }
    store.fail_commits(2);
    go_on.send(()).unwrap();
    assert!(matches!(first.await.unwrap(), Err(Error::Unavailable(_))));
    for asked in others {
        let told = asked.await;
        assert!(matches!(told, Err(Error::Unavailable(_))), "{told:?}");
    }
    assert_eq!(found(&store).await, ["Shop 1"]);
    assert!(bell.try_recv().is_err(), "something rang for nothing");
    assert_eq!(store.failed_commits(), 2, "they were one group");
    add(&store, 50).await.unwrap();
    assert_eq!(found(&store).await, ["Shop 1", "Shop 50"]);
    let workspace_id = workspace_id(50);
    assert_eq!(bell.try_recv().unwrap(), Ring::Floor { workspace_id });
}

/// Attack case 75. After a failed sync nobody knows what is on the disk.
#[tokio::test]
async fn after_a_failed_sync_nothing_more_is_written_and_the_next_process_has_what_was_said() {
    let folder = Folder::new();
    let store = Store::open_sqlite(&folder.0).unwrap();
    add(&store, 1).await.unwrap();
    assert_eq!(store.is_broken(), None);
    store.fail_sync();
    let told = add(&store, 2).await;
    assert!(matches!(told, Err(Error::Broken(_))), "{told:?}");
    // The disk would take it; we do not know what it has lost before.
    let told = add(&store, 3).await;
    assert!(matches!(told, Err(Error::Broken(_))), "{told:?}");
    assert_eq!(found(&store).await, ["Shop 1"], "reading goes on");
    let why = store.broken().await;
    assert!(why.contains("did not keep"), "{why}");
    drop(store);
    let store = Store::open_sqlite(&folder.0).unwrap();
    assert_eq!(found(&store).await, ["Shop 1"]);
    add(&store, 4).await.unwrap();
}

/// What a process leaves in its log is in the database file before the next one adds to it.
#[tokio::test]
async fn the_log_of_a_dead_process_is_carried_over_at_the_start() {
    let (lived, dead) = (Folder::new(), Folder::new());
    let store = Store::open_sqlite(&lived.0).unwrap();
    for n in 1..50 {
        add(&store, n).await.unwrap();
    }
    std::fs::create_dir_all(&dead.0).unwrap();
    for name in ["segue.db", "segue.db-wal"] {
        std::fs::copy(lived.0.join(name), dead.0.join(name)).unwrap();
    }
    let next = Store::open_sqlite(&dead.0).unwrap();
    assert_eq!(found(&next).await.len(), 49);
    // Without its log the file alone has everything.
    let alone = Folder::new();
    std::fs::create_dir_all(&alone.0).unwrap();
    std::fs::copy(dead.0.join("segue.db"), alone.0.join("segue.db")).unwrap();
    let file = Store::open_sqlite(&alone.0).unwrap();
    assert_eq!(found(&file).await.len(), 49);
}

/// Another program holds the database: writers are told after a while, readers notice
/// nothing, and it goes on by itself.
#[tokio::test]
async fn a_locked_database_tells_its_writers_and_goes_on_when_it_is_free() {
    let folder = Folder::new();
    let store = Store::open_sqlite(&folder.0).unwrap();
    add(&store, 1).await.unwrap();
    let other = rusqlite::Connection::open(folder.0.join("segue.db")).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let told = add(&store, 2).await;
    assert!(
        matches!(&told, Err(Error::Unavailable(why)) if why.contains("locked")),
        "{told:?}"
    );
    assert_eq!(found(&store).await, ["Shop 1"]);
    other.execute_batch("rollback").unwrap();
    add(&store, 3).await.unwrap();
    assert_eq!(found(&store).await, ["Shop 1", "Shop 3"]);
    assert_eq!(store.is_broken(), None, "nothing is wrong with the disk");
}

/// A file that is no database any more is refused in words, not served as an empty one.
#[test]
fn a_damaged_file_is_refused() {
    let folder = Folder::new();
    drop(Store::open_sqlite(&folder.0).unwrap());
    for name in ["segue.db-wal", "segue.db-shm"] {
        let _ = std::fs::remove_file(folder.0.join(name));
    }
    let file = folder.0.join("segue.db");
    let mut bytes = std::fs::read(&file).unwrap_or_default();
    bytes.resize(8 * 4_096, 0);
    bytes[..4_096].fill(b'x');
    std::fs::write(&file, bytes).unwrap();
    let opened = Store::open_sqlite(&folder.0).map(|_| ());
    assert!(matches!(opened, Err(Error::Damaged(_))), "{opened:?}");
}
