//! Replies of X and bodies of clients, of any bytes: the seeds of the fuzz targets `x_reply` and `bodies`,
//! each changed some hundred times, always the same.
#![allow(unused_qualifications)] // what is included stands alone elsewhere

use testkit::corpus::Changes;

include!("common/any_reply.rs");
include!("common/any_body.rs");

/// Pieces that JSON breaks at, and pieces of a request.
const PIECES: [&str; 26] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "NaN",
    "{}",
    "[]",
    "\"\"",
    "1e999",
    "-1",
    "0.5",
    "true",
    "\\ud83d",
    "\u{feff}",
    "\0",
    "é",
    "\"20\"",
    "20",
    "\"text\":",
    "\"id\":",
    "\n",
];

#[test]
fn no_reply_of_x_makes_the_server_panic_or_costs_another_post_its_text() {
    Changes { each: 1_000, keep: 0, pieces: &PIECES }.of("x_reply", any_reply);
}

#[test]
fn no_body_makes_the_server_panic_or_blame_itself() {
    let bodies = Bodies::new();
    Changes { each: 100, keep: 1, pieces: &PIECES }.of("bodies", |bytes| bodies.send(bytes));
}
