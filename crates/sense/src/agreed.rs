//! What an agent has told the assistant about a conversation: which of it bears on a
//! question, and whether an answer says something else. An article speaks of everybody, a
//! promise of this customer; where both speak of the same, the promise holds.

use std::collections::HashSet;

use crate::answer::sentences;
use crate::language;
use crate::read::Reader;
use crate::retrieval::Query;
use crate::similar::{best_match, similarity};
use crate::terms::{canonical, is_light, terms};

/// The share of a question's content that a line must have to bear on it.
const BEARS: f64 = 0.34;
/// The share from which the line is what is asked for.
const PLAINLY: f64 = 0.6;
/// The same by nearness of meaning, where there are sentence vectors.
const NEAR: f64 = 0.5;
const PLAINLY_NEAR: f64 = 0.7;
/// The shared content from which a sentence and a line speak of the same.
const SAME: f64 = 0.34;
/// Lines as near to a question as this share of the nearest are told with it.
const TOLD_TOO: f64 = 0.75;
/// So few letters of a script without spaces or vowels name nothing: "什么时候", "متى".
const FEW_LETTERS: usize = 6;

/// What asks how much or when, and not of what.
const MEASURES: &str = "long soon much many exactly exact quickly fast sure really then now time yet \
    lange genau bald viel wirklich dann jetzt dauert dauern \
    longtemps temps combien exactement vraiment encore prend \
    tiempo cuánto cuanto tarda exactamente seguro ahora \
    tempo quanto demora exatamente mesmo agora";

/// A line that bears on a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearing {
    /// Its number.
    pub line: usize,
    /// Whether it is what is asked for, not only about the same thing.
    pub is_plain: bool,
}

/// The lines that bear on a question, the nearest first.
pub fn bearing_on(reader: &Reader, question: &str, lines: &[&str]) -> Vec<Bearing> {
    let asked = reader.query(question);
    let language = language::detect(question)
        .or_else(|| lines.iter().find_map(|line| language::detect(line)))
        .unwrap_or("en");
    let parts = sentences(question).into_iter();
    let own: Vec<HashSet<String>> = parts.map(|part| asked_for(part, language)).collect();
    let near = |line: &&str| nearness(reader, &asked, &own, line, language);
    let mut scored: Vec<(f64, Bearing)> = lines
        .iter()
        .map(near)
        .enumerate()
        .filter(|(_, (score, _))| *score >= 1.0)
        .map(|(line, (score, is_plain))| (score, Bearing { line, is_plain }))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let best = scored.first().map_or(0.0, |(score, _)| *score);
    scored.retain(|(score, _)| *score >= TOLD_TOO * best);
    scored.into_iter().map(|(_, bearing)| bearing).collect()
}

/// Whether a question does not say what it is about, so that it leans on what was said: "and
/// when will that be?"
pub fn leans(question: &str) -> bool {
    let letters = question.chars().filter(|c| c.is_alphanumeric());
    let is_foreign = question.chars().any(|c| !c.is_ascii() && c.is_alphabetic())
        && !question.chars().any(|c| c.is_ascii_alphabetic());
    let language = language::detect(question).unwrap_or("en");
    is_foreign && letters.count() <= FEW_LETTERS || asked_for(question, language).is_empty()
}

/// How near a line is to a question, from 1 on it bears on it; and whether it is plainly what
/// is asked for.
fn nearness(
    reader: &Reader,
    asked: &Query,
    own: &[HashSet<String>],
    line: &str,
    language: &str,
) -> (f64, bool) {
    let content = content(line, language);
    let covered = own.iter().map(|part| covered(part, &content));
    let covered = covered.fold(0.0, f64::max);
    let told = reader.query(line);
    let meant = match (&asked.meaning, &told.meaning) {
        (Some(_), Some(_)) => similarity(asked, &told),
        _ => 0.0,
    };
    let score = (covered / BEARS).max(meant / NEAR);
    (score, covered >= PLAINLY || meant >= PLAINLY_NEAR)
}

/// The content of a question without what only asks how much of it, or when.
fn asked_for(question: &str, language: &str) -> HashSet<String> {
    let measures: HashSet<String> = content(MEASURES, language);
    let mut own = content(question, language);
    own.retain(|term| {
        !measures.contains(term) && !MEASURES.split_whitespace().any(|it| it == term)
    });
    own
}

