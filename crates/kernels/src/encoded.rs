//! Rows of numbers in the form that a packed linear layer multiplies.

use crate::buffer::Buffer;
use crate::lanes::Lanes;
use crate::layer_norm::{LayerNorm, moments, normalise};
use crate::precision::Precision;
use crate::team::Team;
use crate::tile::Range;
use crate::weights::Reach;
use crate::words::{Words, pair, rounded};
use crate::{Level, maths};

/// The left side of a linear layer: rows rounded as its [`Precision`] has it.
///
/// For [`Precision::Int8`] each row has a range of its own, `low + step · byte` with bytes from 0
/// to 255 (227 where [`Level::adds_in_16_bits`]), so that no row's rounding depends on another.
#[derive(Default)]
pub struct Encoded {
    pub(crate) words: Buffer,
    pub(crate) ranges: Vec<Range>,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Words from one row to the next.
    pub(crate) stride: usize,
    /// The level that the rows were encoded for, and the content of their words; `None` before the
    /// first.
    pub(crate) held: Option<(Level, Words)>,
}

/// A change to a row before it is encoded.
#[derive(Debug, Clone, Copy)]
pub enum Before<'a> {
    /// Nothing.
    Nothing,
    /// GELU of each number: exact for [`Precision::F32`], else to 1e-4 (from 30 on to 4 parts in a
    /// million), well below what the encoding rounds away.
    Gelu,
    /// The row of `update` is added, then the sum normalised.
    AddNorm {
        /// As many numbers as there are values.
        update: &'a [f32],
        /// The learnt part.
        norm: LayerNorm<'a>,
    },
    /// The row is normalised.
    Norm(LayerNorm<'a>),
}

#[derive(Clone, Copy)]
struct Rows {
    values: *mut f32,
    words: *mut f32,
    ranges: *mut Range,
    columns: usize,
    stride: usize,
}

// SAFETY: the threads of a team work on rows of their own.
unsafe impl Send for Rows {}
// SAFETY: as above.
unsafe impl Sync for Rows {}

impl Encoded {
    /// Applies `before` to each row of `values` `[rows, columns]`, in place, and encodes the
    /// result; what was encoded here before is lost.
    ///
    /// # Panics
    /// If the sizes do not fit each other.
    pub fn encode(
        &mut self,
        team: &Team<'_>,
        level: Level,
        precision: Precision,
        before: Before<'_>,
        values: &mut [f32],
        columns: usize,
    ) {
        assert!(columns > 0 && values.len().is_multiple_of(columns), "encode: not whole rows");
        match before {
            Before::AddNorm { update, norm } => {
                assert_eq!(update.len(), values.len(), "encode: update and values differ");
                norm.check(columns);
            }
            Before::Norm(norm) => norm.check(columns),
            Before::Nothing | Before::Gelu => {}
        }
        let words = precision.words(level);
        self.rows = values.len() / columns;
        self.columns = columns;
        self.held = Some((level, words));
        let highest = f32::from(Reach::of(level).inputs);
        // One line more than needed, lest rows start a multiple of 4 KB apart and compete for
        // the same places of the first-level cache. Bytes are stored by whole vectors.
        self.stride = words.count(columns).next_multiple_of(16) + 16;
        if self.ranges.len() < self.rows {
            self.ranges.resize(self.rows, Range::default());
        }
        let rows = Rows {
            values: values.as_mut_ptr(),
            words: self.words.words(self.rows * self.stride).as_mut_ptr(),
            ranges: self.ranges.as_mut_ptr(),
            columns,
            stride: self.stride,
        };
        let grain = self.rows.div_ceil(8 * team.threads());
        team.share(self.rows, grain, &|range| {
            let rows = &rows;
            for row in range {
                // SAFETY: this row is visited once, and its values, words and range exist.
                unsafe {
                    let numbers = row * rows.columns..(row + 1) * rows.columns;
                    let values = std::slice::from_raw_parts_mut(
                        rows.values.add(numbers.start),
                        rows.columns,
                    );
                    let to = std::slice::from_raw_parts_mut(
                        rows.words.add(row * rows.stride),
                        rows.stride,
                    );
                    let before = match before {
                        Before::AddNorm { update, norm } => {
                            Before::AddNorm { update: &update[numbers], norm }
                        }
                        other => other,
                    };
                    *rows.ranges.add(row) = encode_row(level, words, highest, before, values, to);
                }
            }
        });
    }

