//! What an operator writes as a policy, and the rules of their own in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_core::policy::{self, Condition};

fuzz_target!(|text: &str| {
    match policy::read(text) {
        // What was read is read again as the same.
        Ok(read) => {
            let written = policy::write(&read);
            assert_eq!(policy::read(&written).ok().as_ref(), Some(&read), "{written}");
        }
        Err(faults) => assert!(!faults.is_empty()),
    }
    let _ = Condition::new(text).check();
});
