//! One model of a checkpoint: its engine, its word pieces, its calibration.

use std::path::Path;

use checkpoint::{Manifest, file_sha256};
use kernels::{DeviceKind, Level, Team};
use text::TweetTokenizer;

use crate::batches::{Budget, plan};
#[cfg(feature = "burn")]
use crate::burn_engine::BurnEngine;
use crate::packed::PackedEngine;
use crate::precision::could_show;
use crate::workers::Workers;
use crate::{Options, Precision, ScorerError};

/// Tokens up to which several texts are one batch that all threads work on together: with more,
/// each thread has batches of its own, which need no waiting for each other.
const TOGETHER: usize = 48;

/// Threads that are of use to one short batch: its steps are microseconds long.
const TEAM: usize = 4;

/// A network with all that belongs to it. Threads may share it.
pub(crate) struct Model {
    /// Its description of itself.
    pub(crate) info: Manifest,
    pub(crate) tokenizer: TweetTokenizer,
    engine: Engine,
}

enum Engine {
    Packed {
        first: Box<PackedEngine>,
        /// For what the first has rounded so that it could show.
        exact: Option<Box<PackedEngine>>,
    },
    #[cfg(feature = "burn")]
    Burn(Box<BurnEngine>),
}

impl Model {
    /// Opens the model in a folder, tokenizer and weights at once where there are threads for it.
    pub(crate) fn open(
        folder: &Path,
        info: Manifest,
        options: &Options,
        workers: &Workers,
    ) -> Result<Self, ScorerError> {
        let Options { device, precision, level, .. } = *options;
        let level = level.unwrap_or_else(Level::best);
        let (tokenizer, engine) = workers.join(
            || info.tokenizer(folder),
            || open_engine(folder, &info, device, level, precision, workers),
        );
        let (tokenizer, engine) = (tokenizer?, engine?);
        Ok(Self { info, tokenizer, engine })
    }

    /// The logits of sequences of word pieces, in the order given.
    pub(crate) fn logits(&self, workers: &Workers, sequences: &[&[u32]]) -> Vec<f32> {
        if sequences.is_empty() {
            return Vec::new();
        }
        match &self.engine {
            Engine::Packed { first, exact } => {
                let mut logits = packed_logits(workers, first, sequences);
                if let Some(exact) = exact {
                    self.compute_again(workers, exact, sequences, &mut logits);
                }
                logits
            }
            #[cfg(feature = "burn")]
            Engine::Burn(engine) => {
                let plan = plan(&lengths(sequences), Budget::RECTANGLE, 1);
                let computed = plan.iter().map(|batch| engine.logits(&pick(sequences, batch)));
                in_order(&plan, computed.collect())
            }
        }
    }

    /// The logits of sequences with 8 bits and in f32; none where nothing is rounded.
    pub(crate) fn roundings(&self, workers: &Workers, sequences: &[&[u32]]) -> Vec<[f32; 2]> {
        match &self.engine {
            Engine::Packed { first, exact: Some(exact) } => {
                let rounded = packed_logits(workers, first, sequences);
                let exact = packed_logits(workers, exact, sequences);
                std::iter::zip(rounded, exact).map(|(rounded, exact)| [rounded, exact]).collect()
            }
            Engine::Packed { exact: None, .. } => Vec::new(),
            #[cfg(feature = "burn")]
            Engine::Burn(_) => Vec::new(),
        }
    }

    /// The last states of `[CLS]` of sequences, in the order given; none at all on devices other than the
    /// CPU.
    pub(crate) fn first_states(&self, workers: &Workers, sequences: &[&[u32]]) -> Vec<Vec<f32>> {
        match &self.engine {
            Engine::Packed { first, .. } => {
                compute(workers, sequences, |team, batch| first.first_states(team, batch))
            }
            #[cfg(feature = "burn")]
            Engine::Burn(_) => Vec::new(),
        }
    }

    /// Replaces the logits of which rounding could show in the score.
    fn compute_again(
        &self,
        workers: &Workers,
        exact: &PackedEngine,
        sequences: &[&[u32]],
        logits: &mut [f32],
    ) {
        let calibration = &self.info.calibration;
        let again: Vec<usize> =
            (0..logits.len()).filter(|&index| could_show(logits[index], calibration)).collect();
        let logits_again = packed_logits(workers, exact, &pick(sequences, &again));
        for (index, logit) in again.into_iter().zip(logits_again) {
            logits[index] = logit;
        }
    }
}

/// The logits of sequences by one of the CPU's engines.
fn packed_logits(workers: &Workers, engine: &PackedEngine, sequences: &[&[u32]]) -> Vec<f32> {
    compute(workers, sequences, |team, batch| engine.logits(team, batch))
}

/// What `run` makes of each sequence, in the order given, in batches on all threads.
fn compute<T: Send>(
    workers: &Workers,
    sequences: &[&[u32]],
    run: impl Fn(&Team<'_>, &[&[u32]]) -> Vec<T> + Sync,
) -> Vec<T> {
    if sequences.is_empty() {
        return Vec::new();
    }
    let lengths = lengths(sequences);
    let threads = workers.count();
    if sequences.len() == 1 || lengths.iter().sum::<usize>() <= TOGETHER {
        let work = |team: &Team<'_>| run(team, sequences);
        return Team::gather(threads.min(TEAM), workers.pool(), work);
    }
    let plan = plan(&lengths, Budget::CORE, threads);
    let alone = |batch: &Vec<usize>| run(&Team::alone(), &pick(sequences, batch));
    let computed = workers.map(&plan, 1, alone);
    in_order(&plan, computed)
}

fn lengths(sequences: &[&[u32]]) -> Vec<usize> {
    sequences.iter().map(|sequence| sequence.len()).collect()
}

fn pick<'a>(sequences: &[&'a [u32]], batch: &[usize]) -> Vec<&'a [u32]> {
    batch.iter().map(|&index| sequences[index]).collect()
}

/// What was computed for each batch of a plan, in the order of the sequences.
fn in_order<T>(plan: &[Vec<usize>], computed: Vec<Vec<T>>) -> Vec<T> {
    let places = plan.iter().flatten();
    let mut placed: Vec<(usize, T)> = places.copied().zip(computed.into_iter().flatten()).collect();
    placed.sort_unstable_by_key(|(index, _)| *index);
    placed.into_iter().map(|(_, it)| it).collect()
}

fn open_engine(
    folder: &Path,
    info: &Manifest,
    device: DeviceKind,
    level: Level,
    precision: Precision,
    workers: &Workers,
) -> Result<Engine, ScorerError> {
    if device != DeviceKind::Cpu {
        return open_elsewhere(folder, device);
    }
    let path = folder.join("model.safetensors");
    let (engines, hash) = workers.join(
        || PackedEngine::open(&path, &info.config, level, precision.on(level), workers),
        || file_sha256(&path),
    );
    let (first, exact) = engines?;
    info.check_hash(&hash?, &path)?;
    Ok(Engine::Packed { first: Box::new(first), exact: exact.map(Box::new) })
}

/// The engine for a device other than the CPU with our kernels.
#[cfg(feature = "burn")]
fn open_elsewhere(folder: &Path, device: DeviceKind) -> Result<Engine, ScorerError> {
    Ok(Engine::Burn(Box::new(BurnEngine::open(folder, device)?)))
}

#[cfg(not(feature = "burn"))]
fn open_elsewhere(_folder: &Path, device: DeviceKind) -> Result<Engine, ScorerError> {
    Err(ScorerError::NoDevice { device })
}
