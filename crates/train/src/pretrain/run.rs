//! From the command line of `train pretrain` to a folder.

use std::collections::BTreeMap;

use checkpoint::base::Base;
use checkpoint::weights::safetensors::Storage;
use serde_json::json;

use super::args::PretrainArgs;
use super::network::{Pretraining, generator_config};
use super::objective::ReplacedTokens;
use crate::base;
use crate::error::TrainError;
use crate::language::output::{BaseFolder, body, recipe};
use crate::language::{Corpus, Learned, Run};
use crate::learning::state::{self, state_folder};
use crate::learning::stop::Stop;
use crate::model_card::{Kind, Metadata};
use crate::outcome::Outcome;

/// Pretrains as the command line says.
///
/// # Errors
/// Any [`TrainError`]; what was at `--output` before is then still there.
pub fn run(args: &PretrainArgs, stop: &Stop) -> Result<Outcome<()>, TrainError> {
    let flags = &args.language;
    flags.check()?;
    let mut base = base::open(Some(&args.base), flags.offline, flags.seed)?;
    base::fit(&mut base, flags.max_length, flags.regularisation.dropout)?;
    let Some(mask_id) = base.tokenizer.mask_id() else {
        let reason = "its tokenizer has no [MASK]: take a base whose vocabulary is BERT's";
        return Err(TrainError::Flag { flag: "--base", reason: reason.to_owned() });
    };
    let corpus = Corpus::read(
        &flags.text,
        &flags.exclude,
        &flags.column,
        &base.tokenizer,
        flags.max_length,
    )?;
    corpus.summary.lines().iter().for_each(|line| eprintln!("{line}"));

    let device = model::device::open(flags.running.device)?;
    let generator = generator_config(&base.config, args.generator_share);
    let start = body(std::mem::take(&mut base.weights));
    let weights = Pretraining::weights(start, &base.config, &generator, flags.seed);
    let fingerprint = BTreeMap::from([
        ("--base".to_owned(), args.base.clone()),
        ("--masked".to_owned(), args.masked.to_string()),
        ("--discriminator-weight".to_owned(), args.discriminator_weight.to_string()),
        ("--generator-share".to_owned(), args.generator_share.to_string()),
    ]);
    let run = Run::new(flags, &corpus, weights, fingerprint)?;
    let model = Pretraining::new(&base.config, &generator, run.weights(), &device.autodiff())?;
    let objective = ReplacedTokens {
        masked: args.masked,
        discriminator_weight: args.discriminator_weight,
        mask_id,
    };
    let learned = run.learn(&objective, model, base.config.num_hidden_layers, stop)?;
    learned.and_then(|learned| write(args, &base, &corpus, learned))
}

fn write(
    args: &PretrainArgs,
    base: &Base,
    corpus: &Corpus,
    Learned { weights, record }: Learned,
) -> Result<(), TrainError> {
    let flags = &args.language;
    let name = flags.output.file_name().unwrap_or_default().to_string_lossy();
    let training = json!({
        "program": env!("CARGO_PKG_VERSION"),
        "kind": "pretraining",
        "base": args.base,
        "text": corpus.summary,
        "recipe": recipe(flags),
        "masked": args.masked,
        "discriminator_weight": args.discriminator_weight,
        "generator_share": args.generator_share,
        "steps": record.step,
        "seconds": record.seconds,
        "reports": record.reports,
    });
    let header = Metadata { kind: Kind::Encoder, languages: &[], base: Some(&args.base) }.header();
    let card = format!(
        "{header}# {name}\n\nAn ELECTRA discriminator to fine-tune: `train --base` and `transformers` read \
         it. Started from {}, it learned to tell replaced words on {} texts ({} word pieces, {} \
         steps); `training.json` has the figures. It was trained on no label and gives no score.\n",
        args.base, corpus.summary.texts, corpus.summary.tokens, record.step,
    );
    let kept = weights.into_iter().filter(|(name, _)| !name.starts_with("generator."));
    let folder = BaseFolder {
        config: &base.config,
        weights: &kept.collect(),
        tokenizer: &base.tokenizer,
        training: &training,
        card: &card,
    };
    folder.write(&flags.output, Storage::F16)?;
    state::remove(&state_folder(&flags.output))
}
