//! Copying operands into the order in which a tile reads them.
//!
//! A panel holds `width` columns of B (or rows of A): for each word of the inner dimension, one
//! word of every column, side by side.

use rayon::prelude::*;

use super::Matrix;
use crate::Level;
use crate::buffer::Buffer;
use crate::tile::{self, Strip};
use crate::words::{Words, pair, rounded};

/// Words of a cache line.
const LINE: usize = 16;

/// Packs all of `b` `[k, n]` into panels of `width` columns, each `[words of k, width]`.
pub(super) fn pack_all(
    level: Level,
    words: Words,
    b: Matrix<'_>,
    width: usize,
    panels: &mut [f32],
    parallel: bool,
) {
    let depth = words.count(b.rows);
    let pack = |(number, panel): (usize, &mut [f32])| {
        let first = number * width;
        let count = width.min(b.columns - first);
        // Rows of B's transpose are what the packing of strips calls rows.
        pack_panel(level, words, b.transposed(), first, count, 0, depth, width, panel);
    };
    if depth == 0 {
        return;
    }
    if parallel {
        panels.par_chunks_mut(depth * width).enumerate().for_each(pack);
    } else {
        panels.chunks_mut(depth * width).enumerate().for_each(pack);
    }
}

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
        let packed = buffer.words(rows.next_multiple_of(group) * length.max(1));
        for (number, panel) in packed.chunks_mut(group * length.max(1)).enumerate() {
            let start = number * group;
            let count = group.min(rows - start.min(rows));
            pack_panel(level, words, a, row + start, count, first, length, group, panel);
        }
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
    /// Rows `row..row + rows` and words `first..first + length` of `a` into one panel
    /// `[length, width]`, with zeros in the columns from `rows` on. Bytes must be words already.
    #[allow(clippy::too_many_arguments)] // a range in each direction
    pub(crate) fn pack_panel<V>(
        words: Words,
        a: Matrix<'_>,
        row: usize,
        rows: usize,
        first: usize,
        length: usize,
        width: usize,
        panel: &mut [f32],
    ) {
        if a.is_transposed {
            if rows < width {
                panel.fill(0.0);
            }
            // Stored with the inner dimension outermost: each step is a contiguous run.
            let line = |k: usize| &a.values[k * a.stride + row..][..rows];
            for (w, to) in (first..first + length).zip(panel.chunks_exact_mut(width)) {
                let to = &mut to[..rows];
                match words {
                    Words::F32 | Words::Bytes => to.copy_from_slice(line(w)),
                    Words::Rounded => {
                        for (to, &x) in to.iter_mut().zip(line(w)) {
                            *to = rounded(x);
                        }
                    }
                    Words::Pairs if 2 * w + 1 < a.columns => {
                        let (low, high) = (line(2 * w), line(2 * w + 1));
                        for (to, (&low, &high)) in to.iter_mut().zip(low.iter().zip(high)) {
                            *to = pair(low, high);
                        }
                    }
                    Words::Pairs => {
                        for (to, &low) in to.iter_mut().zip(line(2 * w)) {
                            *to = pair(low, 0.0);
                        }
                    }
                }
            }
            return;
        }
        // Stored with the inner dimension contiguous: transposed by blocks of cache lines.
        let mut lines = [[0.0; LINE]; 2 * LINE];
        for at in (0..length).step_by(LINE) {
            let count = LINE.min(length - at);
            for (r, line) in lines[..rows].iter_mut().enumerate() {
                let from = &a.values[(row + r) * a.stride..][..a.columns];
                read_words(words, from, first + at, &mut line[..count]);
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
}
