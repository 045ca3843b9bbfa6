//! Files mapped into memory: read when touched, and shared between processes.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

/// A file's bytes, mapped and read-only.
///
/// The file must not be cut short while it is mapped: touching what is gone ends the process. So
/// map a file only for as long as it takes to read it.
pub struct MappedFile {
    map: Mmap,
}

impl MappedFile {
    /// Maps a file.
    ///
    /// # Errors
    /// The operating system's answer if the file cannot be opened or mapped.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // SAFETY: the bytes are only read; that nobody shortens the file is the caller's part,
        // as documented above.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self { map })
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.map
    }
}

/// Little-endian f32 numbers in place; `None` if they do not lie at a multiple of four bytes or
/// the CPU orders bytes the other way.
pub fn as_f32(bytes: &[u8]) -> Option<&[f32]> {
    if cfg!(target_endian = "big") {
        return None;
    }
    // SAFETY: any four bytes are an f32.
    let (before, numbers, after) = unsafe { bytes.align_to::<f32>() };
    (before.is_empty() && after.is_empty()).then_some(numbers)
}
