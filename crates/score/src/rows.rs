//! A scored row as CSV or JSON.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use dataset::Object;
use dataset::stream::{Content, Row};
use scorer::{Band, Verdict};
use serde_json::Value;

use crate::ScoreError;
use crate::added::AddedColumns;

/// Reason given for a row whose text could not be read.
const UNREADABLE: &str = "unreadable";

/// Put before a row's own field that turns up when the added column of its name is in use.
const OWN: &str = "input_";

/// Encodes scored rows: JSON lines for JSON, CSV with commas for everything else.
#[derive(Debug)]
pub struct RowEncoder {
    json: bool,
    added: AddedColumns,
}

impl RowEncoder {
    /// For an input of JSON, or of another kind, with these columns: those of its header, or the
    /// fields of its first rows.
    pub fn new<S: AsRef<str>>(json: bool, columns: &[S]) -> Self {
        Self { json, added: AddedColumns::beside(columns) }
    }

    /// The names of the added columns.
    pub fn added(&self) -> &AddedColumns {
        &self.added
    }

    /// The header line; nothing for JSON.
    ///
    /// # Errors
    /// None that is known: the bytes stay in memory.
    pub fn header<S: AsRef<str>>(&self, columns: &[S]) -> io::Result<Vec<u8>> {
        if self.json {
            return Ok(Vec::new());
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        let columns = columns.iter().map(AsRef::as_ref);
        writer.write_record(columns.chain(self.added.names()))?;
        into_bytes(writer)
    }

    /// The lines of rows with their verdicts, none where a text could not be read. `input` is for messages.
    ///
    /// # Errors
    /// None that is known: the bytes stay in memory.
    pub fn rows(
        &self,
        rows: &[Row],
        verdicts: &[Option<Verdict>],
        input: &Path,
    ) -> Result<Vec<u8>, ScoreError> {
        let pairs = rows.iter().zip(verdicts);
        if self.json {
            let mut bytes = Vec::new();
            for (row, verdict) in pairs {
                let object = self.object(row, verdict.as_ref());
                bytes.extend_from_slice(object.to_string().as_bytes());
                bytes.push(b'\n');
            }
            return Ok(bytes);
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        for (row, verdict) in pairs {
            let own = match &row.content {
                Content::Fields(fields) => fields.as_slice(),
                _ => std::slice::from_ref(&row.text),
            };
            let added = fields(verdict.as_ref());
            let own = own.iter().map(String::as_str);
            writer
                .write_record(
                    own.chain(added.iter().map(|field| field.as_deref().unwrap_or_default())),
                )
                .map_err(|error| ScoreError::write(input)(error.into()))?;
        }
        into_bytes(writer).map_err(ScoreError::write(input))
    }

    /// Of a row with a field of an added name, which no row had when the names were chosen, a line that says
    /// what the field is called instead.
    pub fn late_note(&self, row: &Row) -> Option<String> {
        let Content::Object(object) = &row.content else { return None };
        let late = self.added.names().into_iter().find(|name| object.json(name).is_some())?;
        Some(format!(
            "line {}: the field \"{late}\" appears for the first time, when rows were already written with the \
             model's: the input's own is written as \"{}\"",
            row.line,
            self.free(object, late)
        ))
    }

    /// A name for a row's own field that has the name of an added one.
    fn free(&self, object: &Object, name: &str) -> String {
        let mut free = format!("{OWN}{name}");
        while object.json(&free).is_some() || self.added.names().contains(&free.as_str()) {
            free.insert_str(0, OWN);
        }
        free
    }

    fn object(&self, row: &Row, verdict: Option<&Verdict>) -> Object {
        let Content::Object(object) = &row.content else { return Object::default() };
        let mut object = object.clone();
        for name in self.added.names() {
            if object.json(name).is_some() {
                object.rename(name, &self.free(&object, name));
            }
        }
        let score = verdict.and_then(Verdict::score);
        let [_, rest @ .., _] = fields(verdict);
        let [score_name, names @ .., truncated] = self.added.names();
        let value = score.map_or(Value::Null, |it| number(it.score));
        object.insert(score_name, value.to_string());
        for (name, field) in names.into_iter().zip(rest) {
            let text = field.map_or(Value::Null, |field| field.as_ref().into());
            object.insert(name, text.to_string());
        }
        let value = score.map_or(Value::Null, |it| Value::Bool(it.truncated));
        object.insert(truncated, value.to_string());
        object
    }
}

/// The added fields, in the order of their columns. A score is written with as many digits as tell it
/// from its neighbours.
fn fields(verdict: Option<&Verdict>) -> [Option<Cow<'static, str>>; 6] {
    let Some(verdict) = verdict else {
        let (band, reason) = (Band::NotJudged.as_str().into(), UNREADABLE.into());
        return [None, None, Some(band), Some(reason), None, None];
    };
    [
        verdict.score().map(|it| it.score.to_string().into()),
        verdict.label().map(|label| label.as_str().into()),
        Some(verdict.band().as_str().into()),
        verdict.reason().map(|reason| reason.as_str().into()),
        verdict.lang().map(Into::into),
        verdict.score().map(|it| if it.truncated { "true" } else { "false" }.into()),
    ]
}

/// The shortest decimal of a 32-bit float as JSON; as a 64-bit one .9 would be .8999999761581421.
fn number(score: f32) -> Value {
    score.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

fn into_bytes(writer: csv::Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}
