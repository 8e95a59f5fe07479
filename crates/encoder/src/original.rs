//! The model as its makers publish it: a folder with `model.safetensors` (32 or 16 bits) and
//! `tokenizer.json`.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use crate::DIM;
use crate::matrix::Rows;
use crate::model::{Coding, MOST_WORDS, Model, Parts, Shape, Words, read_layers};
use crate::source::{OpenError, Reader, Source};
use crate::tokenizer::{Specials, Tokenizer};

/// Reads a model, and the SHA-256 of its weights.
pub fn read(folder: &Path) -> Result<(Model, String), OpenError> {
    let tokenizer = read_tokenizer(&folder.join("tokenizer.json"))?;
    let source = Source::open(&folder.join("model.safetensors"))?;
    let fingerprint = source.fingerprint()?;
    let tensors = Tensors::read(&source)?;
    let side = |name: &str, side: usize| {
        let tensor = tensors.find(name)?;
        let size = tensor.shape.get(side).copied().unwrap_or(0);
        Ok(usize::try_from(size).unwrap_or(usize::MAX))
    };
    let is_there = |layer: &usize| tensors.find(&format!("l{layer}.q.w")).is_ok();
    let shape = Shape {
        layers: (0..65).take_while(is_there).count(),
        wide: side("l0.fi.w", 0)?,
        places: side("emb.pos", 0)?,
        kinds: side("emb.type", 0)?,
    };
    let shape = shape.check(&source)?;
    let layers = read_layers(&tensors, &shape)?;
    let count = side("emb.word", 0)?;
    if count < tokenizer.pieces() {
        return Err(source.malformed("its tokenizer has more pieces than it has words"));
    }
    if count > MOST_WORDS {
        return Err(source.malformed("it has too many words"));
    }
    let (coding, offset) = tensors.place("emb.word", count * DIM)?;
    let model = Model {
        tokenizer,
        layers,
        places: shape.places,
        words: Words {
            source,
            offset,
            coding,
        },
    };
    Ok((model, fingerprint))
}

#[derive(Deserialize)]
struct Tensor {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

struct Tensors<'a> {
    source: &'a Source,
    by_name: HashMap<String, Tensor>,
    /// Where the data begin.
    data: u64,
}

impl<'a> Tensors<'a> {
    fn read(source: &'a Source) -> Result<Tensors<'a>, OpenError> {
        let mut reader = Reader::new(source);
        let length = reader.u64()?;
        // The header of the published model has 25 kB.
        if length > 16 << 20 {
            return Err(source.malformed("its header is too long"));
        }
        let header = reader.bytes(length)?;
        let header: HashMap<String, serde_json::Value> = serde_json::from_slice(&header)
            .map_err(|error| source.malformed(format!("its header is not JSON: {error}")))?;
        let mut by_name = HashMap::new();
        for (name, value) in header {
            if name == "__metadata__" {
                continue;
            }
            let tensor = serde_json::from_value(value)
                .map_err(|error| source.malformed(format!("its tensor `{name}`: {error}")))?;
            let name = name.strip_prefix("bert.").unwrap_or(&name).to_owned();
            by_name.insert(name, tensor);
        }
        Ok(Tensors {
            source,
            by_name,
            data: 8 + length,
        })
    }

    fn find(&self, name: &str) -> Result<&Tensor, OpenError> {
        let published = published_name(name);
        let tensor = self.by_name.get(&published);
        tensor.ok_or_else(|| {
            self.source
                .malformed(format!("it has no tensor `{published}`"))
        })
    }

    /// Coding and offset of a tensor that is there in full.
    fn place(&self, name: &str, values: usize) -> Result<(Coding, u64), OpenError> {
        let tensor = self.find(name)?;
        let coding = match tensor.dtype.as_str() {
            "F32" => Coding::Single,
            "F16" => Coding::Half,
            other => {
                let fault = format!("`{name}` is {other}, not F32 or F16");
                return Err(self.source.malformed(fault));
            }
        };
        let [begin, end] = tensor.data_offsets;
        let shape = tensor
            .shape
            .iter()
            .try_fold(1_u64, |all, side| all.checked_mul(*side));
        let whole = end.checked_sub(begin) == Some(coding.length(values as u64))
            && shape == Some(values as u64)
            && end <= self.source.length().saturating_sub(self.data);
        if !whole {
            return Err(self.source.malformed(format!("`{name}` is not complete")));
        }
        Ok((coding, self.data + begin))
    }
}

impl Parts for Tensors<'_> {
    fn floats(&self, name: &str, count: usize) -> Result<Vec<f32>, OpenError> {
        let (coding, offset) = self.place(name, count)?;
        let bytes = self.source.read(offset, coding.length(count as u64))?;
        let mut floats = vec![0.0; count];
        coding.decode(&bytes, &mut floats);
        Ok(floats)
    }

    fn rows(&self, name: &str, outputs: usize, inputs: usize) -> Result<Rows, OpenError> {
        Ok(Rows::round(&self.floats(name, outputs * inputs)?, inputs))
    }
}

/// What the makers call a part.
fn published_name(name: &str) -> String {
    let (layer, part) = name.split_once('.').unwrap_or((name, ""));
    let (part, kind) = part.rsplit_once('.').unwrap_or((part, "w"));
    let kind = if kind == "b" { "bias" } else { "weight" };
    let part = match (layer, part) {
        ("emb", "ln") => "LayerNorm",
        ("emb", "word") => "word_embeddings",
        ("emb", "pos") => "position_embeddings",
        ("emb", _) => "token_type_embeddings",
        (_, "q") => "attention.self.query",
        (_, "k") => "attention.self.key",
        (_, "v") => "attention.self.value",
        (_, "ao") => "attention.output.dense",
        (_, "aln") => "attention.output.LayerNorm",
        (_, "fi") => "intermediate.dense",
        (_, "fo") => "output.dense",
        (_, _) => "output.LayerNorm",
    };
    match layer.strip_prefix('l') {
        Some(number) => format!("encoder.layer.{number}.{part}.{kind}"),
        None => format!("embeddings.{part}.{kind}"),
    }
}

#[derive(Deserialize)]
struct TokenizerFile {
    model: Unigram,
    #[serde(default)]
    added_tokens: Vec<Added>,
}

#[derive(Deserialize)]
struct Unigram {
    unk_id: u32,
    vocab: Vec<(String, f32)>,
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
}

fn read_tokenizer(path: &Path) -> Result<Tokenizer, OpenError> {
    let source = Source::open(path)?;
    // The published one has 17 MB.
    if source.length() > 256 << 20 {
        return Err(source.malformed("it is too long"));
    }
    let bytes = source.read(0, source.length())?;
    let file: TokenizerFile = serde_json::from_slice(&bytes)
        .map_err(|error| source.malformed(format!("it has no unigram vocabulary: {error}")))?;
    let id = |content: &str| {
        let added = file.added_tokens.iter().find(|a| a.content == content);
        added
            .map(|added| added.id)
            .ok_or_else(|| source.malformed(format!("it has no token {content}")))
    };
    let specials = Specials {
        start: id("<s>")?,
        end: id("</s>")?,
        unknown: file.model.unk_id,
        reserved: file.added_tokens.iter().map(|added| added.id).collect(),
    };
    let mut text = Vec::new();
    let mut starts = vec![0];
    for (piece, _) in &file.model.vocab {
        text.extend(piece.as_bytes());
        starts.push(text.len() as u32);
    }
    let scores = file.model.vocab.iter().map(|(_, score)| *score).collect();
    Tokenizer::new(text, starts, scores, specials).map_err(|fault| source.malformed(fault))
}
