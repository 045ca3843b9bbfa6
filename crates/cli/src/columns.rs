//! Names of the columns in data files.

use clap::Args;
use dataset::Columns;

/// The column with the text.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub struct TextColumn {
    /// Column or JSON field with the text.
    #[arg(long, env = "THREAT_TEXT_COLUMN", value_name = "NAME", default_value = "text")]
    pub text_column: String,
}

/// The column with the label.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub struct LabelColumn {
    /// Column with the label, 0 or 1.
    #[arg(long, env = "THREAT_LABEL_COLUMN", value_name = "NAME", default_value = "label")]
    pub label_column: String,
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
            ..Columns::default()
        }
    }
}

impl GroupColumns {
    /// For reading labelled files with authors.
    pub fn with(&self, text: &TextColumn, label: &LabelColumn) -> Columns {
        Columns { author: self.author_column.clone(), ..text.with(label) }
    }
}
