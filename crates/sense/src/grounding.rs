//! Whether a sentence that a language model wrote stands in the passages it was given.
//!
//! It is a check of words, not of meaning: the content of a sentence, its numbers with
//! their units, its links and its names must stand together in a passage, it must deny
//! what the passage denies, and it must not promise what a person will do or claim to be
//! one (P44). What it cannot tell counts as unsupported. What it misses is written down in
//! `docs/decisions/0004-checked-sentences.md`.

mod answer;
mod claims;
mod figures;
mod rendering;

use std::collections::HashSet;

pub use answer::{Check, Passed, Refused};
pub use rendering::{fault_in_rendering, in_sentences};

use crate::answer::sentences;
use crate::passages::{is_item, plain};
use crate::personal;
use crate::similar::best_match;
use crate::terms::{canonical, is_light, terms};
use crate::{language, normal};
use figures::{Figure, figures};

/// The share of a sentence's content that must stand in one place of a passage.
const SUPPORTED: f64 = 0.6;
/// With so little content all of it must.
const LITTLE: usize = 2;
/// A sentence of a passage whose overlap is this near the best speaks of the same.
const AS_NEAR: f64 = 0.15;
/// Sentences that are read together: an answer may join what a passage says in two.
const TOGETHER: usize = 3;
/// A sentence with no content of its own is no longer than this, in letters.
const FILLER: usize = 160;

/// What a sentence may rest on.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The article's title.
    pub title: &'a str,
    /// The passage, plain text.
    pub passage: &'a str,
}

/// The passages, read once and asked for each sentence.
#[derive(Clone, Debug)]
pub struct Ground {
    language: &'static str,
    sources: Vec<Read>,
    /// All of it, folded, for links and names.
    words: String,
}

#[derive(Clone, Debug)]
struct Read {
    title: HashSet<String>,
    sentences: Vec<Sentence>,
}

#[derive(Clone, Debug)]
struct Sentence {
    content: HashSet<String>,
    figures: Vec<Figure>,
    phrase: String,
    clauses: Vec<Clause>,
}

/// A part of a sentence that may say no where the other says yes.
#[derive(Clone, Debug)]
struct Clause {
    content: HashSet<String>,
    denies: bool,
}

/// How a sentence stands to the passages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The passages say so: in this source, at this sentence.
    Supported(usize, usize),
    /// It says nothing: "Here is how that works:".
    Filler,
    /// They do not.
    Unsupported(Fault),
}

/// What is wrong with a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its content stands in no passage.
    Words,
    /// A number, or what it counts.
    Number,
    /// A web or mail address.
    Link,
    /// A name, or something in quotation marks.
    Name,
    /// It says no where the passage says yes, or the other way round.
    Opposite,
    /// It promises what a person will do, or says that something was done (P44).
    Promise,
    /// It claims to be a person (P44).
    Human,
    /// It is no sentence: a tag, code, a call, a role.
    Markup,
    /// It is in another language than was asked for.
    Language,
    /// It stands out of the passage's order, or leans on what was left out.
    Order,
}

impl Fault {
    /// Whether the rest of such an answer cannot be trusted either.
    pub fn is_fatal(self) -> bool {
        matches!(self, Fault::Human | Fault::Markup | Fault::Language)
    }
}

impl Ground {
    /// Reads the passages.
    pub fn of(sources: &[Source<'_>]) -> Self {
        let all: String = sources
            .iter()
            .flat_map(|source| [source.title, "\n", source.passage, "\n"])
            .collect();
        let language = language::detect(&all).unwrap_or("en");
        let sentence = |text: &str| Sentence {
            content: content(text, language),
            figures: figures(text),
            phrase: claims::phrase(text),
            clauses: clauses(text, language),
        };
        let read = |source: &Source<'_>| Read {
            title: content(source.title, language),
            sentences: sentences(source.passage)
                .into_iter()
                .map(sentence)
                .collect(),
        };
        Self {
            language,
            sources: sources.iter().map(read).collect(),
            words: normal::fold_all(&all),
        }
    }

