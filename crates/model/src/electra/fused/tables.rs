//! The embeddings on slices.
//!
//! ```text
//! s = word[id] + position[place] + segment[0]
//! e = dropout(LayerNorm(s))                          embedded
//! y = e W + b                                        where there is a projection
//! ```

use kernels::layer_norm::{LayerNorm, Normalised, layer_norm, layer_norm_backward};
use kernels::{Dropout, Level, Matrix, Memory, Operands, Team, elementwise, products};

/// Tokens that a thread takes at a time.
const TOKENS: usize = 64;
/// Rows of a table whose gradient a thread makes at a time.
const ROWS: usize = 1024;

/// Number of tensors of the embeddings: the fields of [`Parameters`].
pub(super) const TENSORS: usize = 7;

/// The rows of the tables that the tokens of a batch take, and the settings of the steps that
/// follow.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Rows of the word table, `[tokens]`.
    pub input_ids: Vec<u32>,
    /// Rows of the position table, `[tokens]`.
    pub positions: Vec<u32>,
    /// Of the layer norm.
    pub epsilon: f32,
    /// Dropout, while training.
    pub dropout: Option<Dropout>,
}

impl Lookup {
    /// Drops out numbers of the normalised embeddings, of which `values` begin at `first`.
    pub(super) fn drop_out(&self, level: Level, values: &mut [f32], first: usize) {
        if let Some(mask) = self.dropout {
            mask.apply(level, values, first);
        }
    }
}

/// The parameters by name: tables `[rows, width]`, and the projection `[width, outputs]`, which is
/// empty where there is none.
#[derive(Clone, Copy)]
pub(super) struct Parameters<'a> {
    pub(super) word: &'a [f32],
    pub(super) position: &'a [f32],
    pub(super) segment: &'a [f32],
    pub(super) gamma: &'a [f32],
    pub(super) beta: &'a [f32],
    pub(super) weight: &'a [f32],
    pub(super) bias: &'a [f32],
}

impl Parameters<'_> {
    /// Numbers in a row of the output.
    pub(super) fn outputs(&self) -> usize {
        if self.bias.is_empty() { self.gamma.len() } else { self.bias.len() }
    }
}

/// The values of the forward pass that the backward pass needs.
#[derive(Debug)]
pub(super) struct Saved {
    /// The norm's input, `[tokens, width]`.
    sum: Memory,
    /// Of its rows.
    mean: Vec<f32>,
    inverse_deviation: Vec<f32>,
    /// The projection's input, `[tokens, width]`.
    embedded: Option<Memory>,
}

/// The embeddings of all tokens, `[tokens, outputs]`, or `[tokens, width]` without a projection.
pub(super) fn forward(
    team: &Team<'_>,
    parameters: &Parameters<'_>,
    lookup: &Lookup,
) -> (Vec<f32>, Saved) {
    let level = Level::best();
    let Parameters { gamma, beta, .. } = *parameters;
    let (width, tokens) = (gamma.len(), lookup.input_ids.len());
    let (mut sum, mut embedded) = (Memory::new(tokens * width), Memory::new(tokens * width));
    let (mut mean, mut inverse_deviation) = (vec![0.0; tokens], vec![0.0; tokens]);

    let ids = lookup.input_ids.chunks(TOKENS).zip(lookup.positions.chunks(TOKENS));
    let rows = sum.chunks_mut(TOKENS * width).zip(embedded.chunks_mut(TOKENS * width));
    let moments = mean.chunks_mut(TOKENS).zip(inverse_deviation.chunks_mut(TOKENS));
    let work = ids.zip(rows).zip(moments).enumerate().collect();
    team.each(work, |(chunk, (((ids, positions), (sum, embedded)), (mean, inverse)))| {
        for ((&id, &position), sum) in ids.iter().zip(positions).zip(sum.chunks_exact_mut(width)) {
            sum.copy_from_slice(row_of(parameters.word, id, width));
            elementwise::add(level, sum, row_of(parameters.position, position, width));
            elementwise::add(level, sum, row_of(parameters.segment, 0, width));
        }
        let norm = LayerNorm { gamma, beta, epsilon: lookup.epsilon };
        layer_norm(level, norm, sum, embedded, mean, inverse);
        lookup.drop_out(level, embedded, chunk * TOKENS * width);
    });

    let saved = |embedded| Saved { sum, mean, inverse_deviation, embedded };
    if parameters.bias.is_empty() {
        return (embedded.into_vec(), saved(None));
    }
    let outputs = parameters.outputs();
    let weight = Matrix::new(parameters.weight, width, outputs);
    let [mut output] =
        products(team, level, Operands::F32, [(Matrix::new(&embedded, tokens, width), weight)]);
    elementwise::add_bias(level, &mut output, parameters.bias);
    (output, saved(Some(embedded)))
}

