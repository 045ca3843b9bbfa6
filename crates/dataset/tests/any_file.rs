//! Files of any bytes: the seeds of the fuzz target `rows`, each changed some hundred times, always the same.
use testkit::corpus::{Changes, seeds};

include!("common/any_file.rs");

/// Pieces that files break at.
const PIECES: [&str; 24] = [
    "\"", "\"\"", ",", ";", "\t", "|", "\n", "\r", "\r\n", "{", "}", "[", "]", ":", "\\",
    "\\ud83d", "NaN", "null", "\u{feff}", "text", "label", "\0", "é", "1e999",
];

#[test]
fn no_file_makes_the_readers_panic_or_write_what_is_no_json() {
    assert!(seeds("rows").len() >= 20);
    Changes { each: 400, keep: 1, pieces: &PIECES }.of("rows", any_file);
}
