//! Attack case 73: a torn log, a file cut off, bits that a disk has turned. Every one is
//! found, or leaves a state that was committed; nothing is lost in silence.

use std::fs;
use std::path::Path;

use segue_store::{Error, LogState, Store, examine_log, inspect_sqlite, quick_check};

use crate::ground::{Folder, Seeded, Talk, begin, on_a_runtime, read_through, say};

/// Lines that were acknowledged, each in a commit of its own.
const LINES: u64 = 24;

/// A folder as a killed process leaves it, log and all: its talk and its last event.
fn left_behind() -> (Folder, Talk, u64) {
    let folder = Folder::new("left");
    on_a_runtime(async {
        let store = Store::open_sqlite(&folder.0).unwrap();
        let talk = begin(&store).await;
        let mut last = 0;
        for line in 0..LINES {
            last = say(&store, &talk, format!("line {line}")).await.unwrap();
        }
        // Copied while it is open, so that nothing was tidied up.
        (folder.copy(), talk, last)
    })
}

fn with_log(folder: &Folder, change: impl FnOnce(&mut Vec<u8>)) -> Folder {
    let changed = folder.copy();
    let log = changed.0.join("segue.db-wal");
    let mut bytes = fs::read(&log).unwrap();
    change(&mut bytes);
    fs::write(&log, bytes).unwrap();
    changed
}

#[test]
fn a_bit_turned_in_the_log_is_refused_or_costs_only_what_was_never_read() {
    let (folder, talk, last) = left_behind();
    assert!(
        matches!(examine_log(&folder.0).unwrap(), LogState::Whole { commits } if commits > LINES)
    );
    let (mut refused, mut kept) = (0, 0);
    for seed in 0..40 {
        let mut chance = Seeded(seed);
        let changed = with_log(&folder, |log| {
            let place = chance.below(log.len() as u64) as usize;
            log[place] ^= 1 << chance.below(8);
        });
        let state = examine_log(&changed.0).unwrap();
        match Store::open_sqlite(&changed.0) {
            Err(error) => {
                assert!(matches!(error, Error::Damaged(_)), "seed {seed}: {error}");
                assert!(error.to_string().contains("segue restore"), "{error}");
                refused += 1;
            }
            Ok(store) => {
                let through = on_a_runtime(read_through(&store, &talk)).unwrap();
                // At most the last commit, which is said in the log.
                let is_told = matches!(state, LogState::Unfinished { .. });
                assert!(
                    through == last || (is_told && through == last - 1),
                    "seed {seed}: {state:?} {through} of {last}"
                );
                kept += 1;
            }
        }
    }
    assert!(refused > 20 && kept > 0, "{refused} refused, {kept} kept");
}

#[test]
fn a_log_that_was_cut_off_is_read_to_its_last_whole_commit() {
    let (folder, talk, last) = left_behind();
    for seed in 0..40 {
        let mut chance = Seeded(seed);
        let changed = with_log(&folder, |log| {
            let length = chance.below(log.len() as u64) as usize;
            log.truncate(length);
        });
        let state = examine_log(&changed.0).unwrap();
        let opened = Store::open_sqlite(&changed.0);
        match (opened, state) {
            (Ok(store), LogState::Whole { .. } | LogState::Unfinished { .. } | LogState::Empty) => {
                // So early that even the tables were in the log: an empty database.
                let is_there: Result<_, Error> =
                    on_a_runtime(store.read(|tx| tx.first_workspace()));
                if is_there.unwrap().is_some() {
                    let through = on_a_runtime(read_through(&store, &talk)).unwrap();
                    assert!(through <= last, "seed {seed}");
                }
            }
            (Err(Error::Damaged(_)), LogState::Damaged { .. }) => {}
            (Ok(_), state) => panic!("seed {seed}: {state:?} was opened"),
            (Err(error), state) => panic!("seed {seed}: {state:?}: {error}"),
        }
    }
}

#[test]
fn what_stands_before_the_damage_can_be_kept_when_somebody_says_so() {
    let (folder, talk, last) = left_behind();
    let changed = with_log(&folder, |log| {
        let middle = log.len() / 2;
        log[middle] ^= 1;
    });
    assert!(Store::open_sqlite(&changed.0).is_err());
    segue_store::carry_over_all(&changed.0).unwrap();
    let store = Store::open_sqlite(&changed.0).unwrap();
    let through = on_a_runtime(read_through(&store, &talk)).unwrap();
    assert!(0 < through && through < last, "{through} of {last}");
}

