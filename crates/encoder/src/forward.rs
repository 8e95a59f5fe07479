//! From the words' vectors to the sentence's: the twelve layers of the encoder.
//!
//! Everything here is `#[inline(always)]` so that it is compiled once for each kind of
//! processor, inside `Processor::run`; loops go over fixed lanes so that the compiler can
//! make them wide without changing a bit of the result.

use crate::adapter::{Adapted, LayerChange};
use crate::kernel::{Processor, Work};
use crate::matrix::Matrix;
use crate::products::Products;
use crate::{DIM, Meaning, Vector};

/// Values of one head.
pub const HEAD: usize = 32;
/// Floats that are worked on side by side.
pub const LANES: usize = 16;
/// Tokens whose attention is worked out side by side.
const ABREAST: usize = 4;

/// Scale and shift after a normalisation.
pub struct Norm {
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
}

/// One layer; its shape was checked when it was read.
pub struct Layer {
    /// Queries, keys and values in one: 3 × 384 rows.
    pub attend: Matrix,
    pub gather: Matrix,
    pub after_attention: Norm,
    pub widen: Matrix,
    pub narrow: Matrix,
    pub after_widening: Norm,
}

impl Layer {
    /// The matrices in the order of the computation, each with how many are stacked in it.
    pub fn matrices(&self) -> [(&Matrix, usize); 4] {
        [
            (&self.attend, 3),
            (&self.gather, 1),
            (&self.widen, 1),
            (&self.narrow, 1),
        ]
    }
}

/// The encoder without its vocabulary.
pub struct Layers {
    /// What is added to each token for its place (and its kind, which is always the first):
    /// 384 floats a place.
    pub places: Vec<f32>,
    pub before: Norm,
    pub layers: Vec<Layer>,
}

impl Layers {
    /// The normalised mean of what the layers, with the `tuned` changes, make of `words`, 384
    /// floats a token; zeros where that is not finite.
    pub fn sentence(
        &self,
        processor: Processor,
        words: Vec<f32>,
        tuned: Option<&Adapted>,
        each: Each,
    ) -> Box<Vector> {
        let mut out = Box::new([0.0; DIM]);
        let shared = tuned.map_or(0, |tuned| tuned.first_layer);
        let mut stages = [self.below(shared), self.from(shared, tuned, &mut out, each)];
        self.pass(processor, words, &mut stages);
        out
    }

    /// The same twice: with the `tuned` changes, and with the `adapted` ones in their place.
    /// The layers below both are worked out once.
    pub fn meaning(
        &self,
        processor: Processor,
        words: Vec<f32>,
        tuned: Option<&Adapted>,
        adapted: &Adapted,
        each: Each,
    ) -> Box<Meaning> {
        let mut out = Box::new(Meaning::default());
        let shared = tuned.map_or(adapted.first_layer, |tuned| {
            tuned.first_layer.min(adapted.first_layer)
        });
        let mut stages = [
            self.below(shared),
            self.from(shared, tuned, &mut out.plain, each),
            self.from(shared, Some(adapted), &mut out.adapted, None),
        ];
        self.pass(processor, words, &mut stages);
        out
    }

    /// The layers below `first`, as they are.
    fn below(&self, first: usize) -> Stage<'_> {
        Stage {
            layers: &self.layers[..first],
            unchanged: first,
            changes: &[],
            out: None,
            each: None,
        }
    }

    /// The layers from `first` on with their changes, and the vector in which they end.
    fn from<'a>(
        &'a self,
        first: usize,
        changes: Option<&'a Adapted>,
        out: &'a mut Vector,
        each: Each<'a>,
    ) -> Stage<'a> {
        let changed = changes.map_or(self.layers.len(), |changes| changes.first_layer);
        Stage {
            layers: &self.layers[first..],
            unchanged: changed - first,
            changes: changes.map_or(&[], |changes| &changes.layers),
            out: Some(out),
            each,
        }
    }

    fn pass(&self, processor: Processor, words: Vec<f32>, stages: &mut [Stage]) {
        processor.run(Pass {
            first: self,
            stages,
            processor,
            tokens: words.len() / DIM,
            x: words,
        });
    }
}

