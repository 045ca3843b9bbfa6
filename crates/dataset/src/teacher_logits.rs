//! What a larger model gives to each post, kept by the hash of its text.

use std::collections::HashMap;
use std::path::Path;

use crate::{DatasetError, by_hash};

/// A teacher's logits, by the SHA-256 of the text in hexadecimal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TeacherLogits(HashMap<String, f32>);

impl TeacherLogits {
    /// Reads a file with the columns `sha256` and `logit`; others are passed over.
    ///
    /// # Errors
    /// As [`RowReader`](crate::RowReader); also for a hash or a number that is none, and for a text with
    /// two logits.
    pub fn open(file: &Path) -> Result<Self, DatasetError> {
        let mut logits = HashMap::new();
        let parse = |text: &str| {
            let logit = text.parse().ok().filter(|logit: &f32| logit.is_finite());
            logit.ok_or_else(|| format!("logit \"{text}\" is no finite number"))
        };
        by_hash::read(file, "logit", "a teacher's logits", parse, |hash, logit, line| {
            if logits.insert(hash, logit).is_some_and(|before| before != logit) {
                return Err(DatasetError::row(file, line, "this text has two logits"));
            }
            Ok(())
        })?;
        Ok(Self(logits))
    }

    /// What the teacher gives to the text with this hash, if it was asked.
    pub fn get(&self, sha256: &str) -> Option<f32> {
        self.0.get(sha256).copied()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn open(contents: &str) -> Result<TeacherLogits, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("logits.csv");
        std::fs::write(&file, contents).unwrap();
        TeacherLogits::open(&file).map_err(|error| error.to_string())
    }

    #[test]
    fn logits_are_found_by_hash() {
        let (a, b) = ("0a".repeat(32), "1b".repeat(32));
        let logits = open(&format!("sha256,logit\n{a},-4.25\n{},3\n", b.to_uppercase())).unwrap();
        assert_eq!(logits.get(&a), Some(-4.25));
        assert_eq!(logits.get(&b), Some(3.0));
        assert_eq!(logits.get(&"2c".repeat(32)), None);
    }

    #[test]
    fn each_mistake_is_named_with_its_line() {
        let hash = "0a".repeat(32);
        for (contents, message) in [
            (format!("sha256,logit\n{hash},NaN\n"), "line 2: logit \"NaN\" is no finite number"),
            (format!("sha256,logit\n{hash},1\n{hash},2\n"), "line 3: this text has two logits"),
            (format!("sha256,score\n{hash},1\n"), "no column \"logit\""),
        ] {
            let error = open(&contents).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
