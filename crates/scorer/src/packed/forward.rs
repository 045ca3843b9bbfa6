//! From token ids to logits.

use kernels::{Attention, Before, Encoded, Linear, Precision, Team, elementwise};

use super::Network;
use super::network::{Layer, finer};

/// Memory to compute in: grows to the largest batch seen, and then stays.
#[derive(Default)]
pub(crate) struct Workspace {
    starts: Vec<usize>,
    embedded: Vec<f32>,
    hidden: Vec<f32>,
    first: Vec<f32>,
    queries: Vec<f32>,
    keys_values: Vec<f32>,
    context: Vec<f32>,
    update: Vec<f32>,
    inner: Vec<f32>,
    /// The form of `hidden` that the next linear layer reads.
    encoded: Encoded,
    /// The form of what lies between two linear layers.
    between: Encoded,
}

/// `buffer` with room for `length` numbers, whatever they are.
fn room(buffer: &mut Vec<f32>, length: usize) -> &mut [f32] {
    if buffer.len() < length {
        buffer.resize(length, 0.0);
    }
    &mut buffer[..length]
}

impl Network {
    /// The logits of `sequences`, each of at least one token.
    pub(crate) fn logits(
        &self,
        team: &Team<'_>,
        sequences: &[&[u32]],
        workspace: &mut Workspace,
    ) -> Vec<f32> {
        if sequences.is_empty() {
            return Vec::new();
        }
        self.encode(team, sequences, workspace);
        self.classify(team, sequences.len(), workspace)
    }

    /// The state of the first token of each of `sequences` after the last layer.
    pub(crate) fn first_states(
        &self,
        team: &Team<'_>,
        sequences: &[&[u32]],
        workspace: &mut Workspace,
    ) -> Vec<Vec<f32>> {
        if sequences.is_empty() {
            return Vec::new();
        }
        self.encode(team, sequences, workspace);
        let states = workspace.hidden.chunks_exact(self.hidden).take(sequences.len());
        states.map(<[f32]>::to_vec).collect()
    }

    /// Runs all layers; `hidden` then is `[sequences, hidden_size]`, each sequence's first token.
    fn encode(&self, team: &Team<'_>, sequences: &[&[u32]], w: &mut Workspace) {
        w.starts.clear();
        w.starts.push(0);
        let mut tokens = 0;
        for sequence in sequences {
            tokens += sequence.len();
            w.starts.push(tokens);
        }
        self.embed(team, sequences, tokens, w);
        let mut rows = tokens;
        for (index, layer) in self.layers.iter().enumerate() {
            let is_last = index + 1 == self.layers.len();
            self.attend(team, layer, is_last, w);
            if is_last {
                rows = sequences.len();
            }
            self.feed_forward(team, layer, rows, w);
        }
        if self.layers.is_empty() {
            self.keep_first(w);
        }
    }

    /// Embeddings of all tokens, normalised and brought to the encoder's width, into `hidden`.
    fn embed(&self, team: &Team<'_>, sequences: &[&[u32]], tokens: usize, w: &mut Workspace) {
        let width = self.words.columns();
        let embedded = room(&mut w.embedded, tokens * width);
        let mut rows = embedded.chunks_exact_mut(width);
        for sequence in sequences {
            let positions = self.positions.chunks_exact(width);
            for ((&id, position), row) in sequence.iter().zip(positions).zip(&mut rows) {
                // A tokenizer with an id beyond the network's rows is caught on opening.
                let word = self.words.row(id as usize);
                for ((x, &word), &position) in row.iter_mut().zip(word.iter()).zip(position) {
                    *x = word + position;
                }
            }
        }
        let before = Before::Norm(self.embedding_norm.get());
        let (level, precision) = (self.level, self.precision);
        if let Some(projection) = &self.projection {
            w.between.encode(team, level, finer(precision), before, embedded, width);
            let hidden = room(&mut w.hidden, tokens * self.hidden);
            projection.run(team, &w.between, hidden);
            w.encoded.encode(team, level, precision, Before::Nothing, hidden, self.hidden);
        } else {
            w.encoded.encode(team, level, precision, before, embedded, width);
            std::mem::swap(&mut w.embedded, &mut w.hidden);
        }
    }

