//! A check that quoted fields are well-formed, byte by byte beside the CSV reader, which is
//! lenient: it takes `"He said` for the beginning of a field that goes on to the next quote
//! anywhere in the file, and the rows between are gone without a word.

/// The place where a quoted field goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BrokenQuote {
    /// The byte of the quote that opens the field.
    pub(crate) opened: u64,
    /// The byte behind the quote that closes it: neither a delimiter nor a line end.
    pub(crate) broken: u64,
}

/// Follows the fields of a CSV text.
pub(crate) struct Quotes {
    delimiter: u8,
    place: Place,
    /// The byte of the last quote that opened a field.
    opened: u64,
    found: Option<BrokenQuote>,
}

enum Place {
    /// At the beginning of a field.
    Start,
    /// In a field without quotes, where a quote is a letter.
    Plain,
    /// In a quoted field.
    Quoted,
    /// After a quote in a quoted field: its end, or the first of two.
    Closing,
}

impl Quotes {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self { delimiter, place: Place::Start, opened: 0, found: None }
    }

    /// The first quoted field that goes wrong, of all bytes that were followed.
    pub(crate) fn broken(&self) -> Option<BrokenQuote> {
        self.found
    }

    /// Takes the byte at this place of the text.
    pub(crate) fn follow(&mut self, byte: u8, at: u64) {
        let ends_field = byte == self.delimiter || byte == b'\n' || byte == b'\r';
        self.place = match (&self.place, byte) {
            (Place::Start, b'"') => {
                self.opened = at;
                Place::Quoted
            }
            (Place::Quoted, b'"') => Place::Closing,
            (Place::Quoted, _) | (Place::Closing, b'"') => Place::Quoted,
            (_, _) if ends_field => Place::Start,
            (Place::Closing, _) => {
                let broken = BrokenQuote { opened: self.opened, broken: at };
                self.found.get_or_insert(broken);
                Place::Plain
            }
            (Place::Start | Place::Plain, _) => Place::Plain,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str, delimiter: u8) -> Option<(u64, u64)> {
        let mut quotes = Quotes::new(delimiter);
        (0..).zip(text.bytes()).for_each(|(at, byte)| quotes.follow(byte, at));
        quotes.broken().map(|found| (found.opened, found.broken))
    }

    #[test]
    fn well_formed_fields_pass() {
        for text in [
            "a,b",
            "\"a\",b",
            "\"a \"\"b\"\" c\",d",
            "\"a\nb\"\nc",
            "5\" pipe,b",
            "\"\",\"\"\"\"",
            "\"a\"\r\nb",
        ] {
            assert_eq!(broken(text, b','), None, "{text}");
        }
        assert_eq!(broken("\"a\";b", b';'), None);
    }

    #[test]
    fn text_behind_a_closing_quote_is_found() {
        assert_eq!(broken("t\n\"a\" b,1", b','), Some((2, 5)));
        assert_eq!(broken("t\n\"a,1\nb,0\n\"c,1\n", b','), Some((2, 12)));
        assert_eq!(broken("\"a\",b", b';'), Some((0, 3)));
    }
}
