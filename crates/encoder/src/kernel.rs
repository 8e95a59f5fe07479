//! The only unsafe code here: the same arithmetic on the widest registers that the machine has.
//!
//! A matrix product is exact in integers within a block of 32 and then a sum of floats in one
//! fixed order, without fused operations, so every machine gives the same bits.
#![expect(
    unsafe_code,
    reason = "loads into registers, and calls behind a check of the processor"
)]

#[cfg(target_arch = "x86_64")]
mod x86;

use crate::matrix::{BLOCK, Blocks, GROUP, Matrix, WideBlock};

/// What the processor offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Plain Rust.
    Portable,
    /// 256-bit integers.
    Avx2,
    /// 512-bit dot products of bytes.
    Avx512,
}

impl Level {
    /// The best that this processor offers.
    pub fn best() -> Level {
        Level::all().last().copied().unwrap_or(Level::Portable)
    }

    /// Whatever this processor offers, slowest first.
    pub fn all() -> Vec<Level> {
        let mut levels = vec![Level::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                levels.push(Level::Avx2);
            }
            if is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
            {
                levels.push(Level::Avx512);
            }
        }
        levels
    }
}

/// A level that was found on this processor, which is what makes its code safe to call.
#[derive(Clone, Copy, Debug)]
pub struct Processor(Level);

impl Processor {
    /// The best level.
    pub fn best() -> Processor {
        Processor(Level::best())
    }

    /// A certain level, if this processor offers it.
    pub fn with(level: Level) -> Option<Processor> {
        Level::all().contains(&level).then_some(Processor(level))
    }

    /// The level.
    pub fn level(self) -> Level {
        self.0
    }

    /// Does some work that the compiler may turn into wide instructions.
    pub fn run<W: Work>(self, work: W) {
        match self.0 {
            Level::Portable => work.run(),
            // SAFETY: a `Processor` holds only a level that was detected.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { x86::run_avx2(work) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { x86::run_avx512(work) },
            #[cfg(not(target_arch = "x86_64"))]
            Level::Avx2 | Level::Avx512 => work.run(),
        }
    }

    /// `out[token][row] = scale[token] × (activations[token] − 128) · weights[row] + bias[row]`.
    ///
    /// `activations` holds `inputs` bytes a token and `out` `outputs` floats a token.
    pub fn multiply(self, matrix: &Matrix, activations: &[u8], scales: &[f32], out: &mut [f32]) {
        let (steps, _) = activations.as_chunks::<4>();
        let (blocks, _) = steps.as_chunks::<{ BLOCK / 4 }>();
        let across = matrix.inputs / BLOCK;
        let tokens = scales.len();
        assert!(blocks.len() >= tokens * across && out.len() >= tokens * matrix.outputs);
        match self.0 {
            Level::Portable => portable(matrix, blocks, scales, out),
            // SAFETY: a `Processor` holds only a level that was detected.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { x86::multiply_avx2(matrix, blocks, scales, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { x86::multiply_avx512(matrix, blocks, scales, out) },
            #[cfg(not(target_arch = "x86_64"))]
            Level::Avx2 | Level::Avx512 => portable(matrix, blocks, scales, out),
        }
    }
}

/// Something to do on wide registers. `run` is `#[inline(always)]`, all the way down.
pub trait Work {
    /// Does it.
    fn run(self);
}

/// 32 activations, in fours.
type Inputs = [[u8; 4]; BLOCK / 4];

fn portable(matrix: &Matrix, inputs: &[Inputs], scales: &[f32], out: &mut [f32]) {
    let across = matrix.inputs / BLOCK;
    match &matrix.blocks {
        Blocks::Narrow(blocks) => {
            let mut whole = vec![WideBlock::EMPTY; across];
            for (group, blocks) in blocks.chunks_exact(across).enumerate() {
                // Once for all tokens.
                for (whole, block) in whole.iter_mut().zip(blocks) {
                    block.widen(whole);
                }
                portable_group(matrix, (group, &whole), narrow, inputs, scales, out);
            }
        }
        Blocks::Wide(blocks) => {
            for group in blocks.chunks_exact(across).enumerate() {
                portable_group(matrix, group, wide, inputs, scales, out);
            }
        }
    }
}

fn portable_group(
    matrix: &Matrix,
    (group, blocks): (usize, &[WideBlock]),
    exact: impl Fn(&WideBlock, &Inputs) -> [i32; GROUP],
    inputs: &[Inputs],
    scales: &[f32],
    out: &mut [f32],
) {
    for (token, scale) in scales.iter().enumerate() {
        let mut sums = [0.0_f32; GROUP];
        for (block, inputs) in blocks.iter().zip(&inputs[token * blocks.len()..]) {
            let exact = exact(block, inputs);
            for ((sum, exact), scale) in sums.iter_mut().zip(exact).zip(block.scales) {
                *sum += exact as f32 * scale;
            }
        }
        finish(matrix, group, token, *scale, &sums, out);
    }
}

/// The products of a block's 16 rows with the inputs, in 16 bits: 8 × 255 × 8 fits.
/// The rows go in pairs, so that eight products stand side by side.
fn narrow(block: &WideBlock, inputs: &Inputs) -> [i32; GROUP] {
    let mut sums = [[0_i16; 8]; GROUP / 2];
    for (weights, inputs) in block.weights.iter().zip(inputs) {
        let inputs: [i16; 8] = std::array::from_fn(|i| i16::from(inputs[i % 4]));
        for (sums, weights) in sums.iter_mut().zip(weights.as_chunks::<8>().0) {
            for ((sum, weight), input) in sums.iter_mut().zip(weights).zip(inputs) {
                *sum += i16::from(*weight) * input;
            }
        }
    }
    let four = |row: usize| &sums[row / 2][row % 2 * 4..][..4];
    std::array::from_fn(|row| four(row).iter().map(|sum| i32::from(*sum)).sum())
}

