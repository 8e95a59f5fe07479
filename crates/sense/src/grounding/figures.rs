//! What in a sentence must be exactly so: numbers with what they count, links, names.

use std::sync::LazyLock;

use regex::Regex;

use crate::normal::fold_all;
use crate::terms::terms;

/// A number and the word after it, or the currency beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figure {
    value: String,
    unit: Option<String>,
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?P<before>[$€£¥%])?\s?
        (?P<number>\d+(?:[.,:/]\d+)*)
        (?:\s?(?P<after>[$€£¥%°])|[\ \u{a0}-]{0,2}(?P<unit>\p{L}+))?",
    )
    .expect("the pattern is constant and tested")
});
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b[a-z][a-z0-9+.-]*://[^\s)>\]]+|\bwww\.[^\s)>\]]+|[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+|\b[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.(?:com|org|net|io|info|biz|app|dev|shop|de|fr|es|pt|br|cn|jp|uk|eu|ru|co|me|xyz|top|site|online|link)\b(?:/[^\s)>\]]*)?")
        .expect("the pattern is constant and tested")
});
static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("[“\"„«「『]([^”\"“»」』]{2,80})[”\"“»」』]")
        .expect("the pattern is constant and tested")
});
static CAPITAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{L}\p{N}][\p{L}\p{N}'’_-]*").expect("the pattern is constant and tested")
});

/// Small numbers in words; a one is an article in most languages, so it is not among them.
const WORDS: &[(&str, &str)] = &[
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
    ("eleven", "11"),
    ("twelve", "12"),
    ("fourteen", "14"),
    ("fifteen", "15"),
    ("twenty", "20"),
    ("thirty", "30"),
    ("sixty", "60"),
    ("ninety", "90"),
    ("hundred", "100"),
    ("zwei", "2"),
    ("drei", "3"),
    ("vier", "4"),
    ("funf", "5"),
    ("sechs", "6"),
    ("sieben", "7"),
    ("acht", "8"),
    ("neun", "9"),
    ("zehn", "10"),
    ("vierzehn", "14"),
    ("dreissig", "30"),
    ("deux", "2"),
    ("trois", "3"),
    ("quatre", "4"),
    ("cinq", "5"),
    ("sept", "7"),
    ("huit", "8"),
    ("neuf", "9"),
    ("dix", "10"),
    ("quatorze", "14"),
    ("quinze", "15"),
    ("trente", "30"),
    ("dos", "2"),
    ("tres", "3"),
    ("cuatro", "4"),
    ("cinco", "5"),
    ("siete", "7"),
    ("ocho", "8"),
    ("nueve", "9"),
    ("diez", "10"),
    ("catorce", "14"),
    ("treinta", "30"),
    ("dois", "2"),
    ("duas", "2"),
    ("quatro", "4"),
    ("sete", "7"),
    ("oito", "8"),
    ("nove", "9"),
    ("dez", "10"),
    ("trinta", "30"),
];

/// The numbers of a text. A list's own numbers are none.
pub(super) fn figures(text: &str) -> Vec<Figure> {
    let mut figures = Vec::new();
    for line in text.lines() {
        let line = without_marker(line.trim());
        for found in NUMBER.captures_iter(&in_figures(line)) {
            let sign = found.name("before").or(found.name("after"));
            let unit = match (sign, found.name("unit")) {
                (Some(sign), _) => Some(sign.as_str().to_string()),
                (None, Some(word)) => unit(word.as_str()),
                (None, None) => None,
            };
            figures.push(Figure {
                value: value(&found["number"]),
                unit,
            });
        }
    }
    figures
}

impl Figure {
    /// Whether the same number of the same stands there. "3 to 5 days" gives the 3 no unit
    /// of its own, so a number without one asks only for itself.
    pub(super) fn stands_in(&self, said: &[&Figure]) -> bool {
        let same = said.iter().filter(|said| said.value == self.value);
        let units: Vec<&Option<String>> = same.map(|said| &said.unit).collect();
        match &self.unit {
            _ if units.is_empty() => false,
            None => true,
            Some(unit) => units
                .iter()
                .any(|said| said.as_ref().is_none_or(|said| said == unit)),
        }
    }
}

