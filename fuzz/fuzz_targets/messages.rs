//! What a customer writes: any text is read, and no strength leaves its bounds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_core::signal::Trigger;
use segue_sense::read::{Context, Reader};

fuzz_target!(|text: &str| {
    let reading = Reader::lexical().read(text, &Context::default());
    for trigger in Trigger::ALL {
        let strength = reading.strength(trigger);
        assert!((0.0..=1.0).contains(&strength), "{trigger:?}: {strength}");
    }
});
