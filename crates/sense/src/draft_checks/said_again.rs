//! Whether a customer says again what they said before (P35): in so many words, or by telling
//! facts again.

use std::collections::{BTreeSet, HashSet};

use segue_core::guard::Retold;

use super::details::{SOME_FIGURE, is_weak, told};
use super::heads::{Kind, Look, probability};
use super::text::{Text, language_of};
use crate::read::Reader;
use crate::rules;

/// From this score on a customer's text counts as repeating.
pub const REPEATS: f64 = 0.5;
/// Sentences that are compared, the newest.
const COMPARED: usize = 80;
/// From this nearness on an earlier message is pointed at; in lexical mode, from this share
/// of words.
const NEAR: f32 = 0.83;
const SHARED: f32 = 0.2;

/// How much a customer's text says again what was said before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Repeated {
    /// 0..1; from [`REPEATS`] on it counts.
    pub score: f64,
    /// Whether the customer says so: "as I already told the bot".
    pub is_said: bool,
    /// The earlier message that is nearest, where one is near.
    pub of: Option<usize>,
    /// What is told again. Told apart by rule, and scored on no labelled case.
    pub what: Retold,
}

impl Repeated {
    /// Whether it counts as a repetition.
    pub fn counts(&self) -> bool {
        self.score >= REPEATS
    }
}

/// What is seen of a text beside what was said before; `None` where there is nothing to see.
///
/// Features: by the rules, that it was said; the share of its words that are known, and the
/// weight of the new ones; the nearness of both vectors, and of its furthest sentence; a known
/// figure, a new one; a question; its length; a detail that is new; known words that come
/// with nearness; an earlier message that is covered.
pub fn look(reader: &Reader, text: &str, before: &[&str]) -> Option<(Look, Option<usize>)> {
    if text.trim().is_empty() {
        return None;
    }
    let language = language_of(before.iter().copied().chain([text]));
    let own = Text::of(reader, text, language);
    let mut heard: Vec<(usize, Text<'_>)> = Vec::new();
    for (message, said) in before.iter().enumerate().rev() {
        let mut sentences = Text::sentences(said);
        if sentences.len() > 1 {
            sentences.push(said);
        }
        if heard.len() < COMPARED {
            let read = sentences.into_iter();
            heard.extend(read.map(|sentence| (message, Text::of(reader, sentence, language))));
        }
    }
    let terms: HashSet<String> = heard
        .iter()
        .flat_map(|(_, text)| text.terms.iter().cloned())
        .collect();
    let figures: BTreeSet<&str> = heard
        .iter()
        .flat_map(|(_, text)| text.figures.iter().copied())
        .collect();
    let details: BTreeSet<&str> = heard.iter().flat_map(|(_, text)| told(text)).collect();
    let nearest = |text: &Text<'_>| {
        let near = heard.iter().filter_map(|(_, other)| text.near(other));
        near.fold((0.7f32, 0.5f32), |best, near| {
            (best.0.max(near.0), best.1.max(near.1))
        })
    };
    let (plain, adapted) = nearest(&own);
    let sentences = Text::sentences(text);
    let furthest = if sentences.len() > 1 {
        let read = sentences.into_iter();
        let read = read.map(|sentence| nearest(&Text::of(reader, sentence, language)).0);
        read.fold(1.0, f32::min)
    } else {
        plain
    };
    let known = own.covered_by(&terms);
    let covers = heard.iter().map(|(_, other)| other.covered_by(&own.terms));
    let has_meaning = own.meaning().is_some();
    let with_meaning = |value: f32| if has_meaning { value } else { 0.0 };
    let features = vec![
        own.strength(&rules::SAYS_AGAIN),
        known * 2.0,
        own.new_beside(&terms).min(6.0) / 2.0,
        with_meaning((plain - 0.85) * 15.0),
        with_meaning((adapted - 0.75) * 5.0),
        with_meaning((furthest - 0.85) * 15.0),
        f32::from(own.figures.iter().any(|figure| figures.contains(figure))),
        f32::from(own.figures.iter().any(|figure| !figures.contains(figure))),
        f32::from(own.asks()),
        own.terms.len().min(12) as f32 / 4.0,
        f32::from(told(&own).iter().any(|detail| !details.contains(detail))),
        with_meaning(known * (plain - 0.8) * 10.0),
        covers.fold(0.0, f32::max),
    ];
    let alike = heard.iter().map(|(message, other)| match own.near(other) {
        Some((near, _)) => (near - NEAR, *message),
        None => (own.covered_by(&other.terms) - SHARED, *message),
    });
    let of = alike
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(near, _)| *near >= 0.0)
        .map(|(_, message)| message);
    let look = Look {
        features,
        meaning: own.meaning(),
        salience: 0.0,
    };
    Some((look, of))
}

/// How much a customer's text says again what they said in `before`.
pub fn repetition(reader: &Reader, text: &str, before: &[&str]) -> Repeated {
    let Some((look, of)) = look(reader, text, before) else {
        return Repeated::default();
    };
    let said = probability(Kind::Said, &look);
    let restated = probability(Kind::Restated, &look);
    Repeated {
        score: said.max(restated),
        is_said: said >= REPEATS,
        of,
        what: retold(text, before),
    }
}

/// A fact is told again where a figure or a detail of an earlier message comes back: then
/// whoever reads could have known it. Else it is the matter itself.
fn retold(text: &str, before: &[&str]) -> Retold {
    let language = language_of(before.iter().copied().chain([text]));
    let own = Text::lexical(text, language);
    let is_known = |detail: &&str| *detail != SOME_FIGURE && !is_weak(detail);
    let details: BTreeSet<&str> = told(&own).into_iter().filter(is_known).collect();
    let has_fact = before.iter().any(|said| {
        let said = Text::lexical(said, language);
        let figures = own.figures.intersection(&said.figures);
        let same = figures.into_iter().any(|figure| figure.len() >= 3);
        same || told(&said).iter().any(|detail| details.contains(detail))
    });
    if has_fact {
        Retold::Facts
    } else {
        Retold::Issue
    }
}
