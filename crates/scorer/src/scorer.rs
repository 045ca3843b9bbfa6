//! Opening a checkpoint and scoring texts with it.

use std::path::Path;

use checkpoint::{Manifest, file_sha256};
use kernels::{DeviceKind, Level, Team};
use text::{Readable, Reason, TweetTokenizer, normalise};

use crate::batches::{Budget, plan};
#[cfg(feature = "burn")]
use crate::burn_engine::BurnEngine;
use crate::packed::PackedEngine;
use crate::precision::could_show;
use crate::reading::{Reading, Unread};
use crate::workers::Workers;
use crate::{Asked, Options, Precision, ScorerError, Verdict};

/// A checkpoint's description of itself: configuration, calibration, training record, SHA-256.
pub type CheckpointInfo = Manifest;

/// Tokens up to which several texts are one batch that all threads work on together: with more,
/// each thread has batches of its own, which need no waiting for each other.
const TOGETHER: usize = 48;

/// Threads that are of use to one short batch: its steps are microseconds long.
const TEAM: usize = 4;

/// Texts of a call that are tokenised on the calling thread: with more, on all.
const FEW: usize = 8;

/// A checkpoint ready to score texts. Threads may share it.
pub struct Scorer {
    info: CheckpointInfo,
    tokenizer: TweetTokenizer,
    engine: Engine,
    workers: Workers,
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

impl std::fmt::Debug for Scorer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scorer").field("info", &self.info).finish_non_exhaustive()
    }
}

impl Scorer {
    /// Opens a checkpoint.
    ///
    /// # Errors
    /// [`ScorerError::Checkpoint`] naming the file that is missing, damaged, changed since it was
    /// written or of another version; the others for options that do not fit together or this
    /// machine.
    pub fn open(folder: impl AsRef<Path>, options: &Options) -> Result<Self, ScorerError> {
        let folder = folder.as_ref();
        let Options { device, precision, threads, level } = *options;
        let level = level.unwrap_or_else(Level::best);
        if device != DeviceKind::Cpu && matches!(precision, Precision::Bf16 | Precision::Int8) {
            return Err(ScorerError::Precision { precision, device });
        }
        let workers = Workers::start(threads)?;
        let info = Manifest::open(folder)?;
        let (tokenizer, engine) = workers.join(
            || info.tokenizer(folder),
            || open_engine(folder, &info, device, level, precision, &workers),
        );
        let (tokenizer, engine) = (tokenizer?, engine?);
        Ok(Self { info, tokenizer, engine, workers })
    }

    /// The checkpoint's description of itself.
    pub fn checkpoint(&self) -> &CheckpointInfo {
        &self.info
    }

    /// Judges any number of texts, in the order given.
    ///
    /// # Errors
    /// [`ScorerError::NotANumber`] if the network is broken.
    pub fn score<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Vec<Verdict>, ScorerError> {
        let asked: Vec<Asked> = texts.iter().map(|text| Asked::new(text.as_ref())).collect();
        self.score_asked(&asked)
    }

    /// The same of texts of which more is known.
    ///
    /// # Errors
    /// As [`Scorer::score`].
    pub fn score_asked(&self, texts: &[Asked]) -> Result<Vec<Verdict>, ScorerError> {
        let readings = self.read(texts);
        let sequences: Vec<&[u32]> = readings
            .iter()
            .flatten()
            .flat_map(Reading::sequences)
            .map(|(window, ..)| &window.ids[..])
            .collect();
        let mut logits = self.logits(&sequences).into_iter();
        let calibration = &self.info.calibration;
        let verdicts = readings.iter().enumerate().map(|(index, reading)| match reading {
            Ok(reading) => reading
                .score(&mut logits, calibration)
                .map(Verdict::Judged)
                .map_err(|logit| ScorerError::NotANumber { index, logit }),
            Err(nothing) => {
                let (reason, lang) = *nothing;
                Ok(Verdict::NotJudged { reason, lang })
            }
        });
        verdicts.collect()
    }

