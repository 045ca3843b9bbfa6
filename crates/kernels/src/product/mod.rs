//! Matrix products for training: `C (+)= op(A) · op(B)`, each operand plain or transposed.
//!
//! B is copied once into panels as wide as two vectors; A is read in place where its rows are
//! contiguous and copied into row panels where it is transposed. A tile of C stays in registers
//! while a block of the inner dimension runs through it (Goto and van de Geijn 2008). The rows
//! and columns of C are shared out over rayon's threads; the inner dimension never is, so the
//! result is the same for any number of threads, and a row of C depends on nothing but its own
//! row of A.
//!
//! - `matrix`: the operands. `pack`: copying them.

mod matrix;
mod pack;

use std::cell::{Cell, RefCell};

use rayon::prelude::*;

use crate::Level;
use crate::buffer::Buffer;
use crate::tile::{self, Block, Finish};
use crate::words::Words;

pub use matrix::{Matrix, MatrixMut};
pub(crate) use pack::pack_panel;

/// How the operands of a product are rounded; sums are always kept in f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Operands {
    /// Not at all.
    #[default]
    F32,
    /// To bf16 (8 bits of precision). More than twice as fast where
    /// [`Level::has_bf16`], and no faster elsewhere.
    Bf16,
}

/// What a product is added to.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a> {
    /// Nothing: C is overwritten.
    Zero,
    /// What C holds.
    Accumulate,
    /// This row, one number for each column of C, which is overwritten.
    Bias(&'a [f32]),
}

/// Words of the inner dimension that pass through a tile before it goes back to memory: the
/// strip of A that a tile reads, 12 KB of it, then stays in the first-level cache.
const DEPTH: usize = 256;
/// Columns of C in one task: a block of B, 256 KB of it, then stays in the second-level cache.
const COLUMNS: usize = 256;
/// Most rows of C in one task; a multiple of every level's tile.
const ROWS: usize = 96;
/// Multiplications below which a product runs on the calling thread alone.
const WORTH_SPLITTING: usize = 1 << 21;

thread_local! {
    /// The calling thread's copy of B. Taken while in use: waiting for the pool, this thread may
    /// start another product.
    static PANELS: Cell<Buffer> = Cell::default();
    /// Each worker's copy of the part of A that it is at.
    static STRIPS: RefCell<Buffer> = RefCell::default();
}

/// `c = start + a · b`.
///
/// `a` is `[m, k]`, `b` `[k, n]`, `c` `[m, n]`; wrap a stored `[n, k]` matrix with
/// [`Matrix::transposed`] to multiply by its transpose.
///
/// # Panics
/// If the shapes do not fit each other.
#[allow(clippy::needless_pass_by_value)] // C is borrowed by what it is written through
pub fn product(
    level: Level,
    operands: Operands,
    a: Matrix<'_>,
    b: Matrix<'_>,
    start: Start<'_>,
    c: MatrixMut<'_>,
) {
    let (m, n, k) = (c.rows, c.columns, a.columns);
    assert_eq!((a.rows, b.rows, b.columns), (m, k, n), "product: a, b and c do not fit together");
    if let Start::Bias(bias) = start {
        assert_eq!(bias.len(), n, "product: the bias needs one number for each column of c");
    }
    if m == 0 || n == 0 {
        return;
    }
    let words = Words::of(level, operands);
    let alone = m * n * k < WORTH_SPLITTING;
    let mut buffer = PANELS.take();
    let panel = tile::panel_width(level, words);
    let depth = words.count(k);
    let panels = buffer.words(n.next_multiple_of(panel) * depth);
    pack::pack_all(level, words, b, panel, panels, !alone);

    let (tasks, rows) = grid(tile::rows(level, words), m, n, alone);
    let c = Destination { start: c.values.as_mut_ptr(), stride: c.stride };
    let run = |task: usize| {
        let row = task / n.div_ceil(COLUMNS) * rows;
        let column = task % n.div_ceil(COLUMNS) * COLUMNS;
        let part = Part { row, rows: rows.min(m - row), column, columns: COLUMNS.min(n - column) };
        STRIPS.with_borrow_mut(|strips| {
            // SAFETY: parts do not overlap and lie within `c`, whose slice is borrowed mutably
            // until all have run.
            unsafe { part.run(level, words, a, panels, depth, start, c, strips) }
        });
    };
    if alone {
        (0..tasks).for_each(run);
    } else {
        (0..tasks).into_par_iter().for_each(run);
    }
    PANELS.set(buffer);
}

/// The number of tasks, and the rows of each.
fn grid(tile_rows: usize, m: usize, n: usize, alone: bool) -> (usize, usize) {
    let across = n.div_ceil(COLUMNS);
    let mut rows = ROWS;
    if !alone {
        // Several tasks for each thread, so that none waits long for the last.
        let wanted = (4 * rayon::current_num_threads()).div_ceil(across);
        rows = m.div_ceil(wanted).next_multiple_of(tile_rows).min(ROWS);
    }
    (across * m.div_ceil(rows), rows)
}

#[derive(Clone, Copy)]
struct Destination {
    start: *mut f32,
    stride: usize,
}

// SAFETY: each task writes its own part of C only.
unsafe impl Send for Destination {}
// SAFETY: as above.
unsafe impl Sync for Destination {}

/// A task: some rows and columns of C.
struct Part {
    row: usize,
    rows: usize,
    column: usize,
    columns: usize,
}

impl Part {
    /// # Safety
    /// This part must lie within C, and nobody else may touch it meanwhile.
    #[allow(clippy::too_many_arguments)] // the product's own, once
    unsafe fn run(
        &self,
        level: Level,
        words: Words,
        a: Matrix<'_>,
        panels: &[f32],
        depth: usize,
        start: Start<'_>,
        c: Destination,
        strips: &mut Buffer,
    ) {
        let panel = tile::panel_width(level, words);
        let blocks = depth.div_ceil(DEPTH).max(1);
        for block in 0..blocks {
            let first = block * DEPTH;
            let length = DEPTH.min(depth - first);
            let strip = pack::strip(level, words, a, self.row, self.rows, first, length, strips);
            let finish = match start {
                _ if block > 0 => Finish::Accumulate,
                Start::Zero => Finish::Store,
                Start::Accumulate => Finish::Accumulate,
                Start::Bias(bias) => Finish::Bias(bias[self.column..].as_ptr()),
            };
            let block = Block {
                strip,
                rows: self.rows,
                panels: panels[self.column * depth + first * panel..].as_ptr(),
                panel_stride: panel * depth,
                next: std::ptr::null(),
                columns: self.columns,
                depth: length,
                // SAFETY: the caller promises that the part lies within C.
                c: unsafe { c.start.add(self.row * c.stride + self.column) },
                c_stride: c.stride,
                finish,
            };
            // SAFETY: the strip holds `rows` rows and the panels `columns` columns of `depth`
            // words, and this part of C is ours.
            unsafe { tile::run(level, words, &block) }
        }
    }
}
