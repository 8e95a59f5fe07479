//! Agents' drafts: whether one opens as if nothing had been said, and whether it asks for
//! what was tried.

use segue_sense::draft_checks::{is_cold_greeting, repeated_solution};
use segue_sense::read::Reader;
use serde::Deserialize;
use serde_json::{Value, json};

use super::lines::Fault;

#[derive(Deserialize)]
struct Line {
    id: Value,
    #[serde(default)]
    history: Vec<Said>,
    #[serde(default)]
    attempted: Vec<String>,
    draft: String,
}

#[derive(Deserialize)]
struct Said {
    role: String,
    text: String,
}

pub fn judge(reader: &Reader, line: &str) -> Result<Value, Fault> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let texts = |wanted: fn(&str) -> bool| -> Vec<&str> {
        let said = line.history.iter().filter(|said| wanted(&said.role));
        said.map(|said| said.text.as_str()).collect()
    };
    let is_running = !texts(|role| role == "agent").is_empty();
    let customer = texts(|role| role == "customer");
    let cold = !is_running && is_cold_greeting(&line.draft, &texts(|_| true), &customer);
    let attempted: Vec<&str> = line.attempted.iter().map(String::as_str).collect();
    let repeated = repeated_solution(reader, &line.draft, &attempted);
    Ok(json!({
        "id": line.id,
        "cold_greeting": cold,
        "repeats_solution": repeated.is_some(),
        "repeated_index": repeated,
    }))
}
