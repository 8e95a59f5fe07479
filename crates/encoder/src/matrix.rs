//! A weight matrix as the kernels read it: small integers with a scale for each 32.

use std::ops::RangeInclusive;

/// Inputs that share one scale.
pub const BLOCK: usize = 32;
/// Output rows that are computed side by side.
pub const GROUP: usize = 16;
/// The weights of half a byte, for which eight products of pairs fit a 16-bit sum:
/// 8 × 2 × 255 × 8 = 32,640.
pub const NARROW: RangeInclusive<i8> = -8..=7;
/// The largest weight for which one product of pairs does: 2 × 255 × 64 = 32,640.
pub const WIDE: i8 = 64;

/// 32 inputs of 16 rows. `weights[step][row * 4 + j]` belongs to input `step * 4 + j`.
#[repr(C, align(64))]
#[derive(Clone)]
pub struct WideBlock {
    pub scales: [f32; GROUP],
    pub weights: [[i8; GROUP * 4]; BLOCK / 4],
}

/// The same in half the room: a byte of `weights[pair]` holds the weight of step `2 * pair` in
/// its low half and that of step `2 * pair + 1` in its high half, each as 4 bits with a sign.
#[repr(C, align(64))]
#[derive(Clone)]
pub struct NarrowBlock {
    /// Each comes from 16 bits, so that a sixteenth of it is exact.
    pub scales: [f32; GROUP],
    pub weights: [[u8; GROUP * 4]; BLOCK / 8],
}

/// The blocks of the first 16 rows, of the next 16, …
pub enum Blocks {
    Narrow(Vec<NarrowBlock>),
    Wide(Vec<WideBlock>),
}

/// Rows of weights before packing, row by row.
#[derive(Debug)]
pub struct Rows {
    pub inputs: usize,
    /// `rows × inputs`, each within ±`WIDE`.
    pub weights: Vec<i8>,
    /// `rows × inputs / 32`.
    pub scales: Vec<f32>,
}

impl Rows {
    /// Rounds floats to ±`WIDE` with one scale for each block; what is not finite counts 0.
    #[inline(always)]
    pub fn round(values: &[f32], inputs: usize) -> Rows {
        let mut rows = Rows {
            inputs,
            weights: Vec::with_capacity(values.len()),
            scales: Vec::with_capacity(values.len() / BLOCK),
        };
        for block in values.chunks_exact(BLOCK) {
            let finite = |value: &f32| if value.is_finite() { *value } else { 0.0 };
            let largest = block.iter().map(|v| finite(v).abs()).fold(0.0, f32::max);
            let scale = largest / f32::from(WIDE);
            let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
            let limit = f32::from(WIDE);
            let round = |v: &f32| (finite(v) * inverse).round().clamp(-limit, limit) as i8;
            rows.weights.extend(block.iter().map(round));
            rows.scales.push(scale);
        }
        rows
    }
}

/// `outputs × inputs`, packed in blocks.
pub struct Matrix {
    pub inputs: usize,
    pub outputs: usize,
    pub blocks: Blocks,
    /// What 128 on every input would give each row: activations are kept with 128 added.
    pub offsets: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Matrix {
    /// Stacks rows of equal length on each other. `outputs` is a multiple of 16 and
    /// `inputs` of 32: whoever reads the model's shape has made sure.
    pub fn pack(parts: &[Rows], bias: Vec<f32>) -> Matrix {
        let inputs = parts.first().map_or(0, |rows| rows.inputs);
        let outputs = bias.len();
        let across = inputs / BLOCK;
        let mut offsets = vec![0.0; outputs];
        let all = || {
            let parts = parts.iter().flat_map(|part| {
                let weights = part.weights.as_chunks::<BLOCK>().0.chunks_exact(across);
                weights.zip(part.scales.chunks_exact(across))
            });
            parts.take(outputs).enumerate()
        };
        let mut is_narrow = true;
        for (row, (weights, scales)) in all() {
            for (weights, scale) in weights.iter().zip(scales) {
                let sum: i32 = weights.iter().map(|w| i32::from(*w)).sum();
                offsets[row] += scale * (128 * sum) as f32;
                is_narrow &= weights.iter().all(|weight| NARROW.contains(weight));
            }
        }
        let count = outputs / GROUP * across;
        let blocks = if is_narrow {
            let mut blocks = vec![NarrowBlock::EMPTY; count];
            for (row, (weights, scales)) in all() {
                for (b, (weights, scale)) in weights.iter().zip(scales).enumerate() {
                    blocks[row / GROUP * across + b].set(row % GROUP, weights, *scale);
                }
            }
            Blocks::Narrow(blocks)
        } else {
            let mut blocks = vec![WideBlock::EMPTY; count];
            for (row, (weights, scales)) in all() {
                for (b, (weights, scale)) in weights.iter().zip(scales).enumerate() {
                    blocks[row / GROUP * across + b].set(row % GROUP, weights, *scale);
                }
            }
            Blocks::Wide(blocks)
        };
        Matrix {
            inputs,
            outputs,
            blocks,
            offsets,
            bias,
        }
    }
}

/// The two numbers of 4 bits with a sign.
#[inline(always)]
fn halves(byte: u8) -> [i8; 2] {
    [(byte << 4).cast_signed() >> 4, byte.cast_signed() >> 4]
}

impl WideBlock {
    pub const EMPTY: WideBlock = WideBlock {
        scales: [0.0; GROUP],
        weights: [[0; GROUP * 4]; BLOCK / 4],
    };

    fn set(&mut self, row: usize, weights: &[i8; BLOCK], scale: f32) {
        self.scales[row] = scale;
        for (step, four) in self.weights.iter_mut().zip(weights.as_chunks::<4>().0) {
            step.as_chunks_mut::<4>().0[row] = *four;
        }
    }
}

impl NarrowBlock {
    const EMPTY: NarrowBlock = NarrowBlock {
        scales: [0.0; GROUP],
        weights: [[0; GROUP * 4]; BLOCK / 8],
    };

    fn set(&mut self, row: usize, weights: &[i8; BLOCK], scale: f32) {
        self.scales[row] = scale;
        for (pair, eight) in self.weights.iter_mut().zip(weights.as_chunks::<8>().0) {
            let (low, high) = (&eight[..4], &eight[4..]);
            let bytes = &mut pair.as_chunks_mut::<4>().0[row];
            for (byte, (low, high)) in bytes.iter_mut().zip(low.iter().zip(high)) {
                *byte = (low & 15) as u8 | (high << 4) as u8;
            }
        }
    }

    /// Writes what it holds into a block of whole bytes.
    pub fn widen(&self, wide: &mut WideBlock) {
        wide.scales = self.scales;
        for (steps, bytes) in wide
            .weights
            .as_chunks_mut::<2>()
            .0
            .iter_mut()
            .zip(&self.weights)
        {
            let [first, second] = steps;
            for ((first, second), byte) in first.iter_mut().zip(second).zip(bytes) {
                [*first, *second] = halves(*byte);
            }
        }
    }
}
