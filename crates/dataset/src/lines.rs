//! The starts of rows: line numbers that an editor would show, and a bound on a row's length.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use crate::quotes::{BrokenQuote, Quotes};
use crate::utf8::Utf8;

/// The longest row that is read, in bytes. A tweet has a few thousand at most; a longer row is
/// a quote that was never closed and would swallow the rest of the file, and the memory with it.
pub(crate) const LONGEST_ROW: usize = 1 << 20;

/// A reader that remembers the ends of the lines which passed through it until it is asked about
/// them. The CSV reader cannot tell lines: it counts a row's line before the blank lines in front
/// of the row, and is one behind after Windows line ends.
pub(crate) struct Lines<R> {
    input: R,
    /// Bytes that passed.
    passed: u64,
    last: u8,
    /// Double quotes that passed.
    quotes: u64,
    /// The line ends that no row start has passed yet.
    ends: VecDeque<LineEnd>,
    /// Double quotes before the last row asked about.
    quotes_before: u64,
    /// The line that the last row asked about starts on, counted from 1.
    line: u64,
    /// Bytes that passed when the last row was asked for.
    row_began: u64,
    /// The check that quoted fields are well-formed; none where quotes are letters.
    fields: Option<Quotes>,
    utf8: Utf8,
}

struct LineEnd {
    first: u64,
    last: u64,
    /// Double quotes before it.
    quotes: u64,
}

impl<R> Lines<R> {
    /// Of an input whose first line is `line`; `fields` follows its quoted fields.
    pub(crate) fn new(input: R, line: u64, fields: Option<Quotes>) -> Self {
        Self {
            input,
            passed: 0,
            last: 0,
            quotes: 0,
            ends: VecDeque::new(),
            quotes_before: 0,
            line,
            row_began: 0,
            fields,
            utf8: Utf8::default(),
        }
    }

    /// Gives the next row its own allowance of [`LONGEST_ROW`] bytes.
    pub(crate) fn begin_row(&mut self) {
        self.row_began = self.passed;
    }

    /// The line of a row that starts at `byte` or after blank lines there. Rows must be asked
    /// about in order.
    pub(crate) fn line_at(&mut self, byte: u64) -> u64 {
        let mut start = byte;
        while let Some(end) = self.ends.pop_front_if(|end| end.first <= start) {
            self.line += 1;
            start = start.max(end.last + 1);
            self.quotes_before = end.quotes;
        }
        self.line
    }

    /// At the end of the input: whether the last row asked about opens a quote, never closes it,
    /// and so took in the lines after it.
    pub(crate) fn ends_in_open_quote(&self) -> bool {
        let lines_inside = self.ends.front().is_some_and(|end| end.last + 1 < self.passed);
        lines_inside && !(self.quotes - self.quotes_before).is_multiple_of(2)
    }

    /// The first quoted field that goes wrong before this byte.
    pub(crate) fn broken_quote(&self, before: u64) -> Option<BrokenQuote> {
        let broken = self.fields.as_ref()?.broken()?;
        (broken.broken < before).then_some(broken)
    }

    /// The first byte that is not UTF-8.
    pub(crate) fn invalid(&self) -> Option<u64> {
        self.utf8.invalid()
    }

    /// The line that a byte stands on, which no row that was asked about lies behind.
    pub(crate) fn line_of(&self, byte: u64) -> u64 {
        self.line + self.ends.iter().filter(|end| end.last < byte).count() as u64
    }

