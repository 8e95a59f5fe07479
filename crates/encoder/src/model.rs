//! The model's parts, whichever format they come in.

use std::io;

use crate::DIM;
use crate::forward::{Layer, Layers, Norm};
use crate::matrix::{BLOCK, Matrix, Rows};
use crate::source::{OpenError, Source, half};
use crate::tokenizer::Tokenizer;

/// Words that a model may have; XLM-R's vocabulary has 250,037.
pub const MOST_WORDS: usize = 4_000_000;

/// How big a model is.
pub struct Shape {
    pub layers: usize,
    /// Values of the widened middle of a layer.
    pub wide: usize,
    /// Places in a text.
    pub places: usize,
    /// Kinds of token; only the first is used.
    pub kinds: usize,
}

impl Shape {
    /// Refuses what no model of this family is, so that nothing absurd is set aside or packed.
    pub fn check(self, source: &Source) -> Result<Shape, OpenError> {
        let usual = (1..=64).contains(&self.layers)
            && (BLOCK..=16_384).contains(&self.wide)
            && self.wide.is_multiple_of(BLOCK)
            && (8..=8192).contains(&self.places)
            && (1..=64).contains(&self.kinds);
        if usual {
            Ok(self)
        } else {
            Err(source.malformed("its shape is not that of a small E5 model"))
        }
    }
}

/// How a word's vector is written.
#[derive(Clone, Copy)]
pub enum Coding {
    /// Blocks of 32: a 16-bit scale, then 16 bytes; byte `i` holds value `i` in its low and
    /// value `i + 16` in its high half, each with 8 added.
    FourBits,
    Half,
    Single,
}

impl Coding {
    /// Bytes of so many values.
    pub fn length(self, values: u64) -> u64 {
        match self {
            Coding::FourBits => values / BLOCK as u64 * 18,
            Coding::Half => values * 2,
            Coding::Single => values * 4,
        }
    }

    pub fn decode(self, bytes: &[u8], out: &mut [f32]) {
        match self {
            Coding::FourBits => {
                let blocks = bytes.as_chunks::<18>().0.iter();
                for (block, out) in blocks.zip(out.chunks_exact_mut(BLOCK)) {
                    let scale = half(u16::from_le_bytes([block[0], block[1]]));
                    for (value, weight) in out.iter_mut().zip(nibbles(block)) {
                        *value = f32::from(weight) * scale;
                    }
                }
            }
            Coding::Half => {
                for (value, bits) in out.iter_mut().zip(bytes.as_chunks::<2>().0) {
                    *value = half(u16::from_le_bytes(*bits));
                }
            }
            Coding::Single => {
                for (value, bits) in out.iter_mut().zip(bytes.as_chunks::<4>().0) {
                    *value = f32::from_le_bytes(*bits);
                }
            }
        }
    }
}

/// The 32 weights of a block of `Coding::FourBits`, each -8..=7.
pub fn nibbles(block: &[u8; 18]) -> [i8; BLOCK] {
    let mut weights = [0; BLOCK];
    for (i, byte) in block[2..].iter().enumerate() {
        weights[i] = (byte & 15) as i8 - 8;
        weights[i + BLOCK / 2] = (byte >> 4) as i8 - 8;
    }
    weights
}

/// The words' vectors. They stay in the file, where the system's cache holds those in use.
pub struct Words {
    pub source: Source,
    pub offset: u64,
    pub coding: Coding,
}

impl Words {
    /// One vector for each token, 384 floats each.
    pub fn read(&self, ids: &[u32]) -> io::Result<Vec<f32>> {
        let length = self.coding.length(DIM as u64);
        let mut words = vec![0.0; ids.len() * DIM];
        let mut bytes = vec![0; length as usize];
        for (id, word) in ids.iter().zip(words.chunks_exact_mut(DIM)) {
            let offset = self.offset + u64::from(*id) * length;
            self.source.fill(offset, &mut bytes)?;
            self.coding.decode(&bytes, word);
        }
        Ok(words)
    }
}

/// A model that was read.
pub struct Model {
    pub tokenizer: Tokenizer,
    pub words: Words,
    pub layers: Layers,
    pub places: usize,
}

/// The named parts of a model's file, by the names that `e5-small-q4.bin` gives them.
pub trait Parts {
    /// A list of `count` numbers.
    fn floats(&self, name: &str, count: usize) -> Result<Vec<f32>, OpenError>;
    /// A matrix.
    fn rows(&self, name: &str, outputs: usize, inputs: usize) -> Result<Rows, OpenError>;
}

/// Reads everything but the words.
pub fn read_layers(parts: &impl Parts, shape: &Shape) -> Result<Layers, OpenError> {
    let mut places = parts.floats("emb.pos", shape.places * DIM)?;
    let kinds = parts.floats("emb.type", shape.kinds * DIM)?;
    for place in places.chunks_exact_mut(DIM) {
        for (value, kind) in place.iter_mut().zip(&kinds) {
            *value += kind;
        }
    }
    let norm = |name: &str| {
        Ok(Norm {
            scale: parts.floats(&format!("{name}.w"), DIM)?,
            shift: parts.floats(&format!("{name}.b"), DIM)?,
        })
    };
    let matrix = |names: &[String], outputs: usize, inputs: usize| {
        let mut rows = Vec::new();
        let mut bias = Vec::new();
        for name in names {
            rows.push(parts.rows(&format!("{name}.w"), outputs, inputs)?);
            bias.extend(parts.floats(&format!("{name}.b"), outputs)?);
        }
        Ok(Matrix::pack(&rows, bias))
    };
    let layer = |number: usize| {
        let name = |part: &str| format!("l{number}.{part}");
        Ok(Layer {
            attend: matrix(&[name("q"), name("k"), name("v")], DIM, DIM)?,
            gather: matrix(&[name("ao")], DIM, DIM)?,
            after_attention: norm(&name("aln"))?,
            widen: matrix(&[name("fi")], shape.wide, DIM)?,
            narrow: matrix(&[name("fo")], DIM, shape.wide)?,
            after_widening: norm(&name("oln"))?,
        })
    };
    Ok(Layers {
        before: norm("emb.ln")?,
        layers: (0..shape.layers).map(layer).collect::<Result<_, _>>()?,
        places,
    })
}
