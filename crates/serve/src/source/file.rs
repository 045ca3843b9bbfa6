//! Tweets out of a file with the columns `id` and `text`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dataset::stream::Fault;
use dataset::{Format, Quoting, Reading, Row, RowReader};

use crate::TweetId;
use crate::error::ServeError;
use crate::tweet::Tweet;

/// All tweets of a file, in memory.
#[derive(Debug)]
pub struct FileTweets {
    path: PathBuf,
    tweets: HashMap<TweetId, Arc<Tweet>>,
    /// Lines that are no JSON, and the first of them.
    broken: Option<(usize, u64)>,
}

impl FileTweets {
    /// Reads the file, of any form that has columns. They are found by name; `lang` and `created_at`
    /// are used if there.
    ///
    /// # Errors
    /// [`ServeError::Read`] if it cannot be opened; [`ServeError::Dataset`] or
    /// [`ServeError::Tweets`] with the line if it lacks a column, has an id that is none, or the
    /// same id twice.
    pub fn open(path: &Path, quoting: Quoting) -> Result<Self, ServeError> {
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
            Format::Lines => Format::Unknown,
            format => format,
        };
        let reading = Reading { format, text_column: "text", quoting };
        let mut rows = RowReader::open(file, &reading, path)?.keep_faulty();
        let header = rows.header().map(<[String]>::to_vec);
        // A tweet whose text cannot be read is one without text, and a line that is no JSON is none; the others
        // are none the worse for it.
        let read: Vec<Row> = rows.by_ref().collect::<Result<_, _>>()?;
        rows.check_text_field(&read)?;
        let mut tweets = HashMap::new();
        let mut broken = None;
        for row in read {
            if let Some(Fault::Broken(_)) = row.fault {
                broken.get_or_insert((0, row.line)).0 += 1;
                continue;
            }
            let field = |name: &str| row.content.field(header.as_deref(), name);
            let optional = |name| field(name).filter(|value| !value.is_empty());
            // Programs that know no whole numbers of this size round `id` and leave `id_str`.
            let id = optional("id_str").or_else(|| field("id"));
            let id = id.ok_or_else(|| bad(row.line, "there is no column `id`"))?;
            let id = TweetId::parse(id.trim())
                .map_err(|error| bad(row.line, &format!("`{id}` is no tweet id: {error}")))?;
            let (lang, created_at) = (optional("lang"), optional("created_at"));
            let tweet = Tweet { id: id.clone(), text: row.text, lang, created_at };
            if tweets.insert(id.clone(), Arc::new(tweet)).is_some() {
                return Err(bad(row.line, &format!("the id {id} is in the file twice")));
            }
        }
        Ok(Self { path: path.to_owned(), tweets, broken })
    }

    /// The tweet with this id.
    pub fn get(&self, id: &TweetId) -> Option<Arc<Tweet>> {
        self.tweets.get(id).cloned()
    }

    /// Number of tweets.
    pub fn len(&self) -> usize {
        self.tweets.len()
    }

    /// Number of lines left out because they are no JSON, and the first of them; none if none was.
    pub fn broken(&self) -> Option<(usize, u64)> {
        self.broken
    }

    /// True if there are no tweets.
    pub fn is_empty(&self) -> bool {
        self.tweets.is_empty()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
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
        FileTweets::open(file.path(), Quoting::Auto).map_err(|error| error.to_string())
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
        let tweets = FileTweets::open(&path, Quoting::Auto).unwrap();
        let tweet = tweets.get(&TweetId::parse("1346889436626259969").unwrap()).unwrap();
        assert_eq!((tweet.text.as_str(), tweet.lang.as_deref()), ("b", Some("ar")));
    }

    #[test]
    fn id_str_beside_a_rounded_id_wins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tweets.jsonl");
        let line = r#"{"id":1346889436626260000,"id_str":"1346889436626259969","text":"a"}"#;
        std::fs::write(&path, line).unwrap();
        let tweets = FileTweets::open(&path, Quoting::Auto).unwrap();
        assert!(tweets.get(&TweetId::parse("1346889436626259969").unwrap()).is_some());
        let csv = open("id,id_str,text\n1346889436626260000,1346889436626259969,a\n").unwrap();
        assert!(csv.get(&TweetId::parse("1346889436626259969").unwrap()).is_some());
    }

    #[test]
    fn a_tweet_without_a_readable_text_costs_no_other_its_own() {
        let tweets = open(
            "{\"id\":\"1\",\"text\":null}\n{\"id\":\"2\",\"text\":5}\n{\"id\":\"3\",\"text\":\"a\"}\n",
        );
        let tweets = tweets.unwrap();
        let text = |id: &str| tweets.get(&TweetId::parse(id).unwrap()).unwrap().text.clone();
        assert_eq!(["1", "2", "3"].map(text), ["", "", "a"]);
        let refused = open("{\"id\":\"1\",\"picture\":\"a\"}\n").unwrap_err();
        assert!(refused.contains("no column \"text\""), "{refused}");
    }

    #[test]
    fn a_line_that_is_no_json_costs_no_tweet_its_own_and_is_counted() {
        let tweets = open(
            "{\"id\":\"1\",\"text\":\"a\"}\n{\"id\":\"2\"\nno\n{\"id\":\"3\",\"text\":\"c\"}\n",
        );
        let tweets = tweets.unwrap();
        assert_eq!((tweets.len(), tweets.broken()), (2, Some((2, 2))));
        assert!(open("no\n").is_err());
        assert_eq!(open("{\"id\":\"1\",\"text\":\"a\"}\n").unwrap().broken(), None);
    }

    #[test]
    fn the_platforms_archive_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tweets.js");
        let script =
            r#"window.YTD.tweets.part0 = [ { "tweet" : { "id_str" : "7", "full_text" : "a" } } ]"#;
        std::fs::write(&path, script).unwrap();
        let tweets = FileTweets::open(&path, Quoting::Auto).unwrap();
        assert_eq!(tweets.get(&TweetId::parse("7").unwrap()).unwrap().text, "a");
    }

    #[test]
    fn rows_between_quotes_that_do_not_belong_together_are_not_swallowed() {
        let refused = open("id,text\n1,\"You are so kind\n2,good day\n3,\"Nice\n").unwrap_err();
        assert!(refused.contains("line 2: a field begins with a quote"), "{refused}");
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