/// The gradients of all tensors in the order of [`Parameters`], given that of the output.
pub(super) fn backward(
    team: &Team<'_>,
    parameters: &Parameters<'_>,
    lookup: &Lookup,
    saved: &Saved,
    upstream: &[f32],
) -> [Vec<f32>; TENSORS] {
    let level = Level::best();
    let (width, tokens) = (parameters.gamma.len(), lookup.input_ids.len());
    let outputs = parameters.outputs();
    let mut bias = vec![0.0; parameters.bias.len()];
    elementwise::sum_rows(level, upstream, &mut bias);
    let (mut of_embedded, weight) = if let Some(embedded) = &saved.embedded {
        let weight = Matrix::new(parameters.weight, width, outputs).transposed();
        let embedded = Matrix::new(embedded, tokens, width).transposed();
        let upstream = Matrix::new(upstream, tokens, outputs);
        let pairs = [(upstream, weight), (embedded, upstream)];
        products(team, level, Operands::F32, pairs).into()
    } else {
        let mut of_embedded = Memory::new(upstream.len());
        of_embedded.copy_from_slice(upstream);
        (of_embedded.into_vec(), Vec::new())
    };

    let mut of_sum = Memory::new(tokens * width);
    let moments = saved.mean.chunks(TOKENS).zip(saved.inverse_deviation.chunks(TOKENS));
    let forward = saved.sum.chunks(TOKENS * width).zip(moments);
    let gradients = of_embedded.chunks_mut(TOKENS * width).zip(of_sum.chunks_mut(TOKENS * width));
    let work = forward.zip(gradients).enumerate().collect();
    let sums = team.each(work, |(chunk, ((input, (mean, inverse_deviation)), (upstream, to)))| {
        lookup.drop_out(level, upstream, chunk * TOKENS * width);
        let (mut gamma, mut beta) = (vec![0.0; width], vec![0.0; width]);
        let forward = Normalised { input, mean, inverse_deviation };
        let learnt = parameters.gamma;
        layer_norm_backward(level, learnt, forward, upstream, to, &mut gamma, &mut beta);
        (gamma, beta)
    });
    Memory::give_back(of_embedded);
    // In the order of the tokens, which no thread count changes.
    let (mut gamma, mut beta) = (vec![0.0; width], vec![0.0; width]);
    for (of_gamma, of_beta) in sums {
        elementwise::add(level, &mut gamma, &of_gamma);
        elementwise::add(level, &mut beta, &of_beta);
    }

    let segments = vec![0; tokens];
    let tables = [
        (parameters.word, &lookup.input_ids),
        (parameters.position, &lookup.positions),
        (parameters.segment, &segments),
    ];
    let [word, position, segment] = scatter(team, level, width, &of_sum, tables);
    [word, position, segment, gamma, beta, weight, bias]
}

/// The gradients of tables, given those of all tokens' sums, `[tokens, width]`, and which row of
/// each table each token has taken. A row's tokens are added in their order.
///
/// A gradient is dense, and all of its memory is set to zero and not only what the step before has
/// touched: where a table has other uses, Burn adds their gradients to it. One thread sets a part
/// to zero and adds to it while it is in the cache.
fn scatter(
    team: &Team<'_>,
    level: Level,
    width: usize,
    of_sum: &[f32],
    tables: [(&[f32], &Vec<u32>); 3],
) -> [Vec<f32>; 3] {
    let mut gradients = tables.map(|(table, _)| Memory::new(table.len()));
    let mut work = Vec::new();
    for (gradient, (_, taken)) in gradients.iter_mut().zip(tables) {
        let parts = gradient.chunks_mut(ROWS * width).enumerate();
        work.extend(parts.map(|(part, gradient)| (part * ROWS, gradient, taken)));
    }
    team.each(work, |(first, gradient, taken)| {
        gradient.fill(0.0);
        let rows = gradient.len() / width;
        for (&row, of_sum) in taken.iter().zip(of_sum.chunks_exact(width)) {
            let row = (row as usize).wrapping_sub(first);
            if row < rows {
                elementwise::add(level, &mut gradient[row * width..][..width], of_sum);
            }
        }
    });
    gradients.map(Memory::into_vec)
}

fn row_of(table: &[f32], row: u32, width: usize) -> &[f32] {
    &table[row as usize * width..][..width]
}
