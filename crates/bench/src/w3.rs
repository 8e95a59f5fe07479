//! W3: decisions a second on one core, on whole conversations with all that is read of them: every
//! line, the facts, the articles. One after the other through the public API's door.

use std::path::Path;

use serde_json::{Value, json};

use crate::client::Http;
use crate::house::{House, SWITCHES, admin};
use crate::{Failed, now, quantile};

/// Decisions before any is counted: the sentence model is opened, the articles are read.
const WARM_UP: usize = 10;

/// Asks for a decision on each conversation of a folder of cases (`kb`, `decisions.jsonl`), so
/// many rounds.
pub async fn run(cases: &Path, rounds: usize) -> Result<(), Failed> {
    let house = House::open().await?;
    let mut admin = admin(&house.host).await?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(cases.join("kb"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        files.push(json!({"name": name, "text": std::fs::read_to_string(&path)?}));
    }
    let articles = files.len();
    let body = json!({"files": files}).to_string();
    admin.json("POST", "/api/console/articles", &body).await?;
    let wanted = r#"{"name":"bench","scopes":["decisions"]}"#;
    let token = admin.json("POST", "/api/console/tokens", wanted).await?;
    let secret = token["secret"].as_str().ok_or("no token came")?;
    let mut program = Http::connect(&house.host).await?;
    program.headers = format!("Authorization: Bearer {secret}\r\n");

    let text = std::fs::read_to_string(cases.join("decisions.jsonl"))?;
    let mut asked = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let case: Value = serde_json::from_str(line)?;
        let keys = ["now", "contact", "prior_conversations", "messages"];
        let known = keys.iter().filter(|key| !case[**key].is_null());
        let kept: serde_json::Map<_, _> = known
            .map(|key| ((*key).to_owned(), case[*key].clone()))
            .collect();
        asked.push(Value::Object(kept).to_string());
    }
    for body in asked.iter().cycle().take(WARM_UP) {
        program.json("POST", "/api/v1/decisions", body).await?;
    }
    // Nothing is remembered of one round that another could use: texts are told apart.
    let (mut spans, before) = (Vec::new(), house.cpu()?);
    for round in 0..rounds {
        for body in &asked {
            let body = body.replace(
                "\"text\":\"",
                &format!("\"text\":\"{} ", ". ".repeat(round + 1)),
            );
            let begin = now();
            program.json("POST", "/api/v1/decisions", &body).await?;
            spans.push(begin.elapsed());
        }
    }
    let cpu_ms = (house.cpu()? - before).as_secs_f64() * 1e3 / spans.len().max(1) as f64;
    spans.sort_unstable();
    println!(
        "W3  {} decisions on whole conversations beside {articles} articles, one after the other: p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms; {cpu_ms:.1} ms of a core each, {:.0} a second on one\n    {SWITCHES}",
        spans.len(),
        quantile(&spans, 0.5),
        quantile(&spans, 0.9),
        quantile(&spans, 0.99),
        1e3 / cpu_ms.max(1e-3)
    );
    Ok(())
}
