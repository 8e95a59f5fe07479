//! Customers' texts: whether one says again what the customer said before.

use segue_sense::draft_checks::repetition;
use segue_sense::read::Reader;
use serde::Deserialize;
use serde_json::{Value, json};

use super::lines::Fault;

#[derive(Deserialize)]
struct Line {
    id: Value,
    text: String,
    #[serde(default)]
    context: Vec<String>,
}

pub fn judge(reader: &Reader, line: &str) -> Result<Value, Fault> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let before: Vec<&str> = line.context.iter().map(String::as_str).collect();
    let repeated = repetition(reader, &line.text, &before);
    let repeats = repeated.counts();
    // Told beside what was asked for: whether the customer says so, or only tells it again.
    let kind = match (repeats, repeated.is_said) {
        (false, _) => "none",
        (true, true) => "explicit",
        (true, false) => "implicit",
    };
    Ok(json!({"id": line.id, "repeats": repeats, "score": repeated.score, "kind": kind}))
}
