//! Bytes to text: spreadsheets and old pages are often not UTF-8.

use encoding_rs::{Encoding, WINDOWS_1252};

/// The text of a file. A byte order mark decides, then UTF-8 if it is that, then what the
/// page or its server declares, and last what old spreadsheets write. `None` where the
/// bytes are no text.
pub fn decode(bytes: &[u8], declared: Option<&str>) -> Option<String> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Some(encoding.decode(bytes).0.into_owned());
    }
    // Text of one byte a letter has no zeros.
    if bytes.contains(&0) {
        return None;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(text.to_owned());
    }
    let encoding = declared
        .and_then(|label| Encoding::for_label(label.as_bytes()))
        .unwrap_or(WINDOWS_1252);
    Some(encoding.decode(bytes).0.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_its_mark_its_bytes_and_what_is_declared() {
        let check = |bytes: &[u8], declared: Option<&str>, expected: Option<&str>| {
            assert_eq!(decode(bytes, declared).as_deref(), expected, "{bytes:?}");
        };
        check("Grüße".as_bytes(), None, Some("Grüße"));
        check(b"\xef\xbb\xbfa", None, Some("a"));
        check(b"\xff\xfea\x00", None, Some("a"));
        check(b"Gr\xfc\xdfe", None, Some("Grüße"));
        check(b"\x83e\x83X\x83g", Some("shift_jis"), Some("テスト"));
        check(b"\x89PNG\x00", None, None);
    }
}
