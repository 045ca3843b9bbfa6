//! Progress of a training, for a person: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::evaluation::Evaluation;

/// Time between two plain lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(15);

/// Shows the steps of a training on standard error.
pub struct Progress {
    bar: Option<ProgressBar>,
    total: usize,
    started: Instant,
    first_step: usize,
    tokens: u64,
    last_line: Instant,
    roc_auc: Option<f64>,
}

impl Progress {
    /// Shows a training of `total` steps that begins after `first_step`.
    pub fn new(first_step: usize, total: usize) -> Self {
        let bar = bar(total, "{bar:30} {pos}/{len} steps  {msg}  {eta} left");
        if let Some(bar) = &bar {
            bar.set_position(first_step as u64);
            bar.reset_eta();
        }
        let now = Instant::now();
        Self { bar, total, started: now, first_step, tokens: 0, last_line: now, roc_auc: None }
    }

    /// There are fewer steps than were planned.
    pub fn set_total(&mut self, total: usize) {
        self.total = total;
        if let Some(bar) = &self.bar {
            bar.set_length(total as u64);
        }
    }

    /// A step is done.
    pub fn step(&mut self, step: usize, loss: f64, tokens: usize) {
        self.tokens += tokens as u64;
        let seconds = self.started.elapsed().as_secs_f64();
        let rate = self.tokens as f64 / seconds.max(1e-9);
        let auc = self.roc_auc.map_or_else(String::new, |auc| format!("  AUC {auc:.4}"));
        let message = format!("loss {loss:.4}{auc}  {rate:.0} tokens/s");
        if let Some(bar) = &self.bar {
            bar.set_position(step as u64);
            bar.set_message(message);
        } else if self.last_line.elapsed() >= LINE_EVERY || step == self.total {
            self.last_line = Instant::now();
            let left = left(self.started.elapsed(), step - self.first_step, self.total - step);
            eprintln!("step {step}/{}  {message}  {} left", self.total, minutes(left));
        }
    }

    /// The model was judged on the validation posts.
    pub fn evaluation(&mut self, evaluation: &Evaluation, train_loss: f64, best: bool) {
        self.roc_auc = Some(evaluation.roc_auc);
        self.print(&format!(
            "step {:>6}  training loss {train_loss:.4}  validation loss {:.4}  accuracy {:.4}  \
             ROC AUC {:.4}{}",
            evaluation.step,
            evaluation.loss,
            evaluation.accuracy,
            evaluation.roc_auc,
            if best { "  (best so far)" } else { "" },
        ));
    }

    /// Prints a line without breaking the bar.
    pub fn print(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Shows on standard error how many posts are scored.
pub struct PostProgress {
    bar: Option<ProgressBar>,
    total: usize,
    done: usize,
    started: Instant,
    last_line: Instant,
}

impl PostProgress {
    /// Shows the scoring of `total` posts.
    pub fn new(total: usize) -> Self {
        let bar = bar(total, "{bar:30} {pos}/{len} posts scored  {eta} left");
        let now = Instant::now();
        Self { bar, total, done: 0, started: now, last_line: now }
    }

    /// So many more are scored.
    pub fn advance(&mut self, posts: usize) {
        self.done += posts;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done as u64);
        } else if self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let left = left(self.started.elapsed(), self.done, self.total - self.done);
            eprintln!("{}/{} posts scored  {} left", self.done, self.total, minutes(left));
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A bar, if standard error is a terminal.
fn bar(total: usize, template: &str) -> Option<ProgressBar> {
    std::io::stderr().is_terminal().then(|| {
        let target = ProgressDrawTarget::stderr_with_hz(5);
        let bar = ProgressBar::with_draw_target(Some(total as u64), target);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar
    })
}

/// Time that the rest takes at the pace so far.
fn left(elapsed: Duration, done: usize, rest: usize) -> Duration {
    Duration::from_secs_f64(elapsed.as_secs_f64() / done.max(1) as f64 * rest as f64)
}

/// A duration as a person says it: `42s`, `7m 05s`, `2h 10m`.
pub fn minutes(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        let say = |seconds| minutes(Duration::from_secs(seconds));
        assert_eq!(
            (say(42), say(425), say(7_800)),
            ("42s".into(), "7m 05s".into(), "2h 10m".into())
        );
    }
}
