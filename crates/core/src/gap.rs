//! What the articles leave open (P37): the questions by their places, the draft that is to
//! close it, and what came of them.

use serde::{Deserialize, Serialize};

use crate::ids::ConversationId;

/// A question of a customer, by its place.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
pub struct QuestionPlace {
    /// In which conversation.
    #[schema(value_type = String)]
    pub conversation_id: ConversationId,
    /// The number of the message.
    pub seq: u64,
}

/// An article before somebody approves it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GapDraft {
    /// Its title.
    pub title: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its text in Markdown.
    pub text: String,
    /// The conversations whose agents said so.
    #[schema(value_type = Vec<String>)]
    pub sources: Vec<ConversationId>,
    /// The same in a language model's words, where there is one. A human may take it.
    #[serde(default)]
    pub better: Option<BetterDraft>,
}

/// A draft in a language model's words: only sentences that stand in what agents said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BetterDraft {
    /// Its text in Markdown.
    pub text: String,
    /// The model.
    pub model: String,
}

/// What became of a gap's questions once there was an article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GapResult {
    /// Questions that were asked again.
    pub of: u32,
    /// Of those, answered before.
    pub before: u32,
    /// Of those, answered with the article.
    pub answered: u32,
}
