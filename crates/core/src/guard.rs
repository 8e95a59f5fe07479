//! What is noticed of words while a human has the conversation: that a customer says something
//! again (P35), and what an agent is warned of before sending (P40, P42).

use serde::{Deserialize, Serialize};

/// How a customer says something again (P35).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Repetition {
    /// By saying so: "as I already told the bot".
    Said,
    /// By telling facts again that stand in an earlier message.
    Restated,
}

/// What a customer tells again (P35).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retold {
    /// A figure or a detail: an order number, an address, what they run it on.
    #[default]
    Facts,
    /// What the matter is.
    Issue,
}

/// What an agent is warned of.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// Opens as if nothing had been said (P42).
    ColdGreeting,
    /// Asks for what was tried already (P40).
    RepeatsAttempt,
    /// Asks for what the customer has told already (P27).
    AsksAgain,
}

impl Guard {
    /// The name in SQL, JSON and figures.
    pub const fn name(self) -> &'static str {
        match self {
            Guard::ColdGreeting => "cold_greeting",
            Guard::RepeatsAttempt => "repeats_attempt",
            Guard::AsksAgain => "asks_again",
        }
    }
}
