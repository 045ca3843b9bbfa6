//! The values of a JSON file one by one, in constant memory: an object a line, objects over many
//! lines, the elements of a list, or those of the list that a script of the platform's archive
//! assigns (`window.YTD.tweets.part0 = [`).

use std::io::{self, BufRead};

use crate::lines::LONGEST_ROW;

/// A value as it stands in the file.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) bytes: Vec<u8>,
    /// The line that it begins on, the first being 1.
    pub(crate) line: u64,
    /// Bytes of the input before it.
    pub(crate) before: u64,
}

/// Why there is no next value.
#[derive(Debug)]
pub(crate) enum Broken {
    Io(io::Error),
    /// What is wrong on this line.
    Form(u64, String),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Where in the file the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    /// Between values that are in no list.
    Top,
    /// In the list that begins on this line.
    List(u64),
    /// After the list.
    AfterList,
}

/// Reads values.
pub(crate) struct Values<R> {
    input: R,
    place: Place,
    line: u64,
    read: u64,
    /// The last byte was a carriage return: a line feed after it ends no further line.
    after_return: bool,
}

impl<R: BufRead> Values<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, place: Place::Start, line: 1, read: 0, after_return: false }
    }

    /// The next value, unless it was the last.
    pub(crate) fn next(&mut self) -> Result<Option<Found>, Broken> {
        loop {
            let Some(byte) = self.peek()? else { return self.end() };
            match (self.place, byte) {
                (_, byte) if byte.is_ascii_whitespace() => self.pass(byte),
                (Place::Start, b'A'..=b'Z' | b'a'..=b'z') => {
                    let mut found = self.here();
                    if !self.assignment(&mut found.bytes)? {
                        self.place = Place::Top;
                        return self.value(found).map(Some);
                    }
                }
                (Place::Start, b'[') => {
                    self.place = Place::List(self.line);
                    self.pass(byte);
                }
                (Place::List(_), b']') => {
                    self.place = Place::AfterList;
                    self.pass(byte);
                }
                (Place::Top | Place::List(_), b',') | (Place::AfterList, b';') => self.pass(byte),
                (Place::AfterList, _) => {
                    let reason = "text after the end of the JSON list: expected one list, or one \
                                  object a line";
                    return Err(Broken::Form(self.line, reason.to_owned()));
                }
                (Place::Top, b'[') => {
                    let reason = "a JSON list among objects: expected one object a line";
                    return Err(Broken::Form(self.line, reason.to_owned()));
                }
                _ => {
                    if self.place == Place::Start {
                        self.place = Place::Top;
                    }
                    let found = self.here();
                    return self.value(found).map(Some);
                }
            }
        }
    }

    /// The line that was read last.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    fn end(&self) -> Result<Option<Found>, Broken> {
        match self.place {
            Place::List(line) => {
                let reason = "the JSON list that begins here is never closed: is the file cut off?";
                Err(Broken::Form(line, reason.to_owned()))
            }
            _ => Ok(None),
        }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    /// Passes over the byte that was looked at, and counts lines.
    fn pass(&mut self, byte: u8) {
        self.line += u64::from(byte == b'\r' || (byte == b'\n' && !self.after_return));
        self.after_return = byte == b'\r';
        self.read += 1;
        self.input.consume(1);
    }

    /// Takes `window.YTD.tweets.part0 =` at the beginning of the file; whether that is what it was.
    fn assignment(&mut self, taken: &mut Vec<u8>) -> io::Result<bool> {
        while let Some(byte) = self.peek()?.filter(|_| taken.len() < 200) {
            if byte != b'=' && !byte.is_ascii_alphanumeric() && !b"._$ ".contains(&byte) {
                break;
            }
            self.pass(byte);
            taken.push(byte);
            if byte == b'=' {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A value that begins here, nothing of which is read.
    fn here(&self) -> Found {
        Found { bytes: Vec::new(), line: self.line, before: self.read }
    }

    /// Reads the rest of a value.
    fn value(&mut self, mut found: Found) -> Result<Found, Broken> {
        let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
        while let Some(byte) = self.peek()? {
            if quoted && matches!(byte, b'\n' | b'\r') {
                let reason = "a JSON string that begins on this line is not closed on it";
                return Err(Broken::Form(self.line, reason.to_owned()));
            }
            let ends_word = byte.is_ascii_whitespace() || b",]}".contains(&byte);
            if depth == 0 && !quoted && ends_word {
                return Ok(found);
            }
            if found.bytes.len() >= LONGEST_ROW {
                return Err(Broken::Io(io::ErrorKind::FileTooLarge.into()));
            }
            self.pass(byte);
            found.bytes.push(byte);
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth += 1,
                b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && !quoted && matches!(byte, b'"' | b'}' | b']') {
                return Ok(found);
            }
        }
        if depth > 0 || quoted {
            let reason = "not a JSON object: it is not closed before the end of the file";
            return Err(Broken::Form(found.line, reason.to_owned()));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn values(json: &str) -> Result<Vec<(u64, String)>, String> {
        // A small buffer, so that values lie across its ends.
        let mut values = Values::new(io::BufReader::with_capacity(7, json.as_bytes()));
        let mut found = Vec::new();
        loop {
            match values.next() {
                Ok(Some(value)) => {
                    assert!(json.as_bytes()[value.before as usize..].starts_with(&value.bytes));
                    found.push((value.line, String::from_utf8_lossy(&value.bytes).into_owned()));
                }
                Ok(None) => return Ok(found),
                Err(Broken::Form(line, reason)) => return Err(format!("line {line}: {reason}")),
                Err(Broken::Io(error)) => return Err(error.to_string()),
            }
        }
    }

    #[test]
    fn objects_are_found_a_line_each_over_many_lines_and_in_a_list() {
        let two = |first: u64, second: u64| {
            Ok(vec![(first, "{\"a\":\"}\"}".to_owned()), (second, "{\"b\":[{}]}".to_owned())])
        };
        for (json, first, second) in [
            ("{\"a\":\"}\"}\n{\"b\":[{}]}", 1, 2),
            ("\n{\"a\":\"}\"}\r\n\r\n{\"b\":[{}]}\r\n", 2, 4),
            ("{\"a\":\"}\"}\r{\"b\":[{}]}", 1, 2),
            ("{\"a\":\"}\"},\n{\"b\":[{}]},\n", 1, 2),
            ("[\n  {\"a\":\"}\"},\n  {\"b\":[{}]}\n]\n", 2, 3),
            ("[{\"a\":\"}\"},{\"b\":[{}]}]", 1, 1),
        ] {
            assert_eq!(values(json), two(first, second), "{json}");
        }
        let pretty = "{\n \"a\": 1\n}\n{\n \"a\": 2\n}";
        assert_eq!(values(pretty).map(|found| (found[1].0, found.len())), Ok((4, 2)));
        assert_eq!(values("[]"), Ok(Vec::new()));
    }

    #[test]
    fn elements_of_a_list_may_be_anything() {
        let found = values("[null, \"a]\\\"\", 1e2,NaN,[1]]").unwrap_or_default();
        let found: Vec<&str> = found.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(found, ["null", "\"a]\\\"\"", "1e2", "NaN", "[1]"]);
    }

    #[test]
    fn lines_that_hold_a_list_each_are_no_list_of_rows() {
        let message = values("[\"id\",\"text\"]\n[\"1\",\"a\"]\n").unwrap_err();
        assert!(message.contains("line 2") && message.contains("one list"), "{message}");
        assert!(values("{}\n[{}]").unwrap_err().contains("line 2: a JSON list among objects"));
    }

    #[test]
    fn a_file_that_is_cut_off_is_no_whole_file() {
        assert!(values("[{},\n{}").unwrap_err().contains("line 1: the JSON list that begins here"));
        assert!(values("{}\n{\"a\":1\n{}").unwrap_err().contains("line 2: not a JSON object"));
        assert!(values("{}\n{\"a\":\"b\n{}").unwrap_err().contains("line 2: a JSON string"));
        let long = format!("{{}}\n{{\"a\":\"{}", "x".repeat(LONGEST_ROW));
        assert!(values(&long).is_err());
    }

    #[test]
    fn a_script_of_the_archive_is_the_list_in_it() {
        let json = "window.YTD.tweets.part0 = [\n{\"tweet\":{}}\n]\n";
        assert_eq!(values(json), Ok(vec![(2, "{\"tweet\":{}}".to_owned())]));
        assert_eq!(values("true"), Ok(vec![(1, "true".to_owned())]));
    }
}