/// Some layers. With room for a vector they end in it, and the next stage begins where this
/// one did; without, the next goes on from here.
struct Stage<'a> {
    layers: &'a [Layer],
    /// How many of the layers come before the first that is changed.
    unchanged: usize,
    /// The changes of the layers after those; or none at all.
    changes: &'a [LayerChange],
    out: Option<&'a mut Vector>,
    each: Each<'a>,
}

/// Room for what the layers make of each token, 384 floats a token.
pub type Each<'a> = Option<&'a mut Vec<f32>>;

struct Pass<'a, 'b> {
    /// Whose places are added.
    first: &'a Layers,
    stages: &'a mut [Stage<'b>],
    processor: Processor,
    tokens: usize,
    x: Vec<f32>,
}

impl Work for Pass<'_, '_> {
    #[inline(always)]
    fn run(self) {
        let Pass {
            first,
            stages,
            processor,
            tokens,
            x: mut from,
        } = self;
        let widest = first.layers.iter().map(|l| l.widen.outputs).max();
        let mut products = Products::new(processor, tokens, widest.unwrap_or(0).max(3 * DIM));
        let mut wide = vec![0.0; tokens * widest.unwrap_or(0).max(3 * DIM)];
        let mut y = vec![0.0; tokens * DIM];
        let mut heads = Heads::new(tokens);
        for (from, place) in from.iter_mut().zip(&first.places) {
            *from += place;
        }
        normalise(&mut from, &first.before);
        let mut x = from.clone();
        // The stages are one list, and this one loop, so that it is compiled once.
        for stage in stages {
            x.copy_from_slice(&from);
            for (i, layer) in stage.layers.iter().enumerate() {
                let change = i.checked_sub(stage.unchanged);
                let change = change.and_then(|i| stage.changes.get(i));
                let attend = &mut wide[..tokens * 3 * DIM];
                products.work_out(&layer.attend, change.map(|c| &c.attend), &x, attend);
                heads.attend(attend, &mut y);
                let gathered = &mut wide[..tokens * DIM];
                products.work_out(&layer.gather, change.map(|c| &c.gather), &y, gathered);
                add(&mut x, gathered);
                normalise(&mut x, &layer.after_attention);
                let wide = &mut wide[..tokens * layer.widen.outputs];
                products.work_out(&layer.widen, change.map(|c| &c.widen), &x, wide);
                gelu(wide);
                products.work_out(&layer.narrow, change.map(|c| &c.narrow), wide, &mut y);
                add(&mut x, &y);
                normalise(&mut x, &layer.after_widening);
            }
            match &mut stage.out {
                Some(out) => {
                    mean(&x, out);
                    if let Some(each) = &mut stage.each {
                        each.extend_from_slice(&x);
                    }
                }
                None => from.copy_from_slice(&x),
            }
        }
    }
}

/// Room for the attention of one head.
struct Heads {
    tokens: usize,
    /// The head's keys, turned so that 16 tokens stand side by side.
    keys: Vec<[[f32; LANES]; HEAD]>,
    /// The head's values, copied together: a token's row apart, they fall on few cache lines.
    values: Vec<[[f32; LANES]; 2]>,
    /// How much each token minds each other, for four tokens.
    minds: [Vec<[f32; LANES]>; ABREAST],
}

impl Heads {
    fn new(tokens: usize) -> Heads {
        let blocks = tokens.div_ceil(LANES);
        Heads {
            tokens,
            keys: vec![[[0.0; LANES]; HEAD]; blocks],
            values: vec![[[0.0; LANES]; 2]; tokens],
            minds: std::array::from_fn(|_| vec![[0.0; LANES]; blocks]),
        }
    }

    /// `qkv` holds queries, keys and values, 3 × 384 floats a token.
    #[inline(always)]
    fn attend(&mut self, qkv: &[f32], out: &mut [f32]) {
        for head in (0..DIM).step_by(HEAD) {
            for (token, row) in qkv.chunks_exact(3 * DIM).enumerate() {
                let keys = &mut self.keys[token / LANES];
                for (i, key) in row[DIM + head..][..HEAD].iter().enumerate() {
                    keys[i][token % LANES] = *key;
                }
                self.values[token]
                    .as_flattened_mut()
                    .copy_from_slice(&row[2 * DIM + head..][..HEAD]);
            }
            for first in (0..self.tokens).step_by(ABREAST) {
                // Past the last token the last one is worked out again.
                let tokens: [usize; ABREAST] =
                    std::array::from_fn(|i| (first + i).min(self.tokens - 1));
                self.mind(qkv, head, tokens);
                for half in [0, 1] {
                    for (token, gathered) in tokens.into_iter().zip(self.gather(half)) {
                        let to = &mut out[token * DIM + head + half * LANES..];
                        to[..LANES].copy_from_slice(&gathered);
                    }
                }
            }
        }
    }

