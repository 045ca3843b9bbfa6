//! Copying operands into the order in which a tile reads them.
//!
//! A panel holds `width` columns of B (or rows of A): for each word of the inner dimension, one
//! word of every column, side by side.

use std::ops::Range;

use super::Matrix;
use crate::Level;
use crate::buffer::Buffer;
use crate::lanes::Lanes;
use crate::prefetch::prefetch;
use crate::tile::{self, Strip};
use crate::words::{Words, pair, rounded};

/// Words of a cache line.
const LINE: usize = 16;

/// Rows `row..row + rows` and words `first..first + length` of A, in place where that is as good.
#[allow(clippy::too_many_arguments)] // a range in each direction
pub(super) fn strip(
    level: Level,
    words: Words,
    a: Matrix<'_>,
    row: usize,
    rows: usize,
    first: usize,
    length: usize,
    buffer: &mut Buffer,
) -> Strip {
    let group = tile::rows(level, words);
    if a.is_transposed {
        let packed = buffer.words(rows.next_multiple_of(group) * length);
        pack_panels(level, words, a, row, rows, first, length, group, packed);
        return Strip { start: packed.as_ptr(), row: 1, step: group, group: group * length };
    }
    // Rows that start a multiple of 4 KB apart share one set of the first-level cache.
    let collides = a.stride.is_multiple_of(1024);
    if words == Words::F32 && !(collides && rows > 4) {
        let start = a.values[(row * a.stride + first).min(a.values.len())..].as_ptr();
        return Strip { start, row: a.stride, step: 1, group: group * a.stride };
    }
    let stride = length.next_multiple_of(16) + 16;
    let packed = buffer.words(rows * stride);
    for (r, to) in packed.chunks_exact_mut(stride).enumerate() {
        let from = &a.values[(row + r) * a.stride..][..a.columns];
        copy_row(level, words, from, first, &mut to[..length]);
    }
    Strip { start: packed.as_ptr(), row: stride, step: 1, group: group * stride }
}

vectorised! {
    /// Words `first..` of a contiguous row.
    fn copy_row<V>(words: Words, from: &[f32], first: usize, to: &mut [f32]) {
        let _ = V::COUNT; // plain loops, which the compiler vectorises for each level
        read_words(words, from, first, to);
    }
}

/// Words `first..` of a contiguous row; a last half-filled pair is filled with zero.
#[inline(always)]
fn read_words(words: Words, from: &[f32], first: usize, to: &mut [f32]) {
    match words {
        Words::F32 | Words::Bytes => to.copy_from_slice(&from[first..][..to.len()]),
        Words::Rounded => {
            for (to, &from) in to.iter_mut().zip(&from[first..]) {
                *to = rounded(from);
            }
        }
        Words::Pairs => {
            let (pairs, last) = from[2 * first..].as_chunks::<2>();
            for (to, &[low, high]) in to.iter_mut().zip(pairs) {
                *to = pair(low, high);
            }
            if let (Some(to), &[low]) = (to.get_mut(pairs.len()), last) {
                *to = pair(low, 0.0);
            }
        }
    }
}

vectorised! {
    /// Rows `row..row + rows` and words `first..first + length` of `a` into panels of `width`
    /// rows, each `[length, width]`, with zeros in the last panel where rows end. Bytes must be
    /// words already.
    #[allow(clippy::too_many_arguments)] // a range in each direction
    pub(crate) fn pack_panels<V>(
        words: Words,
        a: Matrix<'_>,
        row: usize,
        rows: usize,
        first: usize,
        length: usize,
        width: usize,
        panels: &mut [f32],
    ) {
        if a.is_transposed {
            let lines = Lines { a, rows: row..row + rows, first, length, width };
            match words {
                Words::F32 | Words::Bytes => lines.interleave::<V, 1>(panels, |x, _| x),
                Words::Rounded => lines.interleave::<V, 1>(panels, |x, _| x.bf16()),
                Words::Pairs => lines.interleave::<V, 2>(panels, V::pairs),
            }
        } else {
            let numbered = panels.chunks_exact_mut((length * width).max(1)).enumerate();
            for (number, panel) in numbered {
                let start = number * width;
                let rows = row + start..row + rows.min(start + width);
                transpose::<V>(words, a, rows, first, length, width, panel);
            }
        }
    }
}

