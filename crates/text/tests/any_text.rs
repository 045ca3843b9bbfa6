//! The seeds of the fuzz target `normalise`, whole and cut at every place. What must hold for other texts is
//! tried in `normaliser/properties.rs`.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use text::normalise;

#[test]
fn normalising_a_seed_or_a_part_of_it_twice_changes_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/normalise");
    let mut seeds = 0;
    for path in fs::read_dir(folder).unwrap() {
        let seed = fs::read_to_string(path.unwrap().path()).unwrap();
        for (cut, _) in seed.char_indices() {
            for text in [&seed[cut..], &seed[..cut]] {
                let once = normalise(text);
                assert_eq!(normalise(&once), once, "{text:?}");
            }
        }
        seeds += 1;
    }
    assert!(seeds >= 10);
}
