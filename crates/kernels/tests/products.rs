//! Matrix products against plain loops in f64, at every level of this CPU.
#![allow(missing_docs, clippy::unwrap_used, clippy::float_cmp)]

mod common;

use common::{distance, numbers};
use kernels::{
    Level, Matrix, MatrixMut, Memory, Operands, PackedOperand, Start, Team, pack_all, product,
    product_packed, products,
};
use proptest::prelude::*;

/// A stored matrix with rows `gap` numbers apart, and whether it is used transposed.
struct Stored {
    values: Vec<f32>,
    rows: usize,
    columns: usize,
    gap: usize,
    is_transposed: bool,
}

impl Stored {
    fn new(rows: usize, columns: usize, gap: usize, is_transposed: bool, seed: u64) -> Self {
        let (stored_rows, stored_columns) =
            if is_transposed { (columns, rows) } else { (rows, columns) };
        let values = numbers(stored_rows * (stored_columns + gap), seed);
        Self { values, rows, columns, gap, is_transposed }
    }

    fn matrix(&self) -> Matrix<'_> {
        if self.is_transposed {
            Matrix::strided(&self.values, self.columns, self.rows, self.rows + self.gap)
                .transposed()
        } else {
            Matrix::strided(&self.values, self.rows, self.columns, self.columns + self.gap)
        }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        f64::from(if self.is_transposed {
            self.values[column * (self.rows + self.gap) + row]
        } else {
            self.values[row * (self.columns + self.gap) + column]
        })
    }
}

fn expected(a: &Stored, b: &Stored, start: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let mut c = Vec::new();
    for row in 0..a.rows {
        for column in 0..b.columns {
            let dot: f64 = (0..a.columns).map(|k| a.at(row, k) * b.at(k, column)).sum();
            c.push(start(row, column) + dot);
        }
    }
    c
}

