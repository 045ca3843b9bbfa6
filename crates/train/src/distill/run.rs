//! From the command line of `train distill` to a folder.

use std::collections::BTreeMap;

use checkpoint::base::Base;
use checkpoint::sha256;
use checkpoint::weights::safetensors::Storage;
use serde_json::{Value, json};

use super::args::{DistillArgs, Embeddings};
use super::hidden::{HiddenStates, Student};
use super::narrow::narrow;
use super::reduce::reduce;
use super::shallow::shallow;
use crate::base::{self, BaseSource, base_source};
use crate::error::TrainError;
use crate::language::output::{BaseFolder, body, recipe};
use crate::language::{Corpus, Learned, Run};
use crate::learning::state::{self, StateRecord, state_folder};
use crate::learning::stop::Stop;
use crate::model_card::{Kind, Metadata, model_name};
use crate::outcome::Outcome;

/// `--base`: start from the teacher's own layers.
const TEACHER: &str = "teacher";

/// Distils as the command line says.
///
/// # Errors
/// Any [`TrainError`]; what was at `--output` before is then still there.
pub fn run(args: &DistillArgs, stop: &Stop) -> Result<Outcome<()>, TrainError> {
    let flags = &args.language;
    flags.check()?;
    eprintln!("teacher: {}", args.teacher.display());
    let teacher = Base::open(&args.teacher, 0)?;
    let mut student = if args.base == TEACHER {
        with_layers(&teacher, args.layers)?
    } else {
        base::open(Some(&args.base), flags.offline, flags.seed)?
    };
    base::fit(&mut student, flags.max_length, flags.regularisation.dropout)?;
    check(args, &teacher, &student)?;
    take_embeddings(args, &teacher, &mut student)?;
    let corpus = Corpus::read(
        &flags.text,
        &flags.exclude,
        &flags.column,
        &student.tokenizer,
        flags.max_length,
    )?;
    corpus.summary.lines().iter().for_each(|line| eprintln!("{line}"));
    if args.base == TEACHER {
        student = narrowed(&student, args.embedding_size, &corpus)?;
    }

    let device = model::device::open(flags.running.device)?;
    let start = body(std::mem::take(&mut student.weights));
    let weights = Student::weights(start, &student.config, &teacher.config, flags.seed);
    let run = Run::new(flags, &corpus, weights, fingerprint(args)?)?;
    let objective =
        HiddenStates::new(&teacher, &student.config, flags.running.precision.into(), &device)?;
    let model = Student::new(&student.config, &teacher.config, run.weights(), &device.autodiff())?;
    let learned = run.learn(&objective, model, student.config.num_hidden_layers, stop)?;
    learned.and_then(|learned| write(args, &student, &corpus, learned))
}

fn write(
    args: &DistillArgs,
    student: &Base,
    corpus: &Corpus,
    Learned { weights, record }: Learned,
) -> Result<(), TrainError> {
    let flags = &args.language;
    let header = Metadata { kind: Kind::Encoder, languages: &[], base: Some(&args.base) }.header();
    let card = format!(
        "{header}# {}\n\nAn ELECTRA to fine-tune: `train --base` and `transformers` read it. It learned the \
         hidden states of {} on {} texts ({} word pieces, {} steps); `training.json` has the \
         figures. It was trained on no label and gives no score.\n",
        model_name(&flags.output),
        model_name(&args.teacher),
        corpus.summary.texts,
        corpus.summary.tokens,
        record.step,
    );
    let folder = BaseFolder {
        config: &student.config,
        weights: &body(weights),
        tokenizer: &student.tokenizer,
        training: &training(args, corpus, &record),
        card: &card,
    };
    folder.write(&flags.output, Storage::F16)?;
    state::remove(&state_folder(&flags.output))
}

/// The teacher with as many of its layers as are asked for.
fn with_layers(teacher: &Base, layers: Option<usize>) -> Result<Base, TrainError> {
    let all = teacher.config.num_hidden_layers;
    let layers = layers.unwrap_or(all);
    shallow(teacher, layers).ok_or_else(|| TrainError::Flag {
        flag: "--layers",
        reason: format!("the teacher has {all}: give at most that many"),
    })
}

/// Holds teacher, student and flags to each other.
fn check(args: &DistillArgs, teacher: &Base, student: &Base) -> Result<(), TrainError> {
    if args.layers.is_some() && args.base != TEACHER {
        let reason = "it counts layers of the teacher: add --base teacher".to_owned();
        return Err(TrainError::Flag { flag: "--layers", reason });
    }
    // The student reads the teacher's word pieces: an id must mean the same to both.
    if teacher.tokenizer.pieces() != student.tokenizer.pieces() {
        let reason = format!("{} has other word pieces than the student", args.teacher.display());
        return Err(TrainError::Flag { flag: "--teacher", reason });
    }
    let room = teacher.config.max_position_embeddings;
    if args.language.max_length > room {
        let reason = format!("the teacher reads at most {room} word pieces");
        return Err(TrainError::Flag { flag: "--max-length", reason });
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
    let layers = narrowed.config.num_hidden_layers;
    eprintln!("base: {layers} of the teacher's layers, with embedding tables of {width} columns");
    Ok(narrowed)
}

fn fingerprint(args: &DistillArgs) -> Result<BTreeMap<String, String>, TrainError> {
    let path = ["model.safetensors", "pytorch_model.bin"].map(|file| args.teacher.join(file));
    let path = path.into_iter().find(|path| path.is_file()).unwrap_or_default();
    let bytes = std::fs::read(&path).map_err(checkpoint::CheckpointError::io("read", &path))?;
    Ok(BTreeMap::from([
        ("--teacher".to_owned(), sha256(&bytes)),
        ("--base".to_owned(), args.base.clone()),
        ("--embedding-size".to_owned(), args.embedding_size.to_string()),
        ("--layers".to_owned(), format!("{:?}", args.layers)),
        ("--embeddings".to_owned(), format!("{:?}", args.embeddings)),
    ]))
}

fn training(args: &DistillArgs, corpus: &Corpus, record: &StateRecord) -> Value {
    json!({
        "program": env!("CARGO_PKG_VERSION"),
        "kind": "distillation",
        "teachers": [model_name(&args.teacher)],
        "base": args.base,
        "embedding_size": args.embedding_size,
        "layers": args.layers,
        "text": corpus.summary,
        "recipe": recipe(&args.language),
        "steps": record.step,
        "seconds": record.seconds,
        "reports": record.reports,
    })
}
