//! What is checked while an agent writes: whether a draft opens as if nothing had been said
//! (P42), whether it asks for what was tried (P40) or told already. And whether a customer's
//! text says again what they said before (P35).
//!
//! Each check looks at a text with rules, a lexicon and, where there is one, the sentence
//! model; a small trained head ([`heads`]) weighs what was seen. Without the model other
//! weights of the same heads count.

mod asks;
mod cold;
mod details;
pub mod heads;
mod repeats;
mod said_again;
mod text;

pub use asks::{AskedAgain, asked_again, looks as looks_at_questions};
pub use cold::{is_cold_greeting, look as look_at_opening};
pub use repeats::{looks as looks_at_steps, repeated_solution};
pub use said_again::{REPEATS, Repeated, look as look_at_repetition, repetition};

use crate::read::Reader;

/// Who said something, as far as a guard must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The customer.
    Customer,
    /// The assistant, or the system.
    Machine,
    /// A human agent.
    Agent,
    /// Nobody in the conversation: it stands on the customer's record.
    Record,
}

/// Something that was said in a conversation.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// By whom.
    pub by: Speaker,
    /// What.
    pub text: &'a str,
}

/// What is wrong with a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// It opens as if nothing had been said.
    pub is_cold: bool,
    /// The solution tried already that it asks for, by its place among them.
    pub repeats: Option<usize>,
    /// What it asks for though the customer has told it.
    pub asks_again: Option<AskedAgain>,
}

/// Checks a draft against all that was said and tried, in the conversation's order.
pub fn check(reader: &Reader, draft: &str, history: &[Said<'_>], attempted: &[&str]) -> Checked {
    if draft.trim().is_empty() {
        return Checked::default();
    }
    let is_cold = is_cold_greeting(reader, draft, history);
    let repeats = repeated_solution(reader, draft, attempted);
    // Who asks whether a step was tried, or for the whole story, has been told so.
    let asks_again = asked_again(reader, draft, history).filter(|_| !is_cold && repeats.is_none());
    Checked {
        is_cold,
        repeats,
        asks_again,
    }
}

#[cfg(test)]
mod tests;
