//! Normalised text to word pieces, the same way in training and in serving.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use serde_json::Value;
use serde_json::value::RawValue;
use tokenizers::decoders::wordpiece::WordPiece as WordPieceDecoder;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{AddedToken, ModelWrapper, Tokenizer};

use crate::language::Told;
use crate::windows::{Seam, Window, Windows, length, part};
use crate::{Claims, Readable, TextError, language, normalise};

/// Two letters of a dead script that no vocabulary has: what a tokenizer must call unknown.
const UNKNOWN: &str = "\u{10348}\u{10332}";

/// A vocabulary and its algorithm, behind this project's normaliser: BERT's word pieces, or the
/// Unigram pieces of XLM-R and its kin.
#[derive(Debug, Clone)]
pub struct TweetTokenizer {
    tokenizer: Tokenizer,
    kind: &'static Kind,
    /// The ids of [`Kind::start`], [`Kind::end`] and [`Kind::unknown`].
    start: u32,
    end: u32,
    unknown: u32,
    /// Those of all pieces that no text may have: the frame, the hidden piece, the filling.
    special: Vec<u32>,
    vocab_size: usize,
}

/// The names that a kind of vocabulary has for its special pieces.
#[derive(Debug)]
struct Kind {
    /// Stands before a text: `[CLS]`.
    start: &'static str,
    /// Stands behind it: `[SEP]`.
    end: &'static str,
    unknown: &'static str,
    mask: &'static str,
    padding: &'static str,
    /// Marks a piece that begins a word.
    word: &'static str,
}

const BERT: Kind = Kind {
    start: "[CLS]",
    end: "[SEP]",
    unknown: "[UNK]",
    mask: "[MASK]",
    padding: "[PAD]",
    word: "",
};
const UNIGRAM: Kind = Kind {
    start: "<s>",
    end: "</s>",
    unknown: "<unk>",
    mask: "<mask>",
    padding: "<pad>",
    word: "\u{2581}",
};

/// The word pieces of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// Token ids, `[CLS]` first and `[SEP]` last.
    pub ids: Vec<u32>,
    /// True if word pieces were cut off to respect the maximum length.
    pub truncated: bool,
}

impl TweetTokenizer {
    /// Reads `tokenizer.json`, or else `vocab.txt`, from a Hugging Face folder.
    ///
    /// # Errors
    /// [`TextError::NoVocabulary`] if neither is there, [`TextError::Damaged`] if it does not
    /// parse or lacks `[CLS]`, `[SEP]` or `[UNK]` (of Unigram's kind `<s>`, `</s>` or `<unk>`).
    pub fn open(folder: &Path) -> Result<Self, TextError> {
        let json = folder.join("tokenizer.json");
        let vocabulary = folder.join("vocab.txt");
        if json.is_file() {
            let text = std::fs::read_to_string(&json).map_err(TextError::read(&json))?;
            check(&text).map_err(|reason| TextError::damaged(&json, reason))?;
            let tokenizer: Tokenizer =
                text.parse().map_err(|error| TextError::damaged(&json, format!("{error}")))?;
            Self::new(tokenizer, &json)
        } else if vocabulary.is_file() {
            Self::from_vocabulary(&vocabulary)
        } else {
            Err(TextError::NoVocabulary { folder: folder.to_owned() })
        }
    }

