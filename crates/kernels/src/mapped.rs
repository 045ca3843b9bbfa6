//! Files mapped into memory: read when touched, and shared between processes.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

/// A file's bytes, mapped and read-only.
///
/// The file must not be cut short while it is mapped: touching what is gone ends the process.
/// Checkpoints are replaced as whole folders, never written in place, and so are safe to map.
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

    /// Tells the system that what was read need not stay in memory. It is read again when
    /// touched again.
    pub fn release(&self) {
        // SAFETY: pages of a read-only mapping of a file come back with the same bytes. A system
        // that refuses keeps them, which is no error.
        #[cfg(unix)]
        let _ = unsafe { self.map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
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
