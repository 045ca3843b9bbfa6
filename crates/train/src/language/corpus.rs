//! Text files to word pieces.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use checkpoint::file_sha256;
use cli::TextColumn;
use rayon::prelude::*;
use serde::Serialize;
use text::TweetTokenizer;

use crate::data::texts;
use crate::error::TrainError;

/// Texts with fewer word pieces, `[CLS]` and `[SEP]` included, teach nothing about context.
const FEWEST_PIECES: usize = 5;

/// Tokenised texts, and what was found in their files.
#[derive(Debug)]
pub struct Corpus {
    /// Word pieces of each text, `[CLS]` first and `[SEP]` last.
    pub texts: Vec<Vec<u32>>,
    /// Counts of everything found on the way.
    pub summary: CorpusSummary,
}

/// Content of the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CorpusSummary {
    /// The files and the SHA-256 of their bytes.
    pub files: Vec<(PathBuf, String)>,
    /// Rows read.
    pub rows: usize,
    /// Left out: too short, or empty after normalisation.
    pub short: usize,
    /// Left out: the same word pieces as an earlier text.
    pub repeated: usize,
    /// Left out: in a file that must not be learned from.
    pub excluded: usize,
    /// Texts kept.
    pub texts: usize,
    /// Their word pieces.
    pub tokens: usize,
}

impl Corpus {
    /// Reads and tokenises `files`, leaving out what stands in the files of `exclude`.
    ///
    /// # Errors
    /// [`TrainError::Data`] for a file that cannot be read, [`TrainError::Flag`] if nothing is
    /// left.
    pub fn read(
        files: &[PathBuf],
        exclude: &[PathBuf],
        column: &TextColumn,
        tokenizer: &TweetTokenizer,
        max_length: usize,
    ) -> Result<Self, TrainError> {
        let mut summary = CorpusSummary {
            files: Vec::new(),
            rows: 0,
            short: 0,
            repeated: 0,
            excluded: 0,
            texts: 0,
            tokens: 0,
        };
        let mut forbidden = HashSet::new();
        for file in exclude {
            each_text(file, column, tokenizer, max_length, |ids| {
                forbidden.extend(ids.map(|ids| hash(&ids)));
            })?;
        }
        let (mut texts, mut seen) = (Vec::new(), HashSet::new());
        for file in files {
            summary.files.push((file.clone(), file_sha256(file)?));
            each_text(file, column, tokenizer, max_length, |ids| {
                summary.rows += 1;
                let Some(ids) = ids.filter(|ids| ids.len() >= FEWEST_PIECES) else {
                    summary.short += 1;
                    return;
                };
                let hash = hash(&ids);
                if forbidden.contains(&hash) {
                    summary.excluded += 1;
                } else if seen.insert(hash) {
                    summary.tokens += ids.len();
                    texts.push(ids);
                } else {
                    summary.repeated += 1;
                }
            })?;
        }
        summary.texts = texts.len();
        if texts.is_empty() {
            let reason = "nothing is left of these files to learn from: all texts are too short, \
                          empty or excluded";
            return Err(TrainError::Flag { flag: "--text", reason: reason.to_owned() });
        }
        Ok(Self { texts, summary })
    }
}

impl CorpusSummary {
    /// The content, line by line.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.files.iter().map(|(file, _)| format!("text: {}", file.display())).collect();
        let counted = [
            (self.short, "too short or empty, left out"),
            (self.repeated, "repeated, left out"),
            (self.excluded, "in the files of --exclude, left out"),
        ];
        for (count, what) in counted.into_iter().filter(|(count, _)| *count > 0) {
            lines.push(format!("{count} of {} texts {what}", self.rows));
        }
        lines.push(format!("learning from {} texts, {} word pieces", self.texts, self.tokens));
        lines
    }
}

/// Calls `take` with the word pieces of every text of a file, in order; `None` where nothing is
/// left after normalisation.
fn each_text(
    file: &Path,
    column: &TextColumn,
    tokenizer: &TweetTokenizer,
    max_length: usize,
    mut take: impl FnMut(Option<Vec<u32>>),
) -> Result<(), TrainError> {
    texts::each_chunk(file, column, |texts| {
        let tokenised: Vec<Option<Vec<u32>>> =
            texts.par_iter().map(|text| Some(tokenizer.encode(text, max_length)?.ids)).collect();
        tokenised.into_iter().for_each(&mut take);
    })
}

fn hash(ids: &[u32]) -> u64 {
    let mut hasher = DefaultHasher::new();
    ids.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn tokenizer() -> TweetTokenizer {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        TweetTokenizer::open(&root.join("data/vocabulary")).unwrap()
    }

    fn read(files: &[PathBuf], exclude: &[PathBuf]) -> Result<Corpus, TrainError> {
        Corpus::read(files, exclude, &TextColumn::default(), &tokenizer(), 16)
    }

    #[test]
    fn repeated_short_and_excluded_texts_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let (text, judged) = (folder.path().join("a.txt"), folder.path().join("judged.csv"));
        let lines = "the match begins at noon\nhi\nThe match  begins at noon https://t.co/x\n\
                     rain is expected in the north\nwe planted two old apple trees\n";
        std::fs::write(&text, lines).unwrap();
        std::fs::write(&judged, "text,label\nRain is expected in the north,0\n").unwrap();
        let corpus = read(&[text], &[judged]).unwrap();
        let CorpusSummary { rows, short, repeated, excluded, texts, tokens, .. } = corpus.summary;
        assert_eq!((rows, short, repeated, excluded, texts), (5, 1, 1, 1, 2));
        assert_eq!(tokens, corpus.texts.iter().map(Vec::len).sum::<usize>());
    }

    #[test]
    fn packed_files_are_unpacked_and_damaged_ones_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let packed = folder.path().join("a.txt.zst");
        let text = "the match begins at noon\nrain is expected in the north\n";
        let bytes = ruzstd::encoding::compress_to_vec(
            text.as_bytes(),
            ruzstd::encoding::CompressionLevel::Fastest,
        );
        std::fs::write(&packed, &bytes).unwrap();
        assert_eq!(read(std::slice::from_ref(&packed), &[]).unwrap().texts.len(), 2);
        std::fs::write(&packed, "not zstd").unwrap();
        let error = read(&[packed], &[]).unwrap_err().to_string();
        assert!(error.contains("a.txt.zst") && error.contains("zstd"), "{error}");
    }

    #[test]
    fn files_of_nothing_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("a.txt");
        std::fs::write(&text, "hi\nyo\n").unwrap();
        assert!(read(&[text], &[]).unwrap_err().to_string().starts_with("--text: "));
    }
}
