//! A cleaned row: what is left of a labelled example once it is normalised and tokenised.

use dataset::Dataset;
use rayon::prelude::*;
use text::language::Code;
use text::{Encoding, TweetTokenizer};

use super::post::TokenisedPost;
use crate::error::TrainError;

/// A row on its way to a post.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The normalised text.
    pub text: String,
    /// The same in lower case: same key, same text to the model.
    pub key: String,
    /// Its author, if the file says so.
    pub author: Option<String>,
    /// Its source, if the file says so.
    pub source: Option<String>,
    /// True if it is labelled as pro-ISIS.
    pub label: bool,
    /// The language that it is told to be in; none without words.
    pub lang: Option<Code>,
    /// Word pieces, `[CLS]` and `[SEP]` included.
    pub ids: Vec<u32>,
    /// Its weight in the loss.
    pub weight: f32,
    /// True if word pieces were cut off to get there.
    pub truncated: bool,
    /// As [`TokenisedPost::windows`].
    pub windows: Vec<Vec<u32>>,
}

impl Row {
    /// The part of it that the network needs.
    pub fn post(&self) -> TokenisedPost {
        TokenisedPost {
            ids: self.ids.clone(),
            windows: self.windows.clone(),
            label: self.label,
            target: f32::from(u8::from(self.label)),
            weight: self.weight,
        }
    }
}

/// The windows in which a text is judged that is longer than the greatest length; none of another.
pub(super) fn windows(
    encoding: &Encoding,
    text: &str,
    tokenizer: &TweetTokenizer,
    max_length: usize,
) -> Vec<Vec<u32>> {
    let windows = encoding.truncated.then(|| tokenizer.windows(text, max_length)).flatten();
    windows.into_iter().flat_map(|it| it.windows).map(|window| window.ids).collect()
}

/// The key by which texts are compared: normalised, in lower case.
pub(super) fn key(text: &str) -> String {
    text::normalise(text).to_lowercase()
}

/// The hash by which files without texts name a post, of its key.
pub(super) fn hash(key: &str) -> String {
    checkpoint::sha256(key.as_bytes())
}

/// Normalises and tokenises; rows with nothing left are dropped. `weights` are the files'.
pub(crate) fn prepare(
    dataset: Dataset,
    weights: &[f64],
    tokenizer: &TweetTokenizer,
    max_length: usize,
    source_column: &str,
) -> Vec<Row> {
    let rows = dataset.examples.into_par_iter();
    rows.filter_map(|example| {
        let text = text::normalise(&example.text);
        let encoding = tokenizer.encode_normalised(&text, max_length)?;
        Some(Row {
            windows: windows(&encoding, &text, tokenizer, max_length),
            key: text.to_lowercase(),
            lang: tokenizer.language(&text),
            text,
            source: example.source(source_column).map(str::to_owned),
            author: example.author,
            label: example.label,
            weight: weights[example.file] as f32,
            ids: encoding.ids,
            truncated: encoding.truncated,
        })
    })
    .collect()
}

/// The keys of rows.
pub(crate) fn keys(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.key.as_str()).collect()
}

/// The labels of rows.
pub(crate) fn labels(rows: &[Row]) -> Vec<bool> {
    rows.iter().map(|row| row.label).collect()
}

/// The numbers of labels that are 1 and 0.
pub(crate) fn counts(labels: impl IntoIterator<Item = bool>) -> [usize; 2] {
    let mut counts = [0; 2];
    labels.into_iter().for_each(|label| counts[usize::from(!label)] += 1);
    counts
}

/// The rows of these ascending indices.
pub(super) fn take(rows: Vec<Row>, indices: &[usize]) -> Vec<Row> {
    let mut wanted = indices.iter().copied().peekable();
    let numbered = rows.into_iter().enumerate();
    numbered.filter_map(|(row, post)| wanted.next_if_eq(&row).map(|_| post)).collect()
}

/// Refuses rows of one label, of which nothing can be learned or judged.
///
/// # Errors
/// [`TrainError::OneClass`] naming the side.
pub(crate) fn check_both_labels(
    side: &'static str,
    [positives, negatives]: [usize; 2],
    hint: &str,
) -> Result<(), TrainError> {
    if positives == 0 || negatives == 0 {
        let hint = hint.to_owned();
        Err(TrainError::OneClass { side, positives, negatives, hint })
    } else {
        Ok(())
    }
}
