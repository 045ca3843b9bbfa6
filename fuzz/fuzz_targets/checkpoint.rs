//! The files of a checkpoint and of a base, as every program reads them.
#![no_main]

use libfuzzer_sys::fuzz_target;

include!("../../crates/scorer/tests/common/any_checkpoint.rs");

thread_local! {
    static FOLDERS: Folders = Folders::new();
}

fuzz_target!(|bytes: &[u8]| FOLDERS.with(|folders| folders.open(bytes)));
