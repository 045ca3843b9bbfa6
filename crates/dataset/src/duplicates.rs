//! The same text twice, or with both labels.

use std::collections::HashMap;

/// Duplicates and conflicts among rows with keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Duplicates {
    /// One row of each key, the first, in order: what remains when duplicates are removed.
    pub kept: Vec<usize>,
    /// Rows that repeat an earlier row's key and label.
    pub repeated: usize,
    /// Keys that occur with both labels; none of their rows is kept, since nobody can say which
    /// label is right.
    pub conflicts: usize,
    /// Rows of those keys.
    pub conflicting_rows: usize,
}

/// Finds rows of the same key: repeated, or in conflict about their label.
///
/// # Panics
/// If the lengths differ.
pub fn find_duplicates<K: AsRef<str>>(keys: &[K], labels: &[bool]) -> Duplicates {
    assert_eq!(keys.len(), labels.len(), "every key needs a label");
    let mut groups: HashMap<&str, (usize, usize)> = HashMap::new();
    for (key, &label) in keys.iter().zip(labels) {
        let (negatives, positives) = groups.entry(key.as_ref()).or_default();
        *(if label { positives } else { negatives }) += 1;
    }
    let mut found = Duplicates::default();
    for &(negatives, positives) in groups.values() {
        if negatives > 0 && positives > 0 {
            found.conflicts += 1;
            found.conflicting_rows += negatives + positives;
        } else {
            found.repeated += negatives + positives - 1;
        }
    }
    for (row, key) in keys.iter().enumerate() {
        // The first row of a key takes its group away, so that later ones find none.
        if let Some((negatives, positives)) = groups.remove(key.as_ref())
            && (negatives == 0 || positives == 0)
        {
            found.kept.push(row);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_removed_once_and_conflicts_wholly() {
        let keys = ["a", "b", "a", "c", "b", "c", "d", "b"];
        let labels = [true, true, true, false, false, false, true, true];
        let found = find_duplicates(&keys, &labels);
        assert_eq!(found.kept, [0, 3, 6]);
        assert_eq!((found.repeated, found.conflicts, found.conflicting_rows), (2, 1, 3));
    }
}
