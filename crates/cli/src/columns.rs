//! Names of the columns in data files, and how the files are read.

use clap::Args;
use dataset::{Columns, Format, Quoting, Reading};

/// The column with the text.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub struct TextColumn {
    /// Column or JSON field with the text.
    #[arg(long, env = "THREAT_TEXT_COLUMN", value_name = "NAME", default_value = "text")]
    pub text_column: String,
    /// Meaning of quotes at the ends of a field in CSV files: csv, marks; none, letters; auto,
    /// marks except in tab-separated files.
    #[arg(long, env = "THREAT_QUOTING", value_name = "KIND", default_value_t = Quoting::Auto)]
    pub quoting: Quoting,
}

/// The column with the label.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub struct LabelColumn {
    /// Column with the label, 0 or 1.
    #[arg(long, env = "THREAT_LABEL_COLUMN", value_name = "NAME", default_value = "label")]
    pub label_column: String,
    /// Label name that means 1, where labels have names; every other then means 0.
    #[arg(long, env = "THREAT_POSITIVE_LABEL", value_name = "NAME")]
    pub positive_label: Option<String>,
}

/// The columns that group rows.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub struct GroupColumns {
    /// Column with the author, if there is one. Splits keep each author on one side. The model never
    /// reads it.
    #[arg(long, env = "THREAT_AUTHOR_COLUMN", value_name = "NAME", default_value = "author")]
    pub author_column: String,
    /// Column with the place that a row was collected from, if there is one. For figures by source
    /// and for --hold-out-source.
    #[arg(long, env = "THREAT_SOURCE_COLUMN", value_name = "NAME", default_value = "source")]
    pub source_column: String,
}

impl TextColumn {
    /// For reading labelled files.
    pub fn with(&self, label: &LabelColumn) -> Columns {
        Columns {
            text: self.text_column.clone(),
            label: label.label_column.clone(),
            positive: label.positive_label.clone(),
            quoting: self.quoting,
            ..Columns::default()
        }
    }

    /// For reading texts out of files of this format.
    pub fn reading(&self, format: Format) -> Reading<'_> {
        Reading { format, text_column: &self.text_column, quoting: self.quoting }
    }
}

impl Default for TextColumn {
    fn default() -> Self {
        Self { text_column: "text".to_owned(), quoting: Quoting::Auto }
    }
}

impl GroupColumns {
    /// For reading labelled files with authors.
    pub fn with(&self, text: &TextColumn, label: &LabelColumn) -> Columns {
        Columns { author: self.author_column.clone(), ..text.with(label) }
    }
}
