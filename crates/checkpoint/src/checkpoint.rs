//! The folder that holds a trained model: all that a score needs, and how it came to be.
//!
//! | file | what |
//! |---|---|
//! | `config.json` | architecture under Hugging Face's names, labels, and our own part under [`OURS`] |
//! | `model.safetensors` | weights under Hugging Face's names |
//! | `tokenizer.json` | word pieces |
//! | `calibration.json` | temperature, threshold, bands |
//! | `training.json` | data hashes, seed, hyper-parameters, versions, metrics |
//! | `README.md` | model card |
//!
//! A checkpoint may hold [other models](crate::others), each for languages of its own in a folder of its own.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use text::language::Code;
use text::{Claims, NORMALISER_VERSION, TweetTokenizer};

use crate::calibration::{CALIBRATION_VERSION, SHIFTED_VERSION};
use crate::config::ElectraConfig;
use crate::fit::check;
use crate::json::read_json;
use crate::others::{self, Listed, Other};
use crate::shipped::SHIPPED;
use crate::weights::safetensors::{self, Storage};
use crate::{Calibration, CheckpointError, Label, Weights, folder};

/// The version of the folder's format.
pub const FORMAT_VERSION: u32 = 1;

/// The usual folder of checkpoints.
pub const CHECKPOINTS: &str = "checkpoints";

/// The key of `config.json` under which our own settings lie, out of `transformers`' way.
pub const OURS: &str = "threat_indicator";

/// A checkpoint's description of itself: all but the weights. What is not of `others` is of its main model.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Architecture and settings.
    pub config: CheckpointConfig,
    /// From logits to scores.
    pub calibration: Calibration,
    /// The record of its training (`training.json`).
    pub training: Value,
    /// SHA-256 of `model.safetensors` in hexadecimal, as recorded when it was written.
    pub weights_sha256: String,
    /// Models for other languages.
    pub others: Vec<Other>,
}

/// Architecture and settings (`config.json`).
#[derive(Debug, Clone, PartialEq)]
pub struct CheckpointConfig {
    /// Sizes of the network.
    pub electra: ElectraConfig,
    /// Word pieces that are read at once: longer texts are read in windows.
    pub max_length: usize,
    /// Languages that the model was trained and measured on: texts in others are not judged.
    pub languages: Claims,
    /// The model's name, for people.
    pub name: String,
    /// The model's version, for people.
    pub version: String,
}

/// A whole checkpoint in memory.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// Architecture and settings.
    pub config: CheckpointConfig,
    /// From logits to scores.
    pub calibration: Calibration,
    /// The record of its training.
    pub training: Value,
    /// The network's weights.
    pub weights: Weights,
    /// Text to word pieces.
    pub tokenizer: TweetTokenizer,
    /// The model card, in Markdown.
    pub card: String,
}

/// Our part of `config.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Ours {
    format_version: u32,
    normaliser_version: u32,
    languages: Vec<String>,
    max_length: usize,
    name: String,
    version: String,
    weights_sha256: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<Listed>,
}

impl Manifest {
    /// Reads everything but weights and tokenizers.
    ///
    /// # Errors
    /// A [`CheckpointError`] naming the file: missing, damaged, of another version, with labels the
    /// other way round, or of a model that does not fit the others.
    pub fn open(folder: &Path) -> Result<Self, CheckpointError> {
        folder::recover(folder)?;
        let (mut main, listed) = Self::open_one(folder)?;
        others::open(folder, &mut main, listed)?;
        Ok(main)
    }

