//! Bodies of requests, through the whole server but for its port and its network.
#![no_main]

use std::mem::ManuallyDrop;

use libfuzzer_sys::fuzz_target;

include!("../../crates/serve/tests/common/any_body.rs");

thread_local! {
    // Never dropped: at the end of the process actix's runtime is gone before it.
    static BODIES: ManuallyDrop<Bodies> = ManuallyDrop::new(Bodies::new());
}

fuzz_target!(|bytes: &[u8]| BODIES.with(|bodies| bodies.send(bytes)));
