//! How much two texts are about the same: for "asks the same again" (P21) and for
//! earlier contacts about the same issue (P12).

use std::collections::HashSet;

use segue_encoder::Vector;

use crate::language;
use crate::retrieval::Query;
use crate::terms::{canonical, is_light, terms, trigrams};

/// Terms that are compared; the rest of a very long text is not.
const COMPARED: usize = 400;

/// Cosines of texts about different things end about here, and of the same begin.
const FAR: f64 = 0.68;
const NEAR: f64 = 0.93;
/// How much the meaning counts beside the words.
const MEANING: f64 = 0.8;

/// 0 (nothing in common) to 1 (the same content): mostly by meaning where both texts
/// have one, else by words alone.
pub fn similarity(a: &Query, b: &Query) -> f64 {
    let by_words = shared_words(&a.text, &b.text);
    let (Some(meant), Some(other)) = (&a.meaning, &b.meaning) else {
        return by_words;
    };
    let by_meaning = (cosine(&meant.plain, &other.plain) - FAR) / (NEAR - FAR);
    let by_meaning = by_meaning.clamp(0.0, 1.0);
    // Nothing may be the same as an empty text.
    if a.text.trim().is_empty() || b.text.trim().is_empty() {
        return 0.0;
    }
    MEANING * by_meaning + (1.0 - MEANING) * by_words
}

/// The cosine of two vectors of length 1.
pub(crate) fn cosine(a: &Vector, b: &Vector) -> f64 {
    let sum: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    f64::from(sum)
}

/// The shared share of the two texts' terms, where synonyms and slips of the pen count as
/// the same and words that say little count a third.
fn shared_words(a: &str, b: &str) -> f64 {
    let shared_language = language::detect(a)
        .or_else(|| language::detect(b))
        .unwrap_or("en");
    let a = content(a, shared_language);
    let b = content(b, shared_language);
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let matched = |from: &HashSet<String>, to: &HashSet<String>| {
        from.iter()
            .map(|term| weight(term) * best_match(term, to))
            .sum::<f64>()
    };
    let total = |terms: &HashSet<String>| terms.iter().map(|term| weight(term)).sum::<f64>();
    let shared = matched(&a, &b) + matched(&b, &a);
    (shared / (total(&a) + total(&b))).clamp(0.0, 1.0)
}

fn content(text: &str, language: &str) -> HashSet<String> {
    let terms = terms(text, language);
    terms
        .into_iter()
        .take(COMPARED)
        .map(|term| canonical(&term).to_owned())
        .collect()
}

fn weight(term: &str) -> f64 {
    if is_light(term) { 0.33 } else { 1.0 }
}

pub(crate) fn best_match(term: &str, among: &HashSet<String>) -> f64 {
    if among.contains(term) {
        return 1.0;
    }
    if term.chars().count() < 5 || among.len() > 60 {
        return 0.0;
    }
    let own = trigrams(term);
    let dice = |other: &String| {
        let other = trigrams(other);
        let shared = own.intersection(&other).count();
        2.0 * shared as f64 / (own.len() + other.len()).max(1) as f64
    };
    let best = among.iter().map(dice).fold(0.0, f64::max);
    if best >= 0.55 { best } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_is_recognised_in_other_words() {
        let same = |a: &str, b: &str| {
            assert!(
                shared_words(a, b) >= 0.6,
                "{a} | {b}: {}",
                shared_words(a, b)
            )
        };
        let other = |a: &str, b: &str| {
            assert!(
                shared_words(a, b) < 0.6,
                "{a} | {b}: {}",
                shared_words(a, b)
            )
        };
        same("How do I reset my password?", "i want to reset my pasword");
        same(
            "the app crashes when I open a report",
            "App keeps crashing on opening reports!",
        );
        same("Where is my order?", "where's my order");
        same(
            "¿Cómo cancelo mi suscripción?",
            "quiero cancelar mi suscripción",
        );
        same("我想退货怎么办", "怎么退货");
        other("How do I reset my password?", "How do I change my plan?");
        other("Where is my order?", "How do I return an item?");
        other("hello", "hi");
        other("", "");
    }
}
