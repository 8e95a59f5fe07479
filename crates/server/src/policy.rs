//! `segue policy`: an operator's policy as a file, printed, checked and explained.

use std::fmt::Write;
use std::path::Path;

use segue_core::policy::{Policy, explain, read, write};

/// The default policy, every line explained.
pub fn init() -> String {
    write(&Policy::default())
}

/// Reads and checks a policy's file. What is wrong with it comes a line each, with the
/// file and the line.
pub fn load(path: &Path) -> Result<Policy, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("could not read the policy {}: {error}", path.display()))?;
    read(&text).map_err(|faults| {
        let mut told = format!("the policy {} cannot be used:", path.display());
        for fault in faults {
            // Writing to a string cannot fail.
            let _ = write!(told, "\n  {fault}");
        }
        told
    })
}

/// What a policy's file means, in words. The error is the same as [`load`]'s.
pub fn check(path: &Path) -> Result<String, String> {
    let policy = load(path)?;
    let mut told = format!("{} is sound. It says:\n", path.display());
    for sentence in explain(&policy) {
        let _ = writeln!(told, "- {sentence}");
    }
    Ok(told)
}
