//! A scored row as CSV or JSON.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use dataset::Format;
use dataset::stream::{Content, Row};
use scorer::Score;
use serde_json::{Map, Value};

use crate::ScoreError;
use crate::added::AddedColumns;

/// In the place of a band where there is nothing to score.
pub const NO_TEXT: &str = "no_text";

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

    /// The lines of rows with their scores. `input` is for messages.
    ///
    /// # Errors
    /// [`ScoreError::LateField`].
    pub fn rows(
        &self,
        rows: &[Row],
        scores: &[Option<Score>],
        input: &Path,
    ) -> Result<Vec<u8>, ScoreError> {
        let pairs = rows.iter().zip(scores);
        if self.json {
            let mut bytes = Vec::new();
            for (row, score) in pairs {
                let object = self.object(row, *score, input)?;
                bytes.extend_from_slice(Value::Object(object).to_string().as_bytes());
                bytes.push(b'\n');
            }
            return Ok(bytes);
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        for (row, score) in pairs {
            let own = match &row.content {
                Content::Fields(fields) => fields.as_slice(),
                _ => std::slice::from_ref(&row.text),
            };
            let [score, label, band] = fields(*score);
            let own = own.iter().map(String::as_str);
            writer
                .write_record(own.chain([&*score, &*label, &*band]))
                .map_err(|error| ScoreError::write(input)(error.into()))?;
        }
        into_bytes(writer).map_err(ScoreError::write(input))
    }

    fn object(
        &self,
        row: &Row,
        score: Option<Score>,
        input: &Path,
    ) -> Result<Map<String, Value>, ScoreError> {
        let Content::Object(object) = &row.content else { return Ok(Map::new()) };
        let mut object = object.clone();
        if let Some(field) = self.added.names().into_iter().find(|name| object.contains_key(*name))
        {
            let field = field.to_owned();
            return Err(ScoreError::LateField { file: input.to_owned(), line: row.line, field });
        }
        let [_, label, band] = fields(score);
        let [score_name, label_name, band_name] = self.added.names().map(str::to_owned);
        object.insert(score_name, score.map_or(Value::Null, |score| number(score.score)));
        object.insert(label_name, score.map_or(Value::Null, |_| label.as_ref().into()));
        object.insert(band_name, band.as_ref().into());
        Ok(object)
    }
}

/// The three added fields. A score is written with as many digits as tell it from its neighbours.
fn fields(score: Option<Score>) -> [Cow<'static, str>; 3] {
    match score {
        Some(Score { score, label, band, .. }) => {
            [score.to_string().into(), label.as_str().into(), band.as_str().into()]
        }
        None => ["".into(), "".into(), NO_TEXT.into()],
    }
}

/// The shortest decimal of a 32-bit float as JSON; as a 64-bit one .9 would be .8999999761581421.
fn number(score: f32) -> Value {
    score.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

fn into_bytes(writer: csv::Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}
