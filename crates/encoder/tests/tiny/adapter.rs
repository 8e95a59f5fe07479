//! The second of the tiny model's two layers, adapted.

use proptest::prelude::*;
use segue_encoder::{AdaptError, Encoder, Kind, Level};
use serde_json::json;

use crate::dot;
use crate::model::{
    LAYERS, MATRICES, Numbers, Temporary, changed_files, encoder, original_files, q4_file,
};

const FIRST: usize = 1;
const RANK: usize = 3;
const SCALE: f32 = 8.0;
const TEXTS: [&str; 4] = ["", "the order", "a b é", "order order the x"];

/// A float of 16 bits between 2⁻⁵ and 2⁻⁴ or their negatives, and what it stands for.
fn number(numbers: &mut Numbers) -> ([u8; 2], f32) {
    let fraction = numbers.next() as u16 % 1024;
    let negative = numbers.next().is_multiple_of(2);
    let bits = (u16::from(negative) << 15) | (10 << 10) | fraction;
    let value = (1.0 + f32::from(fraction) / 1024.0) / 32.0;
    (bits.to_le_bytes(), if negative { -value } else { value })
}

/// A and B of one matrix.
struct Change {
    name: String,
    inputs: usize,
    a: Vec<f32>,
    b: Vec<f32>,
}

/// The matrices of an adapter, as bytes and as what they mean.
fn changes() -> (Vec<u8>, Vec<Change>) {
    let mut numbers = Numbers(11);
    let mut bytes = Vec::new();
    let mut changes = Vec::new();
    for layer in FIRST..LAYERS {
        for (name, _, outputs, inputs) in MATRICES {
            let mut some = |count: usize| -> Vec<f32> {
                let one = |_| {
                    let (bits, value) = number(&mut numbers);
                    bytes.extend(bits);
                    value
                };
                (0..count).map(one).collect()
            };
            let name = format!("l{layer}.{name}.w");
            let (a, b) = (some(RANK * inputs), some(outputs * RANK));
            changes.push(Change { name, inputs, a, b });
        }
    }
    (bytes, changes)
}