    /// `hidden += attention(hidden)`, normalised. In the last layer only each sequence's first
    /// token is still of interest: `hidden` then becomes `[sequences, hidden_size]`.
    fn attend(&self, team: &Team<'_>, layer: &Layer, is_last: bool, w: &mut Workspace) {
        let tokens = w.encoded.rows();
        let keys_values = room(&mut w.keys_values, tokens * 2 * self.hidden);
        let rows = if is_last {
            layer.key_value.run(team, &w.encoded, keys_values);
            self.keep_first(w);
            let first = &mut w.hidden[..(w.starts.len() - 1) * self.hidden];
            let before = Before::Nothing;
            w.encoded.encode(team, self.level, layer.precision, before, first, self.hidden);
            let rows = w.starts.len() - 1;
            layer.query.run(team, &w.encoded, room(&mut w.queries, rows * self.hidden));
            rows
        } else {
            let queries = room(&mut w.queries, tokens * self.hidden);
            let layers = [(&layer.key_value, keys_values), (&layer.query, queries)];
            Linear::run_beside(team, &w.encoded, layers);
            tokens
        };
        let context = room(&mut w.context, rows * self.hidden);
        let attention = Attention {
            heads: self.heads,
            queries: &w.queries[..rows * self.hidden],
            keys_values: &w.keys_values[..tokens * 2 * self.hidden],
            starts: &w.starts,
        };
        attention.run(team, self.level, self.precision, context);
        let before = Before::Nothing;
        w.between.encode(team, self.level, layer.precision, before, context, self.hidden);
        let hidden = &mut w.hidden[..rows * self.hidden];
        let update = room(&mut w.update, rows * self.hidden);
        layer.attention_output.run(team, &w.between, update);
        let before = Before::AddNorm { update, norm: layer.attention_norm.get() };
        w.encoded.encode(team, self.level, layer.precision, before, hidden, self.hidden);
    }

    /// `hidden += output(gelu(intermediate(hidden)))`, normalised.
    fn feed_forward(&self, team: &Team<'_>, layer: &Layer, rows: usize, w: &mut Workspace) {
        let width = layer.intermediate.outputs();
        let inner = room(&mut w.inner, rows * width);
        layer.intermediate.run(team, &w.encoded, inner);
        w.between.encode(team, self.level, layer.precision, Before::Gelu, inner, width);
        let hidden = &mut w.hidden[..rows * self.hidden];
        let update = room(&mut w.update, rows * self.hidden);
        layer.output.run(team, &w.between, update);
        let before = Before::AddNorm { update, norm: layer.output_norm.get() };
        w.encoded.encode(team, self.level, self.precision, before, hidden, self.hidden);
    }

    /// Each sequence's first row of `hidden`, to its start.
    fn keep_first(&self, w: &mut Workspace) {
        let first = room(&mut w.first, (w.starts.len() - 1) * self.hidden);
        for (to, &start) in first.chunks_exact_mut(self.hidden).zip(&w.starts) {
            to.copy_from_slice(&w.hidden[start * self.hidden..][..self.hidden]);
        }
        std::mem::swap(&mut w.hidden, &mut w.first);
    }

    /// `classifier(tanh(pooler(hidden)))` of `[sequences, hidden_size]`.
    fn classify(&self, team: &Team<'_>, sequences: usize, w: &mut Workspace) -> Vec<f32> {
        let size = sequences * self.hidden;
        let dense =
            |layer: &Linear, input: &mut [f32], encoded: &mut Encoded, output: &mut [f32]| {
                let before = Before::Nothing;
                encoded.encode(team, self.level, Precision::F32, before, input, self.hidden);
                layer.run(team, encoded, output);
            };
        let pooled = room(&mut w.update, size);
        dense(&self.pooler, &mut w.hidden[..size], &mut w.between, pooled);
        elementwise::tanh(self.level, pooled);
        let mut logits = vec![0.0; sequences];
        dense(&self.classifier, pooled, &mut w.between, &mut logits);
        logits
    }
}