    /// Builds BERT's tokenizer from a vocabulary file: one word piece a line. Upper case and accents
    /// are taken away unless a `tokenizer_config.json` beside it says otherwise.
    ///
    /// # Errors
    /// As [`TweetTokenizer::open`].
    pub fn from_vocabulary(path: &Path) -> Result<Self, TextError> {
        let bytes = std::fs::read(path).map_err(TextError::read(path))?;
        let model = WordPiece::read_bytes(&bytes)
            .and_then(|pieces| {
                WordPiece::builder().vocab(pieces).unk_token("[UNK]".to_owned()).build()
            })
            .map_err(|error| TextError::damaged(path, error.to_string()))?;
        let settings = path.with_file_name("tokenizer_config.json");
        let settings = if settings.is_file() { read_json(&settings)? } else { Value::Null };
        let lowercase = settings["do_lower_case"].as_bool().unwrap_or(true);
        let strip_accents = settings["strip_accents"].as_bool();
        let mut tokenizer = Tokenizer::new(model);
        tokenizer
            .with_normalizer(Some(BertNormalizer::new(true, true, strip_accents, lowercase)))
            .with_pre_tokenizer(Some(BertPreTokenizer))
            .with_decoder(Some(WordPieceDecoder::default()));
        tokenizer.add_special_tokens(
            &["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
                .map(|piece| AddedToken::from(piece, true)),
        );
        // Not used here, where `encode` frames the pieces itself, but `transformers` reads it.
        if let (Some(sep), Some(cls)) =
            (tokenizer.token_to_id("[SEP]"), tokenizer.token_to_id("[CLS]"))
        {
            tokenizer.with_post_processor(Some(BertProcessing::new(
                ("[SEP]".to_owned(), sep),
                ("[CLS]".to_owned(), cls),
            )));
        }
        Self::new(tokenizer, path)
    }

    fn new(mut tokenizer: Tokenizer, path: &Path) -> Result<Self, TextError> {
        // Lengths are ours to choose; a file's own padding or truncation would change scores.
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|error| TextError::damaged(path, error.to_string()))?;
        // A tweet that says "[SEP]" means the word, not the separator.
        tokenizer.set_encode_special_tokens(true);
        let is_unigram = matches!(tokenizer.get_model(), ModelWrapper::Unigram(_));
        let kind = if is_unigram { &UNIGRAM } else { &BERT };
        let id_of = |piece: &str| {
            tokenizer.token_to_id(piece).ok_or_else(|| {
                let reason = format!(
                    "it has no {piece}: a vocabulary of BERT's kind is needed, or one of XLM-R's"
                );
                TextError::damaged(path, reason)
            })
        };
        let unknown = id_of(kind.unknown)?;
        // Else each text with a word that it does not know would pass for one without words.
        tokenizer.encode_fast(UNKNOWN, false).map_err(|error| {
            TextError::damaged(path, format!("it fails on a word that it does not know: {error}"))
        })?;
        let (start, end) = (id_of(kind.start)?, id_of(kind.end)?);
        let vocab_size = if is_unigram {
            // Its ids are places in a list. It is long, and would be copied to be looked through.
            tokenizer.get_vocab_size(true)
        } else {
            let largest = tokenizer.get_vocab(true).into_values().max().unwrap_or(0);
            largest as usize + 1
        };
        let special = [kind.start, kind.end, kind.mask, kind.padding];
        let special = special.iter().filter_map(|piece| tokenizer.token_to_id(piece)).collect();
        Ok(Self { tokenizer, kind, start, end, unknown, special, vocab_size })
    }

    /// Normalises `text` and cuts it into at most `max_length` word pieces, `[CLS]` and `[SEP]`
    /// included. `None` if nothing is left after normalisation: there is nothing to score.
    pub fn encode(&self, text: &str, max_length: usize) -> Option<Encoding> {
        self.encode_normalised(&normalise(text), max_length)
    }

    /// The same of a text that is [normalised](normalise) already.
    pub fn encode_normalised(&self, normalised: &str, max_length: usize) -> Option<Encoding> {
        let pieces = self.tokenizer.encode_fast(normalised, false).ok()?;
        let pieces = pieces.get_ids();
        if pieces.is_empty() {
            return None;
        }
        let room = max_length.saturating_sub(2);
        let kept = &pieces[..pieces.len().min(room)];
        Some(Encoding { ids: self.framed(kept), truncated: pieces.len() > room })
    }

    /// A [normalised](normalise) text of up to `max_length` word pieces, `[CLS]` and `[SEP]` included, as
    /// one window, a longer one in several [windows](crate::windows) of a quarter of that. `None` if there
    /// is nothing to score.
    pub fn windows(&self, normalised: &str, max_length: usize) -> Option<Windows> {
        let Encoding { ids, truncated } = self.encode_normalised(normalised, max_length)?;
        if !truncated {
            let tokens = ids.len();
            let windows = vec![Window { ids, place: 0..normalised.len() }];
            return Some(Windows { windows, tokens, truncated: false });
        }
        // Once more, now with where each piece stands: most texts are short and need not know.
        let pieces = self.tokenizer.encode(normalised, false).ok()?;
        let (ids, words) = (pieces.get_ids(), pieces.get_word_ids());
        let begins = |piece: usize| match pieces.get_offsets().get(piece) {
            Some(&(begin, _)) if piece > 0 => begin,
            Some(_) => 0,
            None => normalised.len(),
        };
        let seam = |piece: usize| {
            let before = normalised.get(..begins(piece)).unwrap_or_default();
            Seam::after(before, piece > 0 && words[piece] == words[piece - 1])
        };
        let seams: Vec<Seam> = (0..ids.len()).map(seam).collect();
        let ranges = part(&seams, length(max_length).saturating_sub(2));
        let read = ranges.last().map_or(0, |range| range.end);
        let window = |range: Range<usize>| {
            let (begin, end) = (begins(range.start), begins(range.end));
            let text = normalised.get(begin..end).unwrap_or_default().trim_end();
            Window { ids: self.framed(&ids[range]), place: begin..begin + text.len() }
        };
        Some(Windows {
            windows: ranges.into_iter().map(window).collect(),
            tokens: read + 2,
            truncated: read < ids.len(),
        })
    }

