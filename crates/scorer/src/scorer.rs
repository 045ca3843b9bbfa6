//! Opening a checkpoint and scoring texts with it: which of its models read a text, and which score counts.

use std::path::Path;

use checkpoint::Manifest;
use kernels::DeviceKind;
use text::language::Code;
use text::{Readable, Reason, normalise};

use crate::model::Model;
use crate::reading::{Reading, Unread};
use crate::workers::Workers;
use crate::{Asked, Options, Precision, Score, ScorerError, Verdict};

/// A checkpoint's description of itself: configuration, calibration, training record, SHA-256.
pub type CheckpointInfo = Manifest;

/// Texts of a call that are tokenised on the calling thread: with more, on all.
const FEW: usize = 8;

/// A checkpoint ready to score texts. Threads may share it.
///
/// It may hold several models, each for languages of its own. A text goes to the one that claims its
/// language; one in several languages may go to several, each of which reads its part, and the highest
/// score counts.
pub struct Scorer {
    /// The main one first.
    models: Vec<Model>,
    workers: Workers,
}

/// What each model reads of a text, or the reason that it reads nothing.
type Readings = Vec<Result<Reading, Unread>>;

impl std::fmt::Debug for Scorer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scorer").field("info", self.checkpoint()).finish_non_exhaustive()
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
        let Options { device, precision, threads, .. } = *options;
        if device != DeviceKind::Cpu && matches!(precision, Precision::Bf16 | Precision::Int8) {
            return Err(ScorerError::Precision { precision, device });
        }
        let workers = Workers::start(threads)?;
        let info = Manifest::open(folder)?;
        let folders = info.folders(folder);
        let places: Vec<_> = std::iter::zip(info.models(), &folders).collect();
        let models = workers.map(&places, 1, |&(info, folder)| {
            Model::open(folder, info.clone(), options, &workers)
        });
        Ok(Self { models: models.into_iter().collect::<Result<_, _>>()?, workers })
    }

    /// The checkpoint's description of itself.
    pub fn checkpoint(&self) -> &CheckpointInfo {
        &self.main().info
    }

    /// The model whose vocabulary tells languages.
    fn main(&self) -> &Model {
        &self.models[0]
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
        let mut scores: Vec<Option<Score>> = vec![None; texts.len()];
        for (at, model) in self.models.iter().enumerate() {
            let sequences = sequences(&readings, at);
            let mut logits = model.logits(&self.workers, &sequences).into_iter();
            for (index, readings) in readings.iter().enumerate() {
                let Ok(reading) = &readings[at] else { continue };
                let score = reading
                    .score(&mut logits, &model.info.calibration)
                    .map_err(|logit| ScorerError::NotANumber { index, logit })?;
                let best = &mut scores[index];
                if best.as_ref().is_none_or(|best| score.score > best.score) {
                    *best = Some(score);
                }
            }
        }
        let verdicts = std::iter::zip(scores, readings).map(|(score, readings)| match score {
            Some(score) => Verdict::Judged(score),
            None => unread(&readings),
        });
        Ok(verdicts.collect())
    }

    /// Judges one text.
    ///
    /// # Errors
    /// As [`Scorer::score`].
    pub fn score_one(&self, text: &str) -> Result<Verdict, ScorerError> {
        let nothing = Verdict::NotJudged { reason: Reason::NoText, lang: None };
        Ok(self.score(&[text])?.pop().unwrap_or(nothing))
    }

    /// For each model the logits of the texts' sequences of word pieces that it judges, each with 8 bits
    /// and in f32: by how much rounding moves it. None where [`Precision::Auto`] does not round.
    pub fn roundings<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Vec<Vec<[f32; 2]>> {
        let asked: Vec<Asked> = texts.iter().map(|text| Asked::new(text.as_ref())).collect();
        let readings = self.read(&asked);
        let models = self.models.iter().enumerate();
        models
            .map(|(at, model)| model.roundings(&self.workers, &sequences(&readings, at)))
            .collect()
    }

    /// For each text a vector of unit length: texts that are alike to the model have a large product
    /// of theirs. It is the state of `[CLS]` after the last layer, `[hidden_size]`, of what is read
    /// first. None for a text that is not judged, and on devices other than the CPU.
    ///
    /// Of several models the first that reads a text gives its vector, behind as many zeros as the vectors
    /// of those before it have numbers: they mean other things, so that the product of two models' is 0.
    pub fn embeddings(&self, texts: &[Asked]) -> Vec<Option<Vec<f32>>> {
        let mut embeddings = vec![None; texts.len()];
        let readings = self.read(texts);
        let first = |readings: &Readings| readings.iter().position(Result::is_ok);
        let mut zeros = 0;
        for (at, model) in self.models.iter().enumerate() {
            let (places, sequences): (Vec<usize>, Vec<&[u32]>) = readings
                .iter()
                .enumerate()
                .filter(|(_, readings)| first(readings) == Some(at))
                .filter_map(|(place, readings)| {
                    let (window, ..) = readings[at].as_ref().ok()?.sequences().next()?;
                    Some((place, &window.ids[..]))
                })
                .unzip();
            let states = model.first_states(&self.workers, &sequences);
            for (place, state) in std::iter::zip(places, states) {
                let length = state.iter().map(|x| x * x).sum::<f32>().sqrt();
                let unit = state.iter().map(|x| x / length);
                let embedding = std::iter::repeat_n(0.0, zeros).chain(unit).collect();
                embeddings[place] = Some(embedding).filter(|_| length.is_normal());
            }
            zeros += model.info.config.electra.hidden_size;
        }
        embeddings
    }

    /// The part of a text that can be read, without scoring it: by the first model that reads something.
    pub fn readable(&self, text: &str) -> Readable {
        self.main().tokenizer.tell(&normalise(text), None, |told| {
            let mut readable = self.models.iter().map(|it| told.read(&it.info.config.languages));
            let read = readable.clone().find(|readable| readable.reason().is_none());
            read.or_else(|| readable.next()).unwrap_or(NOTHING)
        })
    }

    /// What of each text is read.
    fn read(&self, texts: &[Asked]) -> Vec<Readings> {
        let read = |asked: &Asked| self.read_one(asked);
        if texts.len() <= FEW {
            return texts.iter().map(read).collect();
        }
        self.workers.map(texts, usize::MAX, read)
    }

    fn read_one(&self, asked: &Asked) -> Readings {
        let normal = normalise(asked.text);
        self.main().tokenizer.tell(&normal, asked.lang, |told| {
            let whole = (!asked.judge).then(|| self.whatever(asked.lang, told.lang()));
            let models = self.models.iter().enumerate().map(|(at, model)| {
                let readable = match whole {
                    Some((chosen, lang)) if chosen == at => Readable::Whole(lang),
                    Some(_) => NOTHING,
                    None => told.read(&model.info.config.languages),
                };
                Reading::of(readable, &normal, &model.tokenizer, model.info.config.max_length)
            });
            models.collect()
        })
    }

    /// The model, and the language that it takes a text for, that reads one whatever its language is: the one
    /// that claims the language named, or else the one told, or else the main model.
    fn whatever(&self, named: Option<&str>, told: Option<Code>) -> (usize, Code) {
        let claims = |at: usize| &self.models[at].info.config.languages;
        let claimed = |code: &str| {
            (0..self.models.len()).find_map(|at| Some((at, claims(at).claimed(code)?)))
        };
        let named = named.and_then(claimed).or_else(|| told.and_then(claimed));
        named.unwrap_or_else(|| (0, claims(0).codes()[0]))
    }
}

const NOTHING: Readable = Readable::Nothing { reason: Reason::NoText, lang: None };

/// The verdict on a text that no model reads: the main one's.
fn unread(readings: &Readings) -> Verdict {
    let (reason, lang) = match readings.first() {
        Some(Err(unread)) => *unread,
        Some(Ok(_)) | None => (Reason::NoText, None),
    };
    Verdict::NotJudged { reason, lang }
}

/// All that a model reads of texts.
fn sequences(readings: &[Readings], model: usize) -> Vec<&[u32]> {
    let read = readings.iter().filter_map(|readings| readings[model].as_ref().ok());
    read.flat_map(Reading::sequences).map(|(window, ..)| &window.ids[..]).collect()
}
