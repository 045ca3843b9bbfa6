//! Self-attention of each sequence by itself, for inference.
//!
//! Scores are kept transposed, keys down and queries across, so that softmax runs down the
//! vectors: no sum across lanes, no mask, and the transposed probabilities are what the second
//! product reads row by row.
//!
//! If operands are rounded and the CPU multiplies pairs of bf16, both products take such pairs,
//! with sums, scores and softmax in f32: see `pairs`.

mod pairs;

use std::cell::RefCell;

use crate::buffer::Buffer;
use crate::precision::Precision;
use crate::team::Team;
use crate::tile::{self, Block, Finish, Strip};
use crate::words::Words;
use crate::{Level, maths};

/// The input of attention.
#[derive(Debug, Clone, Copy)]
pub struct Attention<'a> {
    /// Number of heads.
    pub heads: usize,
    /// Queries, already divided by the square root of a head's width: `[queries, width]`. Either
    /// one for each token, or one for each sequence.
    pub queries: &'a [f32],
    /// Keys and values side by side, `[tokens, 2 · width]`.
    pub keys_values: &'a [f32],
    /// The starts of the sequences, and the end of the last.
    pub starts: &'a [usize],
}

thread_local! {
    static SCRATCH: RefCell<[Buffer; 5]> = RefCell::default();
}

#[derive(Clone, Copy)]
struct Context(*mut f32);

// SAFETY: each unit of work writes a head of a sequence of its own.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Attention<'_> {
    /// `softmax(queries · keysᵀ) · values` of each head of each sequence into `context`, as
    /// large as `queries`. Any precision but [`Precision::F32`] rounds operands to bf16 where the
    /// CPU multiplies that and a head's width is a multiple of 32.
    ///
    /// # Panics
    /// If the sizes do not fit each other.
    pub fn run(&self, team: &Team<'_>, level: Level, precision: Precision, context: &mut [f32]) {
        let sequences = self.starts.len().saturating_sub(1);
        let tokens = self.starts.last().copied().unwrap_or(0);
        if tokens == 0 {
            return;
        }
        let width = self.keys_values.len() / tokens / 2;
        assert_eq!(self.keys_values.len(), tokens * 2 * width, "attention: keys and values");
        assert!(self.heads > 0 && width.is_multiple_of(self.heads), "attention: heads");
        assert!(self.starts.is_sorted(), "attention: starts are not in order");
        assert_eq!(context.len(), self.queries.len(), "attention: context and queries differ");
        let is_first_only = self.queries.len() != tokens * width;
        if is_first_only {
            assert_eq!(self.queries.len(), sequences * width, "attention: queries");
        }
        let context = Context(context.as_mut_ptr());
        let units = sequences * self.heads;
        team.share(units, units.div_ceil(4 * team.threads()), &|range| {
            let context = &context;
            for unit in range {
                let (sequence, head) = (unit / self.heads, unit % self.heads);
                let start = self.starts[sequence];
                let length = self.starts[sequence + 1] - start;
                if length == 0 {
                    continue;
                }
                let (first, count) = if is_first_only { (sequence, 1) } else { (start, length) };
                let size = width / self.heads;
                let unit = Unit {
                    size,
                    width,
                    length,
                    count,
                    queries: &self.queries[first * width + head * size..],
                    keys: &self.keys_values[start * 2 * width + head * size..],
                    values: &self.keys_values[start * 2 * width + width + head * size..],
                    context: context.0.wrapping_add(first * width + head * size),
                };
                let words = unit.words(level, precision);
                SCRATCH.with_borrow_mut(|scratch| unit.run(level, words, scratch));
            }
        });
    }
}

/// One head of one sequence.
struct Unit<'a> {
    size: usize,
    width: usize,
    /// Keys.
    length: usize,
    /// Queries.
    count: usize,
    queries: &'a [f32],
    keys: &'a [f32],
    values: &'a [f32],
    context: *mut f32,
}

