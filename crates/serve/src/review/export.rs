//! Verdicts and tasks in the forms of other programs.

use std::fmt::Write;

use rusqlite::Row;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::store::{ReviewStore, Trouble};

/// Format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportForm {
    /// The decided posts with their texts and labels, as `train` reads them.
    #[default]
    Csv,
    /// All posts as tasks of Label Studio, the model's scores as predictions, verdicts as annotations.
    LabelStudio,
    /// All posts as records of Argilla 2, the model's scores as suggestions, verdicts as responses.
    Argilla,
    /// The decided posts by their ids and hashes, without a text.
    Ids,
}

impl ExportForm {
    /// The content type of such a file.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv | Self::Ids => "text/csv; charset=utf-8",
            Self::LabelStudio | Self::Argilla => "application/json",
        }
    }

    /// The name that a browser saves it under.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Csv => "labelled_posts.csv",
            Self::Ids => "labelled_ids.csv",
            Self::LabelStudio => "label_studio.json",
            Self::Argilla => "argilla.json",
        }
    }
}

/// A post as it is exported.
struct Post {
    item: i64,
    id: Option<String>,
    text: String,
    sha256: String,
    lang: Option<String>,
    score: Option<f64>,
    band: String,
    threshold: f64,
    model_version: String,
    model_sha256: String,
    source: String,
    created: String,
    random: bool,
    verdict: Option<String>,
}

/// A reviewer's answer to a post.
struct Reading {
    reviewer: String,
    verdict: String,
    note: Option<String>,
    time: String,
}

const COLUMNS: &str = "number, id, text, text_sha256, lang, score, band, threshold, model_version, \
    model_sha256, source, created, random, verdict";

impl Post {
    fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            item: row.get(0)?,
            id: row.get(1)?,
            text: row.get(2)?,
            sha256: row.get(3)?,
            lang: row.get(4)?,
            score: row.get(5)?,
            band: row.get(6)?,
            threshold: row.get(7)?,
            model_version: row.get(8)?,
            model_sha256: row.get(9)?,
            source: row.get(10)?,
            created: row.get(11)?,
            random: row.get(12)?,
            verdict: row.get(13)?,
        })
    }

    fn label(&self) -> u8 {
        u8::from(self.verdict.as_deref() == Some("supports"))
    }

    /// The label that the model gives, and how sure it is of that; none where the post was not judged.
    fn predicted(&self) -> Option<(&'static str, f64)> {
        let score = self.score?;
        Some(if score >= self.threshold { ("supports", score) } else { ("not", 1.0 - score) })
    }
}

impl ReviewStore {
    /// The whole export.
    ///
    /// # Errors
    /// One line for the log.
    pub fn export(&self, form: ExportForm) -> Result<String, Trouble> {
        let connection = self.reader()?;
        let write = || {
            let connection = connection.unchecked_transaction()?;
            let which = match form {
                ExportForm::Csv => "verdict IN ('supports', 'not') AND text <> ''",
                ExportForm::Ids => "verdict IN ('supports', 'not')",
                ExportForm::LabelStudio | ExportForm::Argilla => "text <> ''",
            };
            let query = format!("SELECT {COLUMNS} FROM items WHERE {which} ORDER BY number");
            let mut statement = connection.prepare(&query)?;
            let mut rows = statement.query([])?;
            let mut out = head(form).to_owned();
            let mut readings = connection.prepare(
                "SELECT reviewer, verdict, note, time FROM verdicts \
                 WHERE item = ?1 AND verdict <> 'skip' ORDER BY place",
            )?;
            let mut first = true;
            while let Some(row) = rows.next()? {
                let post = Post::read(row)?;
                let task = match form {
                    ExportForm::Csv | ExportForm::Ids => {
                        out.push_str(&line(form, &post));
                        continue;
                    }
                    ExportForm::LabelStudio => label_studio,
                    ExportForm::Argilla => argilla,
                };
                let read = readings.query_map([post.item], |row| {
                    Ok(Reading {
                        reviewer: row.get(0)?,
                        verdict: row.get(1)?,
                        note: row.get(2)?,
                        time: row.get(3)?,
                    })
                })?;
                let read: Vec<Reading> = read.collect::<Result<_, _>>()?;
                out.push_str(if first { "\n" } else { ",\n" });
                first = false;
                out.push_str(&task(&post, &read).to_string());
            }
            out.push_str(match form {
                ExportForm::Csv | ExportForm::Ids => "",
                ExportForm::LabelStudio | ExportForm::Argilla => "\n]\n",
            });
            Ok(out)
        };
        write().map_err(|error| self.trouble(&error))
    }
}

