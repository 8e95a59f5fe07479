//! Reads a customer's message: language, signals, small talk, what it says of the
//! last answer, whether it asks again, amounts. Pure, and total on any text.

use segue_core::signal::{Feedback, Reading, Signal, SmallTalk, Trigger};

use crate::normal::Normal;
use crate::rules;
use crate::similar::similarity;
use crate::{language, money, mood, topics};

/// From this overlap of content on, a message asks again what was asked before.
const SAME_QUESTION: f64 = 0.6;
/// How many earlier messages are compared, the newest first.
const COMPARED: usize = 12;

/// What is known of the conversation while a message is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The customer's earlier messages, oldest first.
    pub earlier: &'a [String],
    /// The assistant's last answer, if it gave one.
    pub last_answer: Option<&'a str>,
    /// Whether the assistant's last words offered a person.
    pub offered: bool,
    /// A refund above it is for a person (P1), in hundredths of the currency.
    pub refund_threshold_cents: i64,
}

/// Reads a message.
pub fn read(text: &str, context: &Context<'_>) -> Reading {
    let normal = Normal::of(text);
    let mut signals = topics::topics(text, &normal, context.refund_threshold_cents);
    signals.extend(mood::moods(text, &normal));
    signals.extend(topics::request(&normal).or_else(|| accepted(&normal, context)));
    signals.extend(topics::injection(&normal));
    signals.sort_by_key(|signal| signal.trigger);

    let asks_for_human = signals
        .iter()
        .any(|signal| signal.trigger == Trigger::RequestHuman && signal.strength >= 0.5);
    let declines_offer = context.offered && rules::NO.matches(&normal);
    let small_talk = if asks_for_human || declines_offer {
        None
    } else {
        small_talk(&normal)
    };
    Reading {
        language: language::detect(text).map(str::to_owned),
        feedback: feedback(&normal, context, small_talk)
            .filter(|_| !asks_for_human && !declines_offer),
        declines_offer,
        repeats_question: small_talk.is_none() && repeats(text, &normal, context.earlier),
        amounts: money::find(text)
            .into_iter()
            .map(|found| found.amount)
            .collect(),
        small_talk,
        signals,
    }
}

/// "Yes" to the offer of a person is a wish for one (P20).
fn accepted(normal: &Normal<'_>, context: &Context<'_>) -> Option<Signal> {
    let said = rules::YES.find(normal);
    topics::signal(Trigger::RequestHuman, said, normal).filter(|_| context.offered)
}

/// Set only where the whole message is small talk.
fn small_talk(normal: &Normal<'_>) -> Option<SmallTalk> {
    // Small talk is short; long texts need not be tried.
    if normal.text.len() > 200 || normal.text.is_empty() {
        return None;
    }
    let kinds = [
        (&rules::GOODBYE, SmallTalk::Goodbye),
        (&rules::THANKS, SmallTalk::Thanks),
        (&rules::GREETING, SmallTalk::Greeting),
        (&rules::CHAT, SmallTalk::Chat),
    ];
    kinds
        .into_iter()
        .find(|(rules, _)| rules.matches(normal))
        .map(|(_, kind)| kind)
}

/// Only said of an answer that was given.
fn feedback(
    normal: &Normal<'_>,
    context: &Context<'_>,
    small_talk: Option<SmallTalk>,
) -> Option<Feedback> {
    if context.last_answer.is_none() && context.earlier.is_empty() {
        return None;
    }
    let strongest = |rules: &rules::Rules| {
        rules
            .find(normal)
            .first()
            .map_or(0.0, |found| found.strength)
    };
    let helped = strongest(&rules::HELPED);
    let did_not = strongest(&rules::DID_NOT_HELP);
    // "It works now but the other thing still does not": the unhappy half counts.
    match (helped, did_not) {
        (_, no) if no > 0.0 => Some(Feedback::DidNotHelp),
        (yes, _) if yes > 0.0 => Some(Feedback::Helped),
        _ if context.last_answer.is_some() && small_talk == Some(SmallTalk::Thanks) => {
            Some(Feedback::Helped)
        }
        _ => None,
    }
}

fn repeats(text: &str, normal: &Normal<'_>, earlier: &[String]) -> bool {
    let has_content = normal.words().count() >= 2 || normal.text.chars().count() >= 4;
    has_content
        && earlier.iter().rev().take(COMPARED).any(|before| {
            similarity(text, before) >= SAME_QUESTION && small_talk(&Normal::of(before)).is_none()
        })
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "read_properties.rs"]
mod properties;
