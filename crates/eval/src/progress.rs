//! Progress: what is being done, and how the terminal shows it.

use std::{cell::RefCell, io::IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

/// Told what is being done: a stage, and how many of how many texts are scored.
pub type Progress<'a> = dyn Fn(&str, usize, usize) + 'a;

/// Shows stages: a bar on a terminal, a line each elsewhere.
#[derive(Debug, Default)]
pub struct Console {
    last: RefCell<String>,
    bar: RefCell<Option<ProgressBar>>,
}

impl Console {
    /// Shows a stage, and how many of how many texts are scored.
    pub fn show(&self, stage: &str, done: usize, total: usize) {
        let mut last = self.last.borrow_mut();
        let begins = *last != stage;
        if begins {
            stage.clone_into(&mut last);
        }
        if !std::io::stderr().is_terminal() {
            if begins {
                eprintln!("{stage}…");
            }
            return;
        }
        let mut bar = self.bar.borrow_mut();
        if begins {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
            let template = "{msg:28} {wide_bar} {pos}/{len}  {eta} left";
            let new = if total > 0 {
                let style = ProgressStyle::with_template(template);
                let bar = ProgressBar::new(total as u64);
                style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
            } else {
                let bar = ProgressBar::new_spinner();
                bar.enable_steady_tick(std::time::Duration::from_millis(120));
                bar
            };
            new.set_message(stage.to_owned());
            *bar = Some(new);
        }
        if let Some(bar) = bar.as_ref() {
            bar.set_position(done as u64);
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = self.bar.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }
}
