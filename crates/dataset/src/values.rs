//! The values of a JSON file one by one, in constant memory: an object a line, objects over many
//! lines, the elements of a list, or those of the list that a script of the platform's archive
//! assigns (`window.YTD.tweets.part0 = [`).

use std::io::{self, BufRead};

use crate::lines::LONGEST_ROW;

/// Values in one another that may go on over line ends in a file of an object a line: far above any post, and
/// low enough that lines which are cut off are not read again and again.
const DEEPEST: u32 = 128;

/// A value as it stands in the file.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) bytes: Vec<u8>,
    /// The line that it begins on, the first being 1.
    pub(crate) line: u64,
    /// Bytes of the input before it.
    pub(crate) before: u64,
    /// True if others can be told from it whatever is wrong with it: it is an element of a list, or
    /// a line after a first one that held a value.
    pub(crate) stands_alone: bool,
    /// The reason that it is no value but a line of something else.
    pub(crate) fault: Option<String>,
}

/// The reason that there is no next value.
#[derive(Debug)]
pub(crate) enum Broken {
    Io(io::Error),
    /// The fault on this line.
    Form(u64, String),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The reader's place in the file.
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
    /// True once there was a value.
    begun: bool,
    /// True if the first value took up no more than its line: the file has one value per line.
    by_line: bool,
    /// Bytes that were read ahead and are to be read again, and the number of them that were.
    again: (Vec<u8>, usize),
}

