//! Axes, lines and marks in SVG.

use super::markup::escape;

/// A chart over two axes from 0 to 1, or any other range.
pub(super) struct Plot {
    id: &'static str,
    title: String,
    description: String,
    x: Axis,
    y: Axis,
    body: String,
}

/// An axis.
pub(super) struct Axis {
    pub(super) label: &'static str,
    pub(super) from: f64,
    pub(super) to: f64,
    /// Places of the grid lines, each with its label.
    pub(super) ticks: Vec<(f64, String)>,
}

const WIDTH: f64 = 416.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 42.0;

impl Axis {
    /// From 0 to 1 in fifths, written as percent.
    pub(super) fn share(label: &'static str) -> Self {
        let ticks = (0..=5).map(|fifth| {
            let at = f64::from(fifth) / 5.0;
            (at, format!("{} %", fifth * 20))
        });
        Self { label, from: 0.0, to: 1.0, ticks: ticks.collect() }
    }

    /// From 0 to 1 in fifths, written as decimals.
    pub(super) fn score(label: &'static str) -> Self {
        let ticks = (0..=5).map(|fifth| {
            let at = f64::from(fifth) / 5.0;
            (at, format!("{at:.1}"))
        });
        Self { label, from: 0.0, to: 1.0, ticks: ticks.collect() }
    }

    fn at(&self, value: f64) -> f64 {
        (value - self.from) / (self.to - self.from)
    }
}

impl Plot {
    /// An empty chart. `title` and `description` are what a reader who does not see it gets.
    pub(super) fn new(
        id: &'static str,
        title: &str,
        description: String,
        x: Axis,
        y: Axis,
    ) -> Self {
        Self { id, title: title.to_owned(), description, x, y, body: String::new() }
    }

    /// Across, in the units of the drawing.
    fn across(&self, x: f64) -> f64 {
        LEFT + self.x.at(x) * (WIDTH - LEFT - RIGHT)
    }

    /// Down, in the units of the drawing.
    fn down(&self, y: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.at(y) * (HEIGHT - TOP - BOTTOM)
    }

    /// A line through points.
    pub(super) fn line(&mut self, class: &str, points: &[[f64; 2]]) {
        if points.is_empty() {
            return;
        }
        let path = self.path(points);
        self.body.push_str(&format!("<polyline class=\"line {class}\" points=\"{path}\"/>\n"));
    }

    /// The area between points and a level of the vertical axis.
    pub(super) fn area(&mut self, class: &str, points: &[[f64; 2]], level: f64) {
        if let ([first, ..], [.., last]) = (points, points) {
            let ends = [[last[0], level], [first[0], level]];
            let path = self.path(&[points, &ends].concat());
            self.body.push_str(&format!("<polygon class=\"area {class}\" points=\"{path}\"/>\n"));
        }
    }

    /// A bar between two values of the horizontal axis.
    pub(super) fn bar(&mut self, class: &str, x: [f64; 2], y: [f64; 2], title: &str) {
        let (left, right) = (self.across(x[0]), self.across(x[1]));
        let (top, bottom) = (self.down(y[0].max(y[1])), self.down(y[0].min(y[1])));
        self.body.push_str(&format!(
            "<rect class=\"bar {class}\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" \
             height=\"{:.1}\"><title>{}</title></rect>\n",
            left + 0.5,
            (right - left - 1.0).max(0.5),
            (bottom - top).max(0.0),
            escape(title)
        ));
    }

    /// A round mark.
    pub(super) fn dot(&mut self, class: &str, at: [f64; 2], radius: f64, title: &str) {
        self.body.push_str(&format!(
            "<circle class=\"dot {class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\">\
             <title>{}</title></circle>\n",
            self.across(at[0]),
            self.down(at[1]),
            escape(title)
        ));
    }

    /// A thin line that spans an interval of the vertical axis.
    pub(super) fn whisker(&mut self, class: &str, x: f64, from: f64, to: f64) {
        self.line(&format!("whisker {class}"), &[[x, from], [x, to]]);
    }

    /// A vertical line from bottom to top with a word at its head.
    pub(super) fn upright(&mut self, class: &str, x: f64, word: &str) {
        let (from, to) = (self.y.from, self.y.to);
        self.line(class, &[[x, from], [x, to]]);
        let right = self.x.at(x) > 0.6;
        self.label([x, to], if right { [-5.0, 12.0] } else { [5.0, 12.0] }, right, class, word);
    }

