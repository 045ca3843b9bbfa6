//! Labelled files into posts.

use std::{collections::BTreeSet, path::PathBuf};

use checkpoint::{file_sha256, sha256};
use dataset::{Columns, Dataset, FileLabel, PostLabels};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::{
    args::Args,
    error::EvalError,
    inputs::Inputs,
    posts::{Post, Text},
    report::data::{DataFacts, FileFacts},
};

/// The sample that comes with the project.
const SAMPLE: &str = "data/sample_tweets.csv";
/// Name of the source column, which tells where a row was taken from.
const SOURCE: &str = "source";
/// Name of the column with the letter of a post label.
const POST_LABEL: &str = "post_label";

/// Reads every file the arguments name: the posts to evaluate, and those to train baselines on.
///
/// # Errors
/// A file that cannot be read or is not what it should be, or a column that no file has.
pub fn load(args: &Args) -> Result<Inputs<'static>, EvalError> {
    let columns = args.groups.with(&args.text, &args.label);
    let mut evaluated: Vec<(&PathBuf, FileLabel)> = Vec::new();
    evaluated.extend(args.files.iter().chain(&args.data).map(|file| (file, FileLabel::Column)));
    evaluated.extend(args.positives.iter().map(|file| (file, FileLabel::All(true))));
    evaluated.extend(args.negatives.iter().map(|file| (file, FileLabel::All(false))));
    let sample = PathBuf::from(SAMPLE);
    if evaluated.is_empty() {
        if !sample.is_file() {
            return Err(EvalError::Flags(format!(
                "no data: name a labelled file with --data (the sample {SAMPLE} is not here; \
                 run from the project's folder to use it)"
            )));
        }
        evaluated.push((&sample, FileLabel::Column));
    }
    let labels = PostLabels::open(&args.labels)?;
    let (mut posts, files) = read(&evaluated, &columns, &args.groups.source_column)?;
    let rows = posts.len();
    relabel(&mut posts, &labels);
    let training: Vec<_> =
        args.baseline_train.iter().map(|file| (file, FileLabel::Column)).collect();
    let (mut train, train_files) = read(&training, &columns, &args.groups.source_column)?;
    relabel(&mut train, &labels);

    let held_out: BTreeSet<&str> = args.hold_out_source.iter().map(|name| name.trim()).collect();
    let train_rows = train.len();
    for name in &held_out {
        if !posts.iter().any(|post| post.field(SOURCE) == *name) {
            return Err(EvalError::Flags(format!(
                "--hold-out-source {name}: no evaluated row has this value in the column {}",
                args.groups.source_column
            )));
        }
    }
    if !held_out.is_empty() {
        posts.retain(|post| {
            let source = post.field(SOURCE);
            source.is_empty() || held_out.contains(source)
        });
        train.retain(|post| !held_out.contains(post.field(SOURCE)));
    }
    for column in &args.slice {
        check_column(column, "--slice", &posts)?;
    }
    Ok(Inputs {
        data: DataFacts {
            rows,
            left_out: rows - posts.len(),
            unlabelled: files.iter().map(|file| file.unlabelled).sum(),
            files,
            ..DataFacts::default()
        },
        held_out_rows: train_rows - train.len(),
        train_files: train_files.into_iter().map(|file| file.file).collect(),
        posts,
        train,
        ..Inputs::default()
    })
}

fn read(
    files: &[(&PathBuf, FileLabel)],
    columns: &Columns,
    source_column: &str,
) -> Result<(Vec<Post>, Vec<FileFacts>), EvalError> {
    let mut dataset = Dataset::default();
    let mut facts = Vec::new();
    for &(path, label) in files {
        dataset.read(path, columns, label)?;
        let file = &dataset.files[dataset.files.len() - 1];
        if file.unlabelled > 0 {
            eprintln!("{}: {} rows without a label left out", path.display(), file.unlabelled);
        }
        facts.push(FileFacts {
            file: path.display().to_string(),
            sha256: file_sha256(path).map_err(scorer::ScorerError::from)?,
            rows: file.positives + file.negatives,
            positives: file.positives,
            unlabelled: file.unlabelled,
            used_in_training: None,
        });
    }
    dataset.check_author_column(columns)?;
    let names = names(&facts);
    let posts = dataset
        .examples
        .into_par_iter()
        .map(|example| {
            let source = example.source(source_column).map(str::to_owned);
            let mut fields = example.other;
            if let Some(source) = source {
                fields.insert(SOURCE.to_owned(), source);
            }
            if let Some(author) = example.author {
                fields.insert("author".to_owned(), author);
            }
            Post {
                text: Text::new(example.text),
                label: example.label,
                file: names[example.file].clone(),
                line: example.row,
                fields,
                language: None,
            }
        })
        .collect();
    Ok((posts, facts))
}

/// Gives posts the labels of their texts, and takes out those of which it cannot be told.
fn relabel(posts: &mut Vec<Post>, labels: &PostLabels) {
    if labels.is_empty() {
        return;
    }
    posts.retain_mut(|post| {
        let key = post.text.normalised().to_lowercase();
        let Some(letter) = labels.get(&sha256(key.as_bytes())) else { return true };
        post.fields.insert(POST_LABEL.to_owned(), letter.letter().to_string());
        letter.label().inspect(|&label| post.label = label).is_some()
    });
}

/// The name of each file in the report: its file name, or its whole path where two share one.
fn names(files: &[FileFacts]) -> Vec<String> {
    let short = |file: &FileFacts| {
        let name = std::path::Path::new(&file.file).file_name();
        name.map_or_else(|| file.file.clone(), |name| name.to_string_lossy().into_owned())
    };
    files
        .iter()
        .map(|file| {
            let alike = files.iter().filter(|other| short(other) == short(file)).count();
            if alike > 1 { file.file.clone() } else { short(file) }
        })
        .collect()
}

fn check_column<'a>(
    column: &str,
    flag: &str,
    posts: impl IntoIterator<Item = &'a Post>,
) -> Result<(), EvalError> {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for post in posts {
        known.extend(post.fields.keys().map(String::as_str));
        if known.contains(column) {
            return Ok(());
        }
    }
    let known: Vec<&str> = known.into_iter().collect();
    Err(EvalError::Flags(format!(
        "{flag} {column}: no column of this name has values; columns that have: {}",
        if known.is_empty() { "none".to_owned() } else { known.join(", ") }
    )))
}

/// The scores in a column of the posts; an empty field is no score.
///
/// # Errors
/// A file without such a column, or a field that is not a number between 0 and 1.
pub fn column_scores(posts: &[Post], column: &str) -> Result<Vec<Option<f64>>, EvalError> {
    for of_one_file in posts.chunk_by(|one, next| one.file == next.file) {
        let flag = format!("{}: --score-column", of_one_file[0].file);
        check_column(column, &flag, of_one_file)?;
    }
    posts
        .iter()
        .map(|post| {
            let field = post.field(column);
            if field.is_empty() {
                return Ok(None);
            }
            match field.parse::<f64>() {
                Ok(score) if (0.0..=1.0).contains(&score) => Ok(Some(score)),
                _ => Err(EvalError::BadRow {
                    file: PathBuf::from(&post.file),
                    row: post.line,
                    problem: format!("{column} is \"{field}\", not a number between 0 and 1"),
                }),
            }
        })
        .collect()
}
