//! One operation on slices over many threads.

use rayon::prelude::*;

/// Below this many numbers a second thread costs more than it saves.
const WORTH_SPLITTING: usize = 1 << 15;
/// Numbers in a piece: several pieces per thread, each well above the cost of handing it out.
const PIECE: usize = 1 << 13;

/// Rows of a piece, for rows of `width` numbers.
pub(crate) fn rows_per_piece(width: usize) -> usize {
    (PIECE / width.max(1)).max(1)
}

/// Calls `work(start, piece)` on pieces of whole rows of `data`, on many threads where it pays;
/// `start` is the piece's offset. The pieces are the same for any number of threads.
pub(crate) fn pieces(
    data: &mut [f32],
    width: usize,
    work: impl Fn(usize, &mut [f32]) + Send + Sync,
) {
    let length = rows_per_piece(width) * width.max(1);
    if data.len() < WORTH_SPLITTING {
        return work(0, data);
    }
    let numbered = data.par_chunks_mut(length).enumerate();
    numbered.for_each(|(piece, data)| work(piece * length, data));
}
