//! Sentence vectors of many texts, kept in a file between runs: making them is what
//! training takes longest for.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use segue_encoder::{DIM, REVISION};
use segue_sense::read::Reader;

const ROW: usize = 8 + DIM * 4;

/// Vectors, and the fingerprint of the model they came from.
type Made = (Vec<Vec<f32>>, String);

/// The vectors of the texts, in their order.
pub fn vectors(texts: &[&str], model: &Path, kept: &Path) -> Result<Made, Box<dyn Error>> {
    let reader = Reader::open(model)
        .map_err(|error| format!("could not open {}: {error}", model.display()))?;
    let encoder = reader.encoder().ok_or("no sentence model")?;
    let made_with = (
        REVISION,
        encoder.fingerprint(),
        encoder.adapter_fingerprint(),
    );
    let encode = |text: &str| encoder.read(text).adapted.to_vec();
    let found = remembered(texts, kept, &made_with, encode)?;
    Ok((found, encoder.fingerprint().to_owned()))
}

fn remembered(
    texts: &[&str],
    kept: &Path,
    made_with: &impl Hash,
    encode: impl Fn(&str) -> Vec<f32> + Sync,
) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
    let key = |text: &str| {
        let mut hasher = DefaultHasher::new();
        made_with.hash(&mut hasher);
        text.hash(&mut hasher);
        hasher.finish()
    };
    let mut known: HashMap<u64, Vec<f32>> = fs::read(kept)
        .unwrap_or_default()
        .chunks_exact(ROW)
        .map(read_row)
        .collect();
    let mut missing: Vec<&str> = texts
        .iter()
        .copied()
        .filter(|text| !known.contains_key(&key(text)))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    eprintln!("{} texts, {} of them new", texts.len(), missing.len());
    let half = missing.len().div_ceil(2).max(1);
    let hashed: HashMap<&str, u64> = missing.iter().map(|text| (*text, key(text))).collect();
    let encode = |part: &[&str]| -> Vec<(u64, Vec<f32>)> {
        part.iter()
            .map(|text| (hashed[text], encode(text)))
            .collect()
    };
    let made: Vec<(u64, Vec<f32>)> = std::thread::scope(|scope| {
        let parts: Vec<_> = missing
            .chunks(half)
            .map(|part| scope.spawn(|| encode(part)))
            .collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().expect("encoding takes any text"))
            .collect()
    });
    known.extend(made);
    let mut bytes = Vec::with_capacity(known.len() * ROW);
    for (key, vector) in &known {
        bytes.extend(key.to_le_bytes());
        bytes.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
    }
    fs::write(kept, bytes)
        .map_err(|error| format!("could not keep {}: {error}", kept.display()))?;
    Ok(texts.iter().map(|text| known[&key(text)].clone()).collect())
}

fn read_row(row: &[u8]) -> (u64, Vec<f32>) {
    let (key, values) = row.split_at(8);
    let key = u64::from_le_bytes(key.try_into().unwrap_or_default());
    let values = values
        .chunks_exact(4)
        .map(|four| f32::from_le_bytes(four.try_into().unwrap_or_default()))
        .collect();
    (key, values)
}
