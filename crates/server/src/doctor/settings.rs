//! The settings themselves: names that mean nothing, a policy that cannot be used.

use super::{Check, Subject};
use crate::policy;

pub(super) fn examine(subject: &Subject) -> Vec<Check> {
    let unknown = unknown(std::env::vars_os().map(|(name, _)| name), &subject.settings);
    let mut checks = Vec::new();
    checks.push(if unknown.is_empty() {
        Check::ok("settings", "every SEGUE_ variable is a setting")
    } else {
        Check::warn(
            "settings",
            format!("not a setting: {}", unknown.join(", ")),
            "look at its spelling; `segue serve --help` lists all",
        )
    });
    if let Some(file) = &subject.policy {
        checks.push(match policy::load(file) {
            Ok(_) => Check::ok("policy", format!("{} is sound", file.display())),
            Err(error) => Check::fail(
                "policy",
                error.replace('\n', ";"),
                "correct the file; `segue policy check` explains it",
            ),
        });
    }
    checks
}

/// Variables of ours that nobody reads.
fn unknown(variables: impl Iterator<Item = std::ffi::OsString>, known: &[String]) -> Vec<String> {
    let names = variables.map(|name| name.to_string_lossy().into_owned());
    names
        .filter(|name| name.starts_with("SEGUE_") && !name.starts_with("SEGUE_TEST_"))
        .filter(|name| !known.contains(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_variable_is_found() {
        let given = ["SEGUE_LISTN", "SEGUE_LISTEN", "PATH"].map(Into::into);
        let known = ["SEGUE_LISTEN".to_string()];
        assert_eq!(unknown(given.into_iter(), &known), ["SEGUE_LISTN"]);
    }
}
