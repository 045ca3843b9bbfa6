//! What a larger model says of the posts (`--teacher-logits`): targets of the loss beside the labels, and
//! in their place for posts without any (`--unlabelled`).
//!
//! Binary cross-entropy is linear in its target, so the mixture of two losses that Hinton et al. (2015,
//! "Distilling the Knowledge in a Neural Network") learn from is one loss with a mixed target:
//! `(1 - share) · label + share · sigmoid(logit of the teacher)`.

use std::collections::HashSet;
use std::path::PathBuf;

use checkpoint::calibration::sigmoid;
use checkpoint::file_sha256;
use dataset::TeacherLogits;
use serde::Serialize;
use text::TweetTokenizer;

use super::post::TokenisedPost;
use super::row::{hash, key};
use crate::data::texts;
use crate::error::TrainError;
use crate::finetune::args::FinetuneArgs;

/// What was learned from a teacher.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Taught {
    /// The file of its logits.
    pub file: PathBuf,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// How much its word counts beside a label.
    pub share: f64,
    /// Labelled posts that it knows.
    pub labelled: usize,
    /// Posts without a label that it knows, learned from by its word alone.
    pub unlabelled: usize,
}

/// A teacher's logits, and what was learned from them so far.
#[derive(Debug)]
pub(super) struct Teacher {
    logits: TeacherLogits,
    taught: Taught,
}

impl Teacher {
    /// The file of `--teacher-logits`, if there is one.
    ///
    /// # Errors
    /// [`TrainError::Data`] for a file that cannot be read or has no such columns, naming the line.
    pub(super) fn open(args: &FinetuneArgs) -> Result<Option<Self>, TrainError> {
        let Some(file) = &args.teacher_logits else { return Ok(None) };
        let taught = Taught {
            file: file.clone(),
            sha256: file_sha256(file)?,
            share: args.teacher_share,
            labelled: 0,
            unlabelled: 0,
        };
        Ok(Some(Self { logits: TeacherLogits::open(file)?, taught }))
    }

    /// Mixes its word into the targets of the posts that it knows. `keys` are theirs.
    pub(super) fn teach<'a>(
        &mut self,
        posts: &mut [TokenisedPost],
        keys: impl IntoIterator<Item = &'a str>,
    ) {
        let share = self.taught.share as f32;
        for (post, key) in posts.iter_mut().zip(keys) {
            if let Some(logit) = self.logits.get(&hash(key)) {
                post.target += share * (sigmoid(logit) - post.target);
                self.taught.labelled += 1;
            }
        }
    }

    /// The posts of the `--unlabelled` files that it knows and that are not among `known`, each once.
    ///
    /// # Errors
    /// [`TrainError::Data`] or [`TrainError::Model`] for a file that cannot be read.
    pub(super) fn unlabelled(
        &mut self,
        args: &FinetuneArgs,
        tokenizer: &TweetTokenizer,
        mut known: HashSet<String>,
    ) -> Result<Vec<TokenisedPost>, TrainError> {
        let mut posts = Vec::new();
        for file in &args.unlabelled {
            texts::each_chunk(file, &args.text, |texts| {
                for text in texts {
                    let key = key(text);
                    let Some(logit) = self.logits.get(&hash(&key)) else { continue };
                    let normalised = text::normalise(text);
                    let encoding = tokenizer.encode_normalised(&normalised, args.max_length);
                    let Some(encoding) = encoding.filter(|_| known.insert(key)) else { continue };
                    posts.push(TokenisedPost {
                        ids: encoding.ids,
                        windows: Vec::new(),
                        label: logit > 0.0,
                        target: sigmoid(logit),
                        weight: 1.0,
                    });
                }
            })?;
        }
        self.taught.unlabelled += posts.len();
        Ok(posts)
    }

    /// What was learned from it.
    pub(super) fn taught(self) -> Taught {
        self.taught
    }
}

impl Taught {
    /// The same in a line.
    pub(super) fn line(&self) -> String {
        format!(
            "a teacher's logits for {} labelled posts (counted {} beside the label) and {} without a label",
            self.labelled, self.share, self.unlabelled
        )
    }
}
