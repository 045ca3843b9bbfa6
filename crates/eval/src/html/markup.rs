//! Escaping, tables, figures.

/// A text made safe between tags and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    // A sign must not be torn from its number at the end of a line.
    safe.replace(" %", "\u{a0}%")
}

/// A section with its heading. `id` is what the table of contents links to.
pub(super) fn section(id: &str, heading: &str, body: &str) -> String {
    format!(
        "<section id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h2 id=\"{id}-h\">{}</h2>\n{body}</section>\n",
        escape(heading)
    )
}

/// A paragraph of plain text.
pub(super) fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escape(text))
}

/// A paragraph set back.
pub(super) fn note(text: &str) -> String {
    format!("<p class=\"note\">{}</p>\n", escape(text))
}

/// Content of a column, which sets its alignment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// Words; the first such column heads its row.
    Text,
    /// Numbers, to the right.
    Number,
    /// Markup made by us, such as a drawing.
    Markup,
}

/// A table that scrolls by itself where it is wider than the page.
pub(super) struct Table {
    caption: String,
    columns: Vec<(String, Column)>,
    rows: Vec<(bool, Vec<String>)>,
}

impl Table {
    /// A table of the given columns.
    pub(super) fn new(caption: &str, columns: &[(&str, Column)]) -> Self {
        Self {
            caption: caption.to_owned(),
            columns: columns.iter().map(|&(name, kind)| (name.to_owned(), kind)).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push((false, cells));
    }

    /// Adds a row that stands out.
    pub(super) fn strong_row(&mut self, cells: Vec<String>) {
        self.rows.push((true, cells));
    }

    /// The markup; nothing without rows.
    pub(super) fn html(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let caption = escape(&self.caption);
        let mut html = format!(
            "<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\n\
             <table>\n<caption>{caption}</caption>\n<thead><tr>"
        );
        for (name, kind) in &self.columns {
            let class = class(*kind);
            html.push_str(&format!("<th scope=\"col\"{class}>{}</th>", escape(name)));
        }
        html.push_str("</tr></thead>\n<tbody>\n");
        for (strong, cells) in &self.rows {
            html.push_str(if *strong { "<tr class=\"strong\">" } else { "<tr>" });
            for (index, (cell, (_, kind))) in cells.iter().zip(&self.columns).enumerate() {
                let text = if *kind == Column::Markup { cell.clone() } else { escape(cell) };
                let class = class(*kind);
                html.push_str(&if index == 0 {
                    format!("<th scope=\"row\"{class}>{text}</th>")
                } else {
                    format!("<td{class}>{text}</td>")
                });
            }
            html.push_str("</tr>\n");
        }
        html.push_str("</tbody>\n</table>\n</div>\n");
        html
    }
}

fn class(kind: Column) -> &'static str {
    match kind {
        Column::Text => "",
        Column::Number => " class=\"n\"",
        Column::Markup => " class=\"m\"",
    }
}

/// Something folded away under a line of text.
pub(super) fn details(summary: &str, body: &str) -> String {
    if body.is_empty() {
        return String::new();
    }
    format!("<details><summary>{}</summary>\n{body}</details>\n", escape(summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_become_markup() {
        let mut table = Table::new("a", &[("b", Column::Text)]);
        table.row(vec!["<script>alert('x')</script>".to_owned()]);
        let html = table.html();
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)"), "{html}");
    }
}