    /// The language that the passages are in.
    pub fn language(&self) -> &'static str {
        self.language
    }

    /// How a sentence in `language` stands to the passages.
    pub fn check(&self, sentence: &str, language: &str) -> Verdict {
        use Verdict::Unsupported;
        if claims::is_markup(sentence) {
            return Unsupported(Fault::Markup);
        }
        let text = plain(&personal::without_placeholders(sentence));
        if claims::claims_human(&text) {
            return Unsupported(Fault::Human);
        }
        if !is_in(&text, language) {
            return Unsupported(Fault::Language);
        }
        if claims::speaks_for_itself(&text) {
            return Unsupported(Fault::Promise);
        }
        if let Some(fault) = self.foreign(&text) {
            return Unsupported(fault);
        }
        let content = content(&text, self.language);
        let figures = figures(&text);
        if content.is_empty() && figures.is_empty() {
            let short = text.chars().count() <= FILLER && !is_item(&text);
            return if short {
                Verdict::Filler
            } else {
                Unsupported(Fault::Words)
            };
        }
        self.stands(&text, &content, &figures)
    }

    /// A link, a name or quoted words that stand in no passage.
    fn foreign(&self, text: &str) -> Option<Fault> {
        let stands = |what: &String| self.words.contains(&normal::fold_all(what));
        if !figures::links(text).iter().all(stands) {
            return Some(Fault::Link);
        }
        let names = figures::names(text, self.language);
        (!names.iter().all(stands)).then_some(Fault::Name)
    }

    /// Looks for the place that says what the sentence says.
    fn stands(&self, text: &str, content: &HashSet<String>, figures: &[Figure]) -> Verdict {
        use Verdict::Unsupported;
        let needed = if content.len() <= LITTLE {
            0.99
        } else {
            SUPPORTED
        };
        let clauses = clauses(text, self.language);
        let promise = claims::promises(text);
        let mut fault = Fault::Words;
        for (number, source) in self.sources.iter().enumerate() {
            let place = source.best(content);
            if place.share < needed {
                continue;
            }
            let said = &source.sentences[place.first..place.end];
            let counted: Vec<&Figure> = said.iter().flat_map(|said| &said.figures).collect();
            if !figures.iter().all(|figure| figure.stands_in(&counted)) {
                fault = Fault::Number;
                continue;
            }
            if !source.agrees(&clauses, &place) {
                fault = Fault::Opposite;
                continue;
            }
            // An article may say what the company will do; then so may who quotes it.
            let is_quoted = |promise: &str| said.iter().any(|said| said.phrase.contains(promise));
            if promise.is_some_and(|promise| !is_quoted(promise)) {
                fault = Fault::Promise;
                continue;
            }
            return Verdict::Supported(number, place.nearest);
        }
        Unsupported(fault)
    }
}

/// Where in a passage a sentence's content stands.
struct Place {
    first: usize,
    end: usize,
    /// The single sentence with the largest part of it.
    nearest: usize,
    share: f64,
}

impl Read {
    fn best(&self, content: &HashSet<String>) -> Place {
        let mut best = Place {
            first: 0,
            end: 0,
            nearest: 0,
            share: 0.0,
        };
        let mut nearest = (0.0, 0);
        for first in 0..self.sentences.len() {
            let alone = share(content, &self.sentences[first].content);
            if alone > nearest.0 {
                nearest = (alone, first);
            }
            let mut said = self.title.clone();
            for end in first + 1..=self.sentences.len().min(first + TOGETHER) {
                said.extend(self.sentences[end - 1].content.iter().cloned());
                let share = share(content, &said);
                if share > best.share + 1e-9 {
                    best = Place {
                        first,
                        end,
                        nearest: first,
                        share,
                    };
                }
            }
        }
        best.nearest = nearest.1;
        best
    }

    /// Whether each clause says yes or no as one of those nearest to it does.
    fn agrees(&self, clauses: &[Clause], place: &Place) -> bool {
        let said = &self.sentences[place.first..place.end];
        let said: Vec<&Clause> = said.iter().flat_map(|said| &said.clauses).collect();
        clauses.iter().all(|clause| {
            let near = |said: &&Clause| share(&clause.content, &said.content);
            let best = said.iter().map(near).fold(0.0, f64::max);
            let as_near = |said: &&&Clause| near(said) >= best - AS_NEAR;
            let mut nearest = said.iter().filter(as_near);
            clause.content.is_empty() || nearest.any(|said| said.denies == clause.denies)
        })
    }
}

fn clauses(text: &str, language: &str) -> Vec<Clause> {
    claims::clauses(text)
        .into_iter()
        .map(|clause| Clause {
            content: content(clause, language),
            denies: claims::denies(clause),
        })
        .collect()
}

/// The share of a content that stands in another.
fn share(content: &HashSet<String>, said: &HashSet<String>) -> f64 {
    if content.is_empty() {
        return 1.0;
    }
    let found: f64 = content.iter().map(|term| best_match(term, said)).sum();
    found / content.len() as f64
}

fn content(text: &str, language: &str) -> HashSet<String> {
    terms(text, language)
        .iter()
        .filter(|term| !is_light(term) && !term.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|term| canonical(term).to_owned())
        .collect()
}

/// Whether a text may be in a language; short ones may be in any.
pub fn is_in(text: &str, language: &str) -> bool {
    let base = language.split(['-', '_']).next().unwrap_or(language);
    language::detect(text).is_none_or(|found| found == base)
}

/// The ISO 639-1 code of a text's language; `None` where it is too short to tell.
pub fn language_of(text: &str) -> Option<&'static str> {
    language::detect(text)
}

#[cfg(test)]
#[path = "grounding_tests.rs"]
mod tests;
