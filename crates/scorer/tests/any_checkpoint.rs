//! Checkpoints and bases of which one file holds any bytes: the seeds of the fuzz target `checkpoint`, each
//! changed some times, always the same.
#![allow(unused_qualifications)] // what is included stands alone elsewhere

use testkit::corpus::Changes;

include!("common/any_checkpoint.rs");

/// Pieces that JSON and lists of word pieces break at.
const PIECES: [&str; 16] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "-1",
    "0",
    "1e999",
    "99999999999999999999",
    "\n",
    "\\u0000",
    "[CLS]\n",
    "\u{feff}",
];

#[test]
fn no_file_of_a_checkpoint_makes_a_program_panic() {
    let folders = Folders::new();
    Changes { each: 100, keep: 1, pieces: &PIECES }.of("checkpoint", |bytes| folders.open(bytes));
}
