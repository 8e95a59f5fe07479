//! Answers word for word out of a passage: the sentences or the steps that answer a
//! question, never words of our own. It works with no model at all.

use std::collections::HashSet;

use segue_core::ids::ArticleId;
use segue_encoder::{Encoder, Kind};

use crate::asked_for::AskedFor;
use crate::language;
use crate::passages::{is_item, is_step};
use crate::retrieval::{Hit, Query};
use crate::similar::cosine;
use crate::terms::{canonical, terms};

/// The longest answer, in letters.
const LONGEST: usize = 600;
/// The most sentences in an answer.
const SENTENCES: usize = 4;
/// Below this coverage a passage is about something else.
const COVERED: f64 = 0.2;
/// Unless it is this near in meaning.
const NEAR: f64 = 0.72;
/// Sentences that are looked at for their meaning; the rest of a passage is not.
const MEANT: usize = 12;
/// How much the nearest sentence counts, in words of the question that it holds.
const MEANING: f64 = 2.0;
/// How much a sentence counts that holds the kind of thing that is asked for, in the same.
const KIND: f64 = 1.0;

/// An answer taken from the knowledge base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extract {
    /// The words of the passage, at most 600 letters.
    pub text: String,
    /// Where it stands: article, its title, the passage.
    pub citations: Vec<(ArticleId, String, String)>,
}

/// Takes the answer out of the best hit; `None` where it covers too little. With an encoder
/// sentences are chosen by their meaning too, some 5 ms each.
pub fn extract(query: &Query, hits: &[Hit], encoder: Option<&Encoder>) -> Option<Extract> {
    let fits = |hit: &&Hit| {
        let is_near = hit.nearness.is_some_and(|near| near.passage >= NEAR);
        hit.coverage >= COVERED || is_near
    };
    let best = hits.first().filter(fits)?;
    let asked_for = AskedFor::of(&query.text);
    let best = with_what_is_asked(asked_for, best, hits.iter().filter(fits));
    let text = steps(&best.passage).or_else(|| sentences_for(query, asked_for, best, encoder))?;
    let citation = (
        best.article_id.clone(),
        best.title.clone(),
        best.passage.clone(),
    );
    Some(Extract {
        text,
        citations: vec![citation],
    })
}

/// The best hit, or the next one of its article if only that holds the kind of thing that is
/// asked for: "how long" is answered by the passage with the days.
fn with_what_is_asked<'a>(
    asked_for: Option<AskedFor>,
    best: &'a Hit,
    mut hits: impl Iterator<Item = &'a Hit>,
) -> &'a Hit {
    let holds = |hit: &Hit| asked_for.is_none_or(|kind| kind.stands_in(&hit.passage));
    if holds(best) {
        return best;
    }
    hits.find(|hit| hit.article_id == best.article_id && holds(hit))
        .unwrap_or(best)
}