    /// The softmax of four tokens' queries over all keys.
    #[inline(always)]
    fn mind(&mut self, qkv: &[f32], head: usize, tokens: [usize; ABREAST]) {
        let queries = tokens.map(|token| &qkv[token * 3 * DIM + head..][..HEAD]);
        for (block, keys) in self.keys.iter().enumerate() {
            // Four names and not an array, which the compiler would keep in memory.
            let [mut a, mut b, mut c, mut d] = [[0.0; LANES]; ABREAST];
            for (i, key) in keys.iter().enumerate() {
                add_times(&mut a, key, queries[0][i]);
                add_times(&mut b, key, queries[1][i]);
                add_times(&mut c, key, queries[2][i]);
                add_times(&mut d, key, queries[3][i]);
            }
            for (minds, sums) in self.minds.iter_mut().zip([a, b, c, d]) {
                minds[block] = sums;
            }
        }
        let scale = 1.0 / (HEAD as f32).sqrt();
        for minds in &mut self.minds {
            let minds = minds.as_flattened_mut();
            for mind in &mut minds[self.tokens..] {
                *mind = f32::MIN;
            }
            let mut most = [f32::MIN; LANES];
            for chunk in minds.as_chunks::<LANES>().0 {
                for (most, mind) in most.iter_mut().zip(chunk) {
                    *most = if *mind > *most { *mind } else { *most };
                }
            }
            let most = most.into_iter().fold(f32::MIN, f32::max);
            for mind in minds.iter_mut() {
                *mind = exp((*mind - most) * scale);
            }
            for mind in &mut minds[self.tokens..] {
                *mind = 0.0;
            }
            let inverse = 1.0 / sum(minds);
            for mind in minds.iter_mut() {
                *mind *= inverse;
            }
        }
    }

    /// Half of the values, as much of each as the four tokens mind it: four times half a
    /// head are as many sums as there are registers.
    #[inline(always)]
    fn gather(&self, half: usize) -> [[f32; LANES]; ABREAST] {
        let minds: [&[f32]; ABREAST] =
            std::array::from_fn(|i| &self.minds[i].as_flattened()[..self.values.len()]);
        let [mut a, mut b, mut c, mut d] = [[0.0; LANES]; ABREAST];
        for (other, values) in self.values.iter().enumerate() {
            let values = &values[half];
            add_times(&mut a, values, minds[0][other]);
            add_times(&mut b, values, minds[1][other]);
            add_times(&mut c, values, minds[2][other]);
            add_times(&mut d, values, minds[3][other]);
        }
        [a, b, c, d]
    }
}

#[inline(always)]
fn add_times(sums: &mut [f32; LANES], values: &[f32; LANES], times: f32) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value * times;
    }
}

#[inline(always)]
pub fn add(x: &mut [f32], y: &[f32]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += y;
    }
}

/// Each token to mean 0 and variance 1, then scaled and shifted.
#[inline(always)]
fn normalise(x: &mut [f32], norm: &Norm) {
    for row in x.chunks_exact_mut(DIM) {
        let mean = sum(row) / DIM as f32;
        for value in row.iter_mut() {
            *value -= mean;
        }
        let inverse = 1.0 / (sum_of_squares(row) / DIM as f32 + 1e-12).sqrt();
        for ((value, scale), shift) in row.iter_mut().zip(&norm.scale).zip(&norm.shift) {
            *value = *value * inverse * scale + shift;
        }
    }
}

