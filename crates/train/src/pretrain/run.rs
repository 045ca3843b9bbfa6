//! From the command line of `train pretrain` to a folder.

use std::collections::BTreeMap;

use checkpoint::Weights;
use checkpoint::weights::safetensors::Storage;
use serde_json::json;

use super::args::PretrainArgs;
use super::network::{Pretraining, generator_config};
use super::objective::ReplacedTokens;
use crate::error::TrainError;
use crate::language::output::{self, recipe};
use crate::language::{Corpus, Learned, Run};
use crate::learning::state::{self, state_folder};
use crate::learning::stop::Stop;
use crate::model_card::{Kind, Metadata};

/// Pretrains as the command line says.
///
/// # Errors
/// Any [`TrainError`]; what was at `--output` before is then still there.
pub fn run(args: &PretrainArgs, stop: &Stop) -> Result<Learned, TrainError> {
    let flags = &args.language;
    flags.check()?;
    let mut base = crate::base::open(Some(&args.base), flags.offline, flags.seed)?;
    if let Some(dropout) = flags.dropout {
        base.config.hidden_dropout_prob = dropout;
        base.config.attention_probs_dropout_prob = dropout;
    }
    let Some(mask_id) = base.tokenizer.mask_id() else {
        let reason = "its tokenizer has no [MASK]: take a base whose vocabulary is BERT's";
        return Err(TrainError::Flag { flag: "--base", reason: reason.to_owned() });
    };
    if flags.max_length > base.config.max_position_embeddings {
        let reason = format!("the base reads {} word pieces", base.config.max_position_embeddings);
        return Err(TrainError::Flag { flag: "--max-length", reason });
    }
    let corpus = Corpus::read(
        &flags.text,
        &flags.exclude,
        &flags.column,
        &base.tokenizer,
        flags.max_length,
    )?;
    corpus.summary.lines().iter().for_each(|line| eprintln!("{line}"));

    let device = model::device::open(flags.device)?;
    let generator = generator_config(&base.config, args.generator_share);
    let weights = Pretraining::weights(body(base.weights), &base.config, &generator, flags.seed);
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
    let Learned::Finished { weights, record } = &learned else { return Ok(learned) };
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
    let kept: Weights = weights
        .iter()
        .filter(|(name, _)| !name.starts_with("generator."))
        .map(|(name, tensor)| (name.to_owned(), tensor.clone()))
        .collect();
    let written = output::Base {
        config: &base.config,
        weights: &kept,
        tokenizer: &base.tokenizer,
        training: &training,
        card: &card,
    };
    written.write(&flags.output, Storage::F16)?;
    state::remove(&state_folder(&flags.output))?;
    Ok(learned)
}

/// The tensors of the body; a base's own heads are not taken up.
fn body(weights: Weights) -> Weights {
    weights.into_iter().filter(|(name, _)| name.starts_with("electra.")).collect()
}
