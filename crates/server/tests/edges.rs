//! Holds the edges between the server's modules, by reading their `use` lines, and the
//! rule that only the store speaks SQL.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

use std::fs;
use std::path::{Path, PathBuf};

/// What each module may name of the others.
const ALLOWED: &[(&str, &[&str])] = &[
    ("edge", &[]),
    ("identity", &[]),
    ("tls", &[]),
    ("fetch", &["tls"]),
    ("connect", &["fetch"]),
    ("assistant", &["tls"]),
    // A webhook is told by the guarded client.
    ("channels", &["desk", "edge", "fetch"]),
    ("desk", &["edge", "assistant", "identity"]),
    ("live", &[]),
    ("listen", &["http"]),
    ("logs", &[]),
    ("model", &[]),
    ("policy", &[]),
    (
        "jobs",
        &["desk", "assistant", "channels", "connect", "fetch", "live"],
    ),
    // A test mail goes out while the admin waits, so that they see what the server says.
    (
        "http",
        &[
            "channels", "connect", "desk", "edge", "fetch", "gather", "identity", "live", "policy",
        ],
    ),
    ("gather", &["desk", "fetch"]),
    ("judge", &["desk"]),
    ("forecast", &[]),
    ("simulate", &["forecast"]),
    ("demo", &["desk", "edge", "http"]),
    ("service", &[]),
    ("doctor", &["channels", "edge", "model", "policy"]),
    (
        "commands",
        &[
            "listen",
            "assistant",
            "demo",
            "desk",
            "doctor",
            "edge",
            "fetch",
            "forecast",
            "gather",
            "http",
            "judge",
            "logs",
            "model",
            "policy",
            "service",
            "simulate",
        ],
    ),
];

#[test]
fn modules_import_only_what_they_may() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for (module, allowed) in ALLOWED {
        for file in files(&source, module) {
            let text = fs::read_to_string(&file).unwrap();
            for (other, _) in ALLOWED.iter().filter(|(other, _)| other != module) {
                if text.contains(&format!("crate::{other}")) && !allowed.contains(other) {
                    faults.push(format!("{} names crate::{other}", file.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The demonstration enters weeks of history at once; the runner's claims are its own.
const WRITES_BESIDE_THE_DESK: [&str; 2] = ["src/demo/", "src/jobs/runner.rs"];

#[test]
fn only_the_desk_opens_a_write_transaction() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let desk = source.join("desk");
    for file in all_files(&source) {
        let name = file.to_string_lossy();
        let is_excused = WRITES_BESIDE_THE_DESK
            .iter()
            .any(|part| name.contains(part));
        if file.starts_with(&desk) || is_excused {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let text: String = text.split_whitespace().collect();
        assert!(
            !text.contains("store.write("),
            "{} opens a write transaction",
            file.display()
        );
    }
}

#[test]
fn only_the_store_speaks_sql() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for member in ["core/src", "sense/src", "server/src"] {
        for file in all_files(&root.join(member)) {
            let text = fs::read_to_string(&file).unwrap().to_lowercase();
            for sign in [
                "\"select ",
                "\"insert into",
                "\"update ",
                "\"delete from",
                "rusqlite::",
                "postgres::client",
            ] {
                assert!(!text.contains(sign), "{} says {sign}", file.display());
            }
        }
    }
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

fn files(source: &Path, module: &str) -> Vec<PathBuf> {
    let single = source.join(format!("{module}.rs"));
    if single.exists() {
        vec![single]
    } else {
        all_files(&source.join(module))
    }
}
