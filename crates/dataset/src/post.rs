//! The place of an object's text: in the field asked for, in an object that it is wrapped in, or,
//! of a post as the platform's interfaces give it, in the place of the whole text.

use crate::columns::find_text;
use crate::json::{Object, kind, string};

/// Names of wrappers of an object: the archive's `tweet`, the filtered stream's and Label Studio's
/// `data`, Argilla's `fields` and `inputs`.
const WRAPPERS: [&str; 4] = ["tweet", "data", "fields", "inputs"];

/// The content of the place where a text should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Text(String),
    /// `null`.
    Null,
    /// Something else: the field's name, and what it is in words.
    Other(String, &'static str),
    /// No such field.
    Absent,
}

/// The text of an object.
pub(crate) fn text(object: &Object, column: &str) -> Found {
    let names: Vec<String> = object.names().map(str::to_owned).collect();
    let found = find_text(&names, column).map(|place| names[place].as_str());
    let json = found.and_then(|name| object.json(name)).unwrap_or_default();
    // The archive's wrapper has a name that texts go by as well.
    let is_wrapper = json.starts_with('{') && found == Some("tweet");
    if let Some(name) = found.filter(|_| !is_wrapper) {
        return match json.as_bytes().first() {
            Some(b'"') if ["text", "full_text"].contains(&name) => Found::Text(whole(object, name)),
            Some(b'"') => Found::Text(string(json).unwrap_or_default()),
            Some(b'n') => Found::Null,
            _ => Found::Other(name.to_owned(), kind(json)),
        };
    }
    let inner = WRAPPERS.iter().filter_map(|name| object.object(name));
    for inner in inner {
        let names: Vec<String> = inner.names().map(str::to_owned).collect();
        if find_text(&names, column).is_some_and(|place| names[place] != "tweet") {
            return text(&inner, column);
        }
    }
    // Doccano calls a text `data`.
    object.text("data").map_or(Found::Absent, Found::Text)
}

/// A field of an object, or of what it is wrapped in.
pub(crate) fn field(object: &Object, name: &str) -> Option<String> {
    let wrapped = || WRAPPERS.iter().find_map(|wrapper| object.object(wrapper)?.plain(name));
    object.plain(name).or_else(wrapped)
}

/// The fields of an object with those that it is wrapped in beside them.
pub(crate) fn unwrapped(object: &Object) -> Object {
    let mut all = object.clone();
    for wrapper in WRAPPERS.iter().chain(&["metadata", "meta"]) {
        let Some(inner) = object.object(wrapper) else { continue };
        for name in inner.names() {
            if let (None, Some(json)) = (all.json(name), inner.json(name)) {
                all.insert(name, json);
            }
        }
    }
    all
}

/// The whole text of a post, of a retweet the retweeted post's, as the API is read too: the text of a
/// retweet, and of a post of more than 140 characters in the old interface, is cut.
fn whole(post: &Object, field: &str) -> String {
    let retweeted = post.object("retweeted_status");
    let retweeted = retweeted.and_then(|post| uncut(&post).or_else(|| post.text("text")));
    let text = retweeted.or_else(|| uncut(post)).or_else(|| post.text(field));
    text.unwrap_or_default()
}

/// A longer text beside the one that may be cut.
fn uncut(post: &Object) -> Option<String> {
    let long = |name: &str, field: &str| post.object(name).and_then(|long| long.text(field));
    let cut = post.json("truncated") == Some("true")
        || post.text("text").is_none_or(|text| text.ends_with('\u{2026}'));
    let full = || post.text("full_text").filter(|_| cut);
    let found = long("extended_tweet", "full_text").or_else(|| long("note_tweet", "text"));
    found.or_else(full).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(json: &str) -> Found {
        text(&Object::parse(json).unwrap(), "text")
    }

    fn is(text: &str) -> Found {
        Found::Text(text.to_owned())
    }

    #[test]
    fn posts_of_the_old_interface_are_read_whole() {
        for json in [
            r#"{"text":"the wh…","truncated":true,"extended_tweet":{"full_text":"the whole of it"}}"#,
            r#"{"full_text":"the whole of it","id":1}"#,
            r#"{"text":"the wh…","full_text":"the whole of it"}"#,
            r#"{"text":"RT @a: the wh…","retweeted_status":{"text":"the who…",
                "extended_tweet":{"full_text":"the whole of it"}}}"#,
            r#"{"full_text":"RT @a: the wh…","retweeted_status":{"full_text":"the whole of it"}}"#,
            r#"{"text":"RT @a: the whole of it","retweeted_status":{"text":"the whole of it"}}"#,
            r#"{"text":"the wh…","note_tweet":{"text":"the whole of it"}}"#,
            r#"{"tweet":{"full_text":"the whole of it"}}"#,
            r#"{"data":{"text":"the whole of it"},"matching_rules":[]}"#,
        ] {
            assert_eq!(read(json), is("the whole of it"), "{json}");
        }
    }

    #[test]
    fn an_empty_or_absent_place_of_the_whole_text_leaves_the_posts_own() {
        for json in [
            r#"{"text":"own","extended_tweet":null,"retweeted_status":null}"#,
            r#"{"text":"own","extended_tweet":{},"retweeted_status":{},"note_tweet":{}}"#,
            r#"{"text":"own","extended_tweet":{"full_text":null},"note_tweet":{"text":""}}"#,
            r#"{"text":"own","full_text":"an article that the post is about"}"#,
            r#"{"text":"own","tweet":{"full_text":"other"}}"#,
        ] {
            assert_eq!(read(json), is("own"), "{json}");
        }
    }

    #[test]
    fn what_is_no_text_is_told() {
        assert_eq!(read(r#"{"text":null}"#), Found::Null);
        assert_eq!(read(r#"{"text":5}"#), Found::Other("text".into(), "a number"));
        assert_eq!(read(r#"{"text":{"a":"b"}}"#), Found::Other("text".into(), "an object"));
        assert_eq!(read(r#"{"delete":{"status":{}}}"#), Found::Absent);
        assert_eq!(read(r#"{"tweet":{"id":1}}"#), Found::Absent);
    }

    #[test]
    fn a_retweet_in_a_retweet_without_end_is_read_all_the_same() {
        let nested = |name: &str, depth: usize| {
            format!(
                "{}{}",
                format!("{{\"text\":\"a\",\"{name}\":").repeat(depth) + "null",
                "}".repeat(depth)
            )
        };
        assert_eq!(read(&nested("retweeted_status", 20_000)), is("a"));
        assert_eq!(read(&nested("tweet", 20_000)), is("a"));
    }
}
