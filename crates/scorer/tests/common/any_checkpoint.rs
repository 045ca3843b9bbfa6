/// Folders of a whole checkpoint and of a whole base, of which one file is replaced.
struct Folders {
    folder: tempfile::TempDir,
}

impl Folders {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        small_checkpoint(&folder.path().join("checkpoint"));
        let base = folder.path().join("base");
        std::fs::create_dir_all(&base).expect("a folder");
        for (name, bytes) in small_base() {
            std::fs::write(base.join(name), bytes).expect("a file");
        }
        Self { folder }
    }

    /// Replaces the file that the first byte names by the rest, and reads all that can be read of it: it is
    /// refused in one line, or what it is scores texts.
    fn open(&self, bytes: &[u8]) {
        let Some((file, bytes)) = bytes.split_first() else { return };
        let (folder, name) = match file {
            b'c' => ("checkpoint", "config.json"),
            b'w' => ("checkpoint", "model.safetensors"),
            b't' => ("checkpoint", "tokenizer.json"),
            b'k' => ("checkpoint", "calibration.json"),
            b'r' => ("checkpoint", "training.json"),
            b'C' => ("base", "config.json"),
            b'W' => ("base", "model.safetensors"),
            b'P' => ("base", "pytorch_model.bin"),
            b'V' => ("base", "vocab.txt"),
            _ => ("base", "tokenizer_config.json"),
        };
        let folder = self.folder.path().join(folder);
        let whole = std::fs::read(folder.join(name)).ok();
        // It is read where there is no other.
        let other = (*file == b'P').then(|| {
            let path = folder.join("model.safetensors");
            let whole = std::fs::read(&path).expect("weights");
            std::fs::remove_file(&path).expect("weights");
            (path, whole)
        });
        std::fs::write(folder.join(name), bytes).expect("a file");
        read_folder(&folder);
        match whole {
            Some(whole) => std::fs::write(folder.join(name), whole),
            None => std::fs::remove_file(folder.join(name)),
        }
        .expect("the file as it was");
        if let Some((path, whole)) = other {
            std::fs::write(path, whole).expect("the file as it was");
        }
    }
}

/// Reads a folder in each way that programs do.
fn read_folder(folder: &std::path::Path) {
    let one_line = |message: String| {
        assert!(!message.contains(char::is_control), "{message:?}");
    };
    let texts = ["good morning, rain is coming to the city", "", &"we play football today. ".repeat(40)];
    match checkpoint::Base::open(folder, 1) {
        Err(error) => one_line(error.to_string()),
        Ok(base) => {
            let windows = base.tokenizer.windows(texts[2], 16);
            assert!(windows.is_none_or(|windows| windows.windows.iter().all(|it| it.ids.len() <= 16)));
        }
    }
    if folder.ends_with("base") {
        return;
    }
    if let Err(error) = checkpoint::Checkpoint::open(folder) {
        one_line(error.to_string());
    }
    let options = scorer::Options { threads: Some(1), ..scorer::Options::default() };
    match scorer::Scorer::open(folder, &options) {
        Err(error) => one_line(error.to_string()),
        Ok(scorer) => match scorer.score(&texts) {
            // Of weights that hold what is no number.
            Err(error) => one_line(error.to_string()),
            Ok(verdicts) => {
                assert_eq!(verdicts.len(), texts.len());
                for score in verdicts.iter().filter_map(scorer::Verdict::score) {
                    assert!((0.0..=1.0).contains(&score.score), "{score:?}");
                }
            }
        },
    }
}

/// Sizes as small as sizes can be, so that a file is a few thousand bytes.
fn small_sizes() -> checkpoint::ElectraConfig {
    checkpoint::ElectraConfig {
        vocab_size: 20,
        embedding_size: 4,
        hidden_size: 8,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        intermediate_size: 8,
        max_position_embeddings: 24,
        ..checkpoint::ElectraConfig::preset(checkpoint::Preset::Small)
    }
}

/// The word pieces of the small checkpoint.
const SMALL_VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\nmorning\nrain\nis\ncoming\nto\nthe\ncity\nwe\n\
                                play\nfootball\ntoday\n##s\n";

/// Writes a checkpoint.
fn small_checkpoint(folder: &std::path::Path) {
    let base = tempfile::tempdir().expect("a folder");
    std::fs::write(base.path().join("vocab.txt"), SMALL_VOCABULARY).expect("a file");
    let electra = small_sizes();
    let checkpoint = checkpoint::Checkpoint {
        weights: checkpoint::Weights::random(&electra, 5),
        config: checkpoint::CheckpointConfig {
            electra,
            languages: text::Claims::english(),
            max_length: 20,
            name: "small".to_owned(),
            version: "1".to_owned(),
        },
        calibration: checkpoint::Calibration::default(),
        training: serde_json::json!({ "seed": 5, "data": [{ "sha256": "ab" }] }),
        tokenizer: text::TweetTokenizer::open(base.path()).expect("a tokenizer"),
        card: String::new(),
    };
    checkpoint.write(folder, checkpoint::weights::safetensors::Storage::F16).expect("a checkpoint");
}

/// The files of a base, as Hugging Face has them.
fn small_base() -> Vec<(&'static str, Vec<u8>)> {
    let sizes = small_sizes();
    let config = serde_json::Value::Object(sizes.to_hugging_face(None)).to_string();
    let body = checkpoint::Weights::random(&sizes, 5)
        .renamed(|name| name.starts_with("electra.").then(|| name.to_owned()));
    let storage = checkpoint::weights::safetensors::Storage::F16;
    let weights = checkpoint::weights::safetensors::serialize(&body, storage, "x".as_ref());
    vec![
        ("config.json", config.into_bytes()),
        ("model.safetensors", weights.expect("weights")),
        ("vocab.txt", SMALL_VOCABULARY.into()),
    ]
}
