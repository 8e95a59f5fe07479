//! What a text means, as 384 numbers: the multilingual-e5-small sentence encoder on the CPU.
//! Texts that mean the same have a cosine near 1, in and across about a hundred languages.
//!
//! The model is a file beside the program: see [`Encoder::open`]. Nothing here uses a network.
//! Its words' vectors (54 of its 72 MB) stay in the file and are read one by one.
//!
//! Measured on one core of an AMD EPYC (other work beside it made it up to twice as slow) with
//! `cargo run --release -p segue-encoder --example time -- e5-small-q4.bin`, medians of one run:
//!
//! | instructions | 16 tokens | 64 | 128 | 512 |
//! |---|---|---|---|---|
//! | AVX-512 VNNI | 1.7 ms | 7 ms | 14 ms | 87 ms |
//! | AVX2 | 2.9 ms | 11 ms | 24 ms | 142 ms |
//! | neither | 35 ms | 136 ms | 264 ms | 1.1 s |
//!
//! It opens in 50 to 130 ms, beside the file's checksum, and then holds 25 MB: the
//! encoder 13, the vocabulary 7. Vectors agree with those of the program that the file comes
//! from to a cosine of 0.998 or more (`tests/reference.rs`).
//!
//! An adapter (see [`Encoder::adapt`]) of the upper eight of twelve layers is added in 20 to 40 ms
//! and takes 2 MB. Both vectors of a text then take, with the adapter's path after the model's:
//!
//! | instructions | 16 tokens | 64 | 128 |
//! |---|---|---|---|
//! | AVX-512 VNNI | 3.7 ms | 12 ms | 23 ms |
//! | AVX2 | 6.7 ms | 22 ms | 44 ms |
//! | neither | 50 ms | 196 ms | 405 ms |
//!
//! On 78 texts in eight languages, adapted vectors agree with those of the training to a cosine
//! of 0.995 or more, but for two (0.992 and 0.994). Most is lost by the activations'
//! eight bits, so heads are to be trained on the vectors made here.

mod adapter;
mod attention;
mod forward;
mod kernel;
mod matrix;
mod model;
mod original;
mod products;
mod q4;
mod source;
mod tokenizer;

use std::path::Path;

pub use adapter::AdaptError;
pub use kernel::Level;
pub use source::OpenError;

/// Numbers of a vector.
pub const DIM: usize = 384;

/// Grows whenever the same files give other numbers than before: vectors that were kept are to
/// be made anew.
pub const REVISION: u32 = 2;

/// What a text means. Its length is 1, so a dot product is a cosine; cosines of unrelated
/// texts lie around 0.75 and not at 0.
pub type Vector = [f32; DIM];

/// What somebody said, seen in two ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Meaning {
    /// What [`Encoder::encode`] gives: for finding what is about the same.
    pub plain: Vector,
    /// What the adapted layers make of it: for telling what somebody wants and feels. Not to
    /// be compared with a plain vector. Without an adapter, the plain one.
    pub adapted: Vector,
}

impl Default for Meaning {
    fn default() -> Meaning {
        Meaning {
            plain: [0.0; DIM],
            adapted: [0.0; DIM],
        }
    }
}

/// The most tokens of a passage that are read, the start and the end included.
pub const MAX_TOKENS: usize = 512;

/// The most tokens of a query that are read: what somebody asks is said by then, and a
/// message that was pasted together costs no more than four usual ones.
pub const MAX_QUERY_TOKENS: usize = 128;

/// The part that a text plays; the model was trained to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What somebody asks or says; also texts that are compared with one another.
    Query,
    /// What may answer it.
    Passage,
}

/// The SHA-256 (hex) of a file, which must not be a folder: what [`Encoder::fingerprint`] of
/// an `e5-small-q4.bin` will be.
pub fn file_fingerprint(path: &Path) -> Result<String, OpenError> {
    source::Source::open(path)?.fingerprint()
}

/// The encoder: read-only, so one in an `Arc` serves all threads.
pub struct Encoder {
    model: model::Model,
    processor: kernel::Processor,
    fingerprint: String,
    /// Opened from a folder: the same weights as in the `e5-small-q4.bin`, not rounded to four
    /// bits.
    is_original: bool,
    adapted: Option<adapter::Adapted>,
    /// What the plain vectors are tuned with.
    tuned: Option<adapter::Adapted>,
}

impl Encoder {
    /// Opens an `e5-small-q4.bin`, or a folder with the published `model.safetensors` (32 or
    /// 16 bits) and `tokenizer.json`. The file is kept open and must not be written to (moving
    /// another into its place is fine).
    pub fn open(path: &Path) -> Result<Encoder, OpenError> {
        let (model, fingerprint) = if path.is_dir() {
            original::read(path)?
        } else {
            q4::read(path)?
        };
        Ok(Encoder {
            model,
            processor: kernel::Processor::best(),
            fingerprint,
            is_original: path.is_dir(),
            adapted: None,
            tuned: None,
        })
    }

    /// Adds an adapter (the bytes of its file) for [`Encoder::read`], in place of an earlier
    /// one; the plain vectors stay as they are. It takes 2 MB. An adapter that was trained on
    /// another file is refused, but not with a published folder, which has no file of its own.
    pub fn adapt(self, bytes: &[u8]) -> Result<Encoder, AdaptError> {
        let adapted = Some(self.changes(bytes)?);
        Ok(Encoder { adapted, ..self })
    }

