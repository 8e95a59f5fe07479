//! Writes a tiny model, in both formats.

use std::path::PathBuf;

use segue_encoder::{DIM, Encoder};

pub const WIDE: usize = 64;
const PLACES: usize = 512;
pub const LAYERS: usize = 2;
const PIECES: [&str; 16] = [
    "<s>", "<pad>", "</s>", "<unk>", "▁", "▁que", "ry", ":", "▁pass", "age", "a", "b", "▁order",
    "▁the", "é", "<mask>",
];

/// The parts that are matrices, as (name, published name, outputs, inputs).
pub const MATRICES: [(&str, &str, usize, usize); 6] = [
    ("q", "attention.self.query", DIM, DIM),
    ("k", "attention.self.key", DIM, DIM),
    ("v", "attention.self.value", DIM, DIM),
    ("ao", "attention.output.dense", DIM, DIM),
    ("fi", "intermediate.dense", WIDE, DIM),
    ("fo", "output.dense", DIM, WIDE),
];

enum Data {
    Floats(Vec<f32>),
    /// Blocks of a 16-bit 1.0 or 0.5 and 16 bytes.
    FourBits(Vec<u8>),
}

struct Tensor {
    name: String,
    published: String,
    shape: Vec<usize>,
    data: Data,
}

/// A generator of numbers that are the same in every run.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.0 >> 33
    }

    fn floats(&mut self, count: usize, around: f32) -> Vec<f32> {
        let mut one = || around + (self.next() % 2001) as f32 / 10_000.0 - 0.1;
        (0..count).map(|_| one()).collect()
    }

    fn four_bits(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..count / 32 {
            // 2⁻⁶ and 2⁻⁷.
            let scale: u16 = if self.next().is_multiple_of(2) {
                0x2400
            } else {
                0x2000
            };
            bytes.extend(scale.to_le_bytes());
            bytes.extend((0..16).map(|_| self.next() as u8));
        }
        bytes
    }
}

fn tensors() -> Vec<Tensor> {
    let mut numbers = Numbers(7);
    let mut all = Vec::new();
    let mut add = |name: &str, published: String, shape: &[usize], data: Data| {
        let (name, shape) = (name.to_owned(), shape.to_vec());
        all.push(Tensor {
            name,
            published,
            shape,
            data,
        });
    };
    let words = Data::FourBits(numbers.four_bits(PIECES.len() * DIM));
    let embedding = |part: &str| format!("embeddings.{part}");
    add(
        "emb.word",
        embedding("word_embeddings.weight"),
        &[PIECES.len(), DIM],
        words,
    );
    let places = Data::Floats(numbers.floats(PLACES * DIM, 0.0));
    add(
        "emb.pos",
        embedding("position_embeddings.weight"),
        &[PLACES, DIM],
        places,
    );
    let kinds = Data::Floats(numbers.floats(2 * DIM, 0.0));
    add(
        "emb.type",
        embedding("token_type_embeddings.weight"),
        &[2, DIM],
        kinds,
    );
    let scale = Data::Floats(numbers.floats(DIM, 1.0));
    add("emb.ln.w", embedding("LayerNorm.weight"), &[DIM], scale);
    let shift = Data::Floats(numbers.floats(DIM, 0.0));
    add("emb.ln.b", embedding("LayerNorm.bias"), &[DIM], shift);
    for layer in 0..LAYERS {
        let published = |part: &str, kind: &str| format!("encoder.layer.{layer}.{part}.{kind}");
        for (name, part, outputs, inputs) in MATRICES {
            let weights = Data::FourBits(numbers.four_bits(outputs * inputs));
            let name = format!("l{layer}.{name}");
            add(
                &format!("{name}.w"),
                published(part, "weight"),
                &[outputs, inputs],
                weights,
            );
            let bias = Data::Floats(numbers.floats(outputs, 0.0));
            add(
                &format!("{name}.b"),
                published(part, "bias"),
                &[outputs],
                bias,
            );
        }
        for (name, part) in [
            ("aln", "attention.output.LayerNorm"),
            ("oln", "output.LayerNorm"),
        ] {
            let name = format!("l{layer}.{name}");
            let scale = Data::Floats(numbers.floats(DIM, 1.0));
            add(
                &format!("{name}.w"),
                published(part, "weight"),
                &[DIM],
                scale,
            );
            let shift = Data::Floats(numbers.floats(DIM, 0.0));
            add(&format!("{name}.b"), published(part, "bias"), &[DIM], shift);
        }
    }
    all
}

fn score(piece: usize) -> f32 {
    -(piece as f32)
}