    /// Judges one text.
    ///
    /// # Errors
    /// As [`Scorer::score`].
    pub fn score_one(&self, text: &str) -> Result<Verdict, ScorerError> {
        let nothing = Verdict::NotJudged { reason: Reason::NoText, lang: None };
        Ok(self.score(&[text])?.pop().unwrap_or(nothing))
    }

    /// The part of a text that can be read, without scoring it.
    pub fn readable(&self, text: &str) -> Readable {
        self.tokenizer.read(&normalise(text), None, &self.info.config.languages)
    }

    /// The parts of each text that are read, or the reason that nothing is.
    fn read(&self, texts: &[Asked]) -> Vec<Result<Reading, Unread>> {
        let read = |asked: &Asked| {
            Reading::of(
                asked,
                &self.tokenizer,
                &self.info.config.languages,
                self.info.config.max_length,
            )
        };
        if texts.len() <= FEW {
            return texts.iter().map(read).collect();
        }
        self.workers.map(texts, usize::MAX, read)
    }

    /// The logits of sequences of word pieces, in the order given.
    fn logits(&self, sequences: &[&[u32]]) -> Vec<f32> {
        if sequences.is_empty() {
            return Vec::new();
        }
        match &self.engine {
            Engine::Packed { first, exact } => {
                let mut logits = self.packed_logits(first, sequences);
                if let Some(exact) = exact {
                    self.compute_again(exact, sequences, &mut logits);
                }
                logits
            }
            #[cfg(feature = "burn")]
            Engine::Burn(engine) => {
                let plan = plan(&lengths(sequences), Budget::RECTANGLE, 1);
                let computed = plan.iter().map(|batch| engine.logits(&pick(sequences, batch)));
                in_order(&plan, computed.collect(), sequences.len())
            }
        }
    }

    /// Replaces the logits of which rounding could show in the score.
    fn compute_again(&self, exact: &PackedEngine, sequences: &[&[u32]], logits: &mut [f32]) {
        let calibration = &self.info.calibration;
        let again: Vec<usize> =
            (0..logits.len()).filter(|&index| could_show(logits[index], calibration)).collect();
        let logits_again = self.packed_logits(exact, &pick(sequences, &again));
        for (index, logit) in again.into_iter().zip(logits_again) {
            logits[index] = logit;
        }
    }

    /// The same by one of the CPU's engines.
    fn packed_logits(&self, engine: &PackedEngine, sequences: &[&[u32]]) -> Vec<f32> {
        if sequences.is_empty() {
            return Vec::new();
        }
        let lengths = lengths(sequences);
        let threads = self.workers.count();
        if sequences.len() == 1 || lengths.iter().sum::<usize>() <= TOGETHER {
            let work = |team: &Team<'_>| engine.logits(team, sequences);
            return Team::gather(threads.min(TEAM), self.workers.pool(), work);
        }
        let plan = plan(&lengths, Budget::CORE, threads);
        let run = |batch: &Vec<usize>| engine.logits(&Team::alone(), &pick(sequences, batch));
        let computed = self.workers.map(&plan, 1, run);
        in_order(&plan, computed, sequences.len())
    }
}

fn lengths(sequences: &[&[u32]]) -> Vec<usize> {
    sequences.iter().map(|sequence| sequence.len()).collect()
}

fn pick<'a>(sequences: &[&'a [u32]], batch: &[usize]) -> Vec<&'a [u32]> {
    batch.iter().map(|&index| sequences[index]).collect()
}

/// The logits of each batch of a plan, in the order of the sequences.
fn in_order(plan: &[Vec<usize>], computed: Vec<Vec<f32>>, count: usize) -> Vec<f32> {
    let mut logits = vec![f32::NAN; count];
    for (batch, computed) in plan.iter().zip(computed) {
        for (&index, logit) in batch.iter().zip(computed) {
            logits[index] = logit;
        }
    }
    logits
}

fn open_engine(
    folder: &Path,
    info: &CheckpointInfo,
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
