//! An answer in a model's words. What it writes is checked while it comes: what has passed
//! may be shown, what has not is never seen, and too little left means no answer.

use std::ops::ControlFlow;

use segue_sense::grounding::{
    Check, Fault, Ground, Refused, Source, fault_in_rendering, in_sentences, language_of,
};
use segue_sense::retrieval::Hit;
use tokio::time::Instant;

use super::model::{Ending, Failure, Model};
use super::prompt::{Asked, for_answer, for_translation, passages};

/// Why there is no answer in a model's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritten {
    /// The model failed.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// It said what the passages do not say.
    #[error("the model's answer did not pass the check: {0:?}")]
    Refused(Refused),
    /// A sentence changed when it was carried over into the customer's language.
    #[error("the translation did not pass the check: {0:?}")]
    Translated(Fault),
}

/// An answer in a model's words.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// What it says.
    pub text: String,
    /// The passages that say so.
    pub hits: Vec<Hit>,
}

/// Lets a model answer from `hits`. `show` is called with all that has passed so far, each
/// time that there is more of it. Where the passages are in another language than the
/// customer's, it first answers in theirs, so that its words can be compared; what has
/// passed is then translated, and nothing is shown before.
pub async fn write<'a>(
    model: &Model,
    asked: &Asked,
    hits: &'a [Hit],
    deadline: Instant,
    mut show: impl FnMut(&str),
) -> Result<Written, Unwritten> {
    let hits = passages(hits);
    let source = |hit: &&'a Hit| Source {
        title: &hit.title,
        passage: &hit.passage,
    };
    let sources: Vec<Source<'a>> = hits.iter().map(source).collect();
    let ground = Ground::of(&sources);
    let written_in = ground.language();
    let is_theirs = written_in == base(&asked.language);
    let (messages, redactor) = for_answer(asked, written_in, &hits);
    let mut check = Check::new(ground, written_in);
    let mut aloud = Aloud::default();
    let ending = model
        .stream(&messages, deadline, |text| {
            if check.push(&aloud.only(text)) && is_theirs {
                show(&redactor.restore(check.passed()));
            }
            if check.is_over() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .await?;
    let passed = check.finish(ending == Ending::Whole);
    let passed = passed.map_err(Unwritten::Refused)?;
    let text = if is_theirs {
        passed.text
    } else {
        translate(model, &passed.text, base(&asked.language), deadline).await?
    };
    let used = passed.used.iter().filter_map(|at| hits.get(*at));
    Ok(Written {
        text: redactor.restore(&text),
        hits: used.map(|hit| (*hit).clone()).collect(),
    })
}

/// Some models think before they speak, between `<think>` and `</think>`. That is not for
/// the customer.
#[derive(Default)]
struct Aloud {
    held: Held,
}

#[derive(Default)]
enum Held {
    #[default]
    Nothing,
    /// What may be the beginning of a thought.
    Beginning(String),
    /// The last letters of a thought.
    Thought(String),
    Speaks,
}

impl Aloud {
    /// What of the next piece is said aloud.
    fn only(&mut self, piece: &str) -> String {
        const BEGINS: &str = "<think>";
        const ENDS: &str = "</think>";
        let held = match std::mem::take(&mut self.held) {
            Held::Speaks => {
                self.held = Held::Speaks;
                return piece.into();
            }
            Held::Nothing => piece.trim_start().to_string(),
            Held::Beginning(held) => held + piece,
            Held::Thought(held) => {
                let thought = held + piece;
                if let Some((_, said)) = thought.split_once(ENDS) {
                    self.held = Held::Speaks;
                    return said.into();
                }
                // Only what may be the beginning of the end is kept.
                let from = thought.len().saturating_sub(ENDS.len());
                let from = (from..=thought.len()).find(|at| thought.is_char_boundary(*at));
                self.held = Held::Thought(thought[from.unwrap_or(0)..].into());
                return String::new();
            }
        };
        if let Some(thought) = held.strip_prefix(BEGINS) {
            self.held = Held::Thought(String::new());
            return self.only(thought);
        }
        if BEGINS.starts_with(held.as_str()) {
            self.held = Held::Beginning(held);
            return String::new();
        }
        self.held = Held::Speaks;
        held
    }
}

/// Carries a checked answer over into another language, sentence by sentence.
async fn translate(
    model: &Model,
    text: &str,
    language: &str,
    deadline: Instant,
) -> Result<String, Unwritten> {
    let parts = in_sentences(text);
    // A list's numbers stay where they are.
    let marked = |(before, sentence): &(&'_ str, &'_ str)| {
        let mark = mark_of(sentence);
        (
            format!("{before}{mark}"),
            sentence[mark.len()..].to_string(),
        )
    };
    let parts: Vec<(String, String)> = parts.iter().map(marked).collect();
    let sentences: Vec<&str> = parts
        .iter()
        .map(|(_, sentence)| sentence.as_str())
        .collect();
    let said = model
        .object(&for_translation(&sentences, language), deadline)
        .await?;
    let rendered: Vec<&str> = said["sentences"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|sentence| sentence.as_str())
        .collect();
    if rendered.len() != parts.len() {
        return Err(Unwritten::Translated(Fault::Words));
    }
    let mut translated = String::new();
    for ((before, original), rendered) in parts.iter().zip(rendered) {
        let rendered = rendered.trim();
        if let Some(fault) = fault_in_rendering(original, rendered, language) {
            return Err(Unwritten::Translated(fault));
        }
        translated.push_str(before);
        translated.push_str(rendered);
    }
    // A single short sentence may be in any language; all of it must be in theirs.
    match language_of(&translated) {
        Some(found) if found == language => Ok(translated),
        _ => Err(Unwritten::Translated(Fault::Language)),
    }
}

/// The mark of a list's item at the start of a sentence: `- ` or `2. `.
fn mark_of(sentence: &str) -> &str {
    let digits = sentence.bytes().take_while(u8::is_ascii_digit).count();
    let length = match &sentence[digits..] {
        rest if digits > 0 && rest.starts_with(". ") => digits + 2,
        _ if sentence.starts_with("- ") => 2,
        _ => 0,
    };
    &sentence[..length]
}

fn base(language: &str) -> &str {
    language.split(['-', '_']).next().unwrap_or(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_model_thinks_is_not_said() {
        let check = |text: &str, expected: &str| {
            for size in [1, 3, 100] {
                let letters: Vec<char> = text.chars().collect();
                let mut aloud = Aloud::default();
                let said: String = letters
                    .chunks(size)
                    .map(|piece| aloud.only(&piece.iter().collect::<String>()))
                    .collect();
                assert_eq!(said, expected, "{text} by {size}");
            }
        };
        check("It takes 3 days.", "It takes 3 days.");
        check("<think>a < b, “so”</think>Yes.", "Yes.");
        check("\n<think>for ever", "");
        check("<thin ice>", "<thin ice>");
        check("No <think>x</think>", "No <think>x</think>");
    }
}
