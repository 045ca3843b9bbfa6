//! Products that do not depend on each other, shared out over the threads of a team.

use std::cell::RefCell;

use super::rows::{Destination, Rows};
use super::{Matrix, PackedOperand, Start, pack_all};
use crate::precision::Operands;
use crate::{Level, Memory, Team};

/// Rows of a product in one task; a multiple of every level's tile. Few enough that no thread
/// waits long for the last task.
const ROWS: usize = 48;

/// `a · b` of each pair, row-major; [`Memory::give_back`] takes them when they are done with.
///
/// # Panics
/// If the shapes of a pair do not fit each other.
pub fn products<const N: usize>(
    team: &Team<'_>,
    level: Level,
    operands: Operands,
    pairs: [(Matrix<'_>, Matrix<'_>); N],
) -> [Vec<f32>; N] {
    thread_local! {
        static PACKED: RefCell<Vec<PackedOperand>> = RefCell::default();
    }
    let mut results = pairs.map(|(a, b)| {
        assert_eq!(a.columns, b.rows, "products: a and b do not fit together");
        let size = a.rows.checked_mul(b.columns);
        Memory::new(size.expect("products: more numbers than there are addresses"))
    });
    PACKED.with_borrow_mut(|packed| {
        packed.resize_with(N.max(packed.len()), PackedOperand::default);
        pack_all(team, level, operands, &pairs.map(|(_, b)| b), &mut packed[..N]);
        let mut tasks = Vec::new();
        for (((a, _), b), c) in pairs.iter().zip(&*packed).zip(&mut results) {
            let c = Destination { start: c.as_mut_ptr(), stride: b.columns() };
            tasks.extend((0..a.rows).step_by(ROWS).map(|first| {
                let rows = Rows { first, count: ROWS.min(a.rows - first) };
                (rows, *a, b, c)
            }));
        }
        team.each(tasks, |(rows, a, b, c)| {
            // SAFETY: C has `a.rows` rows, and each belongs to one task.
            unsafe { rows.run(a, b, Start::Zero, c) }
        });
    });
    results.map(Memory::into_vec)
}
