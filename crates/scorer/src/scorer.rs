//! Opening a checkpoint and scoring texts with it.

use std::path::Path;

use checkpoint::{Manifest, file_sha256};
use kernels::{DeviceKind, Level, Precision, Team};
use text::{Readable, Reason, TweetTokenizer, normalise};

use crate::batches::{Budget, plan};
#[cfg(feature = "burn")]
use crate::burn_engine::BurnEngine;
use crate::packed::{Network, PackedEngine};
use crate::reading::{Reading, Unread};
use crate::workers::Workers;
use crate::{Asked, Options, ScorerError, Verdict};

/// What a checkpoint says of itself: configuration, calibration, training record, SHA-256.
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
    Packed(Box<PackedEngine>),
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
        if device != DeviceKind::Cpu && precision != Precision::F32 {
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

    /// What the checkpoint says of itself.
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

    /// What of a text can be read, without scoring it.
    pub fn readable(&self, text: &str) -> Readable {
        self.tokenizer.read(&normalise(text), None, &self.info.config.languages)
    }

    /// What is read of each text, or why nothing is.
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
        let lengths: Vec<usize> = sequences.iter().map(|sequence| sequence.len()).collect();
        let pick = |batch: &Vec<usize>| -> Vec<&[u32]> {
            batch.iter().map(|&index| sequences[index]).collect()
        };
        let threads = self.workers.count();
        let (plan, computed): (_, Vec<Vec<f32>>) = match &self.engine {
            Engine::Packed(engine) => {
                let total: usize = lengths.iter().sum();
                if sequences.len() == 1 || total <= TOGETHER {
                    let work = |team: &Team<'_>| engine.logits(team, sequences);
                    return Team::gather(threads.min(TEAM), self.workers.pool(), work);
                }
                let plan = plan(&lengths, Budget::CORE, threads);
                let run = |batch: &Vec<usize>| engine.logits(&Team::alone(), &pick(batch));
                let computed = self.workers.map(&plan, 1, run);
                (plan, computed)
            }
            #[cfg(feature = "burn")]
            Engine::Burn(engine) => {
                let plan = plan(&lengths, Budget::RECTANGLE, 1);
                let computed = plan.iter().map(|batch| engine.logits(&pick(batch))).collect();
                (plan, computed)
            }
        };
        let mut logits = vec![f32::NAN; sequences.len()];
        for (batch, computed) in plan.iter().zip(computed) {
            for (&index, logit) in batch.iter().zip(computed) {
                logits[index] = logit;
            }
        }
        logits
    }
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
    let config = &info.config;
    let (network, hash) = workers.join(
        || Network::open(&path, &config.electra, config.max_length, level, precision, workers),
        || file_sha256(&path),
    );
    let network = network?;
    info.check_hash(&hash?, &path)?;
    Ok(Engine::Packed(Box::new(PackedEngine::new(network))))
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
