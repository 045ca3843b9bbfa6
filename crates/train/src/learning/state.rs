//! The state that an interrupted training needs to go on as if nothing had happened.
//!
//! It lies in a folder beside the checkpoint, written whole or not at all. The order of examples
//! and the dropout masks are functions of seed and step, so that the step is all that needs
//! keeping of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use checkpoint::weights::safetensors::{self, Storage};
use checkpoint::{Weights, folder};
use serde::{Deserialize, Serialize};

use super::evaluation::Evaluation;
use crate::error::TrainError;

/// The version of the state's format.
const STATE_VERSION: u32 = 2;

/// A training between two steps.
#[derive(Debug, Clone)]
pub struct TrainingState {
    /// Counters and figures.
    pub record: StateRecord,
    /// The network.
    pub weights: Weights,
    /// The optimiser's memory.
    pub moments: Weights,
    /// The network when validation was best, if it was evaluated yet.
    pub best_weights: Option<Weights>,
    /// The mean of the networks that are finished, where several are averaged.
    pub mean_weights: Option<Weights>,
}

/// The part of the state that is not tensors (`state.json`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateRecord {
    /// Format version.
    pub version: u32,
    /// Settings and data hashes that must be the same to go on, by name.
    pub fingerprint: BTreeMap<String, String>,
    /// The step reached in the plan of all steps.
    pub step: usize,
    /// Sum of training losses since the last evaluation, and how many.
    pub recent_loss: (f64, usize),
    /// All evaluations so far.
    pub evaluations: Vec<Evaluation>,
    /// The index of the best of them.
    pub best: Option<usize>,
    /// Steps that were left out because a network had stopped improving.
    #[serde(default)]
    pub skipped: usize,
    /// Of each finished network, the evaluation that its kept weights are of.
    #[serde(default)]
    pub kept: Vec<usize>,
    /// Seconds spent so far.
    pub seconds: f64,
    /// Figures of a training on plain text since the last report.
    #[serde(default)]
    pub recent: Means,
    /// Its reports so far.
    #[serde(default)]
    pub reports: Vec<Report>,
}

/// Figures that are averaged over steps, by name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Means(BTreeMap<String, (f64, usize)>);

impl Means {
    /// One more value of a figure.
    pub fn add(&mut self, name: &str, value: f64) {
        let (sum, count) = self.0.entry(name.to_owned()).or_default();
        *sum += value;
        *count += 1;
    }

    /// The mean of a figure, NaN if it has no value yet.
    pub fn mean(&self, name: &str) -> f64 {
        self.0.get(name).map_or(f64::NAN, |(sum, count)| sum / *count as f64)
    }

    /// All means, by name.
    pub fn means(self) -> BTreeMap<String, f64> {
        self.0.into_iter().map(|(name, (sum, count))| (name, sum / count as f64)).collect()
    }
}

/// Means of figures over the steps up to one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The step.
    pub step: usize,
    /// By name.
    pub figures: BTreeMap<String, f64>,
}

impl StateRecord {
    /// The record of a training that has not begun.
    pub fn fresh(fingerprint: BTreeMap<String, String>) -> Self {
        Self {
            version: STATE_VERSION,
            fingerprint,
            step: 0,
            recent_loss: (0.0, 0),
            evaluations: Vec::new(),
            best: None,
            skipped: 0,
            kept: Vec::new(),
            seconds: 0.0,
            recent: Means::default(),
            reports: Vec::new(),
        }
    }

    /// Steps that were really taken, early stopping considered.
    pub fn steps_taken(&self) -> usize {
        self.step - self.skipped
    }

    /// The steps whose weights were kept, one for each finished network.
    pub fn kept_steps(&self) -> Vec<usize> {
        self.kept.iter().filter_map(|&kept| Some(self.evaluations.get(kept)?.step)).collect()
    }
}

/// The folder for the state of a training towards `output`.
pub fn state_folder(output: &Path) -> PathBuf {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    output.with_file_name(format!("{name}.training"))
}

impl TrainingState {
    /// Writes the state, whole or not at all.
    ///
    /// # Errors
    /// [`TrainError::Model`] if the disk refuses; the earlier state is then still there.
    pub fn write(&self, folder: &Path) -> Result<(), TrainError> {
        if let Some(parent) = folder.parent() {
            std::fs::create_dir_all(parent)
                .map_err(checkpoint::CheckpointError::io("create", parent))?;
        }
        let serialize = |weights: &Weights| safetensors::serialize(weights, Storage::F32, folder);
        let record = serde_json::to_vec_pretty(&self.record).map_err(|error| {
            TrainError::State { path: folder.to_owned(), reason: error.to_string() }
        })?;
        let weights = serialize(&self.weights)?;
        let moments = serialize(&self.moments)?;
        let best = self.best_weights.as_ref().map(serialize).transpose()?;
        let mean = self.mean_weights.as_ref().map(serialize).transpose()?;
        let mut files: Vec<(&str, &[u8])> = vec![
            ("state.json", &record),
            ("model.safetensors", &weights),
            ("moments.safetensors", &moments),
        ];
        if let Some(best) = &best {
            files.push(("best.safetensors", best));
        }
        if let Some(mean) = &mean {
            files.push(("mean.safetensors", mean));
        }
        Ok(folder::write(folder, &files)?)
    }

