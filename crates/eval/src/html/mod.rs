//! The report as one page: no script, no font, no request to anywhere.
//!
//! - `page`: the page from top to bottom.
//! - `style.css`: its looks, on a screen in light or dark, on a phone, on paper.
//! - `markup`: escaping, tables, figures.
//! - `plot`: axes, lines and marks in SVG.
//! - `charts`: the curves, the reliability diagram, the histogram.
//! - `summary`: the head of the page: findings, tiles, rarity.
//! - `tables`: metrics, confusion, thresholds, bands.
//! - `parts`: slices, sources, mentions, with whiskers drawn in the rows.
//! - `checks`: functional suite, invariance, leak audit.
//! - `rivals`: baselines, a second model.
//! - `colophon`: how the report was made, and what its words mean.

mod charts;
mod checks;
mod colophon;
mod markup;
mod page;
mod parts;
mod plot;
mod rivals;
mod summary;
mod tables;

pub use page::page;
pub(crate) use summary::unlabelled;
pub(crate) use tables::name as measure_name;