impl Unit<'_> {
    /// The content of the operands' words.
    fn words(&self, level: Level, precision: Precision) -> Words {
        let is_rounded = precision != Precision::F32;
        if is_rounded && level.has_bf16() && self.size.is_multiple_of(pairs::TOGETHER) {
            Words::Pairs
        } else {
            Words::F32
        }
    }

    fn run(
        &self,
        level: Level,
        words: Words,
        [queries, paired, keys, values, scores]: &mut [Buffer; 5],
    ) {
        let across = tile::panel_width(level);
        let rows = tile::rows(level, words);
        let is_paired = words == Words::Pairs;
        let depth = words.count(self.size);
        let keys = if is_paired {
            let keys = keys.words(self.length * depth);
            pairs::pair_columns(level, self.keys, 2 * self.width, self.size, keys);
            Strip { start: keys.as_ptr(), row: depth, step: 1, group: rows * depth }
        } else {
            let row = 2 * self.width;
            Strip { start: self.keys.as_ptr(), row, step: 1, group: rows * row }
        };
        let values = values.words(self.length * self.size.next_multiple_of(across));
        let scores = scores.words(self.length * across);
        pack_values(level, self.values, 2 * self.width, self.size, across, values);
        if is_paired {
            for panel in values.chunks_exact_mut(self.length * across) {
                pairs::pair_rows(level, panel, across);
            }
        }
        for first in (0..self.count).step_by(across) {
            let count = across.min(self.count - first);
            let from = &self.queries[first * self.width..];
            let queries = queries.words(depth * across);
            if is_paired {
                let paired = paired.words(count * depth);
                pairs::pair_columns(level, from, self.width, self.size, paired);
                pack_queries(level, paired, depth, depth, count, across, queries);
            } else {
                pack_queries(level, from, self.width, depth, count, across, queries);
            }
            let to_scores = Block {
                strip: keys,
                rows: self.length,
                panels: queries.as_ptr(),
                panel_stride: 0,
                next: std::ptr::null(),
                columns: across,
                depth,
                c: scores.as_mut_ptr(),
                c_stride: across,
                finish: Finish::Store,
            };
            // SAFETY: there are `length` keys of `depth` words, as many words in each of the
            // queries' columns, and the scores have `length` rows.
            unsafe { tile::run(level, words, &to_scores) }
            softmax_down(level, scores, across);
            if is_paired {
                pairs::pair_rows(level, scores, across);
            }
            let to_context = Block {
                strip: Strip { start: scores.as_ptr(), row: 1, step: across, group: rows },
                rows: count,
                panels: values.as_ptr(),
                panel_stride: self.length * across,
                next: std::ptr::null(),
                columns: self.size,
                depth: words.count(self.length),
                c: self.context.wrapping_add(first * self.width),
                c_stride: self.width,
                finish: Finish::Store,
            };
            // SAFETY: the scores hold words of `length` rows of `across` columns, `count` of which
            // are read; values as many rows; the context's rows and columns are this unit's own.
            unsafe { tile::run(level, words, &to_context) }
        }
    }
}

vectorised! {
    /// `count` queries of `size` numbers into `[size, across]`: a column each, zeros in the rest.
    fn pack_queries<V>(
        from: &[f32],
        stride: usize,
        size: usize,
        count: usize,
        across: usize,
        to: &mut [f32],
    ) {
        let blocks = size / V::COUNT * V::COUNT;
        for first in (0..across).step_by(V::COUNT) {
            let real = V::COUNT.min(count.saturating_sub(first));
            for at in (0..blocks).step_by(V::COUNT) {
                let to = &mut to[at * across + first..(at + V::COUNT) * across];
                assert!(to.len() >= (V::COUNT - 1) * across + V::COUNT);
                if real == V::COUNT {
                    let from = &from[first * stride + at..];
                    assert!(from.len() >= (V::COUNT - 1) * stride + V::COUNT);
                    // SAFETY: both blocks lie within their slices, as was just checked.
                    unsafe { V::transpose(from.as_ptr(), stride, to.as_mut_ptr(), across) }
                } else {
                    // A block with room for any level's vectors.
                    let mut block = [0.0; 16 * 16];
                    for row in 0..real {
                        let row_of = &from[(first + row) * stride + at..][..V::COUNT];
                        V::of(row_of, 0).put(&mut block[row * V::COUNT..][..V::COUNT], 0);
                    }
                    // SAFETY: the block holds `COUNT` rows; `to` has room, as was checked above.
                    unsafe { V::transpose(block.as_ptr(), V::COUNT, to.as_mut_ptr(), across) }
                }
            }
        }
        for at in blocks..size {
            for (column, to) in to[at * across..][..across].iter_mut().enumerate() {
                *to = if column < count { from[column * stride + at] } else { 0.0 };
            }
        }
    }
}

vectorised! {
    /// Rows of `size` numbers into panels of `across` columns, with zeros behind the last.
    fn pack_values<V>(
        from: &[f32],
        stride: usize,
        size: usize,
        across: usize,
        to: &mut [f32],
    ) {
        let length = to.len() / size.next_multiple_of(across);
        for (panel, to) in to.chunks_exact_mut(length * across).enumerate() {
            let columns = across.min(size - panel * across);
            for (row, to) in to.chunks_exact_mut(across).enumerate() {
                let from = &from[row * stride + panel * across..][..columns];
                for at in (0..across).step_by(V::COUNT) {
                    let value = if at < columns { V::of(from, at) } else { V::zero() };
                    value.put(to, at);
                }
            }
        }
    }
}

vectorised! {
    /// Softmax of each column of `[length, across]`.
    fn softmax_down<V>(scores: &mut [f32], across: usize) {
        for column in (0..across).step_by(V::COUNT) {
            let mut largest = V::splat(f32::NEG_INFINITY);
            for row in scores.chunks_exact(across) {
                largest = V::of(row, column).max(largest);
            }
            let mut total = V::zero();
            for row in scores.chunks_exact_mut(across) {
                let power = maths::exp(V::of(row, column).sub(largest));
                total = total.add(power);
                power.put(row, column);
            }
            let share = V::splat(1.0).div(total);
            for row in scores.chunks_exact_mut(across) {
                V::of(row, column).mul(share).put(row, column);
            }
        }
    }
}
