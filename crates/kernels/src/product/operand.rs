//! The right side of products, packed once for many of them.

use super::Matrix;
use super::pack::pack_panels;
use crate::buffer::Buffer;
use crate::precision::Operands;
use crate::tile;
use crate::words::Words;
use crate::{Level, Team};

/// A matrix in the order in which a tile reads it, for one level and rounding.
#[derive(Default)]
pub struct PackedOperand {
    /// Panels of columns, each `[words of a column, width]`.
    panels: Buffer,
    /// `None` before anything is packed.
    held: Option<Held>,
}

/// The content of a [`PackedOperand`].
#[derive(Clone, Copy)]
struct Held {
    level: Level,
    words: Words,
    rows: usize,
    columns: usize,
}

/// Panels that are filled together: so many that a thread reads long runs of a stored row.
const TOGETHER: usize = 4;

/// Panels to be filled with some columns of a matrix.
struct Panels<'a> {
    held: Held,
    from: Matrix<'a>,
    first: usize,
    to: &'a mut [f32],
}

impl PackedOperand {
    /// Packs `matrix`, on the calling thread; what was packed here before is lost.
    pub fn pack(&mut self, level: Level, operands: Operands, matrix: Matrix<'_>) {
        self.panels_for(level, operands, matrix).for_each(Panels::fill);
    }

    fn panels_for<'a>(
        &'a mut self,
        level: Level,
        operands: Operands,
        from: Matrix<'a>,
    ) -> impl Iterator<Item = Panels<'a>> {
        let words = Words::of(level, operands);
        let held = Held { level, words, rows: from.rows, columns: from.columns };
        self.held = Some(held);
        let (width, depth) = (tile::panel_width(level), words.count(held.rows));
        let panels = self.panels.words(held.columns.next_multiple_of(width) * depth);
        let width = TOGETHER * width;
        let numbered = panels.chunks_mut((width * depth).max(1)).enumerate();
        numbered.map(move |(number, to)| Panels { held, from, first: number * width, to })
    }

    fn held(&self) -> Held {
        self.held.unwrap_or_else(|| panic!("product: nothing was packed"))
    }

    pub(super) fn level(&self) -> Level {
        self.held().level
    }

    pub(super) fn words(&self) -> Words {
        self.held().words
    }

    /// Rows of the packed matrix.
    ///
    /// # Panics
    /// If nothing was packed.
    pub fn rows(&self) -> usize {
        self.held().rows
    }

    /// Columns of the packed matrix.
    ///
    /// # Panics
    /// If nothing was packed.
    pub fn columns(&self) -> usize {
        self.held().columns
    }

    pub(super) fn panels(&self) -> &[f32] {
        self.panels.as_slice()
    }
}

impl Panels<'_> {
    fn fill(self) {
        let Held { level, words, rows, columns } = self.held;
        let width = tile::panel_width(level);
        let count = (TOGETHER * width).min(columns - self.first);
        // Rows of the transpose are what the packing of strips calls rows.
        let from = self.from.transposed();
        pack_panels(level, words, from, self.first, count, 0, words.count(rows), width, self.to);
    }
}

/// Packs each of `matrices` into its place in `packed`, by all threads of a team.
///
/// # Panics
/// If there are not as many of both.
pub fn pack_all(
    team: &Team<'_>,
    level: Level,
    operands: Operands,
    matrices: &[Matrix<'_>],
    packed: &mut [PackedOperand],
) {
    assert_eq!(matrices.len(), packed.len(), "pack_all: not one place for each matrix");
    let pairs = packed.iter_mut().zip(matrices);
    let panels: Vec<Panels<'_>> =
        pairs.flat_map(|(packed, &from)| packed.panels_for(level, operands, from)).collect();
    team.each(panels, Panels::fill);
}
