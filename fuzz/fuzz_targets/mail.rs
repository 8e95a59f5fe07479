//! A mail as it came in: any bytes are read, and what is read keeps its bounds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_server::channels::incoming::read;

fuzz_target!(|raw: &[u8]| {
    let Ok(mail) = read(raw, &|address| address.ends_with("@shop.example")) else {
        return;
    };
    for line in [&mail.subject, &mail.from].into_iter().chain(&mail.name) {
        assert!(!line.contains(['\r', '\n', '\0']), "{line:?}");
    }
});
