//! A sparse matrix in rows, and its products with dense vectors.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// A sparse matrix `[rows, width]`, row by row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sparse {
    /// The end of each row in the two lists below.
    ends: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
    width: usize,
}

impl Sparse {
    /// A matrix of the given rows; each is a list of (column, value).
    pub fn from_rows(rows: Vec<Vec<(u32, f32)>>, width: usize) -> Self {
        let mut matrix = Self { width, ..Self::default() };
        for row in rows {
            for (column, value) in row {
                matrix.columns.push(column);
                matrix.values.push(value);
            }
            matrix.ends.push(matrix.columns.len());
        }
        matrix
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.ends.len()
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The matrix with rows and columns exchanged.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut starts = vec![0_usize; self.width];
        for &column in &self.columns {
            starts[column as usize] += 1;
        }
        let mut next = 0;
        for start in &mut starts {
            let count = *start;
            *start = next;
            next += count;
        }
        let mut turned = Self {
            ends: Vec::new(),
            columns: vec![0; self.columns.len()],
            values: vec![0.0; self.values.len()],
            width: self.rows(),
        };
        for row in 0..self.rows() {
            for entry in self.range(row) {
                let place = &mut starts[self.columns[entry] as usize];
                turned.columns[*place] = row as u32;
                turned.values[*place] = self.values[entry];
                *place += 1;
            }
        }
        // Each start has moved to where its row ends.
        turned.ends = starts;
        turned
    }

    /// The product with a vector of `width` numbers. Each row is summed by one thread in one
    /// order, so the result does not depend on how many there are.
    ///
    /// # Panics
    /// If the vector is shorter than `width`.
    pub fn times(&self, vector: &[f64]) -> Vec<f64> {
        assert!(vector.len() >= self.width, "one number for each column");
        (0..self.rows())
            .into_par_iter()
            .with_min_len(256)
            .map(|row| {
                self.range(row)
                    .map(|entry| {
                        f64::from(self.values[entry]) * vector[self.columns[entry] as usize]
                    })
                    .sum()
            })
            .collect()
    }

    fn range(&self, row: usize) -> std::ops::Range<usize> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        start..self.ends[row]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_a_matrix_and_of_its_transpose_are_right() {
        // [[1, 0, 2], [0, 0, 0], [0, 3, 0]]
        let matrix = Sparse::from_rows(vec![vec![(0, 1.0), (2, 2.0)], vec![], vec![(1, 3.0)]], 3);
        assert_eq!(matrix.times(&[1.0, 10.0, 100.0]), [201.0, 0.0, 30.0]);
        assert_eq!(matrix.transposed().times(&[1.0, 10.0, 100.0]), [1.0, 300.0, 2.0]);
        assert_eq!(matrix.transposed().transposed(), matrix);
    }
}
