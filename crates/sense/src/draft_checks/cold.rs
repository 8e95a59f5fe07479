//! Whether an agent's first words open as if nothing had been said (P42).

use std::collections::HashSet;

use super::heads::{Kind, Look, probability};
use super::text::{Text, language_of};
use super::{Said, Speaker};
use crate::read::Reader;
use crate::rules;

/// Terms of a message that asks for a person and says nothing else.
const BARE_WISH: usize = 4;

/// What is seen of a draft; `None` where no greeting would be cold, because an agent has
/// spoken already or the customer has told nothing that could be asked again.
///
/// Features: a cold question by the rules, in the whole and in a sentence; words that show
/// that the conversation was read; terms and figures shared with it; the length in terms; a
/// question at the end; the number of sentences; nothing but a greeting.
pub fn look(reader: &Reader, draft: &str, history: &[Said<'_>]) -> Option<Look> {
    let language = language_of(history.iter().map(|said| said.text).chain([draft]));
    let texts: Vec<(Speaker, Text<'_>)> = history
        .iter()
        .map(|said| (said.by, Text::lexical(said.text, language)))
        .collect();
    let has_agent = texts.iter().any(|(by, _)| *by == Speaker::Agent);
    let mut customers = texts.iter().filter(|(by, _)| *by == Speaker::Customer);
    if draft.trim().is_empty() || has_agent || !customers.any(|(_, text)| tells_something(text)) {
        return None;
    }
    let whole = Text::of(reader, draft, language);
    let sentences = Text::sentences(draft);
    let count = sentences.len();
    let read: Vec<Text<'_>> = sentences
        .into_iter()
        .map(|sentence| Text::lexical(sentence, language))
        .collect();
    let told: HashSet<String> = texts
        .iter()
        .flat_map(|(_, text)| text.terms.iter().cloned())
        .collect();
    let mut figures = texts.iter().flat_map(|(_, text)| text.figures.iter());
    let cold = read.iter().map(|text| text.rule(&rules::COLD_GREETING));
    let features = vec![
        whole.rule(&rules::COLD_GREETING),
        cold.fold(0.0, f32::max),
        whole.rule(&rules::ACKNOWLEDGES),
        whole.shared_with(&told).min(3) as f32,
        f32::from(figures.any(|figure| whole.figures.contains(figure))),
        whole.terms.len().min(30) as f32 / 10.0,
        f32::from(read.last().is_some_and(Text::asks)),
        count.min(6) as f32,
        whole.rule(&rules::GREETING),
    ];
    Some(Look {
        features,
        meaning: whole.meaning(),
        salience: 0.0,
    })
}

/// Whether a draft opens as if nothing had been said.
pub fn is_cold_greeting(reader: &Reader, draft: &str, history: &[Said<'_>]) -> bool {
    let look = look(reader, draft, history);
    look.is_some_and(|look| probability(Kind::Cold, &look) >= 0.5)
}

/// More than hello, a call for attention or the wish for a person.
fn tells_something(text: &Text<'_>) -> bool {
    let is_greeting = text.rule(&rules::GREETING) > 0.0 || text.rule(&rules::CHAT) > 0.0;
    let is_wish = text.rule(&rules::REQUEST_HUMAN) > 0.0 && text.terms.len() <= BARE_WISH;
    !is_greeting && !is_wish && text.terms.len() >= 2
}