/// Numbers in words as figures.
fn in_figures(line: &str) -> String {
    let mut figures = String::with_capacity(line.len());
    for word in line.split_inclusive(|c: char| !c.is_alphabetic()) {
        let bare = word.trim_end_matches(|c: char| !c.is_alphabetic());
        let folded = fold_all(bare);
        match WORDS.iter().find(|(name, _)| *name == folded) {
            Some((_, number)) => {
                figures.push_str(number);
                figures.push_str(&word[bare.len()..]);
            }
            None => figures.push_str(word),
        }
    }
    figures
}

fn unit(word: &str) -> Option<String> {
    let folded = fold_all(word);
    match folded.as_str() {
        "eur" | "euro" | "euros" => Some("€".into()),
        "usd" | "dollar" | "dollars" => Some("$".into()),
        "gbp" | "pound" | "pounds" => Some("£".into()),
        "percent" | "prozent" => Some("%".into()),
        _ => terms(word, "en").pop(),
    }
}

/// 1,000 and 1.000 are the same; so are 3,5 and 3.5.
fn value(number: &str) -> String {
    let parts: Vec<&str> = number.split([',', '.']).collect();
    match parts.as_slice() {
        [first, rest @ ..]
            if !rest.is_empty() && first.len() <= 3 && rest.iter().all(|part| part.len() == 3) =>
        {
            parts.concat()
        }
        _ => number.replace(',', "."),
    }
}

fn without_marker(line: &str) -> &str {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    match line[digits..].strip_prefix(['.', ')']) {
        Some(rest) if (1..=3).contains(&digits) && rest.starts_with(' ') => rest,
        _ => line,
    }
}

/// The numbers of a text without what they count, in order of size.
pub(super) fn values(text: &str) -> Vec<String> {
    let mut values: Vec<String> = figures(text)
        .into_iter()
        .map(|figure| figure.value)
        .collect();
    values.sort();
    values
}

/// What stands in quotation marks.
pub(super) fn quoted(text: &str) -> Vec<String> {
    QUOTED
        .captures_iter(text)
        .map(|quoted| quoted[1].trim_end_matches(['.', ',', '!', '?']).to_string())
        .collect()
}

/// Web and mail addresses.
pub(super) fn links(text: &str) -> Vec<String> {
    LINK.find_iter(text)
        .map(|link| {
            link.as_str()
                .trim_end_matches(['.', ',', ';', ':', '!', '?'])
                .to_string()
        })
        .collect()
}

/// What is quoted, and what is written with a capital inside a sentence or has a figure or
/// an underscore in it. German writes every noun so; there only the quoted counts.
pub(super) fn names(text: &str, language: &str) -> Vec<String> {
    let mut names = quoted(text);
    for line in text.lines() {
        let line = without_marker(line.trim().trim_start_matches("- "));
        let mut at_start = true;
        let mut end = 0;
        for word in CAPITAL.find_iter(line) {
            let between = &line[end..word.start()];
            at_start |= between.contains(['.', '!', '?', ':', '“', '"']);
            let text = word.as_str();
            let is_code = text.contains('_')
                || text.chars().any(|c| c.is_ascii_digit())
                    && text.chars().any(char::is_alphabetic);
            let is_capital = text.starts_with(char::is_uppercase) && text.chars().count() > 1;
            let counts = is_capital && !at_start && language != "de" && !is_pronoun(text);
            if is_code || counts {
                names.push(
                    text.trim_end_matches("'s")
                        .trim_end_matches("’s")
                        .to_string(),
                );
            }
            at_start = false;
            end = word.end();
        }
    }
    names
}

fn is_pronoun(word: &str) -> bool {
    matches!(
        word,
        "I'm" | "I’m" | "I'll" | "I’ll" | "OK" | "Sie" | "Ihr" | "Ihre" | "Ihnen" | "Usted"
    )
}
