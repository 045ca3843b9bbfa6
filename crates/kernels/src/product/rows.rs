//! Some rows of a product, on one thread.

use std::cell::RefCell;

use super::{Matrix, PackedOperand, Start, pack};
use crate::buffer::Buffer;
use crate::tile::{self, Block, Finish};

/// Words of the inner dimension that pass through a tile before it goes back to memory: the
/// strip of A that a tile reads, 12 KB of it, then stays in the first-level cache.
const DEPTH: usize = 256;
/// Columns of C that are computed at a time: a block of B, 256 KB of it, then stays in the
/// second-level cache while all rows run over it.
const COLUMNS: usize = 256;

thread_local! {
    /// The part of A that this thread is at.
    static STRIP: RefCell<Buffer> = RefCell::default();
}

/// The place of C in memory.
#[derive(Clone, Copy)]
pub(super) struct Destination {
    pub(super) start: *mut f32,
    pub(super) stride: usize,
}

// SAFETY: whoever runs rows promises that they are nobody else's.
unsafe impl Send for Destination {}
// SAFETY: as above.
unsafe impl Sync for Destination {}

/// Rows of C, all columns of them.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub(super) first: usize,
    pub(super) count: usize,
}

impl Rows {
    /// # Safety
    /// C must have these rows and as many columns as `b`, and nobody else may touch them
    /// meanwhile.
    pub(super) unsafe fn run(
        self,
        a: Matrix<'_>,
        b: &PackedOperand,
        start: Start<'_>,
        c: Destination,
    ) {
        let (level, words) = (b.level(), b.words());
        let width = tile::panel_width(level);
        let depth = words.count(a.columns);
        STRIP.with_borrow_mut(|strip| {
            // Even where there is nothing to sum up, C is written.
            for first in (0..depth.max(1)).step_by(DEPTH) {
                let length = DEPTH.min(depth - first);
                let strip =
                    pack::strip(level, words, a, self.first, self.count, first, length, strip);
                for column in (0..b.columns()).step_by(COLUMNS) {
                    let block = Block {
                        strip,
                        rows: self.count,
                        panels: b.panels()[column * depth + first * width..].as_ptr(),
                        panel_stride: width * depth,
                        next: std::ptr::null(),
                        columns: COLUMNS.min(b.columns() - column),
                        depth: length,
                        // SAFETY: the caller promises that C has this row and column.
                        c: unsafe { c.start.add(self.first * c.stride + column) },
                        c_stride: c.stride,
                        finish: match start {
                            _ if first > 0 => Finish::Accumulate,
                            Start::Zero => Finish::Store,
                            Start::Accumulate => Finish::Accumulate,
                            Start::Bias(bias) => Finish::Bias(bias[column..].as_ptr()),
                        },
                    };
                    // SAFETY: the strip holds `rows` rows and the panels `columns` columns of
                    // `depth` words, and this part of C is ours.
                    unsafe { tile::run(level, words, &block) }
                }
            }
        });
    }
}
