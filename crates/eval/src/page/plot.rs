//! Axes, lines and marks in SVG.

use askama::Template;
use askama::filters::HtmlSafe;

use super::px::Px;

/// A chart over two axes from 0 to 1, or any other range.
#[derive(Debug, Template)]
#[template(path = "plot.html")]
pub struct Plot {
    pub(super) id: &'static str,
    title: &'static str,
    description: String,
    frame: Frame,
    x: Axis,
    y: Axis,
    shapes: Vec<Shape>,
    key: Vec<(String, String)>,
}

impl HtmlSafe for Plot {}

/// An axis.
#[derive(Debug)]
pub struct Axis {
    /// Name of the axis.
    pub label: &'static str,
    /// Its lowest value.
    pub from: f64,
    /// Its highest value.
    pub to: f64,
    /// Places of the grid lines, each with its label.
    pub ticks: Vec<(f64, String)>,
}

/// A drawn shape.
#[derive(Debug)]
enum Shape {
    Line { class: String, points: String },
    Area { class: &'static str, points: String },
    Bar { class: &'static str, left: Px, top: Px, width: Px, height: Px, title: String },
    Dot { class: &'static str, x: Px, y: Px, radius: Px, title: String },
    Word { class: &'static str, x: Px, y: Px, anchor: &'static str, word: String },
}

/// The size of a drawing, and the place of its axes.
#[derive(Debug)]
struct Frame {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

const FRAME: Frame =
    Frame { width: 416.0, height: 320.0, left: 62.0, right: 404.0, top: 12.0, bottom: 278.0 };

impl Axis {
    /// From 0 to 1 in fifths, written as percent.
    pub fn share(label: &'static str) -> Self {
        Self::fifths(label, |fifth| format!("{} %", fifth * 20))
    }

    /// From 0 to 1 in fifths, written as decimals.
    pub fn score(label: &'static str) -> Self {
        Self::fifths(label, |fifth| format!("{:.1}", f64::from(fifth) / 5.0))
    }

    fn fifths(label: &'static str, word: fn(u8) -> String) -> Self {
        let ticks = (0..=5).map(|fifth| (f64::from(fifth) / 5.0, word(fifth)));
        Self { label, from: 0.0, to: 1.0, ticks: ticks.collect() }
    }

    fn at(&self, value: f64) -> f64 {
        (value - self.from) / (self.to - self.from)
    }
}

impl Plot {
    /// An empty chart. `title` and `description` are what a reader who does not see it gets.
    pub fn new(
        id: &'static str,
        title: &'static str,
        description: String,
        x: Axis,
        y: Axis,
    ) -> Self {
        let (shapes, key) = (Vec::new(), Vec::new());
        Self { id, title, description, frame: FRAME, x, y, shapes, key }
    }

    /// A value of the horizontal axis, in the units of the drawing.
    fn across(&self, x: f64) -> f64 {
        FRAME.left + self.x.at(x) * (FRAME.right - FRAME.left)
    }

    /// A value of the vertical axis, in the units of the drawing.
    fn down(&self, y: f64) -> f64 {
        FRAME.bottom - self.y.at(y) * (FRAME.bottom - FRAME.top)
    }

    /// The grid lines across each axis, with their labels.
    fn grid(&self) -> [Vec<(f64, &str)>; 2] {
        let x = self.x.ticks.iter().map(|(value, word)| (self.across(*value), word.as_str()));
        let y = self.y.ticks.iter().map(|(value, word)| (self.down(*value), word.as_str()));
        [x.collect(), y.collect()]
    }

    /// A line through points.
    pub fn line(&mut self, class: &str, points: &[[f64; 2]]) {
        if !points.is_empty() {
            let points = self.points(points);
            self.shapes.push(Shape::Line { class: class.to_owned(), points });
        }
    }

    /// The area between points and a level of the vertical axis.
    pub fn area(&mut self, class: &'static str, points: &[[f64; 2]], level: f64) {
        if let ([first, ..], [.., last]) = (points, points) {
            let ends = [[last[0], level], [first[0], level]];
            let points = self.points(&[points, &ends].concat());
            self.shapes.push(Shape::Area { class, points });
        }
    }

    /// A bar between two values of each axis.
    pub fn bar(&mut self, class: &'static str, x: [f64; 2], y: [f64; 2], title: &str) {
        let (left, right) = (self.across(x[0]), self.across(x[1]));
        let (top, bottom) = (self.down(y[0].max(y[1])), self.down(y[0].min(y[1])));
        self.shapes.push(Shape::Bar {
            class,
            left: Px(left + 0.5),
            top: Px(top),
            width: Px((right - left - 1.0).max(0.5)),
            height: Px((bottom - top).max(0.0)),
            title: title.to_owned(),
        });
    }

    /// A round mark.
    pub fn dot(&mut self, class: &'static str, at: [f64; 2], radius: f64, title: &str) {
        let (x, y) = (Px(self.across(at[0])), Px(self.down(at[1])));
        let title = title.to_owned();
        self.shapes.push(Shape::Dot { class, x, y, radius: Px(radius), title });
    }

    /// A thin line that spans an interval of the vertical axis.
    pub fn whisker(&mut self, class: &str, x: f64, from: f64, to: f64) {
        self.line(&format!("whisker {class}"), &[[x, from], [x, to]]);
    }

    /// A vertical line from bottom to top with a word at its head.
    pub fn upright(&mut self, class: &'static str, x: f64, word: &str) {
        let (from, to) = (self.y.from, self.y.to);
        self.line(class, &[[x, from], [x, to]]);
        let right = self.x.at(x) > 0.6;
        self.label([x, to], if right { [-5.0, 12.0] } else { [5.0, 12.0] }, right, class, word);
    }

    /// A word beside a point, `shift` away in the units of the drawing.
    pub fn label(
        &mut self,
        at: [f64; 2],
        shift: [f64; 2],
        ends_there: bool,
        class: &'static str,
        word: &str,
    ) {
        self.shapes.push(Shape::Word {
            class,
            x: Px(self.across(at[0]) + shift[0]),
            y: Px(self.down(at[1]) + shift[1]),
            anchor: if ends_there { "end" } else { "start" },
            word: word.to_owned(),
        });
    }

    fn points(&self, points: &[[f64; 2]]) -> String {
        let pairs =
            points.iter().map(|&[x, y]| format!("{},{}", Px(self.across(x)), Px(self.down(y))));
        pairs.collect::<Vec<_>>().join(" ")
    }

    /// A key: a class and a word for each line.
    #[must_use]
    pub fn key(mut self, key: &[(&str, &str)]) -> Self {
        self.key = key.iter().map(|&(class, word)| (class.to_owned(), word.to_owned())).collect();
        self
    }
}
