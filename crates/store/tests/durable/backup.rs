//! Backups of the embedded database: made beside a writer, refused when they were changed,
//! taken back in one step. Attack case 76.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use segue_core::ids::*;
use segue_store::{
    Article, BackupError, Error, Job, Lot, Session, Store, back_up, check_backup, restore,
};

use crate::ground::{Folder, NOW, Talk, begin, dice, on_a_runtime, read_through, say};

/// Enough that a backup takes several steps, between which others write.
async fn fill(store: &Store, talk: &Talk) {
    for number in 0..60 {
        let article = Article {
            id: ArticleId::new(NOW, dice()),
            workspace_id: talk.workspace_id.clone(),
            source: format!("article-{number}.md"),
            title: format!("Article {number}"),
            tags: vec![],
            text: "words ".repeat(25_000),
            updated_at: NOW,
        };
        let put: Result<bool, Error> = store.write(move |tx| tx.put_article(&article)).await;
        put.unwrap();
    }
}

/// Attack case 76.
#[test]
fn a_backup_made_while_somebody_writes_is_of_one_moment_and_holds_nobody_up() {
    let (folder, other) = (Folder::new("busy"), Folder::new("restored"));
    on_a_runtime(async {
        let store = Store::open_sqlite(&folder.0).unwrap();
        let talk = begin(&store).await;
        fill(&store, &talk).await;
        let acknowledged = Arc::new(AtomicU64::new(0));
        let enough = Arc::new(AtomicBool::new(false));
        let hammer = {
            let (store, talk) = (store.clone(), talk.clone());
            let (acknowledged, enough) = (acknowledged.clone(), enough.clone());
            tokio::spawn(async move {
                while !enough.load(Ordering::Relaxed) {
                    let seq = say(&store, &talk, "and another line".into()).await.unwrap();
                    acknowledged.store(seq, Ordering::Relaxed);
                }
            })
        };
        while acknowledged.load(Ordering::Relaxed) < 20 {
            tokio::task::yield_now().await;
        }
        let file = other.0.join("shop.backup");
        let before = acknowledged.load(Ordering::Relaxed);
        let made = {
            let (folder, file) = (folder.0.clone(), file.clone());
            tokio::task::spawn_blocking(move || back_up(&folder, &file, "0.1.0", NOW))
        };
        let seal = made.await.unwrap().unwrap();
        let after = acknowledged.load(Ordering::Relaxed);
        enough.store(true, Ordering::Relaxed);
        hammer.await.unwrap();
        assert!(
            after > before + 3,
            "the writer stood still: {before} to {after}"
        );
        assert!(
            seal.bytes > 4 << 20,
            "{} bytes are copied in one step",
            seal.bytes
        );

        let place = other.0.join("data");
        assert_eq!(restore(&file, &place, false).unwrap(), seal);
        let restored = Store::open_sqlite(&place).unwrap();
        let through = read_through(&restored, &talk).await.unwrap();
        assert!(
            (before..=after).contains(&through),
            "acknowledged {before} before and {after} after, restored {through}"
        );
        // It goes on from there.
        assert_eq!(
            say(&restored, &talk, "again".into()).await.unwrap(),
            through + 1
        );
        assert!(!other.0.join("shop.backup.unfinished").exists());
    });
}

