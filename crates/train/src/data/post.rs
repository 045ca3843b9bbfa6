//! A post as the network reads it.

/// A post as the network reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenisedPost {
    /// Word pieces, `[CLS]` and `[SEP]` included, cut to the greatest length: what is learned from.
    pub ids: Vec<u32>,
    /// Where something was cut: the word pieces of each window of the whole. The highest logit counts
    /// when the post is judged, as it does when the checkpoint scores.
    pub windows: Vec<Vec<u32>>,
    /// Whether it is labelled as pro-ISIS.
    pub label: bool,
    /// What the loss of a training asks for, from 0 to 1: the label, or what a teacher makes of it.
    pub target: f32,
    /// How much it counts in the loss of a training; figures count every post once.
    pub weight: f32,
}