    /// The saved state if `resume` asks to go on with it; else `None`, to begin. With `overwrite`
    /// what lies there is not even read, so that damage to it bars no way.
    ///
    /// # Errors
    /// If there is nothing to resume, or a state that would be lost; those of [`Self::read`].
    pub fn take_up(
        folder: &Path,
        resume: bool,
        overwrite: bool,
    ) -> Result<Option<Self>, TrainError> {
        if overwrite {
            // A half-renamed folder that a crash left must not come back when the new training is
            // done.
            folder::recover(folder)?;
            return Ok(None);
        }
        match (Self::read(folder)?, resume) {
            (None, true) => Err(TrainError::NothingToResume { folder: folder.to_owned() }),
            (Some(_), false) => Err(TrainError::Unfinished { folder: folder.to_owned() }),
            (saved, _) => Ok(saved),
        }
    }

    /// The state taken up, checked against `fingerprint`; or the state of a training that begins
    /// with `weights`.
    ///
    /// # Errors
    /// [`TrainError::ResumeDiffers`] naming the first setting that is another.
    pub fn begin(
        taken_up: Option<Self>,
        fingerprint: BTreeMap<String, String>,
        weights: impl FnOnce() -> Weights,
    ) -> Result<Self, TrainError> {
        if let Some(state) = taken_up {
            state.check(&fingerprint)?;
            eprintln!("going on after step {}", state.record.steps_taken());
            return Ok(state);
        }
        Ok(Self::fresh(fingerprint, weights()))
    }

    /// The state of a training that begins with `weights`.
    pub fn fresh(fingerprint: BTreeMap<String, String>, weights: Weights) -> Self {
        Self {
            record: StateRecord::fresh(fingerprint),
            weights,
            moments: Weights::default(),
            best_weights: None,
            mean_weights: None,
        }
    }

    /// Reads a state back, or `None` if there is none.
    ///
    /// # Errors
    /// [`TrainError::State`] if it is damaged or of another version.
    pub fn read(folder: &Path) -> Result<Option<Self>, TrainError> {
        folder::recover(folder)?;
        let path = folder.join("state.json");
        if !path.is_file() {
            return Ok(None);
        }
        let damaged = |reason: String| TrainError::State { path: path.clone(), reason };
        let text = std::fs::read_to_string(&path).map_err(|error| damaged(error.to_string()))?;
        let record: StateRecord =
            serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        if record.version != STATE_VERSION {
            return Err(damaged(format!(
                "it is of version {}, this program reads {STATE_VERSION}",
                record.version
            )));
        }
        let read = |name: &str| {
            safetensors::read(&folder.join(name)).map_err(|error| TrainError::State {
                path: folder.to_owned(),
                reason: error.to_string(),
            })
        };
        let read_if_there =
            |name: &str| folder.join(name).is_file().then(|| read(name)).transpose();
        Ok(Some(Self {
            record,
            weights: read("model.safetensors")?,
            moments: read("moments.safetensors")?,
            best_weights: read_if_there("best.safetensors")?,
            mean_weights: read_if_there("mean.safetensors")?,
        }))
    }

    /// Holds the state to what is asked for now.
    fn check(&self, fingerprint: &BTreeMap<String, String>) -> Result<(), TrainError> {
        for (what, now) in fingerprint {
            let then = self.record.fingerprint.get(what).cloned().unwrap_or_default();
            if &then != now {
                return Err(TrainError::ResumeDiffers {
                    what: what.clone(),
                    then,
                    now: now.clone(),
                });
            }
        }
        Ok(())
    }
}

/// Removes the state of a training that is finished.
///
/// # Errors
/// [`TrainError::Model`] if the disk refuses.
pub fn remove(folder: &Path) -> Result<(), TrainError> {
    if folder.is_dir() {
        std::fs::remove_dir_all(folder)
            .map_err(checkpoint::CheckpointError::io("remove", folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn example() -> TrainingState {
        let tensor =
            |value| checkpoint::weights::HostTensor { shape: vec![2], values: vec![value; 2] };
        let weights = |value| Weights::from_iter([("classifier.bias".to_owned(), tensor(value))]);
        let fingerprint = BTreeMap::from([("seed".to_owned(), "1".to_owned())]);
        TrainingState {
            record: StateRecord { step: 7, ..StateRecord::fresh(fingerprint) },
            weights: weights(0.5),
            moments: weights(0.25),
            best_weights: Some(weights(0.75)),
            mean_weights: Some(weights(0.125)),
        }
    }

    #[test]
    fn a_state_reads_back_as_it_was_written() {
        let parent = tempfile::tempdir().unwrap();
        let folder = state_folder(&parent.path().join("mine"));
        assert!(TrainingState::read(&folder).unwrap().is_none());
        example().write(&folder).unwrap();
        let read = TrainingState::read(&folder).unwrap().unwrap();
        assert_eq!(read.record, example().record);
        assert_eq!(read.weights, example().weights);
        assert_eq!(read.moments, example().moments);
        assert_eq!(read.best_weights, example().best_weights);
        assert_eq!(read.mean_weights, example().mean_weights);
        remove(&folder).unwrap();
        assert!(TrainingState::read(&folder).unwrap().is_none());
    }

    #[test]
    fn a_state_of_other_settings_is_refused_by_name() {
        let now = BTreeMap::from([("seed".to_owned(), "2".to_owned())]);
        let error = example().check(&now).unwrap_err().to_string();
        assert!(error.contains("seed") && error.contains("1 then, 2 now"), "{error}");
    }
}
