//! Prints the SHA-256 of each text of a file as `data/post_labels.csv` has it: of the normalised text
//! in lower case, one per line, an empty line for a post without words.
//!
//! ```sh
//! cargo run -p train --example hash_texts -- posts.csv [TEXT_COLUMN]
//! ```

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use checkpoint::sha256;
use dataset::{Format, RowReader};
use text::normalise;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("name a CSV file")?;
    let column = arguments.next().unwrap_or_else(|| "text".to_owned());
    for row in RowReader::new(File::open(&file)?, Format::Csv, &column, Path::new(&file))? {
        let key = normalise(&row?.text).to_lowercase();
        println!("{}", if key.is_empty() { String::new() } else { sha256(key.as_bytes()) });
    }
    Ok(())
}
