//! From the command line of `train distill` to a folder.

use std::collections::BTreeMap;

use checkpoint::base::Base;
use checkpoint::sha256;
use checkpoint::weights::safetensors::Storage;
use checkpoint::{Checkpoint, CheckpointConfig, Weights};
use cli::TextColumn;
use dataset::{Columns, Dataset, FileLabel};
use model::electra::ElectraClassifier;
use serde_json::{Value, json};
use text::{Claims, TweetTokenizer};

use super::args::{DistillArgs, Embeddings};
use super::hidden::{HiddenStates, Student};
use super::narrow::narrow;
use super::reduce::reduce;
use super::scores::Scores;
use crate::base::{BaseSource, base_source};
use crate::calibrate::fit::{ValidationFigures, calibrate};
use crate::calibrate::threshold::ThresholdRule;
use crate::data::languages;
use crate::data::row::{check_both_labels, counts, prepare};
use crate::data::{Row, TokenisedPost};
use crate::error::TrainError;
use crate::finetune::evaluation::logits;
use crate::language::output::{self, recipe};
use crate::language::{Corpus, Learned, Run};
use crate::learning::state::{self, StateRecord, state_folder};
use crate::learning::stop::Stop;
use crate::model_card::{Kind, Metadata};
use crate::model_card::{READERS, model_name};

/// `--base`: start from the teacher's own layers.
const TEACHER: &str = "teacher";

/// The end of a distillation.
#[derive(Debug)]
pub enum Ended {
    /// The folder is written.
    Finished {
        /// Figures of the validation posts, where scores were learned.
        validation: Option<ValidationFigures>,
    },
    /// Asked to stop; the state was saved.
    Stopped {
        /// Steps taken.
        step: usize,
        /// Steps of the whole training.
        total_steps: usize,
    },
}

/// Distils as the command line says.
///
/// # Errors
/// Any [`TrainError`]; what was at `--output` before is then still there.
pub fn run(args: &DistillArgs, stop: &Stop) -> Result<Ended, TrainError> {
    args.language.check()?;
    let teachers = args.teacher.iter().map(|folder| {
        eprintln!("teacher: {}", folder.display());
        Ok(Base::open(folder, 0)?)
    });
    let teachers = teachers.collect::<Result<Vec<Base>, TrainError>>()?;
    let mut student = if args.base == TEACHER {
        teachers[0].clone()
    } else {
        crate::base::open(Some(&args.base), args.language.offline, args.language.seed)?
    };
    if let Some(dropout) = args.language.dropout {
        student.config.hidden_dropout_prob = dropout;
        student.config.attention_probs_dropout_prob = dropout;
    }
    check(args, &teachers, &student)?;
    take_embeddings(args, &teachers[0], &mut student)?;
    let corpus = Corpus::read(
        &args.language.text,
        &[&args.language.exclude[..], &args.validation].concat(),
        &args.language.column,
        &student.tokenizer,
        args.language.max_length,
    )?;
    corpus.summary.lines().iter().for_each(|line| eprintln!("{line}"));
    if args.base == TEACHER {
        student = narrowed(&student, args.embedding_size, &corpus)?;
    }
    if teachers[0].trained_head {
        learn_scores(args, &teachers, student, &corpus, stop)
    } else {
        learn_hidden_states(args, &teachers[0], student, &corpus, stop)
    }
}

/// Holds teachers, student and flags to each other.
fn check(args: &DistillArgs, teachers: &[Base], student: &Base) -> Result<(), TrainError> {
    let refuse = |flag, reason: String| Err(TrainError::Flag { flag, reason });
    let heads = teachers.iter().filter(|teacher| teacher.trained_head).count();
    if heads != teachers.len() && teachers.len() > 1 {
        let reason = "several teachers must all be checkpoints of ours, whose scores can be \
                      averaged; hidden states are learned from one";
        return refuse("--teacher", reason.to_owned());
    }
    for (teacher, folder) in teachers.iter().zip(&args.teacher) {
        // The student reads the teacher's word pieces: an id must mean the same to both.
        if teacher.tokenizer.pieces() != student.tokenizer.pieces() {
            let reason = format!("{} has other word pieces than the student", folder.display());
            return refuse("--teacher", reason);
        }
        let room =
            teacher.config.max_position_embeddings.min(student.config.max_position_embeddings);
        if args.language.max_length > room {
            let reason = format!("teacher and student read at most {room} word pieces");
            return refuse("--max-length", reason);
        }
    }
    if heads > 0 && args.validation.is_empty() {
        let reason = "labelled posts are needed to calibrate a student that learns scores";
        return refuse("--validation", reason.to_owned());
    }
    Ok(())
}

