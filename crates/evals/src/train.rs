//! Trains every head: n-grams and vectors apart on the train files, then the mix of both
//! with the rules and the point from which a head counts as certain on the dev files. The
//! test files are never opened here.

use std::error::Error;
use std::fs;
use std::path::Path;

use ndarray::Array2;
use segue_encoder::DIM;
use segue_sense::grams::{BUCKETS, Grams};
use segue_sense::heads::{HEADS, Head, Header, Heads, Mix, Perceptron, Seen};
use segue_sense::signals::Observation;

use crate::card::{self, Told};
use crate::cases::{Case, Label};
use crate::logistic::{Model, Wanted, fit_grams, fit_mix};
use crate::network::{self, HIDDEN, Network};
use crate::score::Confusion;
use crate::sets::{Split, load};
use crate::vectors::vectors;

const GRAM_EPOCHS: usize = 6;
/// Networks that are averaged in the end.
const SEEDS: [u64; 3] = [1, 2, 3];
/// The sets of calm, plain questions on which false alarms are counted.
const CALM: [&str; 3] = ["banking77", "clinc150", "hwu64"];
/// False alarms that a head may raise on the public dev sets, of a thousand.
const FALSE_ALARMS: f64 = 0.02;
const REQUEST_FALSE_ALARMS: f64 = 0.0008;

/// Texts with all that is read from them.
struct Read {
    cases: Vec<Case>,
    observed: Vec<Observation>,
    vectors: Array2<f32>,
}

/// Trains and writes the file of weights.
pub fn train(evals: &Path, model: &Path, kept: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let train = load(evals, Split::Train)?;
    let dev = load(evals, Split::Dev)?;
    eprintln!(
        "{} cases to train on, {} to develop on",
        train.len(),
        dev.len()
    );
    let both = train.iter().chain(&dev);
    let texts: Vec<&str> = both.map(|case| case.text.as_str()).collect();
    let (mut all, fingerprint) = vectors(&texts, model, kept)?;
    let scale = Scale::of(&all[..train.len()]);
    let dev_vectors = all.split_off(train.len());
    for vector in &mut all {
        scale.apply(vector);
    }
    let train = Read::new(train, all);
    let dev = Read::new(dev, dev_vectors);

    let wanted = Wanted::of(&train.cases);
    let (grams, networks) = fit(&train, &wanted);
    let header = header(&grams, fingerprint);
    let steps = steps(&grams, &header.gram_step);
    let network = average(&networks, &scale);
    let unmixed = Heads::new(header.clone(), steps.clone(), network.clone());
    let seen: Vec<Seen> = dev
        .observed
        .iter()
        .zip(dev.vectors.rows())
        .map(|(observed, vector)| {
            let vector = vector.to_slice().and_then(|row| row.first_chunk::<DIM>());
            unmixed.look(&observed.whole, &observed.sentences, vector)
        })
        .collect();
    let (header, told) = settle(mix(header, &dev, &seen), &dev, &seen);
    let heads = Heads::new(header, steps, network);
    card::write(Path::new(card::CARD), &train.cases, &told)?;
    fs::write(out, heads.to_bytes())
        .map_err(|error| format!("could not write {}: {error}", out.display()))?;
    println!("wrote {}", out.display());
    Ok(())
}

/// Prints the cases of both splits with their labels, for evals/tune/tune.py.
pub fn print_cases(evals: &Path) -> Result<(), Box<dyn Error>> {
    for split in [Split::Train, Split::Dev] {
        for case in load(evals, split)? {
            let labels = case.labels.map(|label| match label {
                Label::Yes => Some(1),
                Label::No => Some(0),
                Label::Unknown => None,
            });
            let line = serde_json::json!({
                "text": case.text, "set": case.set, "split": split.name(), "labels": labels,
            });
            println!("{line}");
        }
    }
    Ok(())
}