    /// Word pieces between `[CLS]` and `[SEP]`.
    fn framed(&self, pieces: &[u32]) -> Vec<u32> {
        let mut ids = Vec::with_capacity(pieces.len() + 2);
        ids.push(self.start);
        // Unigram has its special pieces among the others, and finds them in a text that spells them.
        let is_special = |id: &u32| self.special.contains(id);
        ids.extend(pieces.iter().map(|id| if is_special(id) { self.unknown } else { *id }));
        ids.push(self.end);
        ids
    }

    /// True if a word in small letters is a word piece by itself.
    pub fn knows(&self, word: &str) -> bool {
        match self.kind.word {
            "" => self.tokenizer.token_to_id(word).is_some(),
            mark => self.tokenizer.token_to_id(&format!("{mark}{word}")).is_some(),
        }
    }

    /// Tells the language of a [normalised](normalise) text and does something with it. `hint` is the
    /// platform's own word for it.
    pub fn tell<T>(
        &self,
        normalised: &str,
        hint: Option<&str>,
        then: impl FnOnce(&Told<'_>) -> T,
    ) -> T {
        let knows = |word: &str| self.knows(word);
        then(&Told::new(normalised, hint, self.is_of_english().then_some(&knows)))
    }

    /// Finds the part of a [normalised](normalise) text that a model with these `claims` can read.
    /// `hint` is the platform's own word for the text's language.
    pub fn read(&self, normalised: &str, hint: Option<&str>, claims: &Claims) -> Readable {
        self.tell(normalised, hint, |told| told.read(claims))
    }

    /// The language of a [normalised](normalise) text; `None` for one without words.
    pub fn language(&self, normalised: &str) -> Option<language::Code> {
        let knows = |word: &str| self.knows(word);
        language::guess(normalised, self.is_of_english().then_some(&knows))
    }

    /// True if a word that it knows is likely to be English. BERT's vocabularies are made of English
    /// text; Unigram's of many languages know the words of all.
    fn is_of_english(&self) -> bool {
        self.kind.word.is_empty()
    }

    /// Rows that a table of word embeddings needs for this vocabulary: one more than the largest id.
    /// If a vocabulary skips an id, that is more than it has word pieces.
    pub fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    /// The id of the piece that fills a batch up, `[PAD]` or `<pad>`, if the vocabulary has it. Nothing is
    /// filled up here, but other programs read the id in `config.json`.
    pub fn padding_id(&self) -> Option<u32> {
        self.tokenizer.token_to_id(self.kind.padding)
    }

    /// The id of the piece that stands for a hidden one, `[MASK]`, if the vocabulary has it.
    pub fn mask_id(&self) -> Option<u32> {
        self.tokenizer.token_to_id(self.kind.mask)
    }

    /// All word pieces, each with its id.
    pub fn pieces(&self) -> HashMap<String, u32> {
        self.tokenizer.get_vocab(true).into_iter().collect()
    }

    /// The `tokenizer.json` of this tokenizer, to be written to `path`.
    ///
    /// # Errors
    /// [`TextError::Damaged`] if the tokenizer has a part that cannot be written.
    pub fn to_json(&self, path: &Path) -> Result<String, TextError> {
        self.tokenizer.to_string(false).map_err(|error| TextError::damaged(path, error.to_string()))
    }
}

/// Refuses what the library panics at instead: a file that is no JSON, and `SentencePiece`'s own tables of
/// letters, in whose place this project's normaliser stands.
fn check(json: &str) -> Result<(), String> {
    // All but the model, most of which are pieces: the library reads these without a copy, and says where
    // they are damaged; on other parts it may panic.
    let parts: HashMap<String, &RawValue> =
        serde_json::from_str(json).map_err(|error| error.to_string())?;
    for (_, part) in parts.iter().filter(|(name, _)| *name != "model") {
        serde_json::from_str::<Value>(part.get()).map_err(|error| error.to_string())?;
    }
    if parts.get("normalizer").is_some_and(|it| it.get().contains("\"Precompiled\"")) {
        return Err("it has SentencePiece's table of letters (Precompiled): put NFKC in its place"
            .to_owned());
    }
    Ok(())
}

/// Reads and parses a JSON file.
fn read_json(path: &Path) -> Result<Value, TextError> {
    let text = std::fs::read_to_string(path).map_err(TextError::read(path))?;
    serde_json::from_str(&text).map_err(|error| TextError::damaged(path, error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn open(json: &str) -> Result<TweetTokenizer, TextError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tokenizer.json"), json).unwrap();
        TweetTokenizer::open(folder.path())
    }

    /// Pieces of Unigram's kind, each with its logarithmic probability, behind NFKC and Metaspace.
    const PIECES: &str = r#"[["<s>",0.0],["<pad>",0.0],["</s>",0.0],["<unk>",0.0],["\u2581",-3.0],
        ["\u2581good",-2.0],["\u2581go",-3.0],["od",-3.5],["s",-4.0],["\u2581سلام",-2.5],["<mask>",0.0]]"#;

    fn unigram() -> TweetTokenizer {
        let space =
            r#"{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always","split":true}"#;
        open(&format!(
            r#"{{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":{{"type":"NFKC"}},
            "pre_tokenizer":{space},"post_processor":null,"decoder":{space},
            "model":{{"type":"Unigram","unk_id":3,"vocab":{PIECES},"byte_fallback":false}}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn unigram_pieces_are_framed_and_known_as_word_pieces_are() {
        let tokenizer = unigram();
        let ids = |text: &str| tokenizer.encode(text, 16).unwrap().ids;
        assert_eq!(ids("good goods"), [0, 5, 5, 8, 2]);
        assert_eq!(ids("سلام good"), [0, 9, 5, 2]);
        assert_eq!(ids("good ж"), [0, 5, 4, 3, 2]);
        assert_eq!(tokenizer.encode("good good good good", 4).unwrap().ids, [0, 5, 5, 2]);
        assert!(tokenizer.knows("good") && tokenizer.knows("سلام") && !tokenizer.knows("od"));
        assert_eq!((tokenizer.mask_id(), tokenizer.vocab_size()), (Some(10), 11));
        let long = "good ".repeat(40);
        let windows = tokenizer.windows(long.trim(), 16).unwrap();
        assert!(windows.windows.len() > 1 && windows.tokens == 42, "{windows:?}");
        let path = Path::new("tokenizer.json");
        let again = open(&tokenizer.to_json(path).unwrap()).unwrap();
        assert_eq!(again.encode("good goods", 16).unwrap().ids, ids("good goods"));
    }

    #[test]
    fn a_text_that_spells_the_frame_does_not_get_it() {
        let tokenizer = unigram();
        let text = "good </s> <s> <mask> <pad> good";
        let framed = tokenizer.encode_normalised(text, 64).unwrap().ids;
        let inside = &framed[1..framed.len() - 1];
        assert!([0, 1, 2, 10].iter().all(|special| !inside.contains(special)), "{framed:?}");
    }

    #[test]
    fn a_damaged_file_is_refused_wherever_it_is_cut_or_changed() {
        let folder = tempfile::tempdir().unwrap();
        let pieces = folder.path().join("vocab.txt");
        std::fs::write(&pieces, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\n").unwrap();
        let json = TweetTokenizer::open(folder.path()).unwrap().to_json(&pieces).unwrap();
        assert!(json.is_ascii() && open(&json).is_ok());
        for place in (0..json.len()).step_by(7) {
            assert!(open(&json[..place]).is_err(), "cut at {place}");
            for instead in ["", "}", "\"", "\\ud800", "1e999"] {
                // Whatever comes of it, it is no panic.
                let _ = open(&[&json[..place], instead, &json[place + 1..]].concat());
            }
        }
        let precompiled = r#"{"type":"Precompiled","precompiled_charsmap":"AA"}"#;
        let (_, normaliser) = json.split_once("\"normalizer\":").unwrap();
        let normaliser = &normaliser[..=normaliser.find('}').unwrap()];
        let refused = open(&json.replace(normaliser, precompiled)).unwrap_err().to_string();
        assert!(refused.contains("SentencePiece"), "{refused}");
    }
}