#[test]
fn what_is_taken_back_is_true_in_a_world_that_went_on() {
    let (folder, other) = (Folder::new("settled"), Folder::new("settled-restored"));
    on_a_runtime(async {
        let store = Store::open_sqlite(&folder.0).unwrap();
        let talk = begin(&store).await;
        let workspace_id = talk.workspace_id.clone();
        let done: Result<(), Error> = store
            .write(move |tx| {
                let agent_id = AgentId::new(NOW, dice());
                tx.add_agent(&agent(&workspace_id, &agent_id), NOW)?;
                let session = Session {
                    id: SessionId::new(NOW, dice()),
                    workspace_id: workspace_id.clone(),
                    agent_id,
                    csrf: "csrf".into(),
                    browser: "Firefox".into(),
                    created_at: NOW,
                    seen_at: NOW,
                };
                tx.add_session("session", &session, NOW.plus(1_000))?;
                for (hash, kind) in [("setup", "setup"), ("used", "setup"), ("api", "api")] {
                    let id = TokenId::new(NOW, dice());
                    tx.add_token(hash, &id, &workspace_id, kind, "a token", NOW, None)?;
                }
                tx.use_token("used", "setup", NOW)?;
                let job = Job {
                    id: JobId::new(NOW, dice()),
                    workspace_id: workspace_id.clone(),
                    kind: "mail".into(),
                    key: "mail 1".into(),
                    payload: "{}".into(),
                    tries: 0,
                };
                tx.add_job(&job, NOW)?;
                tx.claim_job(Lot::Any, NOW, NOW.plus(60_000)).map(drop)
            })
            .await;
        done.unwrap();
        let file = other.0.join("shop.backup");
        back_up(&folder.0, &file, "0.1.0", NOW).unwrap();
        let place = other.0.join("data");
        restore(&file, &place, false).unwrap();
        let restored = Store::open_sqlite(&place).unwrap();
        let seen: Result<_, Error> = restored
            .write(|tx| {
                let is_signed_in = tx.session("session", NOW)?.is_some();
                let opens = tx.token("setup", "setup", NOW)?.is_some();
                let speaks = tx.token("api", "api", NOW)?.is_some();
                Ok((
                    is_signed_in,
                    opens,
                    speaks,
                    tx.claim_job(Lot::Any, NOW, NOW.plus(1))?.is_some(),
                ))
            })
            .await;
        assert_eq!(
            seen.unwrap(),
            (false, false, true, true),
            "signed in, link opens, token speaks, job is free"
        );
    });
}

fn agent(workspace_id: &WorkspaceId, id: &AgentId) -> segue_store::NewAgent {
    segue_store::NewAgent {
        id: id.clone(),
        workspace_id: workspace_id.clone(),
        email: "maya@shop.example".into(),
        name: "Maya".into(),
        role: segue_core::access::Role::Admin,
        password_hash: "hash".into(),
        capacity: 2,
    }
}

/// A folder with some lines, its talk, and a backup of it that is older than the last line.
async fn with_backup(folder: &Path, file: &Path) -> (Talk, u64, u64) {
    let store = Store::open_sqlite(folder).unwrap();
    let talk = begin(&store).await;
    let older = say(&store, &talk, "before".into()).await.unwrap();
    back_up(folder, file, "0.1.0", NOW).unwrap();
    let newer = say(&store, &talk, "after".into()).await.unwrap();
    (talk, older, newer)
}

#[test]
fn a_backup_that_was_changed_cut_off_or_is_something_else_is_refused() {
    let (folder, other) = (Folder::new("changed"), Folder::new("changed-backups"));
    let file = other.0.join("shop.backup");
    on_a_runtime(with_backup(&folder.0, &file));
    let whole = fs::read(&file).unwrap();
    let check = |bytes: &[u8], part: &str| {
        let changed = other.0.join("changed.backup");
        fs::write(&changed, bytes).unwrap();
        let place = other.0.join("data");
        for error in [
            check_backup(&changed).unwrap_err(),
            restore(&changed, &place, true).unwrap_err(),
        ] {
            let said = error.to_string();
            assert!(said.contains(part) && !said.contains('\n'), "{said}");
        }
        assert!(!place.join("segue.db").exists());
    };
    let mut flipped = whole.clone();
    flipped[whole.len() / 3] ^= 4;
    check(&flipped, "was changed after it was made");
    for length in [0, 5, whole.len() / 2, whole.len() - 1] {
        check(&whole[..length], "not a whole backup");
    }
    check(b"a text that somebody has put here", "not a whole backup");
    check(&[&whole[..], b"more"].concat(), "not a whole backup");
    let end = whole
        .windows(12)
        .rposition(|part| part == b"\"migration\":")
        .unwrap()
        + 12;
    let mut from_later = whole.clone();
    from_later[end] = b'9';
    // One digit stays one digit, so that lengths hold.
    check(&from_later, "install that version or a newer one");
}

