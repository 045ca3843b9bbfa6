//! Prints the SHA-256 of each text of a file as `data/post_labels.csv` has it: of the normalised text
//! in lower case, one per line, an empty line for a post without words. With `--texts`, the normalised
//! text as the model reads it follows after a tab.
//!
//! ```sh
//! cargo run -p train --example hash_texts -- [--texts] posts.csv [TEXT_COLUMN]
//! ```

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use checkpoint::sha256;
use dataset::{Format, RowReader};
use text::normalise;

fn main() -> Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let with_texts = arguments.first().is_some_and(|first| first == "--texts");
    let mut arguments = arguments.split_off(usize::from(with_texts)).into_iter();
    let file = arguments.next().context("name a CSV file")?;
    let column = arguments.next().unwrap_or_else(|| "text".to_owned());
    for row in RowReader::new(File::open(&file)?, Format::Csv, &column, Path::new(&file))? {
        let text = normalise(&row?.text);
        let hash =
            if text.is_empty() { String::new() } else { sha256(text.to_lowercase().as_bytes()) };
        if with_texts { println!("{hash}\t{text}") } else { println!("{hash}") }
    }
    Ok(())
}
