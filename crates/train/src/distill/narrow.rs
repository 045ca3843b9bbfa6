//! The teacher itself, with narrower embedding tables: a student that knows nearly all of it before
//! the first step.
//!
//! Most of a small BERT's parameters are its word embeddings. Their rows are written in the
//! directions in which embeddings of the corpus vary most, weighted by how often a piece occurs,
//! and ELECTRA's projection leads back to the encoder's width.
//!
//! BERT normalises a sum of embeddings *x* at the encoder's width `h`, ELECTRA at the table's width
//! `n`, before the projection. Both agree for an *x* that lies in `n - 1` directions `V` if the
//! tables hold `x V Q`: `Q` `[n - 1, n]` has orthonormal rows that each sum to 0, so that the
//! narrow row's mean is 0 and its length is that of `x V`; the projection is then
//! `diag(γ) V Q √(h / n)`, its bias β.

use checkpoint::base::Base;
use checkpoint::weights::HostTensor;

use super::reduce::leading_eigenvectors;

const EMBEDDINGS: &str = "electra.embeddings";

/// `teacher` with tables of `width` columns, or `None` if it is not wider than that.
///
/// `counts[piece]` is how often a word piece occurs in the text to be learned from.
pub fn narrow(teacher: &Base, width: usize, counts: &[usize]) -> Option<Base> {
    let hidden = teacher.config.hidden_size;
    if teacher.config.has_projection() || width >= hidden || width < 2 {
        return None;
    }
    let get = |name: &str| teacher.weights.get(&format!("{EMBEDDINGS}.{name}.weight"));
    let centred = |name: &str| Some(without_row_means(&get(name)?.values, hidden));
    let words = centred("word_embeddings")?;
    let positions = centred("position_embeddings")?;
    let segments = centred("token_type_embeddings")?;

    // The part of every sum besides its word: segment 0 and a position, of which tweets use the
    // first.
    let used = &positions[..hidden * (positions.len() / hidden).min(32)];
    let mut common = segments[..hidden].to_vec();
    for row in used.chunks_exact(hidden) {
        let share = hidden as f32 / used.len() as f32;
        common.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * share);
    }
    let (moment, total) = second_moment(&words, &common, counts);
    let (values, directions) = leading_eigenvectors(moment, hidden, width - 1);
    let kept = (values.iter().sum::<f64>() / total).sqrt() as f32;

    let to_narrow = times_helmert(&directions, hidden, width);
    let table = |rows: &[f32]| -> Vec<f32> {
        let rows = rows.chunks_exact(hidden);
        rows.flat_map(|row| {
            let mut narrow = vec![0.0_f32; width];
            for (x, column) in row.iter().zip(to_narrow.chunks_exact(width)) {
                narrow.iter_mut().zip(column).for_each(|(sum, v)| *sum += x * v);
            }
            narrow
        })
        .collect()
    };
    let gamma = &teacher.weights.get(&format!("{EMBEDDINGS}.LayerNorm.weight"))?.values;
    let beta = teacher.weights.get(&format!("{EMBEDDINGS}.LayerNorm.bias"))?.clone();
    // The divisor lacks the length of the other directions, which are left out.
    let scale = kept * (hidden as f32 / width as f32).sqrt();
    let projection = gamma.iter().zip(to_narrow.chunks_exact(width));
    let projection = projection.flat_map(|(gamma, row)| row.iter().map(move |v| gamma * v * scale));
    let projection: Vec<f32> = projection.collect();

    let mut base = teacher.clone();
    base.config.embedding_size = width;
    let tensor = |values: Vec<f32>, columns: usize| HostTensor {
        shape: vec![values.len() / columns, columns],
        values,
    };
    let row = |value: f32| HostTensor { shape: vec![width], values: vec![value; width] };
    base.weights.extend([
        (format!("{EMBEDDINGS}.word_embeddings.weight"), tensor(table(&words), width)),
        (format!("{EMBEDDINGS}.position_embeddings.weight"), tensor(table(&positions), width)),
        (format!("{EMBEDDINGS}.token_type_embeddings.weight"), tensor(table(&segments), width)),
        (format!("{EMBEDDINGS}.LayerNorm.weight"), row(1.0)),
        (format!("{EMBEDDINGS}.LayerNorm.bias"), row(0.0)),
        ("electra.embeddings_project.weight".to_owned(), tensor(projection, width)),
        ("electra.embeddings_project.bias".to_owned(), beta),
    ]);
    Some(base)
}

/// Rows of `width` numbers, each less its mean: layer normalisation does not see it.
fn without_row_means(rows: &[f32], width: usize) -> Vec<f32> {
    rows.chunks_exact(width)
        .flat_map(|row| {
            let mean = row.iter().sum::<f32>() / width as f32;
            row.iter().map(move |x| x - mean)
        })
        .collect()
}

