//! What the sections of the page are made of. The markup is in `templates/`, where every text is
//! escaped; a section says what is shown, and never writes markup itself.
//!
//! - [`Block`]: a paragraph, a table, a chart (`templates/block.html`).
//! - [`table`]: tables, for the page (`templates/table.html`) and for Markdown.
//! - [`plot`]: axes, lines and marks (`templates/plot.html`); [`px`]: their lengths.
//! - `templates/style.css`: the looks, on a screen in light or dark, on a phone, on paper.

#![allow(unused_qualifications, reason = "askama writes them where it derives for an enum")]

pub mod plot;
pub mod px;
pub mod table;

use askama::Template;
use askama::filters::HtmlSafe;

pub use plot::{Axis, Plot};
pub use table::{Cell, Table, TableBuilder};

/// A section of the page.
#[derive(Debug)]
pub struct Section {
    /// Anchor that the table of contents links to.
    pub id: &'static str,
    /// Its heading.
    pub heading: &'static str,
    /// Its content, from top to bottom.
    pub blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Debug, Template)]
#[template(path = "block.html")]
pub enum Block {
    /// A paragraph of plain text.
    Paragraph(String),
    /// A paragraph set back.
    Note(String),
    /// A heading within the section.
    Heading(&'static str),
    /// A table; nothing where it has no rows.
    Table(Table),
    /// A chart.
    Chart {
        /// The drawing and its key.
        plot: Box<Plot>,
        /// What stands below.
        below: Vec<Block>,
    },
    /// Charts side by side.
    Charts(Vec<Block>),
    /// Texts with their scores.
    Quotes(Vec<Quote>),
    /// Text as it stands, in letters of one width.
    Code(String),
    /// Something folded away under a line of text.
    Folded {
        /// The line.
        summary: String,
        /// What is folded away.
        body: Vec<Block>,
    },
    /// What one section alone has, out of a template of its own.
    Own(Markup),
}

impl HtmlSafe for Block {}

impl Block {
    /// A paragraph of plain text.
    pub fn paragraph(text: impl Into<String>) -> Self {
        Self::Paragraph(text.into())
    }

    /// A paragraph set back.
    pub fn note(text: impl Into<String>) -> Self {
        Self::Note(text.into())
    }

    /// Something folded away under a line of text.
    pub fn folded(summary: impl Into<String>, body: Vec<Block>) -> Self {
        Self::Folded { summary: summary.into(), body }
    }

    /// What one section alone has, out of a template of its own.
    pub fn own(template: &impl Template) -> Self {
        Self::Own(Markup(template.to_string()))
    }
}

impl<T> TableBuilder<'_, T> {
    /// The table on the page.
    pub fn block(self) -> Block {
        Block::Table(self.build())
    }
}

impl Plot {
    /// The chart on the page, with what stands below it.
    pub fn block(self, below: Vec<Block>) -> Block {
        Block::Chart { plot: Box::new(self), below }
    }
}

/// Markup, which only a template can make.
#[derive(Debug)]
pub struct Markup(String);

/// A text with its score and where it is from.
#[derive(Debug)]
pub struct Quote {
    /// The score.
    pub score: String,
    /// Where the text is from, or what it tests.
    pub about: String,
    /// The text.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "<script>alert('x' & \"y\")</script>";

    /// What a browser shows of a text in markup.
    fn shown(markup: &str) -> String {
        let entities =
            [("&#60;", "<"), ("&#62;", ">"), ("&#39;", "'"), ("&#34;", "\""), ("&#38;", "&")];
        entities.iter().fold(markup.to_owned(), |text, (entity, sign)| text.replace(entity, sign))
    }

    #[test]
    fn no_text_can_become_markup() {
        let text = || HOSTILE.to_owned();
        let table = Table::of(HOSTILE, &[HOSTILE]).text(HOSTILE, |&text| text).block();
        let mut plot = Plot::new("id", "title", text(), Axis::score("x"), Axis::share("y"));
        plot.bar("model", [0.0, 0.5], [0.0, 0.5], HOSTILE);
        plot.dot("model", [0.5, 0.5], 4.0, HOSTILE);
        plot.upright("mark", 0.5, HOSTILE);
        let quote = Quote { score: text(), about: text(), text: text() };
        for (block, times) in [
            (Block::paragraph(HOSTILE), 1),
            (Block::note(HOSTILE), 1),
            (table, 4),
            (plot.key(&[("model", HOSTILE)]).block(vec![Block::note(HOSTILE)]), 6),
            (Block::Quotes(vec![quote]), 3),
            (Block::Code(text()), 1),
            (Block::folded(HOSTILE, vec![Block::paragraph(HOSTILE)]), 2),
        ] {
            let markup = block.to_string();
            assert!(!markup.contains("<script") && !markup.contains("\"y\""), "{markup}");
            assert_eq!(shown(&markup).matches(HOSTILE).count(), times, "{markup}");
        }
    }
}
