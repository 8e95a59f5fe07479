//! A sentence about a policy before it is put into a language: its key under `policy.` in
//! the words, and what stands in its holes.

use crate::signal::Trigger;
use crate::words::Words;

use super::span;

/// A sentence about a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Its key, without `policy.`.
    pub key: &'static str,
    /// What stands in its holes, by their names.
    pub values: Vec<(&'static str, Worth)>,
}

/// What can stand in a hole.
#[derive(Clone, Debug, PartialEq)]
pub enum Worth {
    /// The operator's own words, or as it stands in the file.
    Text(String),
    /// A trigger, told by its name in words.
    Trigger(Trigger),
    /// A setting, by its path in TOML, told by what it is called.
    Setting(&'static str),
    /// A span of time in milliseconds.
    Span(i64),
    /// A share of one.
    Share(f64),
    /// Words of their own, by their key without `policy.`.
    Words(&'static str),
}

impl Said {
    pub(super) fn new(key: &'static str) -> Self {
        Self {
            key,
            values: vec![],
        }
    }

    pub(super) fn with(mut self, name: &'static str, worth: impl Into<Worth>) -> Self {
        self.values.push((name, worth.into()));
        self
    }

    /// The sentence in a language.
    pub fn in_words(&self, words: &Words) -> String {
        let told: Vec<(&str, String)> = self
            .values
            .iter()
            .map(|(name, worth)| (*name, worth.in_words(words)))
            .collect();
        let values: Vec<(&str, &str)> = told
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        words.fill(&format!("policy.{}", self.key), &values)
    }
}

impl Worth {
    fn in_words(&self, words: &Words) -> String {
        match self {
            Worth::Text(text) => text.clone(),
            Worth::Trigger(trigger) => {
                let key = format!("console.trigger_{}", trigger.name().replace('.', "_"));
                match words.get(&key) {
                    "" => trigger.to_string(),
                    called => called.to_string(),
                }
            }
            Worth::Setting(path) => words.get(&format!("policy.setting.{path}")).to_string(),
            Worth::Span(span_ms) => in_units(*span_ms, words),
            Worth::Share(share) => format!("{:.0} %", share * 100.0),
            Worth::Words(key) => words.get(&format!("policy.{key}")).to_string(),
        }
    }
}

/// A span in the largest units that hold it.
fn in_units(span_ms: i64, words: &Words) -> String {
    let parts = span::units(span_ms);
    let told = parts.into_iter().map(|(unit, count)| {
        let many = if count == 1 { "one" } else { "many" };
        let key = format!("policy.span_{unit}_{many}");
        words.fill(&key, &[("n", &count.to_string())])
    });
    told.collect::<Vec<_>>().join(" ")
}

impl From<String> for Worth {
    fn from(text: String) -> Self {
        Worth::Text(text)
    }
}
impl From<&str> for Worth {
    fn from(text: &str) -> Self {
        Worth::Text(text.into())
    }
}
impl From<Trigger> for Worth {
    fn from(trigger: Trigger) -> Self {
        Worth::Trigger(trigger)
    }
}
impl From<u32> for Worth {
    fn from(count: u32) -> Self {
        Worth::Text(count.to_string())
    }
}
