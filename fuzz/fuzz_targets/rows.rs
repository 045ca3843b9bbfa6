//! Files of every form, as `score` and as `train` read them.
#![no_main]

use libfuzzer_sys::fuzz_target;

include!("../../crates/dataset/tests/common/any_file.rs");

fuzz_target!(|bytes: &[u8]| any_file(bytes));
