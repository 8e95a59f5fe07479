//! An adapter: what our own labels changed in the upper layers, as small matrices.
//!
//! The model's vectors serve for finding articles; what somebody wants and feels lies nearer
//! together in them than it should. An adapter changes what the layers from `first_layer` on
//! make of a text; the layers below are shared, so both cost less than two encoders. All
//! numbers little-endian, no padding:
//!
//! ```text
//! "SGA1", u32 length of the header, the header as JSON:
//!   model        SHA-256 (hex) of the `e5-small-q4.bin` that it was trained on
//!   first_layer  the first layer that is changed; layers: how many the model has
//!   rank, scale
//! for each layer from first_layer on, for each of q, k, v, ao, fi, fo:
//!   A, rank × inputs, then B, outputs × rank, as 16-bit floats, row by row
//! ```
//!
//! A matrix W becomes W + scale · B · A (low-rank adaptation, Hu et al. 2021); biases and
//! normalisations stay. The sum is never written out: the narrow product B · (A · x) is added
//! to W · x, which takes an eighth of the memory and rounds W no second time.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::forward::Layer;
use crate::matrix::{BLOCK, Matrix, Rows};
use crate::source::{half, hex};

/// The highest rank: above it, whole matrices would be smaller.
const MOST_RANK: usize = 192;

/// The largest number of an adapter, its scale included: far above any of a trained one, and far
/// below what would make sums overflow and the vectors zeros.
const LARGEST: f32 = 1000.0;

/// Why an adapter was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AdaptError {
    /// It is not an adapter, or a damaged one.
    #[error("the adapter of the sentence model is not usable: {fault}; export it again")]
    Malformed {
        /// What is wrong with it.
        fault: String,
    },
    /// It was trained on another model.
    #[error(
        "the adapter was trained on the sentence model {trained_on} and this one is {opened}; \
         install that one with `segue model install`"
    )]
    OtherModel {
        /// The SHA-256 of the model that it belongs to.
        trained_on: String,
        /// The SHA-256 of the model that is open.
        opened: String,
    },
}

fn malformed(fault: impl Into<String>) -> AdaptError {
    AdaptError::Malformed {
        fault: fault.into(),
    }
}

/// What an adapter changes in the upper layers; the plain ones stay as they are.
pub struct Adapted {
    /// How many layers come before; fewer than there are.
    pub first_layer: usize,
    /// The changes of the others.
    pub layers: Vec<LayerChange>,
    /// The SHA-256 of the adapter's file, in hex.
    pub fingerprint: String,
}

/// The changes of one layer's matrices.
pub struct LayerChange {
    pub attend: Change,
    pub gather: Change,
    pub widen: Change,
    pub narrow: Change,
}

/// What is added to one matrix's product.
pub struct Change {
    /// A: from the matrix's inputs to a few numbers.
    pub down: Matrix,
    /// scale · B: from those to the matrix's outputs.
    pub up: Matrix,
}

#[derive(Deserialize)]
struct Header {
    model: String,
    first_layer: usize,
    layers: usize,
    rank: usize,
    scale: f32,
}

/// An adapter whose header fits the model.
pub struct Adapter<'a> {
    header: Header,
    /// The matrices that are still to be read.
    data: &'a [u8],
    fingerprint: String,
}

