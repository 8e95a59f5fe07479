//! From the words' vectors to the sentence's: the twelve layers of the encoder.
//!
//! Everything here is `#[inline(always)]` so that it is compiled once for each kind of
//! processor, inside `Processor::run`; loops go over fixed lanes so that the compiler can
//! make them wide without changing a bit of the result.

use crate::adapter::{Adapted, LayerChange};
use crate::attention::Heads;
use crate::kernel::{Processor, Work};
use crate::matrix::Matrix;
use crate::products::Products;
use crate::{DIM, Meaning, Vector};

/// Values of one head.
pub const HEAD: usize = 32;
/// Floats that are worked on side by side.
pub const LANES: usize = 16;
/// Tokens whose attention is worked out side by side.
pub const ABREAST: usize = 4;

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
pub fn sum(values: &[f32]) -> f32 {
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
pub fn exp(x: f32) -> f32 {
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
}
