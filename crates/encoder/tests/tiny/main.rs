//! The encoder on tiny models that the tests write themselves, in both formats.
#![expect(clippy::unwrap_used, reason = "a test may fail so")]

mod adapter;
mod model;

use std::path::Path;

use proptest::prelude::*;
use segue_encoder::{Encoder, Kind, Level, MAX_QUERY_TOKENS, MAX_TOKENS, OpenError};

use crate::model::{Temporary, encoder, original_files, q4_file};

pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn any_text_has_a_vector_of_length_one() {
    let (encoder, _file) = encoder("any");
    let check = |text: &str| {
        for kind in [Kind::Query, Kind::Passage] {
            let vector = encoder.encode(kind, text);
            let length = dot(vector.as_slice(), vector.as_slice());
            assert!(
                (length - 1.0).abs() < 1e-5,
                "{} bytes: {length}",
                text.len()
            );
        }
    };
    check("");
    check("the order");
    check("\0\u{fdd0}\u{10ffff}\u{202e}");
    for unit in [
        "a",
        "a ",
        " ",
        "🦀",
        "é",
        "e\u{301}",
        "\u{301}",
        "日",
        "\u{0}",
        "the order ",
    ] {
        check(&unit.repeat((1 << 20) / unit.len()));
    }
}

#[test]
fn only_the_beginning_of_a_long_text_counts() {
    let (encoder, _file) = encoder("long");
    let long = "the order ".repeat(1000);
    assert_eq!(encoder.tokens(Kind::Query, &long).len(), MAX_QUERY_TOKENS);
    assert_eq!(encoder.tokens(Kind::Passage, &long).len(), MAX_TOKENS);
    let other = format!("{long} a b a b");
    assert_eq!(
        encoder.encode(Kind::Query, &long),
        encoder.encode(Kind::Query, &other)
    );
}

#[test]
fn kind_and_text_change_the_vector_and_nothing_else_does() {
    let (encoder, _file) = encoder("kind");
    let query = encoder.encode(Kind::Query, "the order");
    assert_eq!(query, encoder.encode(Kind::Query, "  the\n order "));
    assert_ne!(query, encoder.encode(Kind::Passage, "the order"));
    assert_ne!(query, encoder.encode(Kind::Query, "order the"));
    let all = encoder.encode_all(Kind::Query, &["the order", "", "b"]);
    assert_eq!(all[0], query);
    assert_eq!(all[1], encoder.encode(Kind::Query, ""));
    assert_eq!(all[2], encoder.encode(Kind::Query, "b"));
}

#[test]
fn vectors_do_not_change_from_one_version_to_the_next() {
    let (encoder, _file) = encoder("golden");
    let vector = encoder.encode(Kind::Query, "the order é");
    let beginning: Vec<i32> = vector
        .iter()
        .take(8)
        .map(|v| (v * 1e6).round() as i32)
        .collect();
    // Written down when the real model gave the reference's vectors.
    assert_eq!(
        beginning,
        [-17085, 22362, -7516, -23092, -4578, 41121, 135891, -10049]
    );
}

#[test]
fn every_processor_gives_the_same_bits() {
    let (best, file) = encoder("levels");
    for level in Level::all() {
        let encoder = Encoder::open(&file.0).unwrap().at_level(level).unwrap();
        for words in [0, 1, 2, 3, 5, 8, 13, 40] {
            let text = "the order é b ".repeat(words);
            let (got, expected) = (
                encoder.encode(Kind::Query, &text),
                best.encode(Kind::Query, &text),
            );
            assert_eq!(got, expected, "{level:?} {words}");
        }
    }
}

#[test]
fn the_published_folder_gives_nearly_the_same_vectors() {
    let (four_bits, _file) = encoder("four");
    let (tokenizer, weights) = original_files();
    let folder = Temporary::folder("original", &tokenizer, &weights);
    let original = Encoder::open(&folder.0).unwrap();
    assert_ne!(original.fingerprint(), four_bits.fingerprint());
    assert_eq!(original.fingerprint().len(), 64);
    for text in ["", "the order", "a b é", "order order the x"] {
        let tokens = four_bits.tokens(Kind::Query, text);
        assert_eq!(original.tokens(Kind::Query, text), tokens, "{text}");
        let a = four_bits.encode(Kind::Query, text);
        let b = original.encode(Kind::Query, text);
        let cosine = dot(a.as_slice(), b.as_slice());
        assert!(cosine > 0.999, "{text}: {cosine}");
    }
}

#[test]
fn a_file_that_is_cut_short_is_refused() {
    let whole = q4_file();
    let (tokenizer, weights) = original_files();
    for share in 0..50 {
        let cut = whole.len() * share / 50;
        let file = Temporary::file("cut", &whole[..cut]);
        assert!(
            matches!(Encoder::open(&file.0), Err(OpenError::Malformed { .. })),
            "{cut}"
        );
        let cut = weights.len() * share / 50;
        let folder = Temporary::folder("cut-folder", &tokenizer, &weights[..cut]);
        assert!(
            matches!(Encoder::open(&folder.0), Err(OpenError::Malformed { .. })),
            "{cut}"
        );
    }
    let file = Temporary::file("cut", &whole[..whole.len() - 1]);
    assert!(Encoder::open(&file.0).is_err());
}

#[test]
fn what_is_missing_is_named_with_what_to_do() {
    let said = |path: &Path| Encoder::open(path).err().unwrap().to_string();
    let message = said(Path::new("/no/such/model.bin"));
    assert!(message.contains("/no/such/model.bin") && message.contains("segue model install"));
    let file = Temporary::file("other", b"E5S1 but not really one of those files");
    assert!(said(&file.0).contains("is not"), "{}", said(&file.0));
    let folder = Temporary::folder("empty", "{}", b"");
    assert!(
        said(&folder.0).contains("vocabulary"),
        "{}",
        said(&folder.0)
    );
}

#[test]
fn a_file_that_shrinks_later_gives_zeros() {
    let (encoder, file) = encoder("shrinks");
    std::fs::write(&file.0, b"").unwrap();
    assert!(encoder.encode(Kind::Query, "the").iter().all(|v| *v == 0.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_damaged_file_never_panics(
        damage in prop::collection::vec((0..3000_usize, any::<u8>()), 1..4),
        folder in any::<bool>(),
    ) {
        let (tokenizer, weights) = original_files();
        let mut bytes = if folder { weights } else { q4_file() };
        for (at, byte) in damage {
            bytes[at] = byte;
        }
        let place = if folder {
            Temporary::folder("damaged-folder", &tokenizer, &bytes)
        } else {
            Temporary::file("damaged", &bytes)
        };
        if let Ok(encoder) = Encoder::open(&place.0) {
            encoder.encode(Kind::Passage, "the order x");
        }
    }

    #[test]
    fn any_text_at_all_is_encoded(text in any::<String>()) {
        thread_local! {
            static ENCODER: (Encoder, Temporary) = encoder("texts");
        }
        ENCODER.with(|(encoder, _)| {
            let vector = encoder.encode(Kind::Query, &text);
            assert!((dot(vector.as_slice(), vector.as_slice()) - 1.0).abs() < 1e-5);
        });
    }
}