fn tolerance(operands: Operands, k: usize) -> f64 {
    match operands {
        Operands::F32 => 1e-5 + 2e-7 * k as f64,
        Operands::Bf16 => 0.02 + 0.01 * (k as f64).sqrt(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn equals_plain_loops_in_every_orientation(
        m in 1_usize..40, n in 1_usize..70, k in 0_usize..90,
        gap_a in 0_usize..5, gap_b in 0_usize..5, gap_c in 0_usize..5,
        flips in any::<(bool, bool)>(), seed in any::<u64>(),
    ) {
        let a = Stored::new(m, k, gap_a, flips.0, seed);
        let b = Stored::new(k, n, gap_b, flips.1, seed ^ 1);
        let before = numbers(m * (n + gap_c), seed ^ 2);
        let bias = numbers(n, seed ^ 3);
        for level in Level::variants() {
            for operands in [Operands::F32, Operands::Bf16] {
                for start in [Start::Zero, Start::Accumulate, Start::Bias(&bias)] {
                    let mut c = before.clone();
                    product(level, operands, a.matrix(), b.matrix(), start,
                        MatrixMut::strided(&mut c, m, n, n + gap_c));
                    let wanted = expected(&a, &b, |row, column| match start {
                        Start::Zero => 0.0,
                        Start::Accumulate => f64::from(before[row * (n + gap_c) + column]),
                        Start::Bias(bias) => f64::from(bias[column]),
                    });
                    let mut dense = Vec::new();
                    for row in 0..m {
                        let line = row * (n + gap_c);
                        dense.extend_from_slice(&c[line..line + n]);
                        prop_assert_eq!(
                            &c[line + n..line + n + gap_c], &before[line + n..line + n + gap_c],
                            "numbers between the rows were touched"
                        );
                    }
                    let error = distance(&dense, &wanted);
                    prop_assert!(error <= tolerance(operands, k), "{level} {operands:?}: {error}");
                }
            }
        }
    }
}

/// Shapes that need several blocks, and strides that collide in the cache.
#[test]
fn equals_plain_loops_at_large_shapes() {
    let shapes =
        [(101, 300, 523), (300, 260, 129), (13, 1024, 1024), (50, 64, 1500), (97, 33, 1024)];
    for (m, n, k) in shapes {
        for flips in [(false, false), (false, true), (true, false), (true, true)] {
            let a = Stored::new(m, k, 0, flips.0, 7);
            let b = Stored::new(k, n, 0, flips.1, 8);
            let wanted = expected(&a, &b, |_, _| 0.0);
            for level in Level::variants() {
                for operands in [Operands::F32, Operands::Bf16] {
                    let mut c = vec![f32::NAN; m * n];
                    let to = MatrixMut::new(&mut c, m, n);
                    product(level, operands, a.matrix(), b.matrix(), Start::Zero, to);
                    let error = distance(&c, &wanted);
                    assert!(
                        error <= tolerance(operands, k),
                        "{level} {operands:?} {m}x{n}x{k} {flips:?}: {error}"
                    );
                }
            }
        }
    }
}

/// Calls `work` with a team of this many threads.
fn with_team<R: Send>(threads: usize, work: impl FnOnce(&Team<'_>) -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    Team::gather(threads, Some(&pool), work)
}

#[test]
fn products_by_any_number_of_threads_have_the_bits_of_one_product() {
    // The first pair's operands stand transposed, the second's do not.
    let (a, b) = (Stored::new(333, 700, 0, true, 1), Stored::new(700, 512, 3, false, 2));
    let (d, e) = (Stored::new(5, 31, 2, false, 3), Stored::new(31, 70, 0, true, 4));
    for level in Level::variants() {
        for operands in [Operands::F32, Operands::Bf16] {
            let one = |a: &Stored, b: &Stored| {
                let mut c = vec![f32::NAN; a.rows * b.columns];
                let to = MatrixMut::new(&mut c, a.rows, b.columns);
                product(level, operands, a.matrix(), b.matrix(), Start::Zero, to);
                c
            };
            let expected = [one(&a, &b), one(&d, &e)];
            for threads in [1, 2, 5] {
                let pairs = [(a.matrix(), b.matrix()), (d.matrix(), e.matrix())];
                let found = with_team(threads, |team| products(team, level, operands, pairs));
                assert!(found == expected, "{level} {operands:?} {threads} threads");
                // Memory that is used again still holds the numbers of before.
                found.into_iter().for_each(Memory::give_back);
            }
        }
    }
}

#[test]
fn an_operand_packed_once_serves_many_products() {
    let (wide, narrow) = (Stored::new(90, 131, 0, false, 1), Stored::new(131, 300, 1, true, 2));
    for level in Level::variants() {
        for operands in [Operands::F32, Operands::Bf16] {
            let mut packed = <[PackedOperand; 2]>::default();
            let matrices = [wide.matrix(), narrow.matrix()];
            with_team(2, |team| pack_all(team, level, operands, &matrices, &mut packed));
            assert_eq!((packed[1].rows(), packed[1].columns()), (131, 300));
            for (b, packed) in [&wide, &narrow].into_iter().zip(&packed) {
                // More rows than share a strip, and fewer than a tile has.
                for rows in [200, 3] {
                    let a = Stored::new(rows, b.rows, 2, false, 3);
                    let bias = numbers(b.columns, 4);
                    let (mut once, mut anew) = (vec![1.0; rows * b.columns], Vec::new());
                    for start in [Start::Bias(&bias), Start::Accumulate] {
                        let to = MatrixMut::new(&mut once, rows, b.columns);
                        product_packed(a.matrix(), packed, start, to);
                        anew.resize(rows * b.columns, 1.0);
                        let to = MatrixMut::new(&mut anew, rows, b.columns);
                        product(level, operands, a.matrix(), b.matrix(), start, to);
                        assert!(once == anew, "{level} {operands:?} {rows} rows");
                    }
                }
            }
        }
    }
}

#[test]
fn a_row_is_the_same_alone_and_among_others() {
    let (m, n, k) = (29, 96, 300);
    let a = Stored::new(m, k, 0, false, 1);
    let b = Stored::new(k, n, 0, true, 2);
    for level in Level::variants() {
        for operands in [Operands::F32, Operands::Bf16] {
            let mut all = vec![0.0; m * n];
            let to = MatrixMut::new(&mut all, m, n);
            product(level, operands, a.matrix(), b.matrix(), Start::Zero, to);
            for row in 0..m {
                let mut alone = vec![0.0; n];
                let to = MatrixMut::new(&mut alone, 1, n);
                let one = Matrix::new(&a.values[row * k..(row + 1) * k], 1, k);
                product(level, operands, one, b.matrix(), Start::Zero, to);
                assert_eq!(alone, all[row * n..(row + 1) * n], "{level} {operands:?} row {row}");
            }
        }
    }
}

#[test]
fn what_is_not_a_number_stays_visible() {
    for level in Level::variants() {
        for operands in [Operands::F32, Operands::Bf16] {
            let a = [1.0, f32::NAN, f32::from_bits(0x7fff_ffff), f32::INFINITY];
            let mut c = [0.0; 4];
            let b = Matrix::new(&[1.0], 1, 1);
            let to = MatrixMut::new(&mut c, 4, 1);
            product(level, operands, Matrix::new(&a, 4, 1), b, Start::Zero, to);
            assert!(c[0] == 1.0 && c[1].is_nan() && c[2].is_nan() && c[3] == f32::INFINITY);
        }
    }
}

#[test]
#[should_panic(expected = "do not fit together")]
fn shapes_that_do_not_fit_are_refused() {
    let (a, b, mut c) = ([0.0; 6], [0.0; 6], [0.0; 4]);
    let to = MatrixMut::new(&mut c, 2, 2);
    let level = Level::best();
    product(level, Operands::F32, Matrix::new(&a, 2, 3), Matrix::new(&b, 2, 3), Start::Zero, to);
}

#[test]
#[should_panic(expected = "does not fit into 5 numbers")]
fn a_slice_too_short_for_its_shape_is_refused() {
    let _ = Matrix::new(&[0.0; 5], 2, 3);
}

/// Multiplied without a check, these sizes come out as 0 and as 4.
#[test]
fn a_shape_whose_size_wraps_is_refused() {
    const HALF: usize = 1 << (usize::BITS / 2);
    let refused = |shape: fn()| std::panic::catch_unwind(shape).is_err();
    assert!(refused(|| {
        let _ = MatrixMut::new(&mut [], HALF, HALF);
    }));
    assert!(refused(|| {
        let _ = MatrixMut::strided(&mut [0.0; 4], HALF + 1, 4, HALF);
    }));
    assert!(refused(|| {
        let (a, b) = (Matrix::new(&[], 2, 0), Matrix::new(&[], 0, 1 << (usize::BITS - 1)));
        let _ = products(&Team::alone(), Level::best(), Operands::F32, [(a, b)]);
    }));
}
