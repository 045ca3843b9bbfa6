//! Files packed by gzip or zstd, unpacked while they are read.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

const GZIP: [u8; 2] = [0x1F, 0x8B];
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// A frame of zstd without data begins with one of sixteen numbers, of which this is the highest part.
const ZSTD_SKIPPED: [u8; 3] = [0x2A, 0x4D, 0x18];

/// An input, unpacked if its first bytes say that it is packed.
pub(crate) enum Unpacked<R: Read> {
    Plain(R),
    Gzip(Box<MultiGzDecoder<BufReader<R>>>),
    Zstd(Box<Zstd<BufReader<R>>>),
}

impl<R: Read> Unpacked<R> {
    /// Of an input that begins like this.
    pub(crate) fn of(start: &[u8], input: R) -> Self {
        let skipped =
            start.len() > 3 && start[0] >> 4 == 5 && start[1..].starts_with(&ZSTD_SKIPPED);
        if start.starts_with(&GZIP) {
            Self::Gzip(Box::new(MultiGzDecoder::new(BufReader::new(input))))
        } else if start.starts_with(&ZSTD) || skipped {
            Self::Zstd(Box::new(Zstd::new(BufReader::new(input))))
        } else {
            Self::Plain(input)
        }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(input) => input.read(buffer),
            Self::Gzip(input) => input.read(buffer).map_err(|error| damaged("gzip", &error)),
            Self::Zstd(input) => input.read(buffer).map_err(|error| damaged("zstd", &error)),
        }
    }
}

fn damaged(kind: &str, error: &io::Error) -> io::Error {
    io::Error::other(format!("its {kind} data is damaged or cut off ({error})"))
}

/// All frames of a zstd file: files that were put together, and those of parallel packers, have many.
pub(crate) struct Zstd<R> {
    input: R,
    frame: FrameDecoder,
    within: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(input: R) -> Self {
        Self { input, frame: FrameDecoder::new(), within: false }
    }

    /// Goes to the next frame with data in it; whether there is one.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.input.fill_buf()?.is_empty() {
            match self.frame.reset(&mut self.input) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    if io::copy(&mut self.input.by_ref().take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.within {
                self.within = self.next_frame()?;
                if !self.within {
                    return Ok(0);
                }
            }
            while self.frame.can_collect() == 0 && !self.frame.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.frame.decode_blocks(&mut self.input, one).map_err(io::Error::other)?;
            }
            let length = self.frame.read(buffer)?;
            if length > 0 || buffer.is_empty() {
                return Ok(length);
            }
            let said = self.frame.get_checksum_from_data();
            if said.is_some() && said != self.frame.get_calculated_checksum() {
                return Err(io::Error::other("its checksum does not fit"));
            }
            self.within = false;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(text).unwrap();
        packer.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        compress_to_vec(text, CompressionLevel::Fastest)
    }

    fn unpack(packed: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        Unpacked::of(packed, packed).read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn packed_files_are_read_to_the_end_of_their_last_part() {
        let long = "a quiet day\n".repeat(40_000);
        let skipped = [&[0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0][..], b"xyz"].concat();
        for packed in [
            [gzip(long.as_bytes()), gzip(b"the end")].concat(),
            [zstd(long.as_bytes()), zstd(b"the end")].concat(),
            [&skipped[..], &zstd(long.as_bytes()), &skipped, &zstd(b"the end"), &skipped].concat(),
        ] {
            assert_eq!(unpack(&packed).unwrap(), format!("{long}the end"));
        }
        assert_eq!(unpack(b"plain").unwrap(), "plain");
    }

    #[test]
    fn a_packed_file_that_is_cut_off_or_damaged_is_an_error_and_no_short_file() {
        let text = "a quiet day, number one\n".repeat(500);
        for packed in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
            for length in [packed.len() - 1, packed.len() / 2, 5] {
                let message = unpack(&packed[..length]).unwrap_err().to_string();
                assert!(message.contains("damaged or cut off"), "{message}");
            }
        }
    }
}