impl Read {
    fn new(cases: Vec<Case>, vectors: Vec<Vec<f32>>) -> Self {
        let observed = cases
            .iter()
            .map(|case| Observation::of(&case.text))
            .collect();
        let flat: Vec<f32> = vectors.into_iter().flatten().collect();
        let vectors = Array2::from_shape_vec((cases.len(), DIM), flat);
        Self {
            cases,
            observed,
            vectors: vectors.expect("a vector for each case"),
        }
    }
}

/// Vectors of this model lie close together; they are spread out before training, and
/// the spreading is folded into the weights after it.
struct Scale {
    mean: Vec<f32>,
    spread: Vec<f32>,
}

impl Scale {
    fn of(vectors: &[Vec<f32>]) -> Self {
        let count = vectors.len().max(1) as f32;
        let mut mean = vec![0.0; DIM];
        for vector in vectors {
            for (sum, value) in mean.iter_mut().zip(vector) {
                *sum += value / count;
            }
        }
        let mut spread = vec![1e-9; DIM];
        for vector in vectors {
            for ((sum, value), mean) in spread.iter_mut().zip(vector).zip(&mean) {
                *sum += (value - mean).powi(2) / count;
            }
        }
        let spread = spread.into_iter().map(f32::sqrt).collect();
        Self { mean, spread }
    }

    fn apply(&self, vector: &mut [f32]) {
        for ((value, mean), spread) in vector.iter_mut().zip(&self.mean).zip(&self.spread) {
            *value = (*value - mean) / spread;
        }
    }
}

/// Trains both kinds of model, a network for each seed.
fn fit(read: &Read, wanted: &[Wanted]) -> (Model, Vec<Network>) {
    let grams: Vec<&Grams> = read
        .observed
        .iter()
        .map(|observed| &observed.whole)
        .collect();
    let order: Vec<usize> = (0..read.cases.len()).collect();
    std::thread::scope(|scope| {
        let grams = scope.spawn(|| fit_grams(&grams, wanted, GRAM_EPOCHS));
        let networks = SEEDS
            .iter()
            .map(|seed| network::fit(&read.vectors, wanted, order.clone(), *seed))
            .collect();
        (grams.join().expect("training takes any cases"), networks)
    })
}

fn header(grams: &Model, model: String) -> Header {
    let gram_step = (0..HEADS).map(|head| {
        let column = grams.weights.iter().skip(head).step_by(HEADS);
        column.fold(0.0f32, |most, weight| most.max(weight.abs())) / 127.0
    });
    Header {
        heads: Head::ALL.to_vec(),
        gram_bias: grams.bias.to_vec(),
        gram_step: gram_step.collect(),
        full: vec![Mix::default(); HEADS],
        lexical: vec![Mix::default(); HEADS],
        model,
    }
}

/// How each head's parts come together, with the vectors and without, learned on the dev
/// files: on what they were trained with, the parts are too sure of themselves.
fn mix(mut header: Header, dev: &Read, seen: &[Seen]) -> Header {
    let wanted = Wanted::of(&dev.cases);
    for head in Head::ALL {
        let at = head as usize;
        for full in [true, false] {
            let known = (0..seen.len()).filter(|case| wanted[*case].weight[at] > 0.0);
            let rows: Vec<([f32; 4], f32, f32)> = known
                .map(|case| {
                    let mut parts = seen[case].parts(head, dev.observed[case].rules[at]);
                    parts[2] *= f32::from(full);
                    (parts, wanted[case].answer[at], wanted[case].weight[at])
                })
                .collect();
            let (weights, bias) = fit_mix(&rows);
            let mixes = if full {
                &mut header.full
            } else {
                &mut header.lexical
            };
            mixes[at] = Mix { weights, bias };
        }
    }
    header
}

/// The n-grams' weights in 8 bits.
fn steps(grams: &Model, step: &[f32]) -> Vec<i8> {
    (0..BUCKETS * HEADS)
        .map(|at| (grams.weights[at] / step[at % HEADS].max(1e-9)).round() as i8)
        .collect()
}

