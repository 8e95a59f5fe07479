//! The files of drafts and repetitions (`checks/*.jsonl`): how they are read, and how what
//! `segue judge` makes of them is scored.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use segue_sense::draft_checks::{Said, Speaker};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cases::rows;
use crate::score::{Confusion, Share};

/// What an agent is about to send.
#[derive(Clone, Debug, Deserialize)]
pub struct DraftCase {
    pub lang: String,
    #[serde(default)]
    pub history: Vec<crate::cases::Said>,
    #[serde(default)]
    pub attempted: Vec<String>,
    pub draft: String,
    pub cold_greeting: bool,
    pub repeats_solution: bool,
    pub repeated_index: Option<usize>,
    /// Absent in files that were written before this was asked.
    pub asks_again: Option<bool>,
    /// The trade, where the file names it.
    #[serde(default)]
    pub note: String,
}

impl DraftCase {
    pub fn said(&self) -> Vec<Said<'_>> {
        let by = |role: &str| match role {
            "customer" => Speaker::Customer,
            "agent" => Speaker::Agent,
            _ => Speaker::Machine,
        };
        let said = self.history.iter().map(|said| Said {
            by: by(&said.role),
            text: &said.text,
        });
        said.collect()
    }

    pub fn tried(&self) -> Vec<&str> {
        self.attempted.iter().map(String::as_str).collect()
    }
}

/// What a customer writes after a handoff.
#[derive(Clone, Debug, Deserialize)]
pub struct RepetitionCase {
    pub lang: String,
    pub text: String,
    #[serde(default)]
    pub context: Vec<String>,
    pub repeats: bool,
    /// `explicit`, `implicit` or `none`; absent in the oldest file.
    pub kind: Option<String>,
}

/// The cases of a part whose files' names begin so, in the order of the names.
pub fn load<T: DeserializeOwned>(
    evals: &Path,
    part: &str,
    name: &str,
) -> Result<Vec<T>, Box<dyn Error>> {
    let mut cases = Vec::new();
    for file in files(evals, part, name)? {
        cases.extend(rows::<T>(&file)?);
    }
    Ok(cases)
}

/// The files of a part whose names begin so, in order.
pub fn files(evals: &Path, part: &str, name: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let folder = evals.join(part).join("checks");
    let read = fs::read_dir(&folder)
        .map_err(|error| format!("could not read {}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = read
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| {
            let file = path.file_name().and_then(|file| file.to_str());
            file.is_some_and(|file| file.starts_with(name) && file.ends_with(".jsonl"))
        })
        .collect();
    files.sort();
    Ok(files)
}

/// How one question was answered, altogether and by language.
#[derive(Default)]
struct Asked {
    all: Confusion,
    by_language: BTreeMap<String, Confusion>,
}

impl Asked {
    fn count(&mut self, language: &str, said: bool, right: bool) {
        self.all.count(said, right);
        let own = self.by_language.entry(language.to_owned()).or_default();
        own.count(said, right);
    }

    fn print(&self, name: &str) {
        println!("{name}: {}", self.all);
        let each = self.by_language.iter();
        let each: Vec<String> = each
            .map(|(language, one)| format!("{language} {:.2}", one.f1()))
            .collect();
        println!("  F1 by language: {}", each.join(", "));
    }
}

/// Scores what was made of drafts.
pub fn score_drafts(cases: &[DraftCase], judged: &[Value], errors: bool) {
    let (mut cold, mut repeats, mut asks) = (Asked::default(), Asked::default(), Asked::default());
    let mut index = Share::default();
    for (case, line) in cases.iter().zip(judged) {
        let said = |name: &str| line[name].as_bool().unwrap_or(false);
        let wrong = |name: &str, right: bool| {
            if errors && said(name) != right {
                println!("  {name} {}, should be {right}: {}", said(name), case.draft);
            }
        };
        cold.count(&case.lang, said("cold_greeting"), case.cold_greeting);
        wrong("cold_greeting", case.cold_greeting);
        let repeated = said("repeats_solution");
        repeats.count(&case.lang, repeated, case.repeats_solution);
        wrong("repeats_solution", case.repeats_solution);
        if let (true, Some(right)) = (repeated, case.repeated_index) {
            index.count(line["repeated_index"].as_u64() == Some(right as u64));
        }
        if let Some(right) = case.asks_again {
            asks.count(&case.lang, said("asks_again"), right);
            wrong("asks_again", right);
        }
    }
    cold.print("cold greeting");
    repeats.print("repeats a solution");
    println!("  the right one of those that repeat: {index}");
    asks.print("asks again");
}

/// Scores what was made of repetitions. The explicit ones are scored against all that is none:
/// an implicit one taken for explicit is a repetition all the same.
pub fn score_repetitions(cases: &[RepetitionCase], judged: &[Value], errors: bool) {
    let (mut all, mut explicit, mut implicit) =
        (Asked::default(), Asked::default(), Asked::default());
    for (case, line) in cases.iter().zip(judged) {
        let repeats = line["repeats"].as_bool().unwrap_or(false);
        all.count(&case.lang, repeats, case.repeats);
        if errors && repeats != case.repeats {
            println!(
                "  repeats {repeats}, should be {}: {}",
                case.repeats, case.text
            );
        }
        match case.kind.as_deref() {
            Some("explicit") => explicit.count(&case.lang, repeats, true),
            Some("implicit") => implicit.count(&case.lang, repeats, true),
            Some(_) => {
                explicit.count(&case.lang, repeats, false);
                implicit.count(&case.lang, repeats, false);
            }
            None => {}
        }
    }
    all.print("says again");
    explicit.print("says again, explicit against none");
    implicit.print("says again, implicit against none");
}
