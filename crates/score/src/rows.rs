//! A scored row as CSV or JSON.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use dataset::Format;
use dataset::stream::{Content, Row};
use scorer::Verdict;
use serde_json::{Map, Value};

use crate::ScoreError;
use crate::added::AddedColumns;

/// Encodes scored rows: JSON lines for JSON lines, CSV with commas for everything else.
#[derive(Debug)]
pub struct RowEncoder {
    json: bool,
    added: AddedColumns,
}

impl RowEncoder {
    /// For an input of this format with these columns: those of its header, or the fields of its
    /// first rows.
    pub fn new<S: AsRef<str>>(format: Format, columns: &[S]) -> Self {
        Self { json: format == Format::JsonLines, added: AddedColumns::beside(columns) }
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

    /// The lines of rows with their verdicts. `input` is for messages.
    ///
    /// # Errors
    /// [`ScoreError::LateField`].
    pub fn rows(
        &self,
        rows: &[Row],
        verdicts: &[Verdict],
        input: &Path,
    ) -> Result<Vec<u8>, ScoreError> {
        let pairs = rows.iter().zip(verdicts);
        if self.json {
            let mut bytes = Vec::new();
            for (row, verdict) in pairs {
                let object = self.object(row, verdict, input)?;
                bytes.extend_from_slice(Value::Object(object).to_string().as_bytes());
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
            let added = fields(verdict);
            let own = own.iter().map(String::as_str);
            writer
                .write_record(
                    own.chain(added.iter().map(|field| field.as_deref().unwrap_or_default())),
                )
                .map_err(|error| ScoreError::write(input)(error.into()))?;
        }
        into_bytes(writer).map_err(ScoreError::write(input))
    }

    fn object(
        &self,
        row: &Row,
        verdict: &Verdict,
        input: &Path,
    ) -> Result<Map<String, Value>, ScoreError> {
        let Content::Object(object) = &row.content else { return Ok(Map::new()) };
        let mut object = object.clone();
        if let Some(field) = self.added.names().into_iter().find(|name| object.contains_key(*name))
        {
            let field = field.to_owned();
            return Err(ScoreError::LateField { file: input.to_owned(), line: row.line, field });
        }
        let [_, rest @ .., _] = fields(verdict);
        let [score, names @ .., truncated] = self.added.names();
        object.insert(score.to_owned(), verdict.score().map_or(Value::Null, |it| number(it.score)));
        for (name, field) in names.into_iter().zip(rest) {
            object
                .insert(name.to_owned(), field.map_or(Value::Null, |field| field.as_ref().into()));
        }
        object.insert(truncated.to_owned(), verdict.score().map(|it| it.truncated).into());
        Ok(object)
    }
}

/// The added fields, in the order of their columns. A score is written with as many digits as tell it
/// from its neighbours.
fn fields(verdict: &Verdict) -> [Option<Cow<'static, str>>; 6] {
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
