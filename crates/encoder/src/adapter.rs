//! An adapter: what our own labels changed in the upper layers, as small matrices.
//!
//! The model's vectors serve for finding articles; what somebody wants and feels lies nearer
//! together in them than it should. An adapter turns the layers from `first_layer` on into
//! ones that tell such things apart; the layers below are shared, so both cost less than two
//! encoders. All numbers little-endian, no padding:
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
//! normalisations stay.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::forward::Layer;
use crate::kernel::{Processor, Work};
use crate::matrix::{Matrix, Rows};
use crate::source::{half, hex};

/// The highest rank: above it, whole matrices would be smaller.
const MOST_RANK: usize = 192;

/// The largest changed weight: far above any of a model, and far below what would make its
/// sums overflow and the vectors zeros.
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

/// The upper layers with the adapter's changes; the plain ones stay beside them.
pub struct Adapted {
    /// How many plain layers come before; fewer than there are.
    pub first_layer: usize,
    pub layers: Vec<Layer>,
    /// The SHA-256 of the adapter's file, in hex.
    pub fingerprint: String,
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

    /// Makes the changed layers out of the plain ones that `read` was given, on as many
    /// threads as there are processors.
    pub fn apply(self, processor: Processor, plain: &[Layer]) -> Result<Adapted, AdaptError> {
        let plain = &plain[self.header.first_layer..];
        let mut data = self.data;
        let mut work = Vec::with_capacity(plain.len());
        for layer in plain {
            let (own, rest) = data.split_at(sides(layer) * self.header.rank * 2);
            work.push((layer, own));
            data = rest;
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = plain.len().div_ceil(threads);
        let change = |part: &[(&Layer, &[u8])]| -> Result<Vec<Layer>, AdaptError> {
            let layers = part.iter();
            layers
                .map(|(layer, data)| self.change(processor, layer, data))
                .collect()
        };
        let parts: Vec<_> = std::thread::scope(|scope| {
            let parts: Vec<_> = work
                .chunks(share)
                .map(|part| scope.spawn(|| change(part)))
                .collect();
            let ended = parts.into_iter().map(|part| part.join());
            ended
                .map(|part| part.expect("lengths were checked"))
                .collect()
        });
        let layers: Result<Vec<_>, _> = parts.into_iter().collect();
        Ok(Adapted {
            first_layer: self.header.first_layer,
            layers: layers?.into_iter().flatten().collect(),
            fingerprint: self.fingerprint,
        })
    }

    fn change(
        &self,
        processor: Processor,
        layer: &Layer,
        mut data: &[u8],
    ) -> Result<Layer, AdaptError> {
        let mut add = |matrix| self.add(processor, matrix, &mut data);
        let [attend, gather, widen, narrow] = layer.matrices();
        Ok(Layer {
            attend: add(attend)?,
            gather: add(gather)?,
            after_attention: layer.after_attention.clone(),
            widen: add(widen)?,
            narrow: add(narrow)?,
            after_widening: layer.after_widening.clone(),
        })
    }

    /// The matrix, which has so many parts stacked on each other, with its changes added.
    fn add(
        &self,
        processor: Processor,
        (matrix, parts): (&Matrix, usize),
        data: &mut &[u8],
    ) -> Result<Matrix, AdaptError> {
        let Header { rank, scale, .. } = self.header;
        let outputs = matrix.outputs / parts;
        let mut stacked = Vec::with_capacity(parts);
        for part in 0..parts {
            let a = take(data, rank * matrix.inputs)?;
            let b = take(data, outputs * rank)?;
            let mut rows = None;
            processor.run(Sum {
                matrix,
                first: part * outputs,
                a: &a,
                b: &b,
                rank,
                scale,
                rows: &mut rows,
            });
            stacked.push(rows.ok_or_else(|| malformed("its changes are too large"))?);
        }
        Ok(Matrix::pack(&stacked, matrix.bias.clone()))
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

fn take(data: &mut &[u8], count: usize) -> Result<Vec<f32>, AdaptError> {
    let taken = data.split_at_checked(count * 2);
    let (taken, rest) = taken.ok_or_else(|| malformed("it ends too early"))?;
    *data = rest;
    let (pairs, _) = taken.as_chunks::<2>();
    let values: Vec<f32> = pairs
        .iter()
        .map(|bits| half(u16::from_le_bytes(*bits)))
        .collect();
    if !values.iter().all(|value| value.is_finite()) {
        return Err(malformed("it holds numbers that are not finite"));
    }
    Ok(values)
}

/// Works out W + scale · B · A for the rows of one part.
struct Sum<'a> {
    matrix: &'a Matrix,
    /// The part's first row.
    first: usize,
    a: &'a [f32],
    b: &'a [f32],
    rank: usize,
    scale: f32,
    /// What comes out; nothing where a sum is too large, or no number any more.
    rows: &'a mut Option<Rows>,
}

impl Work for Sum<'_> {
    #[inline(always)]
    fn run(self) {
        let inputs = self.matrix.inputs;
        let mut values = vec![0.0; self.b.len() / self.rank * inputs];
        let rows = values.chunks_exact_mut(inputs);
        for (output, (row, b)) in rows.zip(self.b.chunks_exact(self.rank)).enumerate() {
            self.matrix.unpack(self.first + output, row);
            for (a, b) in self.a.chunks_exact(inputs).zip(b) {
                let times = self.scale * b;
                for (value, a) in row.iter_mut().zip(a) {
                    *value += times * a;
                }
            }
        }
        if values.iter().all(|value| value.abs() <= LARGEST) {
            *self.rows = Some(Rows::round(&values, inputs));
        }
    }
}
