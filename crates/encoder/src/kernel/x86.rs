//! The products on 256-bit and 512-bit registers.

use std::arch::x86_64::*;

use super::{Inputs, Work, finish};
use crate::matrix::{BLOCK, Blocks, GROUP, Matrix, NarrowBlock, WideBlock};

#[target_feature(enable = "avx2")]
pub fn run_avx2<W: Work>(work: W) {
    work.run();
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
pub fn run_avx512<W: Work>(work: W) {
    work.run();
}

/// A block whose weights are read two steps at a time. Whoever calls has made sure of the
/// instructions; everything is inlined into them.
trait Weights {
    /// Whether eight products of pairs fit a 16-bit sum.
    const NARROW: bool;
    /// Eight rows of two steps.
    unsafe fn pair_avx2(&self, pair: usize, half: usize) -> [__m256i; 2];
    /// The scales of the sixteen rows.
    fn scales(&self) -> &[f32; GROUP];
    /// Two steps, each weight perhaps times 16: then [`Weights::scales_avx512`] make up
    /// for it.
    unsafe fn pair_avx512(&self, pair: usize) -> [__m512i; 2];
    /// The scales, as they belong to the sums of `pair_avx512`.
    unsafe fn scales_avx512(&self) -> __m512;
}

impl Weights for WideBlock {
    const NARROW: bool = false;

    #[inline(always)]
    unsafe fn pair_avx2(&self, pair: usize, half: usize) -> [__m256i; 2] {
        let step = |step: usize| &self.weights[step].as_chunks::<32>().0[half];
        let (first, second) = (step(2 * pair), step(2 * pair + 1));
        // SAFETY: the caller has AVX2; the arrays have the 32 bytes that are read.
        unsafe { [load_bytes(first), load_bytes(second)] }
    }

    #[inline(always)]
    fn scales(&self) -> &[f32; GROUP] {
        &self.scales
    }

    #[inline(always)]
    unsafe fn pair_avx512(&self, pair: usize) -> [__m512i; 2] {
        let (first, second) = (&self.weights[2 * pair], &self.weights[2 * pair + 1]);
        // SAFETY: the caller has AVX-512; the arrays have the 64 bytes that are read, and
        // no alignment is needed.
        unsafe {
            [
                _mm512_loadu_si512(first.as_ptr().cast()),
                _mm512_loadu_si512(second.as_ptr().cast()),
            ]
        }
    }

    #[inline(always)]
    unsafe fn scales_avx512(&self) -> __m512 {
        // SAFETY: the caller has AVX-512; the array has the 16 floats that are read.
        unsafe { _mm512_loadu_ps(self.scales.as_ptr()) }
    }
}

impl Weights for NarrowBlock {
    const NARROW: bool = true;

    /// A table turns each half of a byte into the number that it stands for.
    #[inline(always)]
    unsafe fn pair_avx2(&self, pair: usize, half: usize) -> [__m256i; 2] {
        let bytes = self.weights[pair].as_chunks::<32>().0[half].as_ptr();
        // SAFETY: the caller has AVX2; the array has the 32 bytes that are read.
        unsafe {
            let bytes = _mm256_loadu_si256(bytes.cast());
            let table = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1);
            let table = _mm256_broadcastsi128_si256(table);
            let low = _mm256_set1_epi8(15);
            let high = _mm256_srli_epi16(bytes, 4);
            [
                _mm256_shuffle_epi8(table, _mm256_and_si256(bytes, low)),
                _mm256_shuffle_epi8(table, _mm256_and_si256(high, low)),
            ]
        }
    }

    #[inline(always)]
    fn scales(&self) -> &[f32; GROUP] {
        &self.scales
    }

    /// In the high half of a byte of its own, a weight is 16 times itself.
    #[inline(always)]
    unsafe fn pair_avx512(&self, pair: usize) -> [__m512i; 2] {
        let bytes = self.weights[pair].as_ptr();
        // SAFETY: the caller has AVX-512; the array has the 64 bytes that are read.
        unsafe {
            let bytes = _mm512_loadu_si512(bytes.cast());
            let high = _mm512_set1_epi8(-16);
            [
                _mm512_and_si512(_mm512_slli_epi16(bytes, 4), high),
                _mm512_and_si512(bytes, high),
            ]
        }
    }

    #[inline(always)]
    unsafe fn scales_avx512(&self) -> __m512 {
        // SAFETY: the caller has AVX-512; the array has the 16 floats that are read.
        unsafe {
            let sixteenth = _mm512_set1_ps(1.0 / 16.0);
            _mm512_mul_ps(_mm512_loadu_ps(self.scales.as_ptr()), sixteenth)
        }
    }
}