    /// Adds an adapter (the bytes of its file) for the plain vectors: what [`Encoder::encode`]
    /// gives is tuned from then on. The vectors of [`Encoder::adapt`] stay as they are.
    pub fn tune(self, bytes: &[u8]) -> Result<Encoder, AdaptError> {
        let tuned = Some(self.changes(bytes)?);
        Ok(Encoder { tuned, ..self })
    }

    fn changes(&self, bytes: &[u8]) -> Result<adapter::Adapted, AdaptError> {
        let plain = &self.model.layers.layers;
        let adapter = adapter::Adapter::read(bytes, plain)?;
        if !self.is_original {
            adapter.check_model(&self.fingerprint)?;
        }
        adapter.apply(plain)
    }

    /// Encodes any text at all. Of a long one the beginning counts: [`MAX_QUERY_TOKENS`] or
    /// [`MAX_TOKENS`] (about four characters each in English). The same text gives the same
    /// bits on every machine. Zeros if the file can no longer be read: like nothing.
    pub fn encode(&self, kind: Kind, text: &str) -> Box<Vector> {
        match self.model.words.read(&self.tokens(kind, text)) {
            Ok(words) => {
                let layers = &self.model.layers;
                layers.sentence(self.processor, words, self.tuned.as_ref(), None)
            }
            Err(_) => Box::new([0.0; DIM]),
        }
    }

    /// The same, with what the layers made of each of the text's own tokens, 384 floats a
    /// token; the tokens that tell its kind, start and end are left out.
    pub fn encode_tokens(&self, kind: Kind, text: &str) -> (Box<Vector>, Vec<f32>) {
        let mut each = Vec::new();
        let vector = match self.model.words.read(&self.tokens(kind, text)) {
            Ok(words) => {
                let (layers, tuned) = (&self.model.layers, self.tuned.as_ref());
                layers.sentence(self.processor, words, tuned, Some(&mut each))
            }
            Err(_) => Box::new([0.0; DIM]),
        };
        (vector, self.own(kind, each))
    }

    fn own(&self, kind: Kind, mut each: Vec<f32>) -> Vec<f32> {
        let before = self.tokens(kind, "").len().saturating_sub(1) * DIM;
        each.truncate(each.len().saturating_sub(DIM));
        each.drain(..before.min(each.len()));
        each
    }

    /// Encodes what somebody said (as [`Kind::Query`]) for finding and for judging, at less
    /// than twice the cost of [`Encoder::encode`] and with the same plain vector.
    pub fn read(&self, text: &str) -> Box<Meaning> {
        let Some(adapted) = &self.adapted else {
            let plain = *self.encode(Kind::Query, text);
            let adapted = plain;
            return Box::new(Meaning { plain, adapted });
        };
        match self.model.words.read(&self.tokens(Kind::Query, text)) {
            Ok(words) => {
                let layers = &self.model.layers;
                layers.meaning(self.processor, words, self.tuned.as_ref(), adapted, None)
            }
            Err(_) => Box::default(),
        }
    }

    /// The same, with the tokens of [`Encoder::encode_tokens`].
    pub fn read_tokens(&self, text: &str) -> (Box<Meaning>, Vec<f32>) {
        let Some(adapted) = &self.adapted else {
            let (plain, each) = self.encode_tokens(Kind::Query, text);
            let (plain, adapted) = (*plain, *plain);
            return (Box::new(Meaning { plain, adapted }), each);
        };
        let mut each = Vec::new();
        let meaning = match self.model.words.read(&self.tokens(Kind::Query, text)) {
            Ok(words) => {
                let (layers, tuned) = (&self.model.layers, self.tuned.as_ref());
                layers.meaning(self.processor, words, tuned, adapted, Some(&mut each))
            }
            Err(_) => Box::default(),
        };
        (meaning, self.own(Kind::Query, each))
    }

    /// Encodes each text, one after the other on this thread.
    pub fn encode_all(&self, kind: Kind, texts: &[&str]) -> Vec<Box<Vector>> {
        texts.iter().map(|text| self.encode(kind, text)).collect()
    }

    /// The SHA-256 (hex) of the model's file, or of the folder's `model.safetensors`: vectors
    /// of different models must not be compared.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The SHA-256 (hex) of the adapter's file: adapted vectors of different adapters must not
    /// be compared.
    pub fn adapter_fingerprint(&self) -> Option<&str> {
        self.adapted.as_ref().map(|a| a.fingerprint.as_str())
    }

    /// The same of what [`Encoder::tune`] was given.
    pub fn tuning_fingerprint(&self) -> Option<&str> {
        self.tuned.as_ref().map(|t| t.fingerprint.as_str())
    }

    /// What of the processor the encoder uses: at first the best that there is.
    pub fn level(&self) -> Level {
        self.processor.level()
    }

    /// Uses a lesser level, to measure it; `None` if this processor does not offer it.
    pub fn at_level(self, level: Level) -> Option<Encoder> {
        let processor = kernel::Processor::with(level)?;
        Some(Encoder { processor, ..self })
    }

    /// The numbers of the text's tokens, its kind, start and end included.
    pub fn tokens(&self, kind: Kind, text: &str) -> Vec<u32> {
        let (prefix, limit) = match kind {
            Kind::Query => ("query: ", MAX_QUERY_TOKENS),
            Kind::Passage => ("passage: ", MAX_TOKENS),
        };
        let limit = limit.min(self.model.places);
        self.model.tokenizer.encode(&[prefix, text], limit)
    }
}
