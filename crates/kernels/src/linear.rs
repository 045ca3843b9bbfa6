//! Linear layers with weights packed once, for inference.

use crate::Level;
use crate::buffer::Buffer;
use crate::encoded::Encoded;
use crate::precision::Precision;
use crate::product::{Matrix, pack_panels};
use crate::team::Team;
use crate::tile::{self, Block, Finish, Scale, Strip};
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
        let width = tile::panel_width(level, words);
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
                    let (step, sum) = quantise(level, row, factor, strip);
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
        let Self { level, words, outputs, .. } = *self;
        let depth = words.count(self.inputs);
        let width = tile::panel_width(level, words);
        assert_eq!(input.columns, self.inputs, "linear: input of another width");
        assert_eq!(input.held, Some(words), "linear: input of another encoding");
        assert_eq!(output.len(), input.rows * outputs, "linear: output of another size");
        let at_once = if words == Words::Bytes { depth } else { DEPTH };
        let to = Output(output.as_mut_ptr());
        let panels = outputs.div_ceil(width);
        let threads = team.threads();
        let grain = panels.div_ceil(8 * threads);
        team.share(panels, grain, &|range| {
            let to = &to;
            // Threads take ranges by turns, from the last to the first.
            let behind = range.start.checked_sub(threads * grain);
            for panel in range.clone() {
                let next = if panel + 1 < range.end { Some(panel + 1) } else { behind };
                for first in (0..depth).step_by(at_once.max(1)) {
                    let block = self.block(input, to, (panel, next), first, at_once);
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
        (panel, next): (usize, Option<usize>),
        first: usize,
        at_once: usize,
    ) -> Block {
        let width = tile::panel_width(self.level, self.words);
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
        let next = if first + length < depth {
            panels.wrapping_add(length * width)
        } else {
            let start = |next: usize| self.panels.as_slice()[next * width * depth..].as_ptr();
            next.map_or(std::ptr::null(), start)
        };
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

vectorised! {
    /// Quantises a row of weights, times `factor`, to bytes from -127 to 127 in `to`, with zeros
    /// behind. Returns the worth of a step, and the sum of the quantised weights: NaN if a weight is
    /// not a number.
    fn quantise<V>(row: &[f32], factor: f32, to: &mut [f32]) -> (f32, f32) {
        let mut largest = V::zero();
        for at in (0..row.len()).step_by(V::COUNT) {
            largest = largest.max(V::of(row, at).abs());
        }
        let largest = largest.largest() * factor.abs();
        let inverse = if largest > 0.0 { 127.0 * factor / largest } else { 0.0 };
        let mut total = 0_i32;
        let mut seen = V::zero();
        // Stored as bytes from 1 to 255 and then shifted to where zero is zero.
        let (scale, middle) = (V::splat(inverse), V::splat(128.0));
        let mut bytes = [128_u8; 16];
        let mut words = to.iter_mut();
        for at in (0..row.len()).step_by(16) {
            let count = 16.min(row.len() - at);
            for part in (0..count).step_by(V::COUNT) {
                // SAFETY: `COUNT` divides 16, so a whole vector of bytes has room from `part` on.
                unsafe {
                    let shifted = V::of(&row[..at + count], at + part).mul(scale).add(middle);
                    seen = seen.add(shifted);
                    shifted.store_bytes(bytes.as_mut_ptr().add(part));
                }
            }
            bytes[count..].fill(128);
            for (four, word) in bytes.as_chunks::<4>().0.iter().zip(&mut words) {
                total += four.iter().map(|&byte| i32::from(byte) - 128).sum::<i32>();
                *word = f32::from_bits(u32::from_le_bytes(*four) ^ 0x8080_8080);
            }
        }
        let step = if seen.sum().is_nan() { f32::NAN } else { largest / 127.0 };
        (step, step * total as f32)
    }
}
