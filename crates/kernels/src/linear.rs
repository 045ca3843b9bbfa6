//! Linear layers with weights packed once, for inference.

use crate::Level;
use crate::buffer::Buffer;
use crate::encoded::Encoded;
use crate::precision::Precision;
use crate::product::{Matrix, pack_panels};
use crate::team::Team;
use crate::tile::{self, Block, Finish, Scale, Strip};
use crate::weights::{Reach, quantise};
use crate::words::Words;

/// A layer's weights as a model file has them.
#[derive(Debug, Clone, Copy)]
pub struct Dense<'a> {
    /// `[outputs, inputs]`, the layout of `PyTorch`.
    pub weight: &'a [f32],
    /// `[outputs]`.
    pub bias: &'a [f32],
}

/// `y = x · wᵀ + b` with `w` packed for one level and precision.
pub struct Linear {
    level: Level,
    words: Words,
    inputs: usize,
    outputs: usize,
    panels: Buffer,
    bias: Vec<f32>,
    /// For bytes: what one step of each output's weights is worth.
    steps: Vec<f32>,
    /// For bytes: the sum of each output's weights.
    sums: Vec<f32>,
}

/// Words of the inner dimension that pass through a tile at a time, so that the tile's part of
/// the input stays in the first-level cache. Bytes need no such limit, and their sums no rounding
/// between parts.
const DEPTH: usize = 256;

