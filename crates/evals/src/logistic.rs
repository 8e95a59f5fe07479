//! Logistic regression by AdaGrad (Duchi, Hazan and Singer 2011), all heads in one pass
//! over the cases; a head that a case says nothing of is left alone. No dice: the order
//! of the cases is shuffled by a fixed seed.

use segue_sense::grams::{BUCKETS, Grams};
use segue_sense::heads::{HEADS, PerHead};

use crate::cases::{Case, Label};

/// A stream of numbers from a seed: splitmix64 (Steele, Lea and Flood 2014).
pub struct Seeded(pub u64);

impl Seeded {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to 1.
    pub fn share(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, (self.next() % (last as u64 + 1)) as usize);
        }
    }
}

pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// What a case asks of each head: the wanted answer, and how much it counts (0: nothing).
#[derive(Clone, Debug)]
pub struct Wanted {
    pub answer: PerHead,
    pub weight: PerHead,
}

impl Wanted {
    /// Positives of a rare head count more, so that the classes are not lopsided beyond
    /// `1 : 12`.
    pub fn of(cases: &[Case]) -> Vec<Wanted> {
        let mut sums = [[0.0f32; 2]; HEADS];
        for case in cases {
            for (sum, label) in sums.iter_mut().zip(case.labels) {
                match label {
                    Label::Yes => sum[1] += case.weight,
                    Label::No => sum[0] += case.weight,
                    Label::Unknown => {}
                }
            }
        }
        let rare: PerHead =
            std::array::from_fn(|head| (sums[head][0] / sums[head][1].max(1.0) / 12.0).max(1.0));
        let wanted = |case: &Case| Wanted {
            answer: case.labels.map(|label| f32::from(label == Label::Yes)),
            weight: std::array::from_fn(|head| match case.labels[head] {
                Label::Yes => case.weight * rare[head],
                Label::No => case.weight,
                Label::Unknown => 0.0,
            }),
        };
        cases.iter().map(wanted).collect()
    }
}

/// Weights over `rows` inputs, `HEADS` columns, and a constant for each head.
pub struct Model {
    pub weights: Vec<f32>,
    pub bias: PerHead,
}

/// Trains on n-grams.
pub fn fit_grams(grams: &[&Grams], wanted: &[Wanted], epochs: usize) -> Model {
    const RATE: f32 = 0.25;
    const DECAY: f32 = 2e-6;
    let mut weights = vec![0.0f32; BUCKETS * HEADS];
    let mut squares = vec![1e-4f32; BUCKETS * HEADS];
    let (mut bias, mut bias_squares) = ([-2.0f32; HEADS], [1.0f32; HEADS]);
    let mut order: Vec<usize> = (0..grams.len()).collect();
    let mut seeded = Seeded(7);
    for _ in 0..epochs {
        seeded.shuffle(&mut order);
        for at in &order {
            let mut logits = bias;
            for gram in &grams[*at].grams {
                let row = &weights[gram.bucket as usize * HEADS..][..HEADS];
                for (logit, weight) in logits.iter_mut().zip(row) {
                    *logit += gram.value * weight;
                }
            }
            let slope = slopes(&wanted[*at], &logits);
            for gram in &grams[*at].grams {
                let start = gram.bucket as usize * HEADS;
                let row = weights[start..start + HEADS].iter_mut();
                let squares = squares[start..start + HEADS].iter_mut();
                for ((weight, square), slope) in row.zip(squares).zip(slope) {
                    if slope != 0.0 {
                        let step = slope * gram.value + DECAY * *weight;
                        *square += step * step;
                        *weight -= RATE * step / square.sqrt();
                    }
                }
            }
            for head in 0..HEADS {
                bias_squares[head] += slope[head] * slope[head];
                bias[head] -= RATE * slope[head] / bias_squares[head].sqrt();
            }
        }
    }
    Model { weights, bias }
}

fn slopes(wanted: &Wanted, logits: &PerHead) -> PerHead {
    std::array::from_fn(|head| {
        let weight = wanted.weight[head];
        if weight == 0.0 {
            0.0
        } else {
            weight * (sigmoid(logits[head]) - wanted.answer[head])
        }
    })
}

/// A small logistic regression by Newton's method, ridge 1e-2: inputs, answer, weight.
/// Used to mix a head's parts, so every weight but the last (the constant) stays ≥ 0.
pub fn fit_mix(rows: &[([f32; 4], f32, f32)]) -> ([f32; 4], f32) {
    let mut off = [false; 4];
    loop {
        let solved = newton(rows, off);
        let worst = (0..4)
            .filter(|at| solved[*at] < 0.0)
            .min_by(|a, b| solved[*a].total_cmp(&solved[*b]));
        match worst {
            Some(at) => off[at] = true,
            None => {
                let weights = std::array::from_fn(|at| solved[at] as f32);
                return (weights, solved[4] as f32);
            }
        }
    }
}

fn newton(rows: &[([f32; 4], f32, f32)], off: [bool; 4]) -> [f64; 5] {
    let mut at = [0.0f64; 5];
    at[4] = -2.0;
    for _ in 0..30 {
        let mut slope = [0.0f64; 5];
        let mut curve = [[0.0f64; 5]; 5];
        for (inputs, answer, weight) in rows {
            let mut x = [1.0f64; 5];
            for (slot, (value, off)) in x.iter_mut().zip(inputs.iter().zip(off)) {
                *slot = if off { 0.0 } else { f64::from(*value) };
            }
            let sum: f64 = x.iter().zip(at).map(|(x, w)| x * w).sum();
            let p = 1.0 / (1.0 + (-sum).exp());
            let weight = f64::from(*weight);
            for i in 0..5 {
                slope[i] += weight * (p - f64::from(*answer)) * x[i];
                for j in 0..5 {
                    curve[i][j] += weight * (p * (1.0 - p)).max(1e-6) * x[i] * x[j];
                }
            }
        }
        for i in 0..5 {
            let ridge = if i < 4 { 0.5 } else { 1e-3 };
            slope[i] += ridge * at[i];
            curve[i][i] += ridge;
        }
        let step = solve(curve, slope);
        let size: f64 = step.iter().map(|s| s.abs()).sum();
        let scale = if size > 3.0 { 3.0 / size } else { 1.0 };
        for (value, step) in at.iter_mut().zip(step) {
            *value -= scale * step;
        }
        if size < 1e-6 {
            break;
        }
    }
    for (value, off) in at.iter_mut().zip(off) {
        if off {
            *value = 0.0;
        }
    }
    at
}

/// Gaussian elimination with pivots.
fn solve(mut a: [[f64; 5]; 5], mut b: [f64; 5]) -> [f64; 5] {
    for column in 0..5 {
        let pivot = (column..5)
            .max_by(|i, j| a[*i][column].abs().total_cmp(&a[*j][column].abs()))
            .unwrap_or(column);
        a.swap(column, pivot);
        b.swap(column, pivot);
        if a[column][column].abs() < 1e-12 {
            continue;
        }
        for row in column + 1..5 {
            let factor = a[row][column] / a[column][column];
            let pivot_row = a[column];
            for (value, pivot) in a[row].iter_mut().zip(pivot_row).skip(column) {
                *value -= factor * pivot;
            }
            b[row] -= factor * b[column];
        }
    }
    let mut x = [0.0; 5];
    for row in (0..5).rev() {
        let rest: f64 = (row + 1..5).map(|column| a[row][column] * x[column]).sum();
        if a[row][row].abs() >= 1e-12 {
            x[row] = (b[row] - rest) / a[row][row];
        }
    }
    x
}