    /// Reads the main model of a folder, and the list of the others.
    pub(crate) fn open_one(folder: &Path) -> Result<(Self, Vec<Listed>), CheckpointError> {
        if !folder.is_dir() {
            return Err(CheckpointError::MissingFile {
                folder: folder.to_owned(),
                file: "checkpoint".to_owned(),
                hint: "train one first: cargo run -p train".to_owned(),
            });
        }
        let path = folder.join("config.json");
        let json = read_json(&path)?;
        let ours = json.get(OURS).cloned().ok_or_else(|| {
            let reason = format!(
                "it has no \"{OURS}\" section: this is not a checkpoint of this program; \
                 to fine-tune it, use train --base"
            );
            CheckpointError::damaged(&path, reason)
        })?;
        // Versions come before the rest: another version may well have other fields.
        check_version("format version", &ours["format_version"], &[FORMAT_VERSION], &path)?;
        let normaliser = &ours["normaliser_version"];
        check_version("normaliser version", normaliser, &[NORMALISER_VERSION], &path)?;
        let ours: Ours = serde_json::from_value(ours)
            .map_err(|error| CheckpointError::damaged(&path, format!("in \"{OURS}\": {error}")))?;
        if json["id2label"] != id2label() {
            return Err(CheckpointError::Labels { path, found: json["id2label"].to_string() });
        }
        let electra = ElectraConfig::from_hugging_face(&json, &path)?;
        if !(3..=electra.max_position_embeddings).contains(&ours.max_length) {
            let reason = format!(
                "max_length is {}, expected 3 to {}",
                ours.max_length, electra.max_position_embeddings
            );
            return Err(CheckpointError::damaged(&path, reason));
        }
        let languages = Claims::new(&ours.languages).map_err(|code| {
            let reason = if code.is_empty() {
                "languages is empty: name at least one that the model was trained on".to_owned()
            } else {
                format!(
                    "languages has \"{code}\", expected codes of ISO 639-1 that texts are told by"
                )
            };
            CheckpointError::damaged(&path, reason)
        })?;

        let path = folder.join("calibration.json");
        let json = read_json(&path)?;
        check_version("version", &json["version"], &[CALIBRATION_VERSION, SHIFTED_VERSION], &path)?;
        let calibration: Calibration = serde_json::from_value(json)
            .map_err(|error| CheckpointError::damaged(&path, error.to_string()))?;
        if let Some(problem) = calibration.problem() {
            return Err(CheckpointError::damaged(&path, problem));
        }
        let manifest = Self {
            config: CheckpointConfig {
                electra,
                max_length: ours.max_length,
                languages,
                name: ours.name,
                version: ours.version,
            },
            calibration,
            training: read_json(&folder.join("training.json"))?,
            weights_sha256: ours.weights_sha256,
            others: Vec::new(),
        };
        Ok((manifest, ours.others))
    }

    /// The SHA-256 that names the checkpoint, in hexadecimal: that of its weights, or, where it holds
    /// other models, that of the hashes of all weights, each with a line break behind it.
    pub fn sha256(&self) -> String {
        if self.others.is_empty() {
            return self.weights_sha256.clone();
        }
        let hashes = self.models().map(|model| format!("{}\n", model.weights_sha256));
        sha256(hashes.collect::<String>().as_bytes())
    }