/// The mean of *x xᵀ* over sums of a word and what is common to all, and its trace. A piece weighs
/// the square root of its count: rare ones are many, and must not be lost.
fn second_moment(words: &[f32], common: &[f32], counts: &[usize]) -> (Vec<f64>, f64) {
    let width = common.len();
    let mut moment = vec![0.0_f64; width * width];
    for (piece, word) in words.chunks_exact(width).enumerate() {
        let weight = (1.0 + counts.get(piece).copied().unwrap_or(0) as f64).sqrt();
        let sum: Vec<f64> = word.iter().zip(common).map(|(a, b)| f64::from(a + b)).collect();
        for (line, a) in moment.chunks_exact_mut(width).zip(&sum) {
            let a = a * weight;
            line.iter_mut().zip(&sum).for_each(|(cell, b)| *cell += a * b);
        }
    }
    let trace = moment.iter().step_by(width + 1).sum();
    (moment, trace)
}

/// `V Q`, `[hidden, width]`: `directions` is `V` by rows, `[width - 1, hidden]`, and `Q` Helmert's
/// matrix, whose row `k` is `(1, …, 1, -k, 0, …) / √(k (k + 1))` with `k` ones.
fn times_helmert(directions: &[f32], hidden: usize, width: usize) -> Vec<f32> {
    let mut product = vec![0.0_f32; hidden * width];
    for (k, direction) in (1_usize..).zip(directions.chunks_exact(hidden)) {
        let one = 1.0 / ((k * (k + 1)) as f32).sqrt();
        for (row, v) in product.chunks_exact_mut(width).zip(direction) {
            row[..k].iter_mut().for_each(|cell| *cell += v * one);
            row[k] -= v * one * k as f32;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use checkpoint::Weights;
    use checkpoint::{ElectraConfig, Preset};
    use kernels::Operands;
    use model::DeviceKind;
    use model::electra::{ElectraClassifier, Pass, TokenBatch};
    use text::TweetTokenizer;

    use super::*;

    /// A BERT-shaped base whose embeddings lie in few directions.
    fn teacher(directions: usize) -> Base {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let tokenizer = TweetTokenizer::open(&root.join("data/vocabulary")).unwrap();
        let config = ElectraConfig {
            embedding_size: 32,
            hidden_size: 32,
            num_hidden_layers: 2,
            num_attention_heads: 2,
            intermediate_size: 64,
            ..ElectraConfig::preset(Preset::Small)
        };
        let mut weights = Weights::random(&config, 3);
        let wave = |row: usize, column: usize| ((row * 7 + column * 3) as f32 * 0.37).sin();
        for name in ["word", "position", "token_type"] {
            let name = format!("electra.embeddings.{name}_embeddings.weight");
            let rows = weights.get(&name).unwrap().shape[0];
            let value = |row: usize, column: usize| -> f32 {
                let term = |d: usize| ((row + 1) * (d + 2)) as f32 * 0.61;
                (0..directions).map(|d| term(d).cos() * wave(d * 11, column + d)).sum()
            };
            let values = (0..rows * 32).map(|at| value(at / 32, at % 32)).collect();
            weights.extend([(name, HostTensor { shape: vec![rows, 32], values })]);
        }
        for (name, value) in [("weight", 1.3), ("bias", 0.2)] {
            let values = (0..32).map(|column| value + 0.1 * wave(5, column)).collect();
            let name = format!("electra.embeddings.LayerNorm.{name}");
            weights.extend([(name, HostTensor { shape: vec![32], values })]);
        }
        Base { config, weights, tokenizer, unused: Vec::new(), trained_head: false }
    }

    fn states(base: &Base) -> Vec<f32> {
        let device = model::device::open(DeviceKind::Cpu).unwrap();
        let model = ElectraClassifier::new(&base.config, &base.weights, &device).unwrap();
        let batch = TokenBatch::new([&[101_u32, 2023, 2003, 102][..], &[101, 7592, 102][..]]);
        let pass = Pass { dropout_key: None, operands: Operands::F32 };
        let states = model.electra.layer_states(&batch, pass);
        states.last().unwrap().clone().into_data().iter::<f32>().collect()
    }

    #[test]
    fn tables_that_lie_in_few_directions_lose_nothing() {
        let teacher = teacher(6);
        let narrowed = narrow(&teacher, 12, &vec![1; 30_522]).unwrap();
        assert_eq!(narrowed.config.embedding_size, 12);
        for (a, b) in states(&teacher).iter().zip(states(&narrowed)) {
            assert!((a - b).abs() < 1e-3, "{a} {b}");
        }
    }

    #[test]
    fn tables_as_narrow_already_are_refused() {
        assert!(narrow(&teacher(2), 32, &[]).is_none());
    }
}
