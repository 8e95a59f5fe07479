//! Questions and passages compared word by word: each word of the question looks for the word
//! of the passage that means most nearly the same, and counts by how telling it is (late
//! interaction; Khattab and Zaharia, "ColBERT", 2020). Vectors of words are those of the
//! encoder's last layer in 64 numbers, a byte each.

use std::sync::LazyLock;

use segue_encoder::DIM;

/// Numbers of a word.
pub(crate) const WIDTH: usize = 64;

/// A matrix of `WIDTH` rows, then a row that says how telling a word is, and its constant;
/// little-endian 32-bit floats. Written by `make train` (`evals/tune/words.py`).
static LEARNED: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let bytes = include_bytes!("../../data/words.bin");
    let (fours, _) = bytes.as_chunks::<4>();
    fours.iter().map(|four| f32::from_le_bytes(*four)).collect()
});

/// How telling a word can be beside another.
const MOST_TELLING: f32 = 4.0;

/// What the words of a text mean.
#[derive(Debug, Default, PartialEq)]
pub struct Words {
    /// Of length 127 each.
    values: Box<[[i8; WIDTH]]>,
    /// How telling each is.
    weights: Box<[f32]>,
}

impl Words {
    /// From what the encoder made of each token, `DIM` floats a token.
    pub fn of(tokens: &[f32]) -> Words {
        let (tokens, _) = tokens.as_chunks::<DIM>();
        let (rows, constant) = LEARNED.split_at(LEARNED.len() - 1);
        let (rows, _) = rows.as_chunks::<DIM>();
        let dot = |row: &[f32; DIM], token: &[f32; DIM]| -> f32 {
            row.iter().zip(token).map(|(a, b)| a * b).sum()
        };
        let value = |token: &[f32; DIM]| {
            let mut long: [f32; WIDTH] = std::array::from_fn(|at| dot(&rows[at], token));
            let length = long.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-9);
            long.iter_mut().for_each(|x| *x *= 127.0 / length);
            long.map(|x| x.round() as i8)
        };
        let weight = |token: &[f32; DIM]| {
            let telling = dot(&rows[WIDTH], token) + constant[0];
            telling.clamp(-MOST_TELLING, MOST_TELLING).exp()
        };
        Words {
            values: tokens.iter().map(value).collect(),
            weights: tokens.iter().map(weight).collect(),
        }
    }

    /// Bytes that they take.
    pub fn size(&self) -> usize {
        self.values.len() * (WIDTH + 4)
    }

    /// How well a passage holds what these words ask for, at most 1.
    pub fn found_in(&self, passage: &Words) -> f64 {
        let nearest = |word: &[i8; WIDTH]| {
            let cosines = passage.values.iter().map(|other| dot(word, other));
            cosines.max().unwrap_or(0) as f32 / (127.0 * 127.0)
        };
        let (mut sum, mut total) = (0.0f32, 1e-9f32);
        for (word, weight) in self.values.iter().zip(&self.weights) {
            sum += nearest(word) * weight;
            total += weight;
        }
        f64::from(sum / total)
    }
}

fn dot(a: &[i8; WIDTH], b: &[i8; WIDTH]) -> i32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| i32::from(i16::from(*a) * i16::from(*b)))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_themselves_and_less_in_others() {
        let token = |seed: f32| (0..DIM).map(move |at| ((at as f32 + 1.0) * seed).sin());
        let text = |seeds: &[f32]| {
            let tokens: Vec<f32> = seeds.iter().flat_map(|seed| token(*seed)).collect();
            Words::of(&tokens)
        };
        let (asked, other) = (text(&[0.3, 1.1]), text(&[2.3, 0.7, 1.9]));
        let same = asked.found_in(&text(&[1.1, 0.9, 0.3]));
        assert!(same > 0.98 && same < 1.02, "{same}");
        assert!(asked.found_in(&other) < same);
        assert_eq!(asked.found_in(&Words::default()), 0.0);
        assert_eq!(Words::default().found_in(&other), 0.0);
    }
}
