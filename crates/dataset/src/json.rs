//! A JSON object whose values are kept as they are written: a number of 23 digits stays one.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// An object, its fields in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object(IndexMap<String, Box<str>>);

impl Object {
    /// Parses an object.
    pub(crate) fn parse(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// An object of one field, whose value is JSON already.
    pub(crate) fn of(name: &str, json: &str) -> Self {
        Self(IndexMap::from([(name.to_owned(), json.into())]))
    }

    /// The names of its fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The JSON of a field, as it is written.
    pub fn json(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|json| &**json)
    }

    /// A field as the text that a CSV file would have in its place; none for lists and objects.
    pub fn plain(&self, name: &str) -> Option<String> {
        plain(self.json(name)?)
    }

    /// An object in a field.
    pub fn object(&self, name: &str) -> Option<Self> {
        let json = self.json(name).filter(|json| json.starts_with('{'))?;
        Self::parse(json).ok()
    }

    /// A text in a field that holds one.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.json(name).and_then(string)
    }

    /// Gives a field another name, which no field may have, in its place.
    pub fn rename(&mut self, from: &str, to: &str) {
        let fields = std::mem::take(&mut self.0).into_iter();
        self.0 = fields
            .map(|(name, json)| if name == from { (to.to_owned(), json) } else { (name, json) })
            .collect();
    }

    /// Adds a field, whose value is JSON already, or replaces it.
    pub fn insert(&mut self, name: &str, json: impl Into<Box<str>>) {
        self.0.insert(name.to_owned(), json.into());
    }
}

/// JSON, in one line.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (place, (name, json)) in self.0.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(f, "{comma}{}:{json}", serde_json::Value::from(name.as_str()))?;
        }
        f.write_str("}")
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    /// Of fields of one name the last counts, as with most readers.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut object = Object::default();
        while let Some((name, json)) = map.next_entry::<String, Box<RawValue>>()? {
            object.0.insert(name, json.into());
        }
        Ok(object)
    }
}

/// The text of a JSON string.
pub(crate) fn string(json: &str) -> Option<String> {
    if json.starts_with('"') { serde_json::from_str(json).ok() } else { None }
}

/// A value as the text that a CSV file would have in its place; `None` for lists and objects.
pub(crate) fn plain(json: &str) -> Option<String> {
    match json.as_bytes().first()? {
        b'"' => string(json),
        b'n' => Some(String::new()),
        b'[' | b'{' => None,
        _ => Some(json.to_owned()),
    }
}

/// The type of a value, in words.
pub(crate) fn kind(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b'"') => "a text",
        Some(b'n') => "null",
        Some(b't' | b'f') => "true or false",
        Some(b'[') => "a list",
        Some(b'{') => "an object",
        _ => "a number",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_come_out_as_they_went_in() {
        let json = r#"{"id":12345678901234567890123,"n":1e2,"a":[1.10,{"é":"\u00e9"}],"\"":null}"#;
        assert_eq!(Object::parse(json).unwrap().to_string(), json);
    }

    #[test]
    fn of_two_fields_of_one_name_the_last_counts() {
        let mut object = Object::parse(r#"{"a":1,"b":2,"a":3}"#).unwrap();
        assert_eq!(object.to_string(), r#"{"a":3,"b":2}"#);
        object.insert("c", "true");
        assert_eq!(object.to_string(), r#"{"a":3,"b":2,"c":true}"#);
        object.rename("b", "input_b");
        assert_eq!(object.to_string(), r#"{"a":3,"input_b":2,"c":true}"#);
    }

    #[test]
    fn fields_are_read_as_a_csv_file_would_have_them() {
        let object = Object::parse(r#"{"a":"x","b":1e2,"c":null,"d":true,"e":[],"f":{"g":"y"}}"#);
        let object = object.unwrap();
        let plain = |name| object.plain(name);
        assert_eq!(
            ["a", "b", "c", "d"].map(plain),
            ["x", "1e2", "", "true"].map(|it| Some(it.into()))
        );
        assert_eq!(["e", "f", "z"].map(plain), [None, None, None]);
        assert_eq!(object.object("f").unwrap().plain("g").as_deref(), Some("y"));
    }

    #[test]
    fn an_object_nested_very_deep_does_not_exhaust_the_stack() {
        let deep =
            format!("{{\"text\":\"a\",\"b\":{}{}}}", "[".repeat(400_000), "]".repeat(400_000));
        assert_eq!(Object::parse(&deep).unwrap().plain("text").as_deref(), Some("a"));
    }
}
