//! A labelled text, whatever set it came from: for each head yes, no, or not known.

use segue_sense::heads::{HEADS, Head};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::fs;
use std::path::Path;

/// What a set says of one head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    Yes,
    No,
    Unknown,
}

/// A labelled text.
#[derive(Clone, Debug)]
pub struct Case {
    pub text: String,
    /// The set it came from.
    pub set: &'static str,
    pub weight: f32,
    pub labels: [Label; HEADS],
}

impl Case {
    pub fn label(&self, head: Head) -> Label {
        self.labels[head as usize]
    }
}

/// A line of a data file; every set has some of these fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Line {
    pub id: String,
    pub text: String,
    pub lang: String,
    pub messages: Vec<Said>,
    pub labels: Vec<String>,
    pub triggers: Vec<String>,
    /// What the writer did not look for.
    pub unlabelled: Vec<String>,
    pub feedback: Option<String>,
    pub declines_offer: Option<bool>,
    pub small_talk: Option<String>,
}

/// A message of a line.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    pub role: String,
    pub text: String,
}

impl Line {
    /// The text that is judged: its own, or the last message's.
    pub fn judged(&self) -> &str {
        match self.messages.last() {
            Some(last) if self.text.is_empty() => &last.text,
            _ => &self.text,
        }
    }

    pub fn is_labelled(&self, label: &str) -> bool {
        self.labels.iter().any(|own| own == label)
    }
}

/// Reads a file of lines; a line that does not parse is an error with its number.
pub fn lines(path: &Path) -> Result<Vec<Line>, Box<dyn Error>> {
    rows(path)
}

/// The lines of a data file of any kind.
pub fn rows<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Box<dyn Error>> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("could not read {}: {error}", path.display()))?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            serde_json::from_str(line)
                .map_err(|error| format!("{} line {}: {error}", path.display(), number + 1).into())
        })
        .collect()
}
