//! What a customer sends as a file: its bytes and its name.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_core::file::{FileKind, clean_name, sniff, sniff_end};

fuzz_target!(|data: &[u8]| {
    let seen = sniff(data);
    if let Ok(seen) = &seen {
        if let Some((width, height)) = seen.size {
            assert!(u64::from(width) * u64::from(height) <= 50_000_000);
        }
        let _ = sniff_end(seen.kind, data, data.len() as u64);
    }
    let _ = sniff_end(FileKind::Office, data, u64::MAX);
    let kind = seen.map_or(FileKind::Text, |seen| seen.kind);
    let name = clean_name(&String::from_utf8_lossy(data), kind);
    assert!(!name.is_empty() && name.chars().count() <= 110, "{name:?}");
    assert!(!name.contains(['/', '\\', '\0', '\n', '\r', '"']), "{name:?}");
});