/// Starts the student from the teacher's tables where that is asked for.
fn take_embeddings(
    args: &DistillArgs,
    teacher: &Base,
    student: &mut Base,
) -> Result<(), TrainError> {
    if args.base == TEACHER {
        return Ok(());
    }
    let is_random = matches!(base_source(Some(&args.base))?, BaseSource::Random(_));
    let default = if is_random { Embeddings::Teacher } else { Embeddings::Base };
    if args.embeddings.unwrap_or(default) == Embeddings::Base {
        return Ok(());
    }
    let width = student.config.embedding_size;
    let fits = teacher.config.vocab_size == student.config.vocab_size
        && teacher.config.max_position_embeddings == student.config.max_position_embeddings
        && teacher.config.type_vocab_size == student.config.type_vocab_size;
    let tables = if fits { reduce(&teacher.weights, width) } else { None };
    let Some(tables) = tables else {
        let reason = format!(
            "the teacher's tables cannot be brought to the student's {width} dimensions: they are \
             narrower or of another length; give --embeddings base"
        );
        return Err(TrainError::Flag { flag: "--embeddings", reason });
    };
    eprintln!(
        "embeddings: the teacher's, {width} principal components of {}",
        teacher.config.embedding_size
    );
    student.weights.extend(tables);
    Ok(())
}

/// A copy of the teacher with tables of `width` columns.
fn narrowed(teacher: &Base, width: usize, corpus: &Corpus) -> Result<Base, TrainError> {
    let mut counts = vec![0; teacher.config.vocab_size];
    corpus.texts.iter().flatten().for_each(|&piece| counts[piece as usize] += 1);
    let narrowed = narrow(teacher, width, &counts).ok_or_else(|| TrainError::Flag {
        flag: "--embedding-size",
        reason: format!(
            "give 2 or more, and less than the {} columns of the teacher's tables; with --base \
             teacher the teacher must be a BERT, or an ELECTRA of one width",
            teacher.config.embedding_size
        ),
    })?;
    eprintln!("base: the teacher's layers, with embedding tables of {width} columns");
    Ok(narrowed)
}

fn learn_hidden_states(
    args: &DistillArgs,
    teacher: &Base,
    student: Base,
    corpus: &Corpus,
    stop: &Stop,
) -> Result<Ended, TrainError> {
    let flags = &args.language;
    let device = model::device::open(flags.device)?;
    let weights =
        Student::weights(body(student.weights), &student.config, &teacher.config, flags.seed);
    let run = Run::new(flags, corpus, weights, fingerprint(args)?)?;
    let objective = HiddenStates::new(teacher, &student.config, flags.precision.into(), &device)?;
    let model = Student::new(&student.config, &teacher.config, run.weights(), &device.autodiff())?;
    let (weights, record) =
        match run.learn(&objective, model, student.config.num_hidden_layers, stop)? {
            Learned::Finished { weights, record } => (weights, record),
            Learned::Stopped { step, total_steps } => {
                return Ok(Ended::Stopped { step, total_steps });
            }
        };
    let training = training(args, corpus, &record);
    let header = Metadata { kind: Kind::Encoder, languages: &[], base: Some(&args.base) }.header();
    let card = format!(
        "{header}# {}\n\nAn ELECTRA to fine-tune: `train --base` and `transformers` read it. It learned the \
         hidden states of {} on {} texts ({} word pieces, {} steps); `training.json` has the \
         figures. It was trained on no label and gives no score.\n",
        model_name(&flags.output),
        names(args),
        corpus.summary.texts,
        corpus.summary.tokens,
        record.step,
    );
    let base = output::Base {
        config: &student.config,
        weights: &body(weights),
        tokenizer: &student.tokenizer,
        training: &training,
        card: &card,
    };
    base.write(&flags.output, Storage::F16)?;
    state::remove(&state_folder(&flags.output))?;
    Ok(Ended::Finished { validation: None })
}