impl<R: BufRead> Values<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            place: Place::Start,
            line: 1,
            read: 0,
            after_return: false,
            begun: false,
            by_line: false,
            again: (Vec::new(), 0),
        }
    }

    /// The next value, unless it was the last.
    pub(crate) fn next(&mut self) -> Result<Option<Found>, Broken> {
        loop {
            let Some(byte) = self.peek()? else { return self.end() };
            match (self.place, byte) {
                // The mark before each value of a JSON text sequence (RFC 7464), as `jq --seq` writes.
                (_, 0x1E) => self.pass(byte),
                (_, byte) if byte.is_ascii_whitespace() => self.pass(byte),
                (Place::Start, b'A'..=b'Z' | b'a'..=b'z') => {
                    let mut found = self.here();
                    if !self.assignment(&mut found.bytes)? {
                        self.place = Place::Top;
                        return self.row(found).map(Some);
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
                (Place::Top, b'[') if !self.by_line => {
                    let reason = "a JSON list among objects: expected one object a line";
                    return Err(Broken::Form(self.line, reason.to_owned()));
                }
                (Place::List(_), b'}') => {
                    let reason = "a } in the JSON list that closes nothing";
                    return Err(Broken::Form(self.line, reason.to_owned()));
                }
                _ => {
                    if self.place == Place::Start {
                        self.place = Place::Top;
                    }
                    let found = self.here();
                    return self.row(found).map(Some);
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
        let (again, place) = &self.again;
        match again.get(*place) {
            Some(&byte) => Ok(Some(byte)),
            None => Ok(self.input.fill_buf()?.first().copied()),
        }
    }

    /// Passes over the byte that was looked at, and counts lines.
    fn pass(&mut self, byte: u8) {
        self.line += u64::from(byte == b'\r' || (byte == b'\n' && !self.after_return));
        self.after_return = byte == b'\r';
        self.read += 1;
        if self.again.1 < self.again.0.len() {
            self.again.1 += 1;
        } else {
            self.input.consume(1);
        }
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
        let stands_alone = self.by_line || matches!(self.place, Place::List(_));
        let (line, before) = (self.line, self.read);
        Found { bytes: Vec::new(), line, before, stands_alone, fault: None }
    }

    /// Reads the rest of a value; of a file of a value a line, the line where that is no value.
    fn row(&mut self, mut found: Found) -> Result<Found, Broken> {
        let is_first = !std::mem::replace(&mut self.begun, true);
        match self.value(&mut found) {
            Ok(()) if self.place != Place::Top => Ok(found),
            Ok(()) if found.stands_alone || is_first => {
                let is_line = found.line == self.line;
                let ends = self.ends_here(&mut found)?;
                if !ends && found.stands_alone {
                    found = self.only_its_line(found)?;
                    let is_word = !found.bytes.starts_with(b"{") && !found.bytes.starts_with(b"[");
                    let reason = if is_word {
                        "not a JSON object"
                    } else {
                        "more than a JSON object on its line"
                    };
                    found.fault = Some(reason.to_owned());
                }
                self.by_line |= is_first && is_line && ends;
                Ok(found)
            }
            Err(Broken::Form(_, reason)) if self.by_line => {
                let found = self.only_its_line(found)?;
                Ok(Found { fault: Some(reason), ..found })
            }
            read => read.map(|()| found),
        }
    }

    /// The part of the file that is lost if this value is no row: of a value over many lines in a
    /// file of one value per line, only its first line.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn only_what_must_be(&mut self, found: Found) -> io::Result<Found> {
        let goes_on = found.bytes.iter().any(|&byte| is_line_end(byte));
        if self.by_line && goes_on { self.only_its_line(found) } else { Ok(found) }
    }

    /// Gives back what of a value stands on other lines than its first, and takes the rest of that one.
    fn only_its_line(&mut self, mut found: Found) -> io::Result<Found> {
        let end = found.bytes.iter().position(|&byte| is_line_end(byte));
        if let Some(end) = end {
            let mut again = found.bytes.split_off(end);
            again.extend_from_slice(&self.again.0[self.again.1..]);
            self.again = (again, 0);
            self.line = found.line;
            self.read = found.before + end as u64;
            self.after_return = false;
        }
        while let Some(byte) = self.peek()?.filter(|&byte| !is_line_end(byte)) {
            if found.bytes.len() >= LONGEST_ROW {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            self.pass(byte);
            found.bytes.push(byte);
        }
        Ok(found)
    }

    /// True if after a value its line ends, or another of its kind follows; passes over the bytes
    /// between.
    fn ends_here(&mut self, found: &mut Found) -> io::Result<bool> {
        let length = found.bytes.len();
        let first = found.bytes.first().copied();
        let is_nested = matches!(first, Some(b'{' | b'['));
        let mut comma = false;
        let ends = loop {
            match self.peek()? {
                None => break true,
                Some(next) if is_line_end(next) => break true,
                Some(b'{' | b'[') => break is_nested,
                Some(b'"') => break comma && first == Some(b'"'),
                Some(b',') if !comma => comma = true,
                Some(b' ' | b'\t') => {}
                Some(_) => break false,
            }
            let Some(between) = self.peek()? else { break true };
            self.pass(between);
            found.bytes.push(between);
        };
        if ends {
            found.bytes.truncate(length);
        }
        Ok(ends)
    }

    /// Reads the rest of a value.
    fn value(&mut self, found: &mut Found) -> Result<(), Broken> {
        let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
        let mut before = b' ';
        while let Some(byte) = self.peek()? {
            let broken = |line: u64, reason: &str| Err(Broken::Form(line, reason.to_owned()));
            if quoted && is_line_end(byte) {
                let reason = "a JSON string that begins on this line is not closed on it";
                return broken(self.line, reason);
            }
            let ends_word = byte.is_ascii_whitespace() || b",]}".contains(&byte);
            if depth == 0 && !quoted && ends_word {
                return match byte {
                    b']' | b'}' if found.bytes.is_empty() => {
                        broken(self.line, "not a JSON object: it closes what nothing opened")
                    }
                    _ => Ok(()),
                };
            }
            // A line that was cut off would take in those behind it, which begin as no value within it may.
            let is_begun = self.by_line && !quoted && depth > 0 && self.line > found.line;
            if is_begun && b"{[".contains(&byte) && (depth >= DEEPEST || !b"{[,:".contains(&before))
            {
                return broken(found.line, "not a JSON object: it is not closed on its line");
            }
            if found.bytes.len() >= LONGEST_ROW {
                if is_begun {
                    return broken(found.line, "not a JSON object: it is not closed on its line");
                }
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
                return Ok(());
            }
            if !byte.is_ascii_whitespace() {
                before = byte;
            }
        }
        if depth > 0 || quoted {
            let reason = "not a JSON object: it is not closed before the end of the file";
            return Err(Broken::Form(found.line, reason.to_owned()));
        }
        Ok(())
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
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
                Ok(Some(Found { fault: Some(reason), line, .. })) => {
                    return Err(format!("line {line}: {reason}"));
                }
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
        let sequence = values("\x1e{\"a\":1}\n\x1e{\"b\":\n2}\n").unwrap();
        assert_eq!(sequence[1], (2, "{\"b\":\n2}".to_owned()));
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
        let message = values("{\n}\n[{}]").unwrap_err();
        assert!(message.contains("line 3: a JSON list among objects"), "{message}");
    }

    #[test]
    fn a_file_that_is_cut_off_is_no_whole_file() {
        assert!(values("[{},\n{}").unwrap_err().contains("line 1: the JSON list that begins here"));
        assert!(values("{}\n{\"a\":1\n{}").unwrap_err().contains("line 2: not a JSON object"));
        assert!(values("{}\n{\"a\":\"b\n{}").unwrap_err().contains("line 2: a JSON string"));
        let long = format!("{{}}\n{{\"a\":\"{}", "x".repeat(LONGEST_ROW));
        assert!(values(&long).is_err());
    }

    /// The values of a file, the lines that are none with a mark before them.
    fn marked(json: &str) -> Vec<String> {
        let mut values = Values::new(io::BufReader::with_capacity(7, json.as_bytes()));
        let mut rows = Vec::new();
        while let Ok(Some(found)) = values.next() {
            let mark = if found.fault.is_some() { "!" } else { "" };
            rows.push(format!("{}{mark}{}", found.line, String::from_utf8_lossy(&found.bytes)));
        }
        assert_eq!(values.read, json.len() as u64, "{json}");
        rows
    }

    #[test]
    fn a_line_that_is_no_value_is_a_line_and_takes_no_other_with_it() {
        for (line, is_fault) in [
            ("{\"a\":1", true),
            ("{\"a\":[1,", true),
            ("{\"a\":[", true),
            ("{\"a\":", true),
            ("{\"a\":\"b", true),
            ("}", true),
            ("]}", true),
            ("{\"a\":1}}", true),
            ("{\"a\":1} b", true),
            ("\"a\":1,", true),
            ("Hello, world", true),
            ("\"Hello\", he said", true),
            ("1 2", true),
            ("{a:1}", false),
            ("[1,2]", false),
            ("{\"a\":1},", false),
            ("null", false),
        ] {
            for end in ["\n", "\r\n", "\r"] {
                let json = ["{\"a\":0}", line, "{\"b\":1}", "{\"c\":[", "1]}", ""].join(end);
                let mark = if is_fault { "!" } else { "" };
                let given = if is_fault { line } else { line.trim_end_matches(',') };
                let expected = [
                    "1{\"a\":0}".to_owned(),
                    format!("2{mark}{given}"),
                    "3{\"b\":1}".to_owned(),
                    format!("4{{\"c\":[{end}1]}}"),
                ];
                assert_eq!(marked(&json), expected, "{line}");
            }
        }
        let last = marked("{}\n{\"a\":1\n{\"b\":\n");
        assert_eq!(last, ["1{}", "2!{\"a\":1", "3!{\"b\":"]);
    }

    #[test]
    fn lines_that_are_cut_off_are_not_read_again_and_again() {
        for line in ["[\n", "{\"a\":[\n", "{\"a\":[1,\n"] {
            let json = format!("{{}}\n{}", line.repeat(20_000));
            assert_eq!(marked(&json).len(), 20_001);
        }
    }

    #[test]
    fn a_script_of_the_archive_is_the_list_in_it() {
        let json = "window.YTD.tweets.part0 = [\n{\"tweet\":{}}\n]\n";
        assert_eq!(values(json), Ok(vec![(2, "{\"tweet\":{}}".to_owned())]));
        assert_eq!(values("true"), Ok(vec![(1, "true".to_owned())]));
    }
}
