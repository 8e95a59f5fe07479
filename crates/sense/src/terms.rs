//! From a text to the terms that carry its content: folded, without stop words,
//! stemmed by language; scripts without spaces give pairs of characters.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

use crate::normal::{fold_all, is_ideograph};

/// Stop words by language, as data.
pub(crate) const STOP_WORDS: &[(&str, &str)] = &[
    ("en", include_str!("../data/stopwords/en.txt")),
    ("es", include_str!("../data/stopwords/es.txt")),
    ("fr", include_str!("../data/stopwords/fr.txt")),
    ("de", include_str!("../data/stopwords/de.txt")),
    ("pt", include_str!("../data/stopwords/pt.txt")),
    ("it", include_str!("../data/stopwords/it.txt")),
    ("nl", include_str!("../data/stopwords/nl.txt")),
];
const SYNONYMS: &str = include_str!("../data/synonyms.txt");
const PHRASES: &str = include_str!("../data/phrases.txt");
const LIGHT: &str = include_str!("../data/light.txt");

static STOPS: LazyLock<HashMap<&str, HashSet<&str>>> = LazyLock::new(|| {
    STOP_WORDS
        .iter()
        .map(|(language, words)| (*language, words.split_whitespace().collect()))
        .collect()
});

/// Stem → the stem that stands for its group. English only.
static GROUPS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let mut groups = HashMap::new();
    for line in SYNONYMS.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(head) = words.next().map(|head| stem(head, "en")) else {
            continue;
        };
        for word in words {
            groups
                .entry(stem(word, "en"))
                .or_insert_with(|| head.clone());
        }
    }
    groups
});

type Words = Vec<&'static str>;

/// Words of a phrase → the words that stand for it, by the phrase's first word.
static PHRASES_BY_FIRST: LazyLock<HashMap<&str, Vec<(Words, Words)>>> = LazyLock::new(|| {
    let mut by_first: HashMap<&str, Vec<_>> = HashMap::new();
    for line in PHRASES.lines().filter(|line| !line.starts_with('#')) {
        let Some((phrase, words)) = line.split_once('=') else {
            continue;
        };
        let phrase: Vec<&str> = phrase.split_whitespace().collect();
        if let Some(first) = phrase.first() {
            let words = words.split_whitespace().collect();
            by_first.entry(*first).or_default().push((phrase, words));
        }
    }
    // The longest phrase is tried first.
    by_first
        .values_mut()
        .for_each(|phrases| phrases.sort_by_key(|(phrase, _)| std::cmp::Reverse(phrase.len())));
    by_first
});

static LIGHT_STEMS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    LIGHT
        .split_whitespace()
        .map(|word| stem(word, "en"))
        .collect()
});

/// Every stop word of every language.
pub(crate) fn all_stop_words() -> impl Iterator<Item = &'static str> {
    STOP_WORDS
        .iter()
        .flat_map(|(_, words)| words.split_whitespace())
}

/// The terms of a text in their order, repeats included.
pub(crate) fn terms(text: &str, language: &str) -> Vec<String> {
    let stops = STOPS.get(language).or_else(|| STOPS.get("en"));
    let mut terms = Vec::new();
    let folded = without_particles(fold_all(&text.replace(['\'', '’'], "")), language);
    let words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if let Some((length, meant)) = phrase(&words[at..], language) {
            terms.extend(meant.iter().map(|word| stem(word, language)));
            at += length;
            continue;
        }
        at += 1;
        if word.chars().any(is_ideograph) {
            pairs(word, &mut terms);
        } else if !stops.is_some_and(|stops| stops.contains(word)) {
            terms.push(stem(word, language));
        }
    }
    terms
}

/// The phrase that the words begin with: its length, and what is meant. English only.
fn phrase(words: &[&str], language: &str) -> Option<(usize, &'static [&'static str])> {
    if language != "en" {
        return None;
    }
    let phrases = PHRASES_BY_FIRST.get(*words.first()?)?;
    let (phrase, meant) = phrases.iter().find(|(phrase, _)| {
        phrase.len() <= words.len() && phrase.iter().zip(words).all(|(a, b)| a == b)
    })?;
    Some((phrase.len(), meant))
}

/// Chinese phrases that carry no content.
const ZH_STOPS: &str = "请问 我想 我要 怎么办 怎么样 怎么 怎样 如何 什么 为什么 可以 能不能 能 你们 我们 我的 \
    你好 您好 一下 吗 呢 吧 的 了 是 我 你 您 在 有没有 有 不 想 要 请 和";

/// Chinese loses its empty phrases, Japanese its hiragana, where the particles and
/// endings are; a word that is all hiragana stays.
fn without_particles(text: String, language: &str) -> String {
    match language {
        "zh" => ZH_STOPS
            .split_whitespace()
            .fold(text, |text, stop| text.replace(stop, " ")),
        "ja" if text
            .chars()
            .any(|c| matches!(c, '\u{30a0}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')) =>
        {
            text.replace(|c| matches!(c, '\u{3040}'..='\u{309f}'), " ")
        }
        _ => text,
    }
}

fn pairs(word: &str, terms: &mut Vec<String>) {
    let letters: Vec<char> = word.chars().collect();
    if let [only] = letters.as_slice() {
        terms.push(only.to_string());
    }
    terms.extend(
        letters
            .windows(2)
            .map(|pair| pair.iter().collect::<String>()),
    );
}

/// The stem that stands for a term's group of synonyms, or the term itself.
pub(crate) fn canonical(term: &str) -> &str {
    GROUPS.get(term).map_or(term, String::as_str)
}

/// The head of the group of synonyms that a term is in, unless it is the head itself.
pub(crate) fn head(term: &str) -> Option<&'static str> {
    GROUPS
        .get(term)
        .map(String::as_str)
        .filter(|head| *head != term)
}

/// Whether a term says little about what is asked ("make", "way", "problem").
pub(crate) fn is_light(term: &str) -> bool {
    LIGHT_STEMS.contains(term)
}

pub(crate) fn stem(word: &str, language: &str) -> String {
    let algorithm = match language {
        "es" => Algorithm::Spanish,
        "fr" => Algorithm::French,
        "de" => Algorithm::German,
        "pt" => Algorithm::Portuguese,
        "it" => Algorithm::Italian,
        "nl" => Algorithm::Dutch,
        "ar" => Algorithm::Arabic,
        "ru" => Algorithm::Russian,
        _ => Algorithm::English,
    };
    // Very long words are noise, and stemmers need not see them.
    if word.chars().count() > 40 || word.chars().any(|c| c.is_ascii_digit()) {
        return word.chars().take(40).collect();
    }
    Stemmer::create(algorithm).stem(word).into_owned()
}

/// Character trigrams of a term, with its ends marked.
pub(crate) fn trigrams(term: &str) -> HashSet<[char; 3]> {
    let marked: Vec<char> = std::iter::once(' ')
        .chain(term.chars())
        .chain([' '])
        .collect();
    marked
        .windows(3)
        .map(|three| [three[0], three[1], three[2]])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_reduced_to_what_it_is_about() {
        let check = |text: &str, language: &str, expected: &[&str]| {
            assert_eq!(terms(text, language), expected, "{text}");
        };
        check("How do I reset my passwords?", "en", &["reset", "password"]);
        check(
            "¿Cómo cancelo mi suscripción?",
            "es",
            &["cancel", "suscripcion"],
        );
        check("返品", "ja", &["返品"]);
        check("", "en", &[]);
    }
}