fn le(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

/// The bytes of an `e5-small-q4.bin`.
pub fn q4_file() -> Vec<u8> {
    let count = PIECES.len() as u32;
    let mut file = b"E5S1".to_vec();
    file.extend(le(&[
        1,
        384,
        LAYERS as u32,
        12,
        WIDE as u32,
        count,
        PLACES as u32,
        2,
    ]));
    file.extend(1e-12_f32.to_le_bytes());
    file.extend(le(&[32, count, 0, 2, 1, 3]));
    let text: String = PIECES.concat();
    file.extend((text.len() as u64).to_le_bytes());
    let mut end = 0;
    let ends = PIECES.map(|piece| {
        end += piece.len() as u32;
        end
    });
    file.extend(le(&[0]));
    file.extend(le(&ends));
    file.extend((0..PIECES.len()).flat_map(|piece| score(piece).to_le_bytes()));
    file.extend(text.as_bytes());
    // One entry of a normalisation table: U+0009 is a space.
    file.extend(le(&[1, 9, 9]));
    file.extend([1]);
    file.extend(le(&[32]));
    let tensors = tensors();
    file.extend(le(&[tensors.len() as u32]));
    let head: usize = tensors.iter().map(|t| t.name.len() + 23).sum();
    let mut offset = file.len() + head;
    let mut data = Vec::new();
    for tensor in &tensors {
        let bytes = match &tensor.data {
            Data::Floats(floats) => floats.iter().flat_map(|f| f.to_le_bytes()).collect(),
            Data::FourBits(bytes) => bytes.clone(),
        };
        file.extend((tensor.name.len() as u16).to_le_bytes());
        file.extend(tensor.name.as_bytes());
        file.push(matches!(tensor.data, Data::FourBits(_)).into());
        file.extend(le(&[tensor.shape.iter().product::<usize>() as u32]));
        file.extend((offset as u64).to_le_bytes());
        file.extend((bytes.len() as u64).to_le_bytes());
        offset += bytes.len();
        data.extend(bytes);
    }
    file.extend(data);
    file
}

fn plain(data: &Data) -> Vec<f32> {
    match data {
        Data::Floats(floats) => floats.clone(),
        Data::FourBits(bytes) => {
            let mut floats = Vec::new();
            for block in bytes.chunks(18) {
                let scale = if block[1] == 0x24 {
                    1.0 / 64.0
                } else {
                    1.0 / 128.0
                };
                let low = block[2..].iter().map(|byte| byte & 15);
                let high = block[2..].iter().map(|byte| byte >> 4);
                floats.extend(low.chain(high).map(|w| (f32::from(w) - 8.0) * scale));
            }
            floats
        }
    }
}

/// `tokenizer.json` and `model.safetensors` of the same model.
pub fn original_files() -> (String, Vec<u8>) {
    changed_files(|_, _| ())
}

/// The same with changes to the values of some parts, which `change` is given by name.
pub fn changed_files(change: impl Fn(&str, &mut [f32])) -> (String, Vec<u8>) {
    let vocab: Vec<_> = PIECES
        .iter()
        .enumerate()
        .map(|(i, p)| (*p, score(i)))
        .collect();
    let added: Vec<_> = [0, 1, 2, 3, 15]
        .map(|id: usize| serde_json::json!({"id": id, "content": PIECES[id]}))
        .into();
    let tokenizer = serde_json::json!({
        "added_tokens": added,
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocab},
    });
    let mut header = serde_json::Map::new();
    let mut data: Vec<u8> = Vec::new();
    for tensor in tensors() {
        let begin = data.len();
        let mut values = plain(&tensor.data);
        change(&tensor.name, &mut values);
        data.extend(values.iter().flat_map(|f| f.to_le_bytes()));
        let entry = serde_json::json!({
            "dtype": "F32", "shape": tensor.shape, "data_offsets": [begin, data.len()],
        });
        header.insert(tensor.published, entry);
    }
    header.insert("__metadata__".into(), serde_json::json!({"format": "pt"}));
    let header = serde_json::Value::from(header).to_string();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(data);
    (tokenizer.to_string(), file)
}

/// A path that is removed at the end.
pub struct Temporary(pub PathBuf);

impl Temporary {
    pub fn file(name: &str, bytes: &[u8]) -> Temporary {
        let name = format!("segue-encoder-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).unwrap();
        Temporary(path)
    }

    pub fn folder(name: &str, tokenizer: &str, weights: &[u8]) -> Temporary {
        let name = format!("segue-encoder-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("tokenizer.json"), tokenizer).unwrap();
        std::fs::write(path.join("model.safetensors"), weights).unwrap();
        Temporary(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = match self.0.is_dir() {
            true => std::fs::remove_dir_all(&self.0),
            false => std::fs::remove_file(&self.0),
        };
    }
}

pub fn encoder(name: &str) -> (Encoder, Temporary) {
    let file = Temporary::file(name, &q4_file());
    (Encoder::open(&file.0).unwrap(), file)
}
