//! Whether a sentence was carried over into another language without gaining or losing what
//! can be compared across languages: numbers, links, quoted words, yes and no.

use std::collections::BTreeSet;

use super::claims::{claims_human, denies, is_markup, promises, speaks_for_itself};
use super::figures::{links, quoted, values};
use super::{Fault, is_in};
use crate::answer;

/// How much shorter or longer a translation may be, in letters.
const RATIO: std::ops::RangeInclusive<f64> = 0.15..=3.0;
/// Shorter sentences may vary more than that.
const SHORT: usize = 12;

/// The sentences of a checked answer with what stands before each: nothing, a space or
/// line breaks. Joined they give the answer again.
pub fn in_sentences(text: &str) -> Vec<(&str, &str)> {
    let mut at = 0;
    let mut found = Vec::new();
    for sentence in answer::sentences(text) {
        let Some(start) = text[at..].find(sentence).map(|start| at + start) else {
            continue;
        };
        found.push((&text[at..start], sentence));
        at = start + sentence.len();
    }
    found
}

/// What is wrong with a sentence's translation into `language`, if something is.
pub fn fault_in_rendering(original: &str, rendered: &str, language: &str) -> Option<Fault> {
    if is_markup(rendered) || rendered.contains('\n') {
        return Some(Fault::Markup);
    }
    if claims_human(rendered) {
        return Some(Fault::Human);
    }
    if !is_in(rendered, language) {
        return Some(Fault::Language);
    }
    let gained = |says: fn(&str) -> bool| says(rendered) && !says(original);
    if gained(speaks_for_itself) || gained(|text| promises(text).is_some()) {
        return Some(Fault::Promise);
    }
    let set = |of: Vec<String>| of.into_iter().collect::<BTreeSet<_>>();
    if set(links(original)) != set(links(rendered)) {
        return Some(Fault::Link);
    }
    if values(original) != values(rendered) {
        return Some(Fault::Number);
    }
    if quoted(original).len() != quoted(rendered).len() {
        return Some(Fault::Name);
    }
    if denies(original) != denies(rendered) {
        return Some(Fault::Opposite);
    }
    let letters = |text: &str| text.chars().count();
    let ratio = letters(rendered) as f64 / letters(original).max(1) as f64;
    let fits = RATIO.contains(&ratio) || letters(original) < SHORT;
    (!fits || rendered.trim().is_empty()).then_some(Fault::Words)
}