    /// A word beside a point, `shift` away in the units of the drawing.
    pub(super) fn label(
        &mut self,
        at: [f64; 2],
        shift: [f64; 2],
        ends_there: bool,
        class: &str,
        word: &str,
    ) {
        let anchor = if ends_there { "end" } else { "start" };
        self.body.push_str(&format!(
            "<text class=\"word {class}\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>\n",
            self.across(at[0]) + shift[0],
            self.down(at[1]) + shift[1],
            escape(word)
        ));
    }

    fn path(&self, points: &[[f64; 2]]) -> String {
        let pairs = points
            .iter()
            .map(|point| format!("{:.1},{:.1}", self.across(point[0]), self.down(point[1])));
        pairs.collect::<Vec<_>>().join(" ")
    }

    /// The figure: heading, drawing, key and what stands below.
    pub(super) fn figure(&self, key: &[(&str, &str)], below: &str) -> String {
        let (id, title) = (self.id, escape(&self.title));
        let keys: Vec<String> = key
            .iter()
            .map(|(class, word)| {
                format!("<span class=\"key {class}\"><i></i>{}</span>", escape(word))
            })
            .collect();
        let key = if keys.is_empty() {
            String::new()
        } else {
            format!("<p class=\"keys\">{}</p>\n", keys.join(" "))
        };
        format!(
            "<figure class=\"chart\" id=\"chart-{id}\">\n<figcaption>{title}</figcaption>\n{key}\
             <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\n\
             <title id=\"{id}-t\">{title}</title>\n<desc id=\"{id}-d\">{}</desc>\n{}{}</svg>\n\
             {below}</figure>\n",
            escape(&self.description),
            self.axes(),
            self.body
        )
    }

    fn axes(&self) -> String {
        let mut axes = String::from("<g class=\"axes\" aria-hidden=\"true\">\n");
        let (left, right) = (LEFT, WIDTH - RIGHT);
        let (top, bottom) = (TOP, HEIGHT - BOTTOM);
        for (value, word) in &self.x.ticks {
            let x = self.across(*value);
            axes.push_str(&format!(
                "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{top}\" y2=\"{bottom}\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n",
                bottom + 15.0,
                escape(word)
            ));
        }
        for (value, word) in &self.y.ticks {
            let y = self.down(*value);
            axes.push_str(&format!(
                "<line x1=\"{left}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n",
                left - 6.0,
                y + 4.0,
                escape(word)
            ));
        }
        axes.push_str(&format!(
            "<text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n\
             <text class=\"axis\" x=\"0\" y=\"0\" text-anchor=\"middle\" \
             transform=\"translate(11 {:.1}) rotate(-90)\">{}</text>\n</g>\n",
            f64::midpoint(left, right),
            HEIGHT - 8.0,
            escape(self.x.label),
            f64::midpoint(top, bottom),
            escape(self.y.label)
        ));
        axes
    }
}

/// A small drawing for a table row: a value with its interval on a line from `from` to `to`.
pub(super) fn whisker_cell(value: f64, ends: Option<(f64, f64)>, from: f64, to: f64) -> String {
    let at = |value: f64| 2.0 + ((value - from) / (to - from)).clamp(0.0, 1.0) * 116.0;
    let zero = if from < 0.0 {
        format!("<line class=\"zero\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"1\" y2=\"15\"/>", at(0.0))
    } else {
        String::new()
    };
    let range = ends.map_or_else(String::new, |(lower, upper)| {
        format!(
            "<line class=\"range\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"8\" y2=\"8\"/>",
            at(lower),
            at(upper)
        )
    });
    format!(
        "<svg class=\"cell\" viewBox=\"0 0 120 16\" aria-hidden=\"true\">\
         <line class=\"rail\" x1=\"2\" x2=\"118\" y1=\"8\" y2=\"8\"/>{zero}{range}\
         <circle cx=\"{:.1}\" cy=\"8\" r=\"3.5\"/></svg>",
        at(value)
    )
}

/// A small drawing for a table row: a share as a filled bar.
pub(super) fn bar_cell(share: f64, class: &str) -> String {
    format!(
        "<svg class=\"cell\" viewBox=\"0 0 120 16\" aria-hidden=\"true\">\
         <rect class=\"track\" x=\"0\" y=\"4\" width=\"120\" height=\"8\" rx=\"2\"/>\
         <rect class=\"fill {class}\" x=\"0\" y=\"4\" width=\"{:.1}\" height=\"8\" rx=\"2\"/></svg>",
        share.clamp(0.0, 1.0) * 120.0
    )
}
