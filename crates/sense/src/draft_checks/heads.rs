//! What weighs the guards' features: linear heads over a few numbers and the sentence vector,
//! with a second set of weights for the lexical mode. Trained by `segue-evals guards`; here
//! they are only read.

use std::sync::{Arc, LazyLock};

use segue_encoder::{DIM, Meaning};
use serde::{Deserialize, Serialize};

/// What a head decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A draft opens as if nothing had been said.
    Cold,
    /// A part of a draft asks for what an attempt was.
    Repeats,
    /// A sentence of a draft asks for what was told.
    Asks,
    /// A customer says that they have said it.
    Said,
    /// A customer tells again what they have told.
    Restated,
}

impl Kind {
    /// All of them, in the order of the file.
    pub const ALL: [Kind; 5] = [
        Kind::Cold,
        Kind::Repeats,
        Kind::Asks,
        Kind::Said,
        Kind::Restated,
    ];
}

/// What a head is shown.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// A few numbers; the guard's own file says which.
    pub features: Vec<f32>,
    /// What the text means; `None` in lexical mode.
    pub meaning: Option<Arc<Meaning>>,
    /// How much of all looks at one draft this is the one that matters: training takes the
    /// most salient of a draft that breaks the guard.
    pub salience: f32,
}

/// The weights of one head in one mode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    /// One for each feature.
    pub features: Vec<f32>,
    /// One for each number of the plain and the adapted vector; empty in lexical mode.
    pub vector: Vec<f32>,
    /// The constant.
    pub bias: f32,
}

impl Weights {
    /// The logit.
    pub fn logit(&self, look: &Look) -> f32 {
        let weighed = |weights: &[f32], values: &[f32]| -> f32 {
            weights.iter().zip(values).map(|(w, x)| w * x).sum()
        };
        let mut sum = self.bias + weighed(&self.features, &look.features);
        if let (Some(meaning), Some((plain, adapted))) =
            (&look.meaning, self.vector.split_at_checked(DIM))
        {
            sum += weighed(plain, &meaning.plain) + weighed(adapted, &meaning.adapted);
        }
        sum
    }
}

/// Both sets of weights of one head.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// With sentence vectors.
    pub full: Weights,
    /// Without.
    pub lexical: Weights,
}

impl Head {
    /// How sure it is, 0..1; from one half on it says yes.
    pub fn probability(&self, look: &Look) -> f64 {
        let weights = match look.meaning {
            Some(_) => &self.full,
            None => &self.lexical,
        };
        1.0 / (1.0 + f64::from(-weights.logit(look)).exp())
    }
}

/// The trained heads.
#[derive(Clone, Debug, PartialEq)]
pub struct Heads(pub [Head; Kind::ALL.len()]);

static TRAINED: LazyLock<Heads> = LazyLock::new(|| {
    Heads::from_bytes(include_bytes!("../../data/guards.bin")).expect("a test reads the file")
});

/// How sure this build is of what it is shown, 0..1.
pub(super) fn probability(kind: Kind, look: &Look) -> f64 {
    TRAINED.0[kind as usize].probability(look)
}

impl Heads {
    /// The weights of this build.
    pub fn trained() -> &'static Self {
        &TRAINED
    }

    /// Reads the file that `to_bytes` wrote; `None` where it is not one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (header, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let header: Vec<(Kind, usize)> = serde_json::from_slice(header).ok()?;
        let (floats, odd) = rest.as_chunks::<4>();
        let mut floats = floats.iter().map(|four| f32::from_le_bytes(*four));
        let mut take = |count: usize| -> Option<Vec<f32>> {
            let taken: Vec<f32> = floats.by_ref().take(count).collect();
            (taken.len() == count).then_some(taken)
        };
        let mut heads = Vec::new();
        for (kind, features) in header {
            if Kind::ALL.get(heads.len()) != Some(&kind) {
                return None;
            }
            let mut weights = |vector: usize| {
                Some(Weights {
                    features: take(features)?,
                    vector: take(vector)?,
                    bias: take(1)?[0],
                })
            };
            heads.push(Head {
                full: weights(2 * DIM)?,
                lexical: weights(0)?,
            });
        }
        let heads = heads.try_into().ok()?;
        (odd.is_empty() && floats.next().is_none()).then_some(Self(heads))
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let named = Kind::ALL.iter().zip(&self.0);
        let header: Vec<(Kind, usize)> = named
            .map(|(kind, head)| (*kind, head.full.features.len()))
            .collect();
        let header = serde_json::to_vec(&header).unwrap_or_default();
        let mut bytes = (header.len() as u32).to_le_bytes().to_vec();
        bytes.extend(header);
        for weights in self.0.iter().flat_map(|head| [&head.full, &head.lexical]) {
            let floats = weights.features.iter().chain(&weights.vector);
            let floats = floats.chain(std::iter::once(&weights.bias));
            bytes.extend(floats.flat_map(|float| float.to_le_bytes()));
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trained_weights_read_back_and_a_broken_file_is_refused() {
        let bytes = Heads::trained().to_bytes();
        assert_eq!(Heads::from_bytes(&bytes).as_ref(), Some(Heads::trained()));
        for cut in [0, 3, 4, 60, bytes.len() - 1] {
            assert!(Heads::from_bytes(&bytes[..cut]).is_none(), "{cut}");
        }
    }
}
