//! The functional suite is a test set: nothing of it may be among the texts that models learn from.
#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::path::Path;

use dataset::{Format, RowReader, near_shared};

/// Share of word triples in common from which on two texts are too much alike.
const ALIKE: f64 = 0.3;

fn texts(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data").join(name);
    let rows =
        RowReader::new(File::open(&path).unwrap(), Format::of(&path), "text", &path).unwrap();
    rows.map(|row| text::normalise(&row.unwrap().text)).collect()
}

#[test]
fn no_training_text_of_this_project_resembles_a_case_of_the_suite() {
    let suite = texts("functional_suite.csv");
    assert!(suite.len() >= 400);
    for file in
        ["sample_tweets.csv", "stance_negatives.csv", "stance_pairs.csv", "name_variants.csv"]
    {
        let learned = texts(file);
        for (case, near) in suite.iter().zip(near_shared(&suite, &learned, ALIKE)) {
            assert!(near.is_none(), "{file}: {case:?} is like {:?}", near.map(|at| &learned[at]));
        }
    }
}