/// Stored lines to prefetch ahead of the one that is packed: no hardware fetches lines far apart
/// unasked.
const AHEAD: usize = 16;

/// Some columns of the stored lines of a matrix whose inner dimension is stored outermost.
struct Lines<'a> {
    a: Matrix<'a>,
    rows: Range<usize>,
    /// The first word of the inner dimension, and how many.
    first: usize,
    length: usize,
    /// Of a panel.
    width: usize,
}

impl Lines<'_> {
    /// Packs `STEP` lines to a word. Each line is read once, for all panels: lines 4 KB apart
    /// share a place in the caches and would be gone when the next panel asks for them.
    #[inline(always)]
    fn interleave<V: Lanes, const STEP: usize>(
        &self,
        panels: &mut [f32],
        word: impl Fn(V, V) -> V,
    ) {
        let Self { a, length, width, .. } = *self;
        let count = self.rows.len();
        let whole = count / width * width;
        if whole < count {
            panels[whole * length..].fill(0.0);
        }
        for w in 0..length {
            let k = STEP * (self.first + w);
            let line = |k: usize| &a.values[k * a.stride..][self.rows.clone()];
            let low = line(k);
            let high = if STEP == 2 && k + 1 < a.columns { line(k + 1) } else { &[] };
            for ahead in 0..STEP {
                prefetch(low.as_ptr().wrapping_add((AHEAD + ahead) * a.stride), count);
            }
            for start in (0..count).step_by(width) {
                let count = width.min(count - start);
                let low = &low[start..start + count];
                let to = &mut panels[start * length + w * width..][..count];
                for at in (0..count).step_by(V::COUNT) {
                    let high = if high.is_empty() {
                        V::zero()
                    } else {
                        V::of(&high[start..start + count], at)
                    };
                    word(V::of(low, at), high).put(to, at);
                }
            }
        }
    }
}

/// A panel of a matrix that is stored with the inner dimension contiguous: transposed by blocks
/// of cache lines.
#[inline(always)]
fn transpose<V: Lanes>(
    words: Words,
    a: Matrix<'_>,
    rows: Range<usize>,
    first: usize,
    length: usize,
    width: usize,
    panel: &mut [f32],
) {
    let mut lines = [[0.0; LINE]; 2 * LINE];
    for at in (0..length).step_by(LINE) {
        let count = LINE.min(length - at);
        for (row, line) in rows.clone().zip(&mut lines) {
            let from = &a.values[row * a.stride..][..a.columns];
            read_words(words, from, first + at, &mut line[..count]);
            prefetch(from.as_ptr().wrapping_add(words.numbers(first + at + 2 * LINE)), 2 * LINE);
        }
        let panel = &mut panel[at * width..][..count * width];
        if count == LINE && width.is_multiple_of(V::COUNT) {
            for block in (0..LINE).step_by(V::COUNT) {
                for r in (0..width).step_by(V::COUNT) {
                    // SAFETY: a block of `lines`, which has at least `width` rows, and of
                    // `LINE` rows of the panel.
                    unsafe {
                        V::transpose(
                            lines.as_ptr().cast::<f32>().add(r * LINE + block),
                            LINE,
                            panel.as_mut_ptr().add(block * width + r),
                            width,
                        );
                    }
                }
            }
        } else {
            for (w, to) in panel.chunks_exact_mut(width).enumerate() {
                for (to, line) in to.iter_mut().zip(&lines) {
                    *to = line[w];
                }
            }
        }
    }
}
