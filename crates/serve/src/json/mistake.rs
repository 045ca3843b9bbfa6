//! Messages about a wrong body, which name the field and never a value: it may be a text.

use serde_json::Error;
use serde_json::error::Category;

/// Of a body in which a field is wrong, if it is JSON at all.
pub(super) fn of(error: &serde_path_to_error::Error<Error>) -> String {
    let inner = error.inner();
    if inner.classify() != Category::Data {
        return of_syntax(inner);
    }
    let message = inner.to_string();
    let field = Some(error.path().to_string()).filter(|path| path != "." && is_plain(path));
    format!("{}: {}", place(inner), of_field(&message, field.as_deref()))
}

/// Of a body that is no JSON.
pub(super) fn of_syntax(error: &Error) -> String {
    let message = error.to_string();
    let reason = message.rsplit_once(" at line ").map_or(&*message, |(reason, _)| reason);
    let reason = match error.classify() {
        Category::Eof => "it ends too early",
        // The parser's own words, which quote nothing.
        _ => reason,
    };
    format!("{}: {reason}", place(error))
}

fn place(error: &Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

/// From the words that serde has for every type: `invalid type: integer `5`, expected a string`.
fn of_field(message: &str, field: Option<&str>) -> String {
    let name = message.split('`').nth(1).unwrap_or_default();
    if message.starts_with("missing field") {
        // The path leads to the object that lacks it.
        return match field {
            Some(object) => format!("`{object}.{name}` is missing"),
            None => format!("`{name}` is missing"),
        };
    }
    if message.starts_with("duplicate field") {
        return format!("`{name}` is there twice");
    }
    // The expected form comes last, after a value that may have any words in it.
    let Some((_, expected)) = message.rsplit_once(", expected ") else {
        return "a field cannot be read".to_owned();
    };
    let expected = expected.rsplit_once(" at line ").map_or(expected, |(expected, _)| expected);
    if message.starts_with("unknown field") {
        let known = expected.strip_prefix("one of ").unwrap_or(expected);
        return if is_plain(name) {
            format!("there is no field `{name}` here, only {known}")
        } else {
            format!("a field is unknown; there is only {known}")
        };
    }
    let expected = match expected {
        "f32" | "f64" => "a number",
        "a sequence" => "a list",
        "a map" => "an object",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    match field {
        Some(field) => format!("`{field}` must be {expected}"),
        None => format!("it must be {expected}"),
    }
}

/// True if a name may be sent back: it is a word, not a text.
fn is_plain(name: &str) -> bool {
    (1..=60).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-[]".contains(&byte))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    #[allow(dead_code)]
    struct Asked {
        text: String,
        most: Option<f64>,
        inner: Option<Inner>,
        list: Option<Vec<bool>>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Inner {
        kind: Kind,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        One,
        Two,
    }

    fn mistake(json: &str) -> String {
        crate::json::read::<Asked>(json.as_bytes())
            .err()
            .unwrap_or_else(|| panic!("{json} is read"))
    }

    #[test]
    fn the_field_and_what_may_stand_there_are_named() {
        for (json, words) in [
            (r#"{"text": 5}"#, "line 1, column 10: `text` must be a string"),
            (r#"{"text": null}"#, "`text` must be a string"),
            (r#"{"text": "a", "most": "1"}"#, "`most` must be a number"),
            (r#"{"text": "a", "list": [true, 1]}"#, "`list[1]` must be a boolean"),
            (r#"{"text": "a", "list": {}}"#, "`list` must be a list"),
            (r#"{"text": "a", "inner": 3}"#, "`inner` must be an object"),
            (r#"{"text": "a", "inner": {}}"#, "`inner.kind` is missing"),
            (r#"{"text": "a", "inner": {"kind": "x"}}"#, "`inner.kind` must be `one` or `two`"),
            ("{}", "`text` is missing"),
            (r#"{"text": "a", "text": "b"}"#, "`text` is there twice"),
            (r#"{"txt": "a"}"#, "no field `txt` here, only `text`, `most`, `inner`, `list`"),
            (r#"{"two words": "a"}"#, "a field is unknown; there is only `text`"),
            ("[1]", "must be"),
            ("5", "it must be an object"),
        ] {
            let said = mistake(json);
            assert!(said.contains(words), "{json}: {said}");
        }
    }

    #[test]
    fn no_value_is_repeated() {
        for json in [
            r#"{"text": "a", "most": "hidden, expected hidden"}"#,
            r#"{"text": "a", "inner": {"kind": "hidden"}}"#,
            r#"{"text": "a", "hidden `hidden": "a"}"#,
            r#"{"text": "hidden" hidden}"#,
            r#"{"text": "\hidden"}"#,
        ] {
            let said = mistake(json);
            assert!(!said.contains("hidden"), "{json}: {said}");
        }
    }

    #[test]
    fn what_is_no_json_says_where_and_why() {
        assert_eq!(mistake(r#"{"text": "a""#), "line 1, column 12: it ends too early");
        assert_eq!(mistake(""), "line 1, column 0: it ends too early");
        assert!(mistake("{\"text\": \"a\"} x").contains("column 15: trailing characters"));
        assert!(mistake("{text: 1}").contains("key must be a string"));
        assert!(
            crate::json::read::<Asked>(b"{\"text\": \"\xff\"}").unwrap_err().contains("byte 11")
        );
    }
}