impl<'a> Adapter<'a> {
    /// Reads the header and makes sure that the matrices are there in full for such `layers`.
    pub fn read(bytes: &'a [u8], layers: &[Layer]) -> Result<Adapter<'a>, AdaptError> {
        let short = || malformed("it ends too early");
        let rest = bytes.strip_prefix(b"SGA1");
        let rest = rest.ok_or_else(|| malformed("it does not begin with `SGA1`"))?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(short)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (header, data) = rest.split_at_checked(length).ok_or_else(short)?;
        let header: Header = serde_json::from_slice(header)
            .map_err(|error| malformed(format!("its header: {error}")))?;
        if header.layers != layers.len() || header.first_layer >= header.layers {
            return Err(malformed("its layers are not those of this model"));
        }
        if !(1..=MOST_RANK).contains(&header.rank) || !header.scale.is_finite() {
            return Err(malformed("its rank or scale is out of range"));
        }
        let values: usize = layers[header.first_layer..].iter().map(sides).sum();
        match data.len().cmp(&(values * header.rank * 2)) {
            std::cmp::Ordering::Less => Err(short()),
            std::cmp::Ordering::Equal => Ok(Adapter {
                header,
                data,
                fingerprint: hex(&Sha256::digest(bytes)),
            }),
            std::cmp::Ordering::Greater => Err(malformed("it goes on after its last matrix")),
        }
    }

    /// Refuses any model but the one that it was trained on.
    pub fn check_model(&self, fingerprint: &str) -> Result<(), AdaptError> {
        if self.header.model.eq_ignore_ascii_case(fingerprint) {
            return Ok(());
        }
        Err(AdaptError::OtherModel {
            trained_on: self.header.model.clone(),
            opened: fingerprint.to_owned(),
        })
    }

    /// Reads the changes of the `plain` layers that `read` was given.
    pub fn apply(mut self, plain: &[Layer]) -> Result<Adapted, AdaptError> {
        let changed = &plain[self.header.first_layer..];
        let layers: Result<_, _> = changed.iter().map(|layer| self.layer(layer)).collect();
        Ok(Adapted {
            first_layer: self.header.first_layer,
            layers: layers?,
            fingerprint: self.fingerprint,
        })
    }

    fn layer(&mut self, layer: &Layer) -> Result<LayerChange, AdaptError> {
        let [attend, gather, widen, narrow] = layer.matrices();
        Ok(LayerChange {
            attend: self.change(attend)?,
            gather: self.change(gather)?,
            widen: self.change(widen)?,
            narrow: self.change(narrow)?,
        })
    }

    /// The change of a matrix, which has so many parts stacked on each other. Each part has an A
    /// and a B; side by side, each B minds only the numbers of its own A.
    fn change(&mut self, (matrix, parts): (&Matrix, usize)) -> Result<Change, AdaptError> {
        let Header { rank, scale, .. } = self.header;
        let (inputs, outputs) = (matrix.inputs, matrix.outputs / parts);
        // A packed matrix has a multiple of 32 rows and inputs; the rest is zeros.
        let between = (parts * rank).next_multiple_of(BLOCK);
        let mut down = Vec::with_capacity(between * inputs);
        let mut up = vec![0.0; matrix.outputs * between];
        for (part, rows) in up.chunks_exact_mut(outputs * between).enumerate() {
            take(&mut self.data, rank * inputs, 1.0, &mut down)?;
            let mut b = Vec::with_capacity(outputs * rank);
            take(&mut self.data, outputs * rank, scale, &mut b)?;
            for (row, b) in rows.chunks_exact_mut(between).zip(b.chunks_exact(rank)) {
                row[part * rank..][..rank].copy_from_slice(b);
            }
        }
        down.resize(between * inputs, 0.0);
        Ok(Change {
            down: Matrix::pack(&[Rows::round(&down, inputs)], vec![0.0; between]),
            up: Matrix::pack(&[Rows::round(&up, between)], vec![0.0; matrix.outputs]),
        })
    }
}

/// How many values A and B of a layer's matrices have for each rank; stacked parts each have
/// their own A.
fn sides(layer: &Layer) -> usize {
    let parts = layer.matrices();
    parts
        .map(|(matrix, parts)| parts * matrix.inputs + matrix.outputs)
        .iter()
        .sum()
}

/// Takes `count` numbers off the data and adds them, times `scale`, to `out`.
fn take(data: &mut &[u8], count: usize, scale: f32, out: &mut Vec<f32>) -> Result<(), AdaptError> {
    let taken = data.split_at_checked(count * 2);
    let (taken, rest) = taken.ok_or_else(|| malformed("it ends too early"))?;
    *data = rest;
    for bits in taken.as_chunks::<2>().0 {
        let value = half(u16::from_le_bytes(*bits));
        if !value.is_finite() {
            return Err(malformed("it holds numbers that are not finite"));
        }
        if (value * scale).abs() > LARGEST {
            return Err(malformed("its changes are too large"));
        }
        out.push(value * scale);
    }
    Ok(())
}
