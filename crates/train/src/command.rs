//! The subcommands; without one, `train` fine-tunes.

use clap::{Parser, Subcommand};

use crate::calibrate::CalibrateArgs;
use crate::combine::CombineArgs;
use crate::distill::DistillArgs;
use crate::finetune::args::FinetuneArgs;
use crate::pretrain::PretrainArgs;

/// The command line of the program.
#[derive(Debug, Parser)]
#[command(
    name = "threat-train",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub struct Cli {
    /// Other work than fine-tuning.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Fine-tuning.
    #[command(flatten)]
    pub fine_tune: FinetuneArgs,
}

/// Other work than fine-tuning.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Pretrain a base on plain text, by ELECTRA's own objective.
    ///
    /// A small generator guesses masked words; the discriminator, which becomes the base, tells
    /// which words were replaced. Starts from random weights or from any base, to adapt it to
    /// another platform's language:
    ///
    ///   cargo run -p train -- pretrain --text posts.txt.zst --output checkpoints/my-base
    #[command(max_term_width = 100)]
    Pretrain(PretrainArgs),
    /// Distil a larger model into a base, on plain text without labels.
    ///
    /// The student learns the hidden states of a teacher such as a Hugging Face BERT. To learn a larger
    /// model's scores, fine-tune with --teacher-logits instead:
    ///
    ///   cargo run -p train -- distill --teacher minilm/ --text posts.txt.zst --output checkpoints/my-base
    #[command(max_term_width = 100)]
    Distill(DistillArgs),
    /// Re-choose a trained model's threshold, on labelled posts of your own.
    ///
    /// A threshold flags more posts, and more of them wrongly, in one place than in another. This
    /// scores your posts, fits the temperature, chooses threshold and bands by the rule you give, shows
    /// them beside the former ones, and writes the model with them. The network stays as it is:
    ///
    ///   cargo run -p train -- calibrate --data labelled.csv --threshold fpr=0.01 --output checkpoints/mine
    #[command(max_term_width = 100)]
    Calibrate(CalibrateArgs),
    /// Combine trained models for different languages into one checkpoint.
    ///
    /// Each text goes to the model that claims its language. The networks stay as they are; scores of the
    /// others are laid on the main model's scale, so that its threshold flags what each flagged by its own:
    ///
    ///   cargo run -p train -- combine --checkpoint checkpoints/english --with checkpoints/many-languages
    #[command(max_term_width = 100)]
    Combine(CombineArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn values_that_make_no_sense_are_refused_by_the_flag_that_has_them() {
        Cli::command().debug_assert();
        let pretrain = ["pretrain", "--text", "a.txt", "--output", "b"];
        let distill = ["distill", "--teacher", "c", "--text", "a.txt", "--output", "b"];
        let both = [
            ("--max-length", "2"),
            ("--max-tokens", "0"),
            ("--epochs", "0"),
            ("--steps", "0"),
            ("--learning-rate", "0"),
            ("--warmup", "1"),
            ("--weight-decay", "-1"),
            ("--dropout", "1"),
            ("--report-every", "0"),
            ("--device", "abacus"),
        ];
        let own = [
            (&pretrain[..], &[("--masked", "1"), ("--generator-share", "2")][..]),
            (&pretrain, &[("--discriminator-weight", "0")]),
            (&distill, &[("--embedding-size", "0"), ("--embeddings", "mine")]),
        ];
        let shared = [(&pretrain[..], &both[..]), (&distill, &both)];
        for (command, flags) in own.into_iter().chain(shared) {
            for (flag, value) in flags {
                let given = format!("{flag}={value}");
                let typed = [&["train"], command, &[given.as_str()]].concat();
                let refused = Cli::try_parse_from(typed);
                assert!(refused.is_err_and(|error| error.to_string().contains(flag)), "{given}");
            }
        }
    }
}
