//! Bodies of requests, through the whole server but for its port and its network.
#![no_main]

use libfuzzer_sys::fuzz_target;

include!("../../crates/serve/tests/common/any_body.rs");

thread_local! {
    static BODIES: Bodies = Bodies::new();
}

fuzz_target!(|bytes: &[u8]| BODIES.with(|bodies| bodies.send(bytes)));