    /// All its models, the main one first.
    pub fn models(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.others.iter().map(|other| &other.manifest))
    }

    /// The model of this number, the main one being 0.
    ///
    /// # Panics
    /// If there is none.
    pub fn model_mut(&mut self, number: usize) -> &mut Self {
        match number {
            0 => self,
            other => &mut self.others[other - 1].manifest,
        }
    }

    /// The folders of all its models, in the same order.
    pub fn folders(&self, folder: &Path) -> Vec<PathBuf> {
        let others = self.others.iter().map(|other| folder.join(&other.folder));
        std::iter::once(folder.to_owned()).chain(others).collect()
    }

    /// The languages that all its models judge, those of the main one first.
    pub fn languages(&self) -> Vec<Code> {
        self.models().flat_map(|model| model.config.languages.codes()).copied().collect()
    }

    /// Opens the main model's tokenizer.
    ///
    /// # Errors
    /// As [`TweetTokenizer::open`]; also for an id that the network has no word embedding for.
    pub fn tokenizer(&self, folder: &Path) -> Result<TweetTokenizer, CheckpointError> {
        let tokenizer = TweetTokenizer::open(folder)?;
        let (needed, rows) = (tokenizer.vocab_size(), self.config.electra.vocab_size);
        if needed > rows {
            let reason =
                format!("its ids need {needed} rows of word embeddings, but the model has {rows}");
            return Err(CheckpointError::damaged(&folder.join("tokenizer.json"), reason));
        }
        Ok(tokenizer)
    }

    /// Writes a checkpoint, whole or not at all, that says what this manifest and the cards say, with the word
    /// pieces of the models in `sources` and their weights, byte for byte. Sources and cards are those of
    /// all its models, the main one's first. `folder` may be a source.
    ///
    /// # Errors
    /// As [`Checkpoint::write`]; also if the weights in a source are not those of this manifest, or its
    /// models do not fit each other.
    ///
    /// # Panics
    /// If there are not as many sources and cards as models.
    pub fn write<P: AsRef<Path>>(
        &self,
        sources: &[P],
        folder: &Path,
        cards: &[String],
    ) -> Result<(), CheckpointError> {
        let models = self.others.len() + 1;
        assert!(
            (sources.len(), cards.len()) == (models, models),
            "sources and cards of all models"
        );
        let names: Vec<&str> = self.others.iter().map(|other| other.folder.as_str()).collect();
        folder::check_place_of(folder, &names)?;
        others::check(&self.folders(folder), self)?;
        let places =
            std::iter::once(String::new()).chain(names.iter().map(|name| format!("{name}/")));
        let mut files = Vec::new();
        for (((model, place), source), card) in self.models().zip(places).zip(sources).zip(cards) {
            let source = source.as_ref();
            let path = source.join("model.safetensors");
            let weights = std::fs::read(&path).map_err(CheckpointError::io("read", &path))?;
            model.check_hash(&sha256(&weights), &path)?;
            let tokenizer = model.tokenizer(source)?;
            let mut of_model =
                model.files(&source.join("tokenizer.json"), weights, &tokenizer, card)?;
            // Curves, which only some trainings leave.
            if let Ok(curves) = std::fs::read(source.join(folder::CURVES)) {
                of_model.push((folder::CURVES, curves));
            }
            files.extend(
                of_model.into_iter().map(|(name, bytes)| (format!("{place}{name}"), bytes)),
            );
        }
        write_files(folder, &files)
    }

    /// Holds the SHA-256 of the weights file at `path` to the one recorded when it was written.
    ///
    /// # Errors
    /// [`CheckpointError::Damaged`] if it is another.
    pub fn check_hash(&self, sha256: &str, path: &Path) -> Result<(), CheckpointError> {
        if sha256 == self.weights_sha256 {
            return Ok(());
        }
        let reason = "its SHA-256 is not the one in config.json: \
                      it was changed or damaged since it was written";
        Err(CheckpointError::damaged(path, reason))
    }

    /// The files of the main model. `path` is for messages.
    fn files(
        &self,
        path: &Path,
        weights: Vec<u8>,
        tokenizer: &TweetTokenizer,
        card: &str,
    ) -> Result<Vec<(&'static str, Vec<u8>)>, CheckpointError> {
        let padding_id = tokenizer.padding_id();
        let tokenizer = tokenizer.to_json(path)?;
        let ours = Ours {
            format_version: FORMAT_VERSION,
            normaliser_version: NORMALISER_VERSION,
            languages: self.config.languages.codes().iter().map(ToString::to_string).collect(),
            max_length: self.config.max_length,
            name: self.config.name.clone(),
            version: self.config.version.clone(),
            weights_sha256: self.weights_sha256.clone(),
            others: self.others.iter().map(Listed::from).collect(),
        };
        let mut config = self.config.electra.to_hugging_face(padding_id);
        config.insert("id2label".to_owned(), id2label());
        config.insert(
            "label2id".to_owned(),
            json!({ Label::NotProIsis.as_str(): 0, Label::ProIsis.as_str(): 1 }),
        );
        config.insert(OURS.to_owned(), json!(ours));
        Ok(vec![
            ("config.json", pretty(&Value::Object(config)).into_bytes()),
            ("model.safetensors", weights),
            ("tokenizer.json", tokenizer.into_bytes()),
            ("calibration.json", pretty(&json!(self.calibration)).into_bytes()),
            ("training.json", pretty(&self.training).into_bytes()),
            ("README.md", card.as_bytes().to_vec()),
        ])
    }
}

/// Writes the files of a checkpoint and makes the folder that it is to be in.
fn write_files<N: AsRef<str>>(
    folder: &Path,
    files: &[(N, Vec<u8>)],
) -> Result<(), CheckpointError> {
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent).map_err(CheckpointError::io("create", parent))?;
    }
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, bytes)| (name.as_ref(), bytes.as_slice())).collect();
    folder::write(folder, &files)
}

