//! Products of matrices with activations rounded to bytes.

use crate::adapter::Change;
use crate::forward::{LANES, ROUND, add};
use crate::kernel::Processor;
use crate::matrix::Matrix;

/// Room for the products of matrices.
pub struct Products {
    processor: Processor,
    bytes: Bytes,
    /// A · x of a change, then B of that.
    between: Vec<f32>,
    change: Vec<f32>,
}

impl Products {
    /// `widest`: the most inputs or outputs that a matrix has.
    pub fn new(processor: Processor, tokens: usize, widest: usize) -> Products {
        Products {
            processor,
            bytes: Bytes {
                values: vec![0; tokens * widest],
                scales: vec![0.0; tokens],
            },
            between: Vec::new(),
            change: Vec::new(),
        }
    }

    /// Writes what the matrix, with its change, makes of `x` into `out`.
    #[inline(always)]
    pub fn work_out(
        &mut self,
        matrix: &Matrix,
        change: Option<&Change>,
        x: &[f32],
        out: &mut [f32],
    ) {
        self.bytes.fill(x, matrix.inputs);
        self.bytes.multiply(self.processor, matrix, out);
        if let Some(change) = change {
            let tokens = self.bytes.scales.len();
            self.between.resize(tokens * change.down.outputs, 0.0);
            self.change.resize(out.len(), 0.0);
            self.bytes
                .multiply(self.processor, &change.down, &mut self.between);
            self.bytes.fill(&self.between, change.up.inputs);
            self.bytes
                .multiply(self.processor, &change.up, &mut self.change);
            add(out, &self.change);
        }
    }
}

/// Activations as bytes: 128 is zero, and each token has its scale.
struct Bytes {
    values: Vec<u8>,
    scales: Vec<f32>,
}

impl Bytes {
    /// Rounds `inputs` floats a token.
    #[inline(always)]
    fn fill(&mut self, x: &[f32], inputs: usize) {
        let rows = x.chunks_exact(inputs);
        let bytes = self.values.chunks_exact_mut(inputs);
        for ((row, bytes), scale) in rows.zip(bytes).zip(&mut self.scales) {
            let largest = largest(row);
            *scale = largest / 127.0;
            let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
            for (byte, value) in bytes.iter_mut().zip(row) {
                *byte = ((value * inverse + ROUND).to_bits() as u8).wrapping_add(128);
            }
        }
    }

    #[inline(always)]
    fn multiply(&self, processor: Processor, matrix: &Matrix, out: &mut [f32]) {
        let values = &self.values[..self.scales.len() * matrix.inputs];
        processor.multiply(matrix, values, &self.scales, out);
    }
}

#[inline(always)]
fn largest(values: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    for chunk in values.as_chunks::<LANES>().0 {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            let value = value.abs();
            *lane = if value > *lane { value } else { *lane };
        }
    }
    lanes.into_iter().fold(0.0, f32::max)
}
