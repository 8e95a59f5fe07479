//! Agents' drafts: whether one opens as if nothing had been said, whether it asks for what
//! was tried, and whether it asks for what was told.

use segue_sense::draft_checks::{Said, Speaker, check};
use segue_sense::read::Reader;
use serde::Deserialize;
use serde_json::{Value, json};

use super::lines::Fault;

#[derive(Deserialize)]
struct Line {
    id: Value,
    #[serde(default)]
    history: Vec<Told>,
    #[serde(default)]
    attempted: Vec<String>,
    draft: String,
}

#[derive(Deserialize)]
struct Told {
    role: String,
    text: String,
}

pub fn judge(reader: &Reader, line: &str) -> Result<Value, Fault> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let said = |told: &'_ Told| match told.role.as_str() {
        "customer" => Speaker::Customer,
        "agent" => Speaker::Agent,
        _ => Speaker::Machine,
    };
    let history: Vec<Said<'_>> = line
        .history
        .iter()
        .map(|told| Said {
            by: said(told),
            text: &told.text,
        })
        .collect();
    let attempted: Vec<&str> = line.attempted.iter().map(String::as_str).collect();
    let checked = check(reader, &line.draft, &history, &attempted);
    let asked = checked.asks_again.as_ref();
    Ok(json!({
        "id": line.id,
        "cold_greeting": checked.is_cold,
        "repeats_solution": checked.repeats.is_some(),
        "repeated_index": checked.repeats,
        "asks_again": asked.is_some(),
        "answer": asked.and_then(|asked| asked.answer.as_deref()),
    }))
}
