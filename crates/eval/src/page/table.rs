//! Tables, for the page and for Markdown.

use askama::Template;
use askama::filters::HtmlSafe;

use super::px::Px;
use crate::figure::Figure;

/// A table. On the page it scrolls by itself where it is wider than that.
#[derive(Debug, Template)]
#[template(path = "table.html")]
pub struct Table {
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
}

impl HtmlSafe for Table {}

#[derive(Debug)]
struct Column {
    name: String,
    /// Class of its cells: `n` for numbers, `m` for drawings, nothing for texts.
    class: &'static str,
}

#[derive(Debug)]
struct Row {
    strong: bool,
    /// Each with the class of its column.
    cells: Vec<(&'static str, Cell)>,
}

/// A cell of a table.
#[derive(Debug, Template)]
#[template(path = "cell.html")]
pub enum Cell {
    /// A text or number.
    Text(String),
    /// A value on a line, with its interval.
    Interval {
        /// The value.
        value: Px,
        /// The ends of its interval.
        ends: Option<(Px, Px)>,
        /// The place of zero, where the line goes below it.
        zero: Option<Px>,
    },
    /// A filled bar.
    Bar {
        /// Its width.
        width: Px,
        /// `good`, `caution` or `bad`.
        class: &'static str,
    },
}

impl HtmlSafe for Cell {}

impl Cell {
    /// A share with its interval, on a line from 0 to 1.
    pub fn share(figure: Option<Figure>) -> Self {
        figure.map_or_else(
            || Self::Text(String::new()),
            |figure| Self::interval(figure, |value| value.clamp(0.0, 1.0), None),
        )
    }

    /// A difference with its interval, on a line from `-reach` to `reach`.
    pub fn difference(figure: Figure, reach: f64) -> Self {
        let place = |value: f64| ((value + reach) / (2.0 * reach)).clamp(0.0, 1.0);
        Self::interval(figure, place, Some(0.0))
    }

    fn interval(figure: Figure, place: impl Fn(f64) -> f64, zero: Option<f64>) -> Self {
        let at = |value: f64| Px(2.0 + place(value) * 116.0);
        Self::Interval {
            value: at(figure.value),
            ends: figure.lower.zip(figure.upper).map(|(lower, upper)| (at(lower), at(upper))),
            zero: zero.map(at),
        }
    }

    /// A share as a filled bar.
    pub fn bar(share: f64, class: &'static str) -> Self {
        Self::Bar { width: Px(share.clamp(0.0, 1.0) * 120.0), class }
    }
}

/// A table in the making: a row for each item, and its columns one after the other.
#[derive(Debug)]
pub struct TableBuilder<'a, T> {
    items: &'a [T],
    table: Table,
}

impl Table {
    /// A table with a row for each item.
    pub fn of<T>(caption: impl Into<String>, items: &[T]) -> TableBuilder<'_, T> {
        let rows = items.iter().map(|_| Row { strong: false, cells: Vec::new() }).collect();
        TableBuilder { items, table: Self { caption: caption.into(), columns: Vec::new(), rows } }
    }
}

impl<'a, T> TableBuilder<'a, T> {
    /// A column of texts; the first column heads its rows.
    #[must_use]
    pub fn text<S: Into<String>>(self, name: &str, cell: impl Fn(&'a T) -> S) -> Self {
        self.column(name, "", |item| Cell::Text(cell(item).into()))
    }

    /// A column of numbers, to the right.
    #[must_use]
    pub fn number<S: Into<String>>(self, name: &str, cell: impl Fn(&'a T) -> S) -> Self {
        self.column(name, "n", |item| Cell::Text(cell(item).into()))
    }

    /// A column of drawings.
    #[must_use]
    pub fn drawing(self, name: &str, cell: impl Fn(&'a T) -> Cell) -> Self {
        self.column(name, "m", cell)
    }

    fn column(mut self, name: &str, class: &'static str, cell: impl Fn(&'a T) -> Cell) -> Self {
        self.table.columns.push(Column { name: name.to_owned(), class });
        for (row, item) in self.table.rows.iter_mut().zip(self.items) {
            row.cells.push((class, cell(item)));
        }
        self
    }

    /// Makes the first rows stand out.
    #[must_use]
    pub fn strong(mut self, first: usize) -> Self {
        self.table.rows.iter_mut().take(first).for_each(|row| row.strong = true);
        self
    }

    /// The table.
    pub fn build(self) -> Table {
        self.table
    }

    /// The table in Markdown, without its caption.
    pub fn markdown(self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let Table { columns, rows, .. } = self.table;
        let rules: Vec<&str> =
            columns.iter().map(|column| if column.class == "n" { "---:" } else { "---" }).collect();
        let mut text = line(columns.iter().map(|column| column.name.clone()).collect());
        text.push_str(&format!("|{}|\n", rules.join("|")));
        for row in rows {
            let cell = |(_, cell)| match cell {
                Cell::Text(text) => text.replace('|', "\\|"),
                Cell::Interval { .. } | Cell::Bar { .. } => String::new(),
            };
            text.push_str(&line(row.cells.into_iter().map(cell).collect()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_markdown_cannot_end_its_row() {
        let table = Table::of("", &["a|b"]).text("name", |&text| text).number("size", |_| "1");
        assert_eq!(table.markdown(), "| name | size |\n|---|---:|\n| a\\|b | 1 |\n");
    }

    #[test]
    fn a_table_without_rows_is_not_shown() {
        let table = Table::of::<&str>("caption", &[]).text("name", |&text| text);
        assert_eq!(table.build().to_string().trim(), "");
    }
}
