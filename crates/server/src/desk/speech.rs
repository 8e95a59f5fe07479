//! What the assistant says, worked out before anything is recorded: the same words for a
//! customer and for who tries a question in the console.

use segue_core::decide::Action;
use segue_core::event::{ABSTAINED, Citation};
use segue_core::policy::Policy;
use segue_core::signal::{Feedback, SmallTalk};
use segue_core::words::Words;

use super::Place;
use super::brief::Brief;
use crate::assistant::Draft;

/// What the assistant says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Speech {
    /// The template it is made from; `None` for an answer.
    pub template: Option<&'static str>,
    /// The words.
    pub text: String,
    /// What an answer rests on.
    pub citations: Vec<Citation>,
    /// What the customer may choose from (P17).
    pub readings: Vec<String>,
    /// Whether a person is offered with it.
    pub offers_person: bool,
    /// The answer alone, where it is a suggestion for the ledger (P24).
    pub suggestion: Option<String>,
}

impl Speech {
    fn from_template(words: &Words, key: &'static str, values: &[(&str, &str)]) -> Self {
        Self {
            template: Some(key),
            text: words.fill(key, values),
            ..Self::default()
        }
    }
}

/// Small talk and plain feedback are answered by a template, with no question of
/// confidence (P15).
pub(super) fn small_talk(words: &Words, company: &str, brief: &Brief) -> Option<Speech> {
    let key = template_for(brief)?;
    Some(Speech::from_template(words, key, &[("company", company)]))
}

pub(super) fn template_for(brief: &Brief) -> Option<&'static str> {
    let reading = &brief.reading;
    if reading.declines_offer {
        return Some("assistant.go_on");
    }
    match (reading.small_talk, reading.feedback) {
        (Some(SmallTalk::Greeting), _) => Some("assistant.greeting"),
        (Some(SmallTalk::Thanks), _) => Some("assistant.thanks"),
        (Some(SmallTalk::Goodbye), _) => Some("assistant.goodbye"),
        (Some(SmallTalk::Chat), _) => Some("assistant.chat"),
        (Some(SmallTalk::OutOfTrade), _) => Some("assistant.out_of_trade"),
        (None, Some(Feedback::Helped)) => Some("assistant.glad"),
        (None, _) => None,
    }
}

/// "That did not help" alone is no question, so no article can be missing for it.
pub(super) fn only_complains(brief: &Brief, draft: &Draft, policy: &Policy) -> bool {
    brief.reading.feedback == Some(Feedback::DidNotHelp) && draft.answerable < policy.partial_below
}

/// What is said after a decision that keeps the conversation with the assistant.
pub(super) fn speech(
    place: &Place,
    language: &str,
    brief: &Brief,
    draft: &Draft,
    action: Action,
) -> Speech {
    let (words, policy) = (Words::of(language), &place.inbox.policy);
    match action {
        Action::Clarify => clarify(words, brief, draft),
        _ if only_complains(brief, draft, policy) => sorry(words, action == Action::Offer),
        _ => answer(policy, language, brief, draft, action == Action::Offer),
    }
}

/// After a useless answer: asks for more, or offers a person (P21).
pub(super) fn sorry(words: &Words, offers_person: bool) -> Speech {
    let key = if offers_person {
        "assistant.offer"
    } else {
        "assistant.sorry"
    };
    Speech {
        offers_person,
        ..Speech::from_template(words, key, &[])
    }
}

fn answer(
    policy: &Policy,
    language: &str,
    brief: &Brief,
    draft: &Draft,
    offers_person: bool,
) -> Speech {
    let words = Words::of(language);
    let usable = draft
        .text
        .as_ref()
        .filter(|_| draft.answerable >= policy.no_article_below);
    let Some(text) = usable else {
        return Speech {
            offers_person: true,
            ..Speech::from_template(words, ABSTAINED, &[])
        };
    };
    let offer = match (offers_person, draft.answerable < policy.partial_below) {
        (false, _) => None,
        (true, true) => Some("assistant.partial"),
        (true, false) => Some("assistant.offer"),
    };
    let mut said = match other_language(language, brief, draft) {
        Some(note) => format!("{note}\n\n{text}"),
        None => text.clone(),
    };
    if let Some(key) = offer {
        said = format!("{said}\n\n{}", words.fill(key, &[]));
    }
    Speech {
        template: None,
        text: said,
        citations: draft.citations.clone(),
        readings: vec![],
        offers_person,
        // What an agent has told is nothing that the assistant suggests (P24).
        suggestion: (!draft.is_told).then(|| text.clone()),
    }
}

/// Says honestly that an article is not in the customer's language (P49).
fn other_language(spoken: &str, brief: &Brief, draft: &Draft) -> Option<String> {
    let theirs = brief.reading.language.as_deref().unwrap_or(spoken);
    let found = draft.language.filter(|found| !theirs.starts_with(found))?;
    let words = Words::of(theirs);
    let name = words.get(&format!("language.{found}"));
    (!name.is_empty()).then(|| words.fill("assistant.other_language", &[("language", name)]))
}

/// Asks which of the readings is meant (P17): as buttons where there are any, and with
/// numbers for everybody else; openly where there is nothing to choose from.
fn clarify(words: &Words, brief: &Brief, draft: &Draft) -> Speech {
    let mut readings = draft.readings.clone();
    if readings.is_empty() {
        readings = brief
            .suggestions
            .iter()
            .map(|it| it.title.clone())
            .collect();
        readings.dedup();
        readings.truncate(2);
    }
    if readings.len() < 2 {
        return Speech::from_template(words, "assistant.clarify_open", &[]);
    }
    let mut asked = Speech::from_template(words, "assistant.clarify", &[]);
    for (at, reading) in readings.iter().enumerate() {
        asked.text += &format!("\n{}. {reading}", at + 1);
    }
    asked.readings = readings;
    asked
}