/// Whether a text says something else than a line where both speak of the same: other figures
/// or another day of it, or no where the line says yes. The number of the line.
pub fn contradicted(text: &str, lines: &[&str]) -> Option<usize> {
    let said = sentences(text);
    lines.iter().position(|line| {
        let language = language::detect(line).unwrap_or("en");
        let (own, figures) = (content(line, language), times_and_amounts(line));
        !figures.is_empty()
            && said.iter().any(|sentence| {
                let theirs = times_and_amounts(sentence);
                let same = covered(&words_only(&own), &words_only(&content(sentence, language)));
                !theirs.is_empty() && same >= SAME && theirs.is_disjoint(&figures)
            })
    })
}

/// The numbers of a text, and what of it names a day.
fn times_and_amounts(text: &str) -> HashSet<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '.' && c != ',');
    let words = words.map(|word| word.trim_matches(['.', ',']));
    let is_figure = |word: &&str| word.chars().any(char::is_numeric) || DAYS.contains(word);
    words
        .filter(is_figure)
        .map(|word| word.replace(',', "."))
        .collect()
}

/// Days by name, and numbers in words up to ten: what a promise may name instead of figures.
const DAYS: &[&str] = &[
    "today",
    "tomorrow",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "heute",
    "morgen",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "hoy",
    "mañana",
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "aujourd",
    "demain",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "sept",
    "huit",
    "neuf",
    "dix",
    "hoje",
    "amanhã",
    "segunda",
    "terça",
    "quarta",
    "quinta",
    "sexta",
    "dois",
    "três",
    "sete",
    "oito",
    "nove",
    "dez",
];

fn content(text: &str, language: &str) -> HashSet<String> {
    let terms = terms(text, language);
    terms
        .into_iter()
        .map(|term| canonical(&term).to_owned())
        .filter(|term| !is_light(term) && !term.chars().any(is_function))
        .collect()
}

/// Characters of Chinese and Japanese that only hold a sentence together.
fn is_function(c: char) -> bool {
    ('\u{3041}'..='\u{309f}').contains(&c)
        || "什么时候怎吗呢吧的了是我你您他要多久到在哪里请问何".contains(c)
}

fn words_only(content: &HashSet<String>) -> HashSet<String> {
    let is_word = |term: &&String| !term.chars().all(char::is_numeric);
    content.iter().filter(is_word).cloned().collect()
}

/// The share of `own` that stands in `other`.
fn covered(own: &HashSet<String>, other: &HashSet<String>) -> f64 {
    if own.is_empty() {
        return 0.0;
    }
    let found: f64 = own.iter().map(|term| best_match(term, other)).sum();
    found / own.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 3] = [
        "the refund of 49 euros arrives within 3 days",
        "I have sent a replacement lamp today",
        "we do not know yet why the lamp broke",
    ];

    #[test]
    fn a_question_finds_the_line_that_bears_on_it() {
        let reader = Reader::lexical();
        let bearing = |question: &str, lines: &[&str]| -> Vec<(usize, bool)> {
            let found = bearing_on(&reader, question, lines).into_iter();
            found.map(|it| (it.line, it.is_plain)).collect()
        };
        let check = |question: &str, expected: &[(usize, bool)]| {
            assert_eq!(bearing(question, &LINES), expected, "{question}");
        };
        check("When do I get my refund?", &[(0, true)]);
        check("how long does a refund take", &[(0, true)]);
        check("Where is my money? You said I get a refund.", &[(0, true)]);
        check("Did you send the replacement?", &[(1, true)]);
        check("How do I return the lamp?", &[(1, false), (2, false)]);
        check("How do I close my account?", &[]);
        check("What are your opening hours?", &[]);
        let check = |question: &str, line: &str| {
            assert_eq!(bearing(question, &[line]), [(0, true)], "{question}");
        };
        check("退款什么时候到", "退款三天内到账");
        check(
            "Wann kommt meine Rückerstattung?",
            "Die Rückerstattung kommt in 3 Tagen",
        );
        check(
            "¿Cuándo llega mi reembolso?",
            "el reembolso llega en 3 días",
        );
    }

    #[test]
    fn a_question_without_content_leans_on_what_was_said() {
        for question in [
            "and when?",
            "how long?",
            "when will that be",
            "why?",
            "什么时候？",
            "متى؟",
        ] {
            assert!(leans(question), "{question}");
        }
        assert!(!leans("when does my parcel come?"));
    }

    #[test]
    fn an_answer_contradicts_what_was_promised_by_its_figures() {
        let check = |answer: &str, expected: Option<usize>| {
            assert_eq!(contradicted(answer, &LINES), expected, "{answer}");
        };
        check("A refund takes 5 to 10 business days.", Some(0));
        check("Your refund arrives within 3 days.", None);
        check("Delivery takes 5 days.", None);
        check("A refund goes to the card you paid with.", None);
        check("Hello. Refunds arrive on Monday.", Some(0));
    }
}
