//! Finds what a score is blended of and when the best passage is trusted.

use std::error::Error;
use std::fs;
use std::path::Path;

use segue_sense::retrieval::{BLEND, Blend, FEATURES, Features};

use super::figures::auroc;
use super::searches::trades;
use super::{Desk, Mode, Seen, Set};
use crate::logistic::Seeded;

/// Public sets that are trained on beside our own: folder of the articles, file of
/// questions, the most questions that are used, and what the set counts.
const SETS: [(&str, &str, usize, f64); 3] = [
    (
        "public-sharealike/stackfaq/kb",
        "public-sharealike/stackfaq/train.jsonl",
        999,
        0.7,
    ),
    (
        "public-sharealike/hint3_sofmattress/kb",
        "public-sharealike/hint3_sofmattress/train.jsonl",
        999,
        0.5,
    ),
    (
        "public/clinc150/kb",
        "public/clinc150/train.jsonl",
        900,
        0.7,
    ),
];
/// Our own trades that words alone are weighed on.
const LEXICAL_TRADES: [&str; 2] = ["train/retrieval/hosting", "train/retrieval/bikes"];
/// How much word for word may count.
const EACH: [f64; 5] = [0.0, 0.5, 1.0, 1.5, 2.5];
/// How much more words count where the passage is short.
const MORE_IF_SHORT: f64 = 0.2;
const PARTS: usize = FEATURES + 1;
/// What a weight may not be, beside 0: negative for 1, positive for -1.
const SIGNS: [i8; FEATURES] = [1, 1, 1, 1, -1, 1, 1, 1, 1, 1];
/// What may be looked at with vectors: those that tell answers best, of these.
const WITH_VECTORS: [&[usize]; 8] = [
    &[5],
    &[9],
    &[5, 9],
    &[5, 6, 9],
    &[5, 7, 9],
    &[0, 5, 9],
    &[0, 3, 5, 9],
    &[0, 2, 3, 5, 6, 7, 9],
];
const LEXICAL: [usize; 5] = [0, 1, 2, 3, 4];
/// How much more what is wrong counts than what is right: an answer that is trusted must be
/// right four times in five.
const CAUTION: f64 = 1.5;

/// Trains both sets of weights and writes them as Rust.
pub fn train(evals: &Path, model: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut weights = Vec::new();
    let mut blend = BLEND;
    for mode in [Mode::WithVectors, Mode::Lexical] {
        let sets = sets(evals, mode)?;
        let mut desks = Vec::new();
        for (set, _) in &sets {
            desks.push(Desk::new(set, mode, model)?);
        }
        if mode == Mode::WithVectors {
            blend = best_blend(&desks);
        }
        // The features are those of the blend in use: train twice after it has changed.
        let seen: Vec<Vec<Seen>> = desks.iter_mut().map(Desk::ask_all).collect();
        let mut rows = Vec::new();
        for (seen, (_, weight)) in seen.iter().zip(&sets) {
            rows.extend(weigh(seen, *weight, mode));
        }
        let candidates: &[&[usize]] = match mode {
            Mode::WithVectors => &WITH_VECTORS,
            Mode::Lexical => &[&LEXICAL],
        };
        let mut best = (0.0, [0.0; PARTS]);
        for looked_at in candidates {
            let used = std::array::from_fn(|at| looked_at.contains(&at));
            let found = fit(&rows, used);
            let area = told(&found, &seen, &sets);
            println!("{mode:?}: {looked_at:?} tell what is answered with AUROC {area:.3}");
            if area > best.0 {
                best = (area, found);
            }
        }
        let found = best.1;
        weights.push(found);
    }
    fs::write(out, source(&blend, &weights[0], &weights[1]))
        .map_err(|error| format!("could not write {}: {error}", out.display()))?;
    println!("{blend:?}\nwrote {}; build again", out.display());
    Ok(())
}

