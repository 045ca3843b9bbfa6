//! Matrix products for training: `C (+)= op(A) · op(B)`, each operand plain or transposed.
//!
//! B is copied once into panels as wide as two vectors; A is read in place where its rows are
//! contiguous and copied into row panels where it is transposed. A tile of C stays in registers
//! while a block of the inner dimension runs through it (Goto and van de Geijn 2008). Work is only
//! ever split by rows of C, so the result is the same for any number of threads, and a row of C
//! depends on nothing but its own row of A.
//!
//! - `matrix`: the operands. `pack`: copying them. `operand`: a B that is packed once for many
//!   products. `rows`: some rows of C. `many`: products that share out their rows over threads.

mod many;
mod matrix;
mod operand;
mod pack;
mod rows;

use std::cell::RefCell;

use crate::Level;
use crate::precision::Operands;

pub use many::products;
pub use matrix::{Matrix, MatrixMut};
pub use operand::{PackedOperand, pack_all};
pub(crate) use pack::pack_panels;
use rows::{Destination, Rows};

/// The values that a product is added to.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a> {
    /// Nothing: C is overwritten.
    Zero,
    /// The present values of C.
    Accumulate,
    /// This row, one number for each column of C, which is overwritten.
    Bias(&'a [f32]),
}

/// Most rows of C that share a strip of A: the strip then stays in the second-level cache.
const ROWS: usize = 192;

/// `c = start + a · b`, on the calling thread.
///
/// `a` is `[m, k]`, `b` `[k, n]`, `c` `[m, n]`; wrap a stored `[n, k]` matrix with
/// [`Matrix::transposed`] to multiply by its transpose.
///
/// # Panics
/// If the shapes do not fit each other.
pub fn product(
    level: Level,
    operands: Operands,
    a: Matrix<'_>,
    b: Matrix<'_>,
    start: Start<'_>,
    c: MatrixMut<'_>,
) {
    thread_local! {
        static PACKED: RefCell<PackedOperand> = RefCell::default();
    }
    PACKED.with_borrow_mut(|packed| {
        packed.pack(level, operands, b);
        product_packed(a, packed, start, c);
    });
}

/// As [`product`], with the level and the rounding of the packed `b`.
///
/// # Panics
/// If the shapes do not fit each other.
#[allow(clippy::needless_pass_by_value)] // C is borrowed by what it is written through
pub fn product_packed(a: Matrix<'_>, b: &PackedOperand, start: Start<'_>, c: MatrixMut<'_>) {
    let (m, n, k) = (c.rows, c.columns, a.columns);
    assert_eq!(
        (a.rows, b.rows(), b.columns()),
        (m, k, n),
        "product: a, b and c do not fit together"
    );
    if let Start::Bias(bias) = start {
        assert_eq!(bias.len(), n, "product: the bias needs one number for each column of c");
    }
    let c = Destination { start: c.values.as_mut_ptr(), stride: c.stride };
    for first in (0..m).step_by(ROWS) {
        let rows = Rows { first, count: ROWS.min(m - first) };
        // SAFETY: the rows lie within `c`, whose slice is borrowed mutably.
        unsafe { rows.run(a, b, start, c) }
    }
}
