//! From texts to the words that conversations are found by. Whoever searches need not
//! know in which language and form a word was written: a word counts as it stands, folded,
//! and by its stem; scripts without spaces give their letters and pairs of them.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::language;
use crate::normal::{fold_all, is_ideograph};
use crate::terms::{all_stop_words, stem};

/// Words of a search that count; what follows them does not narrow it down any further.
pub const MOST_ASKED: usize = 8;
/// Forms of one word that are looked for.
pub const MOST_FORMS: usize = 4;
/// Letters of a word that count.
const LONGEST: usize = 40;
/// Stems are tried in these languages, after the one that the search seems to be in.
const LANGUAGES: [&str; 8] = ["en", "de", "es", "fr", "pt", "ar", "it", "nl"];

static STOPS: LazyLock<HashSet<&str>> = LazyLock::new(|| all_stop_words().collect());

/// What a text of this language is found by, without repeats.
pub fn words_of(text: &str, language: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut words = Vec::new();
    for piece in pieces(&fold_all(text)) {
        for form in forms_kept(&piece, language) {
            if seen.insert(form.clone()) {
                words.push(form);
            }
        }
    }
    words
}

/// What somebody looks for: each word as the forms of which one must be there. Words that
/// say nothing are left out where others are left.
pub fn words_asked(text: &str) -> Vec<Vec<String>> {
    let spoken = language::detect(text);
    let mut asked: Vec<(bool, Vec<String>)> = Vec::new();
    for piece in pieces(&fold_all(text)) {
        let found = match &piece {
            Piece::Letters(_) => {
                let singles = forms_kept(&piece, "");
                let pairs: Vec<String> = singles.iter().filter(is_pair).cloned().collect();
                // One letter alone is looked for as such, more by their pairs.
                let looked_for = if pairs.is_empty() { singles } else { pairs };
                looked_for
                    .into_iter()
                    .map(|one| (false, vec![one]))
                    .collect()
            }
            Piece::Word(word) => vec![(STOPS.contains(word.as_str()), forms_asked(word, spoken))],
        };
        for one in found {
            if !asked.contains(&one) {
                asked.push(one);
            }
        }
    }
    if asked.iter().any(|(is_stop, _)| !is_stop) {
        asked.retain(|(is_stop, _)| !is_stop);
    }
    asked.truncate(MOST_ASKED);
    asked.into_iter().map(|(_, forms)| forms).collect()
}

/// A part of a text, and whether it is what was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The words as they were written.
    pub text: String,
    /// Whether they were looked for.
    pub is_match: bool,
}

/// The place of a text that holds most of what was asked, about `length` letters of it;
/// empty where it holds nothing of it.
pub fn excerpt(text: &str, language: &str, asked: &[Vec<String>], length: usize) -> Vec<Part> {
    let letters: Vec<char> = text.chars().collect();
    let hits = hits(&letters, language, asked);
    let Some(&(first, _)) = hits.first() else {
        return vec![];
    };
    // A little before the first, from the beginning of a word on.
    let mut start = first.saturating_sub(length / 4);
    while start > 0 && start < first && letters[start - 1].is_alphanumeric() {
        start += 1;
    }
    let end = letters.len().min(start + length);
    let mut parts: Vec<Part> = Vec::new();
    let mut add = |from: usize, to: usize, is_match: bool| {
        if from < to {
            let text: String = letters[from..to].iter().collect();
            parts.push(Part {
                text: text.replace(['\n', '\r', '\t'], " "),
                is_match,
            });
        }
    };
    let mut at = start;
    for &(from, to) in hits
        .iter()
        .filter(|(from, _)| *from >= start && *from < end)
    {
        add(at, from, false);
        add(from.max(at), to.min(end), true);
        at = to.min(end);
    }
    add(at, end, false);
    if start > 0 {
        parts[0].text.insert(0, '…');
    }
    if let Some(last) = parts.last_mut().filter(|_| end < letters.len()) {
        last.text.push('…');
    }
    parts
}

/// How many of the words asked stand in a text.
pub fn matches(text: &str, language: &str, asked: &[Vec<String>]) -> usize {
    let words: HashSet<String> = words_of(text, language).into_iter().collect();
    let stands = |forms: &&Vec<String>| forms.iter().any(|form| words.contains(form));
    asked.iter().filter(stands).count()
}

/// Where words that were asked begin and end, in letters.
fn hits(letters: &[char], language: &str, asked: &[Vec<String>]) -> Vec<(usize, usize)> {
    let wanted: HashSet<&str> = asked.iter().flatten().map(String::as_str).collect();
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        if !letters[at].is_alphanumeric() {
            at += 1;
            continue;
        }
        let is_letter = is_ideograph(letters[at]);
        let mut end = at + 1;
        while end < letters.len()
            && letters[end].is_alphanumeric()
            && is_ideograph(letters[end]) == is_letter
        {
            end += 1;
        }
        if is_letter {
            for from in at..end {
                for to in [from + 1, from + 2] {
                    let form: String = letters[from..to.min(end)].iter().collect();
                    if to <= end && wanted.contains(fold_all(&form).as_str()) {
                        match found.last_mut().filter(|last| last.1 >= from) {
                            Some(last) => last.1 = last.1.max(to),
                            None => found.push((from, to)),
                        }
                    }
                }
            }
        } else {
            let word: String = letters[at..end].iter().collect();
            let forms = words_of(&word, language);
            if forms.iter().any(|form| wanted.contains(form.as_str())) {
                found.push((at, end));
            }
        }
        at = end;
    }
    found
}