/// What a mode is trained on, with what each set counts. With vectors it is our trades of
/// `dev`: those of `train` the vectors were tuned on, and know too well.
fn sets(evals: &Path, mode: Mode) -> Result<Vec<(Set, f64)>, Box<dyn Error>> {
    let own = match mode {
        Mode::WithVectors => trades(evals, "dev")?,
        Mode::Lexical => LEXICAL_TRADES
            .iter()
            .map(|trade| evals.join(trade))
            .collect(),
    };
    let mut sets = Vec::new();
    for trade in own {
        let set = Set::read(&trade.join("kb"), &[trade.join("queries.jsonl")])?;
        sets.push((set, 1.0));
    }
    for (kb, file, most, weight) in SETS {
        let mut set = Set::read(&evals.join(kb), &[evals.join(file)])?;
        Seeded(11).shuffle(&mut set.asked);
        // What no article answers is rare in some sets: all of it stays.
        set.asked.sort_by_key(|asked| !asked.right.is_empty());
        set.asked.truncate(most);
        sets.push((set, weight));
    }
    Ok(sets)
}

/// How well weights tell what the articles of our own trades answer from what they do not.
fn told(weights: &[f64; PARTS], seen: &[Vec<Seen>], sets: &[(Set, f64)]) -> f64 {
    let own = seen
        .iter()
        .zip(sets)
        .filter(|(_, (_, weight))| *weight == 1.0);
    let given = own
        .flat_map(|(seen, _)| seen)
        .filter(|seen| !seen.taken_away);
    let scored = given.filter_map(|seen| Some((logit(weights, &seen.features?), seen.answerable)));
    auroc(scored.collect()).unwrap_or(0.0)
}

type Row = (Features, bool, f64);

/// Within a set all that is right counts as much as in another, and so does what is wrong.
fn weigh(seen: &[Seen], weight: f64, mode: Mode) -> Vec<Row> {
    // By meaning, the score may be high or low where an article answers and another came
    // first; words that only graze each other should not be trusted.
    let counts = |seen: &&Seen| mode == Mode::Lexical || seen.right || !seen.answerable;
    let seen = || seen.iter().filter(counts);
    let count = |right: bool| seen().filter(|seen| seen.right == right).count().max(1) as f64;
    let (right, wrong) = (count(true), count(false));
    seen()
        .filter_map(|seen| {
            let share = if seen.right {
                1.0 / right
            } else {
                CAUTION / wrong
            };
            Some((seen.features?, seen.right, 200.0 * weight * share))
        })
        .collect()
}