fn learn_scores(
    args: &DistillArgs,
    teachers: &[Base],
    student: Base,
    corpus: &Corpus,
    stop: &Stop,
) -> Result<Ended, TrainError> {
    let flags = &args.language;
    let device = model::device::open(flags.device)?;
    let (posts, languages) = judged_posts(args, &student.tokenizer)?;
    let run = Run::new(flags, corpus, student.weights, fingerprint(args)?)?;
    let objective = Scores::new(teachers, flags.precision.into(), &device)?;
    let autodiff = device.autodiff();
    let model = ElectraClassifier::new(&student.config, run.weights(), &autodiff)?;
    let (weights, record) =
        match run.learn(&objective, model, student.config.num_hidden_layers, stop)? {
            Learned::Finished { weights, record } => (weights, record),
            Learned::Stopped { step, total_steps } => {
                return Ok(Ended::Stopped { step, total_steps });
            }
        };
    let model = ElectraClassifier::new(&student.config, &weights, &autodiff)?;
    let labels: Vec<bool> = posts.iter().map(|post| post.label).collect();
    let (calibration, figures) =
        calibrate(&logits(&model, &posts), &labels, ThresholdRule::BestF1, 1.0)?;
    let mut training = training(args, corpus, &record);
    training["validation"] = json!(figures);
    let header =
        Metadata { kind: Kind::Classifier, languages: languages.codes(), base: Some(&args.base) }
            .header();
    let card = format!(
        "{header}# {}\n\nGives a post a score from 0 to 1 of how much it resembles the posts labelled 1 in its \
         teachers' training data, for people who decide which posts to look at first. It learned \
         the scores of {} on {} texts; temperature, threshold and bands were chosen on {} labelled \
         posts (ROC AUC {:.4}, F1 {:.4} there). A high score is no verdict and says nothing about \
         a person; nothing may follow from it without a person's judgement.\n\n{READERS}",
        model_name(&flags.output),
        names(args),
        corpus.summary.texts,
        figures.posts,
        figures.roc_auc,
        figures.f1,
    );
    let checkpoint = Checkpoint {
        config: CheckpointConfig {
            electra: student.config,
            languages,
            max_length: flags.max_length,
            name: model_name(&flags.output),
            version: "1".to_owned(),
        },
        calibration,
        training,
        weights,
        tokenizer: student.tokenizer,
        card,
    };
    checkpoint.write(&flags.output, Storage::F32)?;
    state::remove(&state_folder(&flags.output))?;
    Ok(Ended::Finished { validation: Some(figures) })
}

/// The labelled posts of `--validation` in the languages that enough of them are in, and these.
fn judged_posts(
    args: &DistillArgs,
    tokenizer: &TweetTokenizer,
) -> Result<(Vec<TokenisedPost>, Claims), TrainError> {
    let TextColumn { text_column, quoting } = args.language.column.clone();
    let columns = Columns { text: text_column, quoting, ..Columns::default() };
    let mut dataset = Dataset::default();
    for file in &args.validation {
        dataset.read(file, &columns, FileLabel::Column)?;
    }
    let (alike, max_length) = (vec![1.0; dataset.files.len()], args.language.max_length);
    let rows = prepare(dataset, &alike, tokenizer, max_length, "source");
    // Nothing is learned from labels here: what is measured on is all there is to claim by.
    let languages = languages::claims_of_measured(&rows);
    let (rows, _) = languages::judged(rows, &languages, tokenizer, max_length);
    let posts: Vec<TokenisedPost> = rows.iter().map(Row::post).collect();
    let counts = counts(posts.iter().map(|post| post.label));
    check_both_labels("the validation data", counts, "give a --validation file with both")?;
    Ok((posts, languages))
}

/// The tensors that make up a base.
fn body(weights: Weights) -> Weights {
    weights.into_iter().filter(|(name, _)| name.starts_with("electra.")).collect()
}

fn fingerprint(args: &DistillArgs) -> Result<BTreeMap<String, String>, TrainError> {
    let mut hashes = Vec::new();
    for folder in &args.teacher {
        let path = ["model.safetensors", "pytorch_model.bin"].map(|file| folder.join(file));
        let path = path.into_iter().find(|path| path.is_file()).unwrap_or_default();
        let bytes = std::fs::read(&path).map_err(checkpoint::CheckpointError::io("read", &path))?;
        hashes.push(sha256(&bytes));
    }
    Ok(BTreeMap::from([
        ("--teacher".to_owned(), hashes.join(" ")),
        ("--base".to_owned(), args.base.clone()),
        ("--embedding-size".to_owned(), args.embedding_size.to_string()),
        ("--embeddings".to_owned(), format!("{:?}", args.embeddings)),
    ]))
}

fn training(args: &DistillArgs, corpus: &Corpus, record: &StateRecord) -> Value {
    let teachers: Vec<String> = args.teacher.iter().map(|folder| model_name(folder)).collect();
    json!({
        "program": env!("CARGO_PKG_VERSION"),
        "kind": "distillation",
        "teachers": teachers,
        "base": args.base,
        "embedding_size": args.embedding_size,
        "text": corpus.summary,
        "recipe": recipe(&args.language),
        "steps": record.step,
        "seconds": record.seconds,
        "reports": record.reports,
    })
}

fn names(args: &DistillArgs) -> String {
    args.teacher.iter().map(|folder| model_name(folder)).collect::<Vec<_>>().join(", ")
}
