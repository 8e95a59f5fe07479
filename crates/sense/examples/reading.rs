//! What reading costs: `cargo run --release -p segue-sense --example reading -- [MODEL] < TEXTS`.
//! Prints what the process holds after each step, how long a text of the input takes, and a
//! sum over everything that was read, which two versions that read alike have in common.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::BufRead;
use std::path::Path;

use segue_sense::read::{Context, Reader};

#[expect(clippy::disallowed_methods, reason = "measuring time is the purpose")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// What the process holds in memory of its own, and of files, in MB.
fn resident_mb() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        kib.unwrap_or(0.0) * 1024.0 / 1e6
    };
    (of("RssAnon:"), of("RssFile:"))
}

fn say(step: &str) {
    let (own, files) = resident_mb();
    println!("{step}: {own:.1} MB of its own, {files:.1} MB of files");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = now();
    let reader = match std::env::args().nth(1) {
        Some(path) => Reader::open(Path::new(&path))?,
        None => Reader::lexical(),
    };
    say(&format!(
        "opened in {:.0} ms",
        start.elapsed().as_secs_f64() * 1e3
    ));
    let start = now();
    reader.read("hello", &Context::default());
    say(&format!(
        "one text, {:.0} ms",
        start.elapsed().as_secs_f64() * 1e3
    ));
    let mut sum = DefaultHasher::new();
    let mut times = Vec::new();
    for text in std::io::stdin().lock().lines() {
        let text = text?;
        let start = now();
        let reading = reader.read(&text, &Context::default());
        times.push(start.elapsed().as_secs_f64() * 1e3);
        format!("{reading:?}").hash(&mut sum);
    }
    times.sort_by(f64::total_cmp);
    if let Some(median) = times.get(times.len() / 2) {
        say(&format!("{} texts, median {median:.2} ms", times.len()));
        println!("read as {:016x}", sum.finish());
    }
    Ok(())
}
