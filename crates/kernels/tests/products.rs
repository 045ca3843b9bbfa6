//! Matrix products against plain loops in f64, at every level of this CPU.
#![allow(missing_docs, clippy::unwrap_used, clippy::float_cmp)]

mod common;

use common::{distance, numbers};
use kernels::{Level, Matrix, MatrixMut, Operands, Start, product};
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
        for level in Level::available() {
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

/// Shapes that need several blocks, tasks and threads, and strides that collide in the cache.
#[test]
fn equals_plain_loops_at_large_shapes() {
    let shapes =
        [(101, 300, 523), (300, 260, 129), (13, 1024, 1024), (50, 64, 1500), (97, 33, 1024)];
    for (m, n, k) in shapes {
        for flips in [(false, false), (false, true), (true, false), (true, true)] {
            let a = Stored::new(m, k, 0, flips.0, 7);
            let b = Stored::new(k, n, 0, flips.1, 8);
            let wanted = expected(&a, &b, |_, _| 0.0);
            for level in Level::available() {
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

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let (m, n, k) = (333, 512, 700);
    let a = Stored::new(m, k, 0, false, 1);
    let b = Stored::new(k, n, 0, false, 2);
    for level in Level::available() {
        for operands in [Operands::F32, Operands::Bf16] {
            let run = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let mut c = vec![0.0; m * n];
                let to = MatrixMut::new(&mut c, m, n);
                pool.install(|| product(level, operands, a.matrix(), b.matrix(), Start::Zero, to));
                c
            };
            let alone = run(1);
            assert!(alone == run(2) && alone == run(7), "{level} {operands:?}");
        }
    }
}

#[test]
fn a_row_is_the_same_alone_and_among_others() {
    let (m, n, k) = (29, 96, 300);
    let a = Stored::new(m, k, 0, false, 1);
    let b = Stored::new(k, n, 0, true, 2);
    for level in Level::available() {
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
    for level in Level::available() {
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
#[should_panic(expected = "needs 6 numbers, not 5")]
fn a_slice_too_short_for_its_shape_is_refused() {
    let _ = Matrix::new(&[0.0; 5], 2, 3);
}
