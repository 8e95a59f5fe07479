//! What small linear models see in a text: for every head a logit from hashed n-grams,
//! one from the sentence vector where there is one, and a calibrated mix of both with
//! what the rules found. The weights are trained by `make train`, which also writes
//! docs/model-card.md; here they are only read.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use segue_encoder::{DIM, Vector};
use serde::{Deserialize, Serialize};

use crate::grams::{BUCKETS, Grams};

/// What a head sees, in the order of the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "each is the trigger or the kind of talk of that name"
)]
pub enum Head {
    BillingDispute,
    AccountSecurity,
    LegalCompliance,
    Complaint,
    Cancellation,
    CustomPricing,
    MultiArea,
    AccountChange,
    BugInvestigation,
    UnresolvedReference,
    Frustration,
    Urgency,
    Anger,
    Helplessness,
    RequestHuman,
    Injection,
    /// Money back, whatever the amount (P1 looks at that).
    RefundAsk,
    /// "That worked", of the last answer.
    Helped,
    /// "That did not help", of the last answer.
    DidNotHelp,
    /// "No, let me try first", of an offered person.
    Declines,
    Greeting,
    Thanks,
    Goodbye,
    Chat,
    OutOfTrade,
}

impl Head {
    /// All heads, in the order of their weights.
    pub const ALL: [Head; 25] = [
        Head::BillingDispute,
        Head::AccountSecurity,
        Head::LegalCompliance,
        Head::Complaint,
        Head::Cancellation,
        Head::CustomPricing,
        Head::MultiArea,
        Head::AccountChange,
        Head::BugInvestigation,
        Head::UnresolvedReference,
        Head::Frustration,
        Head::Urgency,
        Head::Anger,
        Head::Helplessness,
        Head::RequestHuman,
        Head::Injection,
        Head::RefundAsk,
        Head::Helped,
        Head::DidNotHelp,
        Head::Declines,
        Head::Greeting,
        Head::Thanks,
        Head::Goodbye,
        Head::Chat,
        Head::OutOfTrade,
    ];
}

/// How many heads there are.
pub const HEADS: usize = Head::ALL.len();

/// One number for each head.
pub type PerHead = [f32; HEADS];

/// What the models make of a text before the rules join in.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The logit of the whole text's n-grams.
    pub whole: PerHead,
    /// The highest logit of one of its sentences; that of the whole where there is one.
    pub sentence: PerHead,
    /// The logit of its vector; none in lexical mode.
    pub vector: Option<PerHead>,
}

/// How the parts of one head come together: a logistic regression over them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mix {
    /// The weights of `Seen::whole`, `Seen::sentence`, `Seen::vector` and the rule, 0..1.
    pub weights: [f32; 4],
    /// The constant.
    pub bias: f32,
}

impl Mix {
    /// The probability, 0..1.
    pub fn apply(&self, parts: [f32; 4]) -> f64 {
        let sum: f32 = self.weights.iter().zip(parts).map(|(w, x)| w * x).sum();
        1.0 / (1.0 + f64::from(-(sum + self.bias)).exp())
    }
}

/// What stands before the weights in the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    /// The heads, in order.
    pub heads: Vec<Head>,
    /// The constants of the n-grams' logits.
    pub gram_bias: Vec<f32>,
    /// What one step of the 8-bit weights is worth.
    pub gram_step: Vec<f32>,
    /// With a vector.
    pub full: Vec<Mix>,
    /// Without.
    pub lexical: Vec<Mix>,
    /// The sentence model that the vectors came from.
    pub model: String,
}

/// The network on sentence vectors: a layer that all heads share, and a way past it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Perceptron {
    /// A row of `DIM` for each unit of the layer.
    pub inner: Vec<f32>,
    /// A constant for each unit.
    pub inner_bias: Vec<f32>,
    /// `HEADS` rows, a weight for each unit.
    pub outer: Vec<f32>,
    /// `HEADS` rows of `DIM`.
    pub straight: Vec<f32>,
    /// A constant for each head.
    pub bias: Vec<f32>,
}