/// The networks side by side, for vectors as the model gives them.
fn average(networks: &[Network], scale: &Scale) -> Perceptron {
    let units = networks.len() * HIDDEN;
    let share = 1.0 / networks.len() as f32;
    let mut all = Perceptron::zeros(units);
    for (number, network) in networks.iter().enumerate() {
        for unit in 0..HIDDEN {
            let row = number * HIDDEN + unit;
            let mut moved = network.inner_bias[unit];
            for at in 0..DIM {
                let weight = network.inner[[at, unit]] / scale.spread[at];
                all.inner[row * DIM + at] = weight;
                moved -= weight * scale.mean[at];
            }
            all.inner_bias[row] = moved;
            for head in 0..HEADS {
                all.outer[head * units + row] = network.outer[[unit, head]] * share;
            }
        }
        for head in 0..HEADS {
            all.bias[head] += network.bias[head] * share;
            for at in 0..DIM {
                let weight = network.straight[[at, head]] / scale.spread[at] * share;
                all.straight[head * DIM + at] += weight;
                all.bias[head] -= weight * scale.mean[at];
            }
        }
    }
    all
}

/// Moves each mix so that one half is the point that serves our own cases best (by F1),
/// with no more false alarms on the public sets than allowed.
fn settle(mut header: Header, dev: &Read, seen: &[Seen]) -> (Header, Vec<Told>) {
    let mut told = Vec::new();
    for full in [true, false] {
        for head in Head::ALL {
            let mixes = if full {
                &mut header.full
            } else {
                &mut header.lexical
            };
            let mix = &mut mixes[head as usize];
            let mut own: Vec<(f64, bool)> = Vec::new();
            let mut calm: Vec<f64> = Vec::new();
            for (at, case) in dev.cases.iter().enumerate() {
                let mut parts = seen[at].parts(head, dev.observed[at].rules[head as usize]);
                parts[2] *= f32::from(full);
                let likely = mix.apply(parts);
                match case.label(head) {
                    Label::Unknown => {}
                    label if case.set == "own" => own.push((likely, label == Label::Yes)),
                    Label::No if CALM.contains(&case.set) => calm.push(likely),
                    _ => {}
                }
            }
            // In lexical mode false alarms weigh four times as much: a wrong guess is likelier.
            let best = best_point(&mut own, if full { 0.6 } else { 0.25 });
            calm.sort_by(|a, b| b.total_cmp(a));
            let share = if head == Head::RequestHuman {
                REQUEST_FALSE_ALARMS
            } else {
                FALSE_ALARMS
            };
            let allowed = calm
                .get((calm.len() as f64 * share) as usize)
                .copied()
                .unwrap_or(0.0);
            let point = best.max(allowed).clamp(0.05, 0.95);
            mix.bias -= (point / (1.0 - point)).ln() as f32;
            let name = if full { "full" } else { "lexical" };
            println!(
                "{head:?} {name}: {:?} bias {:.2}; certain from {point:.2}: {}; from {best:.2}: {}",
                mix.weights,
                mix.bias,
                at_point(&own, point),
                at_point(&own, best)
            );
            told.push(Told {
                head,
                full,
                own: at_point(&own, point),
            });
        }
    }
    (header, told)
}

/// The probability from which on saying yes gives the best F-measure; below 1, `beta_squared`
/// favours precision (van Rijsbergen 1979).
fn best_point(rows: &mut [(f64, bool)], beta_squared: f64) -> f64 {
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all = rows.iter().filter(|row| row.1).count();
    if all < 8 {
        return 0.5;
    }
    let (mut hits, mut best, mut point) = (0.0, 0.0, 0.5);
    for (said, (likely, right)) in rows.iter().enumerate() {
        hits += f64::from(u8::from(*right));
        let f = (1.0 + beta_squared) * hits / (said as f64 + 1.0 + beta_squared * all as f64);
        if f > best {
            let next = rows.get(said + 1).map_or(0.0, |row| row.0);
            (best, point) = (f, (likely + next) / 2.0);
        }
    }
    point
}

fn at_point(rows: &[(f64, bool)], point: f64) -> Confusion {
    let mut counted = Confusion::default();
    for (likely, right) in rows {
        counted.count(*likely >= point, *right);
    }
    counted
}
