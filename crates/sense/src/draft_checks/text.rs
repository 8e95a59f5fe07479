//! A text read for comparing with others: its words, its figures, what it means, what rules
//! find in it.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, LazyLock};

use regex::Regex;
use segue_encoder::Meaning;

use crate::answer::sentences;
use crate::language;
use crate::normal::{Normal, is_ideograph};
use crate::read::Reader;
use crate::rules::Rules;
use crate::similar::{best_match, cosine};
use crate::terms::{canonical, is_light, terms};

/// Terms of one text that are compared.
const COMPARED: usize = 400;

/// What somebody can be asked to do, by name, in any wording.
static ACTIONS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let lines = include_str!("../../data/actions.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (name, pattern) = line.split_once(' ')?;
            let regex = Regex::new(pattern).expect("a test reads every action");
            Some((name, regex))
        })
        .collect()
});

/// A text read for comparing.
pub(super) struct Text<'a> {
    pub raw: &'a str,
    pub terms: HashSet<String>,
    /// Runs of digits: order numbers, amounts, error codes.
    pub figures: BTreeSet<&'a str>,
    normal: Normal<'a>,
    meaning: Option<Arc<Meaning>>,
}

impl<'a> Text<'a> {
    /// Reads a text whose language is known from the conversation.
    pub fn of(reader: &Reader, raw: &'a str, language: &str) -> Self {
        Self {
            meaning: reader.meaning(raw),
            ..Self::lexical(raw, language)
        }
    }

    /// The same without asking what it means.
    pub fn lexical(raw: &'a str, language: &str) -> Self {
        let terms = terms(raw, language).into_iter().take(COMPARED);
        Self {
            raw,
            terms: terms.map(|term| canonical(&term).to_owned()).collect(),
            figures: figures(raw).collect(),
            normal: Normal::of(raw),
            meaning: None,
        }
    }

    /// Each sentence of it; the text itself where there is but one.
    pub fn sentences(raw: &'a str) -> Vec<&'a str> {
        let found = sentences(raw);
        if found.is_empty() { vec![raw] } else { found }
    }

    pub fn normal(&self) -> &str {
        &self.normal.text
    }

    pub fn meaning(&self) -> Option<Arc<Meaning>> {
        self.meaning.clone()
    }

    /// 1 where the rules find something.
    pub fn rule(&self, rules: &Rules) -> f32 {
        f32::from(rules.matches(&self.normal))
    }

    /// How strongly the rules find something, 0..1.
    pub fn strength(&self, rules: &Rules) -> f32 {
        let found = rules.find(&self.normal);
        found.first().map_or(0.0, |found| found.strength as f32)
    }

    /// The names of what it speaks of doing.
    pub fn actions(&self) -> HashSet<&'static str> {
        let named = ACTIONS.iter();
        let named = named.filter(|(_, pattern)| pattern.is_match(&self.normal.text));
        named.map(|(name, _)| *name).collect()
    }

    /// Whether it is a question, by how it ends.
    pub fn asks(&self) -> bool {
        let end = self.raw.trim_end().trim_end_matches(['。', '.', ' ']);
        end.ends_with(['?', '？', '؟', 'か'])
    }

    /// The share of its terms that stand in another, words that say little counting a third.
    pub fn covered_by(&self, among: &HashSet<String>) -> f32 {
        let all: f64 = self.terms.iter().map(|term| weight(term)).sum();
        let found = |term: &String| weight(term) * best_match(term, among);
        (self.terms.iter().map(found).sum::<f64>() / all.max(1.0)) as f32
    }

    /// The weight of its terms that do not stand in another.
    pub fn new_beside(&self, among: &HashSet<String>) -> f32 {
        let new = |term: &String| weight(term) * (1.0 - best_match(term, among));
        self.terms.iter().map(new).sum::<f64>() as f32
    }

    /// The cosines of both their vectors; `None` in lexical mode.
    pub fn near(&self, other: &Text<'_>) -> Option<(f32, f32)> {
        let (own, other) = (self.meaning.as_ref()?, other.meaning.as_ref()?);
        let plain = cosine(&own.plain, &other.plain);
        Some((plain as f32, cosine(&own.adapted, &other.adapted) as f32))
    }

    /// Terms that tell something, and stand in another too.
    pub fn shared_with(&self, told: &HashSet<String>) -> usize {
        let tells = |term: &&String| {
            let letters = term.chars().count();
            let is_long = letters > 3 || letters > 1 && term.chars().any(is_ideograph);
            is_long && !is_light(term) && told.contains(*term)
        };
        self.terms.iter().filter(tells).count()
    }
}

/// The language that texts of one conversation are in.
pub(super) fn language_of<'a>(texts: impl Iterator<Item = &'a str>) -> &'static str {
    let mut all = String::new();
    for text in texts {
        all.push_str(text);
        all.push('\n');
        if all.len() > 600 {
            break;
        }
    }
    language::detect(&all).unwrap_or("en")
}

fn weight(term: &str) -> f64 {
    if is_light(term) { 0.33 } else { 1.0 }
}

/// Runs of digits.
fn figures(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|figure| figure.len() >= 2)
}
