//! Labelled posts, and posts with their scores.

use std::collections::BTreeMap;

/// A labelled post to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The text as the file has it; normalising is the scorer's work.
    pub text: String,
    /// True if the label is 1 (`pro_isis`).
    pub label: bool,
    /// The name of the file it came from.
    pub file: String,
    /// Its line there, from 1; 0 where there is no file.
    pub line: u64,
    /// The values of the columns that the report groups by.
    pub fields: BTreeMap<String, String>,
}

impl Post {
    /// A post without a file, for tests and generated cases.
    pub fn new(text: impl Into<String>, label: bool) -> Self {
        Self { text: text.into(), label, file: String::new(), line: 0, fields: BTreeMap::new() }
    }
}

/// Posts that have a score, with the score. The three lists run alongside.
#[derive(Debug, Clone, Default)]
pub struct Scored<'a> {
    /// The posts.
    pub posts: Vec<&'a Post>,
    /// Their labels.
    pub labels: Vec<bool>,
    /// Their scores, 0 to 1.
    pub scores: Vec<f64>,
    /// The posts beside them that have no score. A rate of flagged posts counts them, as not flagged.
    pub unscored: Vec<&'a Post>,
}

impl<'a> Scored<'a> {
    /// Pairs posts with their scores, apart from those without one (nothing that can be judged).
    pub fn pair(posts: &[&'a Post], scores: &[Option<f64>]) -> Self {
        let mut scored = Self::default();
        for (&post, &score) in posts.iter().zip(scores) {
            match score {
                Some(score) => scored.push(post, score),
                None => scored.unscored.push(post),
            }
        }
        scored
    }

    /// Adds one post.
    pub fn push(&mut self, post: &'a Post, score: f64) {
        self.posts.push(post);
        self.labels.push(post.label);
        self.scores.push(score);
    }

    /// The posts for which `keep` holds.
    #[must_use]
    pub fn filter(&self, keep: impl Fn(&Post) -> bool) -> Self {
        let mut kept = Self::default();
        for (&post, &score) in self.posts.iter().zip(&self.scores) {
            if keep(post) {
                kept.push(post, score);
            }
        }
        kept.unscored.extend(self.unscored.iter().filter(|post| keep(post)));
        kept
    }

    /// Number of posts.
    pub fn len(&self) -> usize {
        self.posts.len()
    }

    /// True if there are no posts.
    pub fn is_empty(&self) -> bool {
        self.posts.is_empty()
    }

    /// Number of positives.
    pub fn positives(&self) -> usize {
        self.labels.iter().filter(|&&label| label).count()
    }

    /// Posts with and without a score, of this label.
    pub fn all_of(&self, label: bool) -> usize {
        let unscored = self.unscored.iter().filter(|post| post.label == label).count();
        let scored = self.labels.iter().filter(|&&it| it == label).count();
        scored + unscored
    }

    /// Number of posts that score at least `threshold`.
    pub fn flagged(&self, threshold: f64) -> usize {
        self.scores.iter().filter(|&&score| score >= threshold).count()
    }
}
