//! Figures of a report inside a Markdown file, so that a document never holds a typed number.
//!
//! A document marks where figures belong:
//!
//! ```text
//! <!-- eval metrics -->
//! (whatever stands here is replaced)
//! <!-- /eval -->
//! ```
//!
//! `<!-- eval metrics from NAME -->` is filled only by the report whose folder is called NAME, so
//! one document can hold figures of several.

use std::path::Path;

use crate::error::EvalError;
use crate::report::Report;
use crate::report::markdown::BLOCKS;

const OPEN: &str = "<!-- eval ";
const CLOSE: &str = "<!-- /eval -->";

/// Fills the blocks of a file that this report, in the folder `name`, is meant for. Answers how
/// many there were.
///
/// # Errors
/// A file that cannot be read or written, an unknown block, or one that is never closed.
pub fn fill(file: &Path, report: &Report, name: &str) -> Result<usize, EvalError> {
    let (text, filled, blocks) = read_and_fill(file, Some(report), name)?;
    if filled != text {
        checkpoint::file::write(file, filled.as_bytes()).map_err(EvalError::io("write", file))?;
    }
    Ok(blocks)
}

/// Looks at a file before there is a report, so that what is wrong with it is known at once.
///
/// # Errors
/// As [`fill`].
pub fn check(file: &Path) -> Result<(), EvalError> {
    read_and_fill(file, None, "").map(drop)
}

fn read_and_fill(
    file: &Path,
    report: Option<&Report>,
    name: &str,
) -> Result<(String, String, usize), EvalError> {
    let text = std::fs::read_to_string(file).map_err(EvalError::io("read", file))?;
    match filled(&text, report, name) {
        Ok((filled, blocks)) => Ok((text, filled, blocks)),
        Err((line, problem)) => {
            Err(EvalError::BadRow { file: file.to_owned(), row: line, problem })
        }
    }
}

/// A document with its blocks filled, if there is a report to fill them from, and their number; or
/// the line of what is wrong. Line ends stay as they are.
fn filled(
    text: &str,
    report: Option<&Report>,
    name: &str,
) -> Result<(String, usize), (u64, String)> {
    let mut lines = text.split_inclusive('\n').zip(1..);
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (mut result, mut blocks) = (String::with_capacity(text.len()), 0);
    while let Some((line, number)) = lines.next() {
        result.push_str(line);
        let Some(block) = line.trim().strip_prefix(OPEN).and_then(|rest| rest.strip_suffix(" -->"))
        else {
            continue;
        };
        let (block, from) = block.split_once(" from ").unwrap_or((block, name));
        let writer = BLOCKS.iter().find(|(known, _)| *known == block.trim());
        let Some((_, writer)) = writer else {
            let known: Vec<&str> = BLOCKS.iter().map(|(known, _)| *known).collect();
            return Err((number, format!("no figures called '{block}': {}", known.join(", "))));
        };
        let mut held = String::new();
        let close = lines.by_ref().find_map(|(line, _)| {
            if line.trim() == CLOSE {
                return Some(line);
            }
            held.push_str(line);
            None
        });
        let Some(close) = close else {
            return Err((number, format!("this block is never closed with {CLOSE}")));
        };
        if let Some(report) = report.filter(|_| from.trim() == name) {
            blocks += 1;
            held = writer(report).replace('\n', line_end);
        }
        result.push_str(&held);
        result.push_str(close);
    }
    Ok((result, blocks))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::classifier::Classifier;
    use crate::evaluate::evaluate;
    use crate::inputs::Inputs;
    use crate::posts::Post;
    use crate::settings::Settings;

    fn report() -> Report {
        report_of(Vec::new())
    }

    /// A report of baselines trained on these rows, if there are any.
    fn report_of(train: Vec<Post>) -> Report {
        let posts = (0..40).map(|row| Post::new(format!("post number {row}"), row % 2 == 0));
        let inputs = Inputs {
            classifier: Some(Classifier::of_scores("half", 0.5, |texts| {
                texts.iter().map(|text| Some((text.raw().len() % 3) as f64 / 3.0)).collect()
            })),
            posts: posts.collect(),
            train,
            settings: Settings { replicates: 20, ..Settings::default() },
            ..Inputs::default()
        };
        evaluate(inputs, &|_, _, _| ()).unwrap()
    }

    #[test]
    fn blocks_are_filled_again_and_again_and_the_rest_is_left() {
        let report = report();
        let text = "# Card\n\n<!-- eval metrics -->\nold\n<!-- /eval -->\n\nTail, no line break";
        let (once, blocks) = filled(text, Some(&report), "a").unwrap();
        assert_eq!(blocks, 1);
        assert!(once.starts_with("# Card\n\n<!-- eval metrics -->\n| metric"), "{once}");
        assert!(once.ends_with("\n<!-- /eval -->\n\nTail, no line break"), "{once}");
        assert!(!once.contains("old"));
        assert_eq!(filled(&once, Some(&report), "a").unwrap().0, once);
    }

    #[test]
    fn line_ends_stay_as_they_are() {
        let text = "# Card\r\n<!-- eval metrics -->\r\nold\r\n<!-- /eval -->\r\nTail\r\n";
        let (filled, _) = filled(text, Some(&report()), "a").unwrap();
        assert!(filled.lines().count() > 5);
        assert_eq!(filled.matches('\n').count(), filled.matches("\r\n").count());
    }

    #[test]
    fn a_block_of_another_report_keeps_what_it_holds() {
        let text = "<!-- eval data from b -->\nkept\n<!-- /eval -->\n";
        assert_eq!(filled(text, Some(&report()), "a").unwrap(), (text.to_owned(), 0));
        assert_eq!(filled(text, Some(&report()), "b").unwrap().1, 1);
    }

    #[test]
    fn every_block_can_be_written() {
        let report = report();
        for (name, _) in BLOCKS {
            let text = format!("<!-- eval {name} -->\n<!-- /eval -->\n");
            let (filled, _) = filled(&text, Some(&report), "a").unwrap();
            assert!(filled.len() > text.len(), "{name}");
        }
    }

    #[test]
    fn baselines_stand_beside_the_model_without_rows_near_a_training_row() {
        let post = |row| Post::new(format!("post number {row}"), row % 2 == 0);
        let report = report_of((1_000..1_040).map(post).collect());
        let (filled, _) =
            filled("<!-- eval baselines -->\n<!-- /eval -->\n", Some(&report), "a").unwrap();
        let cells = |start: &str| -> Vec<String> {
            let line = filled.lines().find(|line| line.starts_with(start)).unwrap();
            line.split(" | ").map(str::to_owned).collect()
        };
        let column = cells("| model").iter().position(|cell| cell == "ROC AUC without them");
        assert_eq!(cells("| majority")[column.unwrap()], "0.500");
    }

    #[test]
    fn unknown_and_open_blocks_are_named_with_their_line() {
        let (line, problem) = filled("\n<!-- eval nosuch -->\n", Some(&report()), "a").unwrap_err();
        assert!(
            line == 2 && problem.contains("nosuch") && problem.contains("metrics"),
            "{problem}"
        );
        let (line, problem) = filled("<!-- eval data -->\nx\n", Some(&report()), "a").unwrap_err();
        assert!(line == 1 && problem.contains("never closed"), "{problem}");
    }
}