/// A run of one kind of script.
enum Piece {
    /// A word between spaces.
    Word(String),
    /// Letters of a script without spaces.
    Letters(Vec<char>),
}

fn pieces(folded: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for word in folded.split(|c: char| !c.is_alphanumeric()) {
        let mut rest: Vec<char> = word.chars().collect();
        while let Some(first) = rest.first() {
            let is_letters = is_ideograph(*first);
            let end = rest.iter().position(|c| is_ideograph(*c) != is_letters);
            let tail = rest.split_off(end.unwrap_or(rest.len()));
            pieces.push(if is_letters {
                Piece::Letters(rest)
            } else {
                Piece::Word(rest.into_iter().take(LONGEST).collect())
            });
            rest = tail;
        }
    }
    pieces
}

fn forms_kept(piece: &Piece, language: &str) -> Vec<String> {
    match piece {
        Piece::Word(word) => {
            let stem = stem(word, language);
            if stem == *word {
                vec![stem]
            } else {
                vec![word.clone(), stem]
            }
        }
        Piece::Letters(letters) => {
            let singles = letters.iter().map(char::to_string);
            let pairs = letters.windows(2).map(|pair| pair.iter().collect());
            singles.chain(pairs).collect()
        }
    }
}

fn forms_asked(word: &str, spoken: Option<&str>) -> Vec<String> {
    let mut forms = vec![word.to_string()];
    for language in spoken.into_iter().chain(LANGUAGES) {
        let stem = stem(word, language);
        if forms.len() < MOST_FORMS && !forms.contains(&stem) {
            forms.push(stem);
        }
    }
    forms
}

fn is_pair(form: &&String) -> bool {
    form.chars().count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(text: &str, language: &str, query: &str) -> bool {
        let asked = words_asked(query);
        !asked.is_empty() && matches(text, language, &asked) == asked.len()
    }

    #[test]
    fn a_conversation_is_found_by_its_words_in_any_form() {
        let check = |text: &str, language: &str, query: &str, found: bool| {
            assert_eq!(finds(text, language, query), found, "{query} in {text}");
        };
        check(
            "I want a refund for two orders",
            "en",
            "refunds order",
            true,
        );
        check("I want a refund", "en", "refund invoice", false);
        check("Ich brauche zwei Rechnungen", "de", "Rechnung", true);
        check("Ich brauche die Rechnung", "de", "die Rechnungen", true);
        check(
            "Je voudrais annuler l’abonnement",
            "fr",
            "abonnements",
            true,
        );
        check("我想申请退款，订单号 4471", "zh", "退款", true);
        check("我想申请退款", "zh", "退", true);
        check("我想申请退款", "zh", "换货", false);
        check("返品したいです", "ja", "返品", true);
        check("أريد استرداد المبلغ", "ar", "استرداد", true);
        check(
            "order INV-2024-001 of maya@shop.example",
            "en",
            "maya@shop.example",
            true,
        );
        check("order INV-2024-001", "en", "inv-2024-001", true);
        check("Café crème", "fr", "cafe creme", true);
        // A word that says nothing is looked for where nothing else is.
        check("Will Turner", "en", "will", true);
        check("", "en", "refund", false);
        check("refund", "en", " ,. ", false);
    }

    #[test]
    fn an_excerpt_shows_where_the_words_stand() {
        let shown = |text: &str, language: &str, query: &str, length: usize| {
            let parts = excerpt(text, language, &words_asked(query), length);
            let mark = |part: &Part| match part.is_match {
                true => format!("[{}]", part.text),
                false => part.text.clone(),
            };
            parts.iter().map(mark).collect::<String>()
        };
        assert_eq!(
            shown("I want a refund.\nBoth refunds!", "en", "refund", 80),
            "I want a [refund]. Both [refunds]!"
        );
        let long = format!(
            "{} then the parcel was lost and {}",
            "so ".repeat(60),
            "more ".repeat(60)
        );
        let parcel = shown(&long, "en", "parcel", 60);
        assert!(parcel.starts_with('…') && parcel.ends_with('…'), "{parcel}");
        assert!(parcel.contains("[parcel]"), "{parcel}");
        assert_eq!(shown("我想申请退款", "zh", "退款", 80), "我想申请[退款]");
        assert_eq!(shown("nothing of it", "en", "refund", 80), "");
    }

    #[test]
    fn any_text_at_all_is_read() {
        for text in [
            "",
            "\u{0}",
            "🙂🙂",
            "ﷺ",
            "İstanbul ẞ ǆ",
            "a\u{301}",
            "退🙂款",
        ] {
            let asked = words_asked(text);
            let _ = excerpt(text, "tr", &asked, 3);
            assert!(words_of(text, "xx").len() < 40, "{text}");
        }
    }
}
