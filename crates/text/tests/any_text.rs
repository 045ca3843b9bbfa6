//! The seeds of the fuzz target `normalise`, whole and cut at every place. What must hold for other texts is
//! tried in `normaliser/properties.rs`.
#![allow(clippy::unwrap_used)]

use text::normalise;

#[test]
fn normalising_a_seed_or_a_part_of_it_twice_changes_nothing() {
    for seed in testkit::corpus::seeds("normalise") {
        let seed = String::from_utf8(seed).unwrap();
        for (cut, _) in seed.char_indices() {
            for text in [&seed[cut..], &seed[..cut]] {
                let once = normalise(text);
                assert_eq!(normalise(&once), once, "{text:?}");
            }
        }
    }
}
