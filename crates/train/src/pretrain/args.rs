//! The command line of `train pretrain`.

use clap::Args;
use cli::value;

use crate::language::LanguageArgs;

/// Flags of `train pretrain`.
#[derive(Debug, Clone, Args)]
pub struct PretrainArgs {
    /// Model to start from, as for fine-tuning: random weights, or a base to adapt.
    #[arg(
        long,
        env = "THREAT_BASE",
        value_name = "DIR|HUB_ID|random",
        default_value = "random",
        help_heading = "Model"
    )]
    pub base: String,
    /// Share of words to mask.
    #[arg(
        long,
        env = "THREAT_MASKED",
        value_name = "SHARE", value_parser = value::between_zero_and_one,
        default_value_t = 0.15,
        help_heading = "Recipe"
    )]
    pub masked: f64,
    /// Weight of the discriminator's loss; the generator's has 1.
    #[arg(
        long,
        env = "THREAT_DISCRIMINATOR_WEIGHT",
        value_name = "X", value_parser = value::above_zero,
        default_value_t = 50.0,
        help_heading = "Recipe"
    )]
    pub discriminator_weight: f64,
    /// Width of the generator as a share of the discriminator's.
    #[arg(
        long,
        env = "THREAT_GENERATOR_SHARE",
        value_name = "SHARE", value_parser = value::above_zero_to_one,
        default_value_t = 0.25,
        help_heading = "Recipe"
    )]
    pub generator_share: f64,
    /// Flags of all distillations and pretrainings.
    #[command(flatten)]
    pub language: LanguageArgs,
}