/// A folder whose process ended in order: everything is in the file.
fn at_rest(lines: u64) -> (Folder, Talk) {
    let folder = Folder::new("rest");
    let talk = on_a_runtime(async {
        let store = Store::open_sqlite(&folder.0).unwrap();
        let talk = begin(&store).await;
        for line in 0..lines {
            say(
                &store,
                &talk,
                format!("line {line}, with some words to fill a page"),
            )
            .await
            .unwrap();
        }
        talk
    });
    segue_store::carry_over_all(&folder.0).unwrap();
    let copy = Folder::new("rest-copy");
    fs::copy(folder.0.join("segue.db"), copy.0.join("segue.db")).unwrap();
    (copy, talk)
}

fn with_file(folder: &Folder, change: impl FnOnce(&mut Vec<u8>)) -> Folder {
    let changed = folder.copy();
    let file = changed.0.join("segue.db");
    let mut bytes = fs::read(&file).unwrap();
    change(&mut bytes);
    fs::write(&file, bytes).unwrap();
    changed
}

/// Whether a start or `segue doctor` would say that something is wrong.
fn is_found(folder: &Path) -> bool {
    let quick = quick_check(folder, u64::MAX);
    let is_quickly_found = quick.is_err() || !quick.unwrap().is_empty();
    let full = inspect_sqlite(folder);
    is_quickly_found
        || match full {
            Err(_) => true,
            Ok(report) => {
                report.is_none_or(|report| !report.faults.is_empty() || !report.unlike.is_empty())
            }
        }
}

#[test]
fn a_database_that_was_cut_off_is_found() {
    let (folder, _) = at_rest(60);
    assert!(!is_found(&folder.0));
    for seed in 0..20 {
        let mut chance = Seeded(seed);
        let changed = with_file(&folder, |file| {
            let length = 1 + chance.below(file.len() as u64 - 1) as usize;
            file.truncate(length);
        });
        assert!(is_found(&changed.0), "seed {seed}");
    }
}

#[test]
fn a_turned_bit_is_found_or_has_changed_words_and_nothing_that_is_counted_on() {
    let (folder, talk) = at_rest(200);
    let (mut found, mut harmless, mut words) = (0, 0, 0);
    let before = content(&folder);
    for seed in 0..60 {
        let mut chance = Seeded(seed);
        let changed = with_file(&folder, |file| {
            let place = chance.below(file.len() as u64) as usize;
            file[place] ^= 1 << chance.below(8);
        });
        if is_found(&changed.0) {
            found += 1;
            continue;
        }
        let store = Store::open_sqlite(&changed.0).unwrap();
        on_a_runtime(read_through(&store, &talk)).unwrap();
        drop(store);
        if content(&changed) == before {
            harmless += 1;
        } else {
            words += 1;
        }
    }
    println!("{found} found, {harmless} in unused bytes, {words} in free text");
    assert!(found > 0 && found + harmless + words == 60);
}

/// All that can be read, as text.
fn content(folder: &Folder) -> String {
    let connection = rusqlite::Connection::open(folder.0.join("segue.db")).unwrap();
    let mut all = String::new();
    for (table, columns) in [
        (
            "events",
            "conversation_id || seq || workspace_id || at || epoch || kind || fact || coalesce(body, '') || coalesce(client_message_id, '')",
        ),
        (
            "conversations",
            "id || workspace_id || inbox_id || contact_id || seq || epoch || state || priority || snapshot",
        ),
        ("contacts", "id || workspace_id || person || plan || vip"),
        (
            "inboxes",
            "id || workspace_id || name || site_key || policy || hours",
        ),
        ("workspaces", "id || name || settings"),
    ] {
        let mut statement = connection
            .prepare(&format!("select {columns} from {table}"))
            .unwrap();
        let rows = statement
            .query_map([], |row| row.get::<_, String>(0))
            .unwrap();
        rows.for_each(|row| all.push_str(&row.unwrap_or_else(|error| error.to_string())));
    }
    all
}
