//! What a text says. CPU only: no network, no clock, no dice; pure functions that
//! take any text at all and panic on none.
//!
//! `read` turns a customer's message into signals with their evidence; `retrieval`
//! finds the passages of a knowledge base that answer it; `answer` takes the answer
//! out of them word for word.

pub mod agreed;
pub mod answer;
mod asked_for;
pub mod clusters;
pub mod draft_checks;
pub mod grams;
pub mod grounding;
pub mod heads;
mod hidden;
mod language;
pub mod lore;
pub mod mail;
pub mod markdown;
mod money;
mod mood;
mod normal;
mod passages;
mod patterns;
pub mod personal;
pub mod read;
pub mod retrieval;
mod rules;
pub mod search_words;
mod sentences;
pub mod signals;
pub mod similar;
pub mod sources;
pub mod spoken;
mod terms;
pub mod told;
mod topics;
mod typos;
