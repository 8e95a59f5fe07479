//! What kind of thing answers a question: "how long" wants a time, "how much" an amount.

use crate::money;
use crate::normal::Normal;
use crate::rules::{ASKS_PRICE, ASKS_SPAN, Rules, SPAN};

/// The kind of thing that a question asks for, where its words say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AskedFor {
    /// How long something takes, or by when it is done.
    Span,
    /// What it costs.
    Price,
}

impl AskedFor {
    /// What a question asks for; the first of it if several things.
    pub fn of(question: &str) -> Option<Self> {
        let normal = Normal::of(question);
        let first = |rules: &Rules| {
            let found = rules.find(&normal).into_iter();
            found.map(|found| found.range.start).min()
        };
        match (first(&ASKS_SPAN), first(&ASKS_PRICE)) {
            (Some(span), Some(price)) if price < span => Some(Self::Price),
            (Some(_), _) => Some(Self::Span),
            (None, Some(_)) => Some(Self::Price),
            (None, None) => None,
        }
    }

    /// Whether such a thing stands in a text.
    pub fn stands_in(self, text: &str) -> bool {
        match self {
            Self::Span => SPAN.matches(&Normal::of(text)),
            Self::Price => !money::find(text).is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_say_what_kind_of_thing_answers_them() {
        let check = |expected: Option<AskedFor>, questions: &[&str]| {
            for question in questions {
                assert_eq!(AskedFor::of(question), expected, "{question}");
            }
        };
        check(
            Some(AskedFor::Span),
            &[
                "How long does delivery take?",
                "when will my bike arrive",
                "whats your lead time",
                "Wie lange dauert der Versand?",
                "¿Cuánto tarda el envío?",
                "combien de temps pour être remboursé ?",
                "em quanto tempo chega?",
                "多久能到",
                "届くまで何日くらいかかりますか",
                "كم يوم ياخذ التوصيل",
            ],
        );
        check(
            Some(AskedFor::Price),
            &[
                "how much is shipping",
                "was kostet der Versand",
                "¿cuánto cuesta?",
                "combien ça coûte",
                "quanto custa o frete",
                "运费多少钱",
                "送料はいくらですか",
            ],
        );
        check(
            None,
            &[
                "where is my order",
                "how do I return it",
                "I waited so long",
            ],
        );
    }

    #[test]
    fn times_and_amounts_are_seen_in_a_text() {
        for text in [
            "Standard delivery takes 2 to 4 working days.",
            "We answer within the hour.",
            "Die Lieferung dauert zwei bis drei Werktage.",
            "Llega en 48 horas.",
            "Il faut compter 5 jours ouvrés.",
            "通常2〜3営業日で届きます。",
            "3个工作日内到账",
        ] {
            assert!(AskedFor::Span.stands_in(text), "{text}");
        }
        let other = "The carrier does not deliver on Sundays and public holidays.";
        assert!(!AskedFor::Span.stands_in(other));
        assert!(AskedFor::Price.stands_in("Returns cost €4.90."));
        assert!(!AskedFor::Price.stands_in("Returns are collected."));
    }
}
