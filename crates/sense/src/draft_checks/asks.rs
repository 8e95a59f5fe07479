//! Whether a draft asks for what the customer has told already (P27).

use std::collections::BTreeSet;

use super::details::{Detail, SOME_FIGURE, asked, is_figure, is_weak, told};
use super::heads::{Kind, Look, probability};
use super::text::{Text, language_of};
use super::{Said, Speaker};
use crate::read::Reader;
use crate::rules;

/// Sentences that are read of a draft, and of the customer, the newest.
const READ: usize = 20;
const HEARD: usize = 80;
/// From so many letters on, equal words are a quotation.
const QUOTED: usize = 12;

/// The first features: that a detail was told, or some figure.
const TOLD: usize = 3;

/// A sentence of the customer's, with what it tells.
struct Heard<'a> {
    /// Which message it is of.
    message: usize,
    text: Text<'a>,
    told: BTreeSet<Detail>,
}

/// What a draft asks for, though it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedAgain {
    /// The words that ask.
    pub question: String,
    /// The message that tells it, by its place in the history; `None` where no sentence
    /// stands out.
    pub of: Option<usize>,
    /// The customer's words.
    pub answer: Option<String>,
}

/// The place in the history of what answers a sentence, with its words.
type Answer<'a> = Option<(usize, &'a str)>;

/// What is seen of each sentence of a draft, with the sentence and with the place in the
/// history and the words that would answer it.
///
/// Features: a telling detail that was told, a weak one, a figure of another name; any detail,
/// "which one", a detail that was not told; of the sentence that tells it and of the nearest
/// one: the nearness of both vectors and the coverage; a figure that was told; a question; by
/// the rules, whether something was tried, that it was, a cold question; nearness that comes
/// with a detail.
pub fn looks<'a>(
    reader: &Reader,
    draft: &'a str,
    history: &[Said<'a>],
) -> Vec<(&'a str, Answer<'a>, Look)> {
    let texts = history.iter().map(|said| said.text);
    let language = language_of(texts.chain([draft]));
    let heard = heard(reader, history, language);
    let figures: BTreeSet<&str> = history
        .iter()
        .flat_map(|said| Text::lexical(said.text, "en").figures)
        .collect();
    let sentences = Text::sentences(draft).into_iter().take(READ).enumerate();
    sentences
        .map(|(number, sentence)| {
            let text = Text::of(reader, sentence, language);
            let (features, salience, answer) = see(&text, &heard, &figures);
            let look = Look {
                features,
                meaning: text.meaning(),
                salience: salience + 0.01 * number as f32,
            };
            (sentence, answer, look)
        })
        .collect()
}

/// What a draft asks for though the customer has told it, if anything.
pub fn asked_again(reader: &Reader, draft: &str, history: &[Said<'_>]) -> Option<AskedAgain> {
    let mut best: Option<(f64, AskedAgain)> = None;
    for (question, answer, look) in looks(reader, draft, history) {
        let sure = probability(Kind::Asks, &look);
        // By its words alone a question is one of those that were answered only where the
        // lexicon knows the detail.
        let is_told = look.features[..TOLD].iter().any(|told| *told > 0.0);
        if !is_told && look.meaning.is_none() {
            continue;
        }
        if answer.is_some_and(|(_, words)| reads_back(draft, words)) {
            continue;
        }
        if sure < 0.5 || best.as_ref().is_some_and(|(other, _)| *other >= sure) {
            continue;
        }
        let asked = AskedAgain {
            question: question.to_owned(),
            of: answer.map(|(message, _)| message),
            answer: answer.map(|(_, words)| words.to_owned()),
        };
        best = Some((sure, asked));
    }
    best.map(|(_, asked)| asked)
}

/// Whether a draft quotes what the customer said: that shows that it was read.
fn reads_back(draft: &str, words: &str) -> bool {
    let words = words.trim_end_matches(|c: char| !c.is_alphanumeric());
    words.chars().count() >= QUOTED && draft.contains(words)
}

fn heard<'a>(reader: &Reader, history: &[Said<'a>], language: &str) -> Vec<Heard<'a>> {
    let mut heard = Vec::new();
    for (message, said) in history.iter().enumerate().rev() {
        let tells = matches!(said.by, Speaker::Customer | Speaker::Record);
        if !tells || heard.len() >= HEARD {
            continue;
        }
        for sentence in Text::sentences(said.text) {
            let text = Text::of(reader, sentence, language);
            let told = told(&text);
            heard.push(Heard {
                message,
                text,
                told,
            });
        }
    }
    heard
}

