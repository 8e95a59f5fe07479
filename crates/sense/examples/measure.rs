//! Measures `sense` on labelled cases in files.
//!
//! `measure triggers FILE…`: per trigger precision and recall of strength ≥ 0.5, with
//! the errors; `-q` leaves the errors out. A case is `{"text", "triggers": […]}`.
//! `measure retrieval KB FILE…`: P@1, R@5, MRR. A case is `{"text", "labels": [file]}`.
//! `measure answerable KB FILE…`: each query once as it is and once without its
//! article; labels that name no article count as unanswerable.

use std::collections::{BTreeMap, HashMap};

use segue_core::ids::ArticleId;
use segue_core::signal::Trigger;
use segue_core::time::Timestamp;
use segue_sense::markdown::parse_article;
use segue_sense::read::{Context, read};
use segue_sense::retrieval::{Article, Index};
use serde_json::Value;

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let quiet = args.iter().any(|arg| arg == "-q");
    args.retain(|arg| arg != "-q");
    match args.split_first() {
        Some((command, files)) if command == "triggers" => triggers(files, quiet),
        Some((command, rest)) if !rest.is_empty() && command == "retrieval" => {
            retrieval(&rest[0], &rest[1..], quiet)
        }
        Some((command, rest)) if !rest.is_empty() && command == "answerable" => {
            answerable(&rest[0], &rest[1..])
        }
        _ => eprintln!("usage: measure triggers|retrieval|answerable …; see the head of the file"),
    }
}

