//! Files mapped into memory: read when touched, and shared between processes.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

/// A file's bytes, mapped and read-only.
///
/// The file must not change while it is mapped: what was read may differ from what is read next,
/// and touching what was cut off ends the process. A file that is replaced under its name, as this
/// project's programs replace theirs, does not change: the map keeps the old one. All the same, map
/// a file only for as long as it takes to read it.
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
        // SAFETY: the bytes are only read; that nobody writes to the file or shortens it meanwhile
        // is the caller's part, as documented above.
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

#[cfg(test)]
mod tests {
    use super::as_f32;

    #[test]
    fn numbers_are_read_in_place_where_they_lie_right() {
        let numbers = [0.5_f32, -2.0, f32::MIN_POSITIVE];
        // As many bytes before them as to lie at each place between two numbers.
        let mut room = [0_u8; 20];
        let start = room.as_ptr().align_offset(4);
        for shift in 0..4 {
            let at = start + shift;
            for (four, number) in room[at..at + 12].chunks_exact_mut(4).zip(numbers) {
                four.copy_from_slice(&number.to_le_bytes());
            }
            let read = as_f32(&room[at..at + 12]);
            if shift == 0 && cfg!(target_endian = "little") {
                assert_eq!(read, Some(&numbers[..]));
            } else {
                assert_eq!(read, None, "at {shift} bytes past a whole number");
            }
        }
        assert_eq!(as_f32(&room[start..start + 7]), None);
    }
}