/// The mean over the tokens, brought to length 1.
#[inline(always)]
fn mean(x: &[f32], out: &mut Vector) {
    for row in x.chunks_exact(DIM) {
        add(out, row);
    }
    let length = sum_of_squares(out).sqrt();
    if length.is_finite() && length > 0.0 {
        for value in out.iter_mut() {
            *value /= length;
        }
    } else {
        *out = [0.0; DIM];
    }
}

#[inline(always)]
fn sum(values: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    for chunk in values.as_chunks::<LANES>().0 {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.into_iter().sum()
}

#[inline(always)]
fn sum_of_squares(values: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    for chunk in values.as_chunks::<LANES>().0 {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value * value;
        }
    }
    lanes.into_iter().sum()
}

/// Adding 1.5 × 2²³ to a float of less than 2²² leaves its nearest integer in the low bits.
pub const ROUND: f32 = 12_582_912.0;

/// e to the power of `x`, to a few units in the last place; 0 below -87.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let x = if x > -87.0 { x } else { -87.0 };
    let x = if x < 88.0 { x } else { 88.0 };
    let whole = x * std::f32::consts::LOG2_E + ROUND;
    let power = f32::from_bits((whole.to_bits() << 23).wrapping_add(127 << 23));
    let whole = whole - ROUND;
    // ln 2 in two parts, so that the difference stays exact.
    let rest = x - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    // The Taylor series; |rest| ≤ ln 2 / 2, so the seventh term is below 1e-8.
    let mut series = 1.0 / 720.0;
    for factor in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        series = series * rest + factor;
    }
    series * power
}

/// x · Φ(x), with the error function after Abramowitz and Stegun 7.1.26 (within 1.5e-7).
#[inline(always)]
fn gelu(values: &mut [f32]) {
    for value in values {
        let x = value.abs() * std::f32::consts::FRAC_1_SQRT_2;
        let t = 1.0 / (1.0 + 0.327_591_1 * x);
        let mut series = 1.061_405_4;
        for factor in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
            series = series * t + factor;
        }
        let tail = 0.5 * series * t * exp(-x * x);
        let share = if *value < 0.0 { tail } else { 1.0 - tail };
        *value *= share;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_and_gelu_are_near_their_definitions() {
        for i in -8000..=200 {
            let x = i as f32 / 100.0;
            let (got, expected) = (exp(x), f64::from(x).exp());
            let off = (f64::from(got) - expected).abs() / expected;
            assert!(off < 5e-7, "exp({x}) = {got}, not {expected}");
        }
        assert!(exp(-1e30) < 1e-37);
        // Values of x · Φ(x) from tables.
        let known = [
            (0.0, 0.0),
            (1.0, 0.841_344_7),
            (-1.0, -0.158_655_25),
            (2.0, 1.954_499_7),
            (-3.0, -0.004_049_69),
            (20.0, 20.0),
            (-20.0, 0.0),
        ];
        for (x, expected) in known {
            let mut got = [x];
            gelu(&mut got);
            assert!((got[0] - expected).abs() < 1e-6, "{x}: {}", got[0]);
        }
    }

    #[test]
    fn attention_gathers_by_softmax() {
        for tokens in [1, 3, 4, 5, 16, 17, 33] {
            let value = |i: usize| ((i * 7919 % 1000) as f32 - 500.0) / 300.0;
            let qkv: Vec<f32> = (0..tokens * 3 * DIM).map(value).collect();
            let mut out = vec![0.0; tokens * DIM];
            Heads::new(tokens).attend(&qkv, &mut out);
            let at = |token: usize, part: usize, i: usize| {
                f64::from(qkv[token * 3 * DIM + part * DIM + i])
            };
            for token in 0..tokens {
                for i in (0..DIM).step_by(13) {
                    let head = i / HEAD * HEAD;
                    let mind = |other: usize| {
                        let dot: f64 = (head..head + HEAD)
                            .map(|j| at(token, 0, j) * at(other, 1, j))
                            .sum();
                        (dot / 32_f64.sqrt()).exp()
                    };
                    let all: f64 = (0..tokens).map(mind).sum();
                    let expected: f64 = (0..tokens).map(|o| mind(o) * at(o, 2, i)).sum();
                    let got = f64::from(out[token * DIM + i]);
                    assert!((got - expected / all).abs() < 1e-4, "{tokens} {token} {i}");
                }
            }
        }
    }
}
