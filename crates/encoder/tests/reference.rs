//! The real model against what other programs make of the same file.
//!
//! `reference.json` holds, for texts in eight languages, the tokens that the `tokenizers` and
//! `sentencepiece` libraries give (with the vocabulary of `e5-small-q4.bin`), and the vector
//! of the program that the file comes from, in thousandths (none where that program lets a
//! text spell the model's own marks). Runs where `SEGUE_MODEL` names
//! the file or it lies in its usual place, and says so where it does not.
//!
//! `SEGUE_ADAPTER` may name an adapter; `PATH.json` beside it then holds texts with the vectors
//! that its training gave them, in units of 1e-5.
#![expect(clippy::unwrap_used, reason = "a test may fail so")]

use std::path::PathBuf;

use segue_encoder::{Encoder, Kind};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    kind: String,
    text: String,
    tokens: Vec<u32>,
    vector: Vec<f32>,
}

fn model() -> Option<Encoder> {
    let data = || {
        let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share"));
        let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
        Some(data.or_else(home)?.join("segue/e5-small-q4.bin"))
    };
    let path = std::env::var_os("SEGUE_MODEL").map(PathBuf::from);
    let path = path.or_else(data)?;
    if !path.exists() {
        eprintln!("skipped: no sentence model at {}", path.display());
        return None;
    }
    Some(Encoder::open(&path).expect("the installed model opens"))
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("reference.json")).unwrap()
}

fn kind(case: &Case) -> Kind {
    match case.kind.as_str() {
        "passage" => Kind::Passage,
        _ => Kind::Query,
    }
}

#[derive(Deserialize)]
struct AdaptedCase {
    text: String,
    tokens: Vec<u32>,
    plain: Vec<f32>,
    adapted: Vec<f32>,
}

#[test]
fn adapted_vectors_are_those_of_the_training() {
    let Some(encoder) = model() else { return };
    let Some(path) = std::env::var_os("SEGUE_ADAPTER").map(PathBuf::from) else {
        eprintln!("skipped: SEGUE_ADAPTER names no adapter");
        return;
    };
    let encoder = encoder.adapt(&std::fs::read(&path).unwrap()).unwrap();
    let mut beside = path.into_os_string();
    beside.push(".json");
    let cases = std::fs::read_to_string(beside).unwrap();
    let cases: Vec<AdaptedCase> = serde_json::from_str(&cases).unwrap();
    let mut cosines = Vec::new();
    for case in cases {
        assert_eq!(encoder.tokens(Kind::Query, &case.text), case.tokens);
        let got = encoder.read(&case.text);
        let apart = cosine(got.plain.as_slice(), got.adapted.as_slice());
        assert!(apart < 0.99, "the adapter changes nothing: {apart}");
        let plain = cosine(got.plain.as_slice(), &case.plain);
        let adapted = cosine(got.adapted.as_slice(), &case.adapted);
        cosines.push((plain.min(adapted), plain, adapted, case.text));
    }
    cosines.sort_by(|a, b| a.0.total_cmp(&b.0));
    let worst: Vec<_> = cosines.iter().take(8).collect();
    eprintln!("{} texts, the worst: {worst:?}", cosines.len());
    assert!(cosines[0].0 >= 0.995, "{worst:?}");
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn tokens_are_those_of_the_reference() {
    let Some(encoder) = model() else { return };
    let mut wrong = Vec::new();
    for case in cases() {
        let got = encoder.tokens(kind(&case), &case.text);
        if got != case.tokens {
            wrong.push(format!("{:?}: {got:?}, not {:?}", case.text, case.tokens));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn vectors_are_those_of_the_reference() {
    let Some(encoder) = model() else { return };
    let mut cosines = Vec::new();
    for case in cases().into_iter().filter(|case| !case.vector.is_empty()) {
        let got = encoder.encode(kind(&case), &case.text);
        let dot: f32 = got.iter().zip(&case.vector).map(|(a, b)| a * b).sum();
        let length = |v: &[f32]| v.iter().map(|v| v * v).sum::<f32>().sqrt();
        assert!((length(got.as_slice()) - 1.0).abs() < 1e-5);
        cosines.push((dot / length(&case.vector), case.text));
    }
    cosines.sort_by(|a, b| a.0.total_cmp(&b.0));
    let worst: Vec<_> = cosines.iter().take(8).collect();
    assert!(cosines[0].0 >= 0.995, "{worst:?}");
}
