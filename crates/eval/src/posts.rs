//! Labelled posts, and posts with their scores.

use std::collections::BTreeMap;

use text::Reason;
use text::language::Code;

/// A text as its file has it and, made once, as models read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    raw: String,
    normalised: String,
}

impl Text {
    /// Normalises a text.
    pub fn new(raw: impl Into<String>) -> Self {
        let raw = raw.into();
        Self { normalised: text::normalise(&raw), raw }
    }

    /// As the file has it.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// As models read it; empty where nothing is left.
    pub fn normalised(&self) -> &str {
        &self.normalised
    }
}

/// The language that a classifier finds a text to be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    /// The language, if it is in one.
    pub code: Option<Code>,
    /// The reason that the text is not scored, if so.
    pub not_judged: Option<Reason>,
}

/// A labelled post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its text.
    pub text: Text,
    /// True if the label is 1 (`pro_isis`).
    pub label: bool,
    /// The name of the file it came from.
    pub file: String,
    /// Its line there, from 1; 0 where there is no file.
    pub line: u64,
    /// The values of the columns that the report groups by.
    pub fields: BTreeMap<String, String>,
    /// Its language, once it is scored by a classifier that looks for it.
    pub language: Option<Language>,
}

impl Post {
    /// A post without a file, for tests and generated cases.
    pub fn new(text: impl Into<String>, label: bool) -> Self {
        Self {
            text: Text::new(text),
            label,
            file: String::new(),
            line: 0,
            fields: BTreeMap::new(),
            language: None,
        }
    }

    /// The value of a column, without spaces around it; empty where it has none.
    pub fn field(&self, column: &str) -> &str {
        self.fields.get(column).map_or("", |value| value.trim())
    }
}

/// The normalised texts of posts.
pub fn normalised<'a>(posts: impl IntoIterator<Item = &'a Post>) -> Vec<&'a str> {
    posts.into_iter().map(|post| post.text.normalised()).collect()
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
            scored.push(post, score);
        }
        scored
    }

    /// Adds one post.
    pub fn push(&mut self, post: &'a Post, score: Option<f64>) {
        if let Some(score) = score {
            self.posts.push(post);
            self.labels.push(post.label);
            self.scores.push(score);
        } else {
            self.unscored.push(post);
        }
    }

    /// All posts, those without a score last.
    pub fn all(&self) -> impl Iterator<Item = (&'a Post, Option<f64>)> {
        let scored = self.posts.iter().zip(&self.scores).map(|(&post, &score)| (post, Some(score)));
        scored.chain(self.unscored.iter().map(|&post| (post, None)))
    }

    /// The posts for which `keep` holds.
    #[must_use]
    pub fn filter(&self, keep: impl Fn(&Post) -> bool) -> Self {
        let mut kept = Self::default();
        for (post, score) in self.all().filter(|(post, _)| keep(post)) {
            kept.push(post, score);
        }
        kept
    }

    /// The posts by some property of theirs.
    pub fn group_by<K: Ord>(&self, key: impl Fn(&'a Post) -> K) -> BTreeMap<K, Self> {
        let mut groups: BTreeMap<K, Self> = BTreeMap::new();
        for (post, score) in self.all() {
            groups.entry(key(post)).or_default().push(post, score);
        }
        groups
    }

    /// Number of posts with a score.
    pub fn len(&self) -> usize {
        self.posts.len()
    }

    /// True if no post has a score.
    pub fn is_empty(&self) -> bool {
        self.posts.is_empty()
    }

    /// Number of positives with a score.
    pub fn positives(&self) -> usize {
        self.labels.iter().filter(|&&label| label).count()
    }

    /// Posts with and without a score, of this label.
    pub fn all_of(&self, label: bool) -> usize {
        self.all().filter(|(post, _)| post.label == label).count()
    }

    /// Number of posts that score at least `threshold`.
    pub fn flagged(&self, threshold: f64) -> usize {
        self.scores.iter().filter(|&&score| score >= threshold).count()
    }
}
