//! The format of `e5-small-q4.bin`: all numbers little-endian, no padding.
//!
//! ```text
//! "E5S1", u32 version 1
//! u32 × 7  width 384, layers, heads, wide, words, places, kinds
//! f32 epsilon, u32 block 32
//! u32 × 5  pieces, start, end, padding, unknown; u64 length of the pieces' text
//! u32 × (pieces + 1) offsets, f32 × pieces scores, the text
//! u32 entries, u32 length of a normalisation table (not used: see tokenizer.rs), the table
//! u32 tensors, then each: u16 length and name, u8 kind (0 f32, 1 four bits),
//!                         u32 values, u64 offset in the file, u64 length
//! ```

use std::collections::HashMap;
use std::path::Path;

use crate::DIM;
use crate::forward::{HEAD, Layers};
use crate::matrix::{BLOCK, Rows};
use crate::model::{Coding, MOST_WORDS, Model, Parts, Shape, Words, nibbles, read_layers};
use crate::source::{OpenError, Reader, Source, f32s, half, u32s};
use crate::tokenizer::{Specials, Tokenizer};

/// Reads a model, and its file's SHA-256, which is worked out beside the reading.
pub fn read(path: &Path) -> Result<(Model, String), OpenError> {
    let source = Source::open(path)?;
    let (model, fingerprint) = std::thread::scope(|scope| {
        let fingerprint = scope.spawn(|| source.fingerprint());
        let model = read_parts(&source);
        let fingerprint = fingerprint.join().expect("a checksum takes any bytes");
        (model, fingerprint)
    });
    let parts = model?;
    let model = Model {
        tokenizer: parts.tokenizer,
        layers: parts.layers,
        places: parts.places,
        words: Words {
            source,
            offset: parts.words_at,
            coding: parts.coding,
        },
    };
    Ok((model, fingerprint?))
}

/// A model without its words.
struct Read {
    tokenizer: Tokenizer,
    layers: Layers,
    places: usize,
    words_at: u64,
    coding: Coding,
}

fn read_parts(source: &Source) -> Result<Read, OpenError> {
    let mut reader = Reader::new(source);
    let magic = reader.bytes(4)?;
    if magic != b"E5S1" || reader.u32()? != 1 {
        return Err(source.malformed("it is not an `e5-small-q4.bin`"));
    }
    let (shape, words) = read_shape(source, &mut reader)?;
    let tokenizer = read_tokenizer(source, &mut reader, words)?;
    let tensors = Tensors::read(source, &mut reader)?;
    let layers = read_layers(&tensors, &shape)?;
    let (kind, offset) = tensors.find("emb.word", words * DIM)?;
    let coding = match kind {
        0 => Coding::Single,
        _ => Coding::FourBits,
    };
    Ok(Read {
        tokenizer,
        layers,
        places: shape.places,
        words_at: offset,
        coding,
    })
}

fn read_shape(source: &Source, reader: &mut Reader) -> Result<(Shape, usize), OpenError> {
    let mut numbers = [0; 7];
    for number in &mut numbers {
        *number = reader.u32()? as usize;
    }
    let [width, layers, heads, wide, words, places, kinds] = numbers;
    let epsilon = f32::from_bits(reader.u32()?);
    let block = reader.u32()? as usize;
    let expected = width == DIM && heads == DIM / HEAD && block == BLOCK && epsilon < 1e-6;
    if !expected || words > MOST_WORDS {
        return Err(source.malformed("its shape is not that of a small E5 model"));
    }
    let shape = Shape {
        layers,
        wide,
        places,
        kinds,
    };
    Ok((shape.check(source)?, words))
}

fn read_tokenizer(
    source: &Source,
    reader: &mut Reader,
    words: usize,
) -> Result<Tokenizer, OpenError> {
    let pieces = u64::from(reader.u32()?);
    let [start, end, padding, unknown] =
        [reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?];
    if pieces > words as u64 {
        return Err(source.malformed("it has more pieces than words"));
    }
    let length = reader.u64()?;
    let starts = u32s(&reader.bytes((pieces + 1) * 4)?);
    let scores = f32s(&reader.bytes(pieces * 4)?);
    let bytes = reader.bytes(length)?;
    let mut reserved = vec![start, end, padding, unknown];
    if bytes.ends_with(b"<mask>") {
        reserved.push(pieces.saturating_sub(1) as u32);
    }
    let _entries = reader.u32()?;
    let table = reader.u32()?;
    reader.skip(u64::from(table))?;
    let specials = Specials {
        start,
        end,
        unknown,
        reserved,
    };
    Tokenizer::new(bytes, starts, scores, specials).map_err(|fault| source.malformed(fault))
}

struct Tensor {
    kind: u8,
    values: u64,
    offset: u64,
    length: u64,
}

struct Tensors<'a> {
    source: &'a Source,
    by_name: HashMap<Vec<u8>, Tensor>,
}

impl<'a> Tensors<'a> {
    fn read(source: &'a Source, reader: &mut Reader) -> Result<Tensors<'a>, OpenError> {
        let mut by_name = HashMap::new();
        for _ in 0..reader.u32()? {
            let length = reader.u16()?;
            let name = reader.bytes(u64::from(length))?;
            let tensor = Tensor {
                kind: reader.u8()?,
                values: u64::from(reader.u32()?),
                offset: reader.u64()?,
                length: reader.u64()?,
            };
            by_name.insert(name, tensor);
        }
        Ok(Tensors { source, by_name })
    }

    /// Kind and offset of a tensor that is there in full.
    fn find(&self, name: &str, values: usize) -> Result<(u8, u64), OpenError> {
        let tensor = self.by_name.get(name.as_bytes());
        let tensor =
            tensor.ok_or_else(|| self.source.malformed(format!("it has no part `{name}`")))?;
        let coding = match tensor.kind {
            0 => Coding::Single,
            1 => Coding::FourBits,
            _ => {
                return Err(self
                    .source
                    .malformed(format!("`{name}` is of no known kind")));
            }
        };
        let length = coding.length(values as u64);
        let end = tensor.offset.checked_add(length);
        let fits = end.is_some_and(|end| end <= self.source.length());
        if tensor.values != values as u64 || tensor.length != length || !fits {
            return Err(self.source.malformed(format!("`{name}` is not complete")));
        }
        Ok((tensor.kind, tensor.offset))
    }
}

impl Parts for Tensors<'_> {
    fn floats(&self, name: &str, count: usize) -> Result<Vec<f32>, OpenError> {
        match self.find(name, count)? {
            (0, offset) => Ok(f32s(&self.source.read(offset, count as u64 * 4)?)),
            _ => Err(self
                .source
                .malformed(format!("`{name}` is of a wrong kind"))),
        }
    }

    fn rows(&self, name: &str, outputs: usize, inputs: usize) -> Result<Rows, OpenError> {
        let (kind, offset) = self.find(name, outputs * inputs)?;
        if kind == 0 {
            let floats = f32s(&self.source.read(offset, (outputs * inputs * 4) as u64)?);
            return Ok(Rows::round(&floats, inputs));
        }
        let length = Coding::FourBits.length((outputs * inputs) as u64);
        let bytes = self.source.read(offset, length)?;
        let (blocks, _) = bytes.as_chunks::<18>();
        let scale = |block: &[u8; 18]| half(u16::from_le_bytes([block[0], block[1]]));
        Ok(Rows {
            inputs,
            weights: blocks.iter().flat_map(nibbles).collect(),
            scales: blocks.iter().map(scale).collect(),
        })
    }
}
