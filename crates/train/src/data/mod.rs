//! From labelled files to tokenised posts, with a word on everything that was found in them.
//!
//! # Layout
//!
//! - [`args`]: flags that several commands have.
//! - [`read`](mod@read): the files, cleaned: [`Rows`].
//! - [`row`]: a cleaned row. [`post`]: what the network needs of it.
//!   [`texts`]: the texts of a file, for where labels do not matter. `sources`: leaving whole sources out. `exclude`: leaving out what
//!   the model will be judged on later.
//! - [`relabel`]: labels by post in the place of labels by account.
//! - `languages`: which languages the model may claim, and which rows it judges with that.
//! - `split`: what is learned from and what is judged by.
//! - [`teacher`]: what a larger model says of the posts.
//! - [`summary`]: what was found, in numbers and in words.

pub mod args;
mod exclude;
pub(crate) mod languages;
pub mod post;
pub mod read;
pub mod relabel;
pub mod row;
mod sources;
pub(crate) mod split;
pub mod summary;
pub mod teacher;
pub mod texts;

use std::collections::HashSet;

use text::language::Code;
use text::{Claims, TweetTokenizer};

pub use post::TokenisedPost;
pub use read::{Rows, read};
pub use relabel::Relabelled;
pub use row::Row;
pub use summary::{FileSummary, Found, Summary};

use crate::error::TrainError;
use crate::finetune::args::FinetuneArgs;
use row::{check_both_labels, counts, keys, labels, take};
use teacher::Teacher;

/// What the model learns from and what it is judged on.
#[derive(Debug)]
pub struct Data {
    /// To learn from.
    pub training: Vec<TokenisedPost>,
    /// To judge by, never to learn from: those that the model judges with its [`Claims`].
    pub validation: Vec<TokenisedPost>,
    /// The normalised text of each of them.
    pub validation_texts: Vec<String>,
    /// The language of each of them.
    pub validation_langs: Vec<Option<Code>>,
    /// Those of the posts that would be judged by if the model judged them.
    pub unjudged_langs: Vec<Option<Code>>,
    /// Languages that the model may claim.
    pub languages: Claims,
    /// What was found on the way.
    pub summary: Summary,
}

/// Reads, cleans, splits and tokenises what the command line asks for.
///
/// # Errors
/// [`TrainError::Data`] for files that cannot be read, [`TrainError::Flag`] for a flag that makes
/// no sense with them, [`TrainError::OneClass`] if a side lacks a label.
pub fn load(args: &FinetuneArgs, tokenizer: &TweetTokenizer) -> Result<Data, TrainError> {
    let near = args.near_duplicates;
    let Rows { mut training, mut validation, found } = read(args, tokenizer)?;
    let (mut shared_with_validation, mut near_validation) = (0, 0);
    if args.validation.is_empty() {
        split::check_authors(&training)?;
        (training, validation) = split::held_out(training, args, near);
    } else {
        shared_with_validation = split::remove_shared(&mut training, &validation);
        if let Some(threshold) = near {
            near_validation = split::remove_near(&mut training, &validation, threshold);
        }
    }
    let sampled = split::sampled(&labels(&training), args);
    training = take(training, &sampled);

    let languages = languages::claims(&training, &validation);
    let all = counts(labels(&validation));
    let (validation, others) =
        languages::claimed(validation, &languages, tokenizer, args.max_length);
    let judged = counts(labels(&validation));

    let mut posts: Vec<TokenisedPost> = training.iter().map(Row::post).collect();
    let mut teacher = Teacher::open(args)?;
    if let Some(teacher) = &mut teacher {
        teacher.teach(&mut posts, keys(&training));
        let mut known = exclude::keys(args)?;
        let labelled = training.iter().chain(&validation).chain(&others);
        known.extend(labelled.map(|row| row.key.clone()));
        posts.extend(teacher.unlabelled(args, tokenizer, known)?);
    }

    let held_out = found.validation_files.is_empty();
    let summary = Summary {
        found,
        validation_share: held_out.then_some(args.validation_share),
        sample: args.sample.map(|sample| sample.to_string()),
        shared_with_validation,
        near_duplicates: near,
        near_validation,
        shared_authors: shared_authors(&training, &validation),
        training: counts(labels(&training)),
        validation: judged,
        languages: languages.codes().iter().map(ToString::to_string).collect(),
        not_judged: [all[0] - judged[0], all[1] - judged[1]],
        truncated: training.iter().chain(&validation).filter(|post| post.truncated).count(),
        teacher: teacher.map(Teacher::taught),
    };
    check_both_labels("the training data", summary.training, "add files of the other label")?;
    check_both_labels(
        "the validation data",
        summary.validation,
        "give a --validation file with both, more rows, or a larger --validation-share",
    )?;
    let langs = |rows: &[Row]| rows.iter().map(|row| row.lang).collect();
    Ok(Data {
        training: posts,
        validation_langs: langs(&validation),
        unjudged_langs: langs(&others),
        validation: validation.iter().map(Row::post).collect(),
        validation_texts: validation.into_iter().map(|row| row.text).collect(),
        languages,
        summary,
    })
}

/// How many authors write on both sides.
pub(crate) fn shared_authors<'a>(
    one: impl IntoIterator<Item = &'a Row>,
    other: impl IntoIterator<Item = &'a Row>,
) -> usize {
    let authors: HashSet<&str> = one.into_iter().filter_map(|row| row.author.as_deref()).collect();
    let others: HashSet<&str> = other.into_iter().filter_map(|row| row.author.as_deref()).collect();
    authors.intersection(&others).count()
}

#[cfg(test)]
mod tests;