#[target_feature(enable = "avx2")]
pub fn multiply_avx2(matrix: &Matrix, inputs: &[Inputs], scales: &[f32], out: &mut [f32]) {
    match &matrix.blocks {
        Blocks::Narrow(blocks) => groups_avx2(matrix, blocks, inputs, scales, out),
        Blocks::Wide(blocks) => groups_avx2(matrix, blocks, inputs, scales, out),
    }
}

#[target_feature(enable = "avx2")]
fn groups_avx2<W: Weights>(
    matrix: &Matrix,
    blocks: &[W],
    inputs: &[Inputs],
    scales: &[f32],
    out: &mut [f32],
) {
    let across = matrix.inputs / BLOCK;
    for (group, blocks) in blocks.chunks_exact(across).enumerate() {
        let mut token = 0;
        while token < scales.len() {
            let rest = &inputs[token * across..];
            let left = scales.len() - token;
            let mut sums = [[0.0; GROUP]; 4];
            let done = match left {
                1 => tile_avx2::<1, W>(blocks, rest, &mut sums),
                2 => tile_avx2::<2, W>(blocks, rest, &mut sums),
                3 => tile_avx2::<3, W>(blocks, rest, &mut sums),
                _ => tile_avx2::<4, W>(blocks, rest, &mut sums),
            };
            for (i, sums) in sums.iter().enumerate().take(done) {
                finish(matrix, group, token + i, scales[token + i], sums, out);
            }
            token += done;
        }
    }
}