/// The same in 32 bits, for larger weights.
fn wide(block: &WideBlock, inputs: &Inputs) -> [i32; GROUP] {
    let mut sums = [[0_i32; 8]; GROUP / 2];
    for (weights, inputs) in block.weights.iter().zip(inputs) {
        let inputs: [i16; 8] = std::array::from_fn(|i| i16::from(inputs[i % 4]));
        for (sums, weights) in sums.iter_mut().zip(weights.as_chunks::<8>().0) {
            for ((sum, weight), input) in sums.iter_mut().zip(weights).zip(inputs) {
                *sum += i32::from(i16::from(*weight) * input);
            }
        }
    }
    let four = |row: usize| &sums[row / 2][row % 2 * 4..][..4];
    std::array::from_fn(|row| four(row).iter().sum())
}

/// Takes the added 128 off again, scales and adds the bias.
#[inline(always)]
fn finish(
    matrix: &Matrix,
    group: usize,
    token: usize,
    scale: f32,
    sums: &[f32; GROUP],
    out: &mut [f32],
) {
    let rows = group * GROUP..(group + 1) * GROUP;
    let (offsets, bias) = (&matrix.offsets[rows.clone()], &matrix.bias[rows]);
    let out = &mut out[token * matrix.outputs + group * GROUP..][..GROUP];
    for i in 0..GROUP {
        out[i] = (sums[i] - offsets[i]) * scale + bias[i];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::matrix::{NARROW, Rows, WIDE};

    fn product(level: Level, matrix: &Matrix, inputs: &[u8], scales: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; scales.len() * matrix.outputs];
        let processor = Processor::with(level).unwrap();
        processor.multiply(matrix, inputs, scales, &mut out);
        out
    }

    /// What the product is, with no blocks and no tricks.
    fn plain(rows: &Rows, bias: &[f32], inputs: &[u8], scales: &[f32]) -> Vec<f64> {
        let mut out = Vec::new();
        for (token, scale) in inputs.chunks(rows.inputs).zip(scales) {
            for (row, weights) in rows.weights.chunks(rows.inputs).enumerate() {
                let term = |k: usize| {
                    let block = rows.scales[row * rows.inputs / BLOCK + k / BLOCK];
                    f64::from(weights[k]) * (f64::from(token[k]) - 128.0) * f64::from(block)
                };
                let sum: f64 = (0..rows.inputs).map(term).sum();
                out.push(sum * f64::from(*scale) + f64::from(bias[row]));
            }
        }
        out
    }

    fn cases() -> impl Strategy<Value = (Rows, Vec<f32>, Vec<u8>, Vec<f32>)> {
        let shape = (1..4_usize, 1..4_usize, 1..20_usize, prop::bool::ANY);
        shape.prop_flat_map(|(groups, across, tokens, narrow)| {
            let (outputs, inputs) = (groups * GROUP, across * BLOCK);
            let (least, most) = if narrow {
                NARROW.into_inner()
            } else {
                (-WIDE, WIDE)
            };
            // The ends of each range are where a 16-bit sum would overflow.
            let weight = prop_oneof![Just(least), Just(most), least..=most];
            let input = prop_oneof![Just(255_u8), Just(0), any::<u8>()];
            let float = -2.0_f32..2.0;
            (
                prop::collection::vec(weight, outputs * inputs),
                prop::collection::vec(float.clone(), outputs * across),
                prop::collection::vec(float.clone(), outputs),
                prop::collection::vec(input, tokens * inputs),
                prop::collection::vec(float, tokens),
            )
                .prop_map(move |(weights, scales, bias, activations, of_tokens)| {
                    let rows = Rows {
                        inputs,
                        weights,
                        scales,
                    };
                    (rows, bias, activations, of_tokens)
                })
        })
    }

    proptest! {
        #[test]
        fn every_level_gives_the_same_bits_and_the_right_product(
            (rows, bias, inputs, scales) in cases()
        ) {
            let expected = plain(&rows, &bias, &inputs, &scales);
            let matrix = Matrix::pack(&[rows], bias);
            let portable = product(Level::Portable, &matrix, &inputs, &scales);
            for (got, expected) in portable.iter().zip(&expected) {
                prop_assert!((f64::from(*got) - expected).abs() < 4.0, "{got} {expected}");
            }
            for level in Level::all() {
                let got = product(level, &matrix, &inputs, &scales);
                prop_assert_eq!(&got, &portable, "{:?}", level);
            }
        }
    }

    #[test]
    fn the_extremes_do_not_overflow() {
        for limit in [*NARROW.start(), *NARROW.end(), WIDE, -WIDE] {
            let rows = Rows {
                inputs: 2 * BLOCK,
                weights: vec![limit; GROUP * 2 * BLOCK],
                scales: vec![1.0; GROUP * 2],
            };
            let matrix = Matrix::pack(&[rows], vec![0.0; GROUP]);
            for level in Level::all() {
                let got = product(level, &matrix, &[255; 2 * BLOCK], &[1.0]);
                let expected = f32::from(limit) * 127.0 * 64.0;
                assert!(got.iter().all(|v| *v == expected), "{level:?} {limit}");
            }
        }
    }
}
