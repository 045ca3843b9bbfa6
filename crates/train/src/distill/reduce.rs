//! A teacher's embedding tables in the student's width.

use checkpoint::Weights;
use checkpoint::weights::HostTensor;

/// Jacobi's method has converged when what is left off the diagonal is this small beside it.
const TOLERANCE: f64 = 1e-9;

/// The three tables of ELECTRA's embeddings.
const TABLES: [&str; 3] = ["word_embeddings", "position_embeddings", "token_type_embeddings"];

/// The tables of `teacher` projected on the `width` directions in which its word embeddings vary
/// most (principal components), under the same names. Words and positions share the directions,
/// so that their sum is the projection of the teacher's sum. `None` if the teacher's are narrower.
pub fn reduce(teacher: &Weights, width: usize) -> Option<Weights> {
    let name = |table: &str| format!("electra.embeddings.{table}.weight");
    let words = teacher.get(&name("word_embeddings"))?;
    let from = words.shape[1];
    if from < width {
        return None;
    }
    let directions = principal_directions(&words.values, from, width);
    let tables = TABLES.into_iter().map(|table| {
        let tensor = teacher.get(&name(table))?;
        let values = tensor.values.chunks_exact(from).flat_map(|row| {
            directions
                .chunks_exact(from)
                .map(move |direction| row.iter().zip(direction).map(|(x, d)| x * d).sum::<f32>())
        });
        let values: Vec<f32> = values.collect();
        Some((name(table), HostTensor { shape: vec![tensor.shape[0], width], values }))
    });
    tables.collect()
}

/// The first `count` principal directions of rows of `width` numbers, `[count, width]`.
fn principal_directions(rows: &[f32], width: usize, count: usize) -> Vec<f32> {
    let length = (rows.len() / width) as f64;
    let mut mean = vec![0.0_f64; width];
    for row in rows.chunks_exact(width) {
        mean.iter_mut().zip(row).for_each(|(mean, &x)| *mean += f64::from(x) / length);
    }
    let mut covariance = vec![0.0_f64; width * width];
    let mut centred = vec![0.0_f64; width];
    for row in rows.chunks_exact(width) {
        for ((centred, &x), mean) in centred.iter_mut().zip(row).zip(&mean) {
            *centred = f64::from(x) - mean;
        }
        for (line, &a) in covariance.chunks_exact_mut(width).zip(&centred) {
            line.iter_mut().zip(&centred).for_each(|(sum, b)| *sum += a * b / length);
        }
    }
    leading_eigenvectors(covariance, width, count).1
}

/// The `count` largest eigenvalues of a symmetric matrix of `width` rows and their eigenvectors,
/// `[count, width]`.
pub(super) fn leading_eigenvectors(
    matrix: Vec<f64>,
    width: usize,
    count: usize,
) -> (Vec<f64>, Vec<f32>) {
    let (values, vectors) = eigen(matrix, width);
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    order.truncate(count);
    let column = |of: usize| (0..width).map(move |row| row * width + of);
    let leading =
        order.iter().flat_map(|&of| column(of).map(|at| vectors[at] as f32).collect::<Vec<_>>());
    (order.iter().map(|&of| values[of]).collect(), leading.collect())
}

/// Eigenvalues and, in columns, eigenvectors of a symmetric matrix, by Jacobi's cyclic rotations
/// (Golub and Van Loan, "Matrix Computations", 8.5).
fn eigen(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut v = vec![0.0; n * n];
    v.iter_mut().step_by(n + 1).for_each(|diagonal| *diagonal = 1.0);
    loop {
        let square = |x: &f64| x * x;
        let all: f64 = a.iter().map(square).sum();
        let diagonal: f64 = a.iter().step_by(n + 1).map(square).sum();
        if all - diagonal <= TOLERANCE * TOLERANCE * all.max(f64::MIN_POSITIVE) || n < 2 {
            break;
        }
        for p in 0..n - 1 {
            for q in p + 1..n {
                let off = a[p * n + q];
                if off == 0.0 {
                    continue;
                }
                let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
                let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                rotate_rows(&mut a, n, p, q, c, s);
                for row in a.chunks_exact_mut(n).chain(v.chunks_exact_mut(n)) {
                    let (x, y) = (row[p], row[q]);
                    row[p] = c * x - s * y;
                    row[q] = s * x + c * y;
                }
            }
        }
    }
    (a.iter().step_by(n + 1).copied().collect(), v)
}

/// Rows `p` < `q` of an `n`-wide matrix, turned by the angle of cosine `c` and sine `s`.
fn rotate_rows(a: &mut [f64], n: usize, p: usize, q: usize, c: f64, s: f64) {
    let (upper, lower) = a.split_at_mut(q * n);
    for (x, y) in upper[p * n..(p + 1) * n].iter_mut().zip(&mut lower[..n]) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvectors_reproduce_the_matrix() {
        let n = 7;
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                a[i * n + j] = ((i * j) as f64).sin() + ((i + j) as f64).cos();
            }
        }
        let (values, vectors) = eigen(a.clone(), n);
        for i in 0..n {
            for j in 0..n {
                let sum: f64 =
                    (0..n).map(|k| vectors[i * n + k] * values[k] * vectors[j * n + k]).sum();
                assert!((sum - a[i * n + j]).abs() < 1e-9, "{sum} {}", a[i * n + j]);
            }
        }
    }

    #[test]
    fn rows_that_lie_in_a_plane_keep_their_distances_in_two_dimensions() {
        let points: Vec<[f32; 2]> =
            (0..40).map(|i| [(i as f32).sin(), (i as f32 * 0.7).cos()]).collect();
        let rows: Vec<f32> =
            points.iter().flat_map(|[x, y]| [x + y, x - y, 2.0 * x, 0.0, 0.5 * y]).collect();
        let table = |rows: usize, values: Vec<f32>| HostTensor { shape: vec![rows, 5], values };
        let teacher = Weights::from_iter([
            ("electra.embeddings.word_embeddings.weight".to_owned(), table(40, rows.clone())),
            ("electra.embeddings.position_embeddings.weight".to_owned(), table(1, vec![0.0; 5])),
            ("electra.embeddings.token_type_embeddings.weight".to_owned(), table(1, vec![0.0; 5])),
        ]);
        let reduced = reduce(&teacher, 2).unwrap_or_default();
        let words = reduced.get("electra.embeddings.word_embeddings.weight");
        let words = words.map(|tensor| tensor.values.clone()).unwrap_or_default();
        let distance = |rows: &[f32], width: usize, a: usize, b: usize| {
            let pairs =
                rows[a * width..(a + 1) * width].iter().zip(&rows[b * width..(b + 1) * width]);
            pairs.map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
        };
        for (a, b) in [(0, 1), (3, 30), (12, 39)] {
            assert!((distance(&rows, 5, a, b) - distance(&words, 2, a, b)).abs() < 1e-4);
        }
        assert!(reduce(&teacher, 6).is_none());
    }
}
