//! A weight matrix as the kernels read it: small integers with a scale for each 32.

/// Inputs that share one scale.
pub const BLOCK: usize = 32;
/// Output rows that are computed side by side.
pub const GROUP: usize = 16;
/// The largest weight for which eight products of pairs fit a 16-bit sum:
/// 8 × 2 × 255 × 8 = 32,640.
pub const NARROW: i8 = 8;
/// The largest weight for which one product of pairs does: 2 × 255 × 64 = 32,640.
pub const WIDE: i8 = 64;

/// 32 inputs of 16 rows. `weights[step][row * 4 + j]` belongs to input `step * 4 + j`.
#[repr(C, align(64))]
#[derive(Clone)]
pub struct Block {
    pub scales: [f32; GROUP],
    pub weights: [[i8; GROUP * 4]; BLOCK / 4],
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

/// `outputs × inputs`, packed in blocks: the blocks of the first 16 rows, of the next 16, …
pub struct Matrix {
    pub inputs: usize,
    pub outputs: usize,
    pub blocks: Vec<Block>,
    /// What 128 on every input would give each row: activations are kept with 128 added.
    pub offsets: Vec<f32>,
    pub bias: Vec<f32>,
    /// Every weight is within ±`NARROW`.
    pub narrow: bool,
}

impl Matrix {
    /// Stacks rows of equal length on each other. `outputs` is a multiple of 16 and
    /// `inputs` of 32: whoever reads the model's shape has made sure.
    pub fn pack(parts: &[Rows], bias: Vec<f32>) -> Matrix {
        let inputs = parts.first().map_or(0, |rows| rows.inputs);
        let across = inputs / BLOCK;
        let outputs = bias.len();
        let empty = Block {
            scales: [0.0; GROUP],
            weights: [[0; GROUP * 4]; BLOCK / 4],
        };
        let mut blocks = vec![empty; outputs / GROUP * across];
        let mut offsets = vec![0.0; outputs];
        let all = parts.iter().flat_map(|part| {
            let weights = part.weights.chunks_exact(inputs);
            weights.zip(part.scales.chunks_exact(across))
        });
        let mut narrow = true;
        for (row, (weights, scales)) in all.enumerate().take(outputs) {
            for (b, (weights, scale)) in weights.chunks_exact(BLOCK).zip(scales).enumerate() {
                let block = &mut blocks[row / GROUP * across + b];
                block.scales[row % GROUP] = *scale;
                for (k, weight) in weights.iter().enumerate() {
                    block.weights[k / 4][row % GROUP * 4 + k % 4] = *weight;
                    narrow &= (-NARROW..=NARROW).contains(weight);
                }
                let sum: i32 = weights.iter().map(|w| i32::from(*w)).sum();
                offsets[row] += scale * (128 * sum) as f32;
            }
        }
        Matrix {
            inputs,
            outputs,
            blocks,
            offsets,
            bias,
            narrow,
        }
    }

    /// Writes the weights of one row, `inputs` of them, as the floats that they stand for.
    pub fn unpack(&self, row: usize, out: &mut [f32]) {
        let across = self.inputs / BLOCK;
        let blocks = &self.blocks[row / GROUP * across..][..across];
        for (block, out) in blocks.iter().zip(out.chunks_exact_mut(BLOCK)) {
            let scale = block.scales[row % GROUP];
            for (out, step) in out.chunks_exact_mut(4).zip(&block.weights) {
                for (out, weight) in out.iter_mut().zip(&step[row % GROUP * 4..]) {
                    *out = f32::from(*weight) * scale;
                }
            }
        }
    }
}
