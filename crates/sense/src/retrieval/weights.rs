//! Written by `segue-evals retrieval --train`; do not edit.

use super::Blend;
use super::answerable::{FEATURES, Weights};

/// What a score is blended of.
pub const BLEND: Blend = Blend {
    passage: 1.000,
    question: 0.000,
    words: 0.600,
    words_if_short: 0.800,
    each: 0.500,
};

#[rustfmt::skip]
pub(super) const WITH_VECTORS: Weights = [
    0.935,
    0.000,
    0.000,
    0.000,
    0.000,
    4.366,
    0.000,
    0.000,
    0.000,
    2.450,
    -4.393,
];

#[rustfmt::skip]
pub(super) const LEXICAL: Weights = [
    0.397,
    1.662,
    1.731,
    2.295,
    0.000,
    0.000,
    0.000,
    0.000,
    0.000,
    0.000,
    -2.429,
];

const _: () = assert!(FEATURES == 10);
