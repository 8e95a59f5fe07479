//! What checking a draft costs while an agent types:
//! `cargo run --release -p segue-sense --example draft_checks -- [MODEL] < evals/dev/checks/drafts_more.jsonl`.
//! For each case the conversation is read once, as the console has it done when it opens; then
//! the draft grows word by word, and each state of it is checked. Prints quantiles.

use std::io::BufRead;
use std::path::Path;

use segue_sense::draft_checks::{Said, Speaker, check};
use segue_sense::read::Reader;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    history: Vec<Line>,
    attempted: Vec<String>,
    draft: String,
}

#[derive(Deserialize)]
struct Line {
    role: String,
    text: String,
}

#[expect(clippy::disallowed_methods, reason = "measuring time is the purpose")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let reader = match std::env::args().nth(1) {
        Some(path) => Reader::open(Path::new(&path))?,
        None => Reader::lexical(),
    };
    let (mut opened, mut typed) = (Vec::new(), Vec::new());
    for line in std::io::stdin().lock().lines() {
        let case: Case = serde_json::from_str(&line?)?;
        let said = |line: &'_ Line| match line.role.as_str() {
            "customer" => Speaker::Customer,
            _ => Speaker::Machine,
        };
        let history: Vec<Said<'_>> = case
            .history
            .iter()
            .map(|line| Said {
                by: said(line),
                text: &line.text,
            })
            .collect();
        let attempted: Vec<&str> = case.attempted.iter().map(String::as_str).collect();
        let start = now();
        check(&reader, "…?", &history, &attempted);
        opened.push(start.elapsed().as_secs_f64() * 1e3);
        let ends = case.draft.match_indices(' ').map(|(at, _)| at);
        // An agent pauses after some words.
        for end in ends.step_by(4).chain([case.draft.len()]) {
            let start = now();
            check(&reader, &case.draft[..end], &history, &attempted);
            typed.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    for (what, times) in [("opened", &mut opened), ("typed", &mut typed)] {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!(
            "{what}: {} checks, p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms",
            times.len(),
            at(0.5),
            at(0.9),
            at(0.99)
        );
    }
    Ok(())
}
