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
        let mut logits = self.logits(&sequences(&readings)).into_iter();
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

    /// The logits of the texts' sequences of word pieces that are judged, each with 8 bits and in
    /// f32: by how much rounding moves this model. None where [`Precision::Auto`] does not round.
    pub fn roundings<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Vec<[f32; 2]> {
        let asked: Vec<Asked> = texts.iter().map(|text| Asked::new(text.as_ref())).collect();
        let readings = self.read(&asked);
        let sequences = sequences(&readings);
        match &self.engine {
            Engine::Packed { first, exact: Some(exact) } => {
                let rounded = self.packed_logits(first, &sequences);
                let exact = self.packed_logits(exact, &sequences);
                std::iter::zip(rounded, exact).map(|(rounded, exact)| [rounded, exact]).collect()
            }
            Engine::Packed { exact: None, .. } => Vec::new(),
            #[cfg(feature = "burn")]
            Engine::Burn(_) => Vec::new(),
        }
    }

    /// For each text a vector of unit length: texts that are alike to the model have a large product
    /// of theirs. It is the state of `[CLS]` after the last layer, `[hidden_size]`, of what is read
    /// first. None for a text that is not judged, and on devices other than the CPU.
    pub fn embeddings(&self, texts: &[Asked]) -> Vec<Option<Vec<f32>>> {
        let mut embeddings = vec![None; texts.len()];
        let engine = match &self.engine {
            Engine::Packed { first, .. } => first,
            #[cfg(feature = "burn")]
            Engine::Burn(_) => return embeddings,
        };
        let readings = self.read(texts);
        let (places, sequences): (Vec<usize>, Vec<&[u32]>) = readings
            .iter()
            .enumerate()
            .filter_map(|(place, reading)| {
                let (window, ..) = reading.as_ref().ok()?.sequences().next()?;
                Some((place, &window.ids[..]))
            })
            .unzip();
        let states = self.compute(&sequences, |team, batch| engine.first_states(team, batch));
        for (place, mut state) in places.into_iter().zip(states) {
            let length = state.iter().map(|x| x * x).sum::<f32>().sqrt();
            state.iter_mut().for_each(|x| *x /= length);
            embeddings[place] = Some(state).filter(|_| length.is_normal());
        }
        embeddings
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
                in_order(&plan, computed.collect())
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

    /// The logits of sequences by one of the CPU's engines.
    fn packed_logits(&self, engine: &PackedEngine, sequences: &[&[u32]]) -> Vec<f32> {
        self.compute(sequences, |team, batch| engine.logits(team, batch))
    }

    /// What `run` makes of each sequence, in the order given, in batches on all threads.
    fn compute<T: Send>(
        &self,
        sequences: &[&[u32]],
        run: impl Fn(&Team<'_>, &[&[u32]]) -> Vec<T> + Sync,
    ) -> Vec<T> {
        if sequences.is_empty() {
            return Vec::new();
        }
        let lengths = lengths(sequences);
        let threads = self.workers.count();
        if sequences.len() == 1 || lengths.iter().sum::<usize>() <= TOGETHER {
            let work = |team: &Team<'_>| run(team, sequences);
            return Team::gather(threads.min(TEAM), self.workers.pool(), work);
        }
        let plan = plan(&lengths, Budget::CORE, threads);
        let alone = |batch: &Vec<usize>| run(&Team::alone(), &pick(sequences, batch));
        let computed = self.workers.map(&plan, 1, alone);
        in_order(&plan, computed)
    }
}

/// All that the network reads of texts.
fn sequences(readings: &[Result<Reading, Unread>]) -> Vec<&[u32]> {
    let read = readings.iter().flatten().flat_map(Reading::sequences);
    read.map(|(window, ..)| &window.ids[..]).collect()
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
