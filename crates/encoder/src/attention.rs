//! Attention: how much each token minds each other, and what it gathers from them.

use crate::DIM;
use crate::forward::{ABREAST, HEAD, LANES, exp, sum};

/// Room for the attention of one head.
pub struct Heads {
    tokens: usize,
    /// The head's keys, turned so that 16 tokens stand side by side.
    keys: Vec<[[f32; LANES]; HEAD]>,
    /// The head's values, copied together: a token's row apart, they fall on few cache lines.
    values: Vec<[[f32; LANES]; 2]>,
    /// How much each token minds each other, for four tokens.
    minds: [Vec<[f32; LANES]>; ABREAST],
}

impl Heads {
    pub fn new(tokens: usize) -> Heads {
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
    pub fn attend(&mut self, qkv: &[f32], out: &mut [f32]) {
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

#[cfg(test)]
mod tests {
    use super::*;

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
