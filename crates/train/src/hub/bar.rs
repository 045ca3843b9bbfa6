//! Progress of a fetch for a person: a bar on a terminal, else a line a file.

use std::cell::RefCell;
use std::io::IsTerminal;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use super::FileProgress;

/// Shows files on standard error as they come in.
pub fn progress_bar() -> impl Fn(FileProgress<'_>) {
    let shown: RefCell<Option<(String, ProgressBar)>> = RefCell::new(None);
    let draws = std::io::stderr().is_terminal();
    move |progress: FileProgress<'_>| {
        let mut shown = shown.borrow_mut();
        let FileProgress { file, done, total } = progress;
        if shown.as_ref().is_none_or(|(name, _)| name != file) {
            if let Some((_, earlier)) = shown.take() {
                earlier.finish();
            }
            let bar = if draws { bar(file, total) } else { ProgressBar::hidden() };
            if !draws {
                let size = total.map_or_else(String::new, |it| format!(" ({})", HumanBytes(it)));
                eprintln!("fetching {file}{size}");
            }
            *shown = Some((file.to_owned(), bar));
        }
        if let Some((_, bar)) = shown.as_ref() {
            bar.set_position(done);
            if Some(done) == total {
                bar.finish();
            }
        }
    }
}

fn bar(file: &str, total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "{msg} {wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left",
        ),
        None => (ProgressBar::new_spinner(), "{msg} {spinner} {bytes}  {bytes_per_sec}"),
    };
    let bar = match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    };
    bar.with_message(file.to_owned())
}