/// The numbered steps of a passage with the line that announces them.
fn steps(passage: &str) -> Option<String> {
    let lines: Vec<&str> = passage
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let first = lines.iter().position(|line| is_step(line))?;
    let last = lines.iter().rposition(|line| is_step(line))?;
    if last == first {
        return None;
    }
    let announced = first
        .checked_sub(1)
        .filter(|at| lines[*at].ends_with(':'))
        .unwrap_or(first);
    let mut text = String::new();
    for line in &lines[announced..=last] {
        if text.chars().count() + line.chars().count() + 1 > LONGEST {
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    }
    (!text.is_empty()).then_some(text)
}

/// The run of sentences that says most about the query, starting with one that can
/// stand alone.
fn sentences_for(
    query: &Query,
    asked_for: Option<AskedFor>,
    hit: &Hit,
    encoder: Option<&Encoder>,
) -> Option<String> {
    let language = language::detect(&hit.passage).unwrap_or("en");
    let content = |text: &str| -> HashSet<String> {
        terms(text, language)
            .iter()
            .map(|term| canonical(term).to_owned())
            .collect()
    };
    let wanted = content(&query.text);
    let sentences = sentences(&hit.passage);
    let meant = meant(query, &sentences, encoder);
    let near = |at: usize| meant.get(at).copied().unwrap_or(0.0);
    let kinds: Vec<bool> = sentences
        .iter()
        .map(|sentence| asked_for.is_some_and(|kind| kind.stands_in(sentence)))
        .collect();
    let mut best: Option<(f64, usize, usize)> = None;
    for start in 0..sentences.len() {
        let mut covered: HashSet<String> = HashSet::new();
        let mut letters = 0;
        for end in start..sentences.len().min(start + SENTENCES) {
            let sentence = sentences[end];
            letters += sentence.chars().count() + 1;
            if letters > LONGEST + 1 {
                break;
            }
            covered.extend(content(sentence).intersection(&wanted).cloned());
            // An answer usually goes on after the words of the question, so length costs
            // little; a start that leans on what came before costs more.
            let alone = if leans(sentences[start]) && start > 0 {
                0.6
            } else {
                0.0
            };
            let early = 0.02 * start as f64;
            let is_beside = content(sentences[start]).is_disjoint(&wanted);
            let beside = if is_beside { 0.5 - near(start) } else { 0.0 };
            let nearest = (start..=end).map(near).fold(0.0, f64::max);
            let follows = 0.12 * (end - start) as f64;
            let kind = f64::from(u8::from(kinds[start..=end].contains(&true))) * KIND;
            let said = covered.len() as f64 + MEANING * nearest + kind;
            let score = said - alone - early - beside + follows;
            if best.is_none_or(|(highest, ..)| score > highest) {
                best = Some((score, start, end));
            }
        }
    }
    let Some((_, start, end)) = best else {
        // One sentence longer than an answer may be.
        return sentences
            .first()
            .map(|sentence| shorten(sentence))
            .filter(|text| !text.is_empty());
    };
    let mut text = String::new();
    for sentence in &sentences[start..=end] {
        if !text.is_empty() {
            text.push(if is_item(sentence) { '\n' } else { ' ' });
        }
        text.push_str(sentence);
    }
    Some(text)
}

/// How near each sentence is to the query beside the others of its passage, 0..1; nothing
/// in lexical mode. Where all are about as near, words decide.
fn meant(query: &Query, sentences: &[&str], encoder: Option<&Encoder>) -> Vec<f64> {
    let (Some(meaning), Some(encoder)) = (&query.meaning, encoder) else {
        return Vec::new();
    };
    if sentences.len() < 2 {
        return Vec::new();
    }
    let cosines: Vec<f64> = sentences
        .iter()
        .take(MEANT)
        .map(|sentence| cosine(&meaning.plain, &encoder.encode(Kind::Passage, sentence)))
        .collect();
    let lowest = cosines.iter().copied().fold(1.0, f64::min);
    let highest = cosines.iter().copied().fold(-1.0, f64::max);
    let range = (highest - lowest).max(0.06);
    cosines
        .into_iter()
        .map(|cosine| (cosine - lowest) / range)
        .collect()
}

fn shorten(text: &str) -> String {
    segue_core::package::shorten(text, LONGEST - 1)
}

/// The sentences of a passage; an item of a list is one.
pub fn sentences(passage: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    for line in passage
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        if is_item(line) {
            sentences.push(line);
            continue;
        }
        let mut start = 0;
        let mut chars = line.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map_or(' ', |(_, next)| *next);
            let ends = match c {
                '。' | '！' | '？' => true,
                '.' | '!' | '?' | '؟' => {
                    next.is_whitespace() && !ends_in_abbreviation(&line[start..at])
                }
                _ => false,
            };
            if ends {
                let end = at + c.len_utf8();
                sentences.push(line[start..end].trim());
                start = end;
            }
        }
        sentences.push(line[start..].trim());
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

pub(crate) fn ends_in_abbreviation(text: &str) -> bool {
    let last = text
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or_default();
    matches!(
        last,
        "e.g" | "i.e" | "etc" | "vs" | "Mr" | "Mrs" | "Dr" | "No" | "z.B" | "bzw" | "approx" | "ca"
    ) || (last.chars().count() == 1 && last.chars().all(char::is_uppercase))
}

/// Whether a sentence leans on the one before.
pub(crate) fn leans(sentence: &str) -> bool {
    let first = sentence
        .split(|c: char| !c.is_alphanumeric())
        .find(|word| !word.is_empty())
        .unwrap_or_default();
    matches!(
        first.to_lowercase().as_str(),
        "it" | "its"
            | "this"
            | "that"
            | "these"
            | "those"
            | "they"
            | "he"
            | "she"
            | "then"
            | "also"
            | "however"
            | "but"
            | "and"
            | "or"
            | "so"
            | "therefore"
            | "otherwise"
            | "afterwards"
            | "instead"
            | "there"
            | "such"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_core::time::Timestamp;

    fn hit(passage: &str) -> Hit {
        Hit {
            article_id: ArticleId::new(Timestamp::from_millis(0), 1),
            title: "Returns".into(),
            passage: passage.into(),
            heading: None,
            score: 3.0,
            coverage: 0.8,
            nearness: None,
        }
    }

    #[test]
    fn the_answer_is_the_passage_s_own_words() {
        let check = |query: &str, passage: &str, expected: Option<&str>| {
            let extract = extract(&query.into(), &[hit(passage)], None);
            assert_eq!(
                extract.as_ref().map(|extract| extract.text.as_str()),
                expected,
                "{query}"
            );
        };
        check(
            "how do I return a chair",
            "Do this:\n\n1. Print the label.\n2. Pack the chair.\n\nThen wait.",
            Some("Do this:\n1. Print the label.\n2. Pack the chair."),
        );
        check(
            "how long does a refund take",
            "We sell chairs. A refund takes e.g. five days. It goes to your card.",
            Some("A refund takes e.g. five days. It goes to your card."),
        );
        check(
            "how long do deliveries take and when do deliveries come",
            "Deliveries are a matter of deliveries. They take 2 to 4 working days.",
            Some("Deliveries are a matter of deliveries. They take 2 to 4 working days."),
        );
        check("x", "", None);
    }

    #[test]
    fn how_long_is_answered_by_the_passage_with_the_days() {
        let sundays = hit("Parcels are not delivered on Sundays.");
        let days = hit("Delivery takes 2 to 4 working days.");
        let mut elsewhere = hit("A refund takes 5 days.");
        elsewhere.article_id = ArticleId::new(Timestamp::from_millis(0), 2);
        let answer = |hits: &[Hit]| {
            let extract = extract(&"How long does delivery take?".into(), hits, None);
            extract.unwrap().text
        };
        let hits = [sundays.clone(), elsewhere.clone(), days.clone()];
        assert_eq!(answer(&hits), days.passage);
        assert_eq!(answer(&[sundays.clone(), elsewhere]), sundays.passage);
    }

    #[test]
    fn no_answer_is_too_long_and_none_comes_from_a_weak_hit() {
        let long = "The chair is one of many chairs that we have sold for years. ".repeat(40);
        let text = extract(&"chair".into(), &[hit(&long)], None).unwrap().text;
        assert!(text.chars().count() <= LONGEST);
        let endless = "chair ".repeat(1_000);
        assert!(
            extract(&"chair".into(), &[hit(&endless)], None)
                .unwrap()
                .text
                .chars()
                .count()
                <= LONGEST
        );
        assert_eq!(
            extract(
                &"chair".into(),
                &[Hit {
                    coverage: 0.1,
                    ..hit("A chair.")
                }],
                None
            ),
            None
        );
        assert_eq!(extract(&"chair".into(), &[], None), None);
    }
}
