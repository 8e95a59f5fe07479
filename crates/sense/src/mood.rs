//! Mood (P14): what words say, and what capitals and exclamation marks say besides.
//! Several hints add up as independent ones do: 1 - (1 - a)(1 - b).

use segue_core::signal::{Evidence, Signal, Trigger};

use crate::normal::Normal;
use crate::rules::{self, Rules};

/// How many spans are quoted as evidence of one mood.
const QUOTES: usize = 3;

/// The moods seen in a message.
pub(crate) fn moods(text: &str, normal: &Normal<'_>) -> Vec<Signal> {
    let loud = loudness(text);
    let shouted = |found: f64| {
        if found > 0.0 {
            loud.strength * 0.5
        } else {
            0.0
        }
    };
    let words = |rules: &Rules| {
        let mut quotes: Vec<Evidence> = Vec::new();
        let mut calm = 1.0;
        let mut taken: Vec<std::ops::Range<usize>> = Vec::new();
        for found in rules.find(normal) {
            let overlaps = taken
                .iter()
                .any(|range| range.start < found.range.end && found.range.start < range.end);
            if overlaps {
                continue;
            }
            calm *= 1.0 - found.strength;
            quotes.push(Evidence::words(normal.quote(&found.range)));
            taken.push(found.range);
        }
        quotes.retain(|quote| !quote.text().is_empty());
        quotes.truncate(QUOTES);
        (1.0 - calm, quotes)
    };
    let mut moods = Vec::new();
    let mut push = |trigger, strength: f64, evidence: Vec<Evidence>| {
        if strength >= 0.1 && !evidence.is_empty() {
            moods.push(Signal {
                trigger,
                strength: strength.clamp(0.0, 1.0),
                evidence,
            });
        }
    };

    let (frustration, quotes) = words(&rules::FRUSTRATION);
    push(
        Trigger::Frustration,
        either(frustration, shouted(frustration)),
        quotes,
    );
    let (urgency, quotes) = words(&rules::URGENCY);
    push(
        Trigger::Urgency,
        either(urgency, shouted(urgency) * 0.6),
        quotes,
    );
    let (anger, mut quotes) = words(&rules::ANGER);
    quotes.extend(
        (quotes.len() < QUOTES)
            .then(|| loud.quote.map(Evidence::words))
            .flatten(),
    );
    push(Trigger::Anger, either(anger, loud.strength), quotes);
    let (helplessness, quotes) = words(&rules::HELPLESSNESS);
    push(Trigger::Helplessness, helplessness, quotes);
    moods
}

fn either(a: f64, b: f64) -> f64 {
    1.0 - (1.0 - a) * (1.0 - b)
}

struct Loudness<'a> {
    strength: f64,
    /// The loudest span of the text.
    quote: Option<&'a str>,
}

/// Capitals count from three shouted words on, since "SSO" and "PDF" are no shouts.
fn loudness(text: &str) -> Loudness<'_> {
    let head = text
        .char_indices()
        .nth(4_000)
        .map_or(text, |(at, _)| &text[..at]);
    let is_word = |word: &&str| word.chars().filter(|c| c.is_alphabetic()).count() >= 2;
    let is_shouted = |word: &&str| {
        let cased = word
            .chars()
            .filter(|c| c.is_lowercase() || c.is_uppercase());
        let (mut letters, mut upper) = (0, 0);
        cased.for_each(|c| {
            letters += 1;
            upper += usize::from(c.is_uppercase());
        });
        letters >= 2 && upper == letters
    };
    let words: Vec<&str> = head.split_whitespace().filter(is_word).collect();
    let shouted: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| is_shouted(word))
        .collect();
    let share = shouted.len() as f64 / words.len().max(1) as f64;
    let longest = shouted
        .iter()
        .map(|word| word.chars().filter(|c| c.is_alphabetic()).count())
        .max()
        .unwrap_or(0);
    let capitals = match shouted.len() {
        0..=2 => 0.0,
        _ if share > 0.7 && longest >= 4 => 0.6,
        _ if share > 0.3 && longest >= 5 => 0.4,
        _ if longest >= 6 => 0.2,
        _ => 0.0,
    };
    let marks = head
        .split(|c| !matches!(c, '!' | '?' | '！' | '？'))
        .filter(|run| run.contains(['!', '！']) || run.chars().count() >= 3)
        .map(|run| run.chars().count())
        .max()
        .unwrap_or(0);
    let marks = match marks {
        0 | 1 => 0.0,
        2 => 0.25,
        3 => 0.4,
        _ => 0.5,
    };
    let quote = match (capitals > 0.0, marks > 0.0) {
        (true, _) => span(head, shouted.first(), shouted.last()),
        (_, true) => head
            .split_whitespace()
            .rev()
            .find(|word| word.contains(['!', '！', '?', '？'])),
        _ => None,
    };
    Loudness {
        strength: either(capitals, marks),
        quote,
    }
}

/// From the first of two words of a text to the second.
fn span<'a>(text: &'a str, first: Option<&&'a str>, last: Option<&&'a str>) -> Option<&'a str> {
    let offset = |word: &str| (word.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
    let start = offset(first?)?;
    let end = offset(last?)? + last?.len();
    let whole = text.get(start..end)?;
    Some(
        whole
            .char_indices()
            .nth(120)
            .map_or(whole, |(at, _)| &whole[..at]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mood(text: &str, trigger: Trigger) -> f64 {
        let moods = moods(text, &Normal::of(text));
        moods
            .iter()
            .find(|signal| signal.trigger == trigger)
            .map_or(0.0, |signal| signal.strength)
    }

    #[test]
    fn moods_are_heard() {
        use Trigger::{Anger, Frustration, Helplessness, Urgency};
        let strong = |text: &str, trigger| {
            assert!(
                mood(text, trigger) >= 0.6,
                "{text}: {}",
                mood(text, trigger)
            )
        };
        strong(
            "this is the third time I write, nothing works!!",
            Frustration,
        );
        strong("This is ridiculous", Frustration);
        strong("I have been trying for hours", Frustration);
        strong("I need this now", Urgency);
        strong("this is blocking our launch", Urgency);
        strong("WHY DOES THIS NEVER WORK", Anger);
        strong("what the fuck is this", Anger);
        strong("you are idiots!!!", Anger);
        strong("I give up", Helplessness);
        strong("I do not know what else to try", Helplessness);
        strong("esto es ridículo, nada funciona", Frustration);
        strong("das ist lächerlich", Frustration);
        strong("c'est n'importe quoi", Frustration);
    }

    #[test]
    fn calm_texts_stay_calm() {
        for text in [
            "How do I export a PDF?",
            "Thanks!",
            "Does SSO work with SAML and LDAP?",
            "Where is my order?",
        ] {
            let moods = moods(text, &Normal::of(text));
            assert!(
                moods.iter().all(|signal| signal.strength < 0.3),
                "{text}: {moods:?}"
            );
        }
    }
}