impl Checkpoint {
    /// Reads a checkpoint and holds every part to the others. Of one with several models it is the main one.
    ///
    /// # Errors
    /// As [`Manifest::open`]; also for weights that are cut short, changed since they were
    /// written, or do not fit the architecture.
    pub fn open(folder: &Path) -> Result<Self, CheckpointError> {
        let manifest = Manifest::open(folder)?;
        let tokenizer = manifest.tokenizer(folder)?;
        let path = folder.join("model.safetensors");
        let bytes = std::fs::read(&path).map_err(CheckpointError::io("read", &path))?;
        let weights = safetensors::parse(&bytes, &path)?;
        check(&weights, &manifest.config.electra, &path)?;
        manifest.check_hash(&sha256(&bytes), &path)?;
        Ok(Self {
            config: manifest.config,
            calibration: manifest.calibration,
            training: manifest.training,
            weights,
            tokenizer,
            card: std::fs::read_to_string(folder.join("README.md")).unwrap_or_default(),
        })
    }

    /// Writes the checkpoint, whole or not at all, over one that may be there.
    ///
    /// # Errors
    /// [`CheckpointError::Place`] if something else is there, [`CheckpointError::Io`] if the disk refuses; what
    /// was there before is then still there.
    pub fn write(&self, folder: &Path, storage: Storage) -> Result<(), CheckpointError> {
        folder::check_place(folder)?;
        let weights =
            safetensors::serialize(&self.weights, storage, &folder.join("model.safetensors"))?;
        let manifest = Manifest {
            config: self.config.clone(),
            calibration: self.calibration.clone(),
            training: self.training.clone(),
            weights_sha256: sha256(&weights),
            others: Vec::new(),
        };
        let path = folder.join("tokenizer.json");
        write_files(folder, &manifest.files(&path, weights, &self.tokenizer, &self.card)?)
    }
}

/// True if a list of files in `training.json` has one with this SHA-256.
pub fn lists_file(files: &Value, sha256: &str) -> bool {
    files.as_array().into_iter().flatten().any(|file| file["sha256"] == sha256)
}

fn check_version(
    what: &'static str,
    found: &Value,
    expected: &[u32],
    path: &Path,
) -> Result<(), CheckpointError> {
    if expected.iter().any(|version| *found == *version) {
        return Ok(());
    }
    let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
    let (found, expected) = (found.to_string(), expected.join(" or "));
    Err(CheckpointError::Version { path: path.to_owned(), what, found, expected })
}

/// The checkpoint to use where none is named, out of the folder that holds checkpoints: [`SHIPPED`]
/// if it is there, or else the one written last. `None` if there is none.
pub fn default_folder(root: &Path) -> Option<PathBuf> {
    // A base to train from has no calibration; a folder that is still being written has a dot.
    let written = |folder: &Path| {
        let hidden = folder.file_name()?.to_string_lossy().starts_with('.');
        let metadata = std::fs::metadata(folder.join("calibration.json")).ok()?;
        if hidden { None } else { metadata.modified().ok() }
    };
    let shipped = root.join(SHIPPED);
    if written(&shipped).is_some() {
        return Some(shipped);
    }
    let folders = std::fs::read_dir(root).ok()?.flatten().map(|entry| entry.path());
    let dated = folders.filter_map(|folder| Some((written(&folder)?, folder)));
    dated.max().map(|(_, folder)| folder)
}

/// The labels by class, as `transformers` writes them.
fn id2label() -> Value {
    json!({ "0": Label::NotProIsis.as_str(), "1": Label::ProIsis.as_str() })
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// SHA-256 of a file in hexadecimal.
///
/// # Errors
/// [`CheckpointError::Io`] if it cannot be read.
pub fn file_sha256(path: &Path) -> Result<String, CheckpointError> {
    let read = CheckpointError::io("read", path);
    File::open(path).and_then(|mut file| reader_sha256(&mut file)).map_err(read)
}

/// SHA-256 in hexadecimal of what is left to read, in pieces: no copy of it is held.
///
/// # Errors
/// As the reader's.
pub fn reader_sha256(reader: &mut impl Read) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 18];
    loop {
        let count = reader.read(&mut piece)?;
        if count == 0 {
            return Ok(hexadecimal(&hash.finalize()));
        }
        hash.update(&piece[..count]);
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pretty(json: &Value) -> String {
    format!("{json:#}\n")
}
