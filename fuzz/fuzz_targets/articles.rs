//! What an operator imports as articles: Markdown, HTML, tables, in any encoding.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_sense::sources::{page, read_source};

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let names = ["a.md", "a.html", "a.csv", "a.txt", "a.json"];
    let reading = read_source(names[usize::from(first % 5)], bytes);
    for found in &reading.found {
        // What was read is text that can be kept and shown.
        let _ = format!("{found:?}").len();
    }
    let declared = (first & 64 != 0).then_some("windows-1252");
    let complete = |link: &str| link.starts_with('/').then(|| format!("https://a.example{link}"));
    let _ = page(bytes, declared, Some(&complete));
});
