//! Replies of X, as the server reads them.
#![no_main]

use libfuzzer_sys::fuzz_target;

include!("../../crates/serve/tests/common/any_reply.rs");

fuzz_target!(|bytes: &[u8]| any_reply(bytes));