/// The blend that puts the right article first most often, each set counting alike.
fn best_blend(desks: &[Desk<'_>]) -> Blend {
    let mut best = (0.0, BLEND);
    for question in [0.0, 0.25] {
        for words in [0.3, 0.45, 0.6] {
            for each in EACH {
                let blend = Blend {
                    passage: 1.0,
                    question,
                    words,
                    words_if_short: words + MORE_IF_SHORT,
                    each,
                };
                let mut shares = Vec::new();
                for desk in desks {
                    let (mut sum, mut count) = (0.0, 0.0f64);
                    let asked = desk.set.asked.iter().zip(&desk.queries);
                    for (asked, query) in asked.filter(|(asked, _)| !asked.right.is_empty()) {
                        let hits = desk.index.search_with(&blend, query, super::HITS);
                        let at = hits.iter().position(|hit| desk.set.is_right(asked, hit));
                        sum += match at {
                            Some(0) => 1.0,
                            Some(at) => 0.5 / at as f64,
                            None => 0.0,
                        };
                        count += 1.0;
                    }
                    shares.push(sum / count.max(1.0));
                }
                let mean = shares.iter().sum::<f64>() / shares.len() as f64;
                if mean > best.0 {
                    println!("{mean:.4} {shares:.3?} {blend:?}");
                    best = (mean, blend);
                }
            }
        }
    }
    best.1
}

fn logit(weights: &[f64; PARTS], x: &Features) -> f64 {
    let sum: f64 = weights.iter().zip(x).map(|(weight, x)| weight * x).sum();
    sum + weights[FEATURES]
}

/// Logistic regression by Newton's method; a weight of the wrong sign is set to 0.
fn fit(rows: &[Row], mut used: [bool; FEATURES]) -> [f64; PARTS] {
    loop {
        let found = newton(rows, used);
        let wrong = |at: &usize| found[*at] * f64::from(SIGNS[*at]) < 0.0;
        let worst = (0..FEATURES)
            .filter(wrong)
            .max_by(|a, b| found[*a].abs().total_cmp(&found[*b].abs()));
        match worst {
            Some(at) => used[at] = false,
            None => return found,
        }
    }
}

fn newton(rows: &[Row], used: [bool; FEATURES]) -> [f64; PARTS] {
    let mut weights = [0.0f64; PARTS];
    for _ in 0..40 {
        let mut slope = [0.0f64; PARTS];
        let mut curve = [[0.0f64; PARTS]; PARTS];
        for (features, right, weight) in rows {
            let x: [f64; PARTS] = std::array::from_fn(|at| match features.get(at) {
                Some(value) if used[at] => *value,
                Some(_) => 0.0,
                None => 1.0,
            });
            let sum: f64 = x.iter().zip(&weights).map(|(x, weight)| x * weight).sum();
            let said = 1.0 / (1.0 + (-sum).exp());
            for i in 0..PARTS {
                slope[i] += weight * (said - f64::from(u8::from(*right))) * x[i];
                for j in 0..PARTS {
                    curve[i][j] += weight * (said * (1.0 - said)).max(1e-6) * x[i] * x[j];
                }
            }
        }
        for i in 0..PARTS {
            let ridge = if i < FEATURES { 1.0 } else { 1e-3 };
            slope[i] += ridge * weights[i];
            curve[i][i] += ridge;
        }
        let step = solve(curve, slope);
        let size: f64 = step.iter().map(|step| step.abs()).sum();
        let scale = (6.0 / size).min(1.0);
        for (weight, step) in weights.iter_mut().zip(step) {
            *weight -= scale * step;
        }
        if size < 1e-7 {
            break;
        }
    }
    for (weight, used) in weights.iter_mut().zip(used) {
        if !used {
            *weight = 0.0;
        }
    }
    weights
}

/// Gaussian elimination; the ridge keeps every pivot away from 0.
fn solve(mut a: [[f64; PARTS]; PARTS], mut b: [f64; PARTS]) -> [f64; PARTS] {
    for column in 0..PARTS {
        for row in column + 1..PARTS {
            let factor = a[row][column] / a[column][column];
            let pivot = a[column];
            for (value, pivot) in a[row].iter_mut().zip(pivot).skip(column) {
                *value -= factor * pivot;
            }
            b[row] -= factor * b[column];
        }
    }
    let mut x = [0.0; PARTS];
    for row in (0..PARTS).rev() {
        let rest: f64 = (row + 1..PARTS)
            .map(|column| a[row][column] * x[column])
            .sum();
        x[row] = (b[row] - rest) / a[row][row];
    }
    x
}

fn source(blend: &Blend, with_vectors: &[f64; PARTS], lexical: &[f64; PARTS]) -> String {
    let list = |weights: &[f64; PARTS]| {
        let lines: Vec<String> = weights
            .iter()
            .map(|weight| format!("    {weight:.3},\n"))
            .collect();
        lines.concat().replace("-0.000", "0.000")
    };
    format!(
        "//! Written by `segue-evals retrieval --train`; do not edit.\n\n\
         use super::Blend;\n\
         use super::answerable::{{FEATURES, Weights}};\n\n\
         /// What a score is blended of.\n\
         pub const BLEND: Blend = Blend {{\n    passage: {:.3},\n    question: {:.3},\n    words: {:.3},\n    words_if_short: {:.3},\n    each: {:.3},\n}};\n\n\
         #[rustfmt::skip]\npub(super) const WITH_VECTORS: Weights = [\n{}];\n\n\
         #[rustfmt::skip]\npub(super) const LEXICAL: Weights = [\n{}];\n\n\
         const _: () = assert!(FEATURES == {FEATURES});\n",
        blend.passage,
        blend.question,
        blend.words,
        blend.words_if_short,
        blend.each,
        list(with_vectors),
        list(lexical)
    )
}
