//! What an assistant's own line does, read from its words: for transcripts of other
//! programs, which carry no mark of it. Our own conversations carry the mark.

use crate::normal::Normal;
use crate::rules;

/// What a line of an assistant does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spoken {
    /// Offers a person.
    pub offers_person: bool,
    /// Says that it has no answer.
    pub abstains: bool,
    /// Asks back what is meant: a question, and nothing suggested.
    pub asks: bool,
}

/// A longer line that ends in a question suggests something as well.
const LONGEST_QUESTION: usize = 160;

/// Reads a line of an assistant.
pub fn spoken(line: &str) -> Spoken {
    let normal = Normal::of(line);
    let offers_person = rules::OFFERS_PERSON.matches(&normal);
    let abstains = rules::ABSTAINS.matches(&normal);
    let is_question = line.trim_end().ends_with(['?', '？', '؟']);
    let is_short = line.chars().count() <= LONGEST_QUESTION;
    Spoken {
        offers_person,
        abstains,
        asks: is_question && is_short && !offers_person && !abstains,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_a_missing_answer_and_a_question_are_told_apart() {
        let check = |line: &str, offers_person: bool, abstains: bool, asks: bool| {
            let expected = Spoken {
                offers_person,
                abstains,
                asks,
            };
            assert_eq!(spoken(line), expected, "{line}");
        };
        check(
            "Would you like me to connect you with a person?",
            true,
            false,
            false,
        );
        check(
            "I don't have a reliable answer to that. Would you like to talk to a person?",
            true,
            true,
            false,
        );
        check(
            "Do you mean the web app or the mobile app?",
            false,
            false,
            true,
        );
        check(
            "Open Settings, then Billing, and press Download.",
            false,
            false,
            false,
        );
        check("I couldn't find anything about that.", false, true, false);
        check("¿Quieres hablar con una persona?", true, false, false);
        check(
            "Möchten Sie mit einem Menschen sprechen?",
            true,
            false,
            false,
        );
        check("Souhaitez-vous parler à une personne ?", true, false, false);
        check("Quer falar com uma pessoa?", true, false, false);
        check("需要为您转接人工客服吗？", true, false, false);
        check("担当者とお話しになりますか？", true, false, false);
        check("هل تود التحدث إلى موظف؟", true, false, false);
        check("", false, false, false);
    }
}
