//! Questions: which articles, and whether one answers.

use std::collections::HashSet;

use segue_sense::read::Reader;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Kb;
use super::lines::Fault;

/// Passages that are looked at; several may be of one article.
const PASSAGES: usize = 60;
/// Articles that are told.
const ARTICLES: usize = 20;
/// From here on an article answers; the policy's default.
const ANSWERS: f64 = 0.5;

#[derive(Deserialize)]
struct Question {
    id: Value,
    query: String,
}

pub fn judge(reader: &Reader, kb: &Kb, line: &str) -> Result<Value, Fault> {
    let asked: Question = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let query = reader.query(&asked.query);
    let hits = kb.index.search(&query, PASSAGES);
    let confidence = kb.index.answerable(&query, &hits);
    let mut seen = HashSet::new();
    let ranked: Vec<&str> = hits
        .iter()
        .filter(|hit| seen.insert(&hit.article_id))
        .map(|hit| kb.file(&hit.article_id))
        .take(ARTICLES)
        .collect();
    Ok(json!({
        "id": asked.id,
        "ranked": ranked,
        "answerable": confidence >= ANSWERS,
        "confidence": confidence,
    }))
}