fn head(form: ExportForm) -> &'static str {
    match form {
        ExportForm::Csv => {
            "id,text,label,lang,score,band,random,source,created,model_sha256,item\n"
        }
        // As --feedback-export writes them.
        ExportForm::Ids => "id,text_sha256,label,score,band,model_sha256,time\n",
        ExportForm::LabelStudio | ExportForm::Argilla => "[",
    }
}

fn line(form: ExportForm, post: &Post) -> String {
    let id = field(post.id.as_deref().unwrap_or_default());
    let score = post.score.map(|score| score.to_string()).unwrap_or_default();
    let (label, band, model, created) =
        (post.label(), &post.band, &post.model_sha256, &post.created);
    if form == ExportForm::Ids {
        return format!("{id},{},{label},{score},{band},{model},{created}\n", post.sha256);
    }
    let (text, source) = (field(&post.text), field(&post.source));
    let (lang, random) = (post.lang.as_deref().unwrap_or_default(), u8::from(post.random));
    let item = post.item;
    format!(
        "{id},{text},{label},{lang},{score},{band},{random},{source},{created},{model},{item}\n"
    )
}

/// A field of CSV (RFC 4180).
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ') {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

/// A task as Label Studio imports it, for a labelling configuration with `<Text name="text" value="$text"/>` and
/// `<Choices name="verdict" toName="text">` of `supports`, `not` and `unsure`.
fn label_studio(post: &Post, readings: &[Reading]) -> Value {
    let choice = |verdict: &str| {
        json!({
            "from_name": "verdict", "to_name": "text", "type": "choices",
            "value": { "choices": [verdict] },
        })
    };
    let annotations: Vec<Value> = readings
        .iter()
        .map(|reading| {
            let mut result = vec![choice(&reading.verdict)];
            if let Some(note) = &reading.note {
                result.push(json!({
                    "from_name": "note", "to_name": "text", "type": "textarea",
                    "value": { "text": [note] },
                }));
            }
            // Label Studio knows people by numbers of its own.
            json!({ "result": result, "reviewer": reading.reviewer, "created_at": reading.time })
        })
        .collect();
    let predictions: Vec<Value> = post
        .predicted()
        .map(|(verdict, sure)| {
            json!({
                "model_version": post.model_version, "score": sure, "result": [choice(verdict)],
            })
        })
        .into_iter()
        .collect();
    json!({
        "data": {
            "text": post.text, "id": post.id, "item": post.item, "lang": post.lang,
            "score": post.score, "band": post.band, "source": post.source,
            "created": post.created, "verdict": post.verdict,
        },
        "predictions": predictions,
        "annotations": annotations,
    })
}

/// A record as Argilla 2 reads it, for a dataset with the text field `text` and the label question
/// `verdict` of `supports`, `not` and `unsure`.
fn argilla(post: &Post, readings: &[Reading]) -> Value {
    let responses: Vec<Value> = readings
        .iter()
        .map(|reading| json!({ "value": reading.verdict, "user_id": user_id(&reading.reviewer) }))
        .collect();
    let mut record = json!({
        "id": post.item.to_string(),
        "fields": { "text": post.text },
        "metadata": {
            "band": post.band, "lang": post.lang.as_deref().unwrap_or("und"), "source": post.source,
        },
        "suggestions": {},
        "responses": {},
        "vectors": {},
        "status": if post.verdict.is_some() { "completed" } else { "pending" },
    });
    if let Some(score) = post.score {
        record["metadata"]["score"] = json!(score);
    }
    if let Some((verdict, sure)) = post.predicted() {
        let agent = format!("threat-indicator {}", post.model_version);
        record["suggestions"]["verdict"] =
            json!({ "value": verdict, "score": sure, "agent": agent });
    }
    if !responses.is_empty() {
        record["responses"]["verdict"] = Value::Array(responses);
    }
    record
}

/// Argilla knows people by UUIDs: one that follows from the name, so that a name is the same in every export. Of
/// version 8 (RFC 9562), which leaves the digits to whoever makes it.
fn user_id(name: &str) -> String {
    let hash = checkpoint::sha256(name.as_bytes());
    let mut id = String::with_capacity(36);
    let parts = [&hash[..8], &hash[8..12], &hash[13..16], &hash[17..20], &hash[20..32]];
    let _ = write!(id, "{}-{}-8{}-a{}-{}", parts[0], parts[1], parts[2], parts[3], parts[4]);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_csv_is_quoted_where_it_must_be() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a, b", "\"a, b\""),
            ("say \"so\"", "\"say \"\"so\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            (" edges ", "\" edges \""),
            ("", ""),
        ] {
            assert_eq!(field(text), expected);
        }
    }

    #[test]
    fn a_name_has_one_uuid() {
        let id = user_id("ann");
        assert_eq!((id.len(), id.as_bytes()[14], id.as_bytes()[19]), (36, b'8', b'a'));
        assert_eq!(id, user_id("ann"));
        assert_ne!(id, user_id("bob"));
    }
}