type Seen<'a> = (Vec<f32>, f32, Option<(usize, &'a str)>);

fn see<'a>(text: &Text<'_>, heard: &[Heard<'a>], figures: &BTreeSet<&str>) -> Seen<'a> {
    let wanted = asked(text);
    let all: BTreeSet<Detail> = heard
        .iter()
        .flat_map(|one| one.told.iter().copied())
        .collect();
    let known: Vec<Detail> = wanted.intersection(&all).copied().collect();
    let has_strong = known.iter().any(|detail| !is_weak(detail));
    let has_weak = known.iter().any(|detail| is_weak(detail));
    let wants_figure = wanted.iter().any(|detail| is_figure(detail));
    let other_figure = known.is_empty()
        && wants_figure
        && all
            .iter()
            .any(|detail| is_figure(detail) || *detail == SOME_FIGURE);
    let near = |one: &Heard<'a>| text.near(&one.text).unwrap_or((0.8, 0.7));
    let cover = |one: &Heard<'a>| text.covered_by(&one.text.terms);
    let tells = |one: &&Heard<'a>| !one.told.is_disjoint(&wanted);
    let nearest_telling = most(heard.iter().filter(tells), |one| near(one).0);
    let telling_adapted = most(heard.iter().filter(tells), |one| near(one).1);
    let telling_cover = most(heard.iter().filter(tells), cover);
    let nearest = most(heard.iter(), |one| near(one).0);
    let adapted = most(heard.iter(), |one| near(one).1);
    let covered = most(heard.iter(), cover);
    let covers = most(heard.iter(), |one| one.text.covered_by(&text.terms));
    let is_known = !known.is_empty();
    let telling_near = (nearest_telling.map_or(0.76, |(near, _)| near) - 0.8) * 10.0;
    let names = text.figures.iter().any(|figure| figures.contains(figure));
    let value = |found: Option<(f32, &Heard<'a>)>| found.map_or(0.0, |(value, _)| value);
    let features = vec![
        f32::from(has_strong),
        f32::from(has_weak),
        f32::from(other_figure),
        f32::from(!wanted.is_empty()),
        f32::from(wanted.contains("item")),
        telling_near,
        (telling_adapted.map_or(0.5, |(near, _)| near) - 0.6) * 5.0,
        value(telling_cover) * 2.0,
        (nearest.map_or(0.7, |(near, _)| near) - 0.8) * 10.0,
        (adapted.map_or(0.5, |(near, _)| near) - 0.7) * 5.0,
        value(covered) * 2.0,
        value(covers) * 2.0,
        f32::from(names),
        f32::from(text.asks()),
        text.rule(&rules::ASKS_TRIED),
        text.rule(&rules::ALREADY_TRIED),
        text.rule(&rules::COLD_GREETING),
        if is_known { telling_near } else { 0.0 },
        f32::from(!wanted.is_empty() && !is_known),
    ];
    let salience = 2.0 * f32::from(has_strong)
        + 1.5 * f32::from(has_weak)
        + f32::from(!wanted.is_empty())
        + 0.5 * f32::from(text.asks());
    let answer = nearest_telling.or(nearest);
    let answer = answer.map(|(_, one)| (one.message, one.text.raw));
    (features, salience, answer)
}

/// The greatest value, with whose it is.
fn most<'h, 'a: 'h>(
    heard: impl Iterator<Item = &'h Heard<'a>>,
    value: impl Fn(&Heard<'a>) -> f32,
) -> Option<(f32, &'h Heard<'a>)> {
    heard
        .map(|one| (value(one), one))
        .max_by(|a, b| a.0.total_cmp(&b.0))
}
