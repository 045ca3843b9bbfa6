//! Texts through the normaliser: what comes out is normal already.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let once = text::normalise(text);
    assert_eq!(text::normalise(&once), once, "{text:?}");
});
