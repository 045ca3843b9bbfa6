//! The bytes of a file as UTF-8 text: unpacked, out of UTF-16, without byte-order mark.

use std::io::{self, Chain, Cursor, Read};
use std::path::Path;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};

use crate::DatasetError;
use crate::foreign::foreign;
use crate::packed::Unpacked;

/// Bytes that are read to find out a file's kind.
const LOOK_AHEAD: u64 = 64 * 1024;

/// An input with what was looked at put back in front.
type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// Unpacked bytes, with their beginning put back in front.
type Unread<R> = Whole<Unpacked<Whole<R>>>;

/// True if a file begins with these bytes; it is read from its start afterwards. Pipes, which could not be read
/// again, begin with nothing.
///
/// # Errors
/// What the operating system says of the file.
#[cfg(any(feature = "parquet", feature = "sqlite"))]
pub(crate) fn begins_with(file: &mut std::fs::File, magic: &[u8]) -> io::Result<bool> {
    use std::io::Seek;
    if !file.metadata()?.is_file() {
        return Ok(false);
    }
    let mut start = Vec::new();
    file.by_ref().take(magic.len() as u64).read_to_end(&mut start)?;
    file.rewind()?;
    Ok(start == magic)
}

/// The text of a file.
pub(crate) struct Opened<R: Read> {
    /// All of it.
    pub(crate) text: Whole<Text<R>>,
    /// Its beginning.
    pub(crate) start: Vec<u8>,
    /// Bytes of the file in front of the text.
    pub(crate) skipped: usize,
}

/// The text of a file behind its beginning.
pub(crate) enum Text<R: Read> {
    Utf8(Unpacked<Whole<R>>),
    Utf16(Box<DecodeReaderBytes<Unread<R>, Vec<u8>>>),
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Utf8(input) => input.read(buffer),
            Self::Utf16(input) => input.read(buffer),
        }
    }
}

/// Looks at the beginning of an input; `name` is for messages.
///
/// # Errors
/// [`DatasetError::Io`], [`DatasetError::NotPacked`], [`DatasetError::Foreign`],
/// [`DatasetError::Utf16`], [`DatasetError::Empty`].
pub(crate) fn open<R: Read>(mut input: R, name: &Path) -> Result<Opened<R>, DatasetError> {
    let file = || name.to_owned();
    let io = |source| DatasetError::Io { file: file(), source };
    let packed = look(&mut input).map_err(io)?;
    let mut unpacked = Unpacked::of(&packed, Cursor::new(packed.clone()).chain(input));
    let extension = name.extension().and_then(|extension| extension.to_str());
    match (&unpacked, extension) {
        (Unpacked::Plain(_), Some("gz")) => {
            return Err(DatasetError::NotPacked { file: file(), packer: "gzip" });
        }
        (Unpacked::Plain(_), Some("zst")) => {
            return Err(DatasetError::NotPacked { file: file(), packer: "zstd" });
        }
        _ => {}
    }
    let mut start = look(&mut unpacked).map_err(io)?;
    if let Some((what, remedy)) = foreign(&start).or_else(|| within(&start)) {
        return Err(DatasetError::Foreign { file: file(), what, remedy });
    }
    let (text, skipped) = match utf16(&start) {
        Units::Of(encoding) => {
            let whole = Cursor::new(start).chain(unpacked);
            let mut text = DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(whole);
            start = look(&mut text).map_err(io)?;
            (Text::Utf16(Box::new(text)), 0)
        }
        Units::OfSomeKind => return Err(DatasetError::Utf16 { file: file() }),
        Units::None => {
            let mark = if start.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
            start.drain(..mark);
            (Text::Utf8(unpacked), mark)
        }
    };
    if start.iter().all(u8::is_ascii_whitespace) {
        return Err(DatasetError::Empty { file: file() });
    }
    Ok(Opened { text: Cursor::new(start.clone()).chain(text), start, skipped })
}

/// The kind of content that is no text though it was unpacked, or was never packed: packed once
/// more, or never written. With the remedy.
fn within(start: &[u8]) -> Option<(&'static str, &'static str)> {
    let is_packed = !matches!(Unpacked::of(start, io::empty()), Unpacked::Plain(_));
    if is_packed {
        Some(("packed twice", "unpack it once (gunzip, unzstd)"))
    } else if start.len() > 1 && start.iter().all(|&byte| byte == 0) {
        Some(("nothing but NUL bytes", "it is damaged or was never written out: fetch it again"))
    } else {
        None
    }
}

fn look(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    input.take(LOOK_AHEAD).read_to_end(&mut start)?;
    Ok(start)
}

/// The byte order of a text, if it is UTF-16.
enum Units {
    None,
    Of(&'static Encoding),
    /// In an order that nothing tells.
    OfSomeKind,
}

/// The byte order of bytes that begin as UTF-16 does: with its byte-order mark, which tells the
/// order, or with an ASCII character in two bytes.
fn utf16(start: &[u8]) -> Units {
    match start {
        // Of UTF-32, which nobody writes.
        [0xFF, 0xFE, 0, 0, ..] => Units::OfSomeKind,
        [0xFF, 0xFE, ..] => Units::Of(UTF_16LE),
        [0xFE, 0xFF, ..] => Units::Of(UTF_16BE),
        [first, second, ..] if (*first == 0) != (*second == 0) => Units::OfSomeKind,
        _ => Units::None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, DatasetError> {
        let mut text = String::new();
        open(bytes, Path::new("t"))?.text.read_to_string(&mut text).unwrap();
        Ok(text)
    }

    #[test]
    fn utf16_with_a_byte_order_mark_is_read() {
        let long = "text,label\r\nsome café 😀,1\r\n".repeat(9000);
        let units = || long.encode_utf16();
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read(&[&[0xFF, 0xFE][..], &little].concat()).unwrap(), long);
        assert_eq!(read(&[&[0xFE, 0xFF][..], &big].concat()).unwrap(), long);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_the_way_out() {
        for utf16 in [&b"t\0e\0"[..], b"\0t\0e", b"\xFF\xFE\0\0t\0\0\0"] {
            assert!(read(utf16).unwrap_err().to_string().contains("save it as UTF-8"));
        }
        assert!(read(b" \n").unwrap_err().to_string().contains("is empty"));
        for (name, packer) in [("t.csv.gz", "gzip"), ("t.zst", "zstd")] {
            let message = open(&b"text"[..], Path::new(name)).err().unwrap().to_string();
            assert!(message.contains(&format!("not packed by {packer}")), "{message}");
        }
        let pack = |bytes: &[u8]| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            io::Write::write_all(&mut packer, bytes).unwrap();
            packer.finish().unwrap()
        };
        let message = read(&pack(&pack(b"text\na\n"))).unwrap_err().to_string();
        assert!(message.contains("packed twice") && message.contains("gunzip"), "{message}");
        let message = read(&[0; 5000]).unwrap_err().to_string();
        assert!(message.contains("nothing but NUL bytes"), "{message}");
        let message = read(b"PK\x03\x04 [Content_Types].xml").unwrap_err().to_string();
        assert!(message.contains("Excel") && message.contains("CSV UTF-8"), "{message}");
        assert_eq!(read("\u{feff}text".as_bytes()).unwrap(), "text");
    }
}
