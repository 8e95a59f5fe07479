//! `segue policy` as an operator meets it: what it prints, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test may unwrap, its helpers too")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn segue(args: &[&str]) -> Output {
    let segue = env!("CARGO_BIN_EXE_segue");
    Command::new(segue).args(args).output().unwrap()
}

/// A file that is removed at the test's end.
struct File(PathBuf);

impl File {
    fn with(name: &str, text: &[u8]) -> Self {
        let name = format!("segue-policy-{}-{name}.toml", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn what_init_prints_is_found_sound_and_explained() {
    let printed = segue(&["policy", "init"]);
    assert!(printed.status.success());
    let file = File::with("default", &printed.stdout);
    let checked = segue(&["policy", "check", file.path()]);
    assert!(checked.status.success());
    let told = String::from_utf8(checked.stdout).unwrap();
    assert!(told.contains("gets one at once"), "{told}");
}

#[test]
fn nonsense_is_refused_with_its_line_and_status_1() {
    let file = File::with("bad", b"threshold = 0.5\nmood_weight = 0.9\n");
    let checked = segue(&["policy", "check", file.path()]);
    assert_eq!(checked.status.code(), Some(1));
    let told = String::from_utf8(checked.stderr).unwrap();
    assert!(told.contains("line 2: mood_weight is 0.9"), "{told}");
    assert!(checked.stdout.is_empty());
}

#[test]
fn serving_under_a_policy_that_cannot_be_used_opens_nothing() {
    let file = File::with("unserved", b"treshold = 0.5\n");
    let data = std::env::temp_dir().join(format!("segue-policy-data-{}", std::process::id()));
    let folder = data.to_str().unwrap();
    let args = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        folder,
        "--policy",
        file.path(),
    ];
    let served = segue(&args);
    assert_eq!(served.status.code(), Some(1));
    let told = String::from_utf8(served.stderr).unwrap();
    assert!(told.contains("did you mean \"threshold\"?"), "{told}");
    assert!(!Path::new(folder).exists());
}

#[test]
fn a_file_that_is_not_there_is_said_so() {
    let checked = segue(&["policy", "check", "/nowhere/policy.toml"]);
    assert_eq!(checked.status.code(), Some(1));
    let told = String::from_utf8(checked.stderr).unwrap();
    assert!(
        told.contains("could not read the policy /nowhere/policy.toml"),
        "{told}"
    );
}

#[test]
fn what_is_hardly_meant_is_said_with_its_line_and_is_no_fault() {
    let text = b"threshold = 0.5\n[[rule]]\nname = \"Odd\"\nwhen = 'contact.vip && !contact.vip'\ndo = \"offer\"\n";
    let file = File::with("odd", text);
    let checked = segue(&["policy", "check", file.path()]);
    assert!(checked.status.success());
    let told = String::from_utf8(checked.stdout).unwrap();
    assert!(
        told.contains("line 4: Your rule “Odd” can never hold"),
        "{told}"
    );
}

#[test]
fn two_files_are_compared_in_meaning_and_in_text() {
    let before = File::with("before", b"threshold = 0.55\n");
    let after = File::with("after", b"threshold = 0.62\n# new\n");
    let compared = segue(&["policy", "diff", before.path(), after.path()]);
    assert!(compared.status.success());
    let told = String::from_utf8(compared.stdout).unwrap();
    assert!(
        told.contains("The threshold goes from 0.55 to 0.62."),
        "{told}"
    );
    assert!(
        told.contains("- threshold = 0.55\n+ threshold = 0.62\n+ # new\n"),
        "{told}"
    );
}
