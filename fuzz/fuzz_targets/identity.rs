//! A token by which a site says who its user is. None that was not signed is believed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_core::ids::IdentityKeyId;
use segue_core::time::Timestamp;
use segue_server::identity::verify;
use segue_store::IdentitySecret;

fuzz_target!(|token: &str| {
    let id = IdentityKeyId::parse("key_00000000000000000000000001");
    let keys: Vec<_> = id.map(|id| (id, IdentitySecret("a secret that no fuzzer guesses".into()))).into_iter().collect();
    let now = Timestamp::from_millis(1_800_000_000_000);
    assert!(verify(token, &keys, "site-shop", now).is_err(), "{token}");
});
