//! Holds docs/attacks.md to the tests: every case has one row, and each test that a row
//! names is there.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

use std::fs;
use std::path::{Path, PathBuf};

/// The cases of the list that the page answers.
const CASES: std::ops::RangeInclusive<u32> = 1..=92;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rows of the page: the case, and what its columns say.
fn rows() -> Vec<(u32, Vec<String>)> {
    let page = fs::read_to_string(root().join("docs/attacks.md")).unwrap();
    page.lines()
        .filter_map(|line| {
            let columns: Vec<String> = line
                .strip_prefix('|')?
                .split('|')
                .map(|column| column.trim().to_string())
                .collect();
            Some((columns.first()?.parse().ok()?, columns))
        })
        .collect()
}

#[test]
fn every_case_has_one_row() {
    let found: Vec<u32> = rows().into_iter().map(|(case, _)| case).collect();
    assert_eq!(found, CASES.collect::<Vec<_>>());
}

#[test]
fn the_tests_that_a_row_names_exist() {
    let mut missing = Vec::new();
    for (case, columns) in rows() {
        let tests = columns.get(3).cloned().unwrap_or_default();
        let mut file = None;
        for named in tests.split('`').skip(1).step_by(2) {
            let (path, test) = named.split_once("::").unwrap_or((named, ""));
            if !path.is_empty() {
                file = fs::read_to_string(root().join(path)).ok();
            }
            let is_there = file.as_ref().is_some_and(|text| text.contains(test));
            if !is_there {
                missing.push(format!("{case}: {named}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