impl Linear {
    /// Packs layers that share an input of `inputs` numbers; their outputs follow each other.
    /// `factor` multiplies weights and biases.
    ///
    /// # Panics
    /// If there are no inputs, or a weight's size is not its bias's size times `inputs`.
    pub fn pack(
        level: Level,
        precision: Precision,
        inputs: usize,
        layers: &[Dense<'_>],
        factor: f32,
    ) -> Self {
        assert!(inputs > 0, "linear: a layer without inputs");
        let words = precision.words(level);
        let depth = words.count(inputs);
        let width = tile::panel_width(level);
        let mut rows = Vec::new();
        let mut bias = Vec::new();
        for layer in layers {
            let size = layer.bias.len() * inputs;
            assert_eq!(layer.weight.len(), size, "linear: weight and bias do not fit together");
            rows.extend(layer.weight.chunks_exact(inputs));
            bias.extend(layer.bias.iter().map(|b| b * factor));
        }
        let mut layer = Self {
            level,
            words,
            inputs,
            outputs: rows.len(),
            panels: Buffer::default(),
            bias,
            steps: Vec::new(),
            sums: Vec::new(),
        };
        let panels = layer.panels.words(rows.len().next_multiple_of(width) * depth);
        // The rows of one panel, as numbers or, for bytes, as words.
        let columns = if words == Words::Bytes { depth } else { inputs };
        let mut strip = vec![0.0; width * columns];
        for (rows, panel) in rows.chunks(width).zip(panels.chunks_exact_mut(width * depth)) {
            for (row, strip) in rows.iter().zip(strip.chunks_exact_mut(columns)) {
                if words == Words::Bytes {
                    let (step, sum) = quantise(level, Reach::of(level), row, factor, strip);
                    layer.steps.push(step);
                    layer.sums.push(sum);
                } else {
                    for (to, x) in strip.iter_mut().zip(*row) {
                        *to = x * factor;
                    }
                }
            }
            let strip = Matrix::new(&strip, rows.len(), columns);
            pack_panels(level, words, strip, 0, rows.len(), 0, depth, width, panel);
        }
        layer
    }

    /// Numbers in a row of output.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Computes `output` `[input.rows(), outputs]`. A row of output depends on nothing but its
    /// row of input.
    ///
    /// # Panics
    /// If `input` has another number of columns, or was encoded in other words,
    /// or `output` has another size.
    pub fn run(&self, team: &Team<'_>, input: &Encoded, output: &mut [f32]) {
        Self::run_beside(team, input, [(self, output)]);
    }

    /// As [`Linear::run`], of several layers in one step: a team meets once, not once for each.
    ///
    /// # Panics
    /// As [`Linear::run`], or if the layers are packed for different levels.
    pub fn run_beside<const N: usize>(
        team: &Team<'_>,
        input: &Encoded,
        layers: [(&Self, &mut [f32]); N],
    ) {
        let Some(&(&Self { level, words, inputs, .. }, _)) = layers.first() else { return };
        let depth = words.count(inputs);
        let width = tile::panel_width(level);
        let parts = layers.map(|(layer, output)| {
            assert_eq!(layer.level, level, "linear: layers of different levels");
            assert_eq!(input.columns, layer.inputs, "linear: input of another width");
            assert_eq!(input.held, Some((level, layer.words)), "linear: input of another encoding");
            let size = input.rows * layer.outputs;
            assert_eq!(output.len(), size, "linear: output of another size");
            (layer, Output(output.as_mut_ptr()))
        });
        // Panels are numbered through all layers.
        let find = |mut panel: usize| {
            for part in &parts {
                let panels = part.0.outputs.div_ceil(width);
                if panel < panels {
                    return (part, panel);
                }
                panel -= panels;
            }
            unreachable!("a panel of no layer")
        };
        let at_once = if words == Words::Bytes { depth } else { DEPTH };
        let panels = parts.iter().map(|(layer, _)| layer.outputs.div_ceil(width)).sum();
        let threads = team.threads();
        let grain = usize::div_ceil(panels, 8 * threads);
        team.share(panels, grain, &|range| {
            // Threads take ranges by turns, from the last to the first.
            let behind = range.start.checked_sub(threads * grain);
            for panel in range.clone() {
                let next = if panel + 1 < range.end { Some(panel + 1) } else { behind };
                let next = next.map_or(std::ptr::null(), |next| {
                    let ((layer, _), panel) = find(next);
                    layer.panels.as_slice()[panel * width * depth..].as_ptr()
                });
                let ((layer, to), panel) = find(panel);
                for first in (0..depth).step_by(at_once.max(1)) {
                    let block = layer.block(input, to, (panel, next), first, at_once);
                    // SAFETY: `input` holds `rows` rows of `depth` words, the panel its columns;
                    // its columns of the output are this call's only.
                    unsafe { tile::run(level, words, &block) }
                }
            }
        });
    }

    /// The rows of `input` times one panel, from word `first` on; the panel that this thread is
    /// likely to take next is brought nearer meanwhile.
    fn block(
        &self,
        input: &Encoded,
        to: &Output,
        (panel, next): (usize, *const f32),
        first: usize,
        at_once: usize,
    ) -> Block {
        let width = tile::panel_width(self.level);
        let depth = self.words.count(self.inputs);
        let column = panel * width;
        let finish = if self.words == Words::Bytes {
            Finish::Scale(Scale {
                ranges: input.ranges.as_ptr(),
                steps: self.steps[column..].as_ptr(),
                sums: self.sums[column..].as_ptr(),
                bias: self.bias[column..].as_ptr(),
            })
        } else if first == 0 {
            Finish::Bias(self.bias[column..].as_ptr())
        } else {
            Finish::Accumulate
        };
        let panels = self.panels.as_slice()[column * depth + first * width..].as_ptr();
        let length = at_once.min(depth - first);
        let next = if first + length < depth { panels.wrapping_add(length * width) } else { next };
        Block {
            strip: Strip {
                start: input.words.as_slice()[first..].as_ptr(),
                row: input.stride,
                step: 1,
                group: tile::rows(self.level, self.words) * input.stride,
            },
            rows: input.rows,
            panels,
            panel_stride: 0,
            next,
            columns: width.min(self.outputs - column),
            depth: length,
            c: to.0.wrapping_add(column),
            c_stride: self.outputs,
            finish,
        }
    }
}

struct Output(*mut f32);

// SAFETY: the threads of a team write columns of their own.
unsafe impl Send for Output {}
// SAFETY: as above.
unsafe impl Sync for Output {}
