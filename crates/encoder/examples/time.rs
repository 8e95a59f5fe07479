//! What the encoder costs: `cargo run --release -p segue-encoder --example time -- MODEL
//! [ADAPTER]`. With an adapter, also the plain and the adapted vector together.

use std::path::Path;

use segue_encoder::{Encoder, Kind, Level};

const WORDS: &str = "my order has still not arrived and nobody answers when I call";

#[expect(clippy::disallowed_methods, reason = "measuring time is the purpose")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// What the process holds in memory, in MB.
fn resident_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kb: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kb / 1024.0)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("give the model's path")?;
    let before = resident_mb().unwrap_or(0.0);
    for level in Level::all() {
        let start = now();
        let encoder = Encoder::open(Path::new(&path))?;
        let open_ms = start.elapsed().as_secs_f64() * 1e3;
        let after = resident_mb().unwrap_or(0.0);
        println!("{level:?}: opened in {open_ms:.0} ms, {before:.0} MB before, {after:.0} after");
        let encoder = match std::env::args().nth(2) {
            Some(adapter) => adapt(encoder, &adapter)?,
            None => encoder,
        };
        let encoder = encoder.at_level(level).ok_or("not on this processor")?;
        for wanted in [16, 64, 128, 512] {
            measure(&encoder, wanted);
        }
    }
    Ok(())
}

fn adapt(encoder: Encoder, path: &str) -> Result<Encoder, Box<dyn std::error::Error>> {
    let bytes = std::fs::read(path)?;
    let start = now();
    let encoder = encoder.adapt(&bytes)?;
    let adapt_ms = start.elapsed().as_secs_f64() * 1e3;
    let after = resident_mb().unwrap_or(0.0);
    println!("  adapted in {adapt_ms:.0} ms, {after:.0} MB after");
    Ok(encoder)
}

/// Prints the median of 31 rounds (of 5 for the longest).
fn measure(encoder: &Encoder, wanted: usize) {
    let kind = if wanted > 128 {
        Kind::Passage
    } else {
        Kind::Query
    };
    let mut text = String::new();
    for word in WORDS.split(' ').cycle() {
        if encoder.tokens(kind, &text).len() >= wanted {
            break;
        }
        text.push_str(word);
        text.push(' ');
    }
    let rounds = if wanted > 128 { 5 } else { 31 };
    let tokens = encoder.tokens(kind, &text).len();
    let plain = median_ms(rounds, || {
        std::hint::black_box(encoder.encode(kind, &text));
    });
    print!("  {tokens} tokens: {plain:.2} ms");
    if kind == Kind::Query && encoder.adapter_fingerprint().is_some() {
        let both = median_ms(rounds, || {
            std::hint::black_box(encoder.read(&text));
        });
        print!(", with the adapted {both:.2} ms");
    }
    println!();
}

fn median_ms(rounds: usize, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = now();
            work();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