impl Perceptron {
    /// No weights yet, for so many units.
    pub fn zeros(units: usize) -> Self {
        Self {
            inner: vec![0.0; units * DIM],
            inner_bias: vec![0.0; units],
            outer: vec![0.0; HEADS * units],
            straight: vec![0.0; HEADS * DIM],
            bias: vec![0.0; HEADS],
        }
    }

    /// The logits of a sentence vector.
    pub fn logits(&self, vector: &Vector) -> PerHead {
        let rows = self.inner.as_chunks::<DIM>().0.iter();
        let units: Vec<f32> = rows
            .zip(&self.inner_bias)
            .map(|(row, bias)| (dot(row, vector) + bias).max(0.0))
            .collect();
        std::array::from_fn(|head| {
            let outer = &self.outer[head * units.len()..][..units.len()];
            let straight = &self.straight[head * DIM..][..DIM];
            dot(outer, &units) + dot(straight, vector) + self.bias[head]
        })
    }

    fn parts_mut(&mut self) -> [&mut Vec<f32>; 5] {
        [
            &mut self.inner,
            &mut self.inner_bias,
            &mut self.outer,
            &mut self.straight,
            &mut self.bias,
        ]
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    // Eight sums side by side, which the compiler turns into wide instructions.
    let (a4, a_rest) = a.as_chunks::<8>();
    let (b4, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0f32; 8];
    for (a, b) in a4.iter().zip(b4) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// The trained weights.
pub struct Heads {
    header: Header,
    /// `BUCKETS` rows of `HEADS` steps, each a byte with its sign; those of this build stay in
    /// the program.
    grams: Cow<'static, [u8]>,
    network: Perceptron,
}

static TRAINED: LazyLock<Heads> = LazyLock::new(|| {
    Heads::from_bytes(include_bytes!("../data/heads.bin")).expect("a test reads the file")
});

impl Heads {
    /// The weights of this build.
    pub fn trained() -> &'static Self {
        &TRAINED
    }

    /// Puts trained weights together; `grams` has `BUCKETS` rows of `HEADS`.
    pub fn new(header: Header, grams: Vec<i8>, network: Perceptron) -> Self {
        Self {
            header,
            grams: grams.into_iter().map(i8::cast_unsigned).collect(),
            network,
        }
    }

    /// Reads the file that `to_bytes` wrote; `None` where it is not one, or of other heads.
    pub fn from_bytes(bytes: &'static [u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (header, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let header: Header = serde_json::from_slice(header).ok()?;
        let (grams, rest) = rest.split_at_checked(BUCKETS * HEADS)?;
        let sizes = [
            header.gram_bias.len(),
            header.gram_step.len(),
            header.full.len(),
            header.lexical.len(),
        ];
        if header.heads != Head::ALL || sizes.iter().any(|size| *size != HEADS) {
            return None;
        }
        let (floats, odd) = rest.as_chunks::<4>();
        let per_unit = DIM + 1 + HEADS;
        let beside = HEADS * DIM + HEADS;
        let units = floats.len().checked_sub(beside)? / per_unit;
        if !odd.is_empty() || floats.len() != units * per_unit + beside {
            return None;
        }
        let mut network = Perceptron::zeros(units);
        let mut floats = floats.iter().map(|four| f32::from_le_bytes(*four));
        for part in network.parts_mut() {
            for (weight, read) in part.iter_mut().zip(floats.by_ref()) {
                *weight = read;
            }
        }
        Some(Self {
            header,
            grams: Cow::Borrowed(grams),
            network,
        })
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = serde_json::to_vec(&self.header).unwrap_or_default();
        let mut bytes = (header.len() as u32).to_le_bytes().to_vec();
        bytes.extend(header);
        bytes.extend(self.grams.iter());
        let network = &self.network;
        let parts = [
            &network.inner,
            &network.inner_bias,
            &network.outer,
            &network.straight,
            &network.bias,
        ];
        for part in parts {
            bytes.extend(part.iter().flat_map(|weight| weight.to_le_bytes()));
        }
        bytes
    }

    /// How the parts come together, with a vector or without.
    pub fn mix(&self, head: Head, has_vector: bool) -> &Mix {
        let mixes = if has_vector {
            &self.header.full
        } else {
            &self.header.lexical
        };
        &mixes[head as usize]
    }

    /// The logits of n-grams.
    pub fn gram_logits(&self, grams: &Grams) -> PerHead {
        let mut sums = [0.0; HEADS];
        for gram in &grams.grams {
            let row = &self.grams[gram.bucket as usize * HEADS..][..HEADS];
            for (sum, step) in sums.iter_mut().zip(row) {
                *sum += gram.value * f32::from(step.cast_signed());
            }
        }
        std::array::from_fn(|head| {
            sums[head] * self.header.gram_step[head] + self.header.gram_bias[head]
        })
    }

    /// Everything the models see in a text.
    pub fn look(&self, whole: &Grams, sentences: &[Grams], vector: Option<&Vector>) -> Seen {
        let logits = self.gram_logits(whole);
        let mut sentence = if sentences.is_empty() {
            logits
        } else {
            [f32::NEG_INFINITY; HEADS]
        };
        for grams in sentences {
            for (best, logit) in sentence.iter_mut().zip(self.gram_logits(grams)) {
                *best = best.max(logit);
            }
        }
        Seen {
            whole: logits,
            sentence,
            vector: vector.map(|vector| self.network.logits(vector)),
        }
    }

    /// The words that speak most for a head, as a range of the normalised text: the run
    /// of cells with the greatest sum, of at most `LONGEST_SPAN` cells.
    pub(crate) fn span(&self, head: Head, grams: &Grams) -> Option<Range<usize>> {
        const LONGEST_SPAN: usize = 14;
        let mut worth = vec![0.0f32; grams.cells.len()];
        for gram in &grams.grams {
            let step = self.grams[gram.bucket as usize * HEADS + head as usize];
            let step = f32::from(step.cast_signed());
            let (first, last) = (usize::from(gram.cells.0), usize::from(gram.cells.1));
            let share = gram.value * step / (last - first + 1) as f32;
            for cell in worth.get_mut(first..=last)? {
                *cell += share;
            }
        }
        let (mut best, mut best_sum) = (None, 0.0f32);
        for start in 0..worth.len() {
            let mut sum = 0.0;
            let run = worth[start..].iter().take(LONGEST_SPAN);
            for (end, cell) in (start..).zip(run) {
                sum += cell;
                if sum > best_sum {
                    (best, best_sum) = (Some((start, end)), sum);
                }
            }
        }
        let (start, end) = best?;
        Some(grams.cells[start].start..grams.cells[end].end)
    }
}

impl Seen {
    /// What a mix takes, with what the rules found.
    pub fn parts(&self, head: Head, rule: f64) -> [f32; 4] {
        let at = head as usize;
        let vector = self.vector.map_or(0.0, |logits| logits[at]);
        [self.whole[at], self.sentence[at], vector, rule as f32]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trained_weights_read_back() {
        let heads = Heads::trained();
        let again = Heads::from_bytes(heads.to_bytes().leak()).unwrap();
        let grams = Grams::of("I want to talk to a person");
        assert_eq!(heads.gram_logits(&grams), again.gram_logits(&grams));
    }

    #[test]
    fn a_broken_file_is_refused() {
        let bytes: &[u8] = Heads::trained().to_bytes().leak();
        for cut in [0, 3, 4, 100, bytes.len() - 1] {
            assert!(Heads::from_bytes(&bytes[..cut]).is_none(), "{cut}");
        }
    }
}