fn file(header: &serde_json::Value, matrices: &[u8]) -> Vec<u8> {
    let header = header.to_string();
    let mut file = b"SGA1".to_vec();
    file.extend((header.len() as u32).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(matrices);
    file
}

fn header(model: &str) -> serde_json::Value {
    json!({"model": model, "first_layer": FIRST, "layers": LAYERS, "rank": RANK, "scale": SCALE})
}

fn adapter(encoder: &Encoder) -> Vec<u8> {
    file(&header(encoder.fingerprint()), &changes().0)
}

/// An encoder with its adapter, and the model's file.
fn adapted(name: &str) -> (Encoder, Temporary) {
    let (encoder, file) = encoder(name);
    let bytes = adapter(&encoder);
    (encoder.adapt(&bytes).unwrap(), file)
}

fn refusal(bytes: &[u8]) -> AdaptError {
    let (encoder, _file) = encoder("refusal");
    encoder.adapt(bytes).err().expect("a refusal")
}

#[test]
fn adapted_vectors_are_those_of_a_model_with_changed_weights() {
    let (encoder, _file) = adapted("changed");
    let (tokenizer, weights) = changed_files(|name, values| {
        for change in changes().1.iter().filter(|change| change.name == name) {
            let rows = values.chunks_exact_mut(change.inputs);
            for (row, b) in rows.zip(change.b.chunks_exact(RANK)) {
                for (i, value) in row.iter_mut().enumerate() {
                    let a = change.a.iter().skip(i).step_by(change.inputs);
                    *value += SCALE * b.iter().zip(a).map(|(b, a)| b * a).sum::<f32>();
                }
            }
        }
    });
    let folder = Temporary::folder("changed-folder", &tokenizer, &weights);
    let expected = Encoder::open(&folder.0).unwrap();
    for text in TEXTS {
        let meaning = encoder.read(text);
        assert_eq!(meaning.plain, *encoder.encode(Kind::Query, text), "{text}");
        let expected = expected.encode(Kind::Query, text);
        let cosine = dot(&meaning.adapted, expected.as_slice());
        assert!(cosine > 0.999, "{text}: {cosine}");
        let change = dot(&meaning.adapted, &meaning.plain);
        assert!(change < 0.95, "{text}: nothing was changed: {change}");
    }
}

#[test]
fn without_an_adapter_both_vectors_are_the_plain_one() {
    let (encoder, file) = encoder("none");
    assert_eq!(encoder.adapter_fingerprint(), None);
    for text in TEXTS {
        let meaning = encoder.read(text);
        assert_eq!(meaning.plain, *encoder.encode(Kind::Query, text));
        assert_eq!(meaning.adapted, meaning.plain);
    }
    let bytes = adapter(&encoder);
    let model = encoder.fingerprint().to_owned();
    let encoder = encoder.adapt(&bytes).unwrap();
    assert_eq!(encoder.adapter_fingerprint().map(str::len), Some(64));
    assert_eq!(encoder.fingerprint(), model);
    std::fs::write(&file.0, b"").unwrap();
    assert!(encoder.read("the").adapted.iter().all(|v| *v == 0.0));
}

#[test]
fn tuning_changes_the_plain_vectors_and_leaves_the_adapted_ones() {
    let (encoder, _file) = adapted("tuned");
    let before = encoder.read("the order");
    let bytes = adapter(&encoder);
    let encoder = encoder.tune(&bytes).unwrap();
    let after = encoder.read("the order");
    assert_eq!(after.adapted, before.adapted);
    assert_eq!(after.plain, before.adapted);
    assert_eq!(after.plain, *encoder.encode(Kind::Query, "the order"));
    assert_eq!(encoder.tuning_fingerprint().map(str::len), Some(64));
}

#[test]
fn a_second_adapter_takes_the_place_of_the_first() {
    let (encoder, _file) = adapted("second");
    let before = encoder.read("the order");
    let first = encoder.adapter_fingerprint().unwrap().to_owned();
    let mut other = header(encoder.fingerprint());
    other["scale"] = json!(-1.0);
    let encoder = encoder.adapt(&file(&other, &changes().0)).unwrap();
    assert_ne!(encoder.adapter_fingerprint(), Some(first.as_str()));
    assert_ne!(encoder.read("the order").adapted, before.adapted);
    let same = adapter(&encoder);
    assert_eq!(encoder.adapt(&same).unwrap().read("the order"), before);
}

#[test]
fn every_processor_gives_the_same_adapted_bits() {
    let (best, file) = adapted("adapted-levels");
    for level in Level::all() {
        let encoder = Encoder::open(&file.0).unwrap().at_level(level).unwrap();
        let bytes = adapter(&encoder);
        let encoder = encoder.adapt(&bytes).unwrap();
        for words in [0, 1, 2, 5, 13, 40] {
            let text = "the order é b ".repeat(words);
            assert_eq!(encoder.read(&text), best.read(&text), "{level:?} {words}");
        }
    }
}

#[test]
fn an_adapter_of_another_model_is_refused_but_for_the_published_folder() {
    let (matrices, _) = changes();
    let other = "ab".repeat(32);
    let bytes = file(&header(&other), &matrices);
    let refused = refusal(&bytes);
    assert!(matches!(refused, AdaptError::OtherModel { .. }));
    let said = refused.to_string();
    assert!(
        said.contains(&other) && said.contains("segue model install"),
        "{said}"
    );
    let (tokenizer, weights) = original_files();
    let folder = Temporary::folder("adapted-original", &tokenizer, &weights);
    let original = Encoder::open(&folder.0).unwrap().adapt(&bytes).unwrap();
    let (four_bits, _file) = adapted("adapted-four");
    let (a, b) = (original.read("the order"), four_bits.read("the order"));
    assert!(dot(&a.adapted, &b.adapted) > 0.999);
}

#[test]
fn a_malformed_adapter_is_refused_with_what_is_wrong() {
    let (encoder, _file) = encoder("malformed");
    let good = header(encoder.fingerprint());
    let (matrices, _) = changes();
    let check = |bytes: &[u8], expected: &str| {
        let refused = refusal(bytes);
        assert!(matches!(refused, AdaptError::Malformed { .. }), "{refused}");
        assert!(refused.to_string().contains(expected), "{refused}");
    };
    check(b"", "does not begin");
    check(b"SGA2", "does not begin");
    check(b"SGA1\x01\0", "too early");
    check(b"SGA1\xff\xff\xff\xff{}", "too early");
    check(b"SGA1\x02\0\0\0{}", "missing field");
    check(b"SGA1\x02\0\0\0\xff\xff", "header");
    let whole = file(&good, &matrices);
    check(&[whole.as_slice(), &[0]].concat(), "goes on");
    for share in 0..20 {
        let cut = file(&good, &matrices[..matrices.len() * share / 20]);
        check(&cut, "too early");
    }
    let with = |field: &str, value: serde_json::Value| {
        let mut header = good.clone();
        header[field] = value;
        file(&header, &matrices)
    };
    check(&with("layers", json!(LAYERS + 1)), "layers");
    check(&with("first_layer", json!(LAYERS)), "layers");
    check(&with("first_layer", json!(0)), "too early");
    check(&with("first_layer", json!(-1)), "header");
    check(&with("rank", json!(0)), "rank");
    check(&with("rank", json!(u64::MAX)), "rank");
    check(&with("rank", json!(RANK - 1)), "goes on");
    check(&with("scale", json!(1e300)), "out of range");
    check(&with("scale", json!(f32::MAX)), "too large");
    check(&with("scale", json!(null)), "header");
    // Infinity and not a number, at the beginning and at the end.
    for bits in [0x7c00_u16, 0xfc00, 0x7e00] {
        for at in [0, matrices.len() - 2] {
            let mut matrices = matrices.clone();
            matrices[at..at + 2].copy_from_slice(&bits.to_le_bytes());
            check(&file(&good, &matrices), "not finite");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_damaged_adapter_never_panics(
        damage in prop::collection::vec((0..300_usize, any::<u8>()), 1..4),
        cut in 0..2_usize,
    ) {
        let file = Temporary::file("adapter-damaged", &q4_file());
        let encoder = Encoder::open(&file.0).unwrap();
        let mut bytes = adapter(&encoder);
        bytes.truncate(bytes.len() - cut);
        for (at, byte) in damage {
            bytes[at] = byte;
        }
        if let Ok(encoder) = encoder.adapt(&bytes) {
            encoder.read("the order x");
        }
    }
}
