//! `segue-evals similar`: whether two messages about the same issue are told from two about
//! others (P12, P21), on pairs `{"lang", "a", "b", "same"}`. Beside the pairs of a file, in
//! which the others are near misses, each text stands with one of an unrelated pair.

use std::error::Error;
use std::fs;
use std::path::Path;

use segue_sense::read::Reader;
use segue_sense::similar::similarity;
use serde::Deserialize;

use crate::retrieval::figures::auroc_words;

#[derive(Deserialize)]
struct Pair {
    lang: String,
    a: String,
    b: String,
    same: bool,
}

/// Prints areas, and precision, recall and F1 at some thresholds.
pub fn measure(file: &Path, reader: &Reader) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(file)
        .map_err(|error| format!("could not read {}: {error}", file.display()))?;
    let pairs: Vec<Pair> = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let score = |a: &str, b: &str| similarity(&reader.query(a), &reader.query(b));
    let own: Vec<(f64, bool)> = pairs
        .iter()
        .map(|pair| (score(&pair.a, &pair.b), pair.same))
        .collect();
    let mut unrelated = Vec::new();
    for (at, pair) in pairs.iter().enumerate() {
        let others = pairs[at + 1..].iter().chain(&pairs[..at]);
        let mut others = others.filter(|other| other.lang == pair.lang && other.a != pair.a);
        unrelated.extend(others.nth(3).map(|other| (score(&pair.a, &other.b), false)));
    }
    let same = own.iter().copied().filter(|row| row.1);
    let easy: Vec<(f64, bool)> = same.chain(unrelated.iter().copied()).collect();
    println!("near misses: AUROC {}", auroc_words(&own));
    println!("unrelated: AUROC {}", auroc_words(&easy));
    let all: Vec<(f64, bool)> = own.iter().chain(&unrelated).copied().collect();
    for threshold in [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75] {
        let figures = |rows: &[(f64, bool)]| {
            let count = |said: bool, was: bool| {
                let fits = |row: &&(f64, bool)| (row.0 >= threshold) == said && row.1 == was;
                rows.iter().filter(fits).count() as f64
            };
            let (hit, wrong, missed) = (count(true, true), count(true, false), count(false, true));
            format!(
                "precision {:.2} recall {:.2} F1 {:.3}",
                hit / (hit + wrong).max(1.0),
                hit / (hit + missed).max(1.0),
                2.0 * hit / (2.0 * hit + wrong + missed).max(1.0)
            )
        };
        println!(
            "{threshold}: near misses {}; unrelated {}; both {}",
            figures(&own),
            figures(&easy),
            figures(&all)
        );
    }
    Ok(())
}