    fn watch(&mut self, bytes: &[u8]) {
        self.utf8.follow(bytes);
        for &byte in bytes {
            if let Some(fields) = &mut self.fields {
                fields.follow(byte, self.passed);
            }
            match byte {
                b'\n' if self.last == b'\r' => {
                    if let Some(end) = self.ends.back_mut() {
                        end.last = self.passed;
                    }
                }
                b'\n' | b'\r' => self.ends.push_back(LineEnd {
                    first: self.passed,
                    last: self.passed,
                    quotes: self.quotes,
                }),
                b'"' => self.quotes += 1,
                _ => {}
            }
            self.last = byte;
            self.passed += 1;
        }
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.passed - self.row_began > LONGEST_ROW as u64 {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let length = self.input.read(buffer)?;
        self.watch(&buffer[..length]);
        Ok(length)
    }
}

/// True if an error of a [`Lines`] is that a row was too long.
pub(crate) fn is_too_long(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::FileTooLarge
}

/// Reads one line of [`LONGEST_ROW`] bytes at most into `line`, without its end: a line feed, a carriage
/// return, or both. Returns how many bytes it took with its end, 0 at the end of the input.
pub(crate) fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        let buffer = reader.fill_buf()?;
        let end = buffer.iter().position(|&byte| byte == b'\n' || byte == b'\r');
        let length = end.unwrap_or(buffer.len());
        line.extend_from_slice(&buffer[..length]);
        if line.len() > LONGEST_ROW {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let Some(end) = end else {
            reader.consume(length);
            if length == 0 {
                return Ok(line.len());
            }
            continue;
        };
        let is_return = buffer[end] == b'\r';
        reader.consume(length + 1);
        let mut taken = line.len() + 1;
        if is_return && reader.fill_buf()?.first() == Some(&b'\n') {
            reader.consume(1);
            taken += 1;
        }
        return Ok(taken);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The line of each of these row starts in a text that has passed whole.
    fn lines(text: &str, starts: &[u64]) -> Vec<u64> {
        let mut lines = Lines::new(text.as_bytes(), 1, None);
        io::copy(&mut lines, &mut io::sink()).unwrap();
        starts.iter().map(|&start| lines.line_at(start)).collect()
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        assert_eq!(lines("a\nb\nc", &[0, 2, 4]), [1, 2, 3]);
        assert_eq!(lines("a\r\nb\r\nc", &[0, 3, 6]), [1, 2, 3]);
        assert_eq!(lines("a\rb\rc", &[0, 2, 4]), [1, 2, 3]);
    }

    #[test]
    fn a_row_starts_after_the_blank_lines_in_front_of_it() {
        assert_eq!(lines("a\n\n\nb", &[0, 2]), [1, 4]);
        assert_eq!(lines("a\r\n\r\nb", &[0, 2]), [1, 3]);
        assert_eq!(lines("a\n\"\n\n\"\nb", &[0, 2, 7]), [1, 2, 5]);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_noticed() {
        let open = |text: &str, last_row: u64| {
            let mut lines = Lines::new(text.as_bytes(), 1, None);
            io::copy(&mut lines, &mut io::sink()).unwrap();
            lines.line_at(last_row);
            lines.ends_in_open_quote()
        };
        assert!(open("t\n\"a\nb\nc\n", 2));
        assert!(!open("t\n\"a\nb\"\n", 2));
        assert!(!open("t\n\"a\nb\"\n5\" pipe\n", 8));
    }

    #[test]
    fn a_line_ends_with_a_feed_a_return_or_both() {
        for capacity in [1, 3, 100] {
            let text = &b"a\rbc\r\n\nd\r\re"[..];
            let mut reader = io::BufReader::with_capacity(capacity, text);
            let (mut lines, mut taken) = (Vec::new(), 0);
            loop {
                let mut line = Vec::new();
                match read_line(&mut reader, &mut line).unwrap() {
                    0 => break,
                    length => taken += length,
                }
                lines.push(String::from_utf8(line).unwrap());
            }
            assert_eq!(lines, ["a", "bc", "", "d", "", "e"]);
            assert_eq!(taken, text.len());
        }
    }

    #[test]
    fn a_row_without_end_is_refused() {
        let mut lines = Lines::new(io::repeat(b'x'), 1, None);
        let error = io::copy(&mut lines, &mut io::sink()).unwrap_err();
        assert!(is_too_long(&error));
        let error = read_line(&mut io::BufReader::new(io::repeat(b'x')), &mut Vec::new());
        assert!(is_too_long(&error.unwrap_err()));
    }
}
