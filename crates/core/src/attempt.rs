//! The ledger of attempts: what the assistant suggested, from which passage, when,
//! and how the customer said it went (P24). The package, the introduction, the
//! repeat guard and the measures are readings of it.

use serde::{Deserialize, Serialize};

use crate::ids::{ArticleId, AttemptId, MessageId};
use crate::time::Timestamp;

/// One thing that the assistant suggested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attempt {
    /// Its id; the "Did this help?" buttons send it back.
    #[schema(value_type = String)]
    pub id: AttemptId,
    /// The message that carried the suggestion.
    #[schema(value_type = String)]
    pub message_id: MessageId,
    /// When it was made.
    pub at: Timestamp,
    /// What was suggested, in a sentence or two.
    pub suggestion: String,
    /// The article it came from.
    #[schema(value_type = Option<String>)]
    pub article_id: Option<ArticleId>,
    /// That article's title.
    pub article_title: Option<String>,
    /// How it went.
    pub outcome: Outcome,
    /// The customer's words about it, where they said any.
    pub outcome_words: Option<String>,
}

/// How a suggestion went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The customer has not said.
    #[default]
    Unknown,
    /// "That worked".
    Helped,
    /// "That did not help", by button or in words.
    DidNotHelp,
    /// Asked the same again, which says so without saying it (P21).
    AskedAgain,
}

impl Outcome {
    /// Whether the answer counts as unsuccessful (P21).
    pub fn is_unsuccessful(self) -> bool {
        matches!(self, Outcome::DidNotHelp | Outcome::AskedAgain)
    }

    /// The name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Unknown => "unknown",
            Outcome::Helped => "helped",
            Outcome::DidNotHelp => "did_not_help",
            Outcome::AskedAgain => "asked_again",
        }
    }
}

/// How many attempts are unsuccessful (P21).
pub fn unsuccessful(attempts: &[Attempt]) -> u32 {
    attempts
        .iter()
        .filter(|attempt| attempt.outcome.is_unsuccessful())
        .count() as u32
}

/// How many the customer called useless, in words or by the button (P18).
pub fn called_useless(attempts: &[Attempt]) -> u32 {
    attempts
        .iter()
        .filter(|attempt| attempt.outcome == Outcome::DidNotHelp)
        .count() as u32
}