    /// Rows encoded.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

vectorised! {
    fn encode_row<V>(
        words: Words,
        highest: f32,
        before: Before<'_>,
        values: &mut [f32],
        to: &mut [f32],
    ) -> Range {
        let extent = match before {
            Before::Nothing => replace::<V>(values, Step::Keep),
            Before::Gelu if words != Words::F32 => replace::<V>(values, Step::RoughGelu),
            Before::Gelu => replace::<V>(values, Step::Gelu),
            Before::AddNorm { update, norm } => {
                replace::<V>(values, Step::Add(update));
                norm_row::<V>(norm, values)
            }
            Before::Norm(norm) => norm_row::<V>(norm, values),
        };
        match words {
            Words::F32 => to[..values.len()].copy_from_slice(values),
            Words::Rounded => {
                for (to, &x) in to.iter_mut().zip(values.iter()) {
                    *to = rounded(x);
                }
            }
            Words::Pairs => {
                let (pairs, last) = values.as_chunks::<2>();
                for (to, &[low, high]) in to.iter_mut().zip(pairs) {
                    *to = pair(low, high);
                }
                if let &[low] = last {
                    to[pairs.len()] = pair(low, 0.0);
                }
            }
            Words::Bytes => return encode_bytes::<V>(values, extent, highest, to),
        }
        Range::default()
    }
}

/// The least and the largest number of a row.
#[derive(Clone, Copy)]
struct Extent {
    low: f32,
    high: f32,
}

/// A change to a row's numbers.
#[derive(Clone, Copy)]
enum Step<'a, V> {
    Keep,
    Gelu,
    RoughGelu,
    Add(&'a [f32]),
    Normalise { norm: LayerNorm<'a>, center: V, inverse: V },
}

impl<V: Lanes> Step<'_, V> {
    /// Numbers `at..` of a row. No closure: the compiler must see each level's instructions through.
    #[inline(always)]
    fn apply(self, x: V, at: usize) -> V {
        match self {
            Self::Keep => x,
            Self::Gelu => maths::gelu(x),
            Self::RoughGelu => maths::gelu_roughly(x),
            Self::Add(update) => x.add(V::of(update, at)),
            Self::Normalise { norm, center, inverse } => normalise(norm, x, center, inverse, at),
        }
    }
}

/// Takes a row's numbers through a step.
#[inline(always)]
fn replace<V: Lanes>(row: &mut [f32], step: Step<'_, V>) -> Extent {
    // Two of each, so that a comparison need not wait for the one before.
    let (mut low, mut high) = ([V::splat(f32::INFINITY); 2], [V::splat(f32::NEG_INFINITY); 2]);
    let mut pairs = row.chunks_exact_mut(2 * V::COUNT);
    let mut at = 0;
    for pair in &mut pairs {
        for half in 0..2 {
            let x = step.apply(V::of(pair, half * V::COUNT), at);
            x.put(pair, half * V::COUNT);
            (low[half], high[half]) = (x.min(low[half]), x.max(high[half]));
            at += V::COUNT;
        }
    }
    let rest = pairs.into_remainder();
    for start in (0..rest.len()).step_by(V::COUNT) {
        step.apply(V::of(rest, start), at + start).put(rest, start);
    }
    let (mut low, mut high) = (low[0].min(low[1]).least(), high[0].max(high[1]).largest());
    for &x in &*rest {
        (low, high) = (x.min(low), x.max(high));
    }
    Extent { low, high }
}

/// [`layer_norm`](crate::layer_norm::layer_norm) of one row, in place.
#[inline(always)]
fn norm_row<V: Lanes>(norm: LayerNorm<'_>, values: &mut [f32]) -> Extent {
    let (mean, inverse) = moments::<V>(values, norm.epsilon);
    let (center, inverse) = (V::splat(mean), V::splat(inverse));
    replace::<V>(values, Step::Normalise { norm, center, inverse })
}

#[inline(always)]
fn encode_bytes<V: Lanes>(
    values: &[f32],
    Extent { low, high }: Extent,
    highest: f32,
    to: &mut [f32],
) -> Range {
    let width = high - low;
    // A row of equal numbers is all `low`.
    let inverse = if width > 0.0 { highest / width } else { 0.0 };
    // A byte cannot say that a number is none, and `extent` passes over such: what was scaled is
    // summed up, and the row's step becomes NaN if the sum is.
    let mut seen = V::zero();
    // Subtracted first, not fused: every level then rounds to the same bytes. None goes beyond
    // `highest`: what is scaled is at most `width`, and off by less than a thousandth.
    let (scale, offset) = (V::splat(inverse), V::splat(low));
    let mut bytes: *mut u8 = to.as_mut_ptr().cast();
    assert!(values.len().next_multiple_of(V::COUNT) <= 4 * to.len(), "a row has a line to spare");
    let mut fours = values.chunks_exact(4 * V::COUNT);
    for four in &mut fours {
        let mut scaled = [V::zero(); 4];
        for (which, scaled) in scaled.iter_mut().enumerate() {
            *scaled = V::of(four, which * V::COUNT).sub(offset).mul(scale);
        }
        let [a, b, c, d] = scaled;
        seen = seen.add(a.add(b).add(c.add(d)));
        // SAFETY: as many bytes as numbers were read, of no more than was just checked.
        unsafe {
            V::store_all_bytes(scaled, bytes);
            bytes = bytes.add(4 * V::COUNT);
        }
    }
    let rest = fours.remainder();
    for at in (0..rest.len()).step_by(V::COUNT) {
        let scaled = V::of(rest, at).sub(offset).mul(scale);
        // Lanes behind the row hold -low, which is a number if all of the row are.
        seen = seen.add(scaled);
        // SAFETY: as above; the last vector is whole, and there is room for it.
        unsafe { scaled.store_bytes(bytes.add(at)) }
    }
    Range { low, step: if seen.sum().is_nan() { f32::NAN } else { width / highest } }
}
