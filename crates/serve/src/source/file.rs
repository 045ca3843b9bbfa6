//! Tweets out of a file with the columns `id` and `text`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dataset::columns::find;
use dataset::stream::Content;
use dataset::{Format, RowReader};
use serde_json::Value;

use crate::TweetId;
use crate::error::ServeError;
use crate::tweet::Tweet;

/// All tweets of a file, in memory.
#[derive(Debug)]
pub struct FileTweets {
    path: PathBuf,
    tweets: HashMap<TweetId, Arc<Tweet>>,
}

impl FileTweets {
    /// Reads the file: CSV, or JSON lines if its name says so. Columns are found by name; `lang`
    /// and `created_at` are used if there.
    ///
    /// # Errors
    /// [`ServeError::Read`] if it cannot be opened; [`ServeError::Dataset`] or
    /// [`ServeError::Tweets`] with the line if it lacks a column, has an id that is none, or the
    /// same id twice.
    pub fn open(path: &Path) -> Result<Self, ServeError> {
        let file = std::fs::File::open(path).map_err(|source| ServeError::Read {
            path: path.to_owned(),
            source,
            flag: "--tweets",
        })?;
        let bad = |line: u64, reason: &str| ServeError::Tweets {
            path: path.to_owned(),
            line,
            reason: reason.to_owned(),
        };
        let format = match Format::of(path) {
            // A line has no id.
            Format::Lines => Format::Csv,
            format => format,
        };
        let mut rows = RowReader::new(file, format, "text", path)?;
        let header = rows.header().map(<[String]>::to_vec);
        let mut tweets = HashMap::new();
        for row in &mut rows {
            let row = row?;
            let field = |name: &str| field(&row.content, header.as_deref(), name);
            let id = field("id").ok_or_else(|| bad(row.line, "there is no column `id`"))?;
            let id = TweetId::parse(id.trim())
                .map_err(|error| bad(row.line, &format!("`{id}` is no tweet id: {error}")))?;
            let optional = |name| field(name).filter(|value| !value.is_empty());
            let (lang, created_at) = (optional("lang"), optional("created_at"));
            let tweet = Tweet { id: id.clone(), text: row.text, lang, created_at };
            if tweets.insert(id.clone(), Arc::new(tweet)).is_some() {
                return Err(bad(row.line, &format!("the id {id} is in the file twice")));
            }
        }
        Ok(Self { path: path.to_owned(), tweets })
    }

    /// The tweet with this id.
    pub fn get(&self, id: &TweetId) -> Option<Arc<Tweet>> {
        self.tweets.get(id).cloned()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.tweets.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tweets.is_empty()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A field of a row by its name.
fn field(content: &Content, header: Option<&[String]>, name: &str) -> Option<String> {
    match content {
        Content::Fields(fields) => fields.get(find(header?, name)?).cloned(),
        Content::Object(object) => match object.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        },
        Content::Line => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use super::*;

    fn open(content: &str) -> Result<FileTweets, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content.as_bytes()).unwrap();
        FileTweets::open(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn columns_are_found_by_name_with_byte_order_mark_and_quoted_newline() {
        let tweets = open("\u{feff}label,Text,id\n0,\"a\nb, c\",7\n").unwrap();
        let tweet = tweets.get(&TweetId::parse("7").unwrap()).unwrap();
        assert_eq!(tweet.text, "a\nb, c");
    }

    #[test]
    fn json_lines_are_read_too_with_ids_as_strings_or_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tweets.jsonl");
        let lines = "{\"id\":\"1\",\"text\":\"a\"}\n{\"id\":1346889436626259969,\"text\":\"b\",\"lang\":\"ar\"}\n";
        std::fs::write(&path, lines).unwrap();
        let tweets = FileTweets::open(&path).unwrap();
        let tweet = tweets.get(&TweetId::parse("1346889436626259969").unwrap()).unwrap();
        assert_eq!((tweet.text.as_str(), tweet.lang.as_deref()), ("b", Some("ar")));
    }

    #[test]
    fn a_missing_column_is_named() {
        assert!(open("id,picture\n1,a\n").unwrap_err().contains("no column \"text\""));
        assert!(open("name,text\n1,a\n").unwrap_err().contains("no column `id`"));
    }

    #[test]
    fn a_bad_row_is_named() {
        assert!(open("id,text\n1,a\nx,b\n").unwrap_err().contains("line 3: `x` is no tweet id"));
        assert!(
            open("id,text\n1,a\n1,b\n").unwrap_err().contains("line 3: the id 1 is in the file")
        );
        assert!(open("id,text\n1\n").unwrap_err().contains("line 2"));
    }
}
