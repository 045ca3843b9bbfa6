//! Memory that starts on a cache line and is kept for reuse.

/// A cache line, and the width of the widest vector.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; 16]);

/// Growing scratch memory for f32-sized words, aligned to 64 bytes.
#[derive(Default)]
pub(crate) struct Buffer(Vec<Line>);

impl Buffer {
    /// At least `words` words; whatever was there before, or zeros.
    pub(crate) fn words(&mut self, words: usize) -> &mut [f32] {
        let lines = words.div_ceil(16);
        if self.0.len() < lines {
            self.0.resize(lines, Line([0.0; 16]));
        }
        // SAFETY: `Line` is an array of 16 floats without padding, and `lines` of them exist.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), words) }
    }

    /// All words there are.
    pub(crate) fn as_slice(&self) -> &[f32] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), 16 * self.0.len()) }
    }
}
