//! Precision and recall of `personal::find` on a file of labelled spans.
//!
//! `cargo run --release -p segue-sense --example personal -- dev.jsonl`, one JSON object a
//! line: `{"text", "spans": [[start, end, "EMAIL_ADDRESS"], …]}`, in characters. A span
//! counts as found if at least half of it is covered by a finding of its kind, and a
//! finding is right if it touches personal data of any kind. `MISSES=1` prints the rest.

use std::collections::BTreeMap;

use segue_sense::personal::{Kind, find};

const LABELS: [(&str, Kind); 9] = [
    ("EMAIL_ADDRESS", Kind::Email),
    ("PHONE_NUMBER", Kind::Phone),
    ("IBAN_CODE", Kind::Iban),
    ("CREDIT_CARD", Kind::Card),
    ("IP_ADDRESS", Kind::Ip),
    ("US_SSN", Kind::NationalId),
    ("US_DRIVER_LICENSE", Kind::NationalId),
    ("STREET_ADDRESS", Kind::Address),
    ("PERSON", Kind::Name),
];
/// Personal too, though nothing here looks for it.
const BESIDE: [&str; 3] = ["ZIP_CODE", "GPE", "TITLE"];

#[derive(Default)]
struct Counts {
    spans: usize,
    found: usize,
    findings: usize,
    right: usize,
}

fn main() {
    let path = std::env::args()
        .nth(1)
        .expect("name a file of labelled spans");
    let file = std::fs::read_to_string(path).expect("the file can be read");
    let shows = std::env::var("MISSES").is_ok();
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    for line in file.lines() {
        let case: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        let text = case["text"].as_str().unwrap_or_default();
        let chars = |byte: usize| text[..byte].chars().count();
        let findings: Vec<_> = find(text)
            .into_iter()
            .filter(|found| found.kind.is_personal())
            .map(|found| (found.kind, chars(found.start), chars(found.end)))
            .collect();
        let mut labelled = Vec::new();
        for span in case["spans"].as_array().into_iter().flatten() {
            let at = |n: usize| span[n].as_u64().unwrap_or_default() as usize;
            labelled.push((at(0), at(1), span[2].as_str().unwrap_or_default()));
        }
        for (start, end, label) in &labelled {
            let Some((_, kind)) = LABELS.iter().find(|(name, _)| name == label) else {
                continue;
            };
            let covered: usize = findings
                .iter()
                .filter(|(of, ..)| of == kind)
                .map(|(_, from, to)| to.min(end).saturating_sub(*from.max(start)))
                .sum();
            let entry = counts.entry(kind.name()).or_default();
            entry.spans += 1;
            let is_found = 2 * covered >= end - start;
            entry.found += usize::from(is_found);
            if shows && !is_found {
                let span: String = text.chars().skip(*start).take(end - start).collect();
                println!("missed {label}: {span:?} in {text:?}");
            }
        }
        for (kind, from, to) in &findings {
            let entry = counts.entry(kind.name()).or_default();
            entry.findings += 1;
            let is_right = labelled.iter().any(|(start, end, label)| {
                let is_personal =
                    LABELS.iter().any(|(name, _)| name == label) || BESIDE.contains(label);
                is_personal && from < end && start < to
            });
            entry.right += usize::from(is_right);
            if shows && !is_right {
                let span: String = text.chars().skip(*from).take(to - from).collect();
                println!("wrong {}: {span:?} in {text:?}", kind.name());
            }
        }
    }
    println!(
        "{:<10}{:>8}{:>10}{:>8}",
        "kind", "spans", "precision", "recall"
    );
    for (kind, counts) in counts {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        println!(
            "{kind:<10}{:>8}{:>10.3}{:>8.3}",
            counts.spans,
            share(counts.right, counts.findings),
            share(counts.found, counts.spans)
        );
    }
}
