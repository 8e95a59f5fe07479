//! Shares, ranks and areas with their 95 % intervals.

use crate::logistic::Seeded;

/// A score from 0 to 1 and whether it should have been high.
pub type Scored = (f64, bool);
/// Whether the best passage is right, and the place of the right article.
pub type Ranked = (bool, Option<usize>);

/// Draws of a bootstrap.
const DRAWS: usize = 400;

/// Right article first, recall at 5 and mean reciprocal rank.
pub fn ranking(ranks: &[Ranked]) -> String {
    let count = |fits: &dyn Fn(&Ranked) -> bool| ranks.iter().filter(|rank| fits(rank)).count();
    let first = share(count(&|rank| rank.0), ranks.len());
    let five = share(count(&|rank| rank.1.is_some_and(|at| at <= 5)), ranks.len());
    let reciprocal = |ranks: &[&Ranked]| {
        let sum: f64 = ranks
            .iter()
            .map(|rank| rank.1.map_or(0.0, |at| 1.0 / at as f64))
            .sum();
        Some(sum / ranks.len().max(1) as f64)
    };
    format!(
        "{} answerable: right first {first}, recall@5 {five}, MRR {}",
        ranks.len(),
        between(ranks, reciprocal)
    )
}

/// A share with Wilson's interval.
fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let (n, p, z) = (whole as f64, part as f64 / whole as f64, 1.96f64);
    let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    format!("{p:.3} ({:.2}–{:.2})", middle - half, middle + half)
}

/// The area under the ROC curve with its counts.
pub fn auroc_words(scored: &[Scored]) -> String {
    let good = scored.iter().filter(|row| row.1).count();
    let bad = scored.len() - good;
    if good == 0 || bad == 0 {
        return "–".to_owned();
    }
    let area = |rows: &[&Scored]| auroc(rows.iter().map(|row| **row).collect());
    format!("{} of {good} and {bad}", between(scored, area))
}

/// `None` where one side is missing.
pub fn auroc(mut rows: Vec<Scored>) -> Option<f64> {
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
    (good > 0 && bad > 0).then(|| area / (good as f64 * bad as f64))
}

/// A figure with the interval that 95 % of bootstrap draws lie in.
fn between<T>(rows: &[T], figure: impl Fn(&[&T]) -> Option<f64>) -> String {
    let all: Vec<&T> = rows.iter().collect();
    let Some(seen) = figure(&all) else {
        return "–".to_owned();
    };
    let mut seeded = Seeded(1);
    let mut draws: Vec<f64> = (0..DRAWS)
        .filter_map(|_| {
            let pick = |_: &T| &rows[(seeded.next() % rows.len() as u64) as usize];
            let drawn: Vec<&T> = rows.iter().map(pick).collect();
            figure(&drawn)
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws.get((draws.len() as f64 * share) as usize).copied();
    let (low, high) = (at(0.025).unwrap_or(seen), at(0.975).unwrap_or(seen));
    format!("{seen:.3} ({low:.2}–{high:.2})")
}

/// What was said and what was seen, by decile, and at the policy's thresholds.
pub fn print_calibration(scored: &[Scored]) {
    let mut rows = scored.to_vec();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mean = |rows: &[Scored], of: &dyn Fn(&Scored) -> f64| {
        rows.iter().map(of).sum::<f64>() / rows.len().max(1) as f64
    };
    let truth = |row: &Scored| f64::from(u8::from(row.1));
    println!(
        "best passage right, of {}: Brier {:.3}",
        rows.len(),
        mean(&rows, &|row| (row.0 - truth(row)).powi(2))
    );
    let deciles: Vec<String> = rows
        .chunks(rows.len().div_ceil(10).max(1))
        .map(|part| format!("{:.2}→{:.2}", mean(part, &|row| row.0), mean(part, &truth)))
        .collect();
    println!("  said→seen by decile: {}", deciles.join(" "));
    let (low, high): (Vec<Scored>, Vec<Scored>) = (
        rows.iter().copied().filter(|row| row.0 < 0.35).collect(),
        rows.iter().copied().filter(|row| row.0 >= 0.55).collect(),
    );
    let right = |rows: &[Scored]| rows.iter().filter(|row| row.1).count();
    println!(
        "  below 0.35: wrong {}; from 0.55: right {}; between: {}",
        share(low.len() - right(&low), low.len()) + &format!(" of {}", low.len()),
        share(right(&high), high.len()) + &format!(" of {}", high.len()),
        rows.len() - low.len() - high.len()
    );
}