fn cases(files: &[String]) -> Vec<Value> {
    let read = |file: &String| {
        std::fs::read_to_string(file).unwrap_or_else(|error| panic!("cannot read {file}: {error}"))
    };
    let texts: Vec<String> = files.iter().map(read).collect();
    texts
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn triggers(files: &[String], quiet: bool) {
    let mut counts: BTreeMap<Trigger, [usize; 3]> = BTreeMap::new();
    for case in cases(files) {
        let text = case["text"].as_str().unwrap_or_default();
        let labels: Vec<&str> = case["triggers"]
            .as_array()
            .map(|all| all.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let context = Context {
            refund_threshold_cents: 10_000,
            ..Context::default()
        };
        let reading = read(text, &context);
        for trigger in Trigger::ALL {
            let said = reading.strength(trigger) >= 0.5;
            let wanted = labels.contains(&trigger.name());
            let count = counts.entry(trigger).or_default();
            count[0] += usize::from(said && wanted);
            count[1] += usize::from(said && !wanted);
            count[2] += usize::from(!said && wanted);
            if said != wanted && !quiet {
                let mark = if said { "FALSE" } else { "MISSED" };
                let evidence = reading.signal(trigger).map(|signal| &signal.evidence);
                println!(
                    "{mark} {trigger} [{}] {text:?} {evidence:?}",
                    case["labels"]
                );
            }
        }
    }
    for (trigger, [hit, wrong, missed]) in counts {
        if hit + missed + wrong > 0 {
            let precision = hit as f64 / (hit + wrong).max(1) as f64;
            let recall = hit as f64 / (hit + missed).max(1) as f64;
            println!(
                "{trigger}: precision {precision:.3} recall {recall:.3} (hits {hit}, wrong {wrong}, missed {missed})"
            );
        }
    }
}

fn articles(dir: &str) -> (Vec<Article>, HashMap<String, String>) {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .expect("the folder can be read")
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    names.sort();
    let mut articles = Vec::new();
    let mut file_of = HashMap::new();
    for (number, path) in names.iter().enumerate() {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let bytes = std::fs::read(path).expect("the file can be read");
        match parse_article(&name, &bytes) {
            Ok(parsed) => {
                let id = ArticleId::new(Timestamp::from_millis(0), number as u128);
                file_of.insert(id.as_str().to_owned(), name);
                articles.push(Article {
                    id,
                    title: parsed.title,
                    tags: parsed.tags,
                    text: parsed.body,
                });
            }
            Err(fault) => println!("{name}: {fault}"),
        }
    }
    (articles, file_of)
}

fn retrieval(dir: &str, files: &[String], quiet: bool) {
    let (articles, file_of) = articles(dir);
    let index = Index::build(articles);
    let (mut first, mut five, mut reciprocal, mut count) = (0, 0, 0.0, 0);
    for case in cases(files) {
        let text = case["text"].as_str().unwrap_or_default();
        let Some(label) = case["labels"][0].as_str() else {
            continue;
        };
        let mut ranked: Vec<&str> = Vec::new();
        for hit in index.search(text, 40) {
            let name = file_of[hit.article_id.as_str()].as_str();
            if !ranked.contains(&name) {
                ranked.push(name);
            }
        }
        let rank = ranked.iter().position(|name| *name == label);
        count += 1;
        first += usize::from(rank == Some(0));
        five += usize::from(rank.is_some_and(|rank| rank < 5));
        reciprocal += rank.map_or(0.0, |rank| 1.0 / (rank as f64 + 1.0));
        if rank != Some(0) && !quiet {
            println!("{rank:?} {text:?} wanted {label} got {:?}", ranked.first());
        }
    }
    let share = |part: f64| part / f64::from(count.max(1));
    println!(
        "{count} queries: P@1 {:.3} R@5 {:.3} MRR {:.3}",
        share(first as f64),
        share(five as f64),
        share(reciprocal)
    );
}

fn answerable(dir: &str, files: &[String]) {
    let (all, file_of) = articles(dir);
    let index = Index::build(all.clone());
    let mut without: HashMap<String, Index> = HashMap::new();
    let mut rows: Vec<(f64, bool)> = Vec::new();
    let dump = std::env::var("FEATURES").is_ok();
    let mut look = |index: &Index, text: &str, good: bool| {
        let hits = index.search(text, 8);
        let score = index.answerable(text, &hits);
        if dump && let Some(features) = index.features(text, &hits) {
            println!("F {} {features:?} {text:?}", u8::from(good));
        }
        rows.push((score, good));
    };
    for case in cases(files) {
        let text = case["text"].as_str().unwrap_or_default();
        let label = case["labels"][0].as_str().unwrap_or_default();
        let label = format!(
            "{}.md",
            label
                .trim_end_matches(".md")
                .to_lowercase()
                .replace(['_', ' '], "-")
        );
        let covered = file_of.values().any(|name| *name == label);
        if !covered {
            look(&index, text, false);
            continue;
        }
        let hits = index.search(text, 1);
        let right = hits
            .first()
            .is_some_and(|hit| file_of[hit.article_id.as_str()] == label);
        look(&index, text, right);
        if all.len() < 100 {
            let rest = without.entry(label.clone()).or_insert_with(|| {
                Index::build(
                    all.iter()
                        .filter(|article| file_of[article.id.as_str()] != label)
                        .cloned()
                        .collect(),
                )
            });
            look(rest, text, false);
        }
    }
    summary(&mut rows);
}

fn summary(rows: &mut [(f64, bool)]) {
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let good = rows.iter().filter(|row| row.1).count();
    let bad = rows.len() - good;
    let (mut below, mut area) = (0.0, 0.0);
    for run in rows.chunk_by(|a, b| a.0 == b.0) {
        let bads = run.iter().filter(|row| !row.1).count() as f64;
        let goods = run.len() as f64 - bads;
        area += goods * (below + bads / 2.0);
        below += bads;
    }
    println!(
        "{good} answerable, {bad} not: AUC {:.3}",
        area / (good.max(1) * bad.max(1)) as f64
    );
    let brier: f64 = rows
        .iter()
        .map(|(score, good)| (score - f64::from(u8::from(*good))).powi(2))
        .sum::<f64>()
        / rows.len().max(1) as f64;
    println!("Brier {brier:.3}");
    for limit in [0.35, 0.55] {
        let kept = rows.iter().filter(|row| row.1 && row.0 >= limit).count();
        let passed = rows.iter().filter(|row| !row.1 && row.0 >= limit).count();
        println!(
            "≥ {limit}: {:.3} of the answerable, {:.3} of the others",
            kept as f64 / good.max(1) as f64,
            passed as f64 / bad.max(1) as f64
        );
    }
    for bin in rows.chunks(rows.len().div_ceil(10).max(1)) {
        let said = bin.iter().map(|row| row.0).sum::<f64>() / bin.len() as f64;
        let seen = bin.iter().filter(|row| row.1).count() as f64 / bin.len() as f64;
        println!("  said {said:.2} seen {seen:.2}");
    }
}
