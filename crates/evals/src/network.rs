//! A small network on sentence vectors: one hidden layer that all heads share, so that
//! what is learned for one helps the others, and a straight way past it. Adam (Kingma
//! and Ba 2015) with dropout; a head that a case says nothing of is left alone.

use ndarray::{Array1, Array2, Axis, Zip};
use segue_sense::heads::HEADS;

use crate::logistic::{Seeded, Wanted, sigmoid};

/// Units of the hidden layer.
pub const HIDDEN: usize = 128;
const EPOCHS: usize = 14;
const BATCH: usize = 256;
const RATE: f32 = 2e-3;
const DECAY: f32 = 1e-4;
const DROPPED: f32 = 0.3;

/// The weights, inputs in rows.
pub struct Network {
    /// Inputs × `HIDDEN`.
    pub inner: Array2<f32>,
    pub inner_bias: Array1<f32>,
    /// `HIDDEN` × `HEADS`.
    pub outer: Array2<f32>,
    pub bias: Array1<f32>,
    /// Inputs × `HEADS`.
    pub straight: Array2<f32>,
}

/// What Adam remembers of one array of weights.
struct Adam {
    mean: Vec<f32>,
    square: Vec<f32>,
}

impl Adam {
    fn new(size: usize) -> Self {
        Self {
            mean: vec![0.0; size],
            square: vec![0.0; size],
        }
    }

    fn step(&mut self, weights: &mut [f32], slopes: &[f32], rate: f32, turn: i32) {
        let (fix_mean, fix_square) = (1.0 - 0.9f32.powi(turn), 1.0 - 0.999f32.powi(turn));
        let remembered = self.mean.iter_mut().zip(&mut self.square);
        for ((weight, slope), (mean, square)) in weights.iter_mut().zip(slopes).zip(remembered) {
            *mean = 0.9 * *mean + 0.1 * slope;
            *square = 0.999 * *square + 0.001 * slope * slope;
            let step = *mean / fix_mean / ((*square / fix_square).sqrt() + 1e-8);
            *weight -= rate * (step + DECAY * *weight);
        }
    }
}

/// Trains on rows of `inputs`; `order` says which.
pub fn fit(inputs: &Array2<f32>, wanted: &[Wanted], mut order: Vec<usize>, seed: u64) -> Network {
    let width = inputs.ncols();
    let mut seeded = Seeded(seed);
    let mut random = |rows: usize, columns: usize| {
        let scale = (3.0 / rows as f32).sqrt();
        Array2::from_shape_fn((rows, columns), |_| (seeded.share() * 2.0 - 1.0) * scale)
    };
    let mut network = Network {
        inner: random(width, HIDDEN),
        inner_bias: Array1::zeros(HIDDEN),
        outer: random(HIDDEN, HEADS),
        bias: Array1::from_elem(HEADS, -2.0),
        straight: Array2::zeros((width, HEADS)),
    };
    let sizes = [width * HIDDEN, HIDDEN, HIDDEN * HEADS, HEADS, width * HEADS];
    let mut adams = sizes.map(Adam::new);
    let turns = (EPOCHS * order.len().div_ceil(BATCH)) as f32;
    let mut turn = 0;
    for _ in 0..EPOCHS {
        seeded.shuffle(&mut order);
        for batch in order.chunks(BATCH) {
            turn += 1;
            let rate = RATE * (1.0 - turn as f32 / (turns + 1.0));
            let x = inputs.select(Axis(0), batch);
            let before = x.dot(&network.inner) + &network.inner_bias;
            let kept = Array2::from_shape_fn(before.raw_dim(), |at| {
                let is_on = before[at] > 0.0 && seeded.share() >= DROPPED;
                if is_on { 1.0 / (1.0 - DROPPED) } else { 0.0 }
            });
            let hidden = &before * &kept;
            let mut slope = hidden.dot(&network.outer) + x.dot(&network.straight) + &network.bias;
            for (mut row, at) in slope.rows_mut().into_iter().zip(batch) {
                let wanted = &wanted[*at];
                for (head, value) in row.iter_mut().enumerate() {
                    let wrong = sigmoid(*value) - wanted.answer[head];
                    *value = wanted.weight[head] * wrong / BATCH as f32;
                }
            }
            let mut back = slope.dot(&network.outer.t());
            Zip::from(&mut back).and(&kept).for_each(|b, k| *b *= k);
            let slopes = [
                x.t().dot(&back).into_raw_vec_and_offset().0,
                back.sum_axis(Axis(0)).to_vec(),
                hidden.t().dot(&slope).into_raw_vec_and_offset().0,
                slope.sum_axis(Axis(0)).to_vec(),
                x.t().dot(&slope).into_raw_vec_and_offset().0,
            ];
            let weights = [
                network.inner.as_slice_mut(),
                network.inner_bias.as_slice_mut(),
                network.outer.as_slice_mut(),
                network.bias.as_slice_mut(),
                network.straight.as_slice_mut(),
            ];
            for ((adam, weights), slopes) in adams.iter_mut().zip(weights).zip(&slopes) {
                let weights = weights.expect("arrays made here are in one piece");
                adam.step(weights, slopes, rate, turn);
            }
        }
    }
    network
}