#[test]
fn a_database_goes_only_where_that_is_said_and_stays_beside() {
    let (folder, other) = (Folder::new("replaced"), Folder::new("replaced-backup"));
    let file = other.0.join("shop.backup");
    on_a_runtime(async {
        let (talk, older, newer) = with_backup(&folder.0, &file).await;
        let again = back_up(&folder.0, &file, "0.1.0", NOW).unwrap_err();
        assert!(matches!(again, BackupError::Exists(_)), "{again}");
        let refused = restore(&file, &folder.0, false).unwrap_err();
        assert!(refused.to_string().contains("--replace"), "{refused}");
        // As after a crash: the log with the last line stands beside its database.
        let crashed = folder.copy();
        for (round, (expected, kept)) in [(older, newer), (older, older)].into_iter().enumerate() {
            restore(&file, &crashed.0, true).unwrap();
            let store = Store::open_sqlite(&crashed.0).unwrap();
            assert_eq!(
                read_through(&store, &talk).await.unwrap(),
                expected,
                "round {round}"
            );
            let before = Folder::copy_of(&crashed.0.join("before-restore"));
            let store = Store::open_sqlite(&before.0).unwrap();
            assert_eq!(
                read_through(&store, &talk).await.unwrap(),
                kept,
                "round {round}"
            );
        }
        assert!(crashed.0.join("before-restore.1/segue.db").exists());
    });
}

/// Attack case 76, the other half: a kill during the restore.
#[test]
fn a_restore_that_is_killed_leaves_the_old_database_or_the_new_one() {
    let (folder, other) = (Folder::new("killed"), Folder::new("killed-backup"));
    let file = other.0.join("shop.backup");
    on_a_runtime(async {
        let (talk, older, newer) = with_backup(&folder.0, &file).await;
        let old = folder.copy();
        let fresh = Folder::new("killed-new");
        restore(&file, &fresh.0, false).unwrap();
        let new = |place: &Folder, name: &str| {
            fs::create_dir(place.0.join(name)).unwrap();
            fs::copy(
                fresh.0.join("segue.db"),
                place.0.join(name).join("segue.db"),
            )
            .unwrap();
        };
        let aside = |place: &Folder, name: &str| {
            let before = place.0.join("before-restore");
            fs::create_dir_all(&before).unwrap();
            fs::rename(place.0.join(name), before.join(name)).unwrap();
        };
        let check = async |name: &str, expected: u64, prepare: &dyn Fn(&Folder)| {
            let place = old.copy();
            prepare(&place);
            let store = Store::open_sqlite(&place.0).unwrap();
            assert_eq!(
                read_through(&store, &talk).await.unwrap(),
                expected,
                "{name}"
            );
            assert!(!place.0.join("restored").exists(), "{name}");
        };
        check("nothing is done yet", newer, &|_| {}).await;
        check("it is being unpacked", newer, &|place| {
            new(place, "restoring")
        })
        .await;
        check("it counts", older, &|place| new(place, "restored")).await;
        check("the log is aside", older, &|place| {
            new(place, "restored");
            aside(place, "segue.db-wal");
        })
        .await;
        check("the old one is aside", older, &|place| {
            new(place, "restored");
            aside(place, "segue.db-wal");
            aside(place, "segue.db");
        })
        .await;
        check("the new one is in place", older, &|place| {
            new(place, "restored");
            aside(place, "segue.db-wal");
            aside(place, "segue.db");
            fs::rename(place.0.join("restored/segue.db"), place.0.join("segue.db")).unwrap();
        })
        .await;
    });
}

#[test]
fn a_damaged_database_makes_no_backup() {
    let (folder, other) = (Folder::new("damaged"), Folder::new("damaged-backup"));
    let first = other.0.join("first.backup");
    on_a_runtime(with_backup(&folder.0, &first));
    let quiet = Folder::new("damaged-quiet");
    restore(&first, &quiet.0, false).unwrap();
    let database = quiet.0.join("segue.db");
    let mut bytes = fs::read(&database).unwrap();
    // The pages from the third on hold tables and indexes.
    for byte in &mut bytes[2 * 4096..12 * 4096] {
        *byte ^= 0x55;
    }
    fs::write(&database, bytes).unwrap();
    let file = other.0.join("second.backup");
    let refused = back_up(&quiet.0, &file, "0.1.0", NOW)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("damaged"), "{refused}");
    assert_eq!(
        fs::read_dir(&other.0).unwrap().count(),
        1,
        "nothing is left of it"
    );
}
