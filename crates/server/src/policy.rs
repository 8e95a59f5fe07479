//! `segue policy`: an operator's policy as a file, printed, checked, explained, and compared
//! with another.

use std::fmt::Write;
use std::path::Path;

use segue_core::policy::{FindingKind, Known, Policy, diff, explain, lint, read_lined, write};
use segue_core::words::Words;
use serde::Serialize;
use similar::{ChangeTag, TextDiff};

/// The default policy, every line explained.
pub fn init() -> String {
    write(&Policy::default())
}

/// Reads and checks a policy's file. What is wrong with it comes a line each, with the
/// file and the line.
pub fn load(path: &Path) -> Result<Policy, String> {
    load_text(path).map(|(policy, _)| policy)
}

/// The same with its text.
pub fn load_text(path: &Path) -> Result<(Policy, String), String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("could not read the policy {}: {error}", path.display()))?;
    match read_lined(&text) {
        Ok((policy, _)) => Ok((policy, text)),
        Err(faults) => {
            let mut told = format!("the policy {} cannot be used:", path.display());
            for fault in faults {
                // Writing to a string cannot fail.
                let _ = write!(told, "\n  {fault}");
            }
            Err(told)
        }
    }
}

/// What a policy's file means, in words, and what in it is hardly meant. The error is the
/// same as [`load`]'s.
pub fn check(path: &Path) -> Result<String, String> {
    let (policy, text) = load_text(path)?;
    let words = Words::of("en");
    let mut told = format!("{} is sound. It says:\n", path.display());
    for sentence in explain(&policy) {
        let _ = writeln!(told, "- {}", sentence.in_words(words));
    }
    let findings = lint(&policy, &Known::default());
    if findings.is_empty() {
        return Ok(told);
    }
    let lines = read_lined(&text)
        .map(|(_, lines)| lines)
        .unwrap_or_default();
    told.push_str("\nIt is allowed, but is this meant?\n");
    for finding in findings {
        let line = finding.line(&lines);
        let line = line.map_or_else(String::new, |line| format!("line {line}: "));
        let said = finding.said.in_words(words);
        let _ = writeln!(told, "- {line}{said} ({})", kind(finding.kind));
    }
    Ok(told)
}

fn kind(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::NeverFires => "never fires",
        FindingKind::Contradicts => "contradicts",
        FindingKind::HidesHuman => "hides the human",
        FindingKind::SlowsCustomers => "slows VIPs or new customers",
        FindingKind::CanLoop => "can loop",
    }
}

/// What a line of a comparison is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// In both.
    Same,
    /// Only in the second.
    Added,
    /// Only in the first.
    Removed,
    /// Lines that are the same in both were left out here.
    Gap,
}

/// Lines that stay around each change.
const AROUND: usize = 2;

/// Two texts line by line: what changes, with a little of what stands around it. Empty where
/// they are the same.
pub fn lines_between(before: &str, after: &str) -> Vec<(Mark, String)> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(AROUND) {
        let is_first = group.first().is_none_or(|op| op.old_range().start == 0);
        if !is_first {
            lines.push((Mark::Gap, String::new()));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let mark = match change.tag() {
                ChangeTag::Equal => Mark::Same,
                ChangeTag::Insert => Mark::Added,
                ChangeTag::Delete => Mark::Removed,
            };
            lines.push((
                mark,
                change.value().trim_end_matches(['\r', '\n']).to_string(),
            ));
        }
    }
    lines
}

/// Two policies compared, in meaning and in text.
pub fn compare(before: (&Policy, &str), after: (&Policy, &str)) -> String {
    let changes = diff(before.0, after.0);
    let mut told = String::new();
    if changes.is_empty() {
        told.push_str("They mean the same.\n");
    }
    for change in changes {
        let _ = writeln!(told, "- {}", change.in_words(Words::of("en")));
    }
    let lines = lines_between(before.1, after.1);
    if !lines.is_empty() {
        told.push('\n');
    }
    for (mark, line) in lines {
        let _ = match mark {
            Mark::Same => writeln!(told, "  {line}"),
            Mark::Added => writeln!(told, "+ {line}"),
            Mark::Removed => writeln!(told, "- {line}"),
            Mark::Gap => writeln!(told, "…"),
        };
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_shown_with_a_little_around_it() {
        let before: String = (1..=20).map(|n| format!("line {n}\n")).collect();
        let after = before.replace("line 10\n", "line ten\n");
        let lines = lines_between(&before, &after);
        let texts: Vec<&str> = lines.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "", "line 8", "line 9", "line 10", "line ten", "line 11", "line 12"
            ]
        );
        assert_eq!(
            (lines[0].0, lines[3].0, lines[4].0),
            (Mark::Gap, Mark::Removed, Mark::Added)
        );
        assert_eq!(lines_between(&before, &before), vec![]);
    }
}