/// The sums of 16 rows for `T` tokens, eight rows at a time; returns `T`.
#[target_feature(enable = "avx2")]
fn tile_avx2<const T: usize, W: Weights>(
    blocks: &[W],
    inputs: &[Inputs],
    out: &mut [[f32; GROUP]; 4],
) -> usize {
    let tokens: [&[Inputs]; T] =
        std::array::from_fn(|t| &inputs[t * blocks.len()..][..blocks.len()]);
    let ones = _mm256_set1_epi16(1);
    for half in 0..2 {
        let mut sums = [_mm256_setzero_ps(); T];
        for (b, block) in blocks.iter().enumerate() {
            let inputs: [&Inputs; T] = std::array::from_fn(|t| &tokens[t][b]);
            let mut exact = [_mm256_setzero_si256(); T];
            for pair in 0..BLOCK / 8 {
                // SAFETY: this function runs where there is AVX2.
                let weights = unsafe { block.pair_avx2(pair, half) };
                for (i, weights) in weights.into_iter().enumerate() {
                    for t in 0..T {
                        let input = inputs[t][2 * pair + i];
                        let input = _mm256_set1_epi32(i32::from_le_bytes(input));
                        // Does not saturate: see `NARROW` and `WIDE` in `matrix.rs`.
                        let pairs = _mm256_maddubs_epi16(input, weights);
                        exact[t] = if W::NARROW {
                            _mm256_add_epi16(exact[t], pairs)
                        } else {
                            _mm256_add_epi32(exact[t], _mm256_madd_epi16(pairs, ones))
                        };
                    }
                }
            }
            let scales = load_floats(&block.scales().as_chunks::<8>().0[half]);
            for t in 0..T {
                let exact = if W::NARROW {
                    _mm256_madd_epi16(exact[t], ones)
                } else {
                    exact[t]
                };
                let scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(exact), scales);
                sums[t] = _mm256_add_ps(sums[t], scaled);
            }
        }
        for t in 0..T {
            store_floats(&mut out[t].as_chunks_mut::<8>().0[half], sums[t]);
        }
    }
    T
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
pub fn multiply_avx512(matrix: &Matrix, inputs: &[Inputs], scales: &[f32], out: &mut [f32]) {
    match &matrix.blocks {
        Blocks::Narrow(blocks) => groups_avx512(matrix, blocks, inputs, scales, out),
        Blocks::Wide(blocks) => groups_avx512(matrix, blocks, inputs, scales, out),
    }
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
fn groups_avx512<W: Weights>(
    matrix: &Matrix,
    blocks: &[W],
    inputs: &[Inputs],
    scales: &[f32],
    out: &mut [f32],
) {
    let across = matrix.inputs / BLOCK;
    for (group, blocks) in blocks.chunks_exact(across).enumerate() {
        let mut token = 0;
        while token < scales.len() {
            let rest = &inputs[token * across..];
            let left = scales.len() - token;
            let mut sums = [[0.0; GROUP]; 8];
            let done = match left {
                1 => tile_avx512::<1, W>(blocks, rest, &mut sums),
                2 => tile_avx512::<2, W>(blocks, rest, &mut sums),
                3 => tile_avx512::<3, W>(blocks, rest, &mut sums),
                4 | 5 => tile_avx512::<4, W>(blocks, rest, &mut sums),
                6 | 7 => tile_avx512::<6, W>(blocks, rest, &mut sums),
                _ => tile_avx512::<8, W>(blocks, rest, &mut sums),
            };
            for (i, sums) in sums.iter().enumerate().take(done) {
                finish(matrix, group, token + i, scales[token + i], sums, out);
            }
            token += done;
        }
    }
}

/// The sums of 16 rows for `T` tokens; returns `T`.
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
fn tile_avx512<const T: usize, W: Weights>(
    blocks: &[W],
    inputs: &[Inputs],
    out: &mut [[f32; GROUP]; 8],
) -> usize {
    let tokens: [&[Inputs]; T] =
        std::array::from_fn(|t| &inputs[t * blocks.len()..][..blocks.len()]);
    let mut sums = [_mm512_setzero_ps(); T];
    for (b, block) in blocks.iter().enumerate() {
        let inputs: [&Inputs; T] = std::array::from_fn(|t| &tokens[t][b]);
        let mut exact = [_mm512_setzero_si512(); T];
        for pair in 0..BLOCK / 8 {
            // SAFETY: this function runs where there is AVX-512.
            let weights = unsafe { block.pair_avx512(pair) };
            for (i, weights) in weights.into_iter().enumerate() {
                for t in 0..T {
                    let input = i32::from_le_bytes(inputs[t][2 * pair + i]);
                    exact[t] = _mm512_dpbusd_epi32(exact[t], _mm512_set1_epi32(input), weights);
                }
            }
        }
        // SAFETY: this function runs where there is AVX-512.
        let scales = unsafe { block.scales_avx512() };
        for t in 0..T {
            let scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(exact[t]), scales);
            sums[t] = _mm512_add_ps(sums[t], scaled);
        }
    }
    for t in 0..T {
        // SAFETY: the array has room for the 16 floats that are written.
        unsafe { _mm512_storeu_ps(out[t].as_mut_ptr(), sums[t]) };
    }
    T
}

#[target_feature(enable = "avx2")]
fn load_bytes(from: &[i8; 32]) -> __m256i {
    // SAFETY: the array has the 32 bytes that are read; no alignment is needed.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
fn load_floats(from: &[f32; 8]) -> __m256 {
    // SAFETY: the array has the 8 floats that are read; no alignment is needed.
    unsafe { _mm256_loadu_ps(from.as_ptr()) }
}

#[target_feature(enable = "avx2")]
fn store_floats(to: &mut [f32; 8], from: __m256) {
    // SAFETY: the array has room for the 8 floats that are written.
    unsafe { _mm256_storeu_ps(to.as_mut_ptr(), from) }
}
