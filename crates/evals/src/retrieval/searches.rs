//! `segue-evals searches`: the knowledge bases with questions of our own, cut into passages
//! as the index cuts them, for `evals/tune/search.py`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use segue_sense::retrieval::{passages, units};
use serde_json::json;

use super::Set;

/// Trades of a split that have a knowledge base and a file of questions, by name.
pub fn trades(evals: &Path, split: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let folder = evals.join(split).join("retrieval");
    let mut found: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(|error| format!("could not read {}: {error}", folder.display()))?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.join("kb").is_dir() && path.join("queries.jsonl").is_file())
        .collect();
    found.sort();
    Ok(found)
}

/// Prints one line for each trade: its articles, each with its passages, and its questions.
pub fn print(evals: &Path) -> Result<(), Box<dyn Error>> {
    for split in ["train", "dev"] {
        for folder in trades(evals, split)? {
            let set = Set::read(&folder.join("kb"), &[folder.join("queries.jsonl")])?;
            let articles: Vec<_> = set
                .articles
                .iter()
                .map(|article| {
                    let cut = passages(&article.title, &article.text);
                    let cut: Vec<_> = cut
                        .iter()
                        .map(|cut| json!([cut.heading, units(&cut.text)]))
                        .collect();
                    json!({
                        "file": set.files[&article.id],
                        "title": article.title,
                        "passages": cut,
                    })
                })
                .collect();
            let questions: Vec<_> = set
                .asked
                .iter()
                .map(|asked| json!({"text": asked.text, "lang": asked.language, "right": asked.right}))
                .collect();
            let trade = folder
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            println!(
                "{}",
                json!({"trade": trade, "split": split, "articles": articles, "questions": questions})
            );
        }
    }
    Ok(())
}
