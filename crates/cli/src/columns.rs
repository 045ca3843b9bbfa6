//! What the columns of files are called.

use clap::Args;
use dataset::Columns;

/// The column with the text.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub struct TextColumn {
    /// The column or JSON field with the text.
    #[arg(long, env = "THREAT_TEXT_COLUMN", value_name = "NAME", default_value = "text")]
    pub text_column: String,
}

/// The column with the label.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub struct LabelColumn {
    /// The column with the label, 0 or 1.
    #[arg(long, env = "THREAT_LABEL_COLUMN", value_name = "NAME", default_value = "label")]
    pub label_column: String,
}

/// The columns by which rows belong together.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub struct GroupColumns {
    /// The column with the author: it keeps authors on one side where data is split, and is never
    /// read by the model. A file without it is fine.
    #[arg(long, env = "THREAT_AUTHOR_COLUMN", value_name = "NAME", default_value = "author")]
    pub author_column: String,
    /// The column with the place that a row was collected from, for figures by source and
    /// --hold-out-source. A file without it is fine.
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
