//! The only unsafe code: the same arithmetic on the widest registers that the machine has.
//!
//! A matrix product is exact in integers within a block of 32 and then a sum of floats in one
//! fixed order, without fused operations, so every machine gives the same bits.
#![expect(
    unsafe_code,
    reason = "loads into registers, and calls behind a check of the processor"
)]

use crate::matrix::{BLOCK, Blocks, GROUP, Matrix, NarrowBlock, WideBlock};

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

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{BLOCK, Blocks, GROUP, Inputs, Matrix, NarrowBlock, WideBlock, Work, finish};

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
        /// The scales of eight rows.
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
