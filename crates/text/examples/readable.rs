//! Prints what a model reads of texts, for programs that run the network elsewhere.
//!
//! ```sh
//! cargo run -p text --example readable -- CHECKPOINT < texts.jsonl > readable.jsonl
//! ```
//!
//! Standard input has one text per line, as a JSON string. Standard output has one JSON array per
//! text: the normalised texts to tokenize and score, of which the highest score is that of the post.
//! There are two for a post of which the whole and a part can be read, and none for a post that the
//! model does not judge.

use std::error::Error;
use std::io::{BufRead, BufWriter, Write};
use std::path::PathBuf;

use serde_json::Value;
use text::{Claims, Readable, TweetTokenizer, normalise};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: readable CHECKPOINT < texts.jsonl")?;
    let folder = PathBuf::from(folder);
    let tokenizer = TweetTokenizer::open(&folder)?;
    let config: Value = serde_json::from_slice(&std::fs::read(folder.join("config.json"))?)?;
    let languages = &config["threat_indicator"]["languages"];
    let languages: Vec<String> = serde_json::from_value(languages.clone())?;
    let claims = Claims::new(&languages)?;

    let mut output = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let normalised = normalise(&serde_json::from_str::<String>(&line?)?);
        let texts = match tokenizer.read(&normalised, None, &claims) {
            Readable::Nothing { .. } => vec![],
            Readable::Whole(_) => vec![normalised],
            Readable::Part { text, whole: true, .. } => vec![normalised, text],
            Readable::Part { text, whole: false, .. } => vec![text],
        };
        writeln!(output, "{}", serde_json::to_string(&texts)?)?;
    }
    output.flush()?;
    Ok(())
}
