//! What comes over the sockets of widget and console.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_server::http::{is_console_frame, is_widget_frame};

fuzz_target!(|text: &str| {
    let _ = is_widget_frame(text);
    let _ = is_console_frame(text);
});
