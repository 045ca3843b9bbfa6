//! The roles of columns, and finding a column in a header.

use crate::Quoting;

/// Names that text columns go by in public sets, for files whose text column is not the one asked
/// for.
const TEXT_ALIASES: [&str; 6] = ["text", "tweet", "tweets", "content", "full_text", "body"];
/// The same for authors.
const AUTHOR_ALIASES: [&str; 3] = ["author", "username", "user"];

/// The names of the columns that matter, and how they are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// The text.
    pub text: String,
    /// The label, 0 or 1.
    pub label: String,
    /// The author; a file may lack it.
    pub author: String,
    /// The label name that means 1, if labels have names; every other means 0.
    pub positive: Option<String>,
    /// The meaning of quotes around fields.
    pub quoting: Quoting,
}

impl Default for Columns {
    fn default() -> Self {
        let [text, label, author] = ["text", "label", "author"].map(str::to_owned);
        Self { text, label, author, positive: None, quoting: Quoting::Auto }
    }
}

/// Finds a column: by its exact name, or else without regard to case and surrounding space.
pub fn find(header: &[String], name: &str) -> Option<usize> {
    let exactly = header.iter().position(|column| column == name);
    exactly.or_else(|| header.iter().position(|column| is_loosely(column, name)))
}

/// True if two names of a column are the same without regard to case and surrounding space.
pub(crate) fn is_loosely(column: &str, name: &str) -> bool {
    column.trim().eq_ignore_ascii_case(name.trim())
}

/// Finds the text column; if it is not there by name, the one column with a well-known other name.
pub fn find_text(header: &[String], name: &str) -> Option<usize> {
    find(header, name).or_else(|| only_alias(header, &TEXT_ALIASES))
}

/// Finds the author column, likewise.
pub fn find_author(header: &[String], name: &str) -> Option<usize> {
    find(header, name).or_else(|| only_alias(header, &AUTHOR_ALIASES))
}

fn only_alias(header: &[String], aliases: &[&str]) -> Option<usize> {
    let mut found = aliases.iter().filter_map(|alias| find(header, alias));
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// The names of columns as one short line of a message has them.
pub(crate) fn listed(header: &[String]) -> String {
    const MOST: usize = 300;
    let clean = |name: &String| name.replace(|letter: char| letter.is_control(), " ");
    let all = header.iter().map(clean).collect::<Vec<_>>().join(", ");
    match all.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} …", &all[..end]),
        None => all,
    }
}

/// The name of a column that stands in the header more than once, if this one does.
pub(crate) fn repeated(header: &[String], column: usize) -> Option<&String> {
    let name = header.get(column)?;
    (header.iter().filter(|other| *other == name).count() > 1).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn an_exact_name_wins_over_a_loose_one() {
        let header = header(&["Text", "text", " LABEL "]);
        assert_eq!(find(&header, "text"), Some(1));
        assert_eq!(find(&header, "TEXT"), Some(0));
        assert_eq!(find(&header, "label"), Some(2));
        assert_eq!(find(&header, "author"), None);
    }

    #[test]
    fn a_header_in_a_message_is_one_short_line() {
        assert_eq!(listed(&header(&["a\nb", "c"])), "a b, c");
        assert!(listed(&header(&["x"; 500])).chars().count() < 310);
    }

    #[test]
    fn one_well_known_other_name_is_taken_but_not_two() {
        assert_eq!(find_text(&header(&["name", "username", "tweets"]), "text"), Some(2));
        assert_eq!(find_author(&header(&["name", "username", "tweets"]), "author"), Some(1));
        assert_eq!(find_text(&header(&["tweet", "body"]), "text"), None);
    }
}
