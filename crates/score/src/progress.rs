//! Progress on standard error: a bar on a terminal, else a line now and then.

use std::io::{IsTerminal, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::Summary;

/// Time between two lines where standard error is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// A reader that counts its bytes.
#[derive(Debug)]
pub struct Counted<R> {
    input: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Reports progress.
#[derive(Debug)]
pub struct Progress {
    bytes: Arc<AtomicU64>,
    size: Option<u64>,
    bar: Option<ProgressBar>,
    start: Instant,
    last_line: Instant,
}

impl Progress {
    /// Wraps an input of `size` bytes, if that is known. `may_draw` is false where a bar would
    /// mix with output on the same terminal.
    pub fn counting<R: Read>(input: R, size: Option<u64>, may_draw: bool) -> (Counted<R>, Self) {
        let bytes = Arc::new(AtomicU64::new(0));
        let may_draw = may_draw || !std::io::stdout().is_terminal();
        let bar = (may_draw && std::io::stderr().is_terminal()).then(|| bar(size));
        let now = Instant::now();
        let progress = Self { bytes: bytes.clone(), size, bar, start: now, last_line: now };
        (Counted { input, bytes }, progress)
    }

    /// Says a line between whatever else is shown.
    pub fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    /// The input was read up to here, where it is not read from its beginning to its end.
    pub fn reach(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    /// This many rows are written.
    pub fn update(&mut self, rows: u64) {
        let bytes = self.bytes.load(Ordering::Relaxed);
        let rate = rows as f64 / self.start.elapsed().as_secs_f64().max(1e-3);
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
            bar.set_message(format!("{rows} rows, {rate:.0}/s"));
        } else if self.last_line.elapsed() >= BETWEEN_LINES {
            self.last_line = Instant::now();
            let share = self.size.map(|size| 100.0 * bytes as f64 / size.max(1) as f64);
            let share = share.map_or_else(String::new, |share| format!("{share:.0} %, "));
            eprintln!("{share}{rows} rows, {rate:.0}/s");
        }
    }

    /// Says what came of it.
    pub fn finish(&self, summary: &Summary) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if summary.cut {
            return;
        }
        let Summary { rows, pro_isis, not_judged: [no_text, no_words, language], .. } = summary;
        let unreadable = match summary.unreadable {
            0 => String::new(),
            rows => format!(", {rows} unreadable"),
        };
        let seconds = self.start.elapsed().as_secs_f64();
        eprintln!(
            "{rows} rows in {seconds:.1} s: {pro_isis} pro_isis; not judged: {language} in other \
             languages, {no_words} without words, {no_text} without text{unreadable}"
        );
        if let Summary { in_windows: 1.., truncated, .. } = summary {
            eprintln!(
                "{in_windows} rows are longer than the model reads at once: the highest of their windows \
                 counts; {truncated} are longer still, and their end was not read",
                in_windows = summary.in_windows
            );
        }
    }
}

fn bar(size: Option<u64>) -> ProgressBar {
    let (bar, template) = match size {
        Some(size) => {
            (ProgressBar::new(size), "{wide_bar} {bytes}/{total_bytes}  {msg}  {eta} left")
        }
        None => (ProgressBar::new_spinner(), "{spinner} {bytes}  {msg}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
